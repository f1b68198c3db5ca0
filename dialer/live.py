"""One live machine: feeds it events, keeps its timers, and has its commands carried out one after the other.

The machine is pure data; a task exists only while there are commands to carry out. Whatever a command raises becomes
an event again, so a fault in one call stays in that call.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Protocol

from dialer.core.commands import Command, StartTimer
from dialer.core.errors import RingpaceError
from dialer.core.events import CommandFailed, Event, LegEvent, Timer, TimerFired

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from dialer.ports import Clock, Hearing

log = logging.getLogger(__name__)

_AWAIT_THE_SWITCH = frozenset({Timer.CONNECT, Timer.RESERVED})


class Machine(Protocol):
    """A pure machine: one event in, commands out."""

    def handle(self, event: Event) -> list[Command]:
        """Take one event and say what to do."""


class Spawn(Protocol):
    """Starts a task that its owner keeps, and ends with."""

    def __call__(self, work: Coroutine[None, None, None], *, name: str) -> object:
        """Start it."""


class Live:
    """A machine at work. `name` stands in the log; `carry_out` does one command; `changed` is told after each event.

    `hearing` tells how late the switch is heard: a time that began with its event has run for so long already, and one
    that waits for its word waits so much longer.
    """

    def __init__(
        self,
        name: str,
        machine: Machine,
        *,
        carry_out: Callable[[Command], Awaitable[None]],
        changed: Callable[[Event], None],
        hearing: Hearing,
        spawn: Spawn,
        clock: Clock,
    ) -> None:
        self._name = name
        self._machine = machine
        self._carry_out = carry_out
        self._changed = changed
        self._spawn = spawn
        self._hearing = hearing
        self._clock = clock
        self._todo: deque[Command] = deque()
        self._timers: dict[Timer, asyncio.TimerHandle] = {}
        self._working = False

    def feed(self, event: Event) -> None:
        """Hand the machine an event; its commands follow in order, after those of earlier events."""
        late_s = self._hearing.lag_s() if isinstance(event, LegEvent) else 0.0
        commands = self._machine.handle(event)
        self._changed(event)
        for command in commands:
            if isinstance(command, StartTimer):
                self._start_timer(command, late_s)
            else:
                self._todo.append(command)
        if self._todo and not self._working:
            self._working = True
            self._spawn(self._work(), name=f"commands of {self._name}")

    def stop_timers(self) -> None:
        """No timer fires any more."""
        for handle in self._timers.values():
            handle.cancel()
        self._timers.clear()

    def _start_timer(self, command: StartTimer, late_s: float) -> None:
        if running := self._timers.pop(command.timer, None):
            running.cancel()
        loop = asyncio.get_running_loop()
        more_s = self._hearing.round_trip_s() if command.timer in _AWAIT_THE_SWITCH else -late_s
        self._timers[command.timer] = loop.call_later(max(0.0, command.after_s + more_s), self._fire, command.timer)

    def _fire(self, timer: Timer) -> None:
        self._timers.pop(timer, None)
        self.feed(TimerFired(self._clock(), timer))

    async def _work(self) -> None:
        try:
            while self._todo:
                await self._do(self._todo.popleft())
        finally:
            self._working = False

    async def _do(self, command: Command) -> None:
        name = type(command).__name__
        try:
            await self._carry_out(command)
        except RingpaceError as error:
            log.warning("command failed", extra={"of": self._name, "command": name, "why": str(error)})
            self.feed(CommandFailed(self._clock(), name, str(error)))
        except Exception as error:  # the one boundary of a machine's commands: no fault may reach another call
            log.exception("command broke", extra={"of": self._name, "command": name})
            self.feed(CommandFailed(self._clock(), name, f"{type(error).__name__}: {error}"))

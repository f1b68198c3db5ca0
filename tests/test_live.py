from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from dialer.core.commands import Command, StartTimer
from dialer.core.errors import SwitchError
from dialer.core.events import CommandFailed, Event, LegEvent, Timer, TimerFired
from dialer.live import Live

from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

pytestmark = pytest.mark.virtual_time


@dataclass(frozen=True, slots=True)
class Say(Command):
    word: str


@dataclass(frozen=True, slots=True)
class Asked(Event):
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Told(LegEvent):
    commands: tuple[Command, ...] = ()


@dataclass
class Obedient:
    """A machine that answers an event with the commands that the event brings."""

    heard: list[Event] = field(default_factory=list)

    def handle(self, event: Event) -> list[Command]:
        self.heard.append(event)
        return list(event.commands) if isinstance(event, Asked | Told) else []


class Stage:
    """A live machine with what became of its commands."""

    def __init__(self, carry_out: Callable[[Command], Awaitable[None]] | None = None) -> None:
        self.machine = Obedient()
        self.said: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.changes: list[Event] = []
        self.lag = 0.0
        self.live = Live(
            "a1",
            self.machine,
            carry_out=carry_out or self._say,
            changed=self.changes.append,
            hearing=self,
            spawn=self._spawn,
            clock=virtual_now,
        )

    def lag_s(self) -> float:
        return self.lag

    def round_trip_s(self) -> float:
        return self.lag

    def ask(self, *commands: Command) -> None:
        self.live.feed(Asked(virtual_now(), commands))

    async def _say(self, command: Command) -> None:
        assert isinstance(command, Say)
        await asyncio.sleep(1 if command.word == "slow" else 0)
        if command.word == "refused":
            raise SwitchError("the switch refused it")
        if command.word == "broken":
            raise KeyError("a fault of ours")
        self.said.append(command.word)

    def _spawn(self, work: Coroutine[None, None, None], *, name: str) -> None:
        self.tasks.append(asyncio.create_task(work, name=name))


async def test_commands_are_carried_out_one_after_the_other_in_the_order_of_their_events() -> None:
    stage = Stage()
    stage.ask(Say("slow"), Say("second"))
    stage.ask(Say("third"))
    assert stage.changes == stage.machine.heard  # told at once, before anything is done
    await until(lambda: len(stage.said) == 3)
    assert stage.said == ["slow", "second", "third"]
    assert len(stage.tasks) == 1


async def test_a_task_exists_only_while_there_is_something_to_do() -> None:
    stage = Stage()
    stage.ask(Say("first"))
    await until(stage.tasks[0].done)
    stage.ask()
    assert len(stage.tasks) == 1
    stage.ask(Say("second"))
    await until(lambda: stage.said == ["first", "second"])
    assert len(stage.tasks) == 2


@pytest.mark.parametrize(("word", "reason"), [("refused", "the switch refused it"), ("broken", "KeyError")])
async def test_what_a_command_raises_is_an_event_and_the_next_command_follows(word: str, reason: str) -> None:
    stage = Stage()
    stage.ask(Say(word), Say("next"))
    await until(lambda: stage.said == ["next"])
    failure = stage.machine.heard[-1]
    assert isinstance(failure, CommandFailed)
    assert failure.command == "Say"
    assert reason in failure.reason
    assert all(task.exception() is None for task in stage.tasks if task.done())


async def test_a_timer_fires_once_at_its_time_and_setting_it_again_replaces_it() -> None:
    stage = Stage()
    began = virtual_now()
    stage.ask(StartTimer(Timer.ABANDON, 2.0), StartTimer(Timer.RING, 1.0))
    await asyncio.sleep(0.5)
    stage.ask(StartTimer(Timer.ABANDON, 2.0))
    await asyncio.sleep(100)
    fired = [event for event in stage.machine.heard if isinstance(event, TimerFired)]
    assert [event.timer for event in fired] == [Timer.RING, Timer.ABANDON]
    assert [(event.at - began).total_seconds() for event in fired] == pytest.approx([1.0, 2.5])


async def test_no_timer_fires_after_the_timers_are_stopped() -> None:
    stage = Stage()
    stage.ask(StartTimer(Timer.ABANDON, 2.0), StartTimer(Timer.RING, 1.0))
    stage.live.stop_timers()
    await asyncio.sleep(100)
    assert not any(isinstance(event, TimerFired) for event in stage.machine.heard)


async def test_what_the_switch_told_late_has_run_for_so_long_already() -> None:
    stage, began = Stage(), virtual_now()
    stage.lag = 1.5
    stage.live.feed(Told(virtual_now(), "leg", (StartTimer(Timer.ABANDON, 2),)))
    await until(lambda: len(stage.machine.heard) == 2)
    assert (stage.machine.heard[-1].at - began).total_seconds() == pytest.approx(0.5, abs=0.1)


async def test_what_waits_for_the_switchs_word_waits_the_round_trip_longer() -> None:
    stage, began = Stage(), virtual_now()
    stage.lag = 1.5
    stage.ask(StartTimer(Timer.CONNECT, 1))
    await until(lambda: len(stage.machine.heard) == 2)
    assert (stage.machine.heard[-1].at - began).total_seconds() == pytest.approx(2.5, abs=0.1)

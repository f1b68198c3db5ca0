"""Hears who answered, a person or a machine, on all legs in detection at once, and tells each call in time.

A fault here never costs a person their call: what cannot be heard is told as a person at once, and a leg of which
nothing is told is one by the call's own timer. All reading and arithmetic is done in one thread beside the event loop
and beside the one that listens to early media, whose library may take seconds to read.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.asterisk.switch import GREETING_HZ
from dialer.core import events as ev
from dialer.core.errors import RingpaceError
from dialer.hearing.greeting import Greeting, GreetingHeard
from dialer.hearing.voice import SileroVoice, Voices
from dialer.writing import Writing, is_gone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dialer.live import Spawn
    from dialer.metrics import Metrics
    from dialer.ports import Clock, SwitchPort

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.05
"""A block of the file is 0.34 s of sound: a word's end is known so much later at most. When time is up the writing is
ended, which hands over all the rest at once."""
MARGIN_S = 0.35
"""Of the abandonment limit, kept from listening: the end of the writing, and the tenth of the limit in which the call
no longer waits for us (dialer/core/call.py)."""
_WHOLE_WITHIN_S, _WHOLE_LOOK_S = 0.1, 0.01
"""How long closing the file may take, and how often it is looked whether it is done."""
_LOADED = 2
"""Models that are loaded before the first call."""


@dataclass(slots=True)
class _Leg(Writing):
    HZ = GREETING_HZ

    limit_s: float
    """Of sound."""
    voice: SileroVoice | None = None
    greeting: Greeting | None = None
    over: asyncio.Event = field(default_factory=asyncio.Event)
    """It was told."""


class Greetings:
    """All legs of this node in detection. `begin` never waits and never raises; `run` is the loop."""

    def __init__(
        self, folder: Path, *, most_legs: int, switch: SwitchPort, metrics: Metrics, spawn: Spawn, clock: Clock
    ) -> None:
        """`folder` is where Asterisk writes, `most_legs` how many are heard at once."""
        self.on_heard: Callable[[ev.LegEvent], object] = lambda _event: None
        """Told Detected of each leg, once."""
        self._folder = folder
        self._most_legs = most_legs
        self._switch = switch
        self._metrics = metrics
        self._spawn = spawn
        self._clock = clock
        self._legs: dict[str, _Leg] = {}
        self._some = asyncio.Event()
        self._voices = Voices()
        self._trouble: str | None = None
        self._thread = ThreadPoolExecutor(1, "greetings")

    @property
    def trouble(self) -> str | None:
        """Why machines go undetected, in words; None where nothing is wrong."""
        return self._trouble

    def begin(self, leg_id: str, abandon_limit_s: float) -> None:
        """Hear the greeting of a leg that has just been answered; Detected follows well within the limit."""
        limit_s = abandon_limit_s - MARGIN_S
        if limit_s <= 0 or len(self._legs) >= self._most_legs:
            self._metrics.legs_unheard.labels(why="too many").inc()
            self._tell(leg_id, GreetingHeard(machine=False, cause="nobody listened", at_s=0.0))
            return
        leg = _Leg(leg_id, self._folder / f"{leg_id}.sln48", limit_s)
        self._legs[leg_id] = leg
        self._some.set()
        self._spawn(self._attend(leg), name=f"greeting of {leg_id}")

    async def _attend(self, leg: _Leg) -> None:
        """All that is done for one leg: have it written, end that when it was told or time is up, tell, put away."""
        try:
            async with asyncio.timeout(leg.limit_s):
                leg.monitor_id = await self._switch.listen(leg.leg_id, leg.path)
                await leg.over.wait()
        except TimeoutError:
            pass  # time is up
        except RingpaceError as error:
            self._fail(leg, f"Asterisk does not let us listen: {error}", trouble=not is_gone(error))
        await leg.end(self._switch)
        if not leg.over.is_set():
            await self._hear_out(leg)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._clear, leg)

    async def _hear_out(self, leg: _Leg) -> None:
        await leg.until_whole(_WHOLE_WITHIN_S, _WHOLE_LOOK_S)
        found = await asyncio.get_running_loop().run_in_executor(self._thread, self._hear_all, [leg])
        self._take(leg, found.get(leg.leg_id))
        if leg.over.is_set():
            return
        if leg.monitor_id and not leg.read_bytes:
            self._trouble = f"Asterisk writes no greetings to {self._folder}: may it write there?"
        nothing = GreetingHeard(machine=False, cause="nothing was heard in time", at_s=0.0)
        self._end(leg, leg.greeting.so_far() if leg.greeting else nothing)

    async def run(self) -> None:
        """Look at every leg twenty times a second while there are any, for ever."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._load)
        while True:
            await self._some.wait()
            began_s = loop.time()
            try:
                await self._look()
            except Exception as error:  # the service does not end because it cannot hear
                log.exception("hearing greetings broke")
                self._trouble = f"hearing greetings broke: {type(error).__name__}: {error}"
            if not self._legs:
                self._some.clear()
            await asyncio.sleep(max(0.0, began_s + _LOOK_EVERY_S - loop.time()))

    async def _look(self) -> None:
        legs = list(self._legs.values())
        found = await asyncio.get_running_loop().run_in_executor(self._thread, self._hear_all, legs)
        for leg in legs:
            self._take(leg, found.get(leg.leg_id))

    def _take(self, leg: _Leg, heard: GreetingHeard | Exception | None) -> None:
        if isinstance(heard, Exception):
            self._fail(leg, f"greetings cannot be heard: {type(heard).__name__}: {heard}", trouble=True)
        elif heard is not None:
            self._trouble = None
            self._end(leg, heard)

    def _fail(self, leg: _Leg, why: str, *, trouble: bool) -> None:
        if leg.over.is_set():
            return
        self._metrics.legs_unheard.labels(why="failed").inc()
        if trouble:
            self._trouble = why
            log.warning("greeting not heard", extra={"leg": leg.leg_id, "why": why})
        self._end(leg, GreetingHeard(machine=False, cause=f"nobody listened: {why}", at_s=0.0))

    def _end(self, leg: _Leg, heard: GreetingHeard) -> None:
        if not leg.over.is_set():
            leg.over.set()
            self._legs.pop(leg.leg_id, None)
            self._tell(leg.leg_id, heard)

    def _tell(self, leg_id: str, heard: GreetingHeard) -> None:
        self.on_heard(ev.Detected(self._clock(), leg_id, heard.machine, heard.cause))

    # --- in the thread --------------------------------------------------------------------------------

    def _load(self) -> None:
        try:
            loaded = [self._voices.lend() for _ in range(_LOADED)]
        except Exception as error:  # whatever it is: detection is off, calls go on
            log.exception("no voice model")
            self._trouble = f"no voice model can be loaded: {error}"
            return
        for voice in loaded:
            self._voices.give_back(voice)

    def _hear_all(self, legs: list[_Leg]) -> dict[str, GreetingHeard | Exception]:
        found: dict[str, GreetingHeard | Exception] = {}
        for leg in legs:
            try:
                heard: GreetingHeard | Exception | None = self._hear(leg)
            except Exception as error:  # noqa: BLE001 - a fault in one leg's hearing stays there, and is told
                heard = error
            if heard is not None:
                found[leg.leg_id] = heard
        return found

    def _hear(self, leg: _Leg) -> GreetingHeard | None:
        samples = leg.read()
        if not len(samples):
            return None
        if leg.greeting is None:
            leg.voice = self._voices.lend()
            leg.greeting = Greeting(leg.voice, leg.limit_s)
        return leg.greeting.hear(samples)

    def _clear(self, leg: _Leg) -> None:
        if leg.voice is not None:
            self._voices.give_back(leg.voice)
            leg.voice = leg.greeting = None
        leg.path.unlink(missing_ok=True)

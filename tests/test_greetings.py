"""Hearing the greetings of all legs: who answered is told in time, and a fault never costs a person the call."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dialer.core import events as ev
from dialer.core.errors import SwitchError
from dialer.greetings import Greetings
from dialer.hearing.voice import SileroVoice
from dialer.metrics import Metrics

from .fakes.early_media import answered_by_a_beep
from .fakes.switch import FakeSwitch
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

LIMIT_S = 2.0


def written(sound: np.ndarray) -> bytes:
    """As Asterisk writes it: six samples for each that a telephone carries."""
    return np.repeat((sound * 20_000).astype("<i2"), 6).tobytes()


QUIET = np.zeros(4000)
A_BEEP = answered_by_a_beep()


class Stage:
    """Greetings at work on a switch that is a fake, with the real model."""

    def __init__(self, folder: Path, most_legs: int = 10) -> None:
        self.spool = folder / "spool"
        self.spool.mkdir()
        self.switch = FakeSwitch(lambda _event: None, virtual_now)
        self.metrics = Metrics()
        self.told: list[ev.LegEvent] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.greetings = Greetings(
            self.spool,
            most_legs=most_legs,
            switch=self.switch,
            metrics=self.metrics,
            spawn=self.spawn,
            clock=virtual_now,
        )
        self.greetings.on_heard = self.told.append

    def spawn(self, work: Coroutine[None, None, None], *, name: str) -> None:
        self.tasks.add(asyncio.create_task(work, name=name))

    async def begin(self, leg_id: str, sound: bytes | None) -> float:
        await self.switch.place(leg_id, "+8613800000000", "carrier", "+862100000000", 25, "answered", "zh", 3, "x")
        self.switch.early_media = sound
        self.greetings.begin(leg_id, LIMIT_S)
        return asyncio.get_running_loop().time()

    async def heard(self, leg_id: str) -> ev.Detected:
        await until(lambda: any(event.leg_id == leg_id for event in self.told))
        (event,) = (event for event in self.told if event.leg_id == leg_id)
        assert isinstance(event, ev.Detected)
        return event

    async def quiet(self) -> None:
        await asyncio.gather(*(task for task in self.tasks if task.get_name() != "run"))

    def unheard(self, why: str) -> float:
        return self.metrics.registry.get_sample_value("ringpace_legs_unheard_total", {"why": why}) or 0.0


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    made.spawn(made.greetings.run(), name="run")
    yield made
    await made.quiet()
    for task in made.tasks:
        task.cancel()


async def test_a_machine_is_told_once_and_nothing_is_left(stage: Stage) -> None:
    await stage.begin("a1", A_BEEP)
    heard = await stage.heard("a1")
    assert heard.machine
    assert heard.cause == "a beep of 1000 Hz"
    await stage.quiet()
    await asyncio.sleep(5)
    assert stage.told == [heard]
    assert stage.switch.verbs("a1") == ["place", "listen", "stop_listening"]
    assert list(stage.spool.iterdir()) == []


async def test_the_file_is_heard_as_it_grows(stage: Stage) -> None:
    await stage.begin("a1", A_BEEP[:24_001])  # not even whole samples
    await asyncio.sleep(0.5)
    assert stage.told == []
    with (stage.spool / "a1.sln48").open("ab") as file:
        file.write(A_BEEP[24_001:])
    assert (await stage.heard("a1")).machine


async def test_silence_is_a_person_before_the_limit(stage: Stage) -> None:
    began_s = await stage.begin("a1", written(QUIET))
    heard = await stage.heard("a1")
    assert not heard.machine
    assert "undecided" in heard.cause
    assert asyncio.get_running_loop().time() - began_s < 0.9 * LIMIT_S
    await stage.quiet()
    assert stage.greetings.trouble is None


async def test_what_comes_with_the_end_of_the_writing_is_heard(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stop_listening(_switch: FakeSwitch, leg_id: str, _monitor_id: str) -> None:
        (stage.spool / f"{leg_id}.sln48").write_bytes(A_BEEP)

    monkeypatch.setattr(FakeSwitch, "stop_listening", stop_listening)
    await stage.begin("a1", written(QUIET))
    assert (await stage.heard("a1")).machine


async def test_where_asterisk_writes_nothing_it_is_a_person_and_the_trouble_is_told(stage: Stage) -> None:
    await stage.begin("a1", None)
    assert not (await stage.heard("a1")).machine
    await stage.quiet()
    assert "may it write there" in str(stage.greetings.trouble)
    await stage.begin("a2", A_BEEP)
    assert (await stage.heard("a2")).machine
    assert stage.greetings.trouble is None


async def test_where_asterisk_refuses_it_is_a_person_at_once(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refused(_switch: FakeSwitch, _leg_id: str, _path: Path) -> str:
        raise SwitchError("out of memory")

    monkeypatch.setattr(FakeSwitch, "listen", refused)
    began_s = await stage.begin("a1", None)
    heard = await stage.heard("a1")
    assert not heard.machine
    assert asyncio.get_running_loop().time() - began_s < 0.1
    assert "out of memory" in str(stage.greetings.trouble)
    assert stage.unheard("failed") == 1


async def test_a_fault_in_one_leg_is_a_person_and_stays_there(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_voice: SileroVoice, _samples: object) -> float:
        raise OSError("no such instruction")

    with monkeypatch.context() as patched:
        patched.setattr(SileroVoice, "likelihood", broken)
        await stage.begin("a1", written(QUIET))
        assert not (await stage.heard("a1")).machine
    assert "no such instruction" in str(stage.greetings.trouble)
    await stage.begin("a2", A_BEEP)
    assert (await stage.heard("a2")).machine


async def test_beyond_the_most_legs_and_below_the_least_limit_everybody_is_a_person(tmp_path: Path) -> None:
    stage = Stage(tmp_path, most_legs=1)
    await stage.begin("a1", A_BEEP)
    await stage.begin("a2", A_BEEP)
    stage.greetings.begin("a3", 0.3)
    assert [(event.leg_id, event.machine) for event in stage.told if isinstance(event, ev.Detected)] == [
        ("a2", False),
        ("a3", False),
    ]
    assert stage.unheard("too many") == 2
    await stage.quiet()

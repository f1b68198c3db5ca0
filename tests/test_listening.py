"""Listening to all legs at once: what is heard is told, and whatever fails there stays there."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import pytest

from dialer.core import events as ev
from dialer.core.errors import SwitchError
from dialer.core.model import NumberState
from dialer.hearing.ear import Ear
from dialer.hearing.library import Library
from dialer.hearing.tones import tone_plan
from dialer.hearing.unknowns import Unknowns
from dialer.listening import Listening
from dialer.metrics import Metrics

from .fakes.early_media import busy_tone, noise
from .fakes.switch import FakeSwitch
from .fakes.virtual_time import MIDMORNING, until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dialer.hearing.fingerprints import Announcement

pytestmark = pytest.mark.virtual_time

LONG_AGO = 1_000_000_000.0


class Stage:
    """Listening at work on a switch that is a fake, with real ears."""

    def __init__(self, folder: Path, most_legs: int = 10) -> None:
        self.spool = folder / "spool"
        self.spool.mkdir()
        self.library, self.unknown = folder / "announcements", folder / "unknown-sounds"
        self.switch = FakeSwitch(lambda _event: None, virtual_now)
        self.metrics = Metrics()
        self.told: list[ev.LegEvent] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.listening = Listening(
            self.spool,
            library=Library(self.library),
            unknowns=Unknowns(self.unknown, clock=lambda: MIDMORNING),
            tones=tone_plan("cn"),
            most_legs=most_legs,
            confident=0.9,
            switch=self.switch,
            metrics=self.metrics,
            spawn=self.spawn,
            clock=virtual_now,
        )
        self.listening.on_heard = self.told.append

    def spawn(self, work: Coroutine[None, None, None], *, name: str) -> None:
        self.tasks.add(asyncio.create_task(work, name=name))

    async def begin(self, leg_id: str, early_media: bytes | None) -> None:
        await self.switch.place(leg_id, "+8613800000000", "carrier", "+862100000000", 25, "answered", "zh", 3, "x")
        self.switch.early_media = early_media
        self.listening.begin(leg_id)
        await asyncio.sleep(0.01)

    async def heard(self, leg_id: str) -> ev.LegEvent:
        await until(lambda: any(event.leg_id == leg_id for event in self.told))
        return next(event for event in self.told if event.leg_id == leg_id)

    async def quiet(self) -> None:
        """Wait until nothing is left to be put away; what broke breaks the test."""
        work = [task for task in self.tasks if task.get_name() != "run"]
        await asyncio.gather(*work)

    def counted(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(name, labels) or 0.0


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    made.spawn(made.listening.run(), name="run")
    yield made
    await made.quiet()
    for task in made.tasks:
        task.cancel()


def state(event: ev.LegEvent) -> NumberState:
    assert isinstance(event, ev.StateHeard)
    return event.heard.state


async def test_what_is_heard_is_told_while_it_plays_and_once(stage: Stage) -> None:
    await stage.begin("a1", busy_tone(4))
    heard = await stage.heard("a1")
    assert state(heard) is NumberState.BUSY
    await asyncio.sleep(5)
    assert stage.told == [heard]
    assert stage.counted("ringpace_legs_listened_total") == 1


async def test_the_file_is_heard_as_it_grows(stage: Stage) -> None:
    sound = busy_tone(4)
    await stage.begin("a1", sound[:1001])  # not even whole samples
    await asyncio.sleep(1)
    assert stage.told == []
    with (stage.spool / "a1.sln32").open("ab") as file:
        file.write(sound[1001:])
    assert state(await stage.heard("a1")) is NumberState.BUSY


async def test_a_living_leg_is_written_no_more_and_its_last_is_told(stage: Stage) -> None:
    await stage.begin("a1", busy_tone(0.5))
    stage.listening.stop("a1", lives=True)
    assert state(await stage.heard("a1")) is NumberState.UNKNOWN
    await stage.quiet()
    assert stage.switch.verbs("a1") == ["place", "listen", "stop_listening"]
    assert list(stage.spool.iterdir()) == []
    assert not stage.unknown.exists()  # whoever answered: no sound of it is kept


async def test_what_nobody_knows_of_a_leg_that_is_gone_is_kept_and_the_file_is_not(stage: Stage) -> None:
    await stage.begin("a1", noise(3))
    stage.listening.stop("a1", lives=False)
    assert state(await stage.heard("a1")) is NumberState.UNKNOWN
    await stage.quiet()
    assert stage.switch.verbs("a1") == ["place", "listen"]
    assert list(stage.spool.iterdir()) == []
    assert len(list(stage.unknown.glob("*/a1.wav"))) == 1


async def test_the_last_word_is_heard_though_it_came_with_the_end(stage: Stage) -> None:
    await stage.begin("a1", busy_tone(4))
    stage.listening.stop("a1", lives=False)  # before the first look
    assert state(await stage.heard("a1")) is NumberState.BUSY
    await stage.quiet()
    assert not stage.unknown.exists()


async def test_beyond_the_most_legs_calls_go_on_unheard(tmp_path: Path) -> None:
    stage = Stage(tmp_path, most_legs=1)
    await stage.begin("a1", noise(1))
    await stage.begin("a2", noise(1))
    stage.listening.stop("a2", lives=False)
    assert stage.told == [ev.NothingHeard(virtual_now(), "a2")]
    assert stage.counted("ringpace_legs_unheard_total", why="too many") == 1
    assert stage.listening.trouble is None
    await stage.quiet()


async def test_a_switch_that_refuses_is_trouble_until_it_does_not(stage: Stage) -> None:
    stage.switch.refuse("listen", SwitchError("no such application"))
    await stage.begin("a1", noise(1))
    assert "no such application" in str(stage.listening.trouble)
    stage.listening.stop("a1", lives=False)
    assert isinstance(await stage.heard("a1"), ev.NothingHeard)
    await stage.begin("a2", busy_tone(4))
    assert state(await stage.heard("a2")) is NumberState.BUSY
    assert stage.listening.trouble is None


async def test_a_leg_that_was_refused_before_it_could_be_heard_is_no_trouble(stage: Stage) -> None:
    stage.switch.refuse("listen", SwitchError("MixMonitor: No such channel"))
    await stage.begin("a1", noise(1))
    assert stage.listening.trouble is None


async def test_a_file_that_never_appears_is_trouble_until_one_does(stage: Stage) -> None:
    await stage.begin("a1", None)
    await asyncio.sleep(3)
    assert "may it write there" in str(stage.listening.trouble)
    assert stage.counted("ringpace_legs_unheard_total", why="failed") == 1
    stage.listening.stop("a1", lives=False)
    assert isinstance(await stage.heard("a1"), ev.NothingHeard)
    await stage.begin("a2", busy_tone(4))
    assert state(await stage.heard("a2")) is NumberState.BUSY
    assert stage.listening.trouble is None


async def test_an_ear_that_breaks_costs_that_leg_alone(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = Ear.hear

    def hear(self: Ear, samples: NDArray[np.int16]) -> object:
        if len(samples) == 8000:
            raise ZeroDivisionError("a fault of ours")
        return whole(self, samples)

    monkeypatch.setattr(Ear, "hear", hear)
    await stage.begin("a1", noise(1))
    await stage.begin("a2", busy_tone(4))
    assert state(await stage.heard("a2")) is NumberState.BUSY
    assert stage.counted("ringpace_legs_unheard_total", why="failed") == 1
    stage.listening.stop("a1", lives=False)
    assert isinstance(await stage.heard("a1"), ev.NothingHeard)


async def test_unknown_sounds_that_cannot_be_kept_are_trouble_and_their_files_go(stage: Stage) -> None:
    stage.unknown.touch()  # a file where the folder should be
    await stage.begin("a1", noise(3))
    stage.listening.stop("a1", lives=False)
    assert state(await stage.heard("a1")) is NumberState.UNKNOWN
    await stage.quiet()
    assert "not kept" in str(stage.listening.trouble)
    assert list(stage.spool.iterdir()) == []


async def test_what_a_crash_left_behind_is_swept_away_and_nothing_else(stage: Stage) -> None:
    recording, old, new = (stage.spool / name for name in ("t1.raw", "a1.sln32", "a2.sln32"))
    for path in (recording, old, new):
        path.touch()
    for path in (recording, old):
        os.utime(path, (LONG_AGO, LONG_AGO))
    await asyncio.sleep(6)
    assert (recording.exists(), old.exists(), new.exists()) == (True, False, True)


async def test_a_broken_announcement_is_named_until_it_is_gone(stage: Stage) -> None:
    stage.library.mkdir()
    broken = stage.library / "off.toml"
    broken.write_text("state = ?", encoding="utf-8")
    await asyncio.sleep(6)
    assert "off.toml" in str(stage.listening.trouble)
    broken.unlink()
    await asyncio.sleep(6)
    assert stage.listening.trouble is None


async def test_listening_that_breaks_ends_nothing_and_goes_on(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(_library: Library) -> list[Announcement]:
        raise ZeroDivisionError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr(Library, "load", load)
        stage.library.mkdir()
        (stage.library / "off.toml").touch()
        await asyncio.sleep(6)
        assert "a fault of ours" in str(stage.listening.trouble)
        (stage.library / "off.toml").unlink()
    await stage.begin("a1", busy_tone(4))
    assert state(await stage.heard("a1")) is NumberState.BUSY
    assert stage.listening.trouble is None


async def test_a_leg_that_can_be_heard_no_more_is_written_no_more_once_it_is_answered(stage: Stage) -> None:
    await stage.begin("a1", busy_tone(0.5))
    (stage.spool / "a1.sln32").unlink()
    (stage.spool / "a1.sln32").mkdir()
    await asyncio.sleep(1)
    assert "cannot be read" in str(stage.listening.trouble)
    (stage.spool / "a1.sln32").rmdir()
    stage.listening.stop("a1", lives=True)
    assert isinstance(await stage.heard("a1"), ev.NothingHeard)
    await stage.quiet()
    assert stage.switch.verbs("a1") == ["place", "listen", "stop_listening"]

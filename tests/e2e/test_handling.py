"""A customer in an agent's hands, as they are heard: at the customer's side, in the recording, in the network."""

from __future__ import annotations

import asyncio
import re
from itertools import groupby
from random import Random
from typing import TYPE_CHECKING

import numpy as np
import pytest
import pytest_asyncio

from dialer.asterisk.client import AmiClient, SwitchState
from dialer.core.model import Disposition, HungUpBy, Outcome
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from lab.process import until
from tests.e2e.sound import likeness, read, voice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.e2e.scene import Scene
    from tests.e2e.sound import Samples

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

FIRST, SECOND = "agent1", "agent2"
HELD, MUTED, HANDED, WAITS = (number(FarEnd.PATIENT_PERSON, 0, serial=serial) for serial in (1, 2, 3, 4))
TONE_HZ = 425
_BYTES_PER_S = 8000 * 2
_LATE_S = 2.5


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=2, skills={FIRST: ("first",), SECOND: ("second",)}, drain_s=3)


class Ear:
    """What the customer of one call hears, as our Asterisk sends it; its length is the clock of these tests.

    Asterisk hands a file on in blocks of 32 kB, so that clock is up to two seconds late.
    """

    def __init__(self, ami: AmiClient, file: Path) -> None:
        self._ami = ami
        self._file = file

    async def begin(self, leg_id: str) -> None:
        await self._ami.action("MixMonitor", Channel=leg_id, Options=f"t({self._file})")

    async def after(self, seconds: float) -> int:
        """Wait for so much more to be heard; the place in what was heard, in bytes."""
        wanted = self.now() + seconds * _BYTES_PER_S

        async def heard() -> bool:
            return self.now() >= wanted

        await until(heard)
        return self.now()

    def now(self) -> int:
        return self._file.stat().st_size if self._file.exists() else 0

    def between(self, since: int, to: int) -> Samples:
        samples = np.frombuffer(self._file.read_bytes(), dtype="<i2").astype(np.float64)
        return samples[since // 2 : to // 2]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ami(scene: Scene) -> AsyncIterator[AmiClient]:
    client = AmiClient(
        scene.parts.settings.ami,
        on_event=lambda _message: None,
        on_up=lambda: None,
        on_down=lambda: None,
        rng=Random(1),
    )
    running = asyncio.create_task(client.run())

    async def is_up() -> bool:
        return client.state is SwitchState.UP

    await until(is_up)
    yield client
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def ready(scene: Scene, agent: str) -> None:
    """The agent waits for a call, whatever was before."""
    if scene.news.agent(agent).get("state") in {None, "OFFLINE"}:
        await scene.log_in(agent)
    await scene.news.until_agent(agent, "READY")


def has_tone(heard: Samples) -> bool:
    """Whether something of it is nothing but the hold tone."""
    for start in range(0, len(heard) - 800, 400):
        piece = heard[start : start + 800]
        spectrum = np.abs(np.fft.rfft(piece)) ** 2
        near = slice(round((TONE_HZ - 40) / 10), round((TONE_HZ + 40) / 10) + 1)
        if np.sqrt(np.square(piece).mean()) > 300 and spectrum[near].sum() > 0.9 * spectrum.sum():
            return True
    return False


async def test_a_customer_on_hold_hears_the_tone_and_not_the_agent_and_nothing_of_it_is_recorded(
    scene: Scene, ami: AmiClient, tmp_path: Path
) -> None:
    campaign = await scene.campaign("held", HELD, skills=["first"])
    await ready(scene, FIRST)
    await scene.start(campaign)
    row = await scene.bridged(HELD)
    ear = Ear(ami, tmp_path / "held.raw")
    await ear.begin(row.attempt_id)
    began = ear.now()
    talked = await ear.after(4)
    assert likeness(ear.between(began, talked), voice("agents/agent1")) > 0.9
    await scene.tell_agent(FIRST, "hold", {"on": True})
    await scene.news.until(lambda: scene.news.agent(FIRST)["held_since"])
    since = await ear.after(_LATE_S)
    to = await ear.after(8)
    assert scene.news.agent(FIRST)["state"] == "TALKING"
    on_hold = ear.between(since, to)
    assert has_tone(on_hold)
    assert likeness(on_hold, voice("agents/agent1")) < 0.6
    await scene.tell_agent(FIRST, "hold", {"on": False})
    await scene.news.until(lambda: not scene.news.agent(FIRST)["held_since"])
    since = await ear.after(_LATE_S)
    again = ear.between(since, await ear.after(4))
    assert likeness(again, voice("agents/agent1")) > 0.9
    await scene.tell_agent(FIRST, "hangup")
    row = await scene.attempt(HELD)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    recording = await scene.stored(row)
    assert row.unbridged_at
    assert row.bridged_at
    assert recording.detail is None
    assert recording.duration_s
    lasted_s = (row.unbridged_at - row.bridged_at).total_seconds()
    assert 8 < lasted_s - recording.duration_s < 15
    await scene.pause(campaign)


async def test_a_muted_agent_is_not_in_the_recording_and_keys_arrive_in_the_network(scene: Scene) -> None:
    campaign = await scene.campaign("muted", MUTED, skills=["first"])
    await ready(scene, FIRST)
    await scene.start(campaign)
    row = await scene.bridged(MUTED)
    await scene.tell_agent(FIRST, "mute", {"on": True})
    assert scene.news.agent(FIRST)["attempt_id"] == row.attempt_id
    await scene.recorded(row, seconds=5)
    await scene.tell_agent(FIRST, "keys", {"keys": "12#"})
    keys = scene.parts.root / "carrier/state/log/keys.log"

    async def pressed() -> bool:
        return re.findall(r"DTMF end '(.)' received", told(keys)) == list("12#")

    await until(pressed)
    await scene.end_talk(MUTED)
    recording = await scene.stored(row)
    customer, agent = read(scene.store.whole(scene.store.inside(recording.path)))
    assert likeness(customer, voice("far-end/person1")) > 0.9
    # The first tenths of a second are those before the mute.
    assert likeness(agent[8000:], voice("agents/agent1")) < 0.6
    await scene.news.until(lambda: scene.news.agent(FIRST)["muted"] is False)
    await scene.pause(campaign)


def told(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


async def test_the_customer_hears_the_other_agent_within_a_second_of_the_transfer(
    scene: Scene, ami: AmiClient, tmp_path: Path
) -> None:
    campaign = await scene.campaign("handed over", HANDED, skills=["first"], wrap_up_s=60)
    await ready(scene, FIRST)
    await ready(scene, SECOND)
    await scene.start(campaign)
    row = await scene.bridged(HANDED)
    ear = Ear(ami, tmp_path / "handed.raw")
    await ear.begin(row.attempt_id)
    began = ear.now()
    await ear.after(4)
    await scene.tell_agent(FIRST, "transfer", {"to_agent": SECOND})
    await scene.news.until_agent(SECOND, "TALKING")
    await scene.news.until_agent(FIRST, "WRAP_UP")
    whole = ear.between(began, await ear.after(6))
    assert likeness(whole[: 2 * 8000], voice("agents/agent1")) > 0.9
    assert (
        likeness(whole[-2 * 8000 :], voice("agents/agent2"))
        > 0.9
        > likeness(whole[-2 * 8000 :], voice("agents/agent1"))
    )
    # Nobody in these voices pauses for a second: the longest silence is the one between the two agents.
    eighths = np.sqrt(np.square(whole[: len(whole) // 1000 * 1000].reshape(-1, 1000)).mean(axis=1)) > 100
    assert max((len(list(run)) for loud, run in groupby(eighths) if not loud), default=0) <= 8
    for agent, word in ((FIRST, "UNDECIDED"), (SECOND, "AGREED")):
        if agent == SECOND:
            await scene.tell_agent(SECOND, "hangup")
            await scene.news.until_agent(SECOND, "WRAP_UP")
        await scene.tell_agent(agent, "disposition", {"attempt_id": row.attempt_id, "disposition": word})
    ended = await scene.attempt(HANDED, lambda row: row.outcome and row.disposition is Disposition.AGREED)
    assert (ended.agent_id, ended.hung_up_by) == (SECOND, HungUpBy.AGENT)
    (one,) = await scene.record.handovers.of(row.attempt_id)
    assert (one.from_agent, one.to_agent, one.disposition) == (FIRST, SECOND, Disposition.UNDECIDED)
    assert (await scene.stored(ended)).detail is None
    await scene.tell_agent(SECOND, "logout")
    await scene.pause(campaign)


async def test_a_controller_that_is_killed_in_mid_hold_gives_the_customer_back(scene: Scene) -> None:
    campaign = await scene.campaign("waits", WAITS, skills=["first"])
    await ready(scene, FIRST)
    await scene.start(campaign)
    row = await scene.bridged(WAITS)
    await scene.recorded(row, seconds=2)
    await scene.tell_agent(FIRST, "hold", {"on": True})
    await scene.news.until(lambda: scene.news.agent(FIRST)["held_since"])
    await scene.controller.service.kill()
    await scene.controller.service.start()
    await scene.news.until(
        lambda: (
            scene.news.last.get(f"calls/{row.attempt_id}", {}).get("state") == "TALKING"
            and scene.news.agent(FIRST)["held_since"] is None
        )
    )
    ended = await scene.end_talk(WAITS)
    assert ended.agent_id == FIRST
    assert (await scene.stored(ended)).duration_s
    await scene.pause(campaign)


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []

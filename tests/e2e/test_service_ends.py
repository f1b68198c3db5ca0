"""The service is told to stop, or is killed, in the middle of a shift: whatever it had begun comes to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Disposition, HungUpBy, Outcome
from lab.carrier import FarEnd, far_end_of, number
from lab.plan import LabPlan

if TYPE_CHECKING:
    from dialer.record.attempts import AttemptRow
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENTS = ("agent1", "agent2", "agent3")
CALLED_LATER = number(FarEnd.PERSON, 0, talk_s=3, serial=3)


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=len(AGENTS), drain_s=10)


async def in_mid_shift(scene: Scene, name: str, *numbers: str) -> int:
    """All agents in line, and a call to each number under way: talking if it answers, else ringing."""
    campaign = await scene.campaign(name, *numbers)
    await scene.log_in(*AGENTS)
    await scene.start(campaign)
    for one in numbers:
        await scene.attempt(one, _rings if far_end_of(one) is FarEnd.RINGS_FOR_EVER else _talks)
    return campaign


async def test_killed_it_closes_its_books_when_it_is_back_and_dials_for_nobody(scene: Scene) -> None:
    talks, rings = number(FarEnd.PATIENT_PERSON, 0, serial=1), number(FarEnd.RINGS_FOR_EVER, 0, serial=2)
    campaign = await in_mid_shift(scene, "killed", talks, rings)
    assert scene.news.last["service/node1"] == {"state": "up"}
    await scene.controller.service.kill()
    await scene.news.until(lambda: scene.news.last["service/node1"] == {"state": "down"})
    assert len(await scene.record.attempts.open_attempts()) == 2
    # Redis still shows a free agent of the former run, and there is somebody to call.
    await scene.leads(campaign, CALLED_LATER)
    scene.news.last.clear()
    await scene.controller.service.start()
    await scene.news.until(lambda: scene.news.last.get("service/node1") == {"state": "up"})
    await scene.until_quiet()
    talk, ring = await scene.attempt(talks), await scene.attempt(rings)
    assert (talk.outcome, talk.disposition) == (Outcome.ANSWERED, Disposition.NOT_RECORDED)
    assert ring.outcome is Outcome.FAILED
    assert talk.detail
    assert ring.detail
    await scene.stored(talk)
    await scene.news.until(lambda: "nobody is logged in" in (scene.news.campaign(campaign).get("decision") or ""))
    assert not [row for row in await scene.rows() if row.e164 == CALLED_LATER]


async def test_back_again_it_dials_as_before(scene: Scene) -> None:
    await scene.log_in(*AGENTS)
    row = await scene.attempt(CALLED_LATER, lambda row: row.outcome and row.wrapped_up_at)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.CUSTOMER)
    for name in AGENTS:
        await scene.tell_agent(name, "logout")
        await scene.news.until_agent(name, "OFFLINE")


async def test_told_to_stop_it_drains(scene: Scene) -> None:
    talks_on, leaves = number(FarEnd.PATIENT_PERSON, 0, serial=20), number(FarEnd.PERSON, 0, talk_s=6, serial=21)
    rings, never = (number(FarEnd.RINGS_FOR_EVER, 0, serial=serial) for serial in (22, 23))
    campaign = await in_mid_shift(scene, "drains", talks_on, leaves, rings)
    await scene.leads(campaign, never)
    await scene.controller.service.stop()
    assert await scene.record.attempts.open_attempts() == []
    ended = {one: await scene.attempt(one) for one in (talks_on, leaves, rings)}
    assert {one: (row.outcome, row.hung_up_by) for one, row in ended.items()} == {
        talks_on: (Outcome.ANSWERED, HungUpBy.SYSTEM),
        leaves: (Outcome.ANSWERED, HungUpBy.CUSTOMER),
        rings: (Outcome.CANCELLED, HungUpBy.SYSTEM),
    }
    assert {ended[one].disposition for one in (talks_on, leaves)} == {Disposition.NOT_RECORDED}
    assert not [row for row in await scene.rows() if row.e164 == never]
    assert await scene.record.recordings.unfinished() == []
    await scene.news.until(lambda: scene.news.last["service/node1"] == {"state": "down"})
    assert all(scene.news.agent(name)["state"] == "OFFLINE" for name in AGENTS)


async def test_no_promise_was_broken(scene: Scene) -> None:
    assert await scene.broken_promises() == []


def _rings(row: AttemptRow) -> bool:
    return row.ringing_at is not None


def _talks(row: AttemptRow) -> bool:
    return row.bridged_at is not None

"""The service is told to stop, or is killed, in the middle of a shift: whatever it had begun comes to an end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.model import Disposition, HungUpBy, Outcome
from lab.carrier import FarEnd, far_end_of, number
from lab.plan import LabPlan
from tests.e2e.scene import patient

if TYPE_CHECKING:
    from dialer.record.attempts import AttemptRow
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENTS = ("agent1", "agent2", "agent3")


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=len(AGENTS), drain_s=10)


def never(serial: int) -> str:
    return number(FarEnd.RINGS_FOR_EVER, 0, serial=serial)


async def in_mid_shift(scene: Scene, name: str, *numbers: str, **plan: Any) -> int:
    """All agents in line, and a call to each number under way: talking if it answers, else ringing."""
    campaign = await scene.campaign(name, *numbers, **plan)
    await scene.log_in(*AGENTS)
    await scene.start(campaign)
    for one in numbers:
        await scene.attempt(one, _rings if far_end_of(one) is FarEnd.RINGS_FOR_EVER else _talks)
    return campaign


async def test_killed_in_mid_shift_it_takes_over_what_lives_and_dials_on(scene: Scene) -> None:
    talks, ends, rings = patient(1), number(FarEnd.PERSON, 0, talk_s=6, serial=2), never(3)
    campaign = await in_mid_shift(scene, "killed", talks, ends, rings, wrap_up_s=20, ring_timeout_s=30)
    talk = await scene.bridged(talks)
    assert scene.news.last["service/node1"] == {"state": "up"}
    await scene.controller.service.kill()
    await scene.news.until(lambda: scene.news.last["service/node1"] == {"state": "down"})
    later = patient(4)
    await scene.leads(campaign, later)
    await scene.carrier_hung_up(ends)
    await scene.controller.service.start()
    await scene.news.until(lambda: scene.news.last.get("service/node1") == {"state": "up"})
    # The talk goes on, in the same place, with the same agent; its recording has no hole.
    assert (await scene.bridged(talks)).ended_at is None
    assert scene.news.agent(str(talk.agent_id))["state"] == "TALKING"
    assert scene.news.agent(str(talk.agent_id))["attempt_id"] == talk.attempt_id
    # Whose customer left meanwhile is asked what came of it.
    ended = await scene.attempt(ends)
    assert (ended.outcome, ended.disposition) == (Outcome.ANSWERED, None)
    await scene.tell_agent(str(ended.agent_id), "disposition", {"disposition": "AGREED"})
    # It dials again, and the agents are the ones who were there.
    dialled = await scene.bridged(later)
    assert dialled.agent_id not in {None, talk.agent_id}
    await scene.tell_agent(str(talk.agent_id), "hangup")
    ended = await scene.attempt(talks)
    assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    recording = await scene.stored(ended)
    assert ended.unbridged_at
    assert talk.bridged_at
    assert recording.duration_s == pytest.approx((ended.unbridged_at - talk.bridged_at).total_seconds(), abs=1)
    assert (await scene.attempt(rings)).outcome is Outcome.NO_ANSWER  # kept, and rang out
    await scene.tell_agent(str(dialled.agent_id), "hangup")
    await scene.until_quiet()


async def test_killed_and_away_while_a_customer_answers_it_counts_the_silence(scene: Scene) -> None:
    leaves = number(FarEnd.HANGS_UP, 8, serial=6)
    answers = number(FarEnd.PATIENT_PERSON, 3, serial=5)
    campaign = await scene.campaign("silence", answers, leaves, pacing={"mode": "ratio", "ratio": 2})
    await scene.start(campaign)
    for one in (answers, leaves):
        await scene.attempt(one, _rings)
    await scene.controller.service.kill()
    await scene.carrier_hung_up(leaves)
    # By now the other has heard the message from the switch itself, or hears it still.
    await scene.controller.service.start()
    for one in (answers, leaves):
        row = await scene.attempt(one)
        assert (row.outcome, row.agent_id) == (Outcome.ABANDONED, None)
        assert row.answered_at
    await scene.pause(campaign)


async def test_an_agent_whose_telephone_did_not_live_is_called_back(scene: Scene) -> None:
    legs = scene.phones.state["agent1"].legs_answered
    await scene.controller.service.kill()
    await scene.phones.hang_up("agent1")
    await scene.phones.until("agent1", up=False)
    scene.news.last.clear()
    await scene.controller.service.start()
    await scene.news.until_agent("agent1", "READY")
    assert scene.phones.state["agent1"].legs_answered == legs + 1
    for name in AGENTS:
        await scene.news.until_agent(name, "READY")
        await scene.tell_agent(name, "logout")
        await scene.news.until_agent(name, "OFFLINE")


async def test_told_to_stop_it_drains(scene: Scene) -> None:
    talks_on, leaves = patient(20), number(FarEnd.PERSON, 0, talk_s=6, serial=21)
    rings, not_called = never(22), never(23)
    campaign = await in_mid_shift(scene, "drains", talks_on, leaves, rings)
    await scene.leads(campaign, not_called)
    await scene.controller.service.stop()
    assert await scene.record.attempts.open_attempts() == []
    ended = {one: await scene.attempt(one) for one in (talks_on, leaves, rings)}
    assert {one: (row.outcome, row.hung_up_by) for one, row in ended.items()} == {
        talks_on: (Outcome.ANSWERED, HungUpBy.SYSTEM),
        leaves: (Outcome.ANSWERED, HungUpBy.CUSTOMER),
        rings: (Outcome.CANCELLED, HungUpBy.SYSTEM),
    }
    assert {ended[one].disposition for one in (talks_on, leaves)} == {Disposition.NOT_RECORDED}
    assert not [row for row in await scene.rows() if row.e164 == not_called]
    assert await scene.record.recordings.unfinished() == []
    await scene.news.until(lambda: scene.news.last["service/node1"] == {"state": "down"})
    assert all(scene.news.agent(name)["state"] == "OFFLINE" for name in AGENTS)


async def test_no_promise_was_broken(scene: Scene) -> None:
    assert await scene.broken_promises() == []


def _rings(row: AttemptRow) -> bool:
    return row.ringing_at is not None


def _talks(row: AttemptRow) -> bool:
    return row.bridged_at is not None

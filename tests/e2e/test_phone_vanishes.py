"""An agent's telephone loses its power: in mid-talk, and in wrap-up. Nobody is left in silence, and no word is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Disposition, HungUpBy, Outcome
from lab.carrier import FarEnd, number
from lab.plan import LabPlan

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENT = "agent1"
WRAP_UP_S = 120
IN_MID_TALK, IN_WRAP_UP, AFTERWARDS = (number(FarEnd.PATIENT_PERSON, 0, serial=serial) for serial in (1, 2, 3))


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=1, drain_s=3)


async def come_back(scene: Scene) -> None:
    """The power is back, and the agent with it, without logging in again."""
    await scene.phones.come_back(AGENT)
    await scene.news.until_agent(AGENT, "READY", within_s=60)
    await scene.phones.until(AGENT, up=True)
    await scene.until_healthy()


async def test_in_mid_talk_the_customer_is_let_go_and_the_talk_is_kept(scene: Scene) -> None:
    campaign = await scene.campaign("vanishes", IN_MID_TALK, wrap_up_s=WRAP_UP_S)
    await scene.log_in(AGENT)
    await scene.start(campaign)
    await scene.recorded(await scene.bridged(IN_MID_TALK), seconds=3)
    await scene.phones.vanish(AGENT)
    row = await scene.attempt(IN_MID_TALK)
    assert (row.outcome, row.agent_id) == (Outcome.ANSWERED, AGENT)
    assert row.hung_up_by in {HungUpBy.SYSTEM, HungUpBy.AGENT}
    assert row.unbridged_at
    await scene.until_ill("phones")
    told = next(part for part in await scene.doctor() if part["part"] == "phones")
    assert AGENT in told["detail"]
    assert told["remedy"]
    recording = await scene.stored(row)
    assert recording.duration_s
    assert recording.duration_s >= 3
    await come_back(scene)


async def test_in_wrap_up_what_came_of_the_talk_can_still_be_recorded(scene: Scene) -> None:
    campaign = int((await scene.record.campaigns.get("vanishes")).campaign_id)
    await scene.leads(campaign, IN_WRAP_UP)
    talking = await scene.bridged(IN_WRAP_UP)
    await scene.tell_agent(AGENT, "hangup")
    await scene.news.until_agent(AGENT, "WRAP_UP")
    await scene.phones.vanish(AGENT)
    # Long before the wrap-up would have run out: the gap is shown as soon as the telephone is found gone.
    gap = await scene.attempt(IN_WRAP_UP, lambda row: row.disposition)
    assert gap.disposition is Disposition.NOT_RECORDED
    await scene.news.until_agent(AGENT, "CALLING_IN")
    # The console works on without the telephone, and the last word counts.
    said = {"attempt_id": talking.attempt_id, "disposition": "AGREED", "note": "asks for the larger plan"}
    await scene.tell_agent(AGENT, "disposition", said)
    row = await scene.attempt(IN_WRAP_UP, lambda row: row.disposition is Disposition.AGREED)
    assert row.note == said["note"]
    await come_back(scene)
    await scene.leads(campaign, AFTERWARDS)
    await scene.bridged(AFTERWARDS)
    await scene.tell_agent(AGENT, "hangup")
    await scene.attempt(AFTERWARDS)


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []

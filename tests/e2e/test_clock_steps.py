"""The clock is stepped in mid-shift: talks go on, nothing is dialled in doubt, and dialling goes on by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dialer.core.model import Hold, HungUpBy, Outcome
from lab.carrier import FarEnd, number
from lab.fake_clock import find_library
from lab.plan import LabPlan
from lab.process import until

if TYPE_CHECKING:
    from lab.fake_clock import FakeClock
    from tests.e2e.scene import Scene

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(find_library() is None, reason="libfaketime is not installed (deploy/setup.sh --tests)"),
]

HOUR_S = 3600
TALKS, RINGS, WAITS, AT_NIGHT = (
    number(FarEnd.PATIENT_PERSON, 0, serial=1),
    number(FarEnd.RINGS_FOR_EVER, 0, serial=2),
    number(FarEnd.PATIENT_PERSON, 0, serial=3),
    number(FarEnd.PATIENT_PERSON, 0, serial=4),
)


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=3, drain_s=3, clocks_ahead_s=until_half_past_eight_s(), all_day=False, hearing=False)


def clocks(scene: Scene) -> tuple[FakeClock, FakeClock]:
    """The dialler's and Asterisk's."""
    dialler, asterisk = scene.parts.dialler_clock, scene.parts.asterisk_clock
    assert dialler
    assert asterisk
    return dialler, asterisk


def step_both(scene: Scene, seconds: float) -> None:
    for clock in clocks(scene):
        clock.step(seconds)


def until_half_past_eight_s() -> float:
    """How far it is to 20:30 in Shanghai, half an hour before calls become illegal."""
    there = datetime.now(ZoneInfo("Asia/Shanghai"))
    evening = there.replace(hour=20, minute=30, second=0)
    return ((evening - there) % timedelta(days=1)).total_seconds()


async def placed(scene: Scene, customer: str) -> bool:
    return any(row.e164 == customer and row.sent_at for row in await scene.rows())


async def test_an_hour_forward_and_back_in_mid_shift(scene: Scene) -> None:
    campaign = await scene.campaign("stepped", TALKS, RINGS, ring_timeout_s=45)
    await scene.log_in("agent1", "agent2", "agent3")
    await scene.start(campaign)
    await scene.attempt(RINGS, lambda row: row.ringing_at)
    await scene.recorded(await scene.bridged(TALKS), seconds=2)
    dialler, _asterisk = clocks(scene)

    dialler.step(HOUR_S)
    await scene.until_ill("clock")
    await scene.leads(campaign, WAITS)
    # The campaign has tried, and says why it does not dial; so does the doctor.
    await scene.until_ill("campaigns")
    clock = next(part for part in await scene.doctor() if part["part"] == "clock")
    assert not clock["ok"]
    assert clock["remedy"]
    # Steady again, but Asterisk's clock tells another time.
    await until(lambda: says(scene, "Asterisk's clock differs from ours by -3600 s"))
    talk, ring = await scene.bridged(TALKS), await scene.attempt(RINGS, lambda row: row.ringing_at)
    assert talk.ended_at is ring.ended_at is None
    assert not await placed(scene, WAITS)

    dialler.step(-HOUR_S)
    await until(lambda: says(scene, "stepped by -3600 s"))
    assert not await placed(scene, WAITS)
    await scene.recorded(talk, seconds=12)
    await scene.tell_agent(str(talk.agent_id), "hangup")
    talk = await scene.attempt(TALKS)
    assert (talk.outcome, talk.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    assert talk.ended_at
    assert talk.bridged_at
    recording = await scene.stored(talk)
    assert recording.duration_s == pytest.approx((talk.ended_at - talk.bridged_at).total_seconds(), abs=1)
    assert recording.detail is None
    # By itself.
    await scene.until_healthy()
    waited = await scene.bridged(WAITS)
    assert waited.sent_at
    await scene.tell_agent(str(waited.agent_id), "hangup")
    ring = await scene.attempt(RINGS, within_s=90)
    assert ring.outcome is Outcome.NO_ANSWER
    await scene.pause(campaign)


async def test_out_of_the_legal_hours_and_back(scene: Scene) -> None:
    campaign = await scene.campaign("night")
    await scene.start(campaign)
    await scene.until_healthy()
    step_both(scene, HOUR_S)
    await scene.until_ill("clock")
    await scene.leads(campaign, AT_NIGHT)
    # Both clocks agree that it is half past nine: this time the law is what forbids it.
    await scene.until_healthy()
    await scene.news.until(lambda: scene.news.campaign(campaign)["holds"].get(Hold.OUTSIDE_LEGAL_HOURS))
    assert (await scene.why(AT_NIGHT))["hold"] == Hold.OUTSIDE_LEGAL_HOURS
    assert not await placed(scene, AT_NIGHT)
    step_both(scene, -HOUR_S)
    # It was noted that the lead must wait until tomorrow; that was a wrong clock's word.
    row = await scene.bridged(AT_NIGHT)
    await scene.tell_agent(str(row.agent_id), "hangup")
    await scene.attempt(AT_NIGHT)


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []


async def says(scene: Scene, words: str) -> bool:
    """Whether /health says this of the clock."""
    parts = (await scene.controller.ask("GET", "/health")).json()["parts"]
    return any(words in part["detail"] for part in parts if part["part"] == "clock")

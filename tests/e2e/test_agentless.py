"""A campaign without agents on real calls: whoever answers hears the survey, and may ask never to be called again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Hold, Outcome, PacingMode
from lab.carrier import FarEnd, number
from lab.plan import LabPlan

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

LISTENS = number(FarEnd.PATIENT_PERSON, 0, serial=1)
PRESSES_NINE = number(FarEnd.PRESSES_NINE, 0, serial=2)
BUSY = number(FarEnd.BUSY, 0, serial=3)


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    """Nobody works here."""
    return LabPlan(agents=1, drain_s=3)


@pytest.fixture(scope="module")
def phones() -> tuple[str, ...]:
    """And no phone rings."""
    return ()


async def test_a_survey_is_heard_and_finishes_the_lead(scene: Scene) -> None:
    agentless = {"mode": PacingMode.AGENTLESS, "max_in_flight": 3}
    campaign = await scene.campaign("survey", LISTENS, PRESSES_NINE, BUSY, pacing=agentless, agentless_flow="survey")
    await scene.start(campaign)
    heard = await scene.attempt(LISTENS)
    assert (heard.outcome, heard.agent_id, heard.message_at) == (Outcome.ANSWERED, None, None)
    assert heard.flow_at
    assert heard.answered_at
    assert heard.flow_at >= heard.answered_at
    assert (await scene.why(LISTENS))["hold"] == Hold.FINISHED


async def test_nine_in_a_survey_is_a_wish_that_is_kept(scene: Scene) -> None:
    row = await scene.attempt(PRESSES_NINE, lambda row: row.outcome and row.opted_out)
    assert row.outcome is Outcome.ANSWERED
    assert await scene.record.do_not_call.listed([PRESSES_NINE]) == {PRESSES_NINE}


async def test_whoever_is_busy_is_called_again(scene: Scene) -> None:
    assert (await scene.attempt(BUSY)).outcome is Outcome.BUSY
    assert (await scene.why(BUSY))["hold"] == Hold.RETRY_NOT_DUE


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []

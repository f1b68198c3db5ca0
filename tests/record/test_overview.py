from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import FloorView, Hold, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.record.decisions import DecisionRow

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World


async def test_holds_are_counted_by_what_leads_wait_for(world: World) -> None:
    campaign, leads = await world.campaign(), world.record.leads
    _free, flying, finished, retried, held, was_held = await world.leads(campaign, *(a_row(row) for row in range(6)))
    await world.record.attempts.claim([world.attempt(flying)], "node1")
    await leads.finish(finished.lead_id, "agreed")
    await leads.reschedule(retried.lead_id, NOW + SECOND)
    await leads.hold({held.lead_id: (Hold.CAP_PERSON, NOW + SECOND), was_held.lead_id: (Hold.CAP_LEAD, NOW)})
    counts = await world.record.overview.hold_counts(campaign.campaign_id, NOW)
    assert counts == {
        Hold.NONE: 2,
        Hold.IN_FLIGHT: 1,
        Hold.FINISHED: 1,
        Hold.RETRY_NOT_DUE: 1,
        Hold.CAP_PERSON: 1,
    }


async def test_the_answer_rate_leaves_out_what_is_our_own_fault(world: World) -> None:
    campaign, overview = await world.campaign(), world.record.overview
    leads = await world.leads(campaign, *(a_row(row) for row in range(6)))
    assert await overview.answer_rate(campaign.campaign_id, NOW) is None
    for lead, outcome in zip(leads, (Outcome.ANSWERED, Outcome.BUSY, Outcome.FAILED, Outcome.BUSY), strict=False):
        attempt = await world.called(lead, NOW, outcome)
        if outcome is Outcome.ANSWERED:
            await world.record.attempts.update(attempt.attempt_id, answered_at=NOW)
    await world.called(leads[4], NOW - SECOND, Outcome.BUSY)  # too long ago
    await world.record.attempts.claim([world.attempt(leads[5])], "node1")  # not over
    assert await overview.answer_rate(campaign.campaign_id, NOW) == pytest.approx(1 / 3)


async def test_retries_are_those_that_were_called_and_wait(world: World) -> None:
    campaign = await world.campaign()
    _fresh, early, late, finished = await world.leads(campaign, *(a_row(row) for row in range(4)))
    assert await world.record.overview.retries_due(campaign.campaign_id) == (0, None)
    for lead in (early, late, finished):
        await world.called(lead, NOW)
    await world.record.leads.reschedule(early.lead_id, NOW + timedelta(hours=1))
    await world.record.leads.reschedule(late.lead_id, NOW + timedelta(hours=2))
    await world.record.leads.finish(finished.lead_id, "agreed")
    assert await world.record.overview.retries_due(campaign.campaign_id) == (2, NOW + timedelta(hours=1))


async def test_what_the_invariants_need_is_told_of_called_numbers_alone(world: World) -> None:
    campaign = await world.campaign()
    called, quiet = await world.leads(campaign, a_row(1), a_row(2))
    await world.called(called, NOW)
    listed = [called.numbers[0].e164, quiet.numbers[0].e164]
    await world.record.do_not_call.add_many(listed, source="file", reason="asked", now=NOW)
    assert await world.record.overview.zones() == {called.numbers[0].number_id: ("Asia/Shanghai",)}
    assert await world.record.overview.listed_since() == {listed[0]: NOW}


async def test_previews_are_the_attempts_that_agents_asked_for(world: World) -> None:
    campaign = await world.campaign()
    leads = await world.leads(campaign, a_row(1), a_row(2), a_row(3))
    floor = FloorView(1, 0, 0, 0, 0, 0, 0)
    for mode in (PacingMode.PREVIEW, PacingMode.RATIO):
        made = Decision(NOW, 1, mode, "because")
        await world.record.decisions.add(DecisionRow(mode, campaign.campaign_id, floor, made))
    decided = (PacingMode.PREVIEW, PacingMode.RATIO, None)
    placed = [
        replace(world.attempt(lead, attempt_id=f"by {mode}"), decision_id=mode)
        for lead, mode in zip(leads, decided, strict=True)
    ]
    await world.record.attempts.claim(placed, "node1")
    assert await world.record.overview.previews() == {"by PREVIEW"}

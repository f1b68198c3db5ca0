from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.model import FloorView, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.record.decisions import DecisionRow

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from datetime import datetime

    from .world import World

FLOOR = FloorView(ready=3, reserved=1, talking=4, wrap_up=0, paused=2, in_flight=5, waiting=1, previews_asked=1)
RANG_OUT = {"ended_at": NOW + 25 * SECOND, "outcome": Outcome.NO_ANSWER}
TALKED = {
    "answered_at": NOW + 8 * SECOND,
    "bridged_at": NOW + 8.1 * SECOND,
    "unbridged_at": NOW + 60 * SECOND,
    "ended_at": NOW + 61 * SECOND,
    "wrapped_up_at": NOW + 70 * SECOND,
    "outcome": Outcome.ANSWERED,
}


async def test_a_decision_comes_back_with_the_floor_it_saw(world: World) -> None:
    campaign_id = (await world.campaign()).campaign_id
    made = [Decision(NOW + n * SECOND, n, PacingMode.RATIO, f"reason {n}", 0.02, drop=2 * n) for n in range(3)]
    assert await world.record.decisions.last(campaign_id) is None
    for count, decision in enumerate(made):
        await world.record.decisions.add(DecisionRow(f"d{count}", campaign_id, FLOOR, decision))
    await world.record.decisions.add(DecisionRow("d2", campaign_id, FLOOR, made[0]))
    assert await world.record.decisions.since(campaign_id, NOW + SECOND) == [
        DecisionRow("d1", campaign_id, FLOOR, made[1]),
        DecisionRow("d2", campaign_id, FLOOR, made[2]),
    ]
    assert await world.record.decisions.last(campaign_id) == made[2]
    assert await world.record.decisions.since(campaign_id + 1, NOW) == []


async def called(world: World, **calls: tuple[datetime, Decision | None, dict[str, Any]]) -> int:
    """One campaign's calls by their ids: when each was queued, the decision behind it, and what became of it."""
    campaign = await world.campaign()
    leads = await world.leads(campaign, *(a_row(number) for number in range(1, len(calls) + 1)))
    for lead, (attempt_id, (queued_at, decision, became)) in zip(leads, calls.items(), strict=True):
        one = replace(world.attempt(lead, attempt_id=attempt_id), queued_at=queued_at, decision_id=f"of {attempt_id}")
        if decision is not None:
            row = DecisionRow(f"of {attempt_id}", campaign.campaign_id, FLOOR, decision)
            await world.record.decisions.add(row)
        await world.record.attempts.claim([one], "node1")
        await world.record.attempts.update(attempt_id, **became)
    return campaign.campaign_id


async def test_an_answer_is_told_with_what_its_decision_expected(world: World) -> None:
    ahead = Decision(NOW, 1, PacingMode.PREDICTIVE, "", 0.03)
    asked = Decision(NOW, 1, PacingMode.PREVIEW, "", 0.0)
    campaign_id = await called(
        world,
        before=(NOW - SECOND, ahead, TALKED),
        ahead=(NOW, ahead, TALKED),
        asked=(NOW, asked, TALKED),
        silent=(NOW, ahead, RANG_OUT),
        unexplained=(NOW, None, TALKED),
        ringing=(NOW, ahead, {}),
    )
    found = sorted(await world.record.decisions.answers(campaign_id, NOW), key=lambda one: one.expected_abandonment)
    assert [(one.expected_abandonment, one.previewed) for one in found] == [(0.0, True), (0.03, False)]
    assert found[1].bridged_at == TALKED["bridged_at"]
    assert found[1].outcome is Outcome.ANSWERED


async def test_past_calls_are_the_newest_that_were_sent_and_are_over_in_their_order(world: World) -> None:
    sent = {"sent_at": NOW}
    campaign_id = await called(
        world,
        long_ago=(NOW - 100 * SECOND, None, sent | RANG_OUT),
        old=(NOW, None, sent | RANG_OUT),
        newer=(NOW + SECOND, None, sent | TALKED | {"detail": "said so"}),
        newest=(NOW + 2 * SECOND, None, sent | RANG_OUT),
        unsent=(NOW + 3 * SECOND, None, {"ended_at": NOW, "outcome": Outcome.CANCELLED}),
        on=(NOW + 4 * SECOND, None, sent),
    )
    past = await world.record.decisions.past_calls(campaign_id, NOW, 10)
    assert [call.attempt_id for call in past] == ["old", "newer", "newest"]
    assert (past[1].wrapped_up_at, past[1].detail) == (TALKED["wrapped_up_at"], "said so")
    assert [call.attempt_id for call in await world.record.decisions.past_calls(campaign_id, NOW, 2)] == [
        "newer",
        "newest",
    ]


@pytest.mark.parametrize(("since", "counts"), [(NOW, (2, 1, 1)), (NOW - 10 * SECOND, (3, 1, 2))])
async def test_calls_are_counted(world: World, since: datetime, counts: tuple[int, int, int]) -> None:
    sent, late = {"sent_at": NOW}, {"detail": "withdrawn"}
    campaign_id = await called(
        world,
        before=(NOW - SECOND, None, sent | RANG_OUT | late),
        talked=(NOW, None, sent | TALKED),
        late=(NOW, None, sent | RANG_OUT | late),
        unsent=(NOW, None, {"ended_at": NOW, "outcome": Outcome.CANCELLED}),
    )
    assert await world.record.decisions.counts(campaign_id, since, "withdrawn") == counts


async def test_what_was_expected_of_the_live_answers_since_then_is_their_mean(world: World) -> None:
    ahead = Decision(NOW, 1, PacingMode.PREDICTIVE, "", 0.03)
    bold = Decision(NOW, 1, PacingMode.PREDICTIVE, "", 0.05)
    campaign_id = await called(
        world,
        before=(NOW - SECOND, bold, TALKED | {"answered_at": NOW - SECOND}),
        ahead=(NOW, ahead, TALKED),
        bold=(NOW, bold, TALKED | {"outcome": Outcome.ABANDONED}),
        machine=(NOW, bold, TALKED | {"outcome": Outcome.MACHINE}),
        silent=(NOW, bold, RANG_OUT),
    )
    assert await world.record.decisions.expected(campaign_id, NOW) == pytest.approx(0.04)
    assert await world.record.decisions.expected(campaign_id, NOW + 60 * SECOND) is None

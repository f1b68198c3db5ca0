"""Who rings in vain is withdrawn: after the ring floor, by the campaign's own decision, recorded once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.call import WITHDRAWN
from dialer.core.errors import RecordError
from dialer.core.model import Outcome, PacingMode
from dialer.core.plan import DEFAULT_RETRIES, Pacing
from dialer.core.predictive import RING_FLOOR_S

from .fakes.centre import Centre
from .fakes.virtual_time import until, virtual_now
from .test_campaign_predictive import AGENTS, begin, busy_with_ringing_calls, decisions, seldom_answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.record.attempts import AttemptRow
    from dialer.record.decisions import DecisionRow

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, dict.fromkeys(AGENTS, ()), channels=40) as opened:
        yield opened


async def test_who_rings_in_vain_is_withdrawn_after_the_ring_floor_and_not_before(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    (loop,) = begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)
    rows = [await centre.over(attempt_id) for attempt_id in ringing]
    assert rows
    for row in rows:
        assert (row.outcome, row.detail) == (Outcome.NO_ANSWER, WITHDRAWN)
        assert row.ringing_at
        assert row.ended_at
        assert RING_FLOOR_S <= (row.ended_at - row.ringing_at).total_seconds() < RING_FLOOR_S + 2
    withdrawing = [row for row in await decisions(centre, campaign) if row.decision.drop]
    assert sum(row.decision.drop for row in withdrawing) == len(rows)
    assert all("withdrawn that have rung for long" in row.decision.reason for row in withdrawing)
    counted = centre.metrics.registry.get_sample_value("ringpace_calls_withdrawn_total", {"campaign": "autumn"})
    assert counted == len(rows)
    assert loop.trouble is None


async def test_a_withdrawn_call_counts_and_is_tried_again_like_one_that_rang_out(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    begin(centre, campaign)
    (first, *_) = await busy_with_ringing_calls(centre)
    row: AttemptRow = await centre.over(first)
    lead = await centre.lead(row.lead_id)
    assert row.ended_at
    assert lead.due_at
    assert lead.due_at >= row.ended_at + timedelta(seconds=DEFAULT_RETRIES[Outcome.NO_ANSWER].floor_s)
    assert (lead.attempts, lead.numbers[0].attempts) == (1, 1)
    facts = await centre.record.leads.facts(row.lead_id, virtual_now())
    assert [call.at for call in facts.sent] == [row.sent_at]


async def test_without_late_cancel_everybody_rings_on(centre: Centre) -> None:
    campaign = await seldom_answered(centre, pacing=Pacing(mode=PacingMode.PREDICTIVE, late_cancel=False))
    begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)
    await asyncio.sleep(RING_FLOOR_S + 3)
    living = {attempt.attempt_id for attempt in centre.switchboard.live_attempts()}
    assert set(ringing) <= living


async def test_an_answer_that_comes_before_the_withdrawal_is_served(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    begin(centre, campaign)
    first, *others = await busy_with_ringing_calls(centre, agents=2)
    await asyncio.sleep(RING_FLOOR_S - 2.5)
    await centre.log_in("agent3")
    centre.switch.answer(first)
    await until(lambda: centre.is_talking(first), within_s=1)
    assert not centre.switchboard.withdraw(first)
    assert [(await centre.over(attempt_id)).detail for attempt_id in others] == [WITHDRAWN] * len(others)


async def test_what_is_withdrawn_is_recorded_once_also_where_no_lead_could_be_claimed_with_it(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await seldom_answered(centre)
    (loop,) = begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)

    async def lost(_attempts: object, _node: str, because: DecisionRow) -> list[object]:
        await centre.record.decisions.add(because)
        return []  # all whom we want are being called by another

    monkeypatch.setattr(centre.record.attempts, "claim", lost)
    decided = loop._pacemaker.decide  # noqa: SLF001 - a decision of both kinds is rare
    monkeypatch.setattr(loop._pacemaker, "decide", lambda look: replace(decided(look), place=2, drop=2))  # noqa: SLF001
    await asyncio.sleep(RING_FLOOR_S + 1)
    kept = await decisions(centre, campaign)
    assert any(row.decision.place == 2 for row in kept)
    assert sum(row.decision.drop for row in kept) == len(ringing)
    assert loop.trouble is None


async def test_a_decision_that_cannot_be_kept_is_told_as_trouble(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await seldom_answered(centre)
    (loop,) = begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)

    async def fail(_row: object) -> None:
        raise RecordError("the database is away")

    monkeypatch.setattr(centre.record.decisions, "add", fail)
    await until(lambda: loop.trouble == "the database is away")
    assert not {attempt.attempt_id for attempt in centre.switchboard.live_attempts()} & set(ringing)

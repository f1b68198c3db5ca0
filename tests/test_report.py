from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer import report
from dialer.books import DispositionEntry
from dialer.core import events as ev
from dialer.core.abandonment import LEGAL_WINDOWS
from dialer.core.model import AgentState, Disposition, Outcome
from dialer.core.plan import Law
from dialer.record.abandonment import Abandonment
from dialer.record.agents import Span

from .fakes.centre import Centre
from .fakes.virtual_time import MIDMORNING, until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.record.campaigns import Campaign

pytestmark = pytest.mark.virtual_time

SECOND = timedelta(seconds=1)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ()}) as opened:
        yield opened


async def built(centre: Centre, campaign: Campaign | None = None) -> report.Report:
    await centre.books.flush()
    return await report.build(
        centre.record,
        campaign_id=campaign.campaign_id if campaign else None,
        law=Law(),
        recordings=centre.settings.recordings_dir,
    )


async def a_day(centre: Centre, campaign: Campaign) -> list[str]:
    """One talk that is agreed on, one busy number, one abandoned call, and one talk that goes on."""
    leads = await centre.leads(campaign, 4)
    abandoned = await centre.place(campaign, leads[0])
    centre.switch.answer(abandoned)
    await asyncio.sleep(3)
    centre.switch.leave(abandoned)
    await centre.log_in("agent1")
    talked = await centre.place(campaign, leads[1])
    centre.switch.answer(talked)
    await centre.agent_is("agent1", AgentState.TALKING)
    await asyncio.sleep(30)
    centre.switch.leave(talked)
    await centre.over(talked)
    await asyncio.sleep(10)
    await centre.books.dispose(talked, DispositionEntry(Disposition.AGREED), campaign.plan)
    centre.roster.disposed("agent1", ev.DispositionGiven(virtual_now(), talked, Disposition.AGREED))
    busy = await centre.place(campaign, leads[2])
    centre.switch.leave(busy, 17, 486)
    await centre.over(busy)
    return [abandoned, talked, busy]


async def test_a_day_as_it_was(centre: Centre) -> None:
    campaign = await centre.campaign()
    await a_day(centre, campaign)
    await asyncio.sleep(10)
    centre.roster.logout("agent1")
    await centre.agent_is("agent1", AgentState.OFFLINE)
    await centre.keeper.drain()
    made = await built(centre)
    assert (made.campaigns, made.attempts) == (("autumn",), 3)
    assert made.outcomes == {Outcome.ABANDONED: 1, Outcome.ANSWERED: 1, Outcome.BUSY: 1}
    assert made.dispositions == {Disposition.AGREED: 1}
    assert made.answer_rate == pytest.approx(2 / 3)
    assert (made.abandonment.live_answers, made.abandonment.abandoned, made.abandonment.rate) == (2, 1, 0.5)
    assert made.abandonment.lower_bound < 0.5 < made.abandonment.upper_bound
    assert made.occupancy == pytest.approx(40 / 50, abs=0.02)
    assert made.answer_to_bridge_ms.p99 is not None
    assert made.answer_to_bridge_ms.p99 < 100
    assert (made.recordings.stored, made.recordings.missing) == (1, 0)
    assert made.retries_due.leads == 2
    assert made.retries_due.next_at is not None
    assert made.invariants_broken == ()
    values = json.loads(json.dumps(made.values()))
    assert values["retries_due"]["next_at"] == made.retries_due.next_at.isoformat()
    assert dict(report.lines(made))["invariants broken"] == "none"


async def test_abandonment_is_what_the_ledger_says_of_it(centre: Centre) -> None:
    """An agent who came too late is one who did not come, a talk that goes on is an answer, a machine is estimated."""
    campaign = await centre.campaign()
    talks, late, on, machine = await centre.leads(campaign, 4)
    for lead, waited_s in ((talks, 0.1), (late, 2.1), (on, 0.1)):
        one = await centre.claim(campaign, lead)
        now = virtual_now()
        end = {} if lead is on else {"ended_at": now + 60 * SECOND, "outcome": Outcome.ANSWERED}
        times = {"sent_at": now, "answered_at": now, "bridged_at": now + waited_s * SECOND}
        await centre.record.attempts.update(one.attempt_id, **times, **end)
    one = await centre.claim(campaign, machine)
    await centre.record.attempts.update(
        one.attempt_id, sent_at=now, answered_at=now, ended_at=now + SECOND, outcome=Outcome.MACHINE
    )
    told = (await built(centre, campaign)).abandonment
    ledger = await Abandonment(centre.record.database).ledger(
        LEGAL_WINDOWS, {campaign.campaign_id: campaign.plan.abandon_limit_s}, virtual_now()
    )
    day = ledger.standing("24h", virtual_now().timestamp())
    assert (told.live_answers, told.abandoned, told.taken_for_machines) == (3, 1, 1)
    assert (day.count.live_answers, day.count.abandoned, day.count.machines) == (3, 1, 1)
    assert (told.rate, told.upper_bound) == (day.share.rate, day.tally.upper_bound())
    words = dict(report.lines(await built(centre, campaign)))["abandonment"]
    assert words.startswith("1 of 3 live answers, 1 taken for machines: 34.4%")


async def test_answers_that_are_not_over_do_not_raise_the_answer_rate(centre: Centre) -> None:
    campaign = await centre.campaign()
    busy, *talks = await centre.leads(campaign, 4)
    attempt_id = await centre.place(campaign, busy)
    centre.switch.leave(attempt_id, 17, 486)
    await centre.over(attempt_id)
    for lead in talks:
        centre.switch.answer(await centre.place(campaign, lead))
    await asyncio.sleep(0.1)
    assert (await built(centre)).answer_rate == 0.0


async def test_one_campaign_does_not_answer_for_another(centre: Centre) -> None:
    campaign = await centre.campaign()
    other = await centre.campaign("winter")
    await a_day(centre, campaign)
    assert (await built(centre, other)).attempts == 0
    assert (await built(centre, campaign)).attempts == 3


async def test_a_broken_promise_is_named(centre: Centre) -> None:
    campaign = await centre.campaign()
    leads = await centre.leads(campaign, 2, zone="America/New_York")
    attempt_id = await centre.place(campaign, leads[0])
    await until(lambda: attempt_id in centre.switch.legs)
    made = await built(centre)
    assert any("has no outcome" in finding for finding in made.invariants_broken)
    assert any("outside the legal hours of America/New_York" in finding for finding in made.invariants_broken)


async def test_nothing_done_is_no_error(centre: Centre) -> None:
    made = await built(centre)
    assert (made.attempts, made.answer_rate, made.occupancy) == (0, None, None)
    assert (made.abandonment.rate, made.abandonment.upper_bound) == (0.0, 1.0)
    texts = dict(report.lines(made))
    assert texts["answer to bridge"] == "no bridges"
    assert texts["occupancy"] == "unknown"


def span(state: AgentState, begins_s: int, ends_s: int | None) -> Span:
    ends = None if ends_s is None else MIDMORNING + ends_s * SECOND
    return Span("agent1", state, None, None, MIDMORNING + begins_s * SECOND, ends)


def test_what_a_clock_set_back_made_end_before_it_began_counts_for_nothing() -> None:
    spans = [
        span(AgentState.READY, 0, 10),
        span(AgentState.TALKING, 10, -3580),
        span(AgentState.WRAP_UP, -3580, -3570),
    ]
    assert report.occupancy(spans) == pytest.approx(10 / 20)


def test_occupancy_leaves_out_pauses_and_the_time_before_the_telephone_answers() -> None:
    spans = [
        span(AgentState.CALLING_IN, 0, 100),
        span(AgentState.READY, 100, 110),
        span(AgentState.TALKING, 110, 135),
        span(AgentState.WRAP_UP, 135, 140),
        span(AgentState.PAUSED, 140, 900),
        span(AgentState.OFFLINE, 900, 1000),
        span(AgentState.READY, 1000, None),
    ]
    assert report.occupancy(spans) == pytest.approx(30 / 40)
    assert report.occupancy([]) is None

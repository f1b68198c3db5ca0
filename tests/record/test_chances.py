from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dialer.core.chances import Chances
from dialer.core.features import Features
from dialer.core.model import Disposition, Outcome
from dialer.core.plan import CampaignPlan
from dialer.record.chances import LearnedChances
from dialer.record.record import Record
from dialer.record.schema import chances

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from dialer.core.model import Lead

    from .world import World

PLAN = CampaignPlan(name="autumn", trunk="carrier", caller_id="+862155550000")
CALL = Features(("base=all", "@tag=prime"))
DAY = timedelta(days=1)


def learned(*, answered: bool = True, calls: int = 60) -> Chances:
    model = Chances()
    for _ in range(calls):
        model.learn(CALL, answered)
    return model


@pytest.fixture
def kept(world: World) -> LearnedChances:
    return LearnedChances(world.record.database)


async def terms(world: World, lead: Lead, *, number: int = 0) -> set[str]:
    facts = await world.record.leads.facts(lead.lead_id, NOW)
    asked = LearnedChances(world.record.database).features([(facts, facts.lead.numbers[number])], PLAN, NOW)
    return set((await asked)[0].terms)


@contextmanager
def _listening(record: Record, asked: list[str]) -> Iterator[None]:
    """Every statement that goes to the database meanwhile."""

    def hear(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        asked.append(statement.lstrip())

    engine = record.database._opened().sync_engine  # noqa: SLF001 - nobody else needs to listen
    sa.event.listen(engine, "before_cursor_execute", hear)
    try:
        yield
    finally:
        sa.event.remove(engine, "before_cursor_execute", hear)


# --- what was learned ---------------------------------------------------------------------------------------


async def test_what_was_learned_comes_back_and_the_last_word_counts(world: World, kept: LearnedChances) -> None:
    one, other = (await world.campaign()).campaign_id, (await world.campaign()).campaign_id
    await kept.save(one, learned(calls=5), NOW)
    await kept.save(one, learned(), NOW + SECOND)
    await kept.save(other, learned(answered=False), NOW)
    found = await kept.load(one, NOW + SECOND)
    assert found.outcomes == 60
    assert found.probability(CALL) == pytest.approx(learned().probability(CALL), abs=1e-5)
    assert (await kept.load(other, NOW)).probability(CALL) < 0.1


async def test_two_that_save_at_once_both_succeed(world: World, kept: LearnedChances) -> None:
    campaign_id = (await world.campaign()).campaign_id
    await asyncio.gather(*(kept.save(campaign_id, learned(calls=5), NOW) for _ in range(4)))
    assert (await kept.load(campaign_id, NOW)).outcomes == 5


async def test_a_new_campaign_begins_with_what_others_learned(world: World, kept: LearnedChances) -> None:
    new = (await world.campaign()).campaign_id
    assert (await kept.load(new, NOW)).probability(CALL) == Chances().probability(CALL)
    for _ in range(3):
        await kept.save((await world.campaign()).campaign_id, learned(), NOW)
    begun = await kept.load(new, NOW)
    assert begun.outcomes == 0
    assert begun.probability(CALL) > 2 * Chances().probability(CALL)


async def test_a_pause_is_half_forgotten_in_a_month_and_a_clock_that_went_back_forgets_nothing(
    world: World, kept: LearnedChances
) -> None:
    campaign_id = (await world.campaign()).campaign_id
    await kept.save(campaign_id, learned(), NOW)
    new, fresh = Chances().probability(CALL), learned().probability(CALL)
    later = [(await kept.load(campaign_id, NOW + days * DAY)).probability(CALL) for days in (-9, 0, 30, 365)]
    assert later[:2] == pytest.approx([fresh, fresh], abs=1e-5)
    assert later[3] < later[2] < fresh
    assert later[3] == pytest.approx(new, abs=0.05)


NONSENSE = [
    "{}",
    "[]",
    "null",
    '{"version": 99, "outcomes": 1, "beliefs": {}, "says": {}}',
    '{"version": 1',
    "[" * 9999,
]


@pytest.mark.parametrize("state", NONSENSE)
async def test_what_cannot_be_read_is_left_aside_and_logged(
    tmp_path: Path, state: str, caplog: pytest.LogCaptureFixture
) -> None:
    """On SQLite alone: PostgreSQL takes no text into a JSON column that is none."""
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record:
        kept = LearnedChances(record.database)
        broken, good = [
            (await record.campaigns.create(PLAN.model_copy(update={"name": name}), NOW)).campaign_id
            for name in ("one", "other")
        ]
        for campaign_id in (broken, good):
            await kept.save(campaign_id, learned(), NOW)
        async with record.database.write() as connection:
            spoiled = sa.update(chances).where(chances.c.campaign_id == broken)
            await connection.execute(spoiled.values(state=sa.literal(state, sa.Text)))
        begun = await kept.load(broken, NOW)
        assert begun.outcomes == 0
        assert begun.probability(CALL) > Chances().probability(CALL)  # from the other campaign
        assert [line.message for line in caplog.records] == ["what was learned cannot be used"]
        await kept.save(broken, learned(calls=7), NOW)
        assert (await kept.load(broken, NOW)).outcomes == 7


# --- what is looked at --------------------------------------------------------------------------------------


async def test_a_fresh_lead_has_its_list_and_columns_but_no_past(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1, priority=5))
    found = await terms(world, lead)
    assert {"list=list", "@城市=上海", "priority=5", "last=NEVER", "tries=0", "today=0", "hour=10"} <= found
    assert not any(term.startswith("answered") for term in found)


async def test_the_past_is_of_the_number_over_all_campaigns(world: World) -> None:
    autumn, winter = await world.campaign(), await world.campaign()
    (mine,) = await world.leads(autumn, a_row(1, "+8613800000001", "+8613800000002"))
    (theirs,) = await world.leads(winter, a_row(2, "+8613800000001"))
    await world.called(theirs, NOW - 400 * DAY, Outcome.ABANDONED)
    await world.called(theirs, NOW - DAY, Outcome.BUSY)
    assert {"last=BUSY", "answered=yes", "tries=0"} <= await terms(world, mine)
    assert "last=NEVER" in await terms(world, mine, number=1)


async def test_what_was_our_doing_or_never_sent_is_no_past(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await world.called(lead, NOW - DAY, Outcome.NO_ANSWER)
    for outcome in (Outcome.FAILED, Outcome.CANCELLED, Outcome.CONGESTION):
        await world.called(lead, NOW, outcome)
    (unsent,) = await world.record.attempts.claim([world.attempt(lead)], "node1")
    await world.record.attempts.update(unsent.attempt_id, ended_at=NOW, outcome=Outcome.BUSY)
    assert {"last=NO_ANSWER", "answered=no"} <= await terms(world, lead)


async def test_a_machine_that_only_the_agent_could_tell_never_answered_as_a_person(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    call = await world.called(lead, NOW - DAY, Outcome.ANSWERED)
    await world.record.attempts.update(call.attempt_id, disposition=Disposition.MACHINE)
    assert {"last=MACHINE", "answered=no"} <= await terms(world, lead)
    await world.called(lead, NOW - 2 * DAY, Outcome.ANSWERED)
    assert {"last=MACHINE", "answered=yes"} <= await terms(world, lead)


async def test_many_leads_are_told_in_the_order_they_are_asked_for(world: World, kept: LearnedChances) -> None:
    found = await world.leads(await world.campaign(), *(a_row(row, priority=row) for row in range(1, 6)))
    facts = await world.record.leads.facts_of([lead.lead_id for lead in found], NOW)
    pairs = [(facts[lead.lead_id], lead.numbers[0]) for lead in reversed(found)]
    told = [next(term for term in one.terms if "priority" in term) for one in await kept.features(pairs, PLAN, NOW)]
    assert told == [f"priority={row}" for row in (5, 4, 3, 2, 1)]
    assert await kept.features([], PLAN, NOW) == []


async def test_an_operator_is_told_why(world: World, kept: LearnedChances) -> None:
    campaign = await world.campaign()
    rows = [replace(a_row(row), attributes={"tag": "prime"}) for row in (1, 2)]
    lead, _ = await world.leads(campaign, *rows)
    facts = await world.record.leads.facts(lead.lead_id, NOW)
    assert await kept.why(facts, lead.numbers[0], PLAN, NOW) == (None, [])
    model = Chances()
    for number in range(400):
        model.learn(Features(("base=all", f"@tag={'prime' if number % 2 else 'rest'}")), number % 4 == 1)
    await kept.save(campaign.campaign_id, model, NOW)
    why = await kept.why(facts, lead.numbers[0], PLAN, NOW)
    first, second = why.lines
    assert why.chance == pytest.approx(0.5, abs=0.15)
    assert f"{why.chance:.0%}" in first
    assert "(learned from 400 calls)" in first
    assert second.startswith("because: tag 'prime': x2.")


async def test_a_choice_asks_the_record_once_however_many_leads_it_is_made_from(
    world: World, kept: LearnedChances
) -> None:
    found = await world.leads(await world.campaign(), *(a_row(row) for row in range(1, 31)))
    for lead in found[:9]:
        await world.called(lead, NOW - DAY, Outcome.BUSY)
        await world.called(lead, NOW - 2 * DAY, Outcome.ANSWERED)
    facts = await world.record.leads.facts_of([lead.lead_id for lead in found], NOW)
    pairs = [(facts[lead.lead_id], lead.numbers[0]) for lead in found]
    asked: list[str] = []
    with _listening(world.record, asked):
        told = await kept.features(pairs, PLAN, NOW)
    assert len([one for one in asked if one.startswith("SELECT")]) == 1
    assert ["last=BUSY" in one.terms and "answered=yes" in one.terms for one in told] == [True] * 9 + [False] * 21
    assert all("list=list" in one.terms for one in told)

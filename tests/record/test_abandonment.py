"""Abandonment by the record: the database judges as the core does, fills ledgers, shows evidence, and contradicts."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.abandonment import LEGAL_WINDOWS, Fate, LegalWindow, Tally, WindowKind, fate_of
from dialer.core.errors import InputError
from dialer.core.ledger import Entry
from dialer.core.model import FloorView, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.core.standing import Count
from dialer.record.abandonment import Abandonment, Evidence
from dialer.record.decisions import DecisionRow

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record

    from .world import World

LIMIT_S = 2.0
MICROSECOND = timedelta(microseconds=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
EMPTY_FLOOR = FloorView(0, 0, 0, 0, 0, 0, 0)


@pytest.fixture
def abandonment(record: Record) -> Abandonment:
    return Abandonment(record.database)


async def a_call(world: World, lead: Lead, answered_at: datetime | None, **values: Any) -> str:
    """One attempt whose row is filled in like this; queued ten seconds before the answer."""
    queued_at = values.pop("queued_at", (answered_at or NOW) - 10 * SECOND)
    one = replace(world.attempt(lead), queued_at=queued_at, decision_id=values.pop("decision_id", None))
    assert await world.record.attempts.claim([one], "node1")
    await world.record.attempts.update(one.attempt_id, answered_at=answered_at, **values)
    return one.attempt_id


async def an_answer(world: World, lead: Lead, answered_at: datetime, fate: Fate) -> str:
    """An ended call of this fate."""
    outcome, waited = {
        Fate.IN_TIME: (Outcome.ANSWERED, SECOND),
        Fate.TOO_LATE: (Outcome.ANSWERED, 3 * SECOND),
        Fate.NOBODY_CAME: (Outcome.ABANDONED, None),
        Fate.TAKEN_FOR_A_MACHINE: (Outcome.MACHINE, None),
    }[fate]
    times = {} if waited is None else {"bridged_at": answered_at + waited}
    return await a_call(world, lead, answered_at, outcome=outcome, ended_at=answered_at + 30 * SECOND, **times)


async def a_list(world: World, campaign: Campaign, size: int) -> list[Lead]:
    return await world.leads(campaign, *(a_row(row) for row in range(size)))


def minute_of(moment: datetime) -> int:
    return int(moment.timestamp() // 60)


async def test_the_database_judges_every_row_as_the_core_does(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    rng = random.Random(5)
    waits = [
        timedelta(0),
        2 * SECOND - MICROSECOND,
        2 * SECOND,
        2 * SECOND + MICROSECOND,
        2.0004 * SECOND,
        40 * SECOND,
        None,
        None,
    ]
    expected: dict[int, Count] = {}
    fates = set()
    evidence = {}
    for lead in await a_list(world, campaign, 120):
        answered_at = NOW + timedelta(seconds=rng.randrange(600), microseconds=rng.choice([0, 1, 999_600, 999_999]))
        outcome = rng.choice([None, *[Outcome.ANSWERED] * 4, *Outcome])
        times: dict[str, Any] = {
            name: answered_at + wait
            for name in ("bridged_at", "message_at", "flow_at")
            if (wait := rng.choice(waits)) is not None and rng.random() < 0.6
        }
        if outcome is not None:
            times["ended_at"] = answered_at + (rng.choice(waits) or 50 * SECOND)
        attempt_id = await a_call(world, lead, answered_at, outcome=outcome, **times)
        fate = fate_of(outcome, answered_at, limit_s=LIMIT_S, **times)
        if fate is None:
            continue
        fates.add(fate)
        evidence[attempt_id] = fate
        live, gone = fate is not Fate.TAKEN_FOR_A_MACHINE, fate in {Fate.TOO_LATE, Fate.NOBODY_CAME}
        counted = expected.get(minute_of(answered_at), Count())
        expected[minute_of(answered_at)] = counted + Count(int(live), int(gone), int(not live))
    assert fates == set(Fate)
    limits = {campaign.campaign_id: LIMIT_S}
    assert await abandonment.counts(limits, NOW) == expected
    shown = {row.attempt_id: row.fate async for row in abandonment.evidence(limits, NOW)}
    assert shown == {attempt_id: fate for attempt_id, fate in evidence.items() if fate is not Fate.IN_TIME}


async def test_each_campaign_goes_by_its_own_limit(world: World, abandonment: Abandonment) -> None:
    slow, quick = await world.campaign(), await world.campaign()
    for campaign in (slow, quick):
        (lead,) = await a_list(world, campaign, 1)
        end = {"outcome": Outcome.ANSWERED, "ended_at": NOW + 60 * SECOND}
        await a_call(world, lead, NOW, bridged_at=NOW + 1.5 * SECOND, **end)
    limits = {slow.campaign_id: 2.0, quick.campaign_id: 1.0}
    assert await abandonment.counts(limits, NOW) == {minute_of(NOW): Count(2, 1, 0)}
    assert await abandonment.counts({slow.campaign_id: 2.0}, NOW) == {minute_of(NOW): Count(1, 0, 0)}


async def test_an_agent_who_asked_for_the_call_does_not_come_too_late(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    for number, mode in enumerate((PacingMode.PREVIEW, PacingMode.RATIO)):
        made = Decision(NOW, 1, mode, "asked for")
        await world.record.decisions.add(DecisionRow(f"d{number}", campaign.campaign_id, EMPTY_FLOOR, made))
    end = {"outcome": Outcome.ANSWERED, "bridged_at": NOW + 5 * SECOND, "ended_at": NOW + 60 * SECOND}
    leads = await a_list(world, campaign, 4)
    for lead, decision_id in zip(leads, ("d0", "d1", None, "lost"), strict=True):
        await a_call(world, lead, NOW, decision_id=decision_id, **end)
    counts = await abandonment.counts({campaign.campaign_id: LIMIT_S}, NOW)
    assert counts == {minute_of(NOW): Count(4, 3, 0)}


async def test_counts_hold_exactly_what_was_answered_in_their_time(world: World, abandonment: Abandonment) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    moments = [NOW - MICROSECOND, NOW, NOW + 3 * DAY, NOW + 40 * DAY - MICROSECOND, NOW + 40 * DAY]
    for lead, moment in zip(await a_list(world, campaign, len(moments)), moments, strict=True):
        await an_answer(world, lead, moment, Fate.NOBODY_CAME)
    (lead,) = await a_list(world, other, 1)
    await an_answer(world, lead, NOW, Fate.NOBODY_CAME)
    limits = {campaign.campaign_id: LIMIT_S}
    counted = await abandonment.counts(limits, NOW, NOW + 40 * DAY)
    assert counted == {minute_of(moment): Count(1, 1, 0) for moment in moments[1:4]}
    assert len(await abandonment.counts(limits, NOW)) == 4
    assert await abandonment.counts({}, NOW) == {}
    seen = [row.answered_at async for row in abandonment.evidence(limits, NOW, NOW + 40 * DAY)]
    assert seen == moments[1:4]


async def test_a_ledger_is_filled_as_if_it_had_heard_of_every_call(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    rng = random.Random(8)
    heard, now = {}, NOW + 3 * DAY
    for lead in await a_list(world, campaign, 60):
        answered_at = now - timedelta(seconds=rng.choice([3600, 86_400, 3 * 86_400]) * rng.random())
        fate = rng.choice(list(Fate))
        attempt_id = await an_answer(world, lead, answered_at, fate)
        heard[attempt_id] = Entry(attempt_id, answered_at.timestamp(), fate)
    windows = (*LEGAL_WINDOWS, LegalWindow(name="day", kind=WindowKind.CALENDAR_DAY, time_zone="Asia/Shanghai"))
    limits = {campaign.campaign_id: LIMIT_S}
    ledger = await abandonment.ledger(windows, limits, now, 0.2)
    for standing in ledger.standings(now.timestamp()):
        inside = [one.fate for one in heard.values() if one.answered_s >= standing.span.begins_s]
        assert standing.count.live_answers == sum(fate is not Fate.TAKEN_FOR_A_MACHINE for fate in inside)
        assert standing.count.abandoned == sum(fate in {Fate.TOO_LATE, Fate.NOBODY_CAME} for fate in inside)
        assert standing.machine_false_share == 0.2
    # Told again, by a switch that reconnects or a controller that adopts its calls: nothing is counted twice.
    assert not any(ledger.add(entry) for entry in heard.values())
    assert await abandonment.contradiction(ledger, "30d", limits, now + 5 * MINUTE) is None


async def test_a_call_that_is_on_is_counted_once_it_is_decided(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    waiting, talking, message = await a_list(world, campaign, 3)
    await a_call(world, waiting, NOW)
    talk = await a_call(world, talking, NOW, bridged_at=NOW + SECOND)
    await a_call(world, message, NOW, message_at=NOW + 2 * SECOND)
    ledger = await abandonment.ledger(LEGAL_WINDOWS, {campaign.campaign_id: LIMIT_S}, NOW + 3 * SECOND)
    assert ledger.standing("24h", NOW.timestamp()).count == Count(2, 1, 0)
    assert not ledger.add(Entry(talk, NOW.timestamp(), Fate.IN_TIME))


async def test_no_windows_and_no_calls_are_an_empty_ledger(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    assert (await abandonment.ledger((), {campaign.campaign_id: LIMIT_S}, NOW)).windows == ()
    ledger = await abandonment.ledger(LEGAL_WINDOWS, {campaign.campaign_id: LIMIT_S}, NOW)
    assert ledger.standing("30d", NOW.timestamp()).count == Count()


async def test_evidence_says_when_and_for_how_long(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    late, message, gone, machine, good, on = await a_list(world, campaign, 6)
    end = {"ended_at": NOW + 30 * SECOND}
    await a_call(world, late, NOW, outcome=Outcome.ANSWERED, bridged_at=NOW + 2.5 * SECOND, **end)
    await a_call(world, message, NOW + SECOND, outcome=Outcome.ABANDONED, message_at=NOW + 3 * SECOND, **end)
    await a_call(world, gone, NOW + 2 * SECOND, outcome=Outcome.ABANDONED, ended_at=NOW + 2.25 * SECOND)
    await a_call(world, machine, NOW + 3 * SECOND, outcome=Outcome.MACHINE, ended_at=NOW + 4 * SECOND)
    await an_answer(world, good, NOW, Fate.IN_TIME)
    await a_call(world, on, NOW + 4 * SECOND, message_at=NOW + 6 * SECOND)
    found = [row async for row in abandonment.evidence({campaign.campaign_id: LIMIT_S}, NOW)]
    assert [(row.e164, row.fate, row.waited_s) for row in found] == [
        ("+8613800000000", Fate.TOO_LATE, 2.5),
        ("+8613800000001", Fate.NOBODY_CAME, 2.0),
        ("+8613800000002", Fate.NOBODY_CAME, 0.25),
        ("+8613800000003", Fate.TAKEN_FOR_A_MACHINE, 1.0),
        ("+8613800000005", Fate.NOBODY_CAME, 2.0),
    ]
    assert found[0].answered_at == NOW
    assert Evidence("a", 1, "+1", Fate.NOBODY_CAME, NOW, NOW, None, None, None).waited_s is None


async def test_long_evidence_comes_in_pages_and_whole(
    world: World, abandonment: Abandonment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.record.abandonment._CHUNK", 3)
    campaigns = [await world.campaign(), await world.campaign()]
    expected = []
    for campaign, size in zip(campaigns, (10, 3), strict=True):
        leads = await a_list(world, campaign, size)
        # Some were queued in the same moment: a page that ends among them loses none.
        expected += [
            await an_answer(world, lead, NOW + row // 4 * SECOND, Fate.TOO_LATE) for row, lead in enumerate(leads)
        ]
    limits = {campaign.campaign_id: LIMIT_S for campaign in campaigns}
    found = [row.attempt_id async for row in abandonment.evidence(limits, NOW)]
    assert sorted(found) == sorted(expected)


async def test_a_ledger_that_missed_calls_is_contradicted_in_words(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    limits = {campaign.campaign_id: LIMIT_S}
    now = NOW + timedelta(hours=1)
    ledger = await abandonment.ledger(LEGAL_WINDOWS, limits, now)
    leads = await a_list(world, campaign, 8)
    for lead in leads[:2]:
        await an_answer(world, lead, NOW, Fate.NOBODY_CAME)
    assert await abandonment.contradiction(ledger, "24h", limits, now) is None  # two may be on their way
    for lead in leads[2:5]:
        await an_answer(world, lead, now - MINUTE, Fate.NOBODY_CAME)
    assert await abandonment.contradiction(ledger, "24h", limits, now) is None  # not settled yet
    found = await abandonment.contradiction(ledger, "24h", limits, now + 5 * MINUTE)
    assert found is not None
    assert (found.remembered, found.recorded) == (Count(0, 0, 0), Count(5, 5, 0))
    assert "the ledger has 0 abandoned of 0 live answers and 0 machines, the record 5 of 5 and 0" in str(found)
    filled = await abandonment.ledger(LEGAL_WINDOWS, limits, now)
    assert await abandonment.contradiction(filled, "24h", limits, now + 5 * MINUTE) is None


async def test_a_record_that_lost_abandonments_is_contradicted(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    limits, now = {campaign.campaign_id: LIMIT_S}, NOW + 5 * MINUTE
    ledger = await abandonment.ledger(LEGAL_WINDOWS, limits, NOW)
    for row, lead in enumerate(await a_list(world, campaign, 5)):
        attempt_id = await an_answer(world, lead, NOW, Fate.IN_TIME)
        ledger.add(Entry(attempt_id, NOW.timestamp(), Fate.TOO_LATE if row < 3 else Fate.IN_TIME))
    found = await abandonment.contradiction(ledger, "30d", limits, now)
    assert found is not None
    assert (found.remembered.abandoned, found.recorded.abandoned) == (3, 0)
    with pytest.raises(InputError, match="fortnight"):
        await abandonment.contradiction(ledger, "fortnight", limits, now)


async def test_what_has_left_the_window_contradicts_nobody(world: World, abandonment: Abandonment) -> None:
    campaign = await world.campaign()
    limits = {campaign.campaign_id: LIMIT_S}
    ledger = await abandonment.ledger(LEGAL_WINDOWS, limits, NOW)
    for lead in await a_list(world, campaign, 5):
        await an_answer(world, lead, NOW, Fate.TOO_LATE)
    assert await abandonment.contradiction(ledger, "24h", limits, NOW + DAY) is not None
    assert await abandonment.contradiction(ledger, "24h", limits, NOW + DAY + MINUTE) is None
    day = LegalWindow(name="day", kind=WindowKind.CALENDAR_DAY)
    fresh = await abandonment.ledger((day,), limits, NOW)
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    assert await abandonment.contradiction(fresh, "day", limits, midnight + MINUTE) is None


async def test_the_tally_counts_also_while_calls_last_and_whoever_was_bridged_too_late(
    world: World, abandonment: Abandonment
) -> None:
    campaign = await world.campaign()
    leads = await a_list(world, campaign, 8)
    over = {"ended_at": NOW + 9 * SECOND}
    became: list[dict[str, Any]] = [
        over | {"outcome": Outcome.ANSWERED, "bridged_at": NOW + SECOND},
        over | {"outcome": Outcome.ANSWERED, "bridged_at": NOW + 2.5 * SECOND},
        over | {"outcome": Outcome.ABANDONED, "message_at": NOW + 2 * SECOND},
        over | {"outcome": Outcome.MACHINE},
        {"bridged_at": NOW + SECOND},
        {"message_at": NOW + 2 * SECOND},
        {},
    ]
    for lead, values in zip(leads, became, strict=False):
        await a_call(world, lead, NOW, **values)
    await a_call(world, leads[-1], None, **(over | {"outcome": Outcome.BUSY}))
    limits = {campaign.campaign_id: LIMIT_S}
    assert await abandonment.tally(limits, NOW) == Tally(live_answers=5, abandoned=3)
    assert await abandonment.tally(limits, NOW + SECOND) == Tally(0, 0)

"""In which hour a retry is best: likeliest, open, with room, and never sooner than the rules let it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core import calendar
from dialer.core.best_hour import (
    REACH,
    BestHour,
    Insight,
    OpenHours,
    Room,
    best_hour,
    hour_of,
    in_words,
    retry_hour,
)
from dialer.core.chances import KNOWS_FROM, Chances
from dialer.core.eligibility import Facts, SentCall, check
from dialer.core.features import Past, features_of
from dialer.core.model import CampaignStatus, Ended, Lead, LeadState, NumberRef, Outcome
from dialer.core.plan import EVERY_DAY, CampaignPlan, Caps, Law, LegalHours, RetryRule, Window
from dialer.core.retry import Retry, next_step

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALLER_ID = "+862112345678"
MONDAY = datetime(2026, 11, 23, 10, 30, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)
NUMBER = NumberRef(1, "+8613812340001", ("Asia/Shanghai",), 0, 1)
LEAD = Lead(7, 1, "k7", "p7", "王芳", (NUMBER,), attempts=1)
FACTS = Facts(LEAD, in_flight=False, listed=frozenset(), sent=())


def plan(**more: Any) -> CampaignPlan:
    return CampaignPlan(name="spring", trunk="main", caller_id=CALLER_ID, **more)


def taught(good: int, calls: int = 600, *, rest: float = 0.05) -> Chances:
    """One that has learned that half of the calls are answered in this hour, and few in the others."""
    model, day = Chances(), MONDAY.replace(hour=0, minute=0)
    for number in range(calls):
        hour = 9 + number % 11
        every = 2 if hour == good else round(1 / rest)
        features = features_of(FACTS, NUMBER, Past(), plan(), day + hour * HOUR)
        model.learn(features, (number // 11) % every == 0)
    return model


EVENING = taught(18)


def best(
    chances: Chances = EVENING,
    earliest: datetime = MONDAY,
    *,
    number: NumberRef = NUMBER,
    past: Past | None = None,
    room: Room | None = None,
    law: Law | None = None,
    **changes: Any,
) -> BestHour | None:
    hours = OpenHours(plan(**changes), law or Law())
    return best_hour(chances, FACTS, number, past or Past(), hours, earliest, room)


def local(found: BestHour | None) -> datetime:
    assert found is not None
    assert found.at.tzinfo is UTC
    return found.at.astimezone(SHANGHAI)


def test_the_likeliest_hour_of_the_day_is_chosen_and_told_beside_the_soonest() -> None:
    found = best()
    assert local(found) == MONDAY.replace(hour=18, minute=0)
    assert found is not None
    assert found.soonest == MONDAY
    assert found.chance > 2 * found.chance_soonest
    factor = found.chance / found.chance_soonest
    assert in_words(found, NUMBER) == f"Mon 18-19 h is {factor:.1f} times likelier than Mon 10-11 h"


def test_within_the_best_hour_the_rest_of_it_is_taken() -> None:
    assert local(best(earliest=MONDAY.replace(hour=18, minute=20))) == MONDAY.replace(hour=18, minute=20)


def test_where_hours_are_alike_waiting_has_a_price_and_the_soonest_is_taken() -> None:
    found = best(taught(99, rest=0.25))
    assert local(found) == MONDAY
    assert found is not None
    assert in_words(found, NUMBER) == "Mon 10-11 h, the soonest hour, is as good as any"


def test_while_nothing_is_known_no_hour_is_told() -> None:
    assert best(Chances()) is None
    assert best(taught(18, KNOWS_FROM - 1)) is None
    assert best(taught(18, KNOWS_FROM)) is not None


def test_a_number_without_a_zone_or_hours_that_are_open_has_none() -> None:
    assert best(number=replace(NUMBER, time_zones=())) is None
    assert best(ends_on=MONDAY.date() - timedelta(days=1)) is None
    assert best(windows=(Window(opens=time(21), closes=time(23)),)) is None


def test_only_open_and_legal_hours_are_looked_at() -> None:
    assert local(best(windows=(Window(closes=time(18)),))).hour < 18
    early = Law(legal_hours_by_country={"86": LegalHours(opens=time(9), closes=time(12))})
    assert local(best(law=early)).hour < 12
    saturday = MONDAY + timedelta(days=5)
    assert local(best(earliest=saturday)).date() == (MONDAY + timedelta(days=7)).date()


def test_an_hour_in_which_as_many_are_due_as_can_be_called_is_passed_over() -> None:
    evening = hour_of(MONDAY.replace(hour=18, minute=0))
    assert local(best(room=Room({evening: 59}, 60))) == MONDAY.replace(hour=18, minute=0)
    assert local(best(room=Room({evening: 60}, 60))) == (MONDAY + timedelta(days=1)).replace(hour=18, minute=0)
    all_full = {evening + hours * HOUR: 60 for hours in range(-24, 100)}
    assert local(best(room=Room(all_full, 60))) == MONDAY.replace(hour=18, minute=0)
    crowded = best(taught(99, rest=0.25), room=Room({hour_of(MONDAY): 60}, 60))
    assert crowded is not None
    assert in_words(crowded, NUMBER) == "Mon 11-12 h is the best that has room"


def test_a_number_that_was_off_at_some_hour_is_tried_at_another_once_that_was_learned() -> None:
    """Half of the numbers are off in the evening for good, the others at noon; each call finds out which."""
    model, day = Chances(), MONDAY.replace(hour=0, minute=0)
    for number in range(900):
        off, hour, before = (12, 18)[number % 2], (12, 18)[number // 2 % 2], (12, 18)[number // 4 % 2]
        at = day + before * HOUR
        past = Past().after(Outcome.POWERED_OFF if before == off else Outcome.NO_ANSWER, at)
        model.learn(features_of(FACTS, NUMBER, past, plan(), day + hour * HOUR), hour != off and number % 3 > 0)
    for off in (12, 18):
        past = Past().after(Outcome.POWERED_OFF, day + off * HOUR)
        found = best(model, day + timedelta(days=1, hours=9), past=past)
        assert abs(local(found).hour - off) > 2


def insight(chances: Chances = EVENING, sent: tuple[SentCall, ...] = (), **changes: Any) -> Insight:
    return Insight(chances, OpenHours(plan(**changes), Law()), sent, {})


def sent(*at: datetime) -> tuple[SentCall, ...]:
    return tuple(SentCall(NUMBER.e164, LEAD.lead_id, LEAD.person, one) for one in at)


def test_caps_that_are_reached_put_the_best_hour_off_to_another_day() -> None:
    three = sent(*(MONDAY - minutes * timedelta(minutes=20) for minutes in range(3)))
    free, capped = (
        retry_hour(insight(sent=calls), LEAD, NUMBER, Outcome.NO_ANSWER, MONDAY, MONDAY + HOUR)
        for calls in (three[:2], three)
    )
    assert local(free) == MONDAY.replace(hour=18, minute=0)
    assert local(capped) == (MONDAY + timedelta(days=1)).replace(hour=18, minute=0)


# --- whatever the plan, no retry escapes its rules ---------------------------------------------------------

models = {hour: taught(hour, 300) for hour in (9, 13, 19)} | {None: Chances()}
zones = st.sampled_from([("Asia/Shanghai",), ("Asia/Kolkata",), ("America/New_York", "America/Los_Angeles"), ()])
windows = st.sampled_from(
    [
        (Window(),),
        (Window(days=EVERY_DAY, opens=time(0), closes=time(0)),),
        (Window(opens=time(9, 30), closes=time(11, 15)), Window(days=EVERY_DAY, opens=time(18, 45), closes=time(20))),
    ]
)
rules = st.builds(
    RetryRule,
    delay_s=st.sampled_from([0.0, 900.0, 14_400.0, 90_000.0]),
    maximum=st.integers(1, 20),
    floor_s=st.sampled_from([0.0, 60.0, 3600.0, 50_000.0]),
    other_part_of_day=st.booleans(),
    best_hour=st.just(value=True),
    next_number=st.booleans(),
)
caps = st.builds(
    Caps,
    per_number=st.integers(1, 3),
    per_lead=st.integers(1, 4),
    per_person=st.integers(1, 4),
    per_days=st.integers(1, 3),
)
outcomes = st.lists(
    st.sampled_from([Outcome.NO_ANSWER, Outcome.POWERED_OFF, Outcome.BUSY, Outcome.MACHINE]), min_size=1, max_size=6
)


@settings(deadline=None, max_examples=60)
@given(
    good=st.sampled_from([9, 13, 19, None]),
    zones=zones,
    windows=windows,
    rule=rules,
    caps=caps,
    outcomes=outcomes,
    full=st.sets(st.integers(0, 80), max_size=40),
    begins=st.datetimes(datetime(2026, 9, 25), datetime(2026, 11, 10), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_no_call_that_follows_from_retries_is_sooner_than_its_floor_or_against_caps_windows_and_law(
    good: int | None,
    zones: tuple[str, ...],
    windows: tuple[Window, ...],
    rule: RetryRule,
    caps: Caps,
    outcomes: list[Outcome],
    full: set[int],
    begins: datetime,
) -> None:
    """A chain of calls, each at the first moment after its due time that the rule book lets it."""
    campaign = plan(windows=windows, caps=caps, retries=dict.fromkeys(Outcome, rule))
    law, hours = Law(), OpenHours(campaign, Law())
    numbers = tuple(NumberRef(place, f"+861381234000{place}", zones, place) for place in range(2))
    lead, calls, history = Lead(7, 1, "k7", "p7", "", numbers), [], []  # type: ignore[var-annotated]
    now = calendar.next_opening(campaign, law, zones, "86", begins)
    room = Room({hour_of(begins) + one * HOUR: 1 for one in full}, 1)
    number, pasts = numbers[0], {place: Past() for place in range(2)}
    for outcome in outcomes:
        if now is None:
            return
        verdict = judge(lead, calls, campaign, now)
        assert verdict.eligible
        assert all(calendar.is_legal(law, "86", now.astimezone(ZoneInfo(zone))) for zone in zones)
        number = verdict.number or number
        calls.append(SentCall(number.e164, 7, "p7", now))
        history.append(outcome)
        tried = tuple(replace(one, attempts=one.attempts + (one is number)) for one in lead.numbers)
        lead = replace(lead, attempts=len(calls), numbers=tried)
        number = lead.numbers[number.position]
        ended_at = now + timedelta(seconds=30)
        known = Insight(models[good], hours, tuple(calls), pasts, room)
        step = next_step(Ended(outcome), False, lead, number.number_id, history, campaign, ended_at, known)  # noqa: FBT003
        pasts = pasts | {number.number_id: pasts[number.number_id].after(outcome, ended_at)}
        if not isinstance(step, Retry):
            return
        assert step.due_at >= ended_at + timedelta(seconds=rule.floor_s)
        lead = replace(lead, due_at=step.due_at, due_number_id=step.number_id)
        if " h" in step.because:  # the best hour: nothing puts it off any more
            assert step.due_at <= ended_at + timedelta(seconds=rule.floor_s) + REACH + timedelta(days=8)
            assert judge(lead, calls, campaign, step.due_at).eligible
        now = judge(lead, calls, campaign, ended_at).until
        assert now is None or now >= step.due_at


def judge(lead: Lead, calls: list[SentCall], campaign: CampaignPlan, now: datetime) -> Any:
    facts = Facts(replace(lead, state=LeadState.WAITING), in_flight=False, listed=frozenset(), sent=tuple(calls))
    return check(facts, campaign, Law(), CampaignStatus.RUNNING, {CALLER_ID}, now)


@settings(deadline=None, max_examples=60)
@given(
    zones=zones,
    windows=windows,
    earliest=st.datetimes(datetime(2026, 3, 1), datetime(2026, 11, 20), timezones=st.just(UTC)),  # noqa: DTZ001
    later=st.integers(0, 60),
)
def test_open_hours_are_those_that_the_calendar_opens_each_once(
    zones: tuple[str, ...], windows: tuple[Window, ...], earliest: datetime, later: int
) -> None:
    campaign, number = plan(windows=windows), replace(NUMBER, time_zones=zones)
    hours = OpenHours(campaign, Law())
    hours.between(number, earliest, earliest + REACH)
    begin = earliest + timedelta(minutes=20 * later)  # served from what is remembered
    found = hours.between(number, begin, begin + REACH)
    assert found == OpenHours(campaign, Law()).between(number, begin, begin + REACH)
    assert found == sorted(set(found))
    for moment in found:
        assert begin <= moment < begin + REACH
        assert calendar.next_opening(campaign, Law(), zones, "86", moment) == moment
    opening = calendar.next_opening(campaign, Law(), zones, "86", begin)
    assert found[:1] == [opening] * (opening is not None and opening < begin + REACH)


@pytest.mark.parametrize("wrong", [-1, 0])
def test_room_for_none_is_room_for_none(wrong: int) -> None:
    assert Room({}, wrong).is_full(MONDAY)
    assert not Room().is_full(MONDAY)

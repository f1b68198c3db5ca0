"""The calendar: Chinese holidays, windows at their edges, and openings found across clock changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core import calendar
from dialer.core.plan import EVERY_DAY, CampaignPlan, DayKind, Law, LegalHours, Window

SHANGHAI = "Asia/Shanghai"
NEW_YORK = "America/New_York"
ALWAYS_LEGAL = Law(legal_hours=LegalHours(opens=time(0), closes=time(0)))


def plan(*windows: Window, **more: Any) -> CampaignPlan:
    more["windows"] = windows or (Window(),)
    return CampaignPlan(name="spring", trunk="main", caller_id="+862112345678", **more)


def every_day(opens: time, closes: time) -> Window:
    return Window(days=EVERY_DAY, opens=opens, closes=closes)


def at(zone: str, *when: int, fold: int = 0) -> datetime:
    return datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        (date(2026, 2, 13), DayKind.FRI),
        (date(2026, 2, 14), DayKind.MAKEUP),
        (date(2026, 2, 17), DayKind.HOLIDAY),
        (date(2026, 10, 3), DayKind.HOLIDAY),
        (date(2026, 11, 21), DayKind.SAT),
        (date(2026, 11, 22), DayKind.SUN),
        (date(1999, 10, 1), DayKind.FRI),
        (date(2099, 10, 1), DayKind.THU),
    ],
)
def test_chinese_days(day: date, kind: DayKind) -> None:
    assert calendar.day_kind(day, "cn", {}) is kind


def test_without_a_calendar_every_day_is_its_weekday() -> None:
    assert calendar.day_kind(date(2026, 2, 17), "none", {}) is DayKind.TUE


def test_an_override_wins() -> None:
    overrides = {date(2026, 2, 17): DayKind.MAKEUP, date(2099, 10, 1): DayKind.HOLIDAY}
    assert calendar.day_kind(date(2026, 2, 17), "cn", overrides) is DayKind.MAKEUP
    assert calendar.day_kind(date(2099, 10, 1), "cn", overrides) is DayKind.HOLIDAY


def test_covered_years() -> None:
    assert calendar.covers(2026, "cn")
    assert not calendar.covers(2099, "cn")
    assert calendar.covers(2099, "none")


def test_uncovered_years_are_those_that_will_be_dialled() -> None:
    today = date(2098, 11, 21)
    assert calendar.uncovered_years(plan(), today) == [2098, 2099]
    assert calendar.uncovered_years(plan(ends_on=date(2098, 12, 31)), today) == [2098]
    assert calendar.uncovered_years(plan(starts_on=date(2099, 1, 2), ends_on=date(2100, 1, 1)), today) == [2099, 2100]
    assert calendar.uncovered_years(plan(calendar="none"), today) == []
    assert calendar.uncovered_years(plan(), date(2026, 3, 1)) == []


def test_a_window_opens_on_the_instant_and_closes_on_the_instant() -> None:
    nine_to_eight = plan()
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=ZoneInfo(SHANGHAI))
    assert calendar.is_open(nine_to_eight, monday)
    assert not calendar.is_open(nine_to_eight, monday - timedelta(microseconds=1))
    assert not calendar.is_open(nine_to_eight, monday.replace(hour=20))
    assert calendar.is_open(nine_to_eight, monday.replace(hour=19, minute=59, second=59))


def test_midnight_closes_at_the_end_of_the_day() -> None:
    late = plan(every_day(time(9), time(0)))
    assert calendar.is_open(late, datetime(2026, 11, 23, 23, 59, tzinfo=UTC))
    assert not calendar.is_open(late, datetime(2026, 11, 24, 0, 0, tzinfo=UTC))


def test_an_open_instant_is_its_own_opening() -> None:
    now = at(SHANGHAI, 2026, 11, 23, 12, 34, 56, 789)
    assert calendar.next_opening(plan(), Law(), (SHANGHAI,), "86", now) == now


@pytest.mark.parametrize(
    ("after", "opening"),
    [
        ((2026, 11, 20, 20, 0), (2026, 11, 23, 9, 0)),  # over the weekend
        ((2026, 2, 13, 20, 0), (2026, 2, 14, 9, 0)),  # a make-up Saturday
        ((2026, 2, 14, 20, 0), (2026, 2, 24, 9, 0)),  # over the Spring Festival
    ],
)
def test_the_next_opening_knows_the_chinese_year(after: tuple[int, ...], opening: tuple[int, ...]) -> None:
    found = calendar.next_opening(plan(), Law(), (SHANGHAI,), "86", at(SHANGHAI, *after))
    assert found == at(SHANGHAI, *opening)


def test_the_law_narrows_a_window() -> None:
    early = plan(every_day(time(6), time(22)))
    law = Law(legal_hours_by_country={"1": LegalHours(opens=time(10), closes=time(18))})
    after = at(NEW_YORK, 2026, 11, 23, 18, 0)
    assert calendar.next_opening(early, law, (NEW_YORK,), "1", after) == at(NEW_YORK, 2026, 11, 24, 10)
    assert calendar.next_opening(early, law, (NEW_YORK,), "44", after) == after


def test_all_zones_must_be_open_at_once() -> None:
    zones = (NEW_YORK, "America/Los_Angeles")
    after = at(NEW_YORK, 2026, 11, 23, 9, 0)
    found = calendar.next_opening(plan(), Law(), zones, "1", after)
    assert found == at("America/Los_Angeles", 2026, 11, 23, 9, 0)


def test_zones_that_never_agree_give_no_opening() -> None:
    zones = ("Pacific/Auckland", "Europe/London")
    assert (
        calendar.next_opening(plan(every_day(time(9), time(12))), Law(), zones, "86", at(SHANGHAI, 2026, 1, 1)) is None
    )


def test_windows_outside_legal_hours_never_open() -> None:
    assert (
        calendar.next_opening(plan(every_day(time(22), time(0))), Law(), (SHANGHAI,), "86", at(SHANGHAI, 2026, 1, 1))
        is None
    )


def test_no_zone_no_opening() -> None:
    assert calendar.next_opening(plan(), Law(), (), "86", at(SHANGHAI, 2026, 1, 1)) is None


def test_start_and_end_dates_are_local_to_the_number() -> None:
    short = plan(every_day(time(0), time(0)), starts_on=date(2029, 6, 1), ends_on=date(2029, 6, 1))
    long_before = at(SHANGHAI, 2026, 1, 1)
    for zone in (SHANGHAI, "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        opening = at(zone, 2029, 6, 1)
        assert calendar.next_opening(short, ALWAYS_LEGAL, (zone,), "86", long_before) == opening
        assert calendar.not_started(short, (zone,), opening - timedelta(seconds=1))
        assert not calendar.not_started(short, (zone,), opening)
        assert not calendar.is_open(short, (opening - timedelta(seconds=1)).astimezone(ZoneInfo(zone)))
        assert calendar.is_open(short, opening.astimezone(ZoneInfo(zone)))
        over = at(zone, 2029, 6, 2)
        assert not calendar.ended(short, (zone,), over - timedelta(seconds=1))
        assert calendar.ended(short, (zone,), over)
        assert calendar.next_opening(short, ALWAYS_LEGAL, (zone,), "86", over) is None


# New York's clocks: 2026-03-08 02:00 EST becomes 03:00 EDT; 2026-11-01 02:00 EDT becomes 01:00 EST.


def test_a_day_whose_clocks_change_opens_by_the_clock_on_the_wall() -> None:
    law = Law()
    nine = plan(every_day(time(9), time(20)))
    for day, utc_hour in (
        (date(2026, 3, 7), 14),
        (date(2026, 3, 8), 13),
        (date(2026, 10, 31), 13),
        (date(2026, 11, 1), 14),
    ):
        after = at(NEW_YORK, day.year, day.month, day.day)
        expected = datetime(day.year, day.month, day.day, utc_hour, tzinfo=UTC)
        assert calendar.next_opening(nine, law, (NEW_YORK,), "1", after) == expected


def test_an_opening_that_the_clock_skips_is_the_first_instant_after_the_gap() -> None:
    skipped = plan(every_day(time(2, 30), time(4)))
    after = at(NEW_YORK, 2026, 3, 8, 0, 0)
    assert calendar.next_opening(skipped, ALWAYS_LEGAL, (NEW_YORK,), "1", after) == at(NEW_YORK, 2026, 3, 8, 3, 0)
    whole = plan(every_day(time(2, 15), time(2, 45)))
    assert calendar.next_opening(whole, ALWAYS_LEGAL, (NEW_YORK,), "1", after) == at(NEW_YORK, 2026, 3, 9, 2, 15)


def test_an_hour_that_comes_twice_is_open_twice() -> None:
    twice = plan(every_day(time(1, 15), time(1, 30)))
    after = at(NEW_YORK, 2026, 11, 1, 1, 30)
    found = calendar.next_opening(twice, ALWAYS_LEGAL, (NEW_YORK,), "1", after)
    assert found == at(NEW_YORK, 2026, 11, 1, 1, 15, fold=1)
    reopened = plan(every_day(time(0), time(1, 30)))
    assert calendar.next_opening(reopened, ALWAYS_LEGAL, (NEW_YORK,), "1", after) == at(
        NEW_YORK, 2026, 11, 1, 1, fold=1
    )


instants = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
zone_sets = st.lists(
    st.sampled_from(
        [SHANGHAI, NEW_YORK, "America/Los_Angeles", "Europe/London", "Asia/Kathmandu", "Australia/Lord_Howe"]
    ),
    min_size=1,
    max_size=3,
    unique=True,
).map(tuple)
quarters = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 45]))


@st.composite
def window_lists(draw: st.DrawFn) -> tuple[Window, ...]:
    windows = []
    for _ in range(draw(st.integers(1, 3))):
        opens, closes = draw(quarters), draw(quarters)
        if closes != time(0) and closes <= opens:
            closes = time(0)
        days = draw(st.sets(st.sampled_from(EVERY_DAY), min_size=1))
        windows.append(Window(days=tuple(days), opens=opens, closes=closes))
    return tuple(windows)


def allowed(campaign: CampaignPlan, zones: tuple[str, ...], instant: datetime) -> bool:
    locals_ = [instant.astimezone(ZoneInfo(zone)) for zone in zones]
    return all(calendar.is_open(campaign, local) and calendar.is_legal(Law(), "1", local) for local in locals_)


@settings(deadline=None)
@given(window_lists(), zone_sets, instants)
def test_an_opening_is_open_and_none_lies_before_it(
    windows: tuple[Window, ...], zones: tuple[str, ...], after: datetime
) -> None:
    campaign = plan(*windows)
    found = calendar.next_opening(campaign, Law(), zones, "1", after)
    if found is None:
        return
    assert found >= after
    assert allowed(campaign, zones, found)
    # Everything here happens on quarters of an hour, so one look into each quarter sees every opening.
    looked_at = after
    while looked_at < found and looked_at < after + timedelta(days=4):
        assert not allowed(campaign, zones, looked_at)
        looked_at += timedelta(minutes=15)


@settings(deadline=None)
@given(window_lists(), zone_sets, instants)
def test_an_instant_is_its_own_opening_exactly_when_it_is_open(
    windows: tuple[Window, ...], zones: tuple[str, ...], instant: datetime
) -> None:
    campaign = plan(*windows)
    found = calendar.next_opening(campaign, Law(), zones, "1", instant)
    assert (found == instant) == allowed(campaign, zones, instant)

"""The calendar: what kind of day it is, whether calls are open at an instant, and when they open next."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import chinese_calendar

from dialer.core.plan import WEEKDAYS, DayKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from dialer.core.plan import CampaignPlan, Law, LegalHours, Window

SEARCH_DAYS = 370
"""How far ahead an opening is looked for: a yearly one is still found."""

_WARN_DAYS = 90
"""How far ahead a campaign without an end is expected to know its holidays."""

_DAY = timedelta(days=1)
_SECOND = timedelta(seconds=1)
_EASTERNMOST = timedelta(hours=14)


@cache
def zone_named(name: str) -> ZoneInfo:
    """An IANA zone, kept: zoneinfo itself keeps eight and reads the others from disk each time."""
    return ZoneInfo(name)


def day_kind(day: date, calendar: str, overrides: Mapping[date, DayKind]) -> DayKind:
    """What a date is: the operator's override, else a holiday or make-up workday, else its weekday.

    In a year that the calendar does not cover, every day is its weekday: see `uncovered_years`.
    """
    if day in overrides:
        return overrides[day]
    special = _chinese(day) if calendar == "cn" else None
    return special or WEEKDAYS[day.weekday()]


def covers(year: int, calendar: str) -> bool:
    """Whether the holidays of a year are known."""
    if calendar != "cn":
        return True
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return False
    return True


def uncovered_years(plan: CampaignPlan, today: date) -> list[int]:
    """The years a campaign will dial in whose holidays are not known: each deserves a warning."""
    first = max(today, plan.starts_on or today)
    last = plan.ends_on or first + timedelta(days=_WARN_DAYS)
    return [year for year in range(first.year, last.year + 1) if not covers(year, plan.calendar)]


def is_open(plan: CampaignPlan, local: datetime) -> bool:
    """Whether the campaign's own windows and dates are open at this local time."""
    day = local.date()
    if _ahead(plan, day) or _over(plan, day):
        return False
    kind = day_kind(day, plan.calendar, plan.calendar_overrides)
    return any(kind in window.days and _within(local.time(), window) for window in plan.windows)


def is_legal(law: Law, country_code: str, local: datetime) -> bool:
    """Whether the law of the number's country allows a call at this local time."""
    return _within(local.time(), law.hours_for(country_code))


def not_started(plan: CampaignPlan, zones: Sequence[str], now: datetime) -> bool:
    """Whether the start date still lies ahead in any of the zones."""
    return any(_ahead(plan, now.astimezone(zone_named(zone)).date()) for zone in zones)


def ended(plan: CampaignPlan, zones: Sequence[str], now: datetime) -> bool:
    """Whether the end date has passed in any of the zones; it then never opens again in all of them."""
    return any(_over(plan, now.astimezone(zone_named(zone)).date()) for zone in zones)


def next_opening(
    plan: CampaignPlan, law: Law, zones: Sequence[str], country_code: str, after: datetime
) -> datetime | None:
    """The first instant (UTC) at or after `after` when windows and legal hours are open in every zone.

    None if there is none within SEARCH_DAYS of `after` or of the start date, or if no zone is known.
    """
    if not zones:
        return None
    instant = after.astimezone(UTC)
    if plan.starts_on:
        # No zone reaches the start date earlier than this, so nothing is skipped.
        instant = max(instant, datetime.combine(plan.starts_on, time(0), UTC) - _EASTERNMOST)
    limit = instant + timedelta(days=SEARCH_DAYS)
    hours = law.hours_for(country_code)
    # Each zone pushes the instant on to its own next opening until none objects. The two zones farthest apart come
    # first: they object most, and a toll-free number may lie in forty.
    apart = sorted((zone_named(zone) for zone in zones), key=lambda zone: instant.astimezone(zone).replace(tzinfo=None))
    first, *between = apart
    in_turn = (first, *between[-1:], *between[:-1])
    while True:
        for zone in in_turn:
            found = _opening_in(zone, plan, hours, instant, limit)
            if found is None:
                return None
            if found > instant:
                instant = found
                break
        else:
            return instant


def _opening_in(
    zone: ZoneInfo, plan: CampaignPlan, hours: LegalHours, instant: datetime, limit: datetime
) -> datetime | None:
    """The first opening in one zone, or None before `limit`.

    It walks stretches that end at local midnight or at a clock change: within one, wall time is plain arithmetic.
    """
    while instant <= limit:
        local = instant.astimezone(zone).replace(tzinfo=None)
        midnight = datetime.combine(local, time(0))
        stretch_end = _same_offset_until(zone, instant, instant + (midnight + _DAY - local))
        for opens, closes in _spans(plan, hours, local.date()):
            opening = instant + max(midnight + opens - local, timedelta(0))
            if midnight + closes > local and opening < stretch_end:
                return opening
        instant = stretch_end
    return None


def _same_offset_until(zone: ZoneInfo, start: datetime, end: datetime) -> datetime:
    """`end`, or the clock change before it: found by halving, for zoneinfo does not list its changes."""
    offset = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == offset:
        return end
    before, changed = start.replace(microsecond=0), end
    while changed - before > _SECOND:
        middle = before + timedelta(seconds=(changed - before) // _SECOND // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            changed = middle
    return changed


def _spans(plan: CampaignPlan, hours: LegalHours, day: date) -> Iterator[tuple[timedelta, timedelta]]:
    """When calls are open on a local date, as times since midnight by the clock on the wall, earliest first."""
    if _ahead(plan, day) or _over(plan, day):
        return
    kind = day_kind(day, plan.calendar, plan.calendar_overrides)
    for window in sorted(plan.windows, key=lambda each: each.opens):
        opens = max(_since_midnight(window.opens), _since_midnight(hours.opens))
        closes = min(_since_midnight(window.closes) or _DAY, _since_midnight(hours.closes) or _DAY)
        if kind in window.days and opens < closes:
            yield opens, closes


def _within(local: time, span: LegalHours | Window) -> bool:
    return span.opens <= local and (span.closes == time(0) or local < span.closes)


def _since_midnight(local: time) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _ahead(plan: CampaignPlan, day: date) -> bool:
    return plan.starts_on is not None and day < plan.starts_on


def _over(plan: CampaignPlan, day: date) -> bool:
    return plan.ends_on is not None and day > plan.ends_on


@cache
def _chinese(day: date) -> DayKind | None:
    """The State Council's arrangement of holidays; None for a day it leaves as it is, or does not cover yet."""
    try:
        off, holiday = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return None
    if off:
        return DayKind.HOLIDAY if holiday else None
    return DayKind.MAKEUP if WEEKDAYS[day.weekday()] in {DayKind.SAT, DayKind.SUN} else None

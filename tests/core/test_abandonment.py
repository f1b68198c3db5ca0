"""Abandonment: what counts by the times of a call, where windows begin, and exact bounds against brute force."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from dialer.core.abandonment import (
    ENOUGH_ANSWERS,
    LEGAL_WINDOWS,
    Fate,
    LegalWindow,
    Tally,
    WindowKind,
    fate_of,
    may_dial_ahead,
    unlike_names,
)
from dialer.core.errors import InputError
from dialer.core.model import Outcome

ANSWERED = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
LIMIT = ANSWERED + timedelta(seconds=2)
JUST_AFTER = LIMIT + timedelta(microseconds=1)
LONG_AFTER = ANSWERED + timedelta(minutes=3)


@pytest.mark.parametrize(
    ("outcome", "times", "fate"),
    [
        (Outcome.ANSWERED, {"bridged_at": LIMIT, "ended_at": LONG_AFTER}, Fate.IN_TIME),
        (Outcome.ANSWERED, {"bridged_at": JUST_AFTER, "ended_at": LONG_AFTER}, Fate.TOO_LATE),
        (Outcome.ANSWERED, {"ended_at": LIMIT}, Fate.IN_TIME),  # left while an agent was on the way
        (Outcome.ANSWERED, {"ended_at": JUST_AFTER}, Fate.NOBODY_CAME),  # on the way is not there
        (Outcome.ANSWERED, {"flow_at": LONG_AFTER, "ended_at": LONG_AFTER}, Fate.IN_TIME),  # agentless
        (Outcome.ABANDONED, {"ended_at": ANSWERED}, Fate.NOBODY_CAME),  # at once, but they met silence
        (Outcome.ABANDONED, {"message_at": LIMIT, "ended_at": LONG_AFTER}, Fate.NOBODY_CAME),
        (Outcome.MACHINE, {"ended_at": LIMIT}, Fate.TAKEN_FOR_A_MACHINE),
        (Outcome.NO_ANSWER, {"ended_at": LIMIT}, None),
        (None, {}, None),  # still waits
        (None, {"bridged_at": LIMIT}, Fate.IN_TIME),
        (None, {"bridged_at": JUST_AFTER}, Fate.TOO_LATE),
        (None, {"message_at": LIMIT}, Fate.NOBODY_CAME),
        (None, {"flow_at": ANSWERED}, Fate.IN_TIME),
    ],
)
def test_the_law_goes_by_the_times_of_the_call(
    outcome: Outcome | None, times: dict[str, Any], fate: Fate | None
) -> None:
    assert fate_of(outcome, ANSWERED, limit_s=2.0, **times) is fate


def test_a_call_that_nobody_answered_is_nothing_to_the_law() -> None:
    assert fate_of(Outcome.ABANDONED, None, limit_s=2.0) is None


def test_in_preview_only_a_call_to_which_nobody_came_is_abandoned() -> None:
    late = fate_of(Outcome.ANSWERED, ANSWERED, bridged_at=LONG_AFTER, limit_s=2.0, previewed=True)
    never = fate_of(Outcome.ABANDONED, ANSWERED, ended_at=LONG_AFTER, limit_s=2.0, previewed=True)
    assert (late, never) == (Fate.IN_TIME, Fate.NOBODY_CAME)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"kind": "ROLLING"}, "hours"),
        ({"kind": "CALENDAR_DAY", "hours": 24}, "hours"),
        ({"kind": "ROLLING", "hours": 0}, "hours"),
        ({"kind": "ROLLING", "hours": 100 * 24}, "hours"),
        ({"kind": "LUNAR"}, "kind"),
        ({"limit": 0}, "limit"),
        ({"limit": math.nan}, "limit"),
        ({"limit": 3}, "limit"),  # per cent were meant
        ({"per": "AGENT"}, "per"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"time_zone": "Europe"}, "time_zone"),
        ({"time_zone": ""}, "time_zone"),
        ({"name": "[red]"}, "name"),
        ({"day": 1}, "day"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused_by_its_key(values: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        LegalWindow.model_validate({"name": "w", "kind": "CALENDAR_DAY", **values})


def test_words_may_be_written_small_as_everywhere_in_a_settings_file() -> None:
    assert (
        LegalWindow.model_validate({"name": "w", "kind": "calendar_day", "per": "all"}).kind is WindowKind.CALENDAR_DAY
    )


def test_two_windows_may_not_share_a_name() -> None:
    with pytest.raises(ValueError, match="24h"):
        unlike_names((*LEGAL_WINDOWS, LEGAL_WINDOWS[0]))


def test_the_windows_of_an_installation_without_its_own_are_a_day_and_a_month_at_three_per_cent() -> None:
    assert [(window.hours, window.limit) for window in LEGAL_WINDOWS] == [(24, 0.03), (720, 0.03)]


@pytest.mark.parametrize(
    ("kind", "zone", "now", "begins", "hours"),
    [
        (WindowKind.CALENDAR_DAY, "Europe/London", "2026-10-25T12:00Z", "2026-10-24T23:00Z", 25),
        (WindowKind.CALENDAR_DAY, "Europe/London", "2026-03-29T12:00Z", "2026-03-29T00:00Z", 23),
        (WindowKind.CALENDAR_DAY, "Asia/Shanghai", "2026-11-22T16:00Z", "2026-11-22T16:00Z", 24),
        (WindowKind.CALENDAR_DAY, "Asia/Shanghai", "2026-11-22T15:59Z", "2026-11-21T16:00Z", 24),
        (WindowKind.CALENDAR_DAY, "Africa/Cairo", "2026-04-24T12:00Z", "2026-04-23T22:00Z", 23),  # no midnight that day
        (WindowKind.CALENDAR_MONTH, "America/New_York", "2026-11-15T12:00Z", "2026-11-01T04:00Z", 30 * 24 + 1),
        (WindowKind.CALENDAR_MONTH, "UTC", "2028-02-29T23:59Z", "2028-02-01T00:00Z", 29 * 24),
    ],
)
def test_calendar_windows_begin_at_local_midnight(
    kind: WindowKind, zone: str, now: str, begins: str, hours: int
) -> None:
    span = LegalWindow(name="w", kind=kind, time_zone=zone).span(datetime.fromisoformat(now).timestamp())
    assert datetime.fromtimestamp(span.begins_s, UTC) == datetime.fromisoformat(begins)
    assert span.ends_s == span.begins_s + hours * 3600


@given(
    st.floats(0, 4e9),
    st.sampled_from(["Europe/London", "America/Havana", "Africa/Cairo", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
@example(datetime(2026, 10, 25, 0, 30, tzinfo=UTC).timestamp(), "Europe/London")
def test_a_calendar_day_holds_its_moment_and_no_other_date(now_s: float, zone: str) -> None:
    window = LegalWindow(name="w", kind=WindowKind.CALENDAR_DAY, time_zone=zone)
    span = window.span(now_s)
    assert span.ends_s is not None
    today, last, first, yesterday, tomorrow = (
        datetime.fromtimestamp(at_s, ZoneInfo(zone)).date()
        for at_s in (now_s, span.ends_s - 1, span.begins_s, span.begins_s - 1, span.ends_s)
    )
    assert first == today == last
    assert yesterday < today < tomorrow
    assert span.ends_s - span.begins_s <= window.longest_s


@given(st.floats(-1e9, 4e9), st.integers(1, 92 * 24))
def test_a_rolling_window_never_spans_less_than_its_hours_and_at_most_a_minute_more(now_s: float, hours: int) -> None:
    window = LegalWindow(name="w", kind=WindowKind.ROLLING, hours=hours)
    span = window.span(now_s)
    assert hours * 3600 <= now_s - span.begins_s < hours * 3600 + 60
    assert span.begins_s % 60 == 0
    assert span.ends_s is None
    assert now_s - span.begins_s <= window.longest_s


@pytest.mark.parametrize("now_s", [math.nan, math.inf, -math.inf, 1e300])
@pytest.mark.parametrize("window", [*LEGAL_WINDOWS[:1], LegalWindow(name="w", kind=WindowKind.CALENDAR_MONTH)])
def test_a_time_that_is_none_is_an_error_that_names_it(window: LegalWindow, now_s: float) -> None:
    with pytest.raises(InputError, match="now_s"):
        window.span(now_s)


@st.composite
def tallies(draw: st.DrawFn, most: int = 300) -> Tally:
    live = draw(st.integers(0, most))
    return Tally(live, draw(st.integers(0, live)))


def tail(tally: Tally, p: float) -> float:
    """The chance of at least as many abandoned at a true rate p, summed term by term."""
    n = tally.live_answers
    return math.fsum(math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(tally.abandoned, n + 1))


def test_the_rate_is_of_live_answers() -> None:
    assert Tally(200, 5).rate == 0.025
    assert Tally(0, 0).rate == 0.0


@pytest.mark.parametrize(("live", "abandoned"), [(1, 2), (0, 1), (5, -1)])
def test_an_impossible_tally_is_refused(live: int, abandoned: int) -> None:
    with pytest.raises(ValueError, match="cannot"):
        Tally(live, abandoned)


@pytest.mark.parametrize(
    ("tally", "lower", "upper"),
    [
        (Tally(10, 0), 0.0, 0.3084971),
        (Tally(10, 5), 0.1870860, 0.8129140),
        (Tally(100, 3), 0.0062300, 0.0851761),
        (Tally(10, 10), 0.6915029, 1.0),
        (Tally(0, 0), 0.0, 1.0),
    ],
)
def test_known_bounds(tally: Tally, lower: float, upper: float) -> None:
    assert tally.lower_bound() == pytest.approx(lower, abs=1e-6)
    assert tally.upper_bound() == pytest.approx(upper, abs=1e-6)


@given(tallies(), st.sampled_from([0.8, 0.95, 0.99]))
def test_the_bounds_are_where_the_binomial_tails_say(tally: Tally, confidence: float) -> None:
    alpha = (1 - confidence) / 2
    lower, upper = tally.lower_bound(confidence), tally.upper_bound(confidence)
    assert lower <= tally.rate <= upper
    if tally.abandoned:
        assert tail(tally, lower) == pytest.approx(alpha, abs=1e-6)
    if tally.abandoned < tally.live_answers:
        more = Tally(tally.live_answers, tally.abandoned + 1)
        assert 1 - tail(more, upper) == pytest.approx(alpha, abs=1e-6)


def test_a_month_of_answers_narrows_the_bounds() -> None:
    month = Tally(1_000_000, 30_000)
    # For so many answers the exact bounds meet the normal approximation, 1.96 standard errors of 0.000171.
    assert month.lower_bound() == pytest.approx(0.03 - 0.000334, abs=2e-6)
    assert month.upper_bound() == pytest.approx(0.03 + 0.000336, abs=2e-6)


def test_a_few_unlucky_calls_do_not_stop_a_campaign() -> None:
    assert may_dial_ahead(Tally(0, 0), 0.03)
    assert may_dial_ahead(Tally(ENOUGH_ANSWERS - 1, ENOUGH_ANSWERS - 1), 0.03)


def test_the_limit_itself_is_allowed_and_anything_above_is_not() -> None:
    assert may_dial_ahead(Tally(100, 3), 0.03)
    assert not may_dial_ahead(Tally(100, 4), 0.03)
    assert not may_dial_ahead(Tally(ENOUGH_ANSWERS, 2), 0.03)

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.simulation.rota import Stretch, agents_by_time, typical_day

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
HOUR = timedelta(hours=1)


def at(day: int, hour: float, length_h: float = 0.01) -> Stretch:
    begin = MONDAY + timedelta(days=day, hours=hour)
    return begin, begin + length_h * HOUR


def test_days_are_laid_over_each_other_from_their_first_call_to_the_last_end() -> None:
    day = typical_day([at(0, 1.5), at(0, 9), at(1, 1.25), at(3, 8.75, length_h=0.5)])
    assert (day.begins_at, day.length_s, len(day.days)) == ("01:15 UTC", 8 * 3600, 3)
    assert day.place(MONDAY + 1.25 * HOUR) == (min(day.days), 0)
    assert day.place(MONDAY + timedelta(days=3, hours=2.25)) == (max(day.days), 3600)


def test_a_day_that_goes_past_midnight_utc_is_one_day() -> None:
    """Nine to eight in New York is 14 to 1 by UTC."""
    day = typical_day([at(0, 14), at(0, 23.5), at(1, 0.75), at(1, 14.5)])
    assert (day.begins_at, len(day.days)) == ("14:00 UTC", 2)
    assert day.length_s == pytest.approx((10.75 + 0.01) * 3600)


def test_a_campaign_that_never_sleeps_has_a_whole_day_and_one_call_has_one_all_the_same() -> None:
    assert typical_day([at(0, hour, 1) for hour in range(24)]).length_s == 86_400
    one = typical_day([at(0, 13.5, 0)])
    assert (one.begins_at, one.length_s) == ("13:30 UTC", 1)


def test_agents_are_averaged_over_the_days_with_calls() -> None:
    day = typical_day([at(0, 9), at(0, 12, 1), at(1, 10)])
    logged_in = [at(0, 8, 5), at(0, 9, 4), at(1, 9, 2), at(1, 9, 2), at(2, 9, 4), at(0, 11, 20)]
    # From 11 on there are three on the first day and none on the second: half an agent counts as one.
    assert agents_by_time(day, logged_in) == ((0.0, 2),)
    assert agents_by_time(day, [at(0, 9, 1), at(0, 9.5, 2), at(1, 9.5, 2)]) == (
        (0.0, 1),
        (0.5, 2),
        (1.0, 1),
        (2.5, 0),
    )
    assert agents_by_time(day, []) == ((0.0, 0),)
    assert day.within_s(logged_in) == (4 + 4 + 2 + 2 + 2) * 3600


@given(
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 23.99), st.floats(0, 3)), min_size=1, max_size=30),
    st.lists(st.tuples(st.integers(0, 5), st.floats(0, 23.99), st.floats(0, 60)), max_size=10),
)
def test_every_call_lies_within_the_day_and_no_time_is_counted_twice(
    calls: list[tuple[int, float, float]], spans: list[tuple[int, float, float]]
) -> None:
    day = typical_day([at(*call) for call in calls])
    for call in calls:
        which, after_s = day.place(at(*call)[0])
        assert which in day.days
        assert after_s <= day.length_s + 0.002
    for span in spans:
        pieces = list(day.pieces([at(*span)]))
        assert sum(end - begin for begin, end in pieces) <= span[2] * 3600 + 0.01
        assert all(0 <= begin <= end <= 86_400 for begin, end in pieces)

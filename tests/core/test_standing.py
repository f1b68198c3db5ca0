"""How a window stands: the rate, what it can bear, and whether it recovers."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.abandonment import LegalWindow, WindowKind
from dialer.core.errors import InputError
from dialer.core.standing import Count, Share, Standing


def a_standing(live: int, abandoned: int, machines: int = 0, limit: float = 0.03, share: float = 0.1) -> Standing:
    window = LegalWindow(name="day", kind=WindowKind.CALENDAR_DAY, limit=limit)
    return Standing(window, window.span(0.0), Count(live, abandoned, machines), share)


@st.composite
def standings(draw: st.DrawFn) -> Standing:
    live = draw(st.integers(0, 5000))
    limit = draw(st.sampled_from([0.01, 0.03, 0.05, 0.07, 0.29]))
    return a_standing(live, draw(st.integers(0, live)), limit=limit)


def test_persons_taken_for_machines_answered_and_were_abandoned() -> None:
    standing = a_standing(190, 4, machines=100)
    assert standing.estimated_false == 10
    assert standing.share == Share(200, 14)
    assert standing.share.rate == 0.07
    assert not standing.within


def test_nobody_answered_is_a_rate_of_nought_that_bears_nothing() -> None:
    empty = a_standing(0, 0)
    assert (empty.share.rate, empty.slack, empty.within) == (0, 0, True)


def test_bounds_are_of_whole_calls_with_the_estimate_rounded_up() -> None:
    assert (a_standing(98, 2, machines=11).tally.live_answers, a_standing(98, 2, machines=11).tally.abandoned) == (
        100,
        4,
    )
    # 0.07 x 100 is a little more than seven in floating point, and is seven all the same.
    assert a_standing(93, 0, machines=100, share=0.07).tally.live_answers == 100
    assert a_standing(97, 3).tally.upper_bound() == pytest.approx(0.0877, abs=1e-4)


@pytest.mark.parametrize(
    ("live", "abandoned", "limit", "slack"),
    [(100, 3, 0.03, 0), (100, 2, 0.03, 1), (100, 5, 0.03, -2), (99, 2, 0.03, 0), (100, 0, 0.29, 29)],
)
def test_slack_is_what_the_limit_leaves_of_the_answers(live: int, abandoned: int, limit: float, slack: int) -> None:
    assert a_standing(live, abandoned, limit=limit).slack == slack


@given(standings())
def test_slack_is_surely_borne_and_no_standing_over_the_limit_has_any(standing: Standing) -> None:
    limit = Fraction(str(standing.window.limit))
    count = standing.count
    assert standing.within == (count.abandoned <= limit * count.live_answers)
    assert standing.slack == math.floor(limit * count.live_answers) - count.abandoned
    assert (standing.slack >= 0) == standing.within
    if standing.slack >= 0:
        assert count.abandoned + standing.slack <= limit * (count.live_answers + standing.slack)


@given(standings(), st.integers(0, 10_000))
def test_recoverable_means_that_so_many_good_answers_bring_it_within(standing: Standing, expected: int) -> None:
    later = a_standing(standing.count.live_answers + expected, standing.count.abandoned, limit=standing.window.limit)
    assert standing.recoverable(expected) == later.within


@pytest.mark.parametrize("expected", [math.nan, -1.0])
def test_no_number_of_answers_is_an_error(expected: float) -> None:
    with pytest.raises(InputError, match="expected_answers"):
        a_standing(10, 1).recoverable(expected)

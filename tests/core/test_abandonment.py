"""The ledger of abandonment: exact bounds against published and brute-force values."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.abandonment import ENOUGH_ANSWERS, Tally, may_dial_ahead


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

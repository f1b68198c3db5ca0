from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.contrast import Share, by_chance, stands_out


def exactly(group: Share, rest: Share) -> float:
    """The same in whole numbers, by counting every way to deal the calls."""
    calls, some = group.of + rest.of, group.some + rest.some
    ways = sum(
        comb(some, x) * comb(calls - some, group.of - x)
        for x in range(group.some, min(group.of, some) + 1)
        if group.of - x <= calls - some
    )
    return ways / comb(calls, group.of)


shares = st.integers(1, 60).flatmap(lambda of: st.builds(Share, st.integers(0, of), st.just(of)))


@given(shares, shares)
def test_the_probability_is_that_of_all_ways_to_deal_the_calls(group: Share, rest: Share) -> None:
    if group.rate > rest.rate:
        assert by_chance(group, rest) == pytest.approx(exactly(group, rest), rel=1e-9)
    else:
        assert by_chance(group, rest) == 1.0


def test_fisher_s_tea_is_one_in_seventy() -> None:
    # "The Design of Experiments" (1935), chapter 2: all four cups of eight told right.
    assert by_chance(Share(4, 4), Share(0, 4)) == pytest.approx(1 / 70)


def test_a_million_calls_are_compared_at_once_and_nothing_overflows() -> None:
    assert by_chance(Share(60_000, 100_000), Share(90_000, 900_000)) == 0.0
    assert 0 < by_chance(Share(30_300, 100_000), Share(270_000, 900_000)) < 0.05


@given(shares)
def test_with_nothing_to_compare_with_nothing_is_unlikely(group: Share) -> None:
    assert by_chance(group, Share(0, 0)) == by_chance(Share(0, 0), group) == 1.0


def test_a_difference_must_be_large_enough_to_matter() -> None:
    assert stands_out(Share(310, 1000), Share(200, 1000))
    assert not stands_out(Share(280, 1000), Share(200, 1000))  # less than half as large again
    assert not stands_out(Share(10, 1000), Share(1, 1000))  # less than two points


def test_calls_to_one_lead_are_one_witness() -> None:
    assert Share(120, 300).of_independent(3) == Share(40, 100)
    assert Share(120, 300).of_independent(0.5) == Share(120, 300)
    assert Share(7, 7).of_independent(3) == Share(2, 2)
    assert Share(0, 0).of_independent(3) == Share(0, 0)


def test_bounds_are_exact_and_hold_for_nothing() -> None:
    assert Share(0, 0).bounds(0.99) == (0.0, 1.0)
    # Clopper-Pearson: 1 - (alpha / 2)^(1 / n)
    assert Share(0, 20).bounds(0.99)[1] == pytest.approx(1 - 0.005 ** (1 / 20))

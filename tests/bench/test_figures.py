"""The numbers that benchmarks say of their samples."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.figures import paired_ratio, quantile, slope_per_hour

SAMPLES = st.lists(st.floats(-1e6, 1e6), min_size=1)


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1), (0.5, 50), (0.99, 99), (0.991, 100), (1.0, 100)])
def test_a_quantile_is_a_sample_that_so_many_do_not_exceed(share: float, expected: float) -> None:
    assert quantile(list(range(100, 0, -1)), share) == expected


@given(SAMPLES, st.floats(0, 1))
def test_at_least_the_share_is_at_or_below_the_quantile(samples: list[float], share: float) -> None:
    found = quantile(samples, share)
    assert found in samples
    assert sum(sample <= found for sample in samples) >= share * len(samples) - 1e-6


def test_no_samples_have_no_quantile() -> None:
    with pytest.raises(ValueError, match="no samples"):
        quantile([], 0.5)


def test_a_ratio_is_taken_pair_by_pair_so_a_slow_moment_counts_for_both() -> None:
    assert paired_ratio([10, 100, 11], [20, 200, 20]) == 0.5


def test_a_pair_without_anything_beside_it_is_left_out() -> None:
    assert paired_ratio([10, 5], [20, 0]) == 0.5
    assert paired_ratio([1], [0]) is None
    assert paired_ratio([], []) is None


@given(st.floats(-100, 100), st.floats(-100, 100), st.integers(2, 50))
def test_the_slope_of_a_line_is_its_own(begins: float, per_hour: float, moments: int) -> None:
    at_s = [10.0 * moment for moment in range(moments)]
    values = [begins + per_hour * at / 3600 for at in at_s]
    assert slope_per_hour(at_s, values) == pytest.approx(per_hour, abs=1e-6)


def test_one_moment_has_no_slope() -> None:
    assert slope_per_hour([1.0], [5.0]) == 0
    assert slope_per_hour([1.0, 1.0], [5.0, 9.0]) == 0

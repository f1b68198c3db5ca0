from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.simulation.lives import MOST_VALUES, thinned, weights

AGES = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=60)


def test_nothing_cut_off_all_count_alike() -> None:
    assert weights([3, 1, 2, 2], [False] * 4) == pytest.approx([0.25] * 4)


def test_who_was_cut_off_is_handed_on_to_those_who_went_on() -> None:
    # Of four, one is cut off at 2: a third of its quarter goes to each... of the two that lived longer, a half.
    assert weights([1, 2, 3, 4], [False, True, False, False]) == pytest.approx([0.25, 0, 0.375, 0.375])
    # An end at the very age of a cut comes before it.
    assert weights([2, 2, 5], [True, False, False]) == pytest.approx([0, 1 / 3, 2 / 3])
    # Nobody is left to whom the last could be handed.
    assert weights([1, 2], [False, True]).sum() == pytest.approx(0.5)


@given(AGES)
def test_the_weights_are_those_of_the_product_limit(lives: list[tuple[int, bool]]) -> None:
    """Against Kaplan & Meier's estimator, computed age by age."""
    ages, cut = [age for age, _ in lives], [is_cut for _, is_cut in lives]
    found = weights(ages, cut)
    left = 1.0
    for age in sorted(set(ages)):
        ended = sum(a == age and not c for a, c in lives)
        left *= 1 - ended / sum(a >= age for a in ages)
        assert found[np.array(ages) <= age].sum() == pytest.approx(1 - left)
    assert (found[np.array(cut)] == 0).all()


def test_cutting_at_random_does_not_move_the_estimate() -> None:
    rng = np.random.default_rng(3)
    ages, answered = rng.uniform(0, 25, 20_000), rng.random(20_000) < 0.3
    ages[~answered] = 25
    cut = rng.uniform(10, 60, 20_000)
    found = weights(np.minimum(ages, cut), cut < ages)
    seen = answered & (cut >= ages)
    assert found[seen].sum() == pytest.approx(answered.mean(), abs=0.005)
    assert seen.mean() < answered.mean() - 0.02


@given(st.lists(st.floats(0, 1e4), min_size=1, max_size=2000))
def test_thinned_values_are_few_in_order_and_of_the_same_mean(values: list[float]) -> None:
    few = thinned(values)
    assert len(few) == min(len(values), MOST_VALUES)
    assert list(few) == sorted(few)
    assert min(values) - 1e-3 <= few[0] <= few[-1] <= max(values) + 1e-3
    assert np.mean(few) == pytest.approx(np.mean(values), abs=1e-3)


def test_thinning_keeps_the_spread_and_minds_the_weights() -> None:
    drawn = np.random.default_rng(1).lognormal(4, 1, 50_000)
    few = np.array(thinned(drawn))
    assert few.std() == pytest.approx(drawn.std(), rel=0.05)
    assert np.quantile(few, [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(drawn, [0.1, 0.5, 0.9]), rel=0.01)
    assert np.mean(thinned([10, 20], [3, 1], most=400)) == pytest.approx(12.5)
    assert thinned([5.0] * 3, [0, 1, 0]) == (5, 5, 5)

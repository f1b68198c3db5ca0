from __future__ import annotations

import math
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from dialer.simulation.draw import Distribution, generator, stream, times

MANY = 100_000
ADAPTER: TypeAdapter[Distribution] = TypeAdapter(Distribution)

KINDS: list[tuple[Any, float, float]] = [
    ({"kind": "gamma", "mean": 12, "shape": 4}, 12, 0.5),
    ({"kind": "gamma", "mean": 12, "cv": 0.25}, 12, 0.25),
    ({"kind": "log_normal", "mean": 120, "cv": 1}, 120, 1),
    ({"kind": "exponential", "mean": 30}, 30, 1),
    ({"kind": "pareto", "mean": 60, "shape": 6}, 60, 1 / math.sqrt(24)),
    ({"kind": "uniform", "low": 1, "high": 6}, 3.5, 5 / math.sqrt(12) / 3.5),
    ({"kind": "constant", "value": 7}, 7, 0),
    ({"kind": "empirical", "values": [1, 3]}, 2, 0.5),
    ([[1, {"kind": "constant", "value": 10}], [3, {"kind": "constant", "value": 2}]], 4, math.sqrt(12) / 4),
]


@pytest.mark.parametrize(("written", "mean_s", "cv"), KINDS)
def test_a_distribution_has_the_mean_and_spread_it_is_written_with(written: Any, mean_s: float, cv: float) -> None:
    distribution = ADAPTER.validate_python(written)
    drawn = distribution.draw(np.random.default_rng(1), MANY)
    assert distribution.mean_s == pytest.approx(mean_s)
    assert drawn.mean() == pytest.approx(mean_s, rel=0.02)
    assert drawn.std() / drawn.mean() == pytest.approx(cv, rel=0.04)


@pytest.mark.parametrize("written", [written for written, _, _ in KINDS])
def test_what_is_read_back_is_the_same(written: Any) -> None:
    distribution = ADAPTER.validate_python(written)
    assert ADAPTER.validate_python(distribution.model_dump()) == distribution


def test_nothing_is_above_the_cap_and_nothing_piles_up_there() -> None:
    capped = ADAPTER.validate_python({"kind": "log_normal", "mean": 100, "cv": 2, "cap": 150})
    drawn = capped.draw(np.random.default_rng(1), MANY)
    assert drawn.max() < 150
    assert np.unique(drawn).size == MANY
    assert capped.mean_s == pytest.approx(drawn.mean(), rel=0.02)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"kind": "gamma", "mean": -1, "shape": 4}, "greater than 0"),
        ({"kind": "gamma", "mean": 12}, "either shape or cv"),
        ({"kind": "gamma", "mean": 12, "shape": 4, "cv": 1}, "either shape or cv"),
        ({"kind": "gamma", "mean": math.nan, "shape": 4}, "finite"),
        ({"kind": "pareto", "mean": 10, "shape": 1}, "greater than 1"),
        ({"kind": "uniform", "low": 6, "high": 1}, "below low"),
        ({"kind": "uniform", "low": -1, "high": 1}, "greater than or equal to 0"),
        ({"kind": "constant", "value": math.inf}, "finite"),
        ({"kind": "constant", "value": 5, "cap": 4}, "below the mean"),
        ({"kind": "log_normal", "mean": 100, "cv": 1, "cap": 50}, "below the mean"),
        ({"kind": "empirical", "values": []}, "at least 1"),
        ({"kind": "weibull", "mean": 3}, "weibull"),
        ({"mean": 3}, "Unable to extract tag"),
        ([], "at least 1"),
        ([[0, {"kind": "constant", "value": 1}]], "weight above 0"),
        ([[-1, {"kind": "constant", "value": 1}]], "greater than or equal to 0"),
        (12, "Unable to extract tag"),
    ],
)
def test_a_distribution_that_cannot_be_is_refused(written: Any, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        ADAPTER.validate_python(written)


@given(seed=st.integers(0, 2**63), number=st.integers(1, 50))
def test_a_stream_is_its_seeds_and_no_other_streams(seed: int, number: int) -> None:
    first = list(islice(iter(stream(generator(seed, number).random), None), 5))
    assert first == list(islice(iter(stream(generator(seed, number).random), None), 5))
    assert first != list(islice(iter(stream(generator(seed, number + 1).random), None), 5))


def test_times_that_come_too_late_are_drawn_anew() -> None:
    ring = ADAPTER.validate_python(
        [[1, {"kind": "gamma", "mean": 12, "shape": 4}], [1, {"kind": "uniform", "low": 0, "high": 40}]]
    )
    next_s = times(ring, generator(1, 1), at_most=25)
    assert 24.9 < max(next_s() for _ in range(MANY)) <= 25

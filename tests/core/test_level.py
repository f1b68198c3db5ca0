"""The answer level: follows a jump within some answers, is sure in calm, and is a positive number whatever comes."""

from __future__ import annotations

from math import inf, isfinite, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.level import AnswerLevel

EVERY = 0.3
"""Expected answers between two looks."""


def heard(level: AnswerLevel, truth: float, expected: float, seed: int) -> list[float]:
    """Answers come `truth` times as often as expected, until so many were expected: the level after each look."""
    rng, levels = np.random.default_rng(seed), []
    for answers in rng.poisson(EVERY * truth, round(expected / EVERY)):
        level.learn(EVERY, int(answers))
        levels.append(level.mean)
    return levels


def doubt(level: AnswerLevel) -> float:
    """Its standard deviation beside its mean."""
    return float(level.variance**0.5 / level.mean)


def answers_until(level: AnswerLevel, truth: float, reaches: float, seed: int) -> int:
    """How many answers it takes until the level, which is too low, is at least this."""
    rng, heard_so_far = np.random.default_rng(seed), 0
    while level.mean < reaches:
        answers = int(rng.poisson(EVERY * truth))
        level.learn(EVERY, answers)
        heard_so_far += answers
        assert heard_so_far < 100_000
    return heard_so_far


@pytest.mark.parametrize("seed", range(5))
def test_in_calm_it_stays_and_grows_sure(seed: int) -> None:
    level = AnswerLevel()
    unsure = doubt(level)
    off_by = np.abs(np.array(heard(level, 1.0, 1500, seed)[1500:]) - 1)
    assert off_by.mean() < 0.1
    assert (off_by > 0.4).mean() < 0.02
    assert doubt(level) < 0.25 < unsure


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("jump", "answers"), [(1.5, 60), (3.0, 70), (5.0, 100)])
def test_after_a_jump_up_the_level_is_there_within_some_answers(jump: float, answers: int, seed: int) -> None:
    level = AnswerLevel()
    heard(level, 1.0, 200, seed)
    assert answers_until(level, jump, 0.75 * jump, seed + 100) <= answers


@pytest.mark.parametrize("seed", range(5))
def test_after_a_jump_down_the_level_is_there_within_some_missing_answers(seed: int) -> None:
    level = AnswerLevel()
    heard(level, 1.0, 200, seed)
    assert min(heard(level, 0.3, 120, seed + 100)) < 0.4


@pytest.mark.parametrize("seed", range(5))
def test_a_jump_makes_it_unsure_again(seed: int) -> None:
    level, doubts = AnswerLevel(), []
    heard(level, 1.0, 800, seed)
    calm = doubt(level)
    for look in range(20):
        heard(level, 3.0, 1.0, 1000 * seed + look)
        doubts.append(doubt(level))
    assert max(doubts) > 1.3 * calm


def test_nothing_expected_and_nothing_heard_says_nothing() -> None:
    level = AnswerLevel()
    level.learn(0.0, 0)
    assert (level.mean, level.variance) == (AnswerLevel().mean, AnswerLevel().variance)


@given(st.floats(0.05, 20))
def test_a_table_that_is_learned_anew_does_not_change_what_is_expected_in_all(factor: float) -> None:
    level = AnswerLevel()
    heard(level, 1.7, 60, 3)
    before = level.mean
    level.rescale(factor)
    assert level.mean * factor == pytest.approx(before)


@pytest.mark.parametrize("factor", [0.0, -1.0, nan])
def test_a_factor_that_is_none_changes_nothing(factor: float) -> None:
    level = AnswerLevel()
    level.rescale(factor)
    assert level.mean == 1.0


@given(st.lists(st.tuples(st.floats(0, 1e4), st.integers(0, 10_000)), max_size=60))
def test_whatever_comes_it_is_a_positive_number(looks: list[tuple[float, int]]) -> None:
    level = AnswerLevel()
    for expected, answers in looks:
        level.learn(expected, answers)
        assert 0 < level.mean < inf
        assert 0 <= level.variance < inf
        assert isfinite(doubt(level))


@pytest.mark.parametrize("expected", [nan, inf, -inf, -1.0])
@pytest.mark.parametrize("answers", [0, 3])
def test_an_expectation_that_is_none_does_no_lasting_harm(expected: float, answers: int) -> None:
    level = AnswerLevel()
    heard(level, 1.0, 100, 1)
    level.learn(expected, answers)
    assert heard(level, 1.0, 100, 2)[-1] == pytest.approx(1.0, abs=0.4)


@pytest.mark.parametrize("silence", [1000.0, 10_000.0])
def test_after_a_long_silence_it_takes_no_more_answers_than_after_a_jump(silence: float) -> None:
    level = AnswerLevel()
    heard(level, 1.0, 200, 1)
    for _ in range(round(silence)):
        level.learn(1.0, 0)
    assert answers_until(level, 1.0, 0.5, 2) <= 60

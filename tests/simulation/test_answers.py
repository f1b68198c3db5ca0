from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dialer.simulation.answers import Answers, Leads


def test_a_number_holds_for_the_whole_shift() -> None:
    answers = Answers.model_validate({"p": 0.2})
    assert (answers.levels, answers.mean(4)) == ((0.2,), 0.2)
    assert answers.at()(1e6) == 0


def test_a_step_holds_from_its_hour_on() -> None:
    answers = Answers.model_validate({"p": [[0, 0.2], [1, 0.4], [3, 0.1]]})
    at = answers.at()
    assert [answers.levels[at(now_s)] for now_s in (0, 3599.9, 3600, 10_799, 10_800)] == [0.2, 0.2, 0.4, 0.4, 0.1]
    assert answers.mean(4) == pytest.approx((0.2 + 0.4 * 2 + 0.1) / 4)
    assert answers.mean(0.5) == 0.2


def test_flips_go_to_and_fro() -> None:
    answers = Answers.model_validate({"flips": {"between": [0.15, 0.45], "minutes": 10}})
    at = answers.at()
    assert [answers.levels[at(minute * 60)] for minute in (0, 9.9, 10, 19, 20)] == [0.15, 0.15, 0.45, 0.45, 0.15]
    assert answers.mean(0.5) == pytest.approx(0.25)


@given(
    st.lists(st.tuples(st.floats(0.01, 10), st.floats(0, 1)), max_size=5, unique_by=lambda step: step[0]),
    st.floats(0.1, 12),
)
def test_the_mean_is_that_of_the_moments(more: list[tuple[float, float]], hours: float) -> None:
    answers = Answers(p=((0.0, 0.5), *sorted(more)))
    at, samples = answers.at(), 4000
    sampled = sum(answers.levels[at((index + 0.5) / samples * hours * 3600)] for index in range(samples)) / samples
    assert answers.mean(hours) == pytest.approx(sampled, abs=0.003)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"p": 1.2}, "less than or equal to 1"),
        ({"p": float("nan")}, "finite"),
        ({"p": []}, "first step must be at hour 0"),
        ({"p": [[1, 0.2]]}, "first step must be at hour 0"),
        ({"p": [[0, 0.2], [2, 0.3], [1, 0.4]]}, "in order"),
        ({"p": [[0, 0.2], [1, 0.3], [1, 0.4]]}, "each hour once"),
        ({"p": 0.2, "flips": {"between": [0.1, 0.2], "minutes": 10}}, "either p or flips"),
        ({"flips": {"between": [0.1, 0.2], "minutes": 0}}, "greater than"),
    ],
)
def test_answers_that_cannot_be_are_refused(written: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Answers.model_validate(written)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"classes": [{"share": 0.5, "p": 0.1}, {"share": 0.4, "p": 0.2}]}, "add up to 1"),
        ({"classes": [{"share": 1, "p": 0}]}, "above 0"),
        ({"classes": [{"share": 1, "p": 0.5}], "spread_cv": 0.5}, "either classes or spread_cv"),
        ({"spread_cv": -1}, "greater than or equal to 0"),
        ({"length": 0}, "greater than or equal to 1"),
    ],
)
def test_leads_that_cannot_be_are_refused(written: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Leads.model_validate(written)

"""The budget: less is risked the less the windows can bear, and no more than the limit lets."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.budget import NOTHING_SPENT, Budget, Recent, Spent

PLENTY = Spent(300, 0)
"""A quarter of an hour in which nobody was abandoned."""

limits = st.floats(0.001, 0.1)


@st.composite
def windows(draw: st.DrawFn) -> Spent:
    answers = draw(st.floats(0, 20_000))
    return Spent(answers, draw(st.floats(0, 1)) * min(answers, 1000))


def risk(window: Spent, limit: float = 0.03, quarter: Spent = PLENTY) -> float:
    return Budget().appetite(window, quarter, limit).risk


@given(windows(), windows(), limits)
def test_the_risk_is_a_chance_of_a_half_at_the_most(window: Spent, quarter: Spent, limit: float) -> None:
    assert 0 <= risk(window, limit, quarter) <= 0.5


@given(windows(), windows(), st.floats(0, 100), limits)
def test_more_abandoned_never_allows_more(window: Spent, quarter: Spent, more: float, limit: float) -> None:
    assert risk(Spent(window.answers, window.abandoned + more), limit, quarter) <= risk(window, limit, quarter)
    worse = Spent(quarter.answers, quarter.abandoned + more)
    assert risk(window, limit, worse) <= risk(window, limit, quarter)


@given(st.integers(0, 20_000), st.integers(0, 300), windows(), limits, limits)
def test_a_higher_limit_never_allows_less(answers: int, abandoned: int, quarter: Spent, one: float, two: float) -> None:
    window, (low, high) = Spent(answers, min(answers, abandoned)), sorted((one, two))
    assert risk(window, low, quarter) <= risk(window, high, quarter) * (1 + 1e-12)


@given(st.integers(0, 20_000), st.integers(0, 100), limits)
def test_an_answer_that_was_served_never_allows_less(answers: int, abandoned: int, limit: float) -> None:
    before, after = Spent(answers, min(answers, abandoned)), Spent(answers + 1, min(answers, abandoned))
    assert risk(before, limit) <= risk(after, limit) * (1 + 1e-9)


@pytest.mark.parametrize("answers", [40, 400, 4000, 40_000])
def test_a_window_that_is_over_leaves_next_to_nothing(answers: int) -> None:
    over = Spent(answers, 0.03 * answers + 2)
    assert risk(over) <= 0.03 * 0.06
    assert risk(Spent(answers, 0)) >= 5 * risk(over)


def test_at_the_begin_less_than_the_limit_itself_is_risked() -> None:
    assert 0 < risk(NOTHING_SPENT, quarter=NOTHING_SPENT) < 0.03


def test_the_window_is_let_run_close_to_its_limit_but_not_over() -> None:
    # 4,000 answers bear 120: with the slack of a few more is risked than the limit, with none of it hardly anything.
    assert risk(Spent(4000, 90)) > 0.03
    assert risk(Spent(4000, 119.5)) < 0.005


def test_a_quarter_of_an_hour_that_has_borne_enough_says_so_and_stops_it() -> None:
    window = Spent(4000, 20)
    calm = Budget().appetite(window, Spent(100, 0), 0.03)
    tight = Budget().appetite(window, Spent(100, 6), 0.03)
    spent = Budget().appetite(window, Spent(100, 7), 0.03)
    assert calm.reason == ""
    assert "quarter of an hour" in tight.reason
    assert tight.risk < 0.2 * calm.risk
    assert spent.risk == 0


def test_a_quarter_without_any_abandoned_is_left_alone_however_short() -> None:
    assert Budget().appetite(PLENTY, Spent(3, 0), 0.03).reason == ""
    assert risk(PLENTY, quarter=Spent(3, 0)) > 0


def test_where_few_answer_less_is_risked_at_once() -> None:
    assert risk(Spent(500, 0), quarter=Spent(2, 0)) < 0.3 * risk(Spent(500, 0), quarter=Spent(200, 0))


@pytest.mark.parametrize(("abandoned_of_ten", "expected"), [(0, 0.08), (10, 3.0)])
def test_what_follows_from_a_risk_is_learned_within_bounds(abandoned_of_ten: int, expected: float) -> None:
    budget = Budget()
    for number in range(3000):
        budget.appetite(PLENTY, PLENTY, 0.03)
        budget.heard(abandoned=number % 10 < abandoned_of_ten)
    assert budget.yields == pytest.approx(expected)


def test_a_risk_of_which_half_comes_true_may_be_twice_as_high() -> None:
    budget, due = Budget(), 0.0
    window = Spent(1000, 10)
    for _ in range(20_000):
        due += 0.5 * budget.appetite(window, PLENTY, 0.03).risk
        budget.heard(abandoned=due >= 1)
        due -= due >= 1
    assert budget.yields == pytest.approx(0.5, rel=0.1)
    assert budget.appetite(window, PLENTY, 0.03).risk == pytest.approx(2 * risk(window), rel=0.1)


@pytest.mark.parametrize("window", [Spent(nan, 0), Spent(100, nan), Spent(nan, nan)])
def test_a_window_that_is_no_number_is_taken_for_one_that_is_over(window: Spent) -> None:
    assert 0 <= risk(window) <= 0.03 * 0.06


@given(st.lists(st.tuples(st.floats(0, 120), st.booleans()), max_size=60), st.floats(0, 2000))
def test_the_last_quarter_of_an_hour_is_just_that(steps: list[tuple[float, bool]], later_s: float) -> None:
    recent, heard, now_s = Recent(), [], 0.0
    for step_s, abandoned in steps:
        now_s += step_s
        recent.add(now_s, abandoned=abandoned)
        heard.append((now_s, abandoned))
    now_s += later_s
    left = [abandoned for at_s, abandoned in heard if at_s > now_s - 900]
    assert recent.spent(now_s) == Spent(len(left), sum(left))


def test_only_one_who_was_served_is_taken_back() -> None:
    recent = Recent()
    recent.take_back()
    recent.add(1.0, abandoned=False)
    recent.add(2.0, abandoned=False)
    recent.take_back()
    assert recent.spent(3.0) == Spent(1, 0)
    recent.add(4.0, abandoned=True)
    recent.take_back()
    assert recent.spent(5.0).abandoned == 1


def test_a_quarter_with_few_answers_has_less_slack_than_its_share_of_them() -> None:
    """The next quarters may have fewer still, and what was abandoned in this one is in them."""
    assert risk(PLENTY, quarter=Spent(30, 1)) < 0.6 * risk(PLENTY, quarter=Spent(30, 0))
    assert risk(PLENTY, quarter=Spent(300, 10)) == risk(PLENTY, quarter=Spent(300, 0))

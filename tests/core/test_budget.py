"""The budget: less is risked the less the windows can bear, and no more than the limit lets."""

from __future__ import annotations

from math import nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.budget import NOTHING_LATELY, NOTHING_SPENT, Budget, Quarter, Recent, Spent

PLENTY = Quarter(300, 0, 16)
"""A quarter of an hour in which nobody was abandoned."""

limits = st.floats(0.001, 0.1)


@st.composite
def windows(draw: st.DrawFn) -> Spent:
    answers = draw(st.floats(0, 20_000))
    return Spent(answers, draw(st.floats(0, 1)) * min(answers, 1000))


def risk(window: Spent, limit: float = 0.03) -> float:
    return Budget().appetite(window, PLENTY, limit).risk


@given(windows(), limits)
def test_the_risk_is_a_chance_of_a_half_at_the_most(window: Spent, limit: float) -> None:
    assert 0 <= risk(window, limit) <= 0.5


@given(windows(), st.floats(0, 100), limits)
def test_more_abandoned_never_allows_more(window: Spent, more: float, limit: float) -> None:
    assert risk(Spent(window.answers, window.abandoned + more), limit) <= risk(window, limit)


@given(st.integers(0, 20_000), st.integers(0, 300), limits, limits)
def test_a_higher_limit_never_allows_less(answers: int, abandoned: int, one: float, two: float) -> None:
    window, (low, high) = Spent(answers, min(answers, abandoned)), sorted((one, two))
    assert risk(window, low) <= risk(window, high) * (1 + 1e-12)


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
    assert 0 < Budget().appetite(NOTHING_SPENT, NOTHING_LATELY, 0.03).risk < 0.03


def test_the_window_is_let_run_close_to_its_limit_but_not_over() -> None:
    # 4,000 answers bear 120: with the slack of a few more is risked than the limit, with none of it hardly anything.
    assert risk(Spent(4000, 90)) > 0.03
    assert risk(Spent(4000, 119.5)) < 0.005


@pytest.mark.parametrize(("bearable", "says"), [(0, "quarter of an hour"), (1, "")])
def test_a_quarter_of_an_hour_that_can_bear_no_more_is_told(bearable: int, says: str) -> None:
    made = Budget().appetite(Spent(4000, 20), Quarter(100, 7, bearable), 0.03)
    assert made.bearable == bearable
    assert says in made.reason
    assert bool(made.reason) == bool(says)


def test_machines_among_the_answers_leave_less_to_risk() -> None:
    """Of 100 abandoned with a third of machines about 67 were persons; it may as well have been 76."""
    some, none = Budget(), Budget()
    for number in range(300):
        some.heard(abandoned=False)
        none.heard(abandoned=False)
        if number % 3 == 0:
            some.was_machine()
    assert some.appetite(Spent(4000, 100), PLENTY, 0.03).risk < 0.7 * none.appetite(Spent(4000, 100), PLENTY, 0.03).risk
    full = some.appetite(Spent(4000, 120 - 2 * (106 / 2) ** 0.5), PLENTY, 0.03).risk
    assert full == pytest.approx(none.appetite(Spent(4000, 120), PLENTY, 0.03).risk, rel=0.2)


def test_a_machine_that_is_taken_back_is_none() -> None:
    some, none = Budget(), Budget()
    for _ in range(100):
        some.heard(abandoned=False)
        none.heard(abandoned=False)
    some.was_machine()
    some.was_machine(-1)
    some.was_machine(-1)  # one of before a restart
    assert some.appetite(Spent(4000, 100), PLENTY, 0.03) == none.appetite(Spent(4000, 100), PLENTY, 0.03)


def test_while_it_rests_nothing_is_risked() -> None:
    budget = Budget()
    budget.appetite(Spent(1000, 10), PLENTY, 0.03)
    budget.rest()
    for _ in range(2000):
        budget.heard(abandoned=False)
    assert budget.yields == pytest.approx(1, rel=0.05)


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
    spent = recent.spent(now_s)
    assert (spent.answers, spent.abandoned) == (len(left), sum(left))


def over_limit(heard: list[tuple[float, bool]]) -> bool:
    """Whether any quarter of an hour that begins with an abandoned call is over 8 %, by counting each anew."""
    for begins_s in (at_s for at_s, abandoned in heard if abandoned):
        within = [abandoned for at_s, abandoned in heard if begins_s <= at_s < begins_s + 900]
        if sum(within) > 0.08 * max(20, len(within)):
            return True
    return False


@settings(max_examples=60, deadline=None)
@given(st.integers(6, 40), st.integers(0, 900), st.integers(1, 30))
def test_as_many_as_it_bears_never_break_a_quarter_while_answers_go_on_as_they_were(
    every_s: int, last_lost_s: int, spread_s: int
) -> None:
    heard = [(float(at_s), False) for at_s in range(0, 1800, every_s)]
    heard = sorted([*heard, (1800.0 - last_lost_s, True)])
    recent = Recent()
    for at_s, abandoned in heard:
        recent.add(at_s, abandoned=abandoned)
    bearable = recent.spent(1800.0).bearable
    after = [(1800.0 + at_s, False) for at_s in range(0, 1800, every_s)]
    lost = [(1800.0 + spread_s * (one + 1) / 10, True) for one in range(bearable)]
    assert not over_limit(sorted([*heard, *lost, *after]))


def test_a_quarter_with_few_answers_bears_one_and_then_none() -> None:
    recent = Recent()
    assert recent.spent(0.0).bearable == 1
    recent.add(1.0, abandoned=True)
    assert recent.spent(2.0).bearable == 0
    assert recent.spent(902.0).bearable == 1


def test_the_more_answer_the_more_a_quarter_bears() -> None:
    recent = Recent()
    for at_s in range(900):
        recent.add(at_s / 2, abandoned=False)
    assert recent.spent(450.0).bearable == int(0.08 * (900 - 3 * 30))

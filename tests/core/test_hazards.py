"""Hazards: known rings and talks are recovered, what is still going on counts, and no age whatever does harm."""

from __future__ import annotations

from math import exp, factorial, inf, log, nan
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.hazards import BINS, STEP_S, LifeTable, RingTable, answers_within, bin_of

AGES_S = np.array([0.0, 10, 30, 60, 120, 240])
INSTANTS_S = np.array([0.5, 2, 5, 10, 25])
ODD_AGES_S = [nan, inf, -inf, -3600.0, -0.1, 0.0, 1e12]

any_age_s = st.sampled_from(ODD_AGES_S) | st.floats(-1e12, 1e12) | st.floats(0, 120)


def gamma_cdf(x_s: float) -> float:
    """Of the population's ring times: gamma of shape 4 and mean 12 s."""
    return 1 - exp(-x_s / 3) * sum((x_s / 3) ** k / factorial(k) for k in range(4))


def answered_by(age_s: float, p: float) -> float:
    """The share of calls that were answered by this age, where ringing ends at 25 s."""
    return p * gamma_cdf(min(age_s, 25.0)) / gamma_cdf(25.0)


def a_call(rng: Random, p: float) -> tuple[float, bool]:
    """How long it rings, and whether it is answered in the end."""
    if rng.random() < p:
        rings_s = 26.0
        while rings_s > 25:
            rings_s = rng.gammavariate(4, 3)
        return rings_s, True
    return (rng.uniform(1, 6) if rng.random() < 0.25 else 25.0), False


def log_normal(rng: Random) -> float:
    """The population's talks: mean 120 s, coefficient of variation 1."""
    return rng.lognormvariate(log(120) - log(2) / 2, log(2) ** 0.5)


def exponential(rng: Random) -> float:
    return rng.expovariate(1 / 100)


def residual(draws_s: list[float], age_s: float, within_s: float) -> float:
    left = [one for one in draws_s if one > age_s]
    return sum(one <= age_s + within_s for one in left) / len(left)


# --- talks and wrap-ups -----------------------------------------------------------------------------


@pytest.mark.parametrize("draw", [exponential, log_normal])
def test_the_life_table_foretells_how_much_longer_a_talk_of_any_age_takes(draw: object) -> None:
    assert callable(draw)
    rng = Random(1)
    truth, table = [draw(rng) for _ in range(40_000)], LifeTable(prior_mean_s=40)
    for lasted_s in truth[:2500]:
        table.learn(lasted_s)
    table.refresh(())
    wanted = [[residual(truth, age_s, within_s) for within_s in INSTANTS_S] for age_s in AGES_S]
    assert table.over_within(AGES_S, INSTANTS_S) == pytest.approx(np.array(wanted), abs=0.03)
    assert table.mean_s == pytest.approx(sum(truth) / len(truth), rel=0.06)


@pytest.mark.parametrize("seed", range(5))
def test_talks_that_go_on_keep_the_first_short_ones_from_making_all_look_short(seed: int) -> None:
    # 200 talks of 120 s on average began a minute ago: those that are over were all short.
    rng = Random(seed)
    talks_s = [rng.expovariate(1 / 120) for _ in range(200)]
    table = LifeTable(prior_mean_s=90)
    for lasted_s in talks_s:
        if lasted_s < 60:
            table.learn(lasted_s)
    table.refresh([60.0 for lasted_s in talks_s if lasted_s >= 60])
    truth = 1 - exp(-0.5)
    assert table.over_within(np.zeros(1), np.array([60.0]))[0, 0] == pytest.approx(truth, abs=0.1)
    table.refresh(())
    assert table.over_within(np.zeros(1), np.array([60.0]))[0, 0] > truth + 0.25


def test_a_life_table_forgets_how_it_used_to_be() -> None:
    table, rng = LifeTable(prior_mean_s=90), Random(2)
    for mean_s in (300.0, 60.0):
        for _ in range(12_000):
            table.learn(rng.expovariate(1 / mean_s))
    table.refresh(())
    assert table.mean_s == pytest.approx(60, rel=0.25)


@pytest.mark.parametrize("lasted_s", ODD_AGES_S)
def test_no_length_of_a_talk_does_harm(lasted_s: float) -> None:
    table = LifeTable(prior_mean_s=90)
    table.learn(lasted_s)
    for _ in range(500):
        table.learn(60.0)
    table.refresh(())
    assert 30 < table.mean_s < 130


@given(st.lists(any_age_s, max_size=20), st.lists(any_age_s, max_size=20), st.lists(any_age_s, min_size=1, max_size=5))
def test_what_a_life_table_says_is_a_chance_that_grows(
    lasted_s: list[float], going_on_s: list[float], ages_s: list[float]
) -> None:
    table = LifeTable(prior_mean_s=90)
    for one in lasted_s:
        table.learn(one)
    table.refresh(going_on_s)
    chances = table.over_within(np.array(ages_s), INSTANTS_S)
    assert ((chances >= 0) & (chances <= 1)).all()
    assert (np.diff(chances, axis=1) >= -1e-12).all()
    assert 0 < table.mean_s < 36_000


# --- ringing ----------------------------------------------------------------------------------------


def rung(p: float, calls: int = 6000, *, withdrawn_from_s: float = inf, withdrawn: float = 0.9) -> RingTable:
    """A table of so many calls, of which most are withdrawn at or after some age."""
    rng, table = Random(1), RingTable()
    for _ in range(calls):
        rings_s, answered = a_call(rng, p)
        at_s = withdrawn_from_s + 0.5 * rng.random()
        if at_s < rings_s and rng.random() < withdrawn:
            table.learn(at_s, answered=None)
        else:
            table.learn(rings_s, answered=answered)
    table.refresh(())
    return table


@pytest.mark.parametrize("p", [0.1, 0.3, 0.6])
@pytest.mark.parametrize("withdrawn_from_s", [inf, 15.0, 5.0])
def test_the_chance_of_an_answer_and_its_time_are_recovered_whatever_is_withdrawn(
    p: float, withdrawn_from_s: float
) -> None:
    alive, answered = rung(p, withdrawn_from_s=withdrawn_from_s).incidence(1.0)
    wanted = [answered_by(one * STEP_S, p) for one in range(BINS + 1)]
    assert answered == pytest.approx(np.array(wanted), abs=0.03)
    assert answered[-1] == pytest.approx(p, abs=0.03)
    assert alive[round(28 / STEP_S)] < 0.02


def test_calls_that_ring_on_keep_the_first_answers_from_making_all_look_quick() -> None:
    rng = Random(4)
    calls = [a_call(rng, 0.6) for _ in range(400)]
    table = RingTable()
    for rings_s, answered in calls:
        if rings_s < 8:
            table.learn(rings_s, answered=answered)
    wanted = answered_by(8, 0.6)
    table.refresh([8.0 for rings_s, _ in calls if rings_s >= 8])
    assert table.incidence(1.0)[1][bin_of(8)] == pytest.approx(wanted, abs=0.05)
    table.refresh(())
    assert table.incidence(1.0)[1][bin_of(8)] > wanted + 0.2


def test_a_call_of_any_age_is_answered_as_often_as_those_that_came_so_far() -> None:
    p = 0.4
    alive, answered = rung(p, 20_000).incidence(1.0)
    chances = answers_within(alive, answered, INSTANTS_S, BINS * STEP_S)
    for age_s in (0, 8, 16):
        # Of those unanswered at this age a quarter of the others have failed after 6 s.
        left = 1 - answered_by(age_s, p) - (1 - p) * 0.25 * min(1.0, max(0.0, (age_s - 1) / 5))
        for instant_s, chance in zip(INSTANTS_S, chances[bin_of(age_s)], strict=True):
            wanted = (answered_by(age_s + instant_s, p) - answered_by(age_s, p)) / left
            assert chance == pytest.approx(wanted, abs=0.04)


@given(st.floats(0, 90), st.floats(0.05, 5))
def test_what_is_withdrawn_at_some_age_is_not_answered_after_it(until_s: float, level: float) -> None:
    alive, answered = RingTable().incidence(level)
    held = answers_within(alive, answered, INSTANTS_S, until_s)
    free = answers_within(alive, answered, INSTANTS_S, BINS * STEP_S)
    assert (held <= free + 1e-12).all()
    assert not held[bin_of(until_s + STEP_S) :].any()
    assert ((held >= 0) & (held <= 1)).all()
    assert (np.diff(held, axis=1) >= -1e-12).all()


@given(
    st.lists(st.tuples(any_age_s, st.sampled_from([True, False, None])), max_size=30),
    st.lists(any_age_s, max_size=30),
    st.floats(0, 50),
)
def test_no_age_of_a_call_does_harm(
    over: list[tuple[float, bool | None]], in_flight_s: list[float], level: float
) -> None:
    table = RingTable()
    for rung_s, answered in over:
        table.learn(rung_s, answered=answered)
    table.refresh(in_flight_s)
    for chances in (table.answer, table.fail, table.answer + table.fail, *table.incidence(level)):
        assert ((chances >= 0) & (chances <= 1 + 1e-9)).all()
    alive, answered_by_then = table.incidence(level)
    assert (np.diff(alive) <= 0).all()
    assert (np.diff(answered_by_then) >= 0).all()


@settings(max_examples=30)
@given(st.sampled_from(ODD_AGES_S), st.sampled_from([True, False, None]))
def test_one_odd_call_among_many_changes_little(rung_s: float, answered: bool | None) -> None:  # noqa: FBT001 - drawn
    table = rung(0.3, 500)
    before = table.incidence(1.0)[1][-1]
    table.learn(rung_s, answered=answered)
    table.refresh([])
    assert table.incidence(1.0)[1][-1] == pytest.approx(before, abs=0.01)

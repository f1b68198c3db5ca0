"""The chance that too many in a row find nobody: against a simulation of agents and customers one by one."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.losses import chance_of_more_lost

SPANS_S = np.array([0.5, 1.0, 1.5, 2.0, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0])


def more_lost(bearable: int, free: int, busy: int, answers: list[float], releases: list[float]) -> float:
    return float(chance_of_more_lost(bearable, free, busy, np.array([answers]), np.array(releases))[0])


def counted(bearable: int, free: int, busy: int, answers_per_s: float, releases_per_s: float) -> float:
    """How often it happens where answers and releases come one by one, in 20,000 tries."""
    random, often, length_s = Random(7), 0, float(SPANS_S.sum())
    for _ in range(20_000):
        comes = [(at_s, True) for at_s in arrivals(random, answers_per_s, length_s)]
        comes += [(at_s, False) for at_s in arrivals(random, releases_per_s, length_s)][:busy]
        now_free, lost = free, 0
        for _at_s, answer in sorted(comes):
            lost += answer and not now_free
            now_free = max(0, now_free - 1) if answer else now_free + 1
        often += lost > bearable
    return often / 20_000


def arrivals(random: Random, per_s: float, length_s: float) -> list[float]:
    at_s, found = random.expovariate(per_s), []
    while at_s < length_s:
        found.append(at_s)
        at_s += random.expovariate(per_s)
    return found


@pytest.mark.parametrize(("bearable", "free"), [(0, 1), (0, 3), (1, 1), (1, 3), (2, 2)])
def test_it_is_what_happens_to_customers_who_do_not_wait(bearable: int, free: int) -> None:
    told = more_lost(bearable, free, 20, list(0.06 * SPANS_S), list(0.05 * SPANS_S))
    assert told == pytest.approx(counted(bearable, free, 20, 0.06, 0.05), rel=0.12, abs=0.004)


def test_who_has_gone_takes_no_agent_who_comes_free_later() -> None:
    """Three answer at once and three agents come free after that: the sum of both would say that nobody is lost."""
    at_once, later = [3.0] + [0.0] * 9, [0.0] * 5 + [3.0] + [0.0] * 4
    assert more_lost(0, 0, 3, at_once, later) == pytest.approx(1 - np.exp(-3.0), rel=1e-6)


floors = {
    "bearable": st.integers(0, 8),
    "free": st.integers(0, 15),
    "busy": st.integers(0, 15),
    "answers": st.lists(st.floats(0, 4), min_size=10, max_size=10),
    "releases": st.lists(st.floats(0, 2), min_size=10, max_size=10),
}


@settings(max_examples=100, deadline=None)
@given(**floors)
def test_it_is_a_chance_and_less_the_more_can_be_borne_or_are_free(
    bearable: int, free: int, busy: int, answers: list[float], releases: list[float]
) -> None:
    made = [more_lost(one, free, busy, answers, releases) for one in range(bearable, bearable + 3)]
    assert all(-1e-9 <= one <= 1 + 1e-9 for one in made)
    assert all(less <= more + 1e-9 for more, less in pairwise(made))
    assert more_lost(bearable, free + 1, busy, answers, releases) <= made[0] + 1e-9


@settings(max_examples=50, deadline=None)
@given(**floors, more=st.integers(0, 9))
def test_one_more_answer_makes_it_no_less(  # one number for each word of the function
    bearable: int, free: int, busy: int, answers: list[float], releases: list[float], more: int
) -> None:
    busier = [each + (place == more) for place, each in enumerate(answers)]
    assert (
        more_lost(bearable, free, busy, busier, releases) >= more_lost(bearable, free, busy, answers, releases) - 1e-9
    )


def test_each_level_of_answers_has_its_own_chance() -> None:
    answers = np.outer([0.5, 1.0, 2.0], 0.1 * SPANS_S)
    low, usual, high = chance_of_more_lost(1, 2, 5, answers, 0.05 * SPANS_S)
    assert low < usual < high

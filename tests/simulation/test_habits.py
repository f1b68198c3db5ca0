"""The simulated people: of the kinds that were asked for, with hours of their own, and the same for every policy."""

from __future__ import annotations

import numpy as np
import pytest

from dialer.core.errors import InputError
from dialer.core.model import Outcome
from dialer.simulation.habits import ASIDE, KINDS, TOWNS, Population, population

MONDAY, SATURDAY = 0, 5


def test_the_same_seed_makes_the_same_people_and_the_same_luck() -> None:
    ones, same, others = (population(TOWNS["mixed"], 50, 3, seed) for seed in (1, 1, 2))
    fates = [[people.outcome(who, 2, MONDAY, 12) for who in range(50)] for people in (ones, same, others)]
    assert fates[0] == fates[1] != fates[2]


@pytest.mark.parametrize("town", [*TOWNS, *ASIDE])
def test_every_town_is_made_of_kinds_in_the_shares_that_were_asked_for(town: str) -> None:
    shares = {**TOWNS, **ASIDE}[town]
    assert sum(shares.values()) == pytest.approx(1.0)
    people = population(shares, 4000, 1, 7)
    assert set(shares) <= set(KINDS)
    invalid = people.dead.count(Outcome.INVALID) / len(people)
    assert invalid == pytest.approx(shares["no such number"], abs=0.015)
    assert (people.answers >= 0).all()
    assert (people.answers <= 0.95).all()


def test_office_workers_answer_in_the_evening_and_the_retired_in_the_morning_until_they_switch_off() -> None:
    office, retired = (population({kind: 1.0}, 500, 1, 3) for kind in ("office", "retired"))

    def likely(people: Population, hour: int, day: int = MONDAY) -> float:
        return float(np.mean([people.chance(who, day, hour) for who in range(500)]))

    assert likely(office, 19) > 2 * likely(office, 10)
    assert likely(office, 14, SATURDAY) > 2 * likely(office, 14)
    assert likely(retired, 9) > 2 * likely(retired, 13)
    fates = [retired.outcome(who, 0, MONDAY, 22) for who in range(500)]
    assert fates.count(Outcome.POWERED_OFF) > 400


def test_people_without_habits_are_alike_at_every_hour() -> None:
    people = population({"any hour": 1.0}, 200, 1, 3)
    assert np.ptp(people.answers, axis=2).max() == pytest.approx(0.0)
    assert np.ptp(people.answers[:, 0, 12]) > 0.2  # but not each like the other


def test_as_many_answer_as_their_chance_says_and_again_within_the_hour_nothing_changes() -> None:
    people = population(TOWNS["mixed"], 3000, 2, 11)
    told = np.mean([people.chance(who, MONDAY, 18) for who in range(len(people))])
    answered = [people.outcome(who, 1, MONDAY, 18) is Outcome.ANSWERED for who in range(len(people))]
    assert np.mean(answered) == pytest.approx(told, abs=0.025)
    assert answered == [people.outcome(who, 1, MONDAY, 18) is Outcome.ANSWERED for who in range(len(people))]


def test_a_kind_that_does_not_exist_is_named() -> None:
    with pytest.raises(InputError, match="'hermit'"):
        population({"office": 0.5, "hermit": 0.5}, 10, 1, 1)

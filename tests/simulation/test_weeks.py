"""Simulated weeks: no policy calls more than it may, or against the rules, and knowing the hours finds more people."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.eligibility import check
from dialer.core.model import Outcome
from dialer.simulation import weeks
from dialer.simulation.habits import TOWNS, Population, population
from dialer.simulation.weeks import POLICIES, Campaign, Order, Policy, Weeks

if TYPE_CHECKING:
    from datetime import datetime

BY_NAME = {policy.name: policy for policy in POLICIES}
CALLS_AN_HOUR = 12


@pytest.fixture(scope="module")
def people() -> Population:
    return population(TOWNS["mixed"], 150, 4, 5)


class Watched(Campaign):
    """Notes every call."""

    def __init__(self, people: Population, policy: Policy, calls_an_hour: int) -> None:
        super().__init__(people, policy, calls_an_hour)
        self.noted: list[tuple[int, datetime]] = []

    def _call(self, person: int, day: int, now: datetime) -> bool:
        self.noted.append((person, now))
        return super()._call(person, day, now)


@pytest.mark.parametrize("policy", POLICIES, ids=str)
def test_every_policy_keeps_to_hours_caps_and_capacity_and_calls_nobody_who_was_reached(
    people: Population, policy: Policy
) -> None:
    campaign = Watched(people, policy, CALLS_AN_HOUR)
    came = campaign.run(4)
    assert sum(came.calls) == len(campaign.noted) > 300
    assert max(Counter((now.date(), now.hour) for _, now in campaign.noted).values()) <= CALLS_AN_HOUR
    assert {now.hour for _, now in campaign.noted} <= set(range(9, 20))
    assert max(Counter((who, now.date()) for who, now in campaign.noted).values()) <= 3
    assert 0 < sum(came.answers) < 150
    dead = [who for who, _ in campaign.noted if people.dead[who] is Outcome.INVALID]
    assert len(dead) == len(set(dead))


def test_the_same_people_and_policy_give_the_same_weeks(people: Population) -> None:
    one, other = (Campaign(people, BY_NAME["best hour"], CALLS_AN_HOUR).run(3) for _ in range(2))
    assert one == other


def test_what_is_told_of_weeks_is_counted_from_their_days() -> None:
    came = Weeks(10, [20, 30], [2, 3])
    assert (came.answer_rate, came.calls_per_answer) == (0.1, 10.0)
    assert (came.reached(1), came.reached(2)) == (0.2, 0.5)
    assert (Weeks(10, [0], [0]).answer_rate, Weeks(10, [0], [0]).calls_per_answer) == (0.0, 0.0)


def test_policies_differ_in_what_their_names_say() -> None:
    best, part, fixed = (BY_NAME[name].retries for name in ("best hour", "part of the day", "fixed delay"))
    assert best[Outcome.NO_ANSWER].best_hour
    assert not part[Outcome.NO_ANSWER].best_hour
    assert part[Outcome.NO_ANSWER].other_part_of_day
    assert not fixed[Outcome.NO_ANSWER].other_part_of_day
    assert best[Outcome.BUSY] == part[Outcome.BUSY] == fixed[Outcome.BUSY]
    assert [policy.name for policy in POLICIES if policy.crowds] == ["best hour, crowded"]
    assert {policy.order for policy in POLICIES} == set(Order)


def test_where_nearly_all_answer_in_the_evening_knowing_it_saves_calls() -> None:
    office = population({"office": 1.0}, 400, 8, 3)
    rates = {name: Campaign(office, BY_NAME[name], 40).run(8).answer_rate for name in ("fixed delay", "best hour")}
    assert rates["best hour"] > 1.05 * rates["fixed delay"]


def test_whoever_may_not_be_called_is_asked_of_the_rule_book(
    people: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def noted(*about: Any) -> Any:
        asked.append(about)
        return check(*about)

    monkeypatch.setattr(weeks, "check", noted)
    came = Campaign(people, POLICIES[0], CALLS_AN_HOUR).run(1)
    assert len(asked) >= sum(came.calls) > 0

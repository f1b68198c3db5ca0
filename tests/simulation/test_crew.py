from __future__ import annotations

import math
from typing import Any

import pytest

from dialer.simulation.crew import Agent, Crew
from dialer.simulation.scenario import Scenario, checked
from dialer.simulation.shift import Doing, ShiftResult
from dialer.simulation.timeline import Timeline

from .pacers import progressive


def just(value: float) -> dict[str, object]:
    return {"kind": "constant", "value": value}


def of(**changes: Any) -> Scenario:
    plain = {"name": "x", "agents": 1, "hours": 1, "talk": just(60), "wrap_up": just(10)}
    return checked(plain | changes)


class Shop:
    """A crew on a timeline; `gives` is how many calls are there to be taken by whoever comes free."""

    def __init__(self, scenario: Scenario, gives: int = 0) -> None:
        self.timeline, self.result, self.pacer = Timeline(), ShiftResult("x", 1, scenario.end_s), progressive()
        self.gives, self.stirred, self.served = gives, 0, list[int]()
        self.crew = Crew(
            scenario,
            1,
            self.timeline,
            self.result,
            self.pacer,
            tell=lambda hear, *what: hear(*what, self.timeline.now),
            stir=self._stir,
            serve=self._serve,
        )

    def _stir(self) -> None:
        self.stirred += 1

    def _serve(self, agent: Agent) -> None:
        if self.gives:
            self.gives -= 1
            self.served.append(agent.number)
            self.crew.take(agent, 0, is_machine=False)

    def until(self, moment_s: float) -> Crew:
        while self.timeline.next_at <= moment_s:
            self.timeline.step()
        self.timeline.now = moment_s
        return self.crew

    def spent_s(self, doing: Doing) -> float:
        return sum(end - begin for begin, end in self.result.spans[doing])


def test_agents_log_in_and_those_who_are_free_leave_at_once() -> None:
    shop = Shop(of(agents=[[0, 5], [0.5, 2]]))
    assert len(shop.until(0).ready) == 5
    assert len(shop.until(1800).ready) == 2
    shop.until(3600).close()
    assert shop.spent_s(Doing.READY) == 5 * 1800 + 2 * 1800


def test_who_leaves_in_a_talk_finishes_it_and_the_wrap_up_first() -> None:
    shop = Shop(of(agents=[[0, 1], [0.01, 0]]), gives=2)
    crew = shop.until(36)
    assert len(crew.talking_since) == 1
    assert len(shop.until(69).wrap_up_since) == 1
    crew = shop.until(71)
    assert not crew.ready
    assert not crew.wrap_up_since
    assert shop.served == [0]
    crew.close()
    assert shop.spent_s(Doing.TALKING) + shop.spent_s(Doing.WRAP_UP) == 70


def test_who_leaves_may_be_replaced_meanwhile() -> None:
    shop = Shop(of(agents=[[0, 1], [0.005, 0], [0.01, 1]]), gives=1)
    crew = shop.until(40)
    assert (len(crew.talking_since), list(crew.ready)) == (1, [1])


def test_a_pause_asked_for_in_a_talk_begins_after_the_wrap_up() -> None:
    # So many pauses are asked for that one is due in every talk.
    shop = Shop(of(pauses={"per_hour": 100_000, "length": just(30)}), gives=1)
    crew = shop.until(69.9)
    assert (crew.away, len(crew.wrap_up_since)) == (0, 1)
    assert shop.until(70.1).away == 1
    assert shop.spent_s(Doing.PAUSED) == 0
    shop.until(100.5)
    assert shop.spent_s(Doing.PAUSED) == 30


def test_pauses_come_as_often_and_take_as_long_as_written() -> None:
    shop = Shop(of(agents=200, pauses={"per_hour": 2, "length": just(300)}))
    crew = shop.until(3600)
    crew.close()
    # Two for each hour that is not paused: a cycle of 1800 s + 300 s.
    assert shop.spent_s(Doing.PAUSED) / 3600 / 200 == pytest.approx(300 / 2100, rel=0.1)
    assert len(crew.ready) + crew.away == 200


def test_who_leaves_on_a_pause_does_not_come_back() -> None:
    shop = Shop(of(agents=[[0, 1], [0.5, 0]], pauses={"per_hour": 1000, "length": just(5000)}))
    assert shop.until(1700).away == 1
    assert shop.until(1801).away == 0
    crew = shop.until(7000)
    assert (crew.away, len(crew.ready)) == (0, 0)


def test_calls_from_outside_take_who_is_free_and_go_before_customers() -> None:
    shop = Shop(of(agents=2, inbound={"per_hour": 1000, "handle": just(50)}))
    crew = shop.until(60)
    assert (crew.away, len(crew.ready)) == (2, 0)
    shop.gives = 5
    shop.until(500)
    assert shop.served == []
    crew.close()
    assert shop.spent_s(Doing.INBOUND) > 0.9 * 2 * 500


def test_inbound_calls_come_as_often_as_written() -> None:
    shop = Shop(of(agents=100, inbound={"per_hour": 200, "handle": just(10)}))
    shop.until(3600).close()
    assert shop.spent_s(Doing.INBOUND) / 10 == pytest.approx(200, rel=0.2)


def test_agents_are_quick_and_slow_around_the_same_mean() -> None:
    shop = Shop(of(agents=2000, speed_cv=0.4), gives=2000)
    shop.until(3600).close()
    talks = [end - begin for begin, end in shop.result.spans[Doing.TALKING]]
    mean = sum(talks) / len(talks)
    spread = math.sqrt(sum((talk - mean) ** 2 for talk in talks) / len(talks)) / mean
    assert mean == pytest.approx(60, rel=0.03)
    assert spread == pytest.approx(0.4, rel=0.1)
    # Who talks slowly writes slowly.
    wraps = [end - begin for begin, end in shop.result.spans[Doing.WRAP_UP]]
    assert min(wraps) / min(talks) == pytest.approx(10 / 60)


def test_every_change_stirs_the_floor() -> None:
    shop = Shop(of(), gives=1)
    shop.until(0)
    for moment_s in (60, 70):
        before = shop.stirred
        shop.until(moment_s - 0.1)
        assert shop.stirred == before
        shop.until(moment_s)
        assert shop.stirred > before

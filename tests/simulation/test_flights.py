from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from dialer.core.call import WITHDRAWN
from dialer.core.model import Outcome
from dialer.record.behaviour import CallTimes
from dialer.simulation.flights import flights_of
from tests.record.world import NOW

TIMEOUT_S = 27.0


def a_call(age_s: float, outcome: Outcome, alerted_s: float | None = 2.0) -> CallTimes:
    answered = outcome in {Outcome.ANSWERED, Outcome.ABANDONED, Outcome.MACHINE}
    end = NOW + timedelta(seconds=age_s)
    alerted = None if alerted_s is None else NOW + timedelta(seconds=alerted_s)
    ended = end + timedelta(seconds=60 * answered)
    return CallTimes(NOW, alerted, end if answered else None, None, None, ended, None, outcome, None, None)


def test_each_kind_of_end_is_told_from_the_others() -> None:
    calls = [a_call(10, Outcome.ANSWERED), a_call(12, Outcome.MACHINE), a_call(14, Outcome.ABANDONED)]
    calls += [a_call(3, Outcome.BUSY, None), a_call(8, Outcome.REJECTED), a_call(26.9, Outcome.NO_ANSWER)]
    calls += [a_call(27.1, Outcome.UNREACHABLE, None), a_call(27, Outcome.NO_ANSWER)]
    flights = flights_of(calls, TIMEOUT_S)
    assert flights.p == pytest.approx(3 / 8)
    assert flights.unanswered == 5
    assert flights.failing_share == pytest.approx(2 / 5)
    assert list(flights.failures_s) == [3, 8]
    assert flights.lost == 0
    # Of too few it is known when they rang: all is counted from the sending.
    assert flights.delays_s is None
    assert list(flights.rings_s) == [10, 12, 14]
    assert flights.ring_timeout_s == TIMEOUT_S
    many = flights_of(calls * 20, TIMEOUT_S)
    assert set(many.delays_s or ()) == {2}
    assert set(many.rings_s) == {8, 10, 12}
    assert many.ring_timeout_s == pytest.approx(24.95)


@pytest.mark.parametrize(
    "withdrawn", [a_call(15, Outcome.CANCELLED), a_call(15, Outcome.NO_ANSWER)._replace(detail=WITHDRAWN)]
)
def test_a_call_that_is_withdrawn_is_no_failure(withdrawn: CallTimes) -> None:
    calls = [a_call(10, Outcome.ANSWERED), withdrawn, a_call(27, Outcome.NO_ANSWER)]
    flights = flights_of(calls, TIMEOUT_S)
    assert flights.p == pytest.approx(1 / 3)
    assert flights.failing_share == 0
    assert not flights.failures_s
    assert flights.weights.tolist() == pytest.approx([1 / 3, 0, 2 / 3])


def test_where_it_was_told_the_ring_is_counted_from_the_ringing_and_else_from_the_usual_delay() -> None:
    calls = [a_call(12, Outcome.ANSWERED, 4.0)] * 60 + [a_call(11, Outcome.ANSWERED, None)] * 60
    flights = flights_of(calls, TIMEOUT_S)
    assert flights.delays_s is not None
    assert set(flights.delays_s) == {4}
    assert set(flights.rings_s) == {7, 8}
    assert flights.ring_timeout_s == 23
    assert flights_of(calls[60:], TIMEOUT_S).delays_s is None
    assert set(flights_of(calls[60:], TIMEOUT_S).rings_s) == {11}


def test_steps_are_of_whole_hours_with_enough_answers_each() -> None:
    calls, sent_s = [], []
    for hour, (answers, others) in enumerate([(60, 40), (30, 70), (30, 20), (40, 60), (10, 10)]):
        calls += [a_call(10, Outcome.ANSWERED)] * answers + [a_call(27, Outcome.NO_ANSWER)] * others
        sent_s += [3600.0 * hour + 5] * (answers + others)
    steps = flights_of(calls, TIMEOUT_S).by_hour(np.array(sent_s))
    assert [hour for hour, _ in steps] == [0, 1, 3]
    assert [p for _, p in steps] == pytest.approx([0.6, 0.4, 50 / 120], abs=1e-4)


def test_a_clock_that_was_set_back_makes_no_negative_times() -> None:
    flights = flights_of([a_call(-5, Outcome.ANSWERED), a_call(10, Outcome.ANSWERED, -1.0)], TIMEOUT_S)
    assert list(flights.rings_s) == [0, 10]
    assert flights.delays_s is None

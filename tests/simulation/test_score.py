from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.simulation.floor import run_shift
from dialer.simulation.scenario import standard
from dialer.simulation.score import (
    ENOUGH_IN_A_QUARTER,
    QUARTER_S,
    agents_by_minute,
    score,
    utilisation_by_minute,
    worst_quarter,
)
from dialer.simulation.shift import Doing, LiveAnswer, ShiftResult

from .pacers import ratio

if TYPE_CHECKING:
    from collections.abc import Iterable

CELL = standard(1, 0.3, hours=1)


def shift(answers: Iterable[LiveAnswer] = (), **spans: list[tuple[float, float]]) -> ShiftResult:
    made = ShiftResult("x", 1, 3600.0, live_answers=list(answers))
    for doing, of in spans.items():
        made.spans[Doing[doing]] += of
    return made


def answers(count: int, abandoned: int, begin_s: float = 0, every_s: float = 10) -> list[LiveAnswer]:
    return [LiveAnswer(begin_s + every_s * index, index < abandoned, 0.0) for index in range(count)]


def test_utilisation_counts_talk_and_wrap_up_of_the_time_asked_for() -> None:
    worked = shift(
        READY=[(0, 600)], TALKING=[(600, 1800)], WRAP_UP=[(1800, 2100)], MACHINE=[(2100, 2400)], PAUSED=[(2400, 3000)]
    )
    worked.spans[Doing.INBOUND].append((3000, 3600))
    assert score(worked, CELL).utilisation == pytest.approx(1500 / 2400)


def test_the_excess_idle_ratio_sets_idleness_against_that_of_the_optimum() -> None:
    figures = score(shift(TALKING=[(0, 3060)], READY=[(3060, 3600)]), CELL, u_mdp=0.9)
    assert figures.eir == pytest.approx(1.5)
    assert figures.score == figures.eir
    assert score(shift(TALKING=[(0, 3060)]), CELL).score is None


@pytest.mark.parametrize(
    ("given_answers", "violated"),
    [
        (answers(100, 3), False),
        (answers(100, 4), True),
        # 7 of 80 in the first quarter and none of 320 later: the shift is within its limit, the quarter is not.
        (answers(80, 7, 1) + answers(320, 0, 900, 5), True),
        (answers(80, 6, 1) + answers(320, 0, 900, 5), False),
        # Two of three in the first quarter, but with so few answers a quarter says nothing.
        (answers(3, 2) + answers(300, 0, 1500, 5), False),
        ([], False),
    ],
)
def test_a_shift_that_breaks_a_limit_scores_5(given_answers: list[LiveAnswer], violated: bool) -> None:  # noqa: FBT001
    figures = score(shift(given_answers, TALKING=[(0, 3600)]), CELL, u_mdp=0.9)
    assert figures.violated is violated
    assert figures.score == (5.0 if violated else 0.0)


@given(st.lists(st.tuples(st.floats(0, 2000), st.booleans()), max_size=120))
def test_the_worst_quarter_is_that_of_every_span_looked_at_by_hand(drawn: list[tuple[float, bool]]) -> None:
    given_answers = [LiveAnswer(at_s, abandoned, 0.0) for at_s, abandoned in drawn]
    worst = worst_quarter(given_answers, 2000)
    rates = []
    for end in [QUARTER_S, 2000, *(at_s + more for at_s, _ in drawn for more in (0, QUARTER_S))]:
        inside = [abandoned for at_s, abandoned in drawn if end - QUARTER_S < at_s <= end]
        if QUARTER_S <= end <= 2000 and len(inside) >= ENOUGH_IN_A_QUARTER:
            rates.append(sum(inside) / len(inside))
    assert worst == (pytest.approx(max(rates)) if rates else None)


def test_a_shift_shorter_than_a_quarter_of_an_hour_is_one_span() -> None:
    assert worst_quarter(answers(20, 1), 300) == 0.05
    assert worst_quarter(answers(19, 1), 300) is None


def test_calls_waits_and_decisions_are_counted() -> None:
    worked = shift(answers(20, 1), TALKING=[(0, 1800)])
    worked.placed, worked.waits_s, worked.decision_s = 80, [0.0] * 19 + [40.0], [0.001, 0.003]
    figures = score(worked, CELL)
    assert (figures.answers_per_dial, figures.dials_per_agent_hour) == (0.25, 160)
    assert [figures.mean_wait_s, figures.p95_wait_s] == pytest.approx([2, 2])
    assert [figures.decision_mean_ms, figures.decision_p99_ms] == pytest.approx([2, 2.98])


def test_what_was_expected_is_set_against_what_came_in_tenths() -> None:
    foreseen = [LiveAnswer(float(index), index % 10 < tenth, tenth / 10) for tenth in range(10) for index in range(50)]
    buckets = score(shift(reversed(foreseen)), CELL).buckets
    assert [bucket.live_answers for bucket in buckets] == [50] * 10
    assert [bucket.expected for bucket in buckets] == pytest.approx([tenth / 10 for tenth in range(10)])
    assert [bucket.actual for bucket in buckets] == pytest.approx([tenth / 10 for tenth in range(10)])
    assert sum(bucket.live_answers for bucket in score(shift(answers(7, 1)), CELL).buckets) == 7


def test_a_shift_in_which_nothing_happened_has_figures_too() -> None:
    figures = score(shift(), CELL)
    assert (figures.utilisation, figures.abandonment, figures.answers_per_dial, figures.buckets) == (0, 0, 0, ())


def test_minutes_add_up_to_the_shift() -> None:
    worked = run_shift(standard(12, 0.3, hours=0.51, pauses={"per_hour": 3}), ratio(1.5), 1)
    by_minute = agents_by_minute(worked)
    assert {len(counts) for counts in by_minute.values()} == {31}
    assert sum(by_minute.values()) == pytest.approx([12.0] * 31)
    whole = score(worked, CELL).utilisation
    weights = [60.0] * 30 + [36.0]
    asked = sum(by_minute.values()) - by_minute[Doing.PAUSED]
    shares = utilisation_by_minute(worked)
    assert sum(share * of * weight for share, of, weight in zip(shares, asked, weights, strict=True)) / sum(
        of * weight for of, weight in zip(asked, weights, strict=True)
    ) == pytest.approx(whole)


def test_a_minute_without_anybody_has_no_utilisation() -> None:
    shares = utilisation_by_minute(shift(TALKING=[(0, 90)], PAUSED=[(90, 180)]))
    assert shares[0] == 1
    assert shares[1] == 1
    assert math.isnan(shares[2])

"""What a simulated shift was worth: utilisation under the limit on abandonment, and the figures that stand beside it.

The limit is on the whole shift (the scenario's, 3 % by default) and on its worst quarter of an hour (8 %). The worst
quarter is the highest rate over all spans of 15 minutes that lie within the shift and in which at least 20 persons
answered: with fewer, one unlucky call would make a twentieth. A shift shorter than that is one span.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dialer.simulation.shift import Doing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dialer.simulation.scenario import Scenario
    from dialer.simulation.shift import LiveAnswer, ShiftResult

QUARTER_S = 900.0
MOST_IN_A_QUARTER = 0.08
ENOUGH_IN_A_QUARTER = 20
VIOLATED = 5.0
"""What a shift scores that broke a limit, however busy its agents were."""
_BUCKETS = 10
_MINUTE_S = 60.0
_NOBODY = 1e-9
"""Fewer agents than that are the last digits of a sum."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """A tenth of the live answers, by the abandonment that was expected of them when they were placed."""

    expected: float
    actual: float
    live_answers: int


@dataclass(frozen=True, slots=True)
class Score:
    """One shift in figures; shares are of 1, times in seconds but for the decisions' milliseconds."""

    utilisation: float
    """(talk with persons + wrap-up) / (logged in - pauses asked for - lent to calls from outside)."""
    live_answers: int
    abandoned: int
    abandonment: float
    worst_quarter: float | None
    """None where no quarter of an hour had enough live answers to say."""
    violated: bool
    eir: float | None
    """Excess idle ratio, (1 - U) / (1 - U_MDP); None where U_MDP was not given."""
    score: float | None
    """The EIR, but VIOLATED where a limit was broken."""
    placed: int
    dropped: int
    answers_per_dial: float
    """Persons who picked up, for each call placed."""
    dials_per_agent_hour: float
    mean_wait_s: float
    """An agent's wait for a call."""
    p95_wait_s: float
    machines_to_agents: int
    false_positives: int
    decision_mean_ms: float
    decision_p99_ms: float
    buckets: tuple[Bucket, ...]


def score(shift: ShiftResult, scenario: Scenario, u_mdp: float | None = None) -> Score:
    """The figures of one shift. `u_mdp` is the utilisation of the Markov optimum, which must be below 1."""
    spent_s = {doing: sum(end - begin for begin, end in spans) for doing, spans in shift.spans.items()}
    asked_s = sum(spent_s.values()) - spent_s[Doing.PAUSED] - spent_s[Doing.INBOUND]
    utilisation = _ratio(spent_s[Doing.TALKING] + spent_s[Doing.WRAP_UP], asked_s)
    answers, abandoned = len(shift.live_answers), sum(answer.abandoned for answer in shift.live_answers)
    worst = worst_quarter(shift.live_answers, shift.end_s)
    violated = _ratio(abandoned, answers) > scenario.max_abandonment or (worst or 0.0) > MOST_IN_A_QUARTER
    eir = None if u_mdp is None else (1 - utilisation) / (1 - u_mdp)
    return Score(
        utilisation=utilisation,
        live_answers=answers,
        abandoned=abandoned,
        abandonment=_ratio(abandoned, answers),
        worst_quarter=worst,
        violated=violated,
        eir=eir,
        score=VIOLATED if violated else eir,
        placed=shift.placed,
        dropped=shift.dropped,
        answers_per_dial=_ratio(answers, shift.placed),
        dials_per_agent_hour=_ratio(shift.placed, asked_s / 3600),
        mean_wait_s=_mean(shift.waits_s),
        p95_wait_s=_quantile(shift.waits_s, 0.95),
        machines_to_agents=shift.machines_to_agents,
        false_positives=shift.false_positives,
        decision_mean_ms=_mean(shift.decision_s) * 1000,
        decision_p99_ms=_quantile(shift.decision_s, 0.99) * 1000,
        buckets=_buckets(shift.live_answers),
    )


def worst_quarter(answers: list[LiveAnswer], end_s: float) -> float | None:
    """The highest abandonment of any quarter of an hour of the shift with enough answers; None where there is none."""
    if not answers:
        return None
    at = np.array([answer.at_s for answer in answers])
    order = np.argsort(at, kind="stable")
    at, lost = at[order], np.concatenate([[0], np.cumsum([answers[index].abandoned for index in order])])
    # The rate only changes where an answer comes in at the end of the span, or goes out at its beginning.
    ends = np.concatenate([at, at + QUARTER_S, [QUARTER_S, end_s]])
    ends = ends[(ends >= min(QUARTER_S, end_s)) & (ends <= end_s)]
    first, last = np.searchsorted(at, ends - QUARTER_S, side="right"), np.searchsorted(at, ends, side="right")
    enough = last - first >= ENOUGH_IN_A_QUARTER
    if not enough.any():
        return None
    return float(((lost[last] - lost[first])[enough] / (last - first)[enough]).max())


def agents_by_minute(shift: ShiftResult) -> dict[Doing, NDArray[np.float64]]:
    """How many agents did what, averaged over each minute: shape (minutes,), the last one as long as it is."""
    edges = np.append(np.arange(0, shift.end_s, _MINUTE_S), shift.end_s)
    return {doing: np.diff(_spent_until(spans, edges)) / np.diff(edges) for doing, spans in shift.spans.items()}


def utilisation_by_minute(shift: ShiftResult) -> NDArray[np.float64]:
    """Utilisation in each minute, shape (minutes,); nan where nobody was asked to work."""
    agents = agents_by_minute(shift)
    asked = sum(agents.values()) - agents[Doing.PAUSED] - agents[Doing.INBOUND]
    busy = agents[Doing.TALKING] + agents[Doing.WRAP_UP]
    return np.divide(busy, asked, out=np.full_like(busy, np.nan), where=asked > _NOBODY)


def _spent_until(spans: list[tuple[float, float]], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Agent-seconds of these spans up to each edge."""
    if not spans:
        return np.zeros_like(edges)
    begins, ends = (np.sort(np.array(side)) for side in zip(*spans, strict=True))
    return _past(begins, edges) - _past(ends, edges)


def _past(moments: NDArray[np.float64], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each edge the sum of what lies between it and each moment before it; the moments are sorted."""
    before = np.searchsorted(moments, edges)
    past: NDArray[np.float64] = before * edges - np.concatenate([[0.0], np.cumsum(moments)])[before]
    return past


def _buckets(answers: list[LiveAnswer]) -> tuple[Bucket, ...]:
    ranked = sorted(answers, key=lambda answer: answer.expected)
    edges = [len(ranked) * index // _BUCKETS for index in range(_BUCKETS + 1)]
    tenths = [ranked[begin:end] for begin, end in pairwise(edges)]
    return tuple(
        Bucket(_mean([each.expected for each in tenth]), _mean([each.abandoned for each in tenth]), len(tenth))
        for tenth in tenths
        if tenth
    )


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _mean(values: list[float] | list[bool]) -> float:
    return sum(values) / len(values) if values else 0.0


def _quantile(values: list[float], share: float) -> float:
    return float(np.quantile(values, share)) if values else 0.0

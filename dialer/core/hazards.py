"""How long things last, learned as they happen: ringing until an answer or an end, talks, wrap-ups. Pure.

Both tables are of the life-table kind: events over time at risk, by age. What is still going on counts as time at
risk, so that a shift's first talks to end, which are its short ones, do not make all talks look short (Kaplan & Meier,
J. Am. Stat. Assoc. 53 (1958) 457-481; with two ways to end, Aalen & Johansen, Scand. J. Stat. 5 (1978) 141-150).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STEP_S = 0.5
"""Width of a bin of ringing time."""
BINS = 160
"""80 s of ringing; what rings longer is in the last bin."""
_SMOOTH = np.array([1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0]) / 16
_MEMORY_CALLS = 60_000.0
_PRIOR_CALLS = 8.0
PRIOR_ANSWERS = 0.25
"""Of calls, before any was made; what is learned soon outweighs it."""
_PRIOR_RING_S = 12.0
_PRIOR_RING_SHAPE = 4
_PRIOR_LONGEST_S = 30.0
_PRIOR_FAIL_HAZARD = 0.01
_LEAST_ALIVE = 1e-6

_FINE_S = (0, 1, 2, 3, 4, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 80, 100, 126, 160, 200, 250, 320, 400, 500)
_EDGES_S = np.array([*_FINE_S, 640, 800, 1000, 1300, 1600, 2000, 3600, 36_000], dtype=float)
_WIDTHS_S = np.diff(_EDGES_S)
_MEMORY_ENDS = 3000.0
_BIN_PRIOR_ENDS = 0.7
_ALL_PRIOR_ENDS = 2.0


def bin_of(rung_s: float) -> int:
    """The bin of an age in seconds."""
    return int(min(BINS - 1, max(0.0, rung_s / STEP_S)))  # in this order, so that what is no number is 0


class RingTable:
    """How calls in flight end, by how long ago they were sent: chances of an answer and of an end in each bin."""

    def __init__(self) -> None:
        answers, fails, alive = _prior()
        self._answers, self._fails, self._at_risk = answers, fails, alive
        self.answer: NDArray[np.float64]
        """Chance of an answer in each bin for a call that is still in flight at its beginning, (BINS,)."""
        self.fail: NDArray[np.float64]
        self.refresh(())

    def learn(self, rung_s: float, *, answered: bool | None) -> None:
        """A call is over, or answered; None where we ended it ourselves, and so do not know what would have come."""
        last = bin_of(rung_s)
        self._at_risk[: last + 1] += 1
        if answered is not None:
            (self._answers if answered else self._fails)[last] += 1
        if self._at_risk[0] > _MEMORY_CALLS:
            self._answers *= 0.5
            self._fails *= 0.5
            self._at_risk *= 0.5

    def refresh(self, in_flight_s: Sequence[float]) -> None:
        """Compute the chances anew; calls of these ages are still in flight."""
        at_risk = self._at_risk.copy()
        if in_flight_s:
            ages = np.minimum(np.fmax(in_flight_s, 0.0) / STEP_S, BINS - 1).astype(int)
            at_risk += np.cumsum(np.bincount(ages, minlength=BINS)[::-1])[::-1]
        answers = np.convolve(self._answers, _SMOOTH, mode="same")
        smooth_risk = np.convolve(at_risk, _SMOOTH, mode="same")
        self.answer = np.minimum(0.95, answers / np.maximum(smooth_risk, 1e-9))
        self.fail = np.minimum(1 - self.answer, self._fails / np.maximum(at_risk, 1e-9))

    def incidence(self, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """At answers `level` times as frequent: the share still in flight as each bin begins, and answered by then.

        Both of shape (BINS + 1,); the last element of the second is the answer probability of a call.
        """
        answer = np.minimum(0.95, self.answer * level)
        stay = np.maximum(0.0, 1 - answer - self.fail)
        alive = np.concatenate(([1.0], np.cumprod(stay)))
        answered = np.concatenate(([0.0], np.cumsum(alive[:-1] * answer)))
        return alive, answered


def answers_within(
    alive: NDArray[np.float64], answered: NDArray[np.float64], instants_s: NDArray[np.float64], until_s: float
) -> NDArray[np.float64]:
    """For a call in each bin: its chance of an answer within each instant, but never past the age `until_s`.

    Shape (BINS, len(instants_s)).
    """
    starts = np.arange(BINS)
    last = min(BINS, round(until_s / STEP_S))
    ends = np.minimum(starts[:, None] + np.rint(instants_s / STEP_S).astype(int)[None, :], max(last, 0))
    ends = np.maximum(ends, starts[:, None])
    share = np.where(alive[:BINS] > _LEAST_ALIVE, 1 / np.maximum(alive[:BINS], _LEAST_ALIVE), 0.0)
    chances: NDArray[np.float64] = np.minimum(1.0, (answered[ends] - answered[starts][:, None]) * share[:, None])
    return chances


def _prior() -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """A few imagined calls: answers gamma-distributed around 12 s, some early ends, all over by half a minute."""
    middles = (np.arange(BINS) + 0.5) * STEP_S
    rate = _PRIOR_RING_SHAPE / _PRIOR_RING_S
    density = middles ** (_PRIOR_RING_SHAPE - 1) * np.exp(-rate * middles)
    density[middles > _PRIOR_LONGEST_S] = 0
    answers = PRIOR_ANSWERS * density / density.sum()
    alive, left, fails = np.zeros(BINS), 1.0, np.zeros(BINS)
    for one in range(BINS):
        alive[one] = max(left, 0.02)
        fails[one] = alive[one] * (_PRIOR_FAIL_HAZARD * STEP_S if middles[one] < _PRIOR_LONGEST_S else 0.5)
        left -= answers[one] + fails[one]
    return answers * _PRIOR_CALLS, fails * _PRIOR_CALLS, alive * _PRIOR_CALLS


class LifeTable:
    """How long a talk, or a wrap-up, lasts: the rate at which it ends, by its age."""

    def __init__(self, prior_mean_s: float) -> None:
        self._prior_mean_s = prior_mean_s
        self._ends = np.zeros(len(_WIDTHS_S))
        self._at_risk_s = np.zeros(len(_WIDTHS_S))
        self._ended = 0.0
        self._passed = np.zeros(len(_EDGES_S))
        self.mean_s = prior_mean_s
        self.refresh(())

    def learn(self, lasted_s: float) -> None:
        """One is over after so many seconds."""
        lasted_s = min(max(0.0, lasted_s), float(_EDGES_S[-1]) - 1)
        self._at_risk_s += np.clip(lasted_s - _EDGES_S[:-1], 0, _WIDTHS_S)
        self._ends[int(np.searchsorted(_EDGES_S, lasted_s, side="right")) - 1] += 1
        self._ended += 1
        if self._ended > _MEMORY_ENDS:
            self._ends *= 0.5
            self._at_risk_s *= 0.5
            self._ended *= 0.5

    def refresh(self, going_on_s: Sequence[float]) -> None:
        """Compute the rates anew; those of these ages are still going on."""
        at_risk_s = self._at_risk_s
        if going_on_s:
            ages = np.fmax(going_on_s, 0.0)[:, None]
            at_risk_s = at_risk_s + np.clip(ages - _EDGES_S[:-1], 0, _WIDTHS_S).sum(axis=0)
        overall = (self._ended + _ALL_PRIOR_ENDS) / (at_risk_s.sum() + _ALL_PRIOR_ENDS * self._prior_mean_s)
        rates = (self._ends + _BIN_PRIOR_ENDS) / (at_risk_s + _BIN_PRIOR_ENDS / overall)
        self._passed = np.concatenate(([0.0], np.cumsum(rates * _WIDTHS_S)))
        self.mean_s = float(np.trapezoid(np.exp(-self._passed[:-1]), _EDGES_S[:-1]))

    def over_within(self, ages_s: NDArray[np.float64], instants_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """For each that goes on for so long: its chance of being over within each instant, (ages, instants)."""
        ages_s = np.fmax(ages_s, 0.0)
        hazard_then = np.interp(ages_s[:, None] + instants_s[None, :], _EDGES_S, self._passed)
        hazard_now = np.interp(ages_s, _EDGES_S, self._passed)
        chances: NDArray[np.float64] = -np.expm1(hazard_now[:, None] - hazard_then)
        return chances

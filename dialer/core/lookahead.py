"""How likely one more answer would find every agent busy, at each instant looked ahead to. Pure.

Pending calls become answers, each with its own chance; busy agents stay busy, each with its own chance. Both are
independent yes-or-no, so the agents needed less those free is a Poisson-binomial sum: computed exactly where it has few
terms, else by its first three moments (Volkova, Theory Probab. Appl. 40 (1996) 791-794; Hong, Comput. Stat. Data Anal.
59 (2013) 41-51). That the answer level is not known for certain is averaged over: it makes all calls wrong at once.
"""

from __future__ import annotations

from math import erfc
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.losses import chance_of_more_lost

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dialer.core.forecast import Outlook

_LEVELS = np.array([-1.7320508, 0.0, 1.7320508])
_WEIGHTS = np.array([1 / 6, 2 / 3, 1 / 6])
"""Three-point Gauss-Hermite quadrature over the answer level."""
_LEAST_LEVEL = 0.1
_EXACT_TERMS = 40
_LEAST_DEVIATION = 1e-6
_FAR = 9.0
"""Standard deviations, beyond which a tail is nothing."""


class Lookahead:
    """The chance that one more answer finds nobody free, with calls added one by one."""

    def __init__(self, outlook: Outlook, ready: int) -> None:
        self._outlook = outlook
        self._capacity = ready + len(outlook.releases)
        self._levels = np.maximum(_LEAST_LEVEL, 1 + (_LEVELS + outlook.caution) * outlook.surprise)[:, None]
        self.added = 0
        self._new = np.minimum(1.0, outlook.new * self._levels)
        self._expected = outlook.answers.sum(axis=0) + outlook.heard.sum()
        self._own = _increments(outlook.new)
        self._own /= max(float(outlook.new[-1]), 1e-12)
        self._tails: NDArray[np.float64] | None = None
        self._pmf: NDArray[np.float64] | None = None
        terms = len(outlook.answers) + len(outlook.heard) + len(outlook.releases)
        if terms <= _EXACT_TERMS or not self._capacity:
            self._pmf = self._distribution()
        else:
            self._mean, self._variance, self._third = self._moments()

    def _distribution(self) -> NDArray[np.float64]:
        """Of the agents needed at each level and instant; all from the capacity on is one."""
        of = np.zeros((1, len(self._outlook.new), self._capacity + 1))
        of[..., 0] = 1
        for one in (*self._outlook.heard[:, None], *(1 - self._outlook.releases)):
            of = _plus(of, one)
        for one in self._outlook.answers:
            of = _plus(of, np.minimum(1.0, one * self._levels))
        return of

    def _moments(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Mean, variance and third central moment of the agents needed, each by level and instant."""
        level, outlook = self._levels, self._outlook
        # No call is answered more than once, however high the level.
        first, second, third = _power_sums(np.minimum(1.0, outlook.answers * level[..., None]))
        mean, variance, skewed = first, first - second, first - 3 * second + 2 * third
        for sure in (outlook.heard[:, None], 1 - outlook.releases):
            first, second, third = _power_sums(sure)
            mean = mean + first
            variance = variance + (first - second)
            skewed = skewed + (first - 3 * second + 2 * third)
        return mean, variance, skewed

    def add(self, calls: int = 1) -> None:
        """So many calls more are placed now."""
        if not calls:
            return
        self.added += calls
        self._tails = None
        self._expected = self._expected + calls * self._outlook.new
        new = self._new
        if self._pmf is not None:
            for _ in range(calls):
                self._pmf = _plus(self._pmf, new)
        else:
            self._mean = self._mean + calls * new
            self._variance = self._variance + calls * new * (1 - new)
            self._third = self._third + calls * new * (1 - new) * (1 - 2 * new)

    def nobody_free(self) -> NDArray[np.float64]:
        """For each instant: the chance that an answer at that instant finds nobody, (instants,)."""
        if self._tails is None:
            if self._pmf is not None:
                tails = self._pmf[..., -1]
            else:
                deviation = np.sqrt(np.maximum(self._variance, _LEAST_DEVIATION))
                x = (self._capacity - 0.5 - self._mean) / deviation
                skewness = self._third / deviation**3
                tails = _upper_tail(x) - skewness * (1 - x * x) * np.exp(-x * x / 2) * (1 / (6 * 2.5066282746))
                tails = np.minimum(1.0, np.maximum(0.0, tails))
            self._tails = _WEIGHTS @ np.broadcast_to(tails, self._new.shape)
        return self._tails

    def risk(self) -> float:
        """The chance that one more call, if it is answered, costs somebody an agent: itself, or one who comes after."""
        later = np.maximum.accumulate(self.nobody_free()[::-1])[::-1]
        return float(self._own @ later)

    def more_lost(self, bearable: int) -> float:
        """The chance that, with one call more, over `bearable` who answer in the time looked ahead to find nobody."""
        outlook, busy = self._outlook, len(self._outlook.releases)
        free, calls = self._capacity - busy, len(outlook.answers) + len(outlook.heard) + self.added + 1
        if calls <= free + bearable:
            return 0.0  # even if all of them answer at once
        answers = np.minimum(1.0, outlook.answers * self._levels[..., None]).sum(axis=1)
        answers += (self.added + 1) * self._new
        answers = np.diff(answers, axis=1, prepend=0.0).clip(0.0)
        answers[:, 0] += outlook.heard.sum()
        releases = _increments(outlook.releases.sum(axis=0))
        return float(_WEIGHTS @ chance_of_more_lost(bearable, free, busy, answers, releases))

    @property
    def expected_answers(self) -> float:
        """Of pending and added calls, in the time looked ahead to."""
        return float(self._expected[-1])

    def expected_abandonment(self) -> float:
        """The share of the answers to come, of pending and added calls, that will find nobody."""
        total = float(self._expected[-1])
        return float(_increments(self._expected) @ self.nobody_free()) / total if total > 0 else 0.0


def _plus(distribution: NDArray[np.float64], chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """The distribution with one yes-or-no more; the last place takes all that is beyond it."""
    moved = distribution * chance[..., None]
    total = distribution - moved
    total[..., 1:] += moved[..., :-1]
    total[..., -1] += moved[..., -1]
    return total


def _increments(values: NDArray[np.float64]) -> NDArray[np.float64]:
    steps = values.copy()
    steps[1:] -= values[:-1]
    return steps


def _power_sums(chances: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Of which the moments of a sum of independent yes-or-no are made, each for all instants."""
    squares = chances * chances
    return chances.sum(axis=-2), squares.sum(axis=-2), (squares * chances).sum(axis=-2)


_GRID = np.linspace(-_FAR, _FAR, 3601)
_TAIL_ON_GRID = np.array([erfc(x / 2**0.5) / 2 for x in _GRID])


def _upper_tail(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 - Phi(x), to 1e-6."""
    tail: NDArray[np.float64] = np.interp(x, _GRID, _TAIL_ON_GRID)
    return tail

"""How much risk of abandonment the next call may carry, from what the legal windows can still bear. Pure.

The appetite is the greatest chance that one more answer finds nobody free. It grows with the slack of the window (how
many more abandonments it could bear now) and vanishes with it, so that the rate settles just under the limit whatever
the model's errors; a burst that eats the slack leaves the campaign at one call per free agent until it is regained.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import inf, sqrt


@dataclass(frozen=True, slots=True)
class Spent:
    """What a legal window has seen: live answers, and those of them abandoned (estimates may be fractions)."""

    answers: float
    abandoned: float


NOTHING_SPENT = Spent(0, 0)


class Recent:
    """What the last quarter of an hour has seen."""

    def __init__(self, length_s: float = 900.0) -> None:
        self._length_s = length_s
        self._heard: deque[tuple[float, bool]] = deque()
        self._abandoned = 0

    def add(self, now_s: float, *, abandoned: bool) -> None:
        """A live answer, served or not."""
        self._heard.append((now_s, abandoned))
        self._abandoned += abandoned

    def take_back(self) -> None:
        """The last that was served was no live answer after all."""
        if self._heard and not self._heard[-1][1]:
            self._heard.pop()

    def spent(self, now_s: float) -> Spent:
        """What it has seen by now."""
        while self._heard and self._heard[0][0] <= now_s - self._length_s:
            self._abandoned -= self._heard.popleft()[1]
        return Spent(len(self._heard), self._abandoned)


@dataclass(frozen=True, slots=True)
class Appetite:
    """The chance that one more answer may have of finding nobody; and why, where it is not the usual."""

    risk: float
    reason: str = ""
    bearable: float = inf
    """How many who find nobody at once the last quarter of an hour could bear; two, however little it has."""


_LEAST, _MOST = 0.05, 2.5
"""Times the limit."""
_MOST_RISK = 0.5
_SMALL, _MANY = 0.2, 100.0
"""Times the limit, where nobody answered in the last quarter of an hour, and how many answers add one more time.

Where few answer, a handful who find nobody together is too many for the quarter, and stopping to dial ahead for the
rest of it costs more than a smaller risk did.
"""
_SHORT_LIMIT, _FEWER, _EASY = 0.08, 2.0, 2.0
"""Of the answers of a quarter of an hour; by how many standard deviations the quarters to come may have fewer answers
than the last one; and how many abandonments it must still bear to be left alone."""
_AT_ONCE, _LEAST_AT_ONCE = 0.04, 2.0
"""Half of what a quarter of an hour may have in all is borne at once: of its answers; and never fewer than two."""
_YIELD_MEMORY = 600.0
_FIRST_YIELD, _YIELD_WEIGHT = 1.0, 4.0
_LEAST_YIELD, _MOST_YIELD = 0.08, 3.0


class Budget:
    """What the next call may risk; learns how many abandonments follow from a risk that was allowed.

    Fewer than the risk itself follow as a rule: it is that of the last call placed, the others have less, and late
    callers are withdrawn. So many times more may be allowed.
    """

    def __init__(self) -> None:
        self._allowed = 0.0
        self._risked = _YIELD_WEIGHT
        self._abandoned = _YIELD_WEIGHT * _FIRST_YIELD

    @property
    def yields(self) -> float:
        """Abandonments for each unit of risk that was allowed, of late."""
        return min(_MOST_YIELD, max(_LEAST_YIELD, self._abandoned / self._risked))

    def heard(self, *, abandoned: bool) -> None:
        """A live answer, served or not, under what was allowed last."""
        keep = 1 - 1 / _YIELD_MEMORY
        self._risked = self._risked * keep + self._allowed
        self._abandoned = self._abandoned * keep + abandoned

    def appetite(self, window: Spent, quarter: Spent, limit: float) -> Appetite:
        """What the next call may risk under this limit (0..1), by the legal window and the last quarter of an hour."""
        due = limit * window.answers
        slack = due - window.abandoned
        nothing, usual = min(0.5, 0.3 * due - 0.4), min(5.0, 1.5 + 0.35 * due) + 0.1 * sqrt(due)
        times = min(_MOST, max(_LEAST, (slack - nothing) / (usual - nothing)))
        times = min(times, _SMALL + quarter.answers / _MANY)
        risk, reason = min(_MOST_RISK, limit * times / self.yields), ""
        fewest = max(0.0, quarter.answers - _FEWER * sqrt(quarter.answers))
        left = _SHORT_LIMIT * fewest - quarter.abandoned
        if quarter.abandoned and left < _EASY:
            risk, reason = risk * max(0.0, left / _EASY) ** 3, "the last quarter of an hour has little slack"
        self._allowed = risk
        return Appetite(risk, reason, max(_LEAST_AT_ONCE, _AT_ONCE * quarter.answers - quarter.abandoned))

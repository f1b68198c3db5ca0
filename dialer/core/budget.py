"""How much risk of abandonment the next call may carry, from what the legal windows can still bear. Pure.

The appetite is the greatest chance that one more answer finds nobody free. It grows with the slack of the window (how
many more abandonments it could bear now) and vanishes with it, so that the rate settles just under the limit whatever
the model's errors; a burst that eats the slack leaves the campaign at one call per free agent until it is regained.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from math import sqrt


@dataclass(frozen=True, slots=True)
class Spent:
    """What a legal window has seen: live answers, and those of them abandoned (estimates may be fractions)."""

    answers: float
    abandoned: float


NOTHING_SPENT = Spent(0, 0)
QUARTER_S = 900.0
_QUARTER_LIMIT, _FEWEST = 0.08, 20.0
"""Of the answers of a quarter of an hour, of which one with fewer is judged as if it had so many."""
_FEWER = 3.0
"""By how many standard deviations the time to come may have fewer answers than the last quarter of an hour: chance, and
a small team that can bear no more dials with care, and hears fewer.
"""


@dataclass(frozen=True, slots=True)
class Quarter(Spent):
    """What the last quarter of an hour has seen."""

    bearable: int = 1
    """How many more may be abandoned now, and no quarter of an hour with this moment in it is over its limit."""


NOTHING_LATELY = Quarter(0, 0)


class Recent:
    """The answers of the last quarter of an hour."""

    def __init__(self) -> None:
        self._heard: deque[tuple[float, bool]] = deque()
        self._abandoned = 0

    def add(self, now_s: float, *, abandoned: bool) -> None:
        """A live answer, served or not."""
        self._heard.append((now_s, abandoned))
        self._abandoned += abandoned

    def spent(self, now_s: float) -> Quarter:
        """What it has seen by now."""
        while self._heard and self._heard[0][0] <= now_s - QUARTER_S:
            self._abandoned -= self._heard.popleft()[1]
        return Quarter(len(self._heard), self._abandoned, self._bearable(now_s))

    def _bearable(self, now_s: float) -> int:
        """Of each quarter of an hour that begins with an abandoned call, or now: what it has and will have."""
        rate = len(self._heard) / QUARTER_S
        least, abandoned = _allowed(rate * QUARTER_S), 0
        for answers, (at_s, is_lost) in enumerate(reversed(self._heard), start=1):
            if abandoned == self._abandoned:
                break
            if is_lost:
                abandoned += 1
                least = min(least, _allowed(rate * (at_s + QUARTER_S - now_s), answers) - abandoned)
        return max(0, least)


def _allowed(to_come: float, known: int = 0) -> int:
    """Abandonments that are within the limit of a quarter of an hour, with so many answers and as many to come."""
    surely = known + max(0.0, to_come - _FEWER * sqrt(max(0.0, to_come)))
    return int(_QUARTER_LIMIT * max(_FEWEST, surely) + _ROUNDING)


@dataclass(frozen=True, slots=True)
class Appetite:
    """The chance that one more answer may have of finding nobody; and why, where it is not the usual."""

    risk: float
    reason: str = ""
    bearable: int = 1
    """How many may find nobody, one after the other, before a quarter of an hour is over its limit."""


_ROUNDING = 1e-9
_LEAST, _MOST = 0.05, 2.5
"""Times the limit."""
_MOST_RISK = 0.5
_UNSURE, _MOST_MACHINES = 2.0, 0.9
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
        self._served = self._machines = 0

    @property
    def yields(self) -> float:
        """Abandonments for each unit of risk that was allowed, of late."""
        return min(_MOST_YIELD, max(_LEAST_YIELD, self._abandoned / self._risked))

    def heard(self, *, abandoned: bool) -> None:
        """A live answer, served or not, under what was allowed last."""
        keep = 1 - 1 / _YIELD_MEMORY
        self._served += not abandoned
        self._risked = self._risked * keep + self._allowed
        self._abandoned = self._abandoned * keep + abandoned

    def was_machine(self, calls: int = 1) -> None:
        """An agent says of a live answer that was served that it was a machine; -1 where that is taken back."""
        self._machines = max(0, self._machines + calls)

    def rest(self) -> None:
        """Nothing is risked for now: what is abandoned meanwhile says nothing of what a risk comes to."""
        self._allowed = 0.0

    def appetite(self, window: Spent, quarter: Quarter, limit: float) -> Appetite:
        """What the next call may risk under this limit (0..1), by the legal window and the last quarter of an hour."""
        due = max(limit * window.answers - self._unsure(window.abandoned), 0.0)  # what is no number stays none
        slack = due - window.abandoned
        nothing, usual = min(0.5, 0.3 * due - 0.4), min(5.0, 1.5 + 0.35 * due) + 0.1 * sqrt(due)
        times = min(_MOST, max(_LEAST, (slack - nothing) / (usual - nothing)))
        self._allowed = min(_MOST_RISK, limit * times / self.yields)
        reason = "" if quarter.bearable else "the last quarter of an hour can bear no more"
        return Appetite(self._allowed, reason, quarter.bearable)

    def _unsure(self, abandoned: float) -> float:
        """By how many abandonments the rate of persons may differ from that of all answers, machines among them.

        Those who were abandoned are persons as often as those who were served, give or take _UNSURE standard deviations
        of a binomial count.
        """
        machines = min(_MOST_MACHINES, self._machines / max(1, self._served))
        return _UNSURE * sqrt(abandoned * machines / (1 - machines))

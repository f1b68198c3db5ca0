"""How much risk of abandonment the next call may carry, from what the legal windows can still bear. Pure.

The appetite is the greatest chance that one more answer finds nobody free. It grows with the slack of the window (how
many more abandonments it could bear now) and vanishes with it, so that the rate settles just under the limit whatever
the model's errors; a burst that eats the slack leaves the campaign at one call per free agent until it is regained.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass


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


_RESERVE = 3.0
_WIDTH = 5.0
"""In abandonments: how far the slack may stray from the reserve before the appetite is nought, or twice the limit."""
_LEAST, _MOST = 0.1, 2.5
_SHORT_LIMIT = 0.07
"""Of the answers of the last quarter of an hour."""


def appetite(window: Spent, quarter: Spent, limit: float) -> Appetite:
    """What the next call may risk under this limit (0..1), by the legal window and by the last quarter of an hour."""
    slack = limit * window.answers - window.abandoned
    times = min(_MOST, max(_LEAST, 1 + (slack - _RESERVE) / _WIDTH))
    if quarter.abandoned >= 1 and _SHORT_LIMIT * quarter.answers - quarter.abandoned < 1:
        return Appetite(limit * _LEAST, "the last quarter of an hour has no slack")
    return Appetite(limit * times)

"""The typical day of a campaign by its record: when it begins, how long it is, and how many agents are there when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_SHORTEST_MS = 1000
_HOURS = 24
_DAY_S = 86_400.0
_SLOT_S = 900.0
"""Agents are counted by the quarter of an hour."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_MILLISECOND = timedelta(milliseconds=1)

Stretch = tuple[datetime, datetime]
"""From when to when, aware."""


@dataclass(frozen=True, slots=True)
class Day:
    """All days of a campaign laid over each other: each begins where the first call of any of them was sent."""

    begins_ms: int
    """After midnight UTC, less than two days; whole milliseconds, so that the first call lies exactly on it."""
    length_s: float
    days: frozenset[int]
    """Those on which it dialled, counted from 1970."""

    @property
    def begins_at(self) -> str:
        """When it begins, in words."""
        return f"{_EPOCH + self.begins_ms * _MILLISECOND:%H:%M} UTC"

    def place(self, moment: datetime) -> tuple[int, float]:
        """Which day a moment is in, and how many seconds after the day's beginning (0..86 400)."""
        day, after_ms = divmod(_ms(moment) - self.begins_ms, _DAY_MS)
        return day, after_ms / 1000

    def pieces(self, stretches: Iterable[Stretch]) -> Iterator[tuple[float, float]]:
        """The stretches as seconds since the day's beginning, cut where a day ends; only of days with calls."""
        for since, until in stretches:
            day, begin_s = self.place(since)
            left_s = (until - since).total_seconds()
            while left_s > 0:
                here_s = min(left_s, _DAY_S - begin_s)
                if day in self.days:
                    yield begin_s, begin_s + here_s
                day, begin_s, left_s = day + 1, 0.0, left_s - here_s

    def within_s(self, stretches: Iterable[Stretch]) -> float:
        """How much of the stretches lies between the day's first call and its end, in seconds."""
        return sum(max(0.0, min(end_s, self.length_s) - begin_s) for begin_s, end_s in self.pieces(stretches))


def typical_day(calls: Sequence[Stretch]) -> Day:
    """The day of calls, each from its sending to its end; there must be at least one.

    Days are cut where the longest time without calls lies, so that no time zone is needed to know where one begins.
    """
    sent_ms = [_ms(sent) for sent, _ in calls]
    cut_ms = _end_of_quiet({moment % _DAY_MS // _HOUR_MS for moment in sent_ms}) * _HOUR_MS
    begins_ms = cut_ms + min((moment - cut_ms) % _DAY_MS for moment in sent_ms)
    length_ms = max(
        (moment - begins_ms) % _DAY_MS + max(0, _ms(ended) - moment)
        for moment, (_, ended) in zip(sent_ms, calls, strict=True)
    )
    days = frozenset((moment - begins_ms) // _DAY_MS for moment in sent_ms)
    return Day(begins_ms, min(max(length_ms, _SHORTEST_MS), _DAY_MS) / 1000, days)


def _ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MILLISECOND


def _end_of_quiet(busy_hours: set[int]) -> int:
    """The hour at which the longest run of hours without calls ends."""

    def quiet_before(hour: int) -> int:
        return next(back - 1 for back in range(1, _HOURS + 1) if (hour - back) % _HOURS in busy_hours)

    return max(sorted(busy_hours), key=quiet_before)


def agents_by_time(day: Day, logged_in: Iterable[Stretch]) -> tuple[tuple[float, int], ...]:
    """Steps of [hour, how many are logged in], averaged over the days with calls and rounded."""
    edges = np.append(np.arange(0.0, day.length_s, _SLOT_S), day.length_s)
    spent_s = np.diff(_spent_until(list(day.pieces(logged_in)), edges))
    counts = np.floor(spent_s / np.diff(edges) / len(day.days) + 0.5).astype(int)
    steps: list[tuple[float, int]] = []
    for begin_s, count in zip(edges.tolist(), counts.tolist(), strict=False):
        if not steps or steps[-1][1] != count:
            steps.append((begin_s / 3600, count))
    return tuple(steps)


def _spent_until(pieces: list[tuple[float, float]], edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Seconds of all pieces up to each edge."""
    if not pieces:
        return np.zeros_like(edges)
    begins, ends = np.array(pieces).T
    return np.array([np.clip(edge - begins, 0.0, ends - begins).sum() for edge in edges.tolist()])

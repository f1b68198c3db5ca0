"""The virtual clock of a shift: what is to happen, by time, and in order of asking where times tie."""

from __future__ import annotations

import math
from heapq import heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class Timeline:
    """Seconds since the shift began. `now` moves only by `step` and by whoever waits for something else."""

    __slots__ = ("_heap", "_order", "now")

    def __init__(self) -> None:
        self.now = 0.0
        self._heap: list[tuple[float, int, Callable[[Any], None], Any]] = []
        self._order = count()

    def at(self, when: float, act: Callable[[Any], None], about: Any) -> None:
        """Have `act(about)` called at a moment that is not past."""
        heappush(self._heap, (when, next(self._order), act, about))

    @property
    def next_at(self) -> float:
        """When the next thing happens; infinity where nothing will."""
        return self._heap[0][0] if self._heap else math.inf

    def step(self) -> None:
        """Go to the next moment and let it happen."""
        self.now, _, act, about = heappop(self._heap)
        act(about)

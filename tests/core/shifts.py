"""Made-up days of calls for the tests of what stands out: equal lists, and whatever a test makes unequal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.causes import Counts
from dialer.core.cube import Calls, Cube

if TYPE_CHECKING:
    from numpy.typing import NDArray

HOURS = tuple(f"{hour:02}" for hour in range(9, 20))


@dataclass(frozen=True, slots=True)
class Bad:
    """A group that fares worse: `at` is its place in the dimension (list 0, prefix 1, hour 2, trunk 3, caller id 4)."""

    dimension: int
    at: tuple[int, ...]
    dead: float = 0.08
    turned_away: float = 0.03
    answered: float = 0.3


@dataclass(frozen=True, slots=True)
class Shift:
    """So many calls over ten lists, forty prefixes and eleven hours; `answered` is of the calls that get through."""

    calls: int
    seed: int = 1
    bad: tuple[Bad, ...] = ()
    dead: float = 0.08
    turned_away: float = 0.03
    answered: float = 0.3
    brief: float = 0.4
    callers: int = 1

    def cube(self) -> Cube:
        draw = np.random.default_rng(self.seed)
        n = self.calls
        sizes = (10, 40, len(HOURS), 1, self.callers)
        codes = np.stack([draw.integers(size, size=n) for size in sizes], axis=1)
        dead, away, answered = (np.full(n, share) for share in (self.dead, self.turned_away, self.answered))
        for each in self.bad:
            theirs = np.isin(codes[:, each.dimension], each.at)
            dead[theirs], away[theirs], answered[theirs] = each.dead, each.turned_away, each.answered
        return Cube(_labels(sizes), codes, _drawn(draw, dead, away, answered, self.brief))

    def counts(self) -> Counts:
        return Counts(self.cube())


def _labels(sizes: tuple[int, ...]) -> tuple[tuple[str, ...], ...]:
    return (
        tuple(str(place + 1) for place in range(sizes[0])),
        tuple(f"+861{place + 30}" for place in range(sizes[1])),
        HOURS,
        ("carrier",),
        tuple(f"+86215555000{place}" for place in range(sizes[4])),
    )


def _drawn(
    draw: np.random.Generator,
    dead: NDArray[np.float64],
    away: NDArray[np.float64],
    answered: NDArray[np.float64],
    brief: float,
) -> NDArray[np.int64]:
    n = len(dead)
    luck, kind = draw.random(n), draw.random(n)
    is_dead = luck < dead
    is_away = ~is_dead & (luck < dead + away)
    is_answered = ~is_dead & ~is_away & (draw.random(n) < answered)
    is_long = is_answered & (kind >= brief)
    is_dropped, is_agreed = is_answered & (kind < 0.05), is_answered & (kind > 0.9)
    columns = (np.ones(n), is_answered, is_answered, is_long, is_dropped, is_agreed, is_dead, is_away)
    assert len(columns) == len(Calls._fields)
    return np.stack(columns, axis=1).astype(np.int64)

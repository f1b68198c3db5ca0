"""How busy so many agents can be kept: the square-root law of pooling, fitted to simulated shifts or to the optimum.

N agents idle about c / sqrt(N) of their time: the numbers of those who come free and of those who answer vary by their
square roots, as everywhere in queueing (Halfin & Whitt, "Heavy-traffic limits for queues with many exponential
servers", Operations Research 29 (1981), 567-588). Hence one team of N is busier than two of N / 2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.errors import InputError
from dialer.simulation.optimum import Conditions, optimum
from dialer.simulation.policies import pacer_named
from dialer.simulation.run import jobs, run_jobs, summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dialer.simulation.reference import Segment
    from dialer.simulation.run import MakePacer
    from dialer.simulation.scenario import Scenario

SIZES = (3, 5, 10, 20, 30, 50, 100)
"""The teams that are shown."""
_QUICK_SIZES = (3, 5, 10)
"""For these the optimum takes a moment."""
_LEAST_CHANCE = 0.005
"""Below, even that takes long."""


@dataclass(frozen=True, slots=True)
class Point:
    """A team that was looked at. `abandonment` is the share of live answers, None where it was not simulated."""

    agents: int
    utilisation: float
    abandonment: float | None = None

    @property
    def constant(self) -> float:
        """The c of the law, if this were all that is known."""
        return (1 - self.utilisation) * math.sqrt(self.agents)


@dataclass(frozen=True, slots=True)
class Pooling:
    """Teams by their size, at least one, smallest first; between them c is interpolated, beyond them it stays."""

    points: tuple[Point, ...]

    @property
    def constant(self) -> float:
        """The c that fits all best: idle share = c / sqrt(N)."""
        return sum(point.constant for point in self.points) / len(self.points)

    def law(self, agents: float) -> float:
        """Utilisation by the law alone, 0..1."""
        return _utilisation(self.constant, agents)

    def utilisation(self, agents: float) -> float:
        """Utilisation of so many agents (1 or more), 0..1: what was seen, between that by the law."""
        sizes = [math.log(point.agents) for point in self.points]
        constant = float(np.interp(math.log(max(1.0, agents)), sizes, [point.constant for point in self.points]))
        return _utilisation(constant, agents)

    def abandonment(self, agents: float) -> float | None:
        """The share of live answers abandoned by so many agents; None where nothing was simulated."""
        seen = {point.agents: point.abandonment for point in self.points if point.abandonment is not None}
        return float(np.interp(agents, list(seen), list(seen.values()))) if seen else None

    def gain(self, agents: int) -> float:
        """What pooling two teams of half the size adds to utilisation, 0..1; `agents` are 2 or more."""
        halves = (agents // 2, agents - agents // 2)
        apart = sum(half * self.utilisation(half) for half in halves) / agents
        return self.utilisation(agents) - apart

    def with_points(self, points: Iterable[Point]) -> Pooling:
        """With these beside or in the place of what was known of their sizes."""
        known = {point.agents: point for point in (*self.points, *points)}
        return Pooling(tuple(known[size] for size in sorted(known)))


def _utilisation(constant: float, agents: float) -> float:
    return min(1.0, max(0.0, 1 - constant / math.sqrt(max(1.0, agents))))


def of_the_optimum(segment: Segment) -> Pooling:
    """By the best that any pacing could do (see `optimum`): in a second, and without what the model leaves out."""
    if segment.chance < _LEAST_CHANCE:
        raise InputError(
            f"answer_rate: {segment.chance:.2%} a call is too little to plan with; nobody could be kept busy"
        )
    return Pooling(
        tuple(
            Point(
                size,
                optimum(
                    Conditions(size, segment.chance, segment.handle_s, segment.in_flight_s, segment.limit)
                ).utilisation,
            )
            for size in _QUICK_SIZES
        )
    )


def simulated(
    scenario: Scenario,
    sizes: Sequence[int],
    seeds: Sequence[int],
    pacing: str = "predictive",
    *,
    make: MakePacer = pacer_named,
    workers: int | None = None,
    on_done: Callable[[int], None] = lambda _done: None,
) -> Pooling:
    """By shifts of this scenario with so many agents each, under a pacing, means over the seeds."""
    shifts = [scenario.changed(agents=size, name=f"{size} agents") for size in sizes]
    rows = run_jobs(jobs(shifts, [pacing], seeds), make, workers=workers, on_done=on_done)
    points = [
        Point(size, found.utilisation, found.abandonment) for size, found in zip(sizes, summaries(rows), strict=True)
    ]
    return Pooling(()).with_points(points)

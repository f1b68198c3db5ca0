"""What utilisation a scenario is measured against: the Markov optimum of its mean parameters, kept once computed."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from dialer.core.errors import InputError
from dialer.simulation.answers import HOUR_S
from dialer.simulation.draw import generator, times
from dialer.simulation.optimum import Conditions, optimum

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dialer.simulation.scenario import Scenario

_GAUGED = 100_000
"""Draws from which the mean ring time up to the ring timeout is told, to about one part in five hundred."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a shift in which nothing changes; `agents` may be an average, the rest is as in Conditions."""

    hours: float
    agents: float
    chance: float
    handle_s: float
    in_flight_s: float
    limit: float = 0.03


class Optima:
    """U_MDP by conditions, computed when first asked for and kept in a JSON file."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._known = self._read()

    def utilisation(self, conditions: Conditions) -> float:
        """U_MDP, 0..1, of conditions rounded: the answer probability to three figures, the ratio of the times to four.

        Only that ratio matters: without patience the model has no other measure of time.
        """
        chance, limit = float(f"{conditions.chance:.3g}"), float(f"{conditions.limit:.3g}")
        in_flight = float(f"{conditions.in_flight_s / conditions.handle_s:.4g}")
        key = f"{conditions.agents} agents, p {chance:g}, in flight / handle {in_flight:g}, limit {limit:g}"
        if key not in self._known:
            found = optimum(Conditions(conditions.agents, chance, 1.0, in_flight, limit))
            # Read anew: another process may have written since.
            self._known = self._read() | {key: round(found.utilisation, 6)}
            self._write()
        return self._known[key]

    def reference(self, segments: Iterable[Segment]) -> float:
        """U_MDP of conditions that drift, 0..1: the mean over the segments, weighted by agents x hours.

        Between two whole numbers of agents it is interpolated. A segment without agents weighs nothing, in one without
        answers nobody is busy. InputError where no agent works in any.
        """
        weights, reached = 0.0, 0.0
        for segment in segments:
            weight = segment.agents * segment.hours
            if weight <= 0:
                continue
            weights += weight
            reached += weight * self._of(segment) if segment.chance > 0 else 0.0
        if weights <= 0:
            raise InputError("segments: no agent works in any of them")
        return reached / weights

    def _of(self, segment: Segment) -> float:
        fewer, more = max(1, math.floor(segment.agents)), max(1, math.ceil(segment.agents))
        low, high = (
            self.utilisation(Conditions(n, segment.chance, segment.handle_s, segment.in_flight_s, segment.limit))
            for n in (fewer, more)
        )
        return low + (high - low) * max(0.0, segment.agents - fewer)

    def _read(self) -> dict[str, float]:
        if not self._file.exists():
            return {}
        try:
            return {str(key): float(value) for key, value in json.loads(self._file.read_text("utf-8")).items()}
        except (ValueError, TypeError, AttributeError) as error:
            raise InputError(f"{self._file}: not a table of optima: {error}; remove it, it is computed anew") from error

    def _write(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        beside = self._file.with_suffix(".new")
        beside.write_text(json.dumps(self._known, indent=1, sort_keys=True) + "\n", "utf-8")
        beside.replace(self._file)


def segments_of(scenario: Scenario) -> list[Segment]:
    """The parts of a scenario's shift between its changes of agents and answers, with mean parameters.

    Agents on a pause and agents lent to calls from outside are taken off. Answering machines are reckoned as nobody,
    that is, as if they were detected at once and without error. What may bind (channels, calls a second, outages, a
    short list, late events) is left out: the reference is of a dialler that nothing holds back.
    """
    shift_s = scenario.end_s
    moments = {0.0, shift_s} | {hour * HOUR_S for hour, _ in (*scenario.agents, *scenario.answers.p)}
    if flips := scenario.answers.flips:
        each_s = flips.minutes * 60
        moments |= {number * each_s for number in range(math.ceil(shift_s / each_s))}
    edges = sorted(each for each in moments if each <= shift_s)
    ring_s = _ring_s(scenario)
    return [_segment(scenario, ring_s, begin, end) for begin, end in pairwise(edges)]


def _segment(scenario: Scenario, ring_s: float, begin_s: float, end_s: float) -> Segment:
    middle_s = (begin_s + end_s) / 2
    picked_up = scenario.answers.levels[scenario.answers.at()(middle_s)]
    logged_in = [count for hour, count in scenario.agents if hour * HOUR_S <= middle_s][-1]
    return Segment(
        hours=(end_s - begin_s) / HOUR_S,
        agents=_present(scenario, logged_in),
        chance=picked_up * (1 - scenario.machines.share),
        handle_s=scenario.talk.mean_s + scenario.wrap_up.mean_s,
        in_flight_s=_in_flight_s(scenario, ring_s, picked_up),
        limit=scenario.max_abandonment,
    )


def _present(scenario: Scenario, logged_in: int) -> float:
    """Those of the agents who are not away. A pause's clock runs from the end of the one before."""
    pauses, inbound = scenario.pauses, scenario.inbound
    lent = inbound.per_hour * inbound.handle.mean_s / HOUR_S
    return max(0.0, logged_in - lent) / (1 + pauses.per_hour * pauses.length.mean_s / HOUR_S)


def _ring_s(scenario: Scenario) -> float:
    """The mean ring time of those who pick up before the ring timeout."""
    ring = times(scenario.ring, generator(0), at_most=scenario.ring_timeout_s)
    return sum(ring() for _ in range(_GAUGED)) / _GAUGED


def _in_flight_s(scenario: Scenario, ring_s: float, picked_up: float) -> float:
    """The mean from sending a call to its answer or end."""
    delay_s = scenario.dial_delay.mean_s if scenario.dial_delay else 0.0
    failing = scenario.fast_failures
    unanswered_s = failing.share * failing.after.mean_s + (1 - failing.share) * (delay_s + scenario.ring_timeout_s)
    return picked_up * (delay_s + ring_s) + (1 - picked_up) * unanswered_s

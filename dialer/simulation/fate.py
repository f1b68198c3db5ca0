"""What becomes of each call that is sent: picked up or not, by whom, when, and what the lead model says of it before.

Every call uses up one number of every stream whatever becomes of it, so that the n-th call of a shift meets the same
luck under every pacer.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from enum import Enum, auto
from itertools import accumulate
from typing import TYPE_CHECKING

from dialer.simulation.answers import HOUR_S
from dialer.simulation.draw import generator, stream, times

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from dialer.simulation.answers import Leads
    from dialer.simulation.scenario import Scenario

_OUTAGE_FAILS_S = 0.1
_LEAST_P = 1e-4
"""Nearer to 0 or 1 a logit says nothing."""


class Luck(Enum):
    """The streams of random numbers of one shift; each has its own generator."""

    ANSWER = auto()
    FAILURE = auto()
    WHO = auto()
    RING = auto()
    FAILS_AFTER = auto()
    DIAL_DELAY = auto()
    LEAD = auto()
    NOISE = auto()
    DETECTION = auto()
    TALK = auto()
    WRAP_UP = auto()
    MACHINE_TALK = auto()
    AGENTS = auto()
    PAUSES = auto()
    PAUSE_LENGTH = auto()
    INBOUND = auto()
    INBOUND_HANDLE = auto()
    LOSS = auto()


class PickedUp(Enum):
    """Who picked up."""

    BY_PERSON = auto()
    BY_MACHINE = auto()
    BY_NOBODY = auto()


Fate = tuple[PickedUp, float, float, float]
"""Who picks up; after how many seconds that or the end comes; after how many it rings; the chance that is told."""


class Fates:
    """The fates of the calls of one shift, one after the other."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        def uniform(luck: Luck) -> Callable[[], float]:
            return stream(generator(seed, luck.value).random)

        self._answer, self._failure, self._who = map(uniform, (Luck.ANSWER, Luck.FAILURE, Luck.WHO))
        self._ring = times(scenario.ring, generator(seed, Luck.RING.value), at_most=scenario.ring_timeout_s)
        self._fails_after = times(scenario.fast_failures.after, generator(seed, Luck.FAILS_AFTER.value))
        self._delay = (
            times(scenario.dial_delay, generator(seed, Luck.DIAL_DELAY.value)) if scenario.dial_delay else _no_delay
        )
        self._level_at = scenario.answers.at()
        self._levels = scenario.answers.levels
        self._leads = _leads_by_level(scenario, seed)
        self._ring_timeout_s = scenario.ring_timeout_s
        self._failing_share = scenario.fast_failures.share
        self._machine_share = scenario.machines.share
        self._outages = [(each.from_h * HOUR_S, each.from_h * HOUR_S + each.length_s) for each in scenario.outages]

    def next(self, now_s: float) -> Fate:
        """The fate of the call that is sent now."""
        p, chance = self._leads[self._level_at(now_s)]()
        rings_s, ring_s, fails_s = self._delay(), self._ring(), self._fails_after()
        answer, failure, who = self._answer(), self._failure(), self._who()
        if self._outages and self._is_out(now_s):
            return PickedUp.BY_NOBODY, _OUTAGE_FAILS_S, math.inf, chance
        if answer < p:
            by = PickedUp.BY_MACHINE if who < self._machine_share else PickedUp.BY_PERSON
            return by, rings_s + ring_s, rings_s, chance
        if failure < self._failing_share:
            return PickedUp.BY_NOBODY, fails_s, math.inf, chance
        return PickedUp.BY_NOBODY, rings_s + self._ring_timeout_s, rings_s, chance

    def p(self, now_s: float) -> float:
        """The probability that a call sent now is picked up, over all leads."""
        return 0.0 if self._is_out(now_s) else self._levels[self._level_at(now_s)]

    def _is_out(self, now_s: float) -> bool:
        return any(begin <= now_s < end for begin, end in self._outages)


def _no_delay() -> float:
    return 0.0


def _leads_by_level(scenario: Scenario, seed: int) -> list[Callable[[], tuple[float, float]]]:
    """For each level of the answer probability the next lead: its own probability, and the chance told of it."""
    leads = scenario.leads
    told, pick = _told(leads, seed), stream(generator(seed, Luck.LEAD.value).random)
    return [
        _by_class(leads, scenario.class_factor(level), told, pick)
        if leads.classes
        else _by_spread(leads, level, told, generator(seed, Luck.LEAD.value, index))
        for index, level in enumerate(scenario.answers.levels)
    ]


def _by_class(
    leads: Leads, factor: float, told: Callable[[float], float], pick: Callable[[], float]
) -> Callable[[], tuple[float, float]]:
    bounds = list(accumulate(each.share for each in leads.classes))
    kinds = [(min(1.0, each.p * factor), each.known) for each in leads.classes]

    def lead() -> tuple[float, float]:
        # The shares may add up to a hair less than 1.
        p, known = kinds[min(bisect_right(bounds, pick()), len(kinds) - 1)]
        return p, told(p) if known else math.nan

    return lead


def _by_spread(
    leads: Leads, level: float, told: Callable[[float], float], rng: np.random.Generator
) -> Callable[[], tuple[float, float]]:
    if not leads.spread_cv or not 0 < level < 1:
        return lambda: (level, told(level) if leads.known else math.nan)
    # A beta distribution of mean m and variance v has a + b = m (1 - m) / v - 1.
    total = (1 - level) / (level * leads.spread_cv**2) - 1
    draw = stream(lambda count: rng.beta(level * total, (1 - level) * total, count))

    def lead() -> tuple[float, float]:
        p = draw()
        return p, told(p) if leads.known else math.nan

    return lead


def _told(leads: Leads, seed: int) -> Callable[[float], float]:
    """What the lead model says of a lead that answers with probability p."""
    if not leads.noise:
        return lambda p: p
    rng = generator(seed, Luck.NOISE.value)
    error = stream(lambda count: rng.normal(0.0, leads.noise, count))

    def told(p: float) -> float:
        p = min(max(p, _LEAST_P), 1 - _LEAST_P)
        return 1 / (1 + math.exp(-math.log(p / (1 - p)) - error()))

    return told

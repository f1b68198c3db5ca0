"""A population with habits: who is there, busy, asleep or switched off in which hour, unknown to the dialler.

The habits are made up, not measured: they serve to see whether a dialler that is told nothing finds them. Every person
is of a kind (office worker, retired, ...), whose hours are theirs shifted by up to an hour either way and blurred, with
a level of their own. Luck is drawn beforehand for each person, day and hour: whoever calls then finds the same, so that
policies are compared on the same people with the same luck, and calling again within the hour changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.errors import InputError
from dialer.core.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Hours = tuple[tuple[int, int, float], ...]
"""From one hour of the day up to another: how likely."""
_WORKDAYS = 5
_DAY_H = 24
_BLUR = (0.6, 1.0)
"""How much of a kind's hours a person keeps to; the rest is their daily average."""
_LEVEL = (2.0, 2.0)
"""Of the beta distribution of what a person's hours are multiplied by, doubled: 1 on average."""
_SEES_IT_OFF = 0.9
"""How likely a telephone is off in the hours in which its owner switches it off."""
_NOT_THERE = {
    Outcome.NO_ANSWER: 0.72,
    Outcome.REJECTED: 0.1,
    Outcome.BUSY: 0.07,
    Outcome.MACHINE: 0.06,
    Outcome.UNREACHABLE: 0.05,
}
"""What the network says of a telephone that is on and not answered."""


@dataclass(frozen=True, slots=True)
class Kind:
    """People of like habits: how likely they answer in which hours (else `otherwise`), and when they switch off.

    `weekend`: their hours on Saturdays and Sundays, where these are others.
    """

    workday: Hours
    weekend: Hours = ()
    otherwise: float = 0.05
    off: Hours = ()
    dead: Outcome | None = None
    """Their number is none, or is suspended."""


KINDS: Mapping[str, Kind] = {
    "office": Kind(((8, 9, 0.12), (12, 13, 0.28), (18, 21, 0.5)), ((10, 20, 0.3),)),
    "retired": Kind(((8, 11, 0.5), (11, 13, 0.15), (15, 17, 0.3)), otherwise=0.06, off=((19, 24, 1.0), (0, 8, 1.0))),
    "early shift": Kind(((14, 18, 0.45), (18, 20, 0.25)), ((10, 20, 0.25),), 0.03),
    "late shift": Kind(((9, 13, 0.42),), ((11, 20, 0.25),), 0.03, off=((22, 24, 1.0), (0, 9, 1.0))),
    "night shift": Kind(((16, 20, 0.45),), ((12, 20, 0.3),), 0.05, off=((7, 14, 1.0),)),
    "at home": Kind(((9, 11, 0.35), (13, 15, 0.35)), ((9, 12, 0.2),), 0.12),
    "any hour": Kind(((0, 24, 0.22),)),
    "screens calls": Kind(((0, 24, 0.02),)),
    "no such number": Kind((), dead=Outcome.INVALID),
    "suspended": Kind((), dead=Outcome.SUSPENDED),
    # Kept aside: nothing was chosen by looking at these.
    "student": Kind(((12, 14, 0.35), (16, 18, 0.3), (20, 23, 0.4)), ((13, 21, 0.35),), 0.04, off=((8, 11, 0.8),)),
    "farmer": Kind(((11, 14, 0.45), (18, 20, 0.5)), otherwise=0.04, off=((20, 24, 1.0), (0, 6, 1.0))),
    "shopkeeper": Kind(((9, 11, 0.4), (14, 16, 0.35)), ((9, 10, 0.25),), 0.08),
    "driver": Kind(((10, 12, 0.15), (13, 14, 0.4), (19, 21, 0.4)), otherwise=0.08, off=((14, 16, 0.7),)),
}

_GONE = {"no such number": 0.05, "suspended": 0.03}
TOWNS: Mapping[str, Mapping[str, float]] = {
    "mixed": {
        **_GONE,
        "office": 0.34,
        "retired": 0.14,
        "early shift": 0.07,
        "late shift": 0.07,
        "night shift": 0.06,
        "at home": 0.1,
        "any hour": 0.08,
        "screens calls": 0.06,
    },
    "office": {**_GONE, "office": 0.64, "at home": 0.08, "any hour": 0.12, "screens calls": 0.08},
    "shifts": {**_GONE, "early shift": 0.22, "late shift": 0.22, "night shift": 0.22, "any hour": 0.26},
    "no habits": {**_GONE, "any hour": 0.86, "screens calls": 0.06},
}
"""Shares of the kinds in a list."""
ASIDE: Mapping[str, Mapping[str, float]] = {
    "country": {**_GONE, "farmer": 0.44, "shopkeeper": 0.14, "retired": 0.2, "driver": 0.14},
    "campus": {**_GONE, "student": 0.52, "office": 0.16, "shopkeeper": 0.08, "any hour": 0.16},
    "roads": {**_GONE, "driver": 0.42, "night shift": 0.2, "farmer": 0.1, "screens calls": 0.2},
}
"""Towns that were kept aside while the dialler's choices were made."""


@dataclass(frozen=True, slots=True)
class Population:
    """People by their place in the list: what they do in each hour, `[person, 0 on workdays or 1, hour]`, and luck."""

    answers: Floats
    off: Floats
    dead: tuple[Outcome | None, ...]
    luck: NDArray[np.float32]
    """`[person, day, hour, whether it is off / is answered / what else]`, each from 0 to 1."""

    def __len__(self) -> int:
        return len(self.dead)

    def chance(self, person: int, weekday: int, hour: int) -> float:
        """How likely this person answers in this hour; 0 is Monday."""
        day = int(weekday >= _WORKDAYS)
        return 0.0 if self.dead[person] else float(self.answers[person, day, hour] * (1 - self.off[person, day, hour]))

    def outcome(self, person: int, day: int, weekday: int, hour: int) -> Outcome:
        """What becomes of a call on this day of the campaign, in this hour."""
        if (dead := self.dead[person]) is not None:
            return dead
        kind = int(weekday >= _WORKDAYS)
        off, answered, else_ = self.luck[person, day, hour]
        if off < self.off[person, kind, hour]:
            return Outcome.POWERED_OFF
        if answered < self.answers[person, kind, hour]:
            return Outcome.ANSWERED
        for outcome, share in _NOT_THERE.items():
            else_ -= share
            if else_ < 0:
                return outcome
        return Outcome.NO_ANSWER


def population(town: Mapping[str, float], size: int, days: int, seed: int) -> Population:
    """So many people of a town, with luck for so many days. InputError for kinds that are not known."""
    if unknown := set(town) - set(KINDS):
        raise InputError(f"town: there is no kind {min(unknown)!r}; there are {', '.join(KINDS)}")
    rng = np.random.default_rng(seed)
    names, shares = list(town), np.array(list(town.values()), dtype=np.float64)
    drawn = rng.choice(len(names), size, p=shares / shares.sum())
    kinds = [KINDS[names[place]] for place in drawn]
    answers = np.stack([_hours(kind.workday, kind.weekend, kind.otherwise) for kind in kinds])
    off = np.stack([_hours(kind.off, kind.off, 0.0) for kind in kinds])
    shift = rng.integers(-1, 2, size)
    keeps = rng.uniform(*_BLUR, size)[:, None, None]
    level = 2 * rng.beta(*_LEVEL, size)[:, None, None]
    answers, off = (
        np.stack([np.roll(one, by, -1) for one, by in zip(each, shift, strict=True)]) for each in (answers, off)
    )
    answers = keeps * answers + (1 - keeps) * answers[:, :, 8:21].mean(axis=2, keepdims=True)
    return Population(
        answers=np.clip(level * answers, 0.0, 0.95),
        off=_SEES_IT_OFF * off,
        dead=tuple(kind.dead for kind in kinds),
        luck=rng.random((size, days, _DAY_H, 3), dtype=np.float32),
    )


def _hours(workday: Hours, weekend: Hours, otherwise: float) -> Floats:
    """By kind of day and hour: how likely."""
    likely = np.full((2, _DAY_H), otherwise)
    for day, hours in enumerate((workday, weekend or workday)):
        for begin, end, chance in hours:
            likely[day, begin:end] = chance
    return likely

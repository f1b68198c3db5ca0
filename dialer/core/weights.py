"""Which terms have a weight, what is believed of each, and how much say each group of terms has earned.

Terms of fixed groups have a weight at once. A value of a list, a priority or an operator's column gets one when it came
TRUSTED_AT times while it was among the last MOST_VALUES values of its column: a column in which every lead has a value
of its own (a customer number) never has an effect. The last MOST_COLUMNS columns are kept. A group's say multiplies
what sets its terms apart from their average: columns that foretell nothing lose it, however many there are.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dialer.core.errors import InputError
from dialer.core.features import ALWAYS, group_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]
    Places = NDArray[np.intp]


class Belief(NamedTuple):
    """A normal belief: of a weight in log-odds, or of a say (1: in full)."""

    mean: float
    variance: float
    outcomes: float = 0.0
    """How many it was learned from."""

    def fits(self, most: float) -> bool:
        """Whether these are numbers that a belief can have, the mean not beyond `most`."""
        return abs(self.mean) <= most and 0 < self.variance <= _WIDEST and 0 <= self.outcomes < math.inf


_PRIORS = {
    "base": Belief(-1.1, 1.0),  # a quarter answers, give or take a lot
    "tries": Belief(0.0, 0.3**2),
    "today": Belief(0.0, 0.3**2),
    "last": Belief(0.0, 0.4**2),
    "answered": Belief(0.0, 0.4**2),
    "day": Belief(0.0, 0.3**2),
    "hour": Belief(0.0, 0.15**2),
    "span": Belief(0.0, 0.15**2),
    "off": Belief(0.0, 0.6**2),
    "away": Belief(0.0, 0.3**2),
    "rang": Belief(0.0, 0.3**2),
    "there": Belief(0.0, 0.3**2),
    "talked": Belief(0.0, 0.4**2),
    "priority": Belief(0.0, 0.3**2),
    "list": Belief(0.0, 0.3**2),
}
"""A deviation of 0.3 expects a term to change the odds by a third, up or down, and is easily outdone."""
_COLUMN = Belief(0.0, 0.3**2)
SAY = Belief(0.5, 0.5**2)
"""What is believed of a group's say at first; that of the level is always 1."""
_BROUGHT = frozenset({"priority", "list"})
"""Fixed groups whose values the operator brings, as those of columns are."""

TRUSTED_AT = 3
MOST_VALUES = 64
MOST_COLUMNS = 64
STEEPEST = 6.0
"""No weight is believed to be larger: a factor of 400 on the odds."""
_WIDEST = STEEPEST**2
_MOST_SAY = 1.25
_AVERAGED_OVER = 500.0
NOTHING = 0
"""The slot, and the group, of all that has no effect."""


def prior_of(term: str) -> Belief:
    """What is believed of a term's weight before anything was learned."""
    return _PRIORS.get(group_of(term), _COLUMN)


class Weights:
    """The weights of one model. Arrays are by slot (a term's place) or by group; `level` is the slot of ALWAYS."""

    def __init__(self) -> None:
        self._slots: dict[str, int] = {}
        self._members: dict[str, dict[str, None]] = {}  # the terms of each group, those seen longest ago first
        self._groups: dict[str, int] = {}
        self._free: list[int] = []
        self.mean, self.variance, self.outcomes = np.zeros((3, 1))
        self.group: Places = np.zeros(1, np.intp)
        groups = 1 + len(_PRIORS) + MOST_COLUMNS
        self._first_mean, self._first_variance = np.zeros(groups), np.ones(groups)
        self.average, self.averaged_over = np.zeros((2, groups))
        self.say, self.say_variance = np.full(groups, SAY.mean), np.full(groups, SAY.variance)
        self.slot_of = self._slots.get
        """The slot of a term, or None."""
        self.level = self._touch(ALWAYS)
        self.say[self.group[self.level]], self.say_variance[self.group[self.level]] = 1.0, 0.0

    def effects(self, slots: Places | slice = slice(None)) -> Numbers:
        """What the weights in these slots add to the log-odds."""
        effects: Numbers = self.average[self.group[slots]] + self.say[self.group[slots]] * self.apart(slots)
        return effects

    def apart(self, slots: Places | slice) -> Numbers:
        """What sets the weights in these slots apart from the average of their groups; 0 without a weight."""
        return np.where(self.variance[slots] > 0, self.mean[slots] - self.average[self.group[slots]], 0.0)

    def seen(self, terms: Iterable[str]) -> Places:
        """The slots of terms that came once more; those that are new are taken in."""
        slots = np.fromiter(map(self._touch, terms), np.intp)
        self.outcomes[slots] += 1
        ripe = slots[(self.variance[slots] == 0) & (self.outcomes[slots] >= TRUSTED_AT)]
        self.variance[ripe] = self._first_variance[self.group[ripe]]
        return slots

    def believe(self, slots: Places, mean: Numbers, variance: Numbers) -> None:
        """Change what is believed of weights; what goes too far is cut."""
        self.mean[slots] = np.clip(mean, -STEEPEST, STEEPEST)
        self.variance[slots] = variance
        # The level is apart from nothing: all that it says counts.
        slots = slots[(variance > 0) & (slots != self.level)]
        groups = self.group[slots]
        self.averaged_over[groups] = np.minimum(self.averaged_over[groups] + 1, _AVERAGED_OVER)
        self.average[groups] += (self.mean[slots] - self.average[groups]) / self.averaged_over[groups]

    def listen(self, say: Numbers, variance: Numbers) -> None:
        """Change how much say the groups have."""
        self.say, self.say_variance = np.clip(say, 0.0, _MOST_SAY), variance

    def fade(self, slots: Places, share: Numbers | float) -> None:
        """Go back to the first beliefs by this share (0..1) of what was learned of weights."""
        first = self._first_mean[self.group[slots]], self._first_variance[self.group[slots]]
        self.mean[slots], self.variance[slots] = faded(self.mean[slots], self.variance[slots], *first, share)

    def fade_say(self, share: float) -> None:
        """Likewise of how much say the groups have."""
        self.say, self.say_variance = faded(self.say, self.say_variance, SAY.mean, SAY.variance, share)

    def forget(self, share: float) -> None:
        """Likewise of all weights and says at once; the groups' averages move with the weights that made them."""
        before = self.mean.copy()
        self.fade(np.arange(len(self.mean)), share)
        self.fade_say(share)
        made = self.outcomes * (self.variance > 0) * (self.group != self.group[self.level])
        moved = np.bincount(self.group, made * (self.mean - before), len(self.average))
        self.average += moved / np.maximum(np.bincount(self.group, made, len(self.average)), 1.0)

    # --- which terms there are ----------------------------------------------------------------------

    def beliefs(self) -> Iterator[tuple[str, Belief]]:
        """What is believed of each weight, by term, those seen longest ago first."""
        for members in self._members.values():
            for term in members:
                slot = self._slots[term]
                if self.variance[slot] > 0:
                    yield term, Belief(*map(float, (self.mean[slot], self.variance[slot], self.outcomes[slot])))

    def says(self) -> Iterator[tuple[str, tuple[Belief, float]]]:
        """How much say each group with a weight has, by the outcomes that its average is over, and this average."""
        for name in dict.fromkeys(group_of(term) for term, _ in self.beliefs()):
            group = self._groups[name]
            if group != self.group[self.level]:
                values = self.say[group], self.say_variance[group], self.averaged_over[group]
                yield name, (Belief(*map(float, values)), float(self.average[group]))

    def put(self, term: str, belief: Belief) -> None:
        """Take over a belief of a weight; InputError for what cannot be."""
        if not belief.fits(STEEPEST):
            raise InputError(f"{group_of(term)}: {belief} cannot be believed of a weight")
        slot = self._touch(term)
        self.mean[slot], self.variance[slot], self.outcomes[slot] = belief

    def put_say(self, name: str, belief: Belief, average: float) -> None:
        """Take over how much say a group has that has a weight; InputError for what cannot be."""
        group = self._groups.get(name, NOTHING)
        if group in {NOTHING, self.group[self.level]} or not belief.fits(_MOST_SAY) or not abs(average) <= STEEPEST:
            raise InputError(f"{name}: {belief} cannot be the say of a group")
        self.say[group], self.say_variance[group], self.averaged_over[group] = belief
        self.average[group] = average

    def _touch(self, term: str) -> int:
        """The slot of a term: it and its group are the youngest from now on, and the oldest make room."""
        group = group_of(term)
        members = self._members.pop(group) if group in self._members else self._open(group)
        self._members[group] = members
        if term in members:
            members[term] = members.pop(term)
            return self._slots[term]
        if len(members) >= MOST_VALUES:
            self._drop(next(iter(members)), members)
        members[term] = None
        slot = self._slots[term] = self._free.pop() if self._free else self._another_slot()
        first = prior_of(term)
        at_once = group in _PRIORS and group not in _BROUGHT
        self.group[slot] = self._groups[group]
        self.mean[slot], self.variance[slot] = first.mean, first.variance * at_once
        return slot

    def _open(self, group: str) -> dict[str, None]:
        """A new group; where there are too many columns, in the place of the one seen longest ago."""
        columns = [each for each in self._members if each not in _PRIORS]
        if group not in _PRIORS and len(columns) >= MOST_COLUMNS:
            members = self._members.pop(columns[0])
            for term in list(members):
                self._drop(term, members)
            number = self._groups.pop(columns[0])
        else:
            number = len(self._groups) + 1
        self._groups[group] = number
        first = _PRIORS.get(group, _COLUMN)
        self._first_mean[number], self._first_variance[number] = first.mean, first.variance
        self.average[number], self.averaged_over[number] = 0.0, 0.0
        self.say[number], self.say_variance[number] = SAY.mean, SAY.variance
        return {}

    def _drop(self, term: str, members: dict[str, None]) -> None:
        del members[term]
        slot = self._slots.pop(term)
        self.mean[slot] = self.variance[slot] = self.outcomes[slot] = 0.0
        self._free.append(slot)

    def _another_slot(self) -> int:
        size = len(self.mean)
        self.mean, self.variance, self.outcomes = (
            np.concatenate([values, np.zeros(size)]) for values in (self.mean, self.variance, self.outcomes)
        )
        self.group = np.concatenate([self.group, np.zeros(size, np.intp)])
        self._free = list(range(2 * size - 1, size, -1))
        return size


def faded(
    mean: Numbers,
    variance: Numbers,
    first_mean: Numbers | float,
    first_variance: Numbers | float,
    share: Numbers | float,
) -> tuple[Numbers, Numbers]:
    """Beliefs mixed with the first ones by this share (below 1): their precisions, and means by their precisions."""
    kept, back = (1 - share) * first_variance, share * variance
    return (kept * mean + back * first_mean) / (kept + back), variance * first_variance / (kept + back)

"""How likely a person answers: a small model per campaign that learns from every outcome and says why in words.

A logistic regression over terms that are true of a lead now (`hour=10`, `@tag=prime`; see `features`). What is believed
of each weight is a normal distribution of its own; an outcome moves each by its share of the doubt, in one Laplace step
on their sum. That is assumed density filtering, after Graepel et al. 2010, 'Web-scale Bayesian click-through rate
prediction in Microsoft's Bing', section 3, with a logistic link for their probit.

What was never seen has no effect, and what was seen seldom has little. Each group of terms (the hours, one column of
the list) has as much say as its forecasts have earned, so that columns which foretell nothing do no harm. Beliefs fade
towards the first ones as outcomes come in: the model follows what changes.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from itertools import chain, repeat
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from dialer.core.errors import InputError
from dialer.core.features import group_of, in_words
from dialer.core.weights import NOTHING, SAY, Belief, Weights, prior_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dialer.core.features import Features

VERSION = 1
"""Of what `Chances.state` hands out; another one is not read."""

KNOWS_FROM = 100
"""Outcomes from which a campaign goes by its chances. What they rest on, the level of the whole campaign, is known to a
fifth or a third by then (where a half or a tenth of the calls are answered); before, it may be wrong twice over.
"""
_LEVEL_MEMORY = 400.0
_MEMORY = 4000.0
"""Outcomes after which two thirds of a belief are forgotten; the level of the whole campaign moves faster than all."""
_SUREST = 7.0
"""No chance lies outside 0.1 % to 99.9 %; log-odds."""
_NEWTON_STEPS = 6
_MOST_FORGOTTEN = 0.999
_DIGITS = 7
_TEACHES_FROM = 20
"""Outcomes that a campaign must have seen of something before it tells others anything of it."""
_WORTH_TELLING = 0.05
_MOST_TOLD = 6
_TERMS = attrgetter("terms")


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that makes the chance `factor` times what it would be without it."""

    what: str
    factor: float


class Chances:
    """The model of one campaign. The same outcomes in the same order give the same chances."""

    def __init__(self) -> None:
        self.outcomes = 0
        """How many it has learned from."""
        self.weights = Weights()

    @property
    def knows(self) -> bool:
        """Whether it has learned from enough outcomes to go by what it says."""
        return self.outcomes >= KNOWS_FROM

    def probability(self, features: Features) -> float:
        """The chance (0..1) that a person answers."""
        return float(self.probabilities([features])[0])

    def probabilities(self, batch: Sequence[Features]) -> NDArray[np.float64]:
        """The chance (0..1) of each that a person answers; shape (len(batch),)."""
        if not batch:
            return np.empty(0)
        terms = list(map(_TERMS, batch))
        slots = np.fromiter(map(self.weights.slot_of, chain.from_iterable(terms), repeat(NOTHING)), np.intp)
        whose = np.repeat(np.arange(len(batch)), np.fromiter(map(len, terms), np.intp, len(batch)))
        totals = np.bincount(whose, self.weights.effects().take(slots), len(batch))
        chances: NDArray[np.float64] = 1 / (1 + np.exp(-np.clip(totals, -_SUREST, _SUREST)))
        return chances

    def explain(self, features: Features) -> list[Reason]:
        """Why the chance is not that of this campaign's average call, the strongest reason first.

        Taken one after another in this order, the factors lead from the usual chance to `probability`.
        """
        weights = self.weights
        slots = np.array([weights.slot_of(term, NOTHING) for term in features.terms], np.intp)
        effects = weights.effects(slots)
        apart = effects - weights.average[weights.group[slots]]
        hour = next((term for term in features.terms if group_of(term) == "hour"), "hour")
        found: dict[str, float] = {}
        for term, slot, effect in zip(features.terms, slots, apart.tolist(), strict=True):
            if slot != weights.level and weights.variance[slot] > 0:
                what = in_words(hour if group_of(term) == "span" else term)
                found[what] = found.get(what, 0.0) + effect
        level = float(effects.sum()) - sum(found.values())
        reasons = []
        for what, effect in sorted(found.items(), key=lambda item: -abs(item[1])):
            before, level = level, level + effect
            reasons.append(Reason(what, _chance(level) / _chance(before)))
        return reasons

    def learn(self, features: Features, answered: float) -> None:
        """Take in an outcome: 1 or True where a person answered, 0 or False where nobody did.

        A share in between is for a call that was given up while it rang: how likely it would still have been answered.
        InputError for anything else.
        """
        if not 0 <= answered <= 1:
            raise InputError(f"answered: must be from 0 to 1, not {answered}")
        slots = self.weights.seen(features.terms)
        self._learn_say(slots, float(answered))
        self._learn_weights(slots, float(answered))
        self.outcomes += 1

    def _learn_say(self, slots: NDArray[np.intp], answered: float) -> None:
        """How much say the groups deserve: judged by what they foretold, before their weights know the outcome."""
        weights = self.weights
        weights.fade_say(1 / _MEMORY)
        apart = np.bincount(weights.group[slots], weights.apart(slots), minlength=len(weights.say))
        doubt = float(weights.say_variance @ apart**2)
        if doubt > 0:
            total = float(weights.effects(slots).sum())
            step, certainty = _step(total, doubt, answered)
            spread = weights.say_variance * apart
            weights.listen(weights.say + spread * step, weights.say_variance - spread**2 * certainty)

    def _learn_weights(self, slots: NDArray[np.intp], answered: float) -> None:
        """What the weights are, whatever say they have: a group without any may earn it again."""
        weights = self.weights
        weights.fade(slots, np.where(slots == weights.level, 1 / _LEVEL_MEMORY, 1 / _MEMORY))
        mean, variance = weights.mean[slots], weights.variance[slots]
        doubt = float(variance.sum())
        if doubt > 0:
            step, certainty = _step(float(mean.sum()), doubt, answered)
            weights.believe(slots, mean + variance * step, variance - variance**2 * certainty)

    def forget(self, share: float) -> None:
        """Go back towards the first beliefs by this share (0..1) of what was learned: after a pause, say."""
        self.weights.forget(min(max(share, 0.0), _MOST_FORGOTTEN))

    def state(self) -> dict[str, Any]:
        """All that was learned, ready for JSON."""
        weights = self.weights
        return {
            "version": VERSION,
            "outcomes": self.outcomes,
            "beliefs": {term: _rounded(belief) for term, belief in weights.beliefs()},
            "says": {group: _rounded((*say, average)) for group, (say, average) in weights.says()},
        }

    @classmethod
    def from_state(cls, state: object) -> Self:
        """What `state` handed out; InputError for anything else, and for that of another version."""
        match state:
            case {"version": version} if version != VERSION:
                raise InputError(f"version: what was learned is of version {version!r}, not {VERSION}")
            case {"outcomes": int(outcomes), "beliefs": dict(beliefs), "says": dict(says)} if outcomes >= 0:
                pass
            case _:
                raise InputError("outcomes, beliefs, says: what was learned is none of our making")
        model = cls()
        model.outcomes = outcomes
        for term, numbers in beliefs.items():
            model.weights.put(term, Belief(*_floats(term, numbers, 3)))
        for group, numbers in says.items():
            *say, average = _floats(group, numbers, 4)
            model.weights.put_say(group, Belief(*say), average)
        return model

    @classmethod
    def pooled(cls, others: Sequence[Chances]) -> Self:
        """A new model that begins where other campaigns agree, and in doubt where they do not or are few.

        Lists are left out: they are of one campaign.
        """
        model = cls()
        beliefs: defaultdict[str, list[Belief]] = defaultdict(list)
        says: defaultdict[str, list[Belief]] = defaultdict(list)
        for other in others:
            for term, belief in other.weights.beliefs():
                if belief.outcomes >= _TEACHES_FROM and group_of(term) != "list":
                    beliefs[term].append(belief)
            for group, (say, _) in other.weights.says():
                if say.outcomes >= _TEACHES_FROM:
                    says[group].append(say)
        for term, found in beliefs.items():
            model.weights.put(term, _agreed(prior_of(term), found))
        for group, _ in list(model.weights.says()):
            model.weights.put_say(group, _agreed(SAY, says[group]), 0.0)
        return model


def _agreed(first: Belief, found: Sequence[Belief]) -> Belief:
    """What campaigns lead one to expect of another one: a normal population of them, of which these were seen.

    Half of the first variance is between campaigns and stays, the other half is of their average and is learned away.
    """
    between = first.variance / 2
    precisions = [1 / (belief.variance + between) for belief in found]
    variance = 1 / (1 / between + sum(precisions))
    moved = sum(p * (belief.mean - first.mean) for p, belief in zip(precisions, found, strict=True))
    return Belief(first.mean + variance * moved, between + variance)


def _rounded(numbers: Sequence[float]) -> list[float]:
    return [float(f"{number:.{_DIGITS}g}") for number in numbers]


def _floats(name: str, numbers: object, count: int) -> list[float]:
    if not isinstance(numbers, list) or len(numbers) != count or not all(isinstance(n, float | int) for n in numbers):
        raise InputError(f"{group_of(name)}: must have {count} numbers")  # the name itself may be a customer's
    try:
        return [float(number) for number in numbers]
    except OverflowError as error:
        raise InputError(f"{group_of(name)}: a number is too large") from error


def best_first(priorities: Sequence[float], chances: Sequence[float] | NDArray[np.float64]) -> list[int]:
    """The order to call in, as positions: by the list's priority, then by chance, then as they came; unknown last."""
    known = np.nan_to_num(np.asarray(chances, dtype=np.float64), nan=-1.0)
    return [int(i) for i in np.lexsort((-known, -np.asarray(priorities, dtype=np.float64)))]


def lines(chances: Chances, features: Features) -> list[str]:
    """What an operator is shown who asks how likely a lead is to answer now; nothing before anything was learned."""
    if not chances.outcomes:
        return []
    chance, reasons = chances.probability(features), chances.explain(features)
    usual = chance / math.prod(reason.factor for reason in reasons)
    told = [f"{one.what}: x{one.factor:.1f}" for one in reasons if abs(one.factor - 1) >= _WORTH_TELLING]
    learned = f"learned from {chances.outcomes} calls"
    if not chances.knows:
        learned += f": the list's own order stands until they are {KNOWS_FROM}"
    return [
        f"chance that a person answers now: {chance:.0%}; usual: {usual:.0%} ({learned})",
        f"because: {'; '.join(told[:_MOST_TOLD])}" if told else "nothing sets it apart",
    ]


def _chance(total: float) -> float:
    """The chance that has these log-odds."""
    return 1 / (1 + math.exp(-min(max(total, -_SUREST), _SUREST)))


def _step(total: float, doubt: float, answered: float) -> tuple[float, float]:
    """What an outcome says of log-odds that are believed to be `total`, with the variance `doubt`: the Laplace step.

    Per unit of variance: how far the mean moves, and how much of the variance goes. Newton finds the likeliest.
    """
    settled = total
    for _ in range(_NEWTON_STEPS):
        chance = _chance(settled)
        wrong = settled - total - doubt * (answered - chance)
        # The root lies within this distance of the beginning; a first step may overshoot it where doubt is large.
        settled -= wrong / (1 + doubt * chance * (1 - chance))
        settled = min(max(settled, total - doubt), total + doubt)
    chance = _chance(settled)
    certainty = chance * (1 - chance)
    return (settled - total) / doubt, certainty / (1 + certainty * doubt)

"""How likely the calls of a simulated shift are picked up: over time, and from lead to lead."""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, field_validator, model_validator

from dialer.simulation.draw import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HOUR_S = 3600.0

Share = Annotated[float, Field(ge=0, le=1)]
Hour = Annotated[float, Field(ge=0, le=168)]


def one_step(written: Any) -> Any:
    """A plain number is the one step of the whole shift."""
    return ((0, written),) if isinstance(written, int | float) else written


def check_steps(steps: tuple[tuple[float, Any], ...]) -> None:
    """ValueError unless steps of [hour, value] begin at 0 and go on in order."""
    hours = [hour for hour, _ in steps]
    if not hours or hours[0] != 0:
        raise ValueError("the first step must be at hour 0")
    if sorted(set(hours)) != hours:
        raise ValueError("steps must be in order of their hours, each hour once")


_DEFAULT = ((0.0, 0.3),)


class Flips(Part):
    """An answer probability that jumps to and fro between two values."""

    between: tuple[Share, Share]
    minutes: Annotated[float, Field(ge=0.1, le=1e5)]


class Answers(Part):
    """How likely a call is picked up, by a person or a machine, over time: steps of [hour, p], or flips."""

    p: tuple[tuple[Hour, Share], ...] = _DEFAULT
    flips: Flips | None = None

    _number = field_validator("p", mode="before")(staticmethod(one_step))

    @field_validator("p")
    @classmethod
    def _in_order(cls, steps: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        check_steps(steps)
        return steps

    @property
    def levels(self) -> tuple[float, ...]:
        """Every value that the probability takes."""
        return self.flips.between if self.flips else tuple(p for _, p in self.p)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.flips and self.p != _DEFAULT:
            raise ValueError("flips: give either p or flips")
        return self

    def at(self) -> Callable[[float], int]:
        """The function from seconds since the begin to the index in `levels` that holds then."""
        if self.flips:
            length_s = self.flips.minutes * 60
            return lambda now_s: int(now_s // length_s) % 2
        begins_s = [hour * HOUR_S for hour, _ in self.p]
        return lambda now_s: bisect_right(begins_s, now_s) - 1

    def mean(self, hours: float) -> float:
        """The probability, averaged over the time of a shift of so many hours."""
        steps = [(hour, p) for hour, p in self._steps(hours) if hour < hours]
        ends = [*(hour for hour, _ in steps[1:]), hours]
        return sum(p * (end - begin) for (begin, p), end in zip(steps, ends, strict=True)) / hours

    def _steps(self, hours: float) -> Sequence[tuple[float, float]]:
        if self.flips is None:
            return self.p
        each_h = self.flips.minutes / 60
        return [(number * each_h, self.flips.between[number % 2]) for number in range(math.ceil(hours / each_h))]


class LeadClass(Part):
    """Leads that are alike: their share of the list, how likely they answer, and whether the lead model knows it."""

    share: Annotated[float, Field(gt=0, le=1)]
    p: Share
    known: bool = True


class Leads(Part):
    """The list: how long it is, how unlike its leads are, and what the lead model knows of that.

    `spread_cv` draws each lead's probability from a beta distribution around that of the moment. `classes` have
    probabilities of their own, which move in proportion with `answers` where that is given too, so that their mean is
    what stands there. What is known of a lead is told to the pacer, with a normal error of `noise` on the logit scale.
    """

    length: Annotated[int, Field(ge=1, le=10**9)] | None = None
    spread_cv: Annotated[float, Field(ge=0, le=20)] = 0.0
    known: bool = False
    """Whether the probability of a lead drawn from the spread is told to the pacer."""
    classes: tuple[LeadClass, ...] = ()
    noise: Annotated[float, Field(ge=0, le=10)] = 0.0

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.classes and self.spread_cv:
            raise ValueError("classes: give either classes or spread_cv")
        if self.classes and not math.isclose(sum(each.share for each in self.classes), 1, abs_tol=1e-6):
            raise ValueError("classes: the shares must add up to 1")
        if self.classes and not any(each.p for each in self.classes):
            raise ValueError("classes: at least one class must have a p above 0")
        return self

    @property
    def classes_p(self) -> float:
        """The answer probability of the classes together."""
        return sum(each.share * each.p for each in self.classes)

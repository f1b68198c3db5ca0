"""The band that a campaign's answer rate should keep: whether it does, and what is likely to be wrong if not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import auto
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dialer.core.causes import Action, Cause, Counts, Likely
from dialer.core.contrast import Share
from dialer.core.cube import By, Calls
from dialer.core.model import Word
from dialer.core.suspects import find, in_the_whole

ENOUGH_CALLS = 100
"""Fewer say nothing of a list."""
CONFIDENCE = 0.99
"""Of the interval that must lie outside the band before it is said to be left. Higher than the usual 0.95: it is looked
at every minute."""
_PRIME_CONFIDENCE = 0.999
"""Likewise for each of a campaign's lists, of which there may be many."""


class AnswerBand(BaseModel):
    """The shares answered (0..1) between which a campaign is as it should be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lower: float = Field(ge=0, le=1)
    upper: float = Field(ge=0, le=1)
    act: bool = False
    """Take the proposed action by itself where that is safe: write the feedback file once a day, mark prime lists."""

    @model_validator(mode="after")
    def _lower_is_lower(self) -> Self:
        if self.lower >= self.upper:
            raise ValueError(f"lower must lie below upper, not {self.lower} and {self.upper}")
        return self


class Position(Word):
    """Where the answer rate stands."""

    UNSET = auto()
    """The plan has no band."""
    UNCLEAR = auto()
    """Too few calls to tell."""
    BELOW = auto()
    """Surely below the band."""
    WITHIN = auto()
    """Not surely outside it."""
    ABOVE = auto()
    """Surely above the band: the list is prime."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of a campaign's calls over some time."""

    position: Position
    total: Calls
    lowest: float
    """The least true answer rate that the calls allow at CONFIDENCE, and the greatest; each lead's calls as one."""
    highest: float
    causes: tuple[Likely, ...] = ()
    prime: tuple[str, ...] = ()
    """The lists that surely answer above the band, by id."""

    @property
    def actions(self) -> tuple[Action, ...]:
        """What is proposed, most urgent first, each once."""
        proposed = [likely.action for likely in self.causes]
        # Whoever was not reached yet is as good as those who were.
        proposed += [Action.SECOND_ROUND] if self.position is Position.ABOVE else []
        return tuple(dict.fromkeys(proposed))

    @property
    def gist(self) -> tuple[object, ...]:
        """What makes it another finding than the one before: not its figures."""
        return self.position, frozenset(likely.name for likely in self.causes), frozenset(self.prime)


def judge(counts: Counts, band: AnswerBand | None, before: Finding | None = None) -> Finding:
    """Whether a campaign keeps its band, and what stands out in its calls, band or none.

    `before` is the last finding: what it said stands until there is no more reason for it, so that a rate which lies
    right on the edge does not change its word at every look.
    """
    total = counts.cube.total
    rate = Share(total.answered, total.attempts).of_independent(counts.calls_each_lead)
    lowest, highest = rate.bounds(CONFIDENCE)
    position = _position(total, lowest, highest, band, before)
    causes, left = find(counts, frozenset(one.name for one in before.causes) if before else frozenset())
    if band is not None and position is Position.BELOW:
        if Share(left.total.answered, left.total.attempts).rate < band.lower:
            causes += in_the_whole(left.total, band.lower)
        if not causes:
            told = f"{total.answered} of {total.attempts} calls answered, and no list, prefix, hour or trunk stands out"
            causes = [Likely(Cause.UNKNOWN, Action.SECOND_ROUND, told)]
    return Finding(position, total, lowest, highest, tuple(causes), _prime(counts, band))


def _position(total: Calls, lowest: float, highest: float, band: AnswerBand | None, before: Finding | None) -> Position:
    if band is None:
        return Position.UNSET
    if total.attempts < ENOUGH_CALLS:
        return Position.UNCLEAR
    rate, known = total.answered / total.attempts, before.position if before is not None else None
    if highest < band.lower or (known is Position.BELOW and rate < band.lower):
        return Position.BELOW
    if lowest > band.upper or (known is Position.ABOVE and rate > band.upper):
        return Position.ABOVE
    wide = lowest < band.lower and highest > band.upper
    return Position.UNCLEAR if wide and known is not Position.WITHIN else Position.WITHIN


def _prime(counts: Counts, band: AnswerBand | None) -> tuple[str, ...]:
    if band is None:
        return ()
    found = []
    for list_id, calls in counts.cube.by(By.LIST).items():
        each = counts.calls_each.get(list_id, 1.0)
        share = Share(calls.answered, calls.attempts).of_independent(each)
        if calls.attempts >= ENOUGH_CALLS and share.bounds(_PRIME_CONFIDENCE)[0] > band.upper:
            found.append(list_id)
    return tuple(found)

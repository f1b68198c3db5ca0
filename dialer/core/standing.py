"""How a legal window stands: what it counts, the rate with its bounds, and how much more it can bear. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from dialer.core.abandonment import Fate, Tally
from dialer.core.errors import InputError

if TYPE_CHECKING:
    from dialer.core.abandonment import LegalWindow, Span

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Share:
    """Live answers and those of them that were abandoned, estimated false positives of detection in both."""

    answers: float
    abandoned: float

    @property
    def rate(self) -> float:
        """The share abandoned (0..1); 0 where nobody answered."""
        return self.abandoned / self.answers if self.answers > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Count:
    """Live answers, those of them that were abandoned, and the calls that were taken for machines."""

    live_answers: int = 0
    abandoned: int = 0
    machines: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(
            self.live_answers + other.live_answers, self.abandoned + other.abandoned, self.machines + other.machines
        )

    def __sub__(self, other: Count) -> Count:
        return Count(
            self.live_answers - other.live_answers, self.abandoned - other.abandoned, self.machines - other.machines
        )

    def times(self, calls: int) -> Count:
        """So many of them."""
        return Count(self.live_answers * calls, self.abandoned * calls, self.machines * calls)

    def tally(self, machine_false_share: float) -> Tally:
        """The same in whole calls, the estimate rounded up: what bounds are taken of."""
        estimated = ceil(self.machines * machine_false_share - _ROUNDING)
        return Tally(self.live_answers + estimated, self.abandoned + estimated)

    def share(self, machine_false_share: float) -> Share:
        """With the persons who are estimated to be among the machines: they answered, and were abandoned."""
        estimated = self.machines * machine_false_share
        return Share(self.live_answers + estimated, self.abandoned + estimated)


COUNTS_AS = {
    Fate.IN_TIME: Count(1, 0, 0),
    Fate.TAKEN_FOR_A_MACHINE: Count(0, 0, 1),
    Fate.TOO_LATE: Count(1, 1, 0),
    Fate.NOBODY_CAME: Count(1, 1, 0),
}
"""What each fate adds to a count; the graver stand last."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a legal window stands at one moment."""

    window: LegalWindow
    span: Span
    count: Count
    machine_false_share: float

    @property
    def estimated_false(self) -> float:
        """How many of the calls taken for machines were persons, by the estimate: answered, and abandoned."""
        return self.count.machines * self.machine_false_share

    @property
    def share(self) -> Share:
        """What the limit is on, estimate included."""
        return self.count.share(self.machine_false_share)

    @property
    def tally(self) -> Tally:
        """The same in whole calls, the estimate rounded up: what its bounds are taken of."""
        return self.count.tally(self.machine_false_share)

    @property
    def within(self) -> bool:
        """Whether the rate keeps the limit; exactly at it is kept."""
        return self._room >= -_ROUNDING

    @property
    def slack(self) -> int:
        """How many more abandonments it can bear now; negative: how many there are too many.

        They would be answers too, which is left out: so many are surely borne.
        """
        return floor(self._room + _ROUNDING)

    def recoverable(self, expected_answers: float) -> bool:
        """Whether the limit is kept once so many more persons have answered, if none of them is abandoned.

        For a calendar window: the live answers expected until `span.ends_s`. One that rolls has no end: those expected
        while it is to recover; what it loses at its beginning meanwhile is left out.
        """
        if not expected_answers >= 0:
            raise InputError(f"expected_answers: {expected_answers} is not a number of answers")
        return self._room + self.window.limit * expected_answers >= -_ROUNDING

    @property
    def _room(self) -> float:
        return self.window.limit * self.share.answers - self.share.abandoned

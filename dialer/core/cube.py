"""Calls counted by list, prefix, hour, trunk and caller id at once, so that a group can be taken out of another. Pure.

A bad list that is worked on in the mornings makes the mornings look bad: what is left when its calls are taken out
tells whether they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import auto
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dialer.core.model import Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class By(Word):
    """What calls are grouped by."""

    LIST = auto()
    """The import that the lead came with, by its id."""
    PREFIX = auto()
    """Country code and three digits: the operator of a Chinese mobile number, the area of a landline."""
    SEGMENT = auto()
    """Country code and seven digits: operator and town of a Chinese mobile number."""
    HOUR = auto()
    """The hour of the day where the campaign is at home, such as 09."""
    DAY = auto()
    """The date there."""
    TRUNK = auto()
    """The way out."""
    CALLER_ID = auto()
    """The number that was shown."""
    AGENT = auto()
    """Who took the call. Nobody is dialled for an agent, so there is no answer rate of one."""


class Calls(NamedTuple):
    """Calls that were sent and are over, and how many of them were what; a call may be several of these."""

    attempts: int = 0
    """Those that we withdrew ourselves left out."""
    answered: int = 0
    """By a person: whoever met nobody counts, a machine does not."""
    talks: int = 0
    """Persons who were bridged to an agent, or heard the flow of an agentless campaign."""
    long_talks: int = 0
    """Of these, longer than LONG_TALK_S."""
    dropped: int = 0
    """Of these, ended by the customer within DROPPED_S."""
    agreed: int = 0
    """Of these, the customer took the offer."""
    dead: int = 0
    """The number is off, suspended, invalid, or another by now."""
    turned_away: int = 0
    """Not answered and not dead: no room, failed, declined, barred, or cut off within SHORT_RING_S of ringing."""

    def plus(self, other: Calls) -> Calls:
        """Both together."""
        return Calls(*(one + two for one, two in zip(self, other, strict=True)))

    def minus(self, other: Calls) -> Calls:
        """What is left without the others."""
        return Calls(*(one - two for one, two in zip(self, other, strict=True)))


LONG_TALK_S = 18.0
"""A talk longer than that has heard the offer out."""
DROPPED_S = 5.0
"""A customer who hangs up sooner has heard no more than the first sentence."""
SHORT_RING_S = 3.0
"""Too short for a person to have looked at the telephone and decided: something on the way did."""


class Cell(NamedTuple):
    """Where a call belongs. Texts, as the record has them; the hour as two digits."""

    list_id: str
    prefix: str
    hour: str
    trunk: str
    caller_id: str


_DIMENSIONS = (By.LIST, By.PREFIX, By.HOUR, By.TRUNK, By.CALLER_ID)


@dataclass(frozen=True, slots=True)
class Cube:
    """The cells, as numbers: `codes[i, d]` is the place of cell i's text in `labels[d]`; `sums[i]` are its Calls."""

    labels: tuple[tuple[str, ...], ...]
    codes: NDArray[np.int64]
    sums: NDArray[np.int64]

    @staticmethod
    def of(cells: Mapping[Cell, Calls]) -> Cube:
        """From counted cells."""
        labels = tuple(tuple(sorted({cell[d] for cell in cells})) for d in range(len(_DIMENSIONS)))
        places = [{label: place for place, label in enumerate(each)} for each in labels]
        codes = [[places[d][label] for d, label in enumerate(cell)] for cell in cells]
        return Cube(
            labels,
            np.array(codes, dtype=np.int64).reshape(len(cells), len(_DIMENSIONS)),
            np.array(list(cells.values()), dtype=np.int64).reshape(len(cells), len(Calls._fields)),
        )

    @property
    def total(self) -> Calls:
        """All calls."""
        return Calls(*(int(count) for count in self.sums.sum(axis=0)))

    def by(self, what: By) -> dict[str, Calls]:
        """The calls of each group that has any."""
        place = _DIMENSIONS.index(what)
        codes, size = self.codes[:, place], len(self.labels[place])
        columns = [np.bincount(codes, weights=counts, minlength=size) for counts in self.sums.T]
        rows = zip(self.labels[place], np.stack(columns, axis=1).tolist(), strict=True)
        return {label: Calls(*map(int, row)) for label, row in rows if row[0]}

    def without(self, what: By, label: str) -> Cube:
        """What is left when a group is taken out."""
        place = _DIMENSIONS.index(what)
        kept = self.codes[:, place] != self.labels[place].index(label)
        return Cube(self.labels, self.codes[kept], self.sums[kept])

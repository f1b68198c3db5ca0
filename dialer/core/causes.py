"""What may be wrong with a campaign's calls, and what was counted of them to tell. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import auto
from typing import TYPE_CHECKING

from dialer.core.cube import By, Calls, Cube
from dialer.core.model import Word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.core.model import NumberState, Outcome

LEAST_CALLS = 20
"""Smaller groups are not looked at."""


class Cause(Word):
    """Why a list may answer as it does."""

    BAD_LIST = auto()
    """Many numbers of this source or prefix are dead."""
    SELDOM_ANSWERED = auto()
    """The numbers of this source or prefix live, and are answered less than the others."""
    WRONG_HOUR = auto()
    """At other hours more would be answered."""
    TRUNK_OR_CALLER_ID = auto()
    """The network turns these calls away: the way out, or the number that is shown."""
    DROPPED_AT_ONCE = auto()
    """Who answers hangs up before the offer is made."""
    UNKNOWN = auto()
    """Too few answer, and nothing stands out."""


class Action(Word):
    """What can be done about it."""

    FEEDBACK_FILE = auto()
    """Hand the dead numbers back to whoever supplied the list (`dialer leads feedback`)."""
    SECOND_ROUND = auto()
    """Call those who did not answer once more, at another part of the day."""
    OTHER_HOURS = auto()
    """Move the campaign's windows."""
    CHECK_TRUNK = auto()
    """Ask the carrier, and look up how the caller id is labelled."""
    CHANGE_OPENING = auto()
    """Change the first sentences."""


Name = tuple[Cause, By | None, str | None]


@dataclass(frozen=True, slots=True)
class Likely:
    """One likely cause, where it sits (None: in the whole), and the evidence in words."""

    cause: Cause
    action: Action
    evidence: str
    by: By | None = None
    key: str | None = None
    chance: float | None = None
    """How likely (0..1) mere chance is to make the group fare so; None where there is nothing to compare with."""

    @property
    def name(self) -> Name:
        """What it is, whatever its figures are now."""
        return self.cause, self.by, self.key


@dataclass(frozen=True, slots=True)
class Counts:
    """All that was counted of a campaign's calls over some time."""

    cube: Cube
    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    states: Mapping[NumberState, int] = field(default_factory=dict)
    """Of the calls whose early media was listened to."""
    days: Mapping[str, Calls] = field(default_factory=dict)
    agents: Mapping[str, Calls] = field(default_factory=dict)
    segments: Mapping[str, Calls] = field(default_factory=dict)
    """Those that have LEAST_CALLS at least."""
    calls_each: Mapping[str, float] = field(default_factory=dict)
    """How often each lead was called that was called at all, on average, by list."""
    elsewhere: Mapping[By, Mapping[str, Calls]] = field(default_factory=dict)
    """Other campaigns' calls by TRUNK and by CALLER_ID, over the same time."""
    lists: Mapping[str, str] = field(default_factory=dict)
    """The lists' names by id."""

    @property
    def calls_each_lead(self) -> float:
        """How often each lead was called on average, over all lists; 1 where that was not counted."""
        calls = {label: group.attempts for label, group in self.cube.by(By.LIST).items()}
        leads = sum(count / max(1.0, self.calls_each.get(label, 1.0)) for label, count in calls.items())
        return sum(calls.values()) / leads if leads else 1.0


def where(by: By, key: str, lists: Mapping[str, str]) -> str:
    """A group as people call it."""
    words = by.value.lower().replace("_", " ")
    if by is By.LIST:
        return f"list {lists[key]!r} ({key})" if key in lists else f"list {key}"
    if by is By.HOUR:
        return f"{key}:00"
    return f"{words} {key}"

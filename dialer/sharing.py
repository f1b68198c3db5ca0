"""A campaign's forecaster among others: campaigns that want the same agents each foretell their own calls.

What a campaign learned of its own list says nothing of another's; and answers that were to be expected of another's
calls, but are told to that one alone, would look as if nobody answered any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.budget import NOTHING_SPENT, Spent
from dialer.core.forecast import ANY_AGE_S, INSTANTS_S, Ages, Forecaster
from dialer.core.hazards import STEP_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dialer.core.forecast import Outlook

_MEMORY = 20.0
"""Calls, or answers, over which a delay is averaged."""


@dataclass(frozen=True, slots=True)
class SharedAges(Ages):
    """All that competes for the same agents: `ringing_s` counts the calls, `own` and `others` foretell them.

    In `ringing_s` no call is older than the ring floor that could not be withdrawn now.
    """

    own: Ages = field(default_factory=Ages)
    """With this campaign's calls alone, and their true ages."""
    others: Sequence[NDArray[np.float64]] = ()
    """Of each other campaign's calls: the chances of an answer by each instant, (calls, instants)."""
    strangers: int = 0
    """Calls that nobody foretells: they are taken for new ones of our own."""


class Foreteller(Forecaster):
    """Learns from one campaign's calls, and from the agents who serve it."""

    def __init__(self, patience_s: float, *, detects: bool) -> None:
        # Until it is known how long detection takes, it takes all the time that it is allowed.
        super().__init__(patience_s * 0.1 if detects else patience_s)
        self._limit_s = patience_s
        self._detection_s = patience_s - self.patience_s
        self._dial_s = 0.0

    def rang(self, after_s: float) -> None:
        """The network said that a telephone rings, so long after the call was sent."""
        self._dial_s += (after_s - self._dial_s) / _MEMORY

    def detected(self, after_s: float) -> None:
        """Detection found a person so long after the answer: the rest of the limit is left for an agent to come."""
        self._detection_s += (after_s - self._detection_s) / _MEMORY
        self.patience_s = max(0.0, self._limit_s - self._detection_s)

    def outlook(self, ages: Ages, waiting: int, now_s: float, *, until_s: float = ANY_AGE_S) -> Outlook:
        """What is likely from here (`Forecaster.outlook`); `until_s` is of ringing, not from the sending on."""
        if until_s < ANY_AGE_S:
            until_s = min(ANY_AGE_S, until_s + ceil(self._dial_s / STEP_S) * STEP_S)
        if not isinstance(ages, SharedAges):
            return super().outlook(ages, waiting, now_s, until_s=until_s)
        own = super().outlook(ages.own, waiting, now_s, until_s=until_s)
        if not ages.others and not ages.strangers:
            return own
        answers = own.answers.reshape(-1, len(INSTANTS_S))
        return replace(own, answers=np.vstack([answers, *ages.others, *([own.new] * ages.strangers)]))

    def rest(self) -> None:
        """Nothing is dialled ahead: what is abandoned meanwhile, or not, says nothing of what a risk comes to."""
        self.budget.appetite(NOTHING_SPENT, Spent(1, 1), 1.0)  # a quarter of an hour without slack allows nothing

    def hear_nothing(self, ages: Ages, now_s: float) -> None:
        """The switch cannot be heard: that nobody answers says nothing of those who ring."""
        super().outlook(replace(ages, ringing_s=(), chances=()), 0, now_s)

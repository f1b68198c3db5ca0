"""One campaign's forecaster: taught by earlier calls, told of its own calls, and asked among those of other campaigns.

Campaigns that want the same agents each foretell their own calls. What one learned of its own list says nothing of
another's; and answers that were to be expected of another's calls, but are told to that one alone, would look as if
nobody answered any more.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil, nan
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.budget import Budget
from dialer.core.call import WITHDRAWN
from dialer.core.forecast import ANY_AGE_S, INSTANTS_S, Ages, Forecaster
from dialer.core.hazards import STEP_S
from dialer.core.level import AnswerLevel
from dialer.core.model import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dialer.core.forecast import Outlook
    from dialer.record.decisions import PastCall

_MEMORY = 20.0
"""Calls, or answers, over which a delay is averaged."""
_MOST_UNTOLD = 0.2
"""Of the answers: where more of them come with no word of ringing before, hardly any call will be withdrawn."""
_OWN_FAULTS = frozenset({Outcome.CANCELLED, Outcome.FAILED})
_WORTH_ANSWERS = 12
"""The level of earlier days is believed as if so many answers had shown it today: this day may be another."""


@dataclass(frozen=True, slots=True)
class SharedAges(Ages):
    """All that competes for the same agents: `ringing_s` counts the calls, `own` and `others` foretell them.

    In `ringing_s` no call is older than the ring floor that could not be withdrawn now.
    """

    own: Ages = field(default_factory=Ages)
    """With this campaign's calls alone, all of them, and their true ages: by these the forecaster learns."""
    takes_agent: Sequence[bool] = ()
    """Whether each of `own` wants an agent who is free; not one whose agent waits already, or that hears a flow."""
    withdrawable: Sequence[bool] = ()
    """Whether each of `own` may be withdrawn now."""
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
        self._untold = 0.0

    # --- what earlier calls teach before the first decision -----------------------------------------

    def teach(self, past: Iterable[PastCall], *, wrap_up_s: float) -> None:
        """Learn from calls that are over; no wrap-up can have lasted longer than `wrap_up_s`."""
        for call in past:
            self._teach_ringing(call)
            self._teach_talk(call, wrap_up_s)

    def begin_anew(self, now_s: float) -> None:
        """All was taught: from here on the answer level, and what a risk comes to, are those of today."""
        self.outlook(Ages(), 0, now_s)  # what was taught is reckoned up
        self.level = AnswerLevel()
        self.level.learn(_WORTH_ANSWERS, _WORTH_ANSWERS)
        self.budget = Budget()

    def _teach_ringing(self, call: PastCall) -> None:
        if call.outcome in _OWN_FAULTS:
            return
        one, until = call.attempt_id, call.answered_at or call.ended_at
        self.placed(one, nan, 0.0)
        rung_s = (until - call.sent_at).total_seconds()
        if call.answered_at is None:
            tell = self.dropped if call.detail == WITHDRAWN else self.ended
            tell(one, rung_s)
            return
        self.answered(one, rung_s)
        if call.outcome is Outcome.MACHINE:
            self.machine(one)
        else:
            self.person(one, abandoned=call.outcome is Outcome.ABANDONED)

    def _teach_talk(self, call: PastCall, wrap_up_s: float) -> None:
        """Of an agent who is nobody in particular: only how long it lasts is of interest."""
        if call.bridged_at is None:
            return
        over = call.unbridged_at or call.ended_at
        talked_s = (over - call.bridged_at).total_seconds()
        self.talk_began(call.attempt_id, 0.0)
        self.talk_over(call.attempt_id, talked_s)
        if call.wrapped_up_at is None:
            self._wraps_since.pop(call.attempt_id)  # how long it lasted is not known
            return
        # A disposition that was given in mid-talk ends the wrap-up with the talk; one given hours later did not last.
        lasted_s = min(wrap_up_s, max(0.0, (call.wrapped_up_at - over).total_seconds()))
        self.wrapped_up(call.attempt_id, talked_s + lasted_s)

    # --- what happens beside what every forecaster is told ------------------------------------------

    def rang(self, after_s: float) -> None:
        """The network said that a telephone rings, so long after the call was sent."""
        self._dial_s += (after_s - self._dial_s) / _MEMORY

    def rang_before(self, *, told: bool) -> None:
        """Somebody answered; `told` where the network had said before that the telephone rang."""
        self._untold += ((not told) - self._untold) / _MEMORY

    def detected(self, after_s: float) -> None:
        """Detection found a person so long after the answer: the rest of the limit is left for an agent to come."""
        self._detection_s += (after_s - self._detection_s) / _MEMORY
        self.patience_s = max(0.0, self._limit_s - self._detection_s)

    def rest(self) -> None:
        """Nothing is dialled ahead: what is abandoned meanwhile, or not, says nothing of what a risk comes to."""
        self.budget.rest()

    def hear_nothing(self, ages: Ages, now_s: float) -> None:
        """The switch cannot be heard: that nobody answers says nothing of those who ring."""
        super().outlook(replace(ages, ringing_s=(), chances=()), 0, now_s)

    # --- what is likely -----------------------------------------------------------------------------

    def outlook(self, ages: Ages, waiting: int, now_s: float, *, until_s: float = ANY_AGE_S) -> Outlook:
        """What is likely from here (`Forecaster.outlook`); `until_s` is of ringing, not from the sending on."""
        until_s = self._since_sent(until_s)
        if not isinstance(ages, SharedAges):
            return super().outlook(ages, waiting, now_s, until_s=until_s)
        own = super().outlook(ages.own, waiting, now_s, until_s=until_s)
        answers = own.answers.reshape(-1, len(INSTANTS_S))
        rings_on = np.asarray(ages.own.ringing_s, dtype=float) >= until_s
        if ages.withdrawable:
            rings_on &= ~np.asarray(ages.withdrawable)
        if rings_on.any():  # whoever cannot be withdrawn may still answer
            answers = np.where(rings_on[:, None], super().outlook(ages.own, waiting, now_s).answers, answers)
        if ages.takes_agent:
            answers = answers[np.asarray(ages.takes_agent)]
        return replace(own, answers=np.vstack([answers, *ages.others, *([own.new] * ages.strangers)]))

    def _since_sent(self, until_s: float) -> float:
        """Until which age since the sending calls count, if they may be withdrawn at this age of ringing."""
        if until_s >= ANY_AGE_S or self._untold > _MOST_UNTOLD:
            return ANY_AGE_S
        return min(ANY_AGE_S, until_s + ceil(self._dial_s / STEP_S) * STEP_S)

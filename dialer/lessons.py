"""What a campaign's calls and agents teach its forecaster: as they happen, and from the record before the first.

Times are seconds of the event loop's clock: nobody can set it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.core import events as ev
from dialer.core.abandonment import Fate
from dialer.core.call import WITHDRAWN, CallState
from dialer.core.model import AgentState, Disposition, Outcome
from dialer.core.plan import AnsweringMachines
from dialer.foreteller import Foreteller
from dialer.lookout import NO_CHANCE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dialer.core.forecast import Ages
    from dialer.placing import Parts
    from dialer.record.campaigns import Campaign
    from dialer.traffic import Seen

_UNANSWERED = frozenset({CallState.PLACED, CallState.RINGING})
_OWN_FAULTS = frozenset({Outcome.CANCELLED, Outcome.FAILED})
_MADE_UP = (ev.LegVanished, ev.LegUnattended)
"""What was found out afterwards: when it happened is not known."""
_WRAPPED_UP = frozenset({AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE})
_MOST_PAST, _TAUGHT_AT_ONCE = 3000, 100


class Lessons:
    """One campaign's. `chances`: what the lead model said of each call placed, by attempt."""

    def __init__(self, campaign: Campaign, parts: Parts, chances: Mapping[str, float]) -> None:
        self._campaign_id, self._plan = campaign.campaign_id, campaign.plan  # of it nothing but the pacing can change
        self._parts = parts
        self._chances = chances
        self.forecaster = self._beginner()
        self.deaf = False
        """The switch cannot be heard: what does not happen meanwhile may have happened."""
        self._heard_s = float("-inf")
        """When it was surely heard the last time."""

    def listen(self, now_s: float, *, deaf: bool) -> None:
        """Whether the switch can be heard now."""
        self.deaf = deaf
        if not deaf:
            self._heard_s = now_s

    # --- as it happens ------------------------------------------------------------------------------

    def call_moved(self, seen: Seen, before: CallState, event: ev.Event) -> None:
        """A call of the campaign has changed its state."""
        call, attempt_id, now_s = seen.calling.call, seen.calling.attempt.attempt_id, _now_s()
        if call.state is CallState.PLACED:
            self.forecaster.placed(attempt_id, self._chances.get(attempt_id, NO_CHANCE), now_s)
        elif call.state is CallState.RINGING:
            if seen.sent_s is not None and not self.deaf:
                self.forecaster.rang(now_s - seen.sent_s)
        elif before in _UNANSWERED:
            self._rings_no_more(seen, event, now_s)
        elif before is CallState.DETECTING and call.state is CallState.WAITING and seen.answered_s is not None:
            self.forecaster.detected(now_s - seen.answered_s)

    def _rings_no_more(self, seen: Seen, event: ev.Event, now_s: float) -> None:
        call, attempt_id = seen.calling.call, seen.calling.attempt.attempt_id
        if self.deaf or isinstance(event, _MADE_UP):
            self.forecaster.dropped(attempt_id, self._heard_s)
        elif call.answered:
            self.forecaster.answered(attempt_id, now_s)
            self.forecaster.rang_before(told=seen.ringing_s is not None)
        elif call.detail == WITHDRAWN or (call.outcome or call.verdict) in _OWN_FAULTS:
            self.forecaster.dropped(attempt_id, now_s)
        else:
            self.forecaster.ended(attempt_id, now_s)

    def judged(self, attempt_id: str, fate: Fate) -> None:
        """An answered call is known to be this to the law; told once."""
        if fate is Fate.TAKEN_FOR_A_MACHINE:
            self.forecaster.machine(attempt_id)
        else:
            self.forecaster.person(attempt_id, abandoned=fate is not Fate.IN_TIME)

    def disposed(self, before: Disposition | None, now: Disposition) -> None:
        """What an agent says of a talk, and what was said of it before.

        How many machines there are among the served says how sure it is that those who met nobody were persons.
        """
        if (now is Disposition.MACHINE) is not (before is Disposition.MACHINE):
            self.forecaster.budget.was_machine(1 if now is Disposition.MACHINE else -1)

    def agent_moved(self, agent_id: str, skills: frozenset[str], before: AgentState, now: AgentState) -> None:
        """An agent has changed state; whatever the campaign or the call, those who may take ours teach us."""
        if not skills >= self._plan.skills:
            return
        now_s = _now_s()
        if now is AgentState.TALKING:
            self.forecaster.talk_began(agent_id, now_s)
        if before is AgentState.TALKING:
            self.forecaster.talk_over(agent_id, now_s)
        if before in {AgentState.TALKING, AgentState.WRAP_UP} and now in _WRAPPED_UP:
            self.forecaster.wrapped_up(agent_id, now_s)

    def go_on(self, ages: Ages, now_s: float) -> None:
        """Where nothing is dialled ahead nobody looks at what was learned: learning goes on all the same."""
        self.forecaster.rest()
        if self.deaf:
            self.forecaster.hear_nothing(ages, now_s)
        else:
            self.forecaster.outlook(ages, 0, now_s)

    # --- what was before ----------------------------------------------------------------------------

    async def read(self, since: datetime) -> None:
        """A forecaster that knows the calls since then takes the place of the present one. RecordError if it cannot."""
        past = await self._parts.record.decisions.past_calls(self._campaign_id, since, _MOST_PAST)
        learned = self._beginner()
        for first in range(0, len(past), _TAUGHT_AT_ONCE):
            learned.teach(past[first : first + _TAUGHT_AT_ONCE], wrap_up_s=self._plan.wrap_up_s)
            await asyncio.sleep(0)  # calls come first
        if past:
            learned.begin_anew(_now_s())
        self.forecaster = learned
        self.join()

    def join(self) -> None:
        """Tell the forecaster what is going on already."""
        for one in self._parts.switchboard.traffic.unanswered(self._campaign_id):
            if one.sent_s is not None:
                attempt_id = one.calling.attempt.attempt_id
                self.forecaster.placed(attempt_id, self._chances.get(attempt_id, NO_CHANCE), one.sent_s)
        agents = self._parts.roster.seen(self._plan.skills, taken=())
        for agent_id, since_s in agents.talking.items():
            self.forecaster.talk_began(agent_id, since_s)
        for agent_id, since_s in agents.wrapping_up.items():
            self.forecaster.talk_over(agent_id, since_s)

    def _beginner(self) -> Foreteller:
        detects = self._plan.answering_machines is not AnsweringMachines.OFF
        return Foreteller(self._plan.abandon_limit_s, detects=detects)


def _now_s() -> float:
    return asyncio.get_running_loop().time()

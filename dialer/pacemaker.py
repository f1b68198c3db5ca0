"""Keeps a campaign's pacing supplied: what was learned, what the law still allows, and what is in doubt.

One for each campaign loop. It is told of every call of the campaign and of every agent who may take them, in whatever
mode the campaign dials, so that a change of mode goes on with what was learned. The simulator feeds the same code in
the same way (`simulation.policies`). Times are seconds of the event loop's clock: nobody can set it, and `decide` is
given it as well.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from dialer.allowance import NOT_READ, Allowance
from dialer.core import events as ev
from dialer.core.abandonment import Fate
from dialer.core.budget import NOTHING_SPENT, Spent
from dialer.core.call import CallState
from dialer.core.errors import RecordError
from dialer.core.forecast import ANY_AGE_S, INSTANTS_S
from dialer.core.model import AgentState, Outcome, PacingMode
from dialer.core.pacing import Decision, Forecast, decide
from dialer.core.plan import AnsweringMachines
from dialer.core.predictive import RING_FLOOR_S
from dialer.experience import begin_anew, teach
from dialer.lookout import NO_CHANCE, Lookout
from dialer.sharing import Foreteller
from dialer.switchboard import WITHDRAWN

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from numpy.typing import NDArray

    from dialer.core.plan import CampaignPlan
    from dialer.lookout import Look
    from dialer.placing import Parts
    from dialer.record.campaigns import Campaign
    from dialer.traffic import Seen

log = logging.getLogger(__name__)

_UNANSWERED = frozenset({CallState.PLACED, CallState.RINGING})
_OWN_FAULTS = frozenset({Outcome.CANCELLED, Outcome.FAILED})
_MADE_UP = (ev.LegVanished, ev.LegUnattended)
"""What was found out afterwards: when it happened is not known."""
_WRAPPED_UP = frozenset({AgentState.READY, AgentState.PAUSED, AgentState.OFFLINE})
_PAST = timedelta(days=7)
_MOST_PAST, _TAUGHT_AT_ONCE = 3000, 100


class Pacemaker:
    """`campaign` may be replaced while it works."""

    def __init__(self, campaign: Campaign, parts: Parts) -> None:
        self.campaign = campaign
        self._parts = parts
        self._traffic = parts.switchboard.traffic
        self._expected: dict[str, float] = {}
        """What share of the answers was expected to be abandoned when a call was decided on, by attempt."""
        self._chances: dict[str, float] = {}
        self._lookout = Lookout(parts, self._chances)
        limit_s, law = campaign.plan.abandon_limit_s, parts.settings.law
        self.allowance = Allowance(parts.record, campaign.campaign_id, limit_s, law)
        self.learned = self._beginner()
        self.answer_rate: float | None = None
        """By the record: answers per attempt of the last day."""
        self._fault: str | None = NOT_READ
        """Why what is counted here is not to be relied on."""
        self._reading = False
        self._deaf = False
        self._heard_s = float("-inf")
        """When the switch was surely heard the last time."""

    @property
    def plan(self) -> CampaignPlan:
        """The campaign's plan as it is now."""
        return self.campaign.plan

    def begin(self) -> None:
        """Listen from now on, and have what was before read beside the pacing."""
        self._traffic.pacers[self.campaign.campaign_id] = self
        self._parts.roster.hours.listeners.append(self.agent_moved)
        self._join(self.learned)
        self.keep_up()

    def end(self) -> None:
        """Listen no more."""
        self._traffic.pacers.pop(self.campaign.campaign_id, None)
        self._parts.roster.hours.listeners.remove(self.agent_moved)

    def keep_up(self) -> None:
        """See to what takes its time, beside the pacing: reading what was before, comparing with the record."""
        if self._fault and not self._reading:
            self._reading = True
            self._parts.spawn(self._read(), name=f"what was before of {self.plan.name}")
        elif self.allowance.wants_comparing() and not self._parts.doubt():
            comparison = self.allowance.compare(self._parts.clock())
            self._parts.spawn(comparison, name=f"comparison of {self.plan.name}")
        for standing in self.allowance.standings(self._parts.clock()):
            self._parts.metrics.window(self.plan.name, standing.window.name, standing.tally)

    # --- what happens -----------------------------------------------------------------------------

    def decided(
        self, attempt_ids: Collection[str], decision: Decision, chances: Mapping[str, float] | None = None
    ) -> None:
        """These calls are on their way because of that decision; `chances` are the lead model's, where it has any."""
        self._expected.update(dict.fromkeys(attempt_ids, decision.expected_abandonment))
        self._chances.update(chances or {})

    def call_moved(self, seen: Seen, before: CallState, event: ev.Event) -> None:
        """A call of the campaign has changed its state."""
        call, attempt_id, now_s = seen.calling.call, seen.calling.attempt.attempt_id, _now_s()
        if call.state is CallState.PLACED:
            self.learned.placed(attempt_id, self._chances.get(attempt_id, NO_CHANCE), now_s)
        elif call.state is CallState.RINGING and seen.sent_s is not None:
            self.learned.rang(now_s - seen.sent_s)
        elif before in _UNANSWERED and call.state not in _UNANSWERED:
            self._rings_no_more(seen, event, now_s)
        elif before is CallState.DETECTING and call.state is CallState.WAITING and seen.answered_s is not None:
            self.learned.detected(now_s - seen.answered_s)
        if (fate := self.allowance.heard(seen.calling)) is not None:
            self._judged(attempt_id, fate)
        if call.state is CallState.ENDED:
            self._expected.pop(attempt_id, None)
            self._chances.pop(attempt_id, None)

    def _rings_no_more(self, seen: Seen, event: ev.Event, now_s: float) -> None:
        call, attempt_id = seen.calling.call, seen.calling.attempt.attempt_id
        if self._deaf or isinstance(event, _MADE_UP):
            self.learned.dropped(attempt_id, self._heard_s)
        elif call.answered:
            self.learned.answered(attempt_id, now_s)
        elif call.detail == WITHDRAWN or (call.outcome or call.verdict) in _OWN_FAULTS:
            self.learned.dropped(attempt_id, now_s)
        else:
            self.learned.ended(attempt_id, now_s)

    def _judged(self, attempt_id: str, fate: Fate) -> None:
        if fate is Fate.TAKEN_FOR_A_MACHINE:
            self.learned.machine(attempt_id)
            return
        self.learned.person(attempt_id, abandoned=fate is not Fate.IN_TIME)
        expected = self._parts.metrics.expected_abandoned.labels(campaign=self.plan.name)
        expected.inc(self._expected.get(attempt_id, 0.0))

    def agent_moved(self, agent_id: str, skills: frozenset[str], before: AgentState, now: AgentState) -> None:
        """An agent has changed state; whatever the campaign or the call, those who may take ours teach us."""
        if not skills >= self.plan.skills:
            return
        now_s = _now_s()
        if now is AgentState.TALKING:
            self.learned.talk_began(agent_id, now_s)
        if before is AgentState.TALKING:
            self.learned.talk_over(agent_id, now_s)
        if before in {AgentState.TALKING, AgentState.WRAP_UP} and now in _WRAPPED_UP:
            self.learned.wrapped_up(agent_id, now_s)

    def lost_count(self, why: str) -> None:
        """Something that happened could not be taken in: all is read anew."""
        self._fault = f"something that happened was not taken in ({why})"

    # --- a decision -------------------------------------------------------------------------------

    def look(self, previews_asked: int = 0) -> Look:
        """The floor as it is now."""
        return self._lookout.look(self.campaign, previews_asked)

    def decide(self, look: Look) -> Decision:
        """How many calls to place and to withdraw now, and why."""
        now, pacing = self._parts.clock(), self.plan.pacing
        doubt = self._doubt(now, look.now_s)
        ahead = pacing.mode is PacingMode.PREDICTIVE and not doubt
        tightest = self.allowance.tightest(pacing.max_abandonment, now)
        if tightest is not None and tightest.window.limit < pacing.max_abandonment:
            pacing = pacing.model_copy(update={"max_abandonment": tightest.window.limit})
        forecast = Forecast(
            self.allowance.tally(pacing.max_abandonment, now),
            self.answer_rate,
            learned=self.learned,
            ages=look.ages,
            window=Spent(tightest.share.answers, tightest.share.abandoned) if tightest else NOTHING_SPENT,
            quarter=self.allowance.quarter(),
            doubt=doubt,
        )
        if not ahead:
            self._learn_on(look)
        made = decide(look.view, forecast, pacing, look.now)
        in_doubt = pacing.mode is PacingMode.PREDICTIVE and doubt is not None
        self._parts.metrics.in_doubt.labels(campaign=self.plan.name).set(in_doubt)
        self._parts.metrics.expected_abandonment.labels(campaign=self.plan.name).set(made.expected_abandonment)
        return replace(made, at=now)

    def _learn_on(self, look: Look) -> None:
        """Where nothing is dialled ahead nobody looks at what was learned: learning goes on all the same."""
        self.learned.rest()
        if self._deaf:
            self.learned.hear_nothing(look.ages.own, look.now_s)
        else:
            self.learned.outlook(look.ages.own, 0, look.now_s)

    def foretell(self, now_s: float) -> NDArray[np.float64]:
        """How likely each of our calls in flight is to be answered by each instant looked ahead to."""
        if self._deaf:
            return np.zeros((0, len(INSTANTS_S)))
        pacing = self.plan.pacing
        drops = pacing.mode is PacingMode.PREDICTIVE and pacing.late_cancel
        ages, until_s = self._lookout.own_ages(self.campaign, now_s), RING_FLOOR_S if drops else ANY_AGE_S
        return self.learned.outlook(ages, 0, now_s, until_s=until_s).answers

    def withdraw(self, most: int) -> int:
        """Let ring no longer those of our calls that have rung longest, and for long enough: how many they were."""
        late = self._lookout.withdrawable(self.campaign.campaign_id, _now_s())[:most]
        return sum(self._parts.switchboard.withdraw(one.calling.attempt.attempt_id) for one in late)

    def promise(self, calls: int) -> AbstractContextManager[None]:
        """So many calls are being claimed: until then others who want the same agents count them."""
        if self.plan.pacing.mode is PacingMode.AGENTLESS:
            return nullcontext()
        return self._traffic.promised(self.plan.skills, calls)

    # --- inside -----------------------------------------------------------------------------------

    def _doubt(self, now: datetime, now_s: float) -> str | None:
        """Why nothing is dialled ahead now, in words, or None."""
        unheard = self._traffic.unheard(now_s)
        stale = self._parts.stale() or (f"Asterisk has said nothing of {unheard} calls" if unheard else None)
        self._deaf = stale is not None
        if not self._deaf:
            self._heard_s = now_s
        return stale or self._parts.doubt() or self._fault or self.allowance.doubt(now)

    def _beginner(self) -> Foreteller:
        detects = self.plan.answering_machines is AnsweringMachines.ASTERISK
        return Foreteller(self.plan.abandon_limit_s, detects=detects)

    def _join(self, learned: Foreteller) -> None:
        """Tell a forecaster what is going on already."""
        for one in self._traffic.of_campaign(self.campaign.campaign_id):
            if one.calling.call.state in _UNANSWERED and one.sent_s is not None:
                attempt_id = one.calling.attempt.attempt_id
                learned.placed(attempt_id, self._chances.get(attempt_id, NO_CHANCE), one.sent_s)
        agents = self._parts.roster.seen(self.plan.skills, taken=())
        for agent_id, since_s in agents.talking.items():
            learned.talk_began(agent_id, since_s)
        for agent_id, since_s in agents.wrapping_up.items():
            learned.talk_over(agent_id, since_s)

    async def _read(self) -> None:
        """What was before: of abandonment for the law, of rings, talks and wrap-ups for the forecaster."""
        fault, now = self._fault, self._parts.clock()
        try:
            await self.allowance.read(now)
            await self._learn_from(now - _PAST)
        except RecordError as error:
            log.info("what was before is not read yet", extra={"campaign": self.plan.name, "why": str(error)})
        else:
            self._fault = None if self._fault == fault else self._fault
        finally:
            self._reading = False

    async def _learn_from(self, since: datetime) -> None:
        """A forecaster that knows the calls since then takes the place of the present one."""
        past = await self._parts.record.decisions.past_calls(self.campaign.campaign_id, since, _MOST_PAST)
        learned = self._beginner()
        for first in range(0, len(past), _TAUGHT_AT_ONCE):
            teach(learned, past[first : first + _TAUGHT_AT_ONCE], wrap_up_s=self.plan.wrap_up_s)
            await asyncio.sleep(0)  # calls come first
        if past:
            begin_anew(learned, _now_s())
            self._join(learned)
            self.learned = learned


def _now_s() -> float:
    return asyncio.get_running_loop().time()

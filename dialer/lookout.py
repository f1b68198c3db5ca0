"""The floor as one campaign's pacing sees it at one moment: how many, and how long they have been as they are.

All that competes for the same agents is in it, whichever campaign's it is: a free agent is promised only once.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dialer.core.call import CallState
from dialer.core.forecast import Ages
from dialer.core.model import AgentState, FloorView, PacingMode
from dialer.core.predictive import RING_FLOOR_S
from dialer.foreteller import SharedAges

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.hours import AgentsSeen
    from dialer.placing import Parts
    from dialer.record.campaigns import Campaign
    from dialer.traffic import Competing, Seen

_IN_FLIGHT = (CallState.QUEUED, CallState.PLACED, CallState.RINGING)
_JUST_UNDER_S = 1e-3
NO_CHANCE = float("nan")
"""Of a call of which the lead model says nothing."""


@dataclass(frozen=True, slots=True)
class Look:
    """The floor at one moment. `now` is of the event loop's clock, which nobody can set, as are all ages."""

    now: datetime
    view: FloorView
    ages: SharedAges
    elsewhere: int
    """By how many calls more `view.in_flight` is than this campaign's own, on which its own limit is."""

    @property
    def now_s(self) -> float:
        """The moment in seconds."""
        return self.now.timestamp()


class Lookout:
    """Looks at the floor for one campaign. `chances`: what the lead model said of each call placed, by attempt."""

    def __init__(self, parts: Parts, chances: Mapping[str, float]) -> None:
        self._parts = parts
        self._traffic = parts.switchboard.traffic
        self._chances = chances

    def look(self, campaign: Campaign, previews_asked: int = 0) -> Look:
        """The floor now: from our own machines, for calls are bridged to agents of this node alone."""
        plan, board = campaign.plan, self._parts.switchboard
        agents = self._parts.roster.seen(plan.skills, taken=board.taken_agents())
        calls = self._traffic.competing(self._parts.roster.skill_sets(plan.skills))
        own = self._traffic.unanswered(campaign.campaign_id)
        in_flight, waiting = len(calls.in_flight) + calls.promised, len(calls.detecting) + calls.waiting
        elsewhere = in_flight - len(own)
        if plan.pacing.mode is PacingMode.AGENTLESS:
            states, elsewhere = board.states(campaign.campaign_id), 0
            # Whoever hears the flow holds a channel as whoever rings does: the limit is on both.
            in_flight = sum(states[one] for one in (*_IN_FLIGHT, CallState.MESSAGE))
            waiting = states[CallState.DETECTING] + states[CallState.WAITING]
        view = FloorView(
            ready=agents.states[AgentState.READY],
            reserved=agents.states[AgentState.RESERVED],
            talking=agents.states[AgentState.TALKING],
            wrap_up=agents.states[AgentState.WRAP_UP],
            paused=agents.states[AgentState.PAUSED],
            in_flight=in_flight,
            waiting=waiting,
            previews_asked=previews_asked,
        )
        now = datetime.fromtimestamp(asyncio.get_running_loop().time(), UTC)
        ages = self._shared(campaign, calls, own, _agents(agents, now.timestamp()), now.timestamp())
        return Look(now, view, ages, elsewhere)

    def own_ages(self, campaign: Campaign, now_s: float) -> SharedAges:
        """With the campaign's calls alone."""
        agents = self._parts.roster.seen(campaign.plan.skills, taken=())
        return self._with_own(
            SharedAges(), self._traffic.unanswered(campaign.campaign_id), _agents(agents, now_s), now_s
        )

    def withdrawable(self, campaign_id: int, now_s: float) -> list[Seen]:
        """The campaign's calls that have rung for so long that they may be withdrawn, the longest first."""
        calls = [one for one in self._traffic.unanswered(campaign_id) if _may_be_withdrawn(one, campaign_id, now_s)]
        return sorted(calls, key=lambda one: -one.rung_s(now_s))

    # --- inside -----------------------------------------------------------------------------------

    def _shared(
        self, campaign: Campaign, calls: Competing, own: Sequence[Seen], agents: Ages, now_s: float
    ) -> SharedAges:
        ours, pacers = campaign.campaign_id, self._traffic.pacers
        others = [one.campaign_id for one in calls.in_flight if one.campaign_id != ours]
        foretold = [pacers[one].foretell(now_s) for one in sorted(set(others) & pacers.keys())]
        strangers = len(others) - sum(len(rows) for rows in foretold)
        agents = replace(agents, detecting_s=[now_s - (one.answered_s or now_s) for one in calls.detecting])
        shared = SharedAges(
            ringing_s=self._withdrawable_ages(calls, ours, now_s),
            detecting_s=agents.detecting_s,
            talking_s=agents.talking_s,
            wrap_up_s=agents.wrap_up_s,
            others=foretold,
            strangers=max(0, strangers) + calls.promised,
        )
        return self._with_own(shared, own, agents, now_s)

    def _withdrawable_ages(self, calls: Competing, ours: int, now_s: float) -> list[float]:
        """How long ago each call was sent; what cannot be withdrawn now is not shown to be past the ring floor."""
        most_s = RING_FLOOR_S - _JUST_UNDER_S
        ages_s = _sent_for(calls.in_flight, now_s)
        for place, one in enumerate(calls.in_flight):
            if ages_s[place] <= most_s:
                break  # the others were sent later
            if not _may_be_withdrawn(one, ours, now_s):
                ages_s[place] = most_s
        return [*sorted(ages_s, reverse=True), *([0.0] * calls.promised)]

    def _with_own(self, shared: SharedAges, own: Sequence[Seen], agents: Ages, now_s: float) -> SharedAges:
        known = self._chances
        chances = [known.get(one.calling.attempt.attempt_id, NO_CHANCE) for one in own] if known else ()
        return replace(
            shared,
            own=replace(agents, ringing_s=_sent_for(own, now_s), chances=chances),
            takes_agent=[one.takes_agent for one in own],
            withdrawable=[_may_be_withdrawn(one, one.campaign_id, now_s) for one in own],
        )


def _agents(agents: AgentsSeen, now_s: float) -> Ages:
    return Ages(
        talking_s=[now_s - since_s for since_s in agents.talking.values()],
        wrap_up_s=[now_s - since_s for since_s in agents.wrapping_up.values()],
    )


def _may_be_withdrawn(one: Seen, campaign_id: int, now_s: float) -> bool:
    """Whether it is ours, its telephone has rung for as long as the law wants, and it wants an agent who is free."""
    return one.campaign_id == campaign_id and one.takes_agent and one.rung_s(now_s) >= RING_FLOOR_S


def _sent_for(calls: Sequence[Seen], now_s: float) -> list[float]:
    """How long ago each was sent; one that is about to be, just now."""
    return [now_s - sent_s if (sent_s := one.sent_s) is not None else 0.0 for one in calls]

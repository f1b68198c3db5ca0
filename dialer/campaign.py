"""One loop per running campaign: looks at the floor, decides how many to call, claims the best leads, places them."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.core import eligibility
from dialer.core.abandonment import Tally
from dialer.core.call import CallState
from dialer.core.errors import ConflictError, InputError, RingpaceError
from dialer.core.model import AgentState, Attempt, CampaignStatus, FloorView, Hold, PacingMode
from dialer.core.pacing import Decision, Forecast, decide

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dialer.core.eligibility import Facts, Verdict
    from dialer.core.model import Lead, NumberRef
    from dialer.core.plan import CampaignPlan
    from dialer.floor.floor import AgentCard, Floor
    from dialer.live import Spawn
    from dialer.metrics import Metrics
    from dialer.ports import Clock, NewsPort
    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record
    from dialer.roster import Roster
    from dialer.settings import Settings
    from dialer.switchboard import Switchboard

log = logging.getLogger(__name__)

TICK_S = 0.5
"""A decision at least this often; otherwise whenever a call or an agent has moved."""
_BREATH_S = 0.02
"""Never more often than this: a burst of events is one decision."""
_REFRESH_S = 2.0
_DRY_S = 1.0
"""How long a list that had nothing to call is left alone."""
_LEGAL_WINDOW = timedelta(hours=24)
_LOOK_AGAIN = timedelta(minutes=10)
"""When a lead is looked at again whose hold has no known end."""
_SPARE = 10
"""Candidates looked at beyond those wanted, for some will be held."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a campaign works with."""

    settings: Settings
    record: Record
    floor: Floor
    switchboard: Switchboard
    roster: Roster
    news: NewsPort
    metrics: Metrics
    clock: Clock
    spawn: Spawn
    new_id: Callable[[], str]


class CampaignLoop:
    """The loop of one campaign whose lease this node holds. `campaign` may be replaced while it runs."""

    def __init__(self, campaign: Campaign, parts: Parts) -> None:
        self.campaign = campaign
        self._parts = parts
        self._wake = asyncio.Event()
        self._forecast = Forecast(Tally(0, 0))
        self._previews: dict[str, tuple[Lead, NumberRef]] = {}
        self._dry_until = 0.0
        self._refreshed = 0.0
        self.last_decision: Decision | None = None
        self.holds: dict[Hold, int] = {}
        self.trouble: str | None = None
        self.withdrawn = False
        """Set when this node gives the campaign up: what is claimed but not yet placed stays unplaced."""

    @property
    def plan(self) -> CampaignPlan:
        """The plan as it is now."""
        return self.campaign.plan

    def wake(self) -> None:
        """Something has moved: decide now."""
        self._wake.set()

    async def run(self) -> None:
        """Pace for ever. While a part is away nothing is dialled, and the campaign tries again."""
        while True:
            try:
                await self._refresh()
                await self._step()
                self.trouble = None
            except RingpaceError as error:
                self.trouble = str(error)
                log.warning("not dialling", extra={"campaign": self.plan.name, "why": self.trouble})
            await asyncio.sleep(_BREATH_S)
            try:
                async with asyncio.timeout(TICK_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    # --- preview: the agent sees the lead first -----------------------------------------------------

    async def preview(self, agent_id: str) -> Lead:
        """The best lead that may be called now, for an agent who is READY; only `dial_preview` claims it."""
        if self.plan.pacing.mode is not PacingMode.PREVIEW:
            raise ConflictError(f"campaign {self.plan.name!r} is not in preview mode")
        if self._parts.roster.agent(agent_id).state is not AgentState.READY:
            raise ConflictError(f"agent {agent_id} is not READY")
        shown = {lead.lead_id for lead, _number in self._previews.values()}
        for facts in await self._candidates(_SPARE + len(shown)):
            verdict = self._check(facts)
            if verdict.eligible and verdict.number and facts.lead.lead_id not in shown:
                self._previews[agent_id] = (facts.lead, verdict.number)
                return facts.lead
        raise ConflictError(f"campaign {self.plan.name!r} has no lead that may be called now")

    async def dial_preview(self, agent_id: str, lead_id: int) -> str:
        """Call the lead that the agent was shown: the attempt's id. The agent is reserved meanwhile."""
        lead, number = self._previews.get(agent_id, (None, None))
        if lead is None or number is None or lead.lead_id != lead_id:
            raise InputError(f"lead_id: agent {agent_id} was not shown lead {lead_id}")
        decision = decide(await self._view(previews_asked=1), self._forecast, self.plan.pacing, self._parts.clock())
        if decision.place < 1:
            raise ConflictError(f"not now: {decision.reason}")
        attempt_id = self._parts.new_id()
        if await self._parts.floor.take_agent(attempt_id, self.plan.skills, only=agent_id) is None:
            raise ConflictError(f"agent {agent_id} is not READY")
        limit_s = self.plan.ring_timeout_s + 10
        self._parts.roster.reserve(agent_id, attempt_id, wrap_up_s=self.plan.wrap_up_s, limit_s=limit_s)
        del self._previews[agent_id]
        placed = await self._place([self._attempt(attempt_id, lead, number, agent_id)], decision)
        if not placed:
            self._parts.roster.release(agent_id, attempt_id)
            raise ConflictError("the lead is being called by somebody else, or the trunk has no room")
        return attempt_id

    # --- one decision -------------------------------------------------------------------------------

    async def _step(self) -> None:
        if self.campaign.status is not CampaignStatus.RUNNING or self.plan.pacing.mode is PacingMode.PREVIEW:
            return
        view = await self._view()
        began = time.perf_counter()
        decision = decide(view, self._forecast, self.plan.pacing, self._parts.clock())
        self._parts.metrics.decisions.observe(time.perf_counter() - began)
        self.last_decision = decision
        if decision.place and asyncio.get_running_loop().time() >= self._dry_until:
            await self._claim_and_place(decision)

    async def _view(self, previews_asked: int = 0) -> FloorView:
        node = self._parts.settings.node
        cards = [c for c in await self._parts.floor.agents() if c.node == node and c.skills >= self.plan.skills]
        calls = self._parts.switchboard.states(self.campaign.campaign_id)
        return FloorView(
            ready=_count(cards, AgentState.READY),
            reserved=_count(cards, AgentState.RESERVED),
            talking=_count(cards, AgentState.TALKING),
            wrap_up=_count(cards, AgentState.WRAP_UP),
            paused=_count(cards, AgentState.PAUSED),
            in_flight=sum(calls[state] for state in (CallState.QUEUED, CallState.PLACED, CallState.RINGING)),
            waiting=calls[CallState.DETECTING] + calls[CallState.WAITING],
            previews_asked=previews_asked,
        )

    async def _claim_and_place(self, decision: Decision) -> None:
        chosen: list[Attempt] = []
        held: dict[int, tuple[Hold, datetime]] = {}
        for facts in await self._candidates(decision.place + _SPARE):
            verdict = self._check(facts)
            if not verdict.eligible or verdict.number is None:
                held[facts.lead.lead_id] = (verdict.hold, verdict.until or self._parts.clock() + _LOOK_AGAIN)
                continue
            chosen.append(self._attempt(self._parts.new_id(), facts.lead, verdict.number, None))
            if len(chosen) == decision.place:
                break
        # Out of the way of the next best, until what holds them may have changed.
        await self._parts.record.leads.hold(held)
        if not chosen:
            self._dry_until = asyncio.get_running_loop().time() + _DRY_S
            return
        await self._place(chosen, decision)

    async def _place(self, chosen: list[Attempt], decision: Decision) -> list[Attempt]:
        """Claim trunk room, then the leads; place those that got both."""
        trunk = self._parts.settings.trunks[self.plan.trunk]
        ids = [attempt.attempt_id for attempt in chosen]
        granted = await self._parts.floor.acquire_trunk(
            self.plan.trunk, ids, channels=trunk.channels, calls_per_second=trunk.calls_per_second
        )
        if not granted:
            return []
        decision_id = self._parts.new_id()
        await self._parts.record.decisions.add(decision_id, self.campaign.campaign_id, decision, await self._view())
        won = await self._parts.record.attempts.claim(
            [replace(attempt, decision_id=decision_id) for attempt in chosen[:granted]], self._parts.settings.node
        )
        lost = set(ids[:granted]) - {attempt.attempt_id for attempt in won}
        await self._parts.floor.release_trunk(self.plan.trunk, sorted(lost))
        for attempt in won:
            work = self._parts.switchboard.place(attempt, self.plan, self._last_check)
            self._parts.spawn(work, name=f"place {attempt.attempt_id}")
        return won

    async def _candidates(self, limit: int) -> list[Facts]:
        return await self._parts.record.leads.candidates(self.campaign.campaign_id, self._parts.clock(), limit)

    def _attempt(self, attempt_id: str, lead: Lead, number: NumberRef, agent_id: str | None) -> Attempt:
        return Attempt(
            attempt_id=attempt_id,
            campaign_id=self.campaign.campaign_id,
            lead_id=lead.lead_id,
            number_id=number.number_id,
            e164=number.e164,
            person=lead.person,
            name=lead.name,
            trunk=self.plan.trunk,
            caller_id=self.plan.caller_id,
            queued_at=self._parts.clock(),
            attributes=lead.attributes,
            owner=lead.owner,
            agent_id=agent_id,
        )

    # --- the law ------------------------------------------------------------------------------------

    def _check(self, facts: Facts, *, own_attempt: bool = False, number_id: int | None = None) -> Verdict:
        trunk = self._parts.settings.trunks.get(self.plan.trunk)
        return eligibility.check(
            facts,
            self.plan,
            self._parts.settings.law,
            self.campaign.status,
            trunk.caller_ids if trunk else (),
            self._parts.clock(),
            own_attempt=own_attempt,
            number_id=number_id,
        )

    async def _last_check(self, attempt: Attempt) -> str | None:
        """Everything once more, on fresh facts, right before Originate: None, or what stands against it."""
        if self.withdrawn:
            return "this controller no longer runs the campaign"
        facts = await self._parts.record.leads.facts(attempt.lead_id, self._parts.clock())
        verdict = self._check(facts, own_attempt=True, number_id=attempt.number_id)
        return None if verdict.eligible else f"{verdict.hold}: {verdict.detail}"

    # --- what the operator sees ---------------------------------------------------------------------

    async def _refresh(self) -> None:
        if asyncio.get_running_loop().time() - self._refreshed < _REFRESH_S:
            return
        self._refreshed = asyncio.get_running_loop().time()
        now, campaign_id = self._parts.clock(), self.campaign.campaign_id
        tally = await self._parts.record.attempts.tally(campaign_id, now - _LEGAL_WINDOW)
        rate = await self._parts.record.overview.answer_rate(campaign_id, now - _LEGAL_WINDOW)
        self._forecast = Forecast(tally, rate)
        self.holds = await self._parts.record.overview.hold_counts(campaign_id, now)
        self._parts.metrics.abandonment_ratio.labels(campaign=self.plan.name).set(tally.rate)
        for hold in Hold:
            self._parts.metrics.leads.labels(campaign=self.plan.name, hold=hold.value).set(self.holds.get(hold, 0))
        calls = self._parts.switchboard.states(campaign_id)
        for state in CallState:
            self._parts.metrics.calls_live.labels(campaign=self.plan.name, state=state.value).set(calls[state])
        self._parts.news.tell(f"campaigns/{campaign_id}", self.summary(), retain=True)

    def summary(self) -> dict[str, object]:
        """The campaign as its operator sees it now."""
        calls = self._parts.switchboard.states(self.campaign.campaign_id)
        decision = self.last_decision
        return {
            "campaign_id": self.campaign.campaign_id,
            "name": self.plan.name,
            "status": self.campaign.status.value,
            "mode": self.plan.pacing.mode.value,
            "ratio": self.plan.pacing.ratio,
            "decision": decision.reason if decision else None,
            "calls": {state.value: count for state, count in calls.items()},
            "answer_rate": self._forecast.answer_rate,
            "live_answers": self._forecast.tally.live_answers,
            "abandonment": self._forecast.tally.rate,
            "holds": {hold.value: count for hold, count in self.holds.items()},
            "trouble": self.trouble,
        }


def _count(cards: list[AgentCard], state: AgentState) -> int:
    return sum(card.state is state for card in cards)

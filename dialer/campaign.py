"""One loop per running campaign: looks at the floor, decides how many to call, claims the best leads, places them."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.core.errors import ConflictError, InputError, RecordError, RingpaceError
from dialer.core.model import AgentState, CampaignStatus, Hold, PacingMode
from dialer.pacemaker import Pacemaker
from dialer.placing import Placing
from dialer.record.decisions import DecisionRow

if TYPE_CHECKING:
    from dialer.core.model import Attempt, FloorView, Lead, NumberRef
    from dialer.core.pacing import Decision
    from dialer.core.plan import CampaignPlan
    from dialer.lookout import Look
    from dialer.placing import Parts
    from dialer.record.campaigns import Campaign

log = logging.getLogger(__name__)

TICK_S = 0.5
"""A decision at least this often; otherwise whenever a call or an agent has moved."""
_BREATH_S = 0.1
"""Never more often than this: a burst of events is one decision."""
_REFRESH_S = 2.0
_COUNT_SHARE = 20
"""Counting what holds the leads takes at most so small a part of the time."""
_FRESH_S = 1.0
"""How old the look at the floor may be by which calls are placed ahead."""
_DRY_S = 1.0
"""How long a list that had nothing to call is left alone."""
_LATELY = timedelta(hours=24)
_PREVIEWED = 20
"""Candidates looked at for one preview, for some will be held."""


class CampaignLoop:
    """The loop of one campaign whose lease this node holds. `campaign` may be replaced while it runs."""

    def __init__(self, campaign: Campaign, parts: Parts) -> None:
        self._placing = Placing(campaign, parts)
        self._parts = parts
        self._wake = asyncio.Event()
        self._pacemaker = Pacemaker(campaign, parts)
        self._pacemaker.on_moved = self._placing.judge.moved
        self._previews: dict[str, tuple[Lead, NumberRef]] = {}
        self._dry_until = 0.0
        self._held_back = False
        """Whether the last decision wanted more calls than the trunk takes a second."""
        self._refresh_at = 0.0
        self._count_at = 0.0
        self.last_decision: Decision | None = None
        self.holds: dict[Hold, int] = {}
        self.trouble: str | None = None

    @property
    def campaign(self) -> Campaign:
        """The campaign as it is now."""
        return self._placing.campaign

    @campaign.setter
    def campaign(self, changed: Campaign) -> None:
        self._placing.campaign = self._pacemaker.campaign = changed

    def withdraw(self) -> None:
        """This node gives the campaign up: what is claimed but not yet placed stays unplaced, and `run` ends.

        Never cancel `run` instead: a claim that is cut off may be in the record with nobody to place or close it.
        """
        self._placing.withdrawn = True
        self.wake()

    @property
    def plan(self) -> CampaignPlan:
        """The plan as it is now."""
        return self.campaign.plan

    def wake(self) -> None:
        """Something has moved: decide now."""
        self._wake.set()

    async def run(self) -> None:
        """Pace until withdrawn. While a part is away nothing is dialled, and the campaign tries again."""
        self._pacemaker.begin()
        try:
            await self._pace()
        finally:
            self._pacemaker.end()
        await self._placing.judge.last_word()

    async def _pace(self) -> None:
        await self._pacemaker.look_back()
        while not self._placing.withdrawn:
            try:
                await self._refresh()
                await self._step()
                self.trouble = None
            except RingpaceError as error:
                self._held_back = False
                if str(error) != self.trouble:
                    self.trouble = str(error)
                    log.warning("not dialling", extra={"campaign": self.plan.name, "why": self.trouble})
            await asyncio.sleep(_BREATH_S)
            try:
                # Held by the calls a second, the next is sent as soon as it may be: what is not used then is lost.
                async with asyncio.timeout(0 if self._held_back else TICK_S):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()

    # --- preview: the agent sees the lead first -----------------------------------------------------

    async def preview(self, agent_id: str) -> Lead:
        """The best lead that may be called now, for an agent who is READY; only `dial_preview` claims it."""
        if self.plan.pacing.mode is not PacingMode.PREVIEW:
            raise ConflictError(f"campaign {self.plan.name!r} is not in preview mode")
        if not self._looks(agent_id):
            raise ConflictError(f"agent {agent_id} is not READY")
        shown = {
            lead.lead_id for agent, (lead, _) in self._previews.items() if self._looks(agent) and agent != agent_id
        }
        for facts in await self._placing.candidates(_PREVIEWED + len(shown)):
            verdict = self._placing.check(facts)
            if verdict.eligible and verdict.number and facts.lead.lead_id not in shown:
                self._previews[agent_id] = (facts.lead, verdict.number)
                return facts.lead
        raise ConflictError(f"campaign {self.plan.name!r} has no lead that may be called now")

    def _looks(self, agent_id: str) -> bool:
        """Whether an agent who was shown a lead may still be looking at it."""
        return self._parts.roster.agent(agent_id).state is AgentState.READY

    async def dial_preview(self, agent_id: str, lead_id: int) -> str:
        """Call the lead that the agent was shown: the attempt's id. The agent is reserved meanwhile."""
        lead, number = self._previews.get(agent_id, (None, None))
        if lead is None or number is None or lead.lead_id != lead_id:
            raise InputError(f"lead_id: agent {agent_id} was not shown lead {lead_id}")
        look = self._pacemaker.look(previews_asked=1)
        decision = self._pacemaker.decide(look)
        if decision.place < 1:
            raise ConflictError(f"not now: {decision.reason}")
        attempt_id = self._parts.new_id()
        if await self._parts.floor.take_agent(attempt_id, self.plan.skills, only=agent_id) is None:
            raise ConflictError(f"agent {agent_id} is not READY")
        limit_s = self.plan.ring_timeout_s + 10
        self._parts.roster.reserve(agent_id, attempt_id, wrap_up_s=self.plan.wrap_up_s, limit_s=limit_s)
        del self._previews[agent_id]
        on_its_way: frozenset[str] = frozenset()
        try:
            async with self._placing.trunk_room([attempt_id]) as room:
                if room.granted:
                    attempt = self._placing.attempt(attempt_id, lead, number, agent_id)
                    on_its_way = room.used = await self._place([attempt], decision, look.view)
        finally:
            if not on_its_way:
                self._parts.roster.release(agent_id, attempt_id)
        if not on_its_way:
            raise ConflictError("the lead is being called by somebody else, or the trunk has no room")
        return attempt_id

    # --- one decision -------------------------------------------------------------------------------

    async def _step(self) -> None:
        self._held_back = False
        if self.campaign.status is not CampaignStatus.RUNNING or self.plan.pacing.mode is PacingMode.PREVIEW:
            return
        began = time.perf_counter()
        look = self._pacemaker.look()
        decision = self._pacemaker.decide(look)
        self._parts.metrics.decisions.observe(time.perf_counter() - began)
        if decision.drop:
            decision = replace(decision, drop=await self._pacemaker.withdraw(decision.drop))
        self.last_decision = decision
        if decision.drop:
            # By itself, before any lead is claimed: it is recorded once, whatever comes of the claim.
            withdrawn = replace(decision, place=0)
            row = DecisionRow(self._parts.new_id(), self.campaign.campaign_id, look.view, withdrawn)
            await self._parts.record.decisions.add(row)
        if decision.place and asyncio.get_running_loop().time() >= self._dry_until:
            await self._claim_and_place(replace(decision, drop=0), look)

    async def _claim_and_place(self, decision: Decision, look: Look) -> None:
        # No more ids than the trunk can grant at once, however many an empty floor would take.
        trunk = self._parts.settings.trunks[self.plan.trunk]
        most = min(decision.place, trunk.channels, math.ceil(trunk.calls_per_second))
        ids = [self._parts.new_id() for _ in range(most)]
        with self._pacemaker.promise(most):
            async with self._placing.trunk_room(ids) as room:
                if len(room.granted) < decision.place:
                    in_use = await self._parts.floor.channels_in_use(self.plan.trunk)
                    self._held_back = in_use < trunk.channels
                if not room.granted:
                    return
                chosen = await self._placing.choose(room.granted)
                if not chosen:
                    self._dry_until = asyncio.get_running_loop().time() + _DRY_S
                if chosen := chosen[: self._still_wanted(look, most)]:
                    room.used = await self._place(chosen, decision, look.view)
            await asyncio.sleep(0)  # what was promised is seen to be on its way

    def _still_wanted(self, look: Look, promised: int) -> int:
        """How many of the calls that were promised a decision still speaks for: an old one for no call ahead.

        Between the two the record was asked for leads; where that took long, the floor is another by now.
        """
        if self.plan.pacing.mode is PacingMode.AGENTLESS or asyncio.get_running_loop().time() - look.now_s <= _FRESH_S:
            return promised
        view = self._pacemaker.look().view
        return max(0, view.ready - (view.in_flight - promised) - view.waiting)

    async def _place(self, chosen: list[Attempt], decision: Decision, view: FloorView) -> frozenset[str]:
        on_their_way = await self._placing.place(chosen, decision, view)
        # The model tells of persons; whoever looks ahead waits for whatever picks up.
        persons = self._pacemaker.learned.person_share
        placed = [one for one in chosen if one.attempt_id in on_their_way]
        chances = {one.attempt_id: min(1.0, one.chance / persons) for one in placed if one.chance is not None}
        self._pacemaker.decided(on_their_way, decision, chances)
        return on_their_way

    # --- what the operator sees ---------------------------------------------------------------------

    async def _refresh(self) -> None:
        loop = asyncio.get_running_loop()
        if loop.time() < self._refresh_at:
            return
        self._refresh_at = loop.time() + _REFRESH_S
        now, campaign_id = self._parts.clock(), self.campaign.campaign_id
        await self._pacemaker.allowance.read_last_day(now)
        self._pacemaker.answer_rate = await self._parts.record.overview.answer_rate(campaign_id, now - _LATELY)
        self._pacemaker.keep_up()
        if self._placing.judge.wants_keeping():
            self._parts.spawn(self._placing.judge.keep(), name=f"who answers {self.plan.name}")
        self.tell()
        if loop.time() >= self._count_at:
            self._count_at = math.inf  # until it is done
            self._parts.spawn(self._count_holds(), name=f"holds of {self.plan.name}")

    async def _count_holds(self) -> None:
        """Beside the pacing: on a list of millions it takes seconds, and may not take more than a part of the time."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            self.holds = await self._parts.record.overview.hold_counts(self.campaign.campaign_id, self._parts.clock())
        except RecordError as error:
            log.info("holds not counted", extra={"campaign": self.plan.name, "why": str(error)})
        finally:
            self._count_at = loop.time() + max(_REFRESH_S, (loop.time() - began) * _COUNT_SHARE)
        if self._placing.withdrawn:
            return  # what is shown of the campaign is another's now
        for hold in Hold:
            self._parts.metrics.leads.labels(campaign=self.plan.name, hold=hold.value).set(self.holds.get(hold, 0))
        self.tell()

    def tell(self) -> None:
        """Tell the operators how the campaign stands."""
        self._parts.news.tell(f"campaigns/{self.campaign.campaign_id}", self.summary(), retain=True)

    def summary(self) -> dict[str, object]:
        """The campaign as its operator sees it now."""
        calls = self._parts.switchboard.states(self.campaign.campaign_id)
        decision, now = self.last_decision, self._parts.clock()
        tally = self._pacemaker.allowance.tally(self.plan.pacing.max_abandonment, now)
        return {
            "campaign_id": self.campaign.campaign_id,
            "name": self.plan.name,
            "status": self.campaign.status.value,
            "mode": self.plan.pacing.mode.value,
            "ratio": self.plan.pacing.ratio,
            "pacing": self.plan.pacing.model_dump(mode="json"),
            "decision": decision.reason if decision else None,
            "expected_abandonment": decision.expected_abandonment if decision else None,
            "calls": {state.value: count for state, count in calls.items()},
            "answer_rate": self._pacemaker.answer_rate,
            "live_answers": tally.live_answers,
            "abandonment": tally.rate,
            "windows": self._pacemaker.allowance.summary(now),
            "holds": {hold.value: count for hold, count in self.holds.items()},
            "trouble": self.trouble,
        }

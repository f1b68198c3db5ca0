"""From a decision to calls on their way: trunk room, the best leads that may be called, their claims, a last check."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.core import eligibility
from dialer.core.errors import ConflictError
from dialer.core.model import Attempt, Hold
from dialer.judging import Judge
from dialer.record.decisions import DecisionRow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from dialer.core.eligibility import Facts, Verdict
    from dialer.core.features import Features
    from dialer.core.model import FloorView, Lead, NumberRef
    from dialer.core.pacing import Decision
    from dialer.live import Spawn
    from dialer.metrics import Metrics
    from dialer.ports import Clock, FloorPort, NewsPort
    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record
    from dialer.roster import Roster
    from dialer.settings import Settings
    from dialer.switchboard import Switchboard

_LOOK_AGAIN = timedelta(minutes=10)
"""When a lead is looked at again whose hold has no known end."""
_CALL_IS_ON = timedelta(seconds=30)
"""When a lead is looked at again whose person or number is being called for another lead."""
_CHOICE = 10
"""Candidates looked at for each that is wanted, once it is known who is likely to answer."""
_SPARE = 10
"""And beyond those, for some will be held; twice as many each time that all were."""
_MOST_SPARE = 640
_MOST_LOOKS = 10
"""In one decision: about three thousand held leads are put out of the way."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a campaign works with."""

    settings: Settings
    record: Record
    floor: FloorPort
    switchboard: Switchboard
    roster: Roster
    news: NewsPort
    metrics: Metrics
    clock: Clock
    spawn: Spawn
    new_id: Callable[[], str]
    doubt: Callable[[], str | None]
    """What stands against any call at this very moment, or None: a doubtful clock, another controller of our name."""
    stale: Callable[[], str | None] = lambda: None
    """Why the floor may not be as it looks, because the switch is heard late or not at all, or None."""


@dataclass(slots=True)
class Room:
    """Trunk channels claimed for these attempts, and the attempts that are on their way in them."""

    granted: tuple[str, ...]
    used: frozenset[str] = frozenset()


class Placing:
    """Places the calls of one campaign. `campaign` may be replaced while calls are on their way."""

    def __init__(self, campaign: Campaign, parts: Parts) -> None:
        self.campaign = campaign
        self.withdrawn = False
        """Set when this node gives the campaign up: what is claimed but not yet placed stays unplaced."""
        self.judge = Judge(campaign.campaign_id, parts.record, parts.clock)
        self._parts = parts
        self._judged_by: dict[str, Features] = {}
        """By what the last choice was made, by attempt."""
        self._last_looked_at: Lead | None = None

    async def choose(self, ids: Sequence[str]) -> list[Attempt]:
        """The best leads that may be called now, at most one for each of these attempt ids.

        By the list's priority, and among those of one priority by the chance that a person answers; while that is not
        known, by the list's own order. Who is passed over is looked at again when all behind them were.
        """
        for look in range(_MOST_LOOKS):
            chosen: list[Attempt] = []
            held: dict[int, tuple[Hold, datetime]] = {}
            self._judged_by.clear()
            plan = self.campaign.plan
            ranked, pasts = await self.judge.ranked(await self._window(len(ids), look), plan)
            for facts in ranked:
                verdict = self.check(facts)
                if not verdict.eligible or verdict.number is None:
                    again = _CALL_IS_ON if verdict.hold is Hold.IN_FLIGHT else _LOOK_AGAIN
                    held[facts.lead.lead_id] = (verdict.hold, verdict.until or self._parts.clock() + again)
                    continue
                attempt = self.attempt(ids[len(chosen)], facts.lead, verdict.number, None)
                features = self.judge.features(facts, verdict.number, pasts, plan)
                self._judged_by[attempt.attempt_id] = features
                chosen.append(replace(attempt, chance=self.judge.chance(features)))
                if len(chosen) == len(ids):
                    break
            # Out of the way of the next best, until what holds them may have changed.
            await self._parts.record.leads.hold(held)
            if chosen or not held:
                break
        return chosen

    async def _window(self, wanted: int, look: int) -> list[Facts]:
        """The candidates of one look: enough for a choice, and behind those of the look before."""
        if not self.judge.knows:
            return await self.candidates(wanted + min(_SPARE << look, _MOST_SPARE))
        more = wanted * (_CHOICE - 1) + (_SPARE << look)
        found = await self.candidates(wanted + min(more, _MOST_SPARE), self._last_looked_at)
        self._last_looked_at = found[-1].lead if found else None
        return found

    async def place(self, chosen: list[Attempt], decision: Decision, view: FloorView) -> frozenset[str]:
        """Claim the leads and place those that were won: the ids of the attempts on their way."""
        if self.withdrawn:
            return frozenset()
        decision_id = self._parts.new_id()
        won = await self._parts.record.attempts.claim(
            [replace(attempt, decision_id=decision_id) for attempt in chosen],
            self._parts.settings.node,
            DecisionRow(decision_id, self.campaign.campaign_id, view, decision),
        )
        last_check = _LastCheck(self, self._parts, [attempt.lead_id for attempt in won])
        for attempt in won:
            if features := self._judged_by.get(attempt.attempt_id):
                self.judge.sent_on(attempt.attempt_id, features)
            work = self._parts.switchboard.place(attempt, self.campaign.plan, last_check.objection)
            self._parts.spawn(work, name=f"place {attempt.attempt_id}")
        return frozenset(attempt.attempt_id for attempt in won)

    @asynccontextmanager
    async def trunk_room(self, ids: Sequence[str]) -> AsyncIterator[Room]:
        """Room on the trunk and the switch for as many attempts as they have; what is not used goes back in any case.

        SwitchError where the switch is away. ConflictError while the clock or our hold on the node's name is in doubt:
        then no lead is looked at, for what held it would be noted wrongly.
        """
        if doubt := self._parts.doubt():
            raise ConflictError(doubt)
        ids = ids[: self._parts.switchboard.room()]
        name, trunk = self.campaign.plan.trunk, self._parts.settings.trunks[self.campaign.plan.trunk]
        await self._parts.switchboard.trunks.free()
        count = await self._parts.floor.acquire_trunk(
            name, ids, channels=trunk.channels, calls_per_second=trunk.calls_per_second
        )
        room = Room(tuple(ids[:count]))
        try:
            yield room
        finally:
            await self._parts.switchboard.trunks.free(name, (i for i in room.granted if i not in room.used))

    async def candidates(self, limit: int, after: Lead | None = None) -> list[Facts]:
        """The facts of the leads that are due, best first; with `after`, from there on (`Leads.candidates`)."""
        return await self._parts.record.leads.candidates(self.campaign.campaign_id, self._parts.clock(), limit, after)

    def attempt(self, attempt_id: str, lead: Lead, number: NumberRef, agent_id: str | None) -> Attempt:
        """A try to reach this lead at this number now; `agent_id` where the agent is known already (preview)."""
        return Attempt(
            attempt_id=attempt_id,
            campaign_id=self.campaign.campaign_id,
            lead_id=lead.lead_id,
            number_id=number.number_id,
            e164=number.e164,
            person=lead.person,
            name=lead.name,
            trunk=self.campaign.plan.trunk,
            caller_id=self.campaign.plan.caller_id,
            queued_at=self._parts.clock(),
            attributes=lead.attributes,
            owner=lead.owner,
            agent_id=agent_id,
        )

    def check(self, facts: Facts, *, own_attempt: bool = False, number_id: int | None = None) -> Verdict:
        """May this lead be called now: the one rule book, with this installation's law and this campaign's plan."""
        trunk = self._parts.settings.trunks.get(self.campaign.plan.trunk)
        return eligibility.check(
            facts,
            self.campaign.plan,
            self._parts.settings.law,
            self.campaign.status,
            trunk.caller_ids if trunk else (),
            self._parts.clock(),
            own_attempt=own_attempt,
            number_id=number_id,
        )


class _LastCheck:
    """Everything once more, on fresh facts, right before the Originates of those who were claimed together."""

    def __init__(self, placing: Placing, parts: Parts, lead_ids: Sequence[int]) -> None:
        self._placing = placing
        self._parts = parts
        self._lead_ids = lead_ids
        self._facts: asyncio.Future[dict[int, Facts]] | None = None

    async def objection(self, attempt: Attempt) -> str | None:
        """What stands against this call, or None."""
        if self._facts is None:
            self._facts = asyncio.ensure_future(self._parts.record.leads.facts_of(self._lead_ids, self._parts.clock()))
        # One of them that is cancelled must not take the facts from the others.
        facts = (await asyncio.shield(self._facts)).get(attempt.lead_id)
        if self._placing.withdrawn:
            return "this controller no longer runs the campaign"
        if doubt := self._parts.doubt():
            return doubt
        if facts is None:
            return f"there is no lead {attempt.lead_id}"
        verdict = self._placing.check(facts, own_attempt=True, number_id=attempt.number_id)
        return None if verdict.eligible else f"{verdict.hold}: {verdict.detail}"

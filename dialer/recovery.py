"""Takes over what a former run of this node left: living calls and agents are kept, the rest is closed truthfully.

Asterisk's list of channels says what lives, the record says what it is. Nothing is dialled again here: each attempt
that is over gets its outcome, and the retry rules decide what follows.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.adoption import adopted_agent, closed, living_call
from dialer.asterisk.channels import Place, missed, standings
from dialer.books import Closing
from dialer.core.errors import NotFoundError
from dialer.core.model import AgentState, PacingMode
from dialer.core.telephone import Telephone, telephone_of
from dialer.record.audit import AuditLine
from dialer.supervision import ENDED, LEG_PREFIX
from dialer.switchboard import rules_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from dialer.asterisk.channels import Standing
    from dialer.books import Books
    from dialer.core.call import Call
    from dialer.core.model import Attempt
    from dialer.core.plan import CampaignPlan
    from dialer.ports import Clock, FloorPort, SwitchPort
    from dialer.record.agents import Span
    from dialer.record.attempts import AttemptRow
    from dialer.record.record import Record
    from dialer.roster import Roster
    from dialer.supervision import Supervision
    from dialer.switchboard import Switchboard
    from recordings.keeper import Keeper

log = logging.getLogger(__name__)

_NO_WRAP_UP_S = 30.0
"""Of an agent who wraps up a call that is not in the record."""


@dataclass(frozen=True, slots=True)
class _Left:
    """An attempt that a former run left open, or that an agent of it still wraps up."""

    row: AttemptRow
    plan: CampaignPlan


@dataclass(frozen=True, slots=True)
class _Found:
    """What was there: the attempts left open, where each leg stood, and whom the dialplan noted as unattended."""

    left: Mapping[str, _Left]
    at: Mapping[str, Standing]
    notes: Mapping[str, datetime]


@dataclass(kw_only=True, slots=True)
class Recovery:
    """Taking over, once, before anything is dialled and before anybody can log in."""

    node: str
    agents: Collection[str]
    record: Record
    switch: SwitchPort
    floor: FloorPort
    switchboard: Switchboard
    roster: Roster
    supervision: Supervision
    books: Books
    keeper: Keeper
    clock: Clock
    _found: _Found | None = None
    _plans: dict[int, CampaignPlan] = field(default_factory=dict)

    async def take_over(self) -> None:
        """Adopt what lives and close what does not; to be called again where a part was away in the middle of it."""
        if self._found is None:
            self._found = await self._adopt()
        await self._tidy_up(self._found)

    async def _adopt(self) -> _Found:
        left = {row.attempt_id: await self._left(row) for row in await self.record.attempts.open_attempts(self.node)}
        spans = {span.agent_id: span for span in await self.record.agents.now()}
        wrapping = {one.attempt_id for one in spans.values() if one.attempt_id is not None} - left.keys()
        talked = {attempt_id: await self._talked(attempt_id) for attempt_id in wrapping}
        lately = await self.floor.seen_lately()
        phones = {card.agent_id: card.telephone for card in await self.floor.agents()} if lately else {}
        notes = await self.switch.unattended()
        living = await self.switch.channels()
        # From here on nothing waits until all is adopted: what happens meanwhile is heard by whom it concerns.
        found = _Found(left, standings(living), notes)
        self._adopt_agents(found, spans, talked, phones if lately else None)
        for one in left.values():
            self._adopt_call(one, found)
        for event in missed([*self.switchboard.legs(), *self.roster.legs()], living, notes, self.clock()):
            if not self.switchboard.hear(event):
                self.roster.hear(event)
        return found

    async def _left(self, row: AttemptRow) -> _Left:
        return _Left(row, await self._plan(row.campaign_id))

    async def _plan(self, campaign_id: int) -> CampaignPlan:
        """A campaign's plan, read once: hundreds of attempts may be of one campaign, and all wait for this."""
        if campaign_id not in self._plans:
            self._plans[campaign_id] = (await self.record.campaigns.get(campaign_id)).plan
        return self._plans[campaign_id]

    async def _talked(self, attempt_id: str) -> _Left | None:
        try:
            return await self._left(await self.record.attempts.get(attempt_id))
        except NotFoundError:
            return None

    # --- agents -----------------------------------------------------------------------------------

    def _adopt_agents(
        self,
        found: _Found,
        spans: Mapping[str, Span],
        talked: Mapping[str, _Left | None],
        phones: Mapping[str, Telephone] | None,
    ) -> None:
        """`phones`: with which telephone each worked of late; None where nobody did."""
        at = found.at
        for agent_id in self.agents:
            span = spans.get(agent_id)
            legs = sorted((leg for leg in at if telephone_of(agent_id, leg)), key=lambda leg: _RANK[at[leg].place])
            last = span.attempt_id if span else None
            call = found.left.get(last or "") or talked.get(last or "")
            if legs:
                held = call is not None and _is_held(call.row.attempt_id, at)
                event = adopted_agent(at[legs[0]], span, call.row if call else None, self.clock(), held=held)
                wrap_up_s = call.plan.wrap_up_s if call else _NO_WRAP_UP_S
                log.info("agent kept", extra={"agent": agent_id, "state": event.state})
                self.roster.adopt(agent_id, legs[0], event, wrap_up_s)
            elif span is not None and span.state is not AgentState.OFFLINE:
                self._without_leg(agent_id, span, call, phones)

    def _without_leg(
        self, agent_id: str, span: Span, call: _Left | None, phones: Mapping[str, Telephone] | None
    ) -> None:
        if call and call.row.bridged_at is not None and call.row.disposition is None:
            self.books.gap(call.row.attempt_id, self.clock())
        if phones is not None:
            log.info("agent called back", extra={"agent": agent_id, "was": span.state})
            self.roster.call_back(agent_id, phones.get(agent_id, Telephone.DESK))
        else:
            why = "the controller was away for long"
            self.books.agent_state(agent_id, AgentState.OFFLINE, self.clock(), None, why)

    # --- calls ------------------------------------------------------------------------------------

    def _adopt_call(self, left: _Left, found: _Found) -> None:
        row, plan, now = left.row, left.plan, self.clock()
        standing = found.at.get(row.attempt_id)
        if standing is None:
            self._close(left, closed(row, found.notes.get(row.attempt_id), now))
            return
        agent_id = self.roster.agent_on(standing.partner) if standing.partner else None
        call = living_call(row, rules_of(plan), standing, agent_id, now)
        if plan.pacing.mode is not PacingMode.PREVIEW:
            attempt = replace(row.placed, agent_id=None)
        else:
            attempt = row.placed
            call.preassigned = row.agent_id
        log.info("call kept", extra={"attempt": row.attempt_id, "state": call.state})
        self.switchboard.adopt(attempt, plan, call)
        self._reserve(attempt, call, plan)

    def _reserve(self, attempt: Attempt, call: Call, plan: CampaignPlan) -> None:
        """An agent who asked for this call after a preview waits for it still."""
        if attempt.agent_id is None or not call.in_flight:
            return
        if self.roster.agent(attempt.agent_id).state is AgentState.READY:
            self.roster.reserve(
                attempt.agent_id, attempt.attempt_id, wrap_up_s=plan.wrap_up_s, limit_s=plan.ring_timeout_s
            )

    def _close(self, left: _Left, call: Call) -> None:
        row = left.row
        log.warning("attempt of a former run closed", extra={"attempt": row.attempt_id, "outcome": call.outcome})
        self.books.closed(Closing(row.placed, left.plan, call))
        wraps_up = row.agent_id in self.agents and self.roster.agent(str(row.agent_id)).attempt_id == row.attempt_id
        if row.bridged_at is not None and row.disposition is None and not wraps_up:
            self.books.gap(row.attempt_id, self.clock())

    # --- the rest ---------------------------------------------------------------------------------

    async def hang_up_unseen(self, living: Collection[str]) -> None:
        """End supervisors' legs that nobody here knows, as of a former run: nobody may be listened to unseen."""
        for leg_id in set(living) - {*self.supervision.legs()}:
            if any(_is_supervisors(agent_id, leg_id) for agent_id in self.agents):
                log.warning("supervisor's leg that nobody knows hung up", extra={"leg": leg_id})
                await self.switch.hang_up(leg_id)
                why = "nobody here knew of it any more"
                self.books.audited(AuditLine(self.clock(), "ringpace", ENDED, leg_id, why))

    async def hang_up_strays(self, living: Collection[str]) -> None:
        """End legs that are nobody's any more: an agent's second one, or that of an attempt that is over."""
        await self.hang_up_unseen(living)
        for leg_id in set(living) - {*self.switchboard.legs(), *self.roster.legs(), *self.supervision.legs()}:
            if any(telephone_of(agent_id, leg_id) for agent_id in self.agents) or await self._is_over(leg_id):
                log.warning("stray leg hung up", extra={"leg": leg_id})
                await self.switch.hang_up(leg_id)

    async def _tidy_up(self, found: _Found) -> None:
        """What is nobody's goes: second legs of an agent, legs of attempts that are over, channels, notes read."""
        await self.hang_up_strays(found.at)
        over = found.left.keys() - self.switchboard.legs()
        for trunk in {found.left[attempt_id].row.trunk for attempt_id in over}:
            await self.switchboard.trunks.free(trunk, (i for i in over if found.left[i].row.trunk == trunk))
        await self.switchboard.keep_trunks()
        # A file in the spool, or a row that never heard what became of its file.
        rows = await self.record.recordings.unfinished()
        unsettled = [row.attempt_id for row in rows if self.keeper.is_ours(Path(row.path))]
        for attempt_id in {*self.keeper.left_behind(), *unsettled}:
            await self._keep(attempt_id)
        for leg_id in found.notes:
            if leg_id in found.left or await self._is_over(leg_id):
                await self.switch.forget_unattended(leg_id)

    async def _is_over(self, leg_id: str) -> bool:
        """Whether this was a leg of an attempt of ours that has its outcome."""
        try:
            row = await self.record.attempts.get(leg_id)
        except NotFoundError:
            return False
        return row.node == self.node and row.ended_at is not None

    async def _keep(self, attempt_id: str) -> None:
        try:
            row = await self.record.attempts.get(attempt_id)
        except NotFoundError:
            log.warning("recording of no attempt left in the spool", extra={"attempt": attempt_id})
            return
        if row.node == self.node:  # another node may share the spool, and its talk has just begun
            self.keeper.adopt(attempt_id, (await self._plan(row.campaign_id)).name)


_RANK = {
    place: rank
    for rank, place in enumerate(
        (Place.TALK, Place.HOLDING, Place.ALONE, Place.HELD, Place.FLOW, Place.RINGING, Place.PLACED)
    )
}
"""Which of several legs of one agent is the one to keep."""


def _is_held(attempt_id: str, at: Mapping[str, Standing]) -> bool:
    return attempt_id in at and at[attempt_id].place is Place.HELD


def _is_supervisors(agent_id: str, leg_id: str) -> bool:
    return leg_id.startswith(LEG_PREFIX) and leg_id.removeprefix(LEG_PREFIX).rpartition("-")[0] == agent_id

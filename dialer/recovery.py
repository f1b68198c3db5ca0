"""Closes truthfully what a former run of this node left open: attempts, legs, agents' hours and recordings.

Nothing of it is dialled again here: each attempt gets its outcome, and the retry rules decide what follows.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dialer.books import Closing
from dialer.core import events as ev
from dialer.core.call import Call, CallRules, CallState, Timeline
from dialer.core.errors import NotFoundError
from dialer.core.model import AgentState, Outcome

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from dialer.books import Books
    from dialer.ports import Clock, SwitchPort
    from dialer.record.attempts import AttemptRow
    from dialer.record.record import Record
    from dialer.trunks import Trunks
    from recordings.keeper import Keeper

log = logging.getLogger(__name__)


async def close_former_run(
    *,
    node: str,
    agents: Collection[str],
    known_legs: Collection[str],
    record: Record,
    switch: SwitchPort,
    books: Books,
    keeper: Keeper,
    trunks: Trunks,
    clock: Clock,
) -> None:
    """End what a former run left behind; `known_legs` are those that this run has set up itself already."""
    now = clock()
    left_open = [row for row in await record.attempts.open_attempts(node) if row.attempt_id not in known_legs]
    ours = {row.attempt_id for row in left_open}
    for leg_id in await switch.channels():
        if leg_id in ours or (leg_id not in known_legs and _is_agents_leg(leg_id, agents)):
            await switch.hang_up(leg_id)
    for row in left_open:
        campaign = await record.campaigns.get(row.campaign_id)
        call = restored(row, now)
        log.warning("attempt of a former run closed", extra={"attempt": row.attempt_id, "outcome": call.outcome})
        books.closed(Closing(row.placed, campaign.plan, call))
        if row.bridged_at is not None and row.disposition is None:
            books.gap(row.attempt_id, now)
        await trunks.free(row.trunk, [row.attempt_id])
    for agent_id in agents:
        if not any(leg.startswith(f"agent-{agent_id}-") for leg in known_legs):
            books.agent_state(agent_id, AgentState.OFFLINE, now, None, "the controller was started")
    for attempt_id in keeper.left_behind():
        await _keep(attempt_id, record, keeper)


def restored(row: AttemptRow, now: datetime) -> Call:
    """The call of an open row, ended now: what the row tells of it decides its outcome."""
    timeline = Timeline(
        row.queued_at,
        row.sent_at,
        row.progress_at,
        row.ringing_at,
        row.answered_at,
        row.bridged_at,
        row.unbridged_at,
        row.message_at,
        row.flow_at,
    )
    call = Call(
        row.attempt_id, CallRules(), timeline, state=_state(row), agent_id=row.agent_id, opted_out=row.opted_out
    )
    call.detail = "the controller was lost during this call"
    if call.state is CallState.QUEUED:
        call.handle(ev.Forbidden(now, "the controller was lost before it was sent"))
        return call
    if row.message_at is not None:
        call.verdict = Outcome.ABANDONED
    if row.flow_at is not None:
        call.verdict = Outcome.ANSWERED
    call.handle(ev.LegVanished(now, row.attempt_id))
    return call


def _state(row: AttemptRow) -> CallState:
    if row.sent_at is None:
        return CallState.QUEUED
    if row.bridged_at is not None:
        return CallState.TALKING
    if row.message_at is not None or row.flow_at is not None:
        return CallState.MESSAGE
    if row.answered_at is not None:
        return CallState.WAITING  # a person answered, and whether anybody came is not known: counted
    return CallState.RINGING if row.ringing_at else CallState.PLACED


def _is_agents_leg(leg_id: str, agents: Collection[str]) -> bool:
    return any(leg_id.startswith(f"agent-{agent_id}-") for agent_id in agents)


async def _keep(attempt_id: str, record: Record, keeper: Keeper) -> None:
    try:
        row = await record.attempts.get(attempt_id)
    except NotFoundError:
        log.warning("recording of no attempt left in the spool", extra={"attempt": attempt_id})
        return
    keeper.adopt(attempt_id, (await record.campaigns.get(row.campaign_id)).plan.name)

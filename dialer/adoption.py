"""What a former run's agents and calls are now: the switch says where a leg stands, the record what it is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.asterisk.channels import Place
from dialer.core import events as ev
from dialer.core.call import Call, CallRules, CallState, Timeline
from dialer.core.model import AgentState, Outcome

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.asterisk.channels import Standing
    from dialer.record.agents import Span
    from dialer.record.attempts import AttemptRow


def adopted_agent(
    standing: Standing, was: Span | None, call: AttemptRow | None, now: datetime, *, held: bool = False
) -> ev.AgentAdopted:
    """Where an agent stands whose leg lives: the leg says whether they talk, the record what they did before.

    `call` is the attempt that the agent was in, by the record; `held`, that its customer is on hold now.
    """
    if standing.place is Place.TALK:
        return ev.AgentAdopted(now, AgentState.TALKING, standing.partner)
    if standing.place in {Place.RINGING, Place.PLACED, Place.ALONE}:
        return ev.AgentAdopted(now, AgentState.CALLING_IN)
    if call is not None and held and was is not None and was.state is AgentState.TALKING:
        return ev.AgentAdopted(now, AgentState.TALKING, call.attempt_id, held=True)
    if call is not None and call.bridged_at is not None and call.disposition is None:
        return ev.AgentAdopted(now, AgentState.WRAP_UP, call.attempt_id)
    if was is not None and was.state is AgentState.PAUSED:
        return ev.AgentAdopted(now, AgentState.PAUSED, pause_reason=was.reason or "break")
    since = was.since if was is not None and was.state is AgentState.READY else now
    return ev.AgentAdopted(now, AgentState.READY, waiting_since=since)


def living_call(row: AttemptRow, rules: CallRules, standing: Standing, agent_id: str | None, now: datetime) -> Call:
    """The machine of a call whose leg lives; what the leg shows and the row does not tell happened just now."""
    timeline = _timeline(row)
    timeline.sent_at = timeline.sent_at or row.queued_at  # it was on its way before that could be written
    call = Call(row.attempt_id, rules, timeline, opted_out=row.opted_out, leg_exists=True)
    call.state = _state(row)
    if standing.place is Place.TALK:
        timeline.answered_at = timeline.answered_at or now
        timeline.bridged_at = timeline.bridged_at or now
        call.state = CallState.TALKING
    elif standing.place is Place.HELD:
        timeline.answered_at = timeline.answered_at or now
        timeline.bridged_at = timeline.bridged_at or now
        call.state, call.held_at = CallState.HELD, now
    elif standing.place is Place.FLOW:
        timeline.answered_at = timeline.answered_at or now
        if standing.flow == rules.agentless_flow:
            timeline.flow_at = timeline.flow_at or now
        else:
            timeline.message_at = timeline.message_at or now
        call.state = CallState.MESSAGE
    if call.state is CallState.MESSAGE:
        call.verdict = Outcome.ANSWERED if timeline.flow_at else Outcome.ABANDONED
    if call.state in {CallState.TALKING, CallState.HELD}:
        call.agent_id = agent_id or row.agent_id
    return call


def closed(row: AttemptRow, unattended_at: datetime | None, now: datetime) -> Call:
    """The call of an open row whose leg is gone, ended now: what the row and the switch tell decides its outcome."""
    call = Call(row.attempt_id, CallRules(), _timeline(row), state=_state(row), opted_out=row.opted_out)
    call.agent_id = row.agent_id
    call.detail = "the controller was lost during this call"
    if row.sent_at is None:
        # Whether the order left is not known: it counts as a call to that number.
        call.timeline.sent_at = row.queued_at
        call.detail = "the controller was lost as it sent this call: whether it rang is not known"
    if row.message_at is not None:
        call.verdict = Outcome.ABANDONED
    if row.flow_at is not None:
        call.verdict = Outcome.ANSWERED
    if unattended_at is not None:
        call.handle(ev.LegUnattended(unattended_at, row.attempt_id))
    call.handle(ev.LegVanished(now, row.attempt_id))
    return call


def _timeline(row: AttemptRow) -> Timeline:
    return Timeline(
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


def _state(row: AttemptRow) -> CallState:
    if row.bridged_at is not None:
        return CallState.TALKING
    if row.message_at is not None or row.flow_at is not None:
        return CallState.MESSAGE
    if row.answered_at is not None:
        return CallState.WAITING  # a person answered, and whether anybody came is not known: counted
    return CallState.RINGING if row.ringing_at else CallState.PLACED

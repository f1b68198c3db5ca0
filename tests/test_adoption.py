"""Where a living leg stands decides what its call or agent is; a row tells the outcome of one that is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer.adoption import adopted_agent, closed, living_call
from dialer.asterisk.channels import Place, Standing
from dialer.core.call import CallRules, CallState
from dialer.core.model import AgentState, Disposition, Outcome
from dialer.record.agents import Span
from dialer.record.attempts import AttemptRow
from dialer.rows import row_of

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(minutes=5)
SENT = {"sent_at": T0}
ANSWERED = SENT | {"answered_at": T0}
BRIDGED = ANSWERED | {"bridged_at": T0}


def a_row(**known: Any) -> AttemptRow:
    row = dict.fromkeys(AttemptRow.__dataclass_fields__)
    return AttemptRow(**(row | {"attempt_id": "a1", "queued_at": T0, "opted_out": False} | known))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        (SENT, Outcome.FAILED),
        (SENT | {"ringing_at": T0}, Outcome.FAILED),
        (ANSWERED, Outcome.ABANDONED),
        (ANSWERED | {"message_at": T0}, Outcome.ABANDONED),
        (BRIDGED, Outcome.ANSWERED),
        (ANSWERED | {"flow_at": T0}, Outcome.ANSWERED),
    ],
)
def test_what_the_row_tells_decides_its_outcome(known: dict[str, Any], outcome: Outcome) -> None:
    call = closed(a_row(**known), None, NOW)
    assert (call.outcome, call.timeline.ended_at) == (outcome, NOW)


def test_what_may_have_been_sent_counts_as_a_call() -> None:
    call = closed(a_row(), None, NOW)
    assert (call.outcome, call.timeline.sent_at) == (Outcome.FAILED, T0)
    assert "not known" in (call.detail or "")


@pytest.mark.parametrize("known", [{}, SENT, ANSWERED])
def test_whom_the_switch_noted_as_unattended_was_abandoned(known: dict[str, Any]) -> None:
    call = closed(a_row(**known), T0 + timedelta(seconds=9), NOW)
    assert call.outcome is Outcome.ABANDONED
    assert call.timeline.answered_at


def test_a_wish_and_answers_that_are_in_the_record_already_stay_there() -> None:
    row = a_row(**ANSWERED, flow_at=T0, opted_out=True, answers={"satisfaction": "2"})
    written = row_of(closed(row, None, NOW))
    assert written["opted_out"] is True
    assert "answers" not in written  # not known to the call, so not erased


TALK = Standing(Place.TALK, partner="agent-anna-1", bridge_id="b")


@pytest.mark.parametrize(
    ("known", "standing", "state", "verdict"),
    [
        ({}, Standing(Place.PLACED), CallState.PLACED, None),
        (SENT | {"ringing_at": T0}, Standing(Place.RINGING), CallState.RINGING, None),
        (ANSWERED, Standing(Place.ALONE), CallState.WAITING, None),
        (BRIDGED, TALK, CallState.TALKING, None),
        (SENT, TALK, CallState.TALKING, None),
        (SENT, Standing(Place.FLOW, flow="abandoned"), CallState.MESSAGE, Outcome.ABANDONED),
        (SENT, Standing(Place.FLOW, flow="survey"), CallState.MESSAGE, Outcome.ANSWERED),
        (ANSWERED | {"message_at": T0}, Standing(Place.ALONE), CallState.MESSAGE, Outcome.ABANDONED),
    ],
)
def test_a_living_leg_stands_where_the_switch_says(
    known: dict[str, Any], standing: Standing, state: CallState, verdict: Outcome | None
) -> None:
    call = living_call(a_row(**known), CallRules(agentless_flow="survey"), standing, "anna", NOW)
    assert (call.state, call.verdict) == (state, verdict)
    assert call.agent_id == ("anna" if state is CallState.TALKING else None)
    assert call.timeline.sent_at == T0


ROOM = Standing(Place.HOLDING, bridge_id="room")


def span(state: AgentState, attempt_id: str | None = None, reason: str | None = None) -> Span:
    return Span("anna", state, reason, attempt_id, T0, None)


@pytest.mark.parametrize(
    ("standing", "was", "call", "state"),
    [
        (TALK, span(AgentState.READY), None, AgentState.TALKING),
        (ROOM, span(AgentState.READY), None, AgentState.READY),
        (ROOM, None, None, AgentState.READY),
        (ROOM, span(AgentState.RESERVED, "a1"), a_row(**ANSWERED), AgentState.READY),
        (ROOM, span(AgentState.TALKING, "a1"), a_row(**BRIDGED), AgentState.WRAP_UP),
        (ROOM, span(AgentState.WRAP_UP, "a1"), a_row(**BRIDGED), AgentState.WRAP_UP),
        (ROOM, span(AgentState.WRAP_UP, "a1"), a_row(**BRIDGED, disposition=Disposition.AGREED), AgentState.READY),
        (ROOM, span(AgentState.PAUSED, reason="tea"), None, AgentState.PAUSED),
        (Standing(Place.RINGING), span(AgentState.CALLING_IN), None, AgentState.CALLING_IN),
        (Standing(Place.ALONE), span(AgentState.READY), None, AgentState.CALLING_IN),
    ],
)
def test_an_agent_stands_where_the_leg_and_the_record_say(
    standing: Standing, was: Span | None, call: AttemptRow | None, state: AgentState
) -> None:
    event = adopted_agent(standing, was, call, NOW)
    assert event.state is state
    if state is AgentState.READY and was and was.state is AgentState.READY:
        assert event.waiting_since == T0  # the place in line is kept
    assert event.pause_reason == ("tea" if state is AgentState.PAUSED else None)

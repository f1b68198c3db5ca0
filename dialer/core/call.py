"""The machine of one call: what happened goes in, what to do comes out, and it always ends in exactly one outcome.

Theory. A call is one attempt's customer leg, from the order to the switch until the leg is gone.

    QUEUED ── Sent ──> PLACED ──> RINGING ──> (answer) ──> DETECTING ──> WAITING ──> CONNECTING ──> TALKING
                          │           │                        │            │            │             │
                          └───────────┴── ends unanswered      │            └─ too late ─┤             │
                                                               └─ machine ──> ENDING     v             v
                                                                                      MESSAGE ──> ENDING ──> ENDED

In a talk the agent may put the customer on hold or hand them over to another agent:

    TALKING ── HoldAsked ──> HELD ── bridged back ──> TALKING
       └────── HandOverAsked ──┴──> HANDING_OVER ── bridged ──> TALKING, with the other agent
                                         └── it did not come about ──> HELD, and back to the first agent at once

In these two states leaving the bridge is no end of the talk, and only who has left it is bridged again: Asterisk lets
a customer who goes straight from one talk into another hear nothing of the second. HELD has its timer, which bridges
the customer back, and again every few seconds while that fails; where the agent is gone the call ends. HANDING_OVER
has a second.

Before an answer the leg's early media are listened to, from the first PROGRESS on. A state after which nobody answers
ends the call there and then (ENDING); a leg that the network ends first is over once the last of what it let be heard
is told (LAST_WORDS), for that says more than the network's code.

Every state but ENDED has a timer running, or ends by an event that the switch is certain to send or that reconciling
makes up (LegVanished), so no order, loss or doubling of events can leave a call without its end. Whatever the table
does not list is late, early or double, and is ignored on purpose: Hangup can beat the reply to Originate, and a bridge
can be reported after the customer has gone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import auto
from typing import TYPE_CHECKING, Any

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.commands import Command
from dialer.core.events import Timer
from dialer.core.model import HungUpBy, NumberState, Outcome, Word
from dialer.core.outcome import BY_STATE, Evidence, judge

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.outcome import Heard, Judged

CONNECT_LIMIT_S = 1.0
"""A bridge takes milliseconds; after this long it is not coming."""
ENDING_LIMIT_S = 5.0
"""How long the switch may take to confirm that a leg is gone before it is asked."""
FLOW_LIMIT_S = 180.0
"""Longer than any flow of an agentless call."""
LAST_WORDS_LIMIT_S = 1.0
"""The sound of a leg that is gone is whole within milliseconds; after this long the codes decide alone."""
MESSAGE_LIMIT_S = 60.0
"""Longer than any abandoned-call message with its menu."""
RESUME_AGAIN_S = 3.0
"""How soon a bridge back to the agent, of which nothing was heard, is asked for again."""
RING_GRACE_S = 5.0
"""Asterisk ends the ringing itself; this much later we do."""
WITHDRAWN = "withdrawn: nobody would be free to answer"
"""The detail of a call that pacing took back while it rang."""
_CLOCKS_DIFFER_S = 1.0
"""Between our clock and that of Asterisk's events."""
_TRIED_AGAIN_OR_DONE_WITHOUT = frozenset(
    one.__name__ for one in (do.Listen, do.StopListening, do.HoldCustomer, do.Resume, do.HandOver)
)
"""Commands whose failing is no part of the call's story: it goes on unheard, or the talk goes on."""
_RANG_OUT = "3"
"""The OriginateResponse reason (AST_CONTROL_RINGING) of Asterisk's own ring timeout."""
_SIP_OF_OWN_TIMEOUT = 480
"""Asterisk marks its own ring timeout with this code too; only the network's own 480 comes with a HangupRequest."""


class CallState(Word):
    """Where a call stands."""

    QUEUED = auto()
    """Recorded, not yet sent to the switch."""
    PLACED = auto()
    """The switch has the order."""
    RINGING = auto()
    """The far end is alerted."""
    DETECTING = auto()
    """Answered; machine or person is being found out."""
    WAITING = auto()
    """A person answered and waits for an agent."""
    CONNECTING = auto()
    """An agent is taken; the bridge is on its way."""
    TALKING = auto()
    """Bridged."""
    HELD = auto()
    """The customer hears the hold tone, and the agent will be back."""
    HANDING_OVER = auto()
    """Another agent is taken for the customer; the bridge to them is on its way."""
    MESSAGE = auto()
    """Hears a flow: the abandoned-call message, or that of an agentless campaign."""
    ENDING = auto()
    """The leg was told to end, or is about to."""
    LAST_WORDS = auto()
    """The leg is gone; the last of what it let be heard is being told."""
    ENDED = auto()
    """The attempt has its outcome."""


@dataclass(frozen=True, slots=True)
class CallRules:
    """What the campaign's plan says about one call."""

    ring_timeout_s: float = 25.0
    abandon_limit_s: float = 2.0
    detect_machines: bool = False
    hear_greeting: bool = False
    """Whether we detect machines ourselves; else the switch does."""
    sample_machine: bool = False
    """Whether this call, if it is taken for a machine, goes to an agent all the same, who says what it was."""
    listen: bool = False
    """Whether early media are listened to."""
    confident: float = 0.9
    """How sure (0 to 1) of what was heard one must be to go by it."""
    abandoned_flow: str = "abandoned"
    agentless_flow: str | None = None
    """Set: whoever answers hears this flow, and no agent is asked for."""
    hold_longest_s: float = 300.0
    """After so long on hold the customer is bridged back by itself."""


@dataclass(slots=True)
class Timeline:
    """When each thing happened; None where it did not."""

    queued_at: datetime
    sent_at: datetime | None = None
    progress_at: datetime | None = None
    ringing_at: datetime | None = None
    answered_at: datetime | None = None
    bridged_at: datetime | None = None
    unbridged_at: datetime | None = None
    message_at: datetime | None = None
    """The abandoned-call message began."""
    flow_at: datetime | None = None
    """The flow of an agentless call began."""
    ended_at: datetime | None = None


@dataclass(slots=True)
class Call:
    """One call. `handle` is its only door; everything else is to be read."""

    attempt_id: str
    rules: CallRules
    timeline: Timeline
    preassigned: str | None = None
    """The agent who asked for this call (preview)."""
    state: CallState = CallState.QUEUED
    agent_id: str | None = None
    leg_exists: bool = False
    cause: int | None = None
    cause_text: str | None = None
    sip_code: int | None = None
    hung_up_by: HungUpBy | None = None
    opted_out: bool = False
    answers: dict[str, str] = field(default_factory=dict)
    """The digits that were pressed in a flow, by question."""
    detail: str | None = None
    """What we know beyond the codes: why it was forbidden, what detection said, what failed."""
    machine_sampled: bool = False
    """Detection said machine, and it went on to an agent all the same."""
    limit_passed: bool = False
    """The limit ran out while a bridge was on its way: it may be there already, and is not torn down unheard."""
    outcome: Outcome | None = None
    verdict: Outcome | None = None
    """The outcome that was decided before the leg's end; the codes at the end no longer change it."""
    because: str | None = None
    """Why the outcome is that, in words."""
    listening: bool = False
    """Early media are being listened to, and nothing has stopped that yet."""
    heard: Heard | None = None
    """The last that was heard of the number; None where it was not listened to."""
    line_saved_s: float | None = None
    """How much longer it might have held the line, had it not been heard that nobody will answer: an upper bound.

    It is what was left of the time that we let it ring; the network might have ended it sooner.
    """
    gone_at: datetime | None = None
    """When the leg ended, while its last words are still awaited."""
    held_at: datetime | None = None
    """Since when the customer is on hold, or between two agents."""
    held_s: float = 0.0
    """How long all holds of this call lasted that are over: no sound of them is recorded."""
    apart: bool = False
    """Whoever is on hold, or between two agents, has left the former talk's bridge."""
    wanted_back: bool = False
    """The agent wants the customer back who is on hold, or has waited too long."""
    handing_to: ev.HandOverAsked | None = None
    """To whom the customer is being handed over, and by whom."""

    def handle(self, event: ev.Event) -> list[Command]:
        """Take one event and say what to do. Never raises for an event that comes late, early or twice."""
        step = _TABLE.get((self.state, type(event)))
        return step(self, event) if step else []

    @property
    def answered(self) -> bool:
        """Whether anybody or anything answered."""
        return self.timeline.answered_at is not None

    @property
    def believed(self) -> Heard | None:
        """What was heard of the number, if that is sure enough to go by."""
        return self.heard if self.heard and self.heard.confidence >= self.rules.confident else None

    @property
    def in_flight(self) -> bool:
        """Placed, and neither answered nor over: what pacing counts as pending."""
        return self.state in {CallState.QUEUED, CallState.PLACED, CallState.RINGING}


# --- the steps: each takes the call and one event, changes the call, and returns commands --------


def _sent(call: Call, event: ev.Event) -> list[Command]:
    call.timeline.sent_at = event.at
    call.state = CallState.PLACED
    return [do.StartTimer(Timer.RING, call.rules.ring_timeout_s + RING_GRACE_S)]


def _adopted(call: Call, event: ev.Adopted) -> list[Command]:
    call.leg_exists = True
    if not call.answered:
        ring_s = call.rules.ring_timeout_s + RING_GRACE_S - _seconds(call.timeline.sent_at, event.at)
        return [do.StartTimer(Timer.RING, max(0.0, ring_s))]
    if call.state is CallState.MESSAGE:
        # Who told the flow what to say was the former controller; it is told from the beginning.
        flow = call.rules.agentless_flow if call.timeline.flow_at else call.rules.abandoned_flow
        return [do.PlayFlow(flow or call.rules.abandoned_flow), do.StartTimer(Timer.MESSAGE, FLOW_LIMIT_S)]
    if call.state is CallState.HELD:
        call.held_at, call.apart = call.held_at or event.at, True
        return _resume(call, event)
    if call.state is not CallState.WAITING:
        return []
    left_s = call.rules.abandon_limit_s - _seconds(call.timeline.answered_at, event.at)
    return _too_late(call, event) if left_s <= 0 else [do.StartTimer(Timer.ABANDON, left_s), *_is_person(call, event)]


def _unattended(call: Call, event: ev.LegUnattended) -> list[Command]:
    call.leg_exists = True
    call.verdict = Outcome.ABANDONED
    stop: list[Command] = [do.StopWaiting()] if call.state is CallState.WAITING else []
    commands = [*stop, *_let_agent_go(call), *_listen_no_more(call)]
    call.timeline.answered_at = call.timeline.answered_at or event.at
    call.timeline.message_at = event.at
    call.state = CallState.MESSAGE
    return [*commands, do.StartTimer(Timer.MESSAGE, MESSAGE_LIMIT_S)]


def _forbidden(call: Call, event: ev.Forbidden) -> list[Command]:
    call.detail = event.reason
    return _finish(call, event.at, Outcome.CANCELLED, HungUpBy.SYSTEM)


def _created(call: Call, _event: ev.Event) -> list[Command]:
    call.leg_exists = True
    return []


def _progress(call: Call, event: ev.Event) -> list[Command]:
    call.leg_exists = True
    if call.timeline.progress_at is not None:
        return []
    call.timeline.progress_at = event.at
    call.listening = call.rules.listen
    return [do.Listen()] if call.listening else []


def _ringing(call: Call, event: ev.Event) -> list[Command]:
    call.leg_exists = True
    call.timeline.ringing_at = call.timeline.ringing_at or event.at
    call.state = CallState.RINGING
    return []


def _answered(call: Call, event: ev.Event) -> list[Command]:
    call.leg_exists = True
    call.timeline.answered_at = event.at
    return [*_welcome(call, event), *_listen_no_more(call)]


def _welcome(call: Call, event: ev.Event) -> list[Command]:
    if call.rules.agentless_flow is not None and not call.rules.detect_machines:
        return _hears_flow(call, event, call.rules.agentless_flow)
    abandon = do.StartTimer(Timer.ABANDON, call.rules.abandon_limit_s)
    if call.rules.detect_machines:
        call.state = CallState.DETECTING
        # Detection may use all but the last tenth of the limit, then a doubtful voice is a person.
        timers: list[Command] = [abandon, do.StartTimer(Timer.DETECT, call.rules.abandon_limit_s * 0.9)]
        return [*timers, do.HearGreeting(call.rules.abandon_limit_s)] if call.rules.hear_greeting else timers
    call.state = CallState.WAITING
    return [abandon, do.TakeAgent(call.preassigned)]


def _detected(call: Call, event: ev.Detected) -> list[Command]:
    call.detail = f"answering-machine detection: {event.cause}"
    if not event.machine:
        return _is_person(call, event)
    if call.rules.sample_machine and call.rules.agentless_flow is None:
        call.machine_sampled = True
        call.detail += "; an agent hears it all the same, to say what it is"
        return _is_person(call, event)
    _decide(call, judge(Evidence(machine=event.cause)))
    return _hang_up(call, HungUpBy.SYSTEM)


def _hears_flow(call: Call, event: ev.Event, flow: str) -> list[Command]:
    call.verdict = Outcome.ANSWERED
    call.timeline.flow_at = event.at
    call.state = CallState.MESSAGE
    return [do.PlayFlow(flow), do.StartTimer(Timer.MESSAGE, FLOW_LIMIT_S)]


def _is_person(call: Call, event: ev.Event) -> list[Command]:
    if call.rules.agentless_flow is not None:
        return _hears_flow(call, event, call.rules.agentless_flow)
    call.state = CallState.WAITING
    return [do.TakeAgent(call.preassigned)]


def _agent_taken(call: Call, event: ev.AgentTaken) -> list[Command]:
    call.state = CallState.CONNECTING
    call.agent_id = event.agent_id
    return [do.Connect(event.agent_id), do.StartTimer(Timer.CONNECT, CONNECT_LIMIT_S)]


def _agent_not_needed(call: Call, event: ev.AgentTaken) -> list[Command]:
    # The floor's answer came after the customer had gone or was sent to the message.
    return [] if event.agent_id == call.agent_id else [do.ReleaseAgent(event.agent_id)]


def _bridged(call: Call, event: ev.LegBridged) -> list[Command]:
    if event.holding:
        return []
    call.timeline.bridged_at = event.at
    call.state = CallState.TALKING
    return []


def _connect_failed(call: Call, event: ev.Event) -> list[Command]:
    # The agent's leg is in doubt, the customer is not: look for another agent within the same limit.
    return _too_late(call, event) if call.limit_passed else [*_let_agent_go(call), *_is_person(call, event)]


def _limit_passes(call: Call, _event: ev.Event) -> list[Command]:
    call.limit_passed = True
    return []


def _too_late(call: Call, event: ev.Event) -> list[Command]:
    call.verdict = Outcome.ABANDONED
    commands: list[Command] = [do.StopWaiting(), *_let_agent_go(call)]
    call.timeline.message_at = event.at
    call.state = CallState.MESSAGE
    return [*commands, do.PlayFlow(call.rules.abandoned_flow), do.StartTimer(Timer.MESSAGE, MESSAGE_LIMIT_S)]


def _message_began(call: Call, event: ev.Event) -> list[Command]:
    if call.timeline.flow_at is not None:
        call.timeline.flow_at = event.at
    else:
        call.timeline.message_at = event.at
    return []


def _message_over(call: Call, event: ev.FlowEnded) -> list[Command]:
    call.opted_out = call.opted_out or event.opted_out
    call.answers.update(event.answers)
    return _ending(call) if call.state is CallState.MESSAGE else []


def _message_failed(call: Call, _event: ev.Event) -> list[Command]:
    return _hang_up(call, call.hung_up_by or HungUpBy.SYSTEM)


def _unbridged(call: Call, event: ev.LegUnbridged) -> list[Command]:
    if event.holding:
        return []
    call.timeline.unbridged_at = event.at
    # The dialplan ends the leg by itself once it leaves the talk; the timer sees to it that it does.
    return _ending(call)


# --- a customer who is on hold, or between two agents ---


def _hold(call: Call, event: ev.HoldAsked) -> list[Command]:
    call.state, call.held_at = CallState.HELD, event.at
    return [do.HoldCustomer(), do.StartTimer(Timer.HOLD, call.rules.hold_longest_s)]


def _resume(call: Call, _event: ev.Event) -> list[Command]:
    # TALKING once the leg is in the bridge; whatever is lost on the way, it is asked for again.
    call.wanted_back = True
    next_order = do.Resume(call.agent_id or "") if call.apart else do.HoldCustomer()
    return [next_order, do.StartTimer(Timer.HOLD, RESUME_AGAIN_S)]


def _left_talk(call: Call, event: ev.LegUnbridged) -> list[Command]:
    if event.holding or call.apart:
        return []
    call.apart = True
    if call.handing_to is not None:
        return [do.HandOver(call.handing_to.agent_id)]
    return _resume(call, event) if call.wanted_back else []


def _hold_failed(call: Call, _event: ev.Event) -> list[Command]:
    # Whether the customer has left the talk is not known: asked again once the switch has had time, and brought back.
    call.wanted_back = True
    return [do.StartTimer(Timer.HOLD, RESUME_AGAIN_S)]


def _back_in_talk(call: Call, event: ev.LegBridged) -> list[Command]:
    if not event.holding:
        _held_no_more(call, event.at)
        call.state = CallState.TALKING
    return []


def _hand_over(call: Call, event: ev.HandOverAsked) -> list[Command]:
    if event.agent_id == call.agent_id:
        return []
    call.handing_to, call.held_at = event, call.held_at or event.at
    call.state = CallState.HANDING_OVER
    next_order = do.HandOver(event.agent_id) if call.apart else do.HoldCustomer()
    return [next_order, do.StartTimer(Timer.CONNECT, CONNECT_LIMIT_S)]


def _handed_over(call: Call, event: ev.LegBridged) -> list[Command]:
    if event.holding or call.handing_to is None or not call.apart:
        return []
    asked, first = call.handing_to, call.agent_id or ""
    _held_no_more(call, event.at)
    call.handing_to, call.agent_id, call.state = None, asked.agent_id, CallState.TALKING
    return [do.LeaveTalk(first), do.HandedOver(event.at, first, asked.agent_id, asked.by)]


def _give_back(call: Call, event: ev.Event) -> list[Command]:
    call.state = CallState.HELD
    return [*_let_next_agent_go(call), *_resume(call, event)]


def _held_no_more(call: Call, at: datetime) -> None:
    call.held_s += max(0.0, _seconds(call.held_at, at))
    call.held_at, call.apart, call.wanted_back = None, False, False


def _let_next_agent_go(call: Call) -> list[Command]:
    asked, call.handing_to = call.handing_to, None
    return [do.ReleaseAgent(asked.agent_id)] if asked else []


def _hang_up_asked(call: Call, event: ev.HangUpAsked) -> list[Command]:
    if not call.answered:
        call.verdict = Outcome.CANCELLED
    return _hang_up(call, event.by)


def _withdrawn(call: Call, event: ev.HangUpAsked) -> list[Command]:
    # Not sent yet: nothing rings, so nothing is to be hung up.
    return _finish(call, event.at, Outcome.CANCELLED, event.by)


def _answered_after_all(call: Call, event: ev.Event) -> list[Command]:
    # Our hang-up and the answer crossed: a person met silence, whatever was decided before.
    if not call.answered:
        call.timeline.answered_at = event.at
        call.verdict, call.because, call.line_saved_s = Outcome.ABANDONED, "answered as we hung up", None
    return []


def _far_end_leaves(call: Call, _event: ev.Event) -> list[Command]:
    if call.hung_up_by is None:
        call.hung_up_by = HungUpBy.CUSTOMER if call.answered else HungUpBy.NETWORK
    return []


def _heard(call: Call, event: ev.StateHeard) -> list[Command]:
    call.heard = event.heard
    if not _is_dead(call):
        return []
    # However short the time since it was sent: no telephone rings, so neither the time that one must be let ring
    # (15 s or four rings, 16 CFR 310.4(b)(4)(ii)) nor the floor of a late cancel has anybody to protect.
    _decide(call, judge(_evidence(call)))
    call.line_saved_s = max(0.0, call.rules.ring_timeout_s - _seconds(call.timeline.sent_at, event.at))
    return [*_hang_up(call, HungUpBy.SYSTEM), *_listen_no_more(call)]


def _noted(call: Call, event: ev.StateHeard) -> list[Command]:
    # Answered or given up meanwhile: what was heard before is worth knowing, and changes nothing.
    if call.line_saved_s is None:
        call.heard = event.heard
    return []


def _last_words(call: Call, event: ev.StateHeard) -> list[Command]:
    call.heard = event.heard
    if _is_dead(call):
        _decide(call, judge(_evidence(call)))
    return _over(call, event)


def _over(call: Call, event: ev.Event) -> list[Command]:
    return _finish(call, call.gone_at or event.at, call.verdict or Outcome.FAILED, call.hung_up_by or HungUpBy.SYSTEM)


def _rang_too_long(call: Call, _event: ev.Event) -> list[Command]:
    _decide(call, judge(_evidence(call, rang_out=True)))
    return _hang_up(call, HungUpBy.SYSTEM)


def _order_failed(call: Call, event: ev.CommandFailed) -> list[Command]:
    failed = _ON_FAILURE.get((call.state, event.command))
    if failed is None and event.command in _TRIED_AGAIN_OR_DONE_WITHOUT:
        return []
    if event.command not in _TRIED_AGAIN_OR_DONE_WITHOUT:
        call.detail = f"{event.command}: {event.reason}"
    if failed is not None:
        return failed(call, event)
    if event.command == "Place":
        if call.leg_exists:
            return []  # only the reply was lost: the leg's own events lead on, and a talk is not cut for it
        # Whether the switch acted on the order is unknown (it may have been a lost reply): make sure it does not ring.
        call.verdict = Outcome.FAILED
        return _hang_up(call, HungUpBy.SYSTEM)
    if event.command == do.PlayFlow.__name__ and call.state is CallState.MESSAGE:
        call.verdict, call.timeline.flow_at = Outcome.ABANDONED, None  # whoever answered met silence
        return _message_failed(call, event)
    return []


_ON_FAILURE: dict[tuple[CallState, str], Callable[[Call, ev.CommandFailed], list[Command]]] = {
    (CallState.CONNECTING, do.Connect.__name__): _connect_failed,
    (CallState.DETECTING, do.HearGreeting.__name__): _is_person,
    (CallState.HELD, do.HoldCustomer.__name__): _hold_failed,
    (CallState.HANDING_OVER, do.HoldCustomer.__name__): _give_back,
    (CallState.HANDING_OVER, do.HandOver.__name__): _give_back,
}


def _not_placed(call: Call, event: ev.OriginateFailed) -> list[Command]:
    if call.leg_exists:
        if event.reason == _RANG_OUT:
            _decide(call, judge(_evidence(call, rang_out=True)))
            call.hung_up_by = HungUpBy.SYSTEM
        return _ending(call)  # its Hangup, with the codes, is on its way or was lost
    call.detail = f"the switch could not place the call (reason {event.reason})"
    return _finish(call, event.at, Outcome.FAILED, HungUpBy.SYSTEM)


def _ended(call: Call, event: ev.LegEnded) -> list[Command]:
    call.cause, call.cause_text, call.sip_code = event.cause, event.cause_text, event.sip_code
    by = call.hung_up_by or HungUpBy.SYSTEM
    outcome = _outcome_at_end(call, event.at)
    if not call.listening or call.answered or outcome is Outcome.CANCELLED:
        return _finish(call, event.at, outcome, by)
    call.verdict, call.hung_up_by, call.gone_at = outcome, by, event.at
    call.state = CallState.LAST_WORDS
    return [*_listen_no_more(call), do.StartTimer(Timer.LAST_WORDS, LAST_WORDS_LIMIT_S)]


def _vanished(call: Call, event: ev.LegVanished) -> list[Command]:
    call.detail = call.detail or "the switch lost the leg; how it ended was not heard"
    outcome = call.verdict or (_outcome_at_end(call, event.at) if call.answered else Outcome.FAILED)
    return _finish(call, event.at, outcome, call.hung_up_by or HungUpBy.SYSTEM)


def _check(_call: Call, _event: ev.Event) -> list[Command]:
    return [do.HangUp(), do.CheckLeg(), do.StartTimer(Timer.ENDING, ENDING_LIMIT_S)]


_ON_TIMER: dict[tuple[CallState, Timer], Callable[[Call, ev.TimerFired], list[Command]]] = {
    (CallState.PLACED, Timer.RING): _rang_too_long,
    (CallState.RINGING, Timer.RING): _rang_too_long,
    (CallState.DETECTING, Timer.DETECT): _is_person,
    (CallState.DETECTING, Timer.ABANDON): _too_late,
    (CallState.WAITING, Timer.ABANDON): _too_late,
    (CallState.CONNECTING, Timer.ABANDON): _limit_passes,
    (CallState.CONNECTING, Timer.CONNECT): _connect_failed,
    (CallState.HELD, Timer.HOLD): _resume,
    (CallState.HANDING_OVER, Timer.CONNECT): _give_back,
    (CallState.MESSAGE, Timer.MESSAGE): _message_failed,
    (CallState.ENDING, Timer.ENDING): _check,
    (CallState.LAST_WORDS, Timer.LAST_WORDS): _over,
}


def _timer_fired(call: Call, event: ev.TimerFired) -> list[Command]:
    step = _ON_TIMER.get((call.state, event.timer))
    return step(call, event) if step else []


# --- what several steps share -------------------------------------------------------------------


def _outcome_at_end(call: Call, at: datetime) -> Outcome:
    if call.verdict:
        return call.verdict
    if call.answered:
        # Whoever hangs up while nobody is free for them has met silence: counted, even inside the limit.
        return Outcome.ABANDONED if call.state is CallState.WAITING else Outcome.ANSWERED
    if call.hung_up_by is None and call.sip_code in {None, _SIP_OF_OWN_TIMEOUT}:
        # Nobody asked for the end: Asterisk's own timeout, or the end of Asterisk.
        if _seconds(call.timeline.sent_at, at) >= call.rules.ring_timeout_s - _CLOCKS_DIFFER_S:
            return _decide(call, judge(_evidence(call, rang_out=True)))
        call.detail = call.detail or "the switch ended it, and nobody had asked for that"
        return Outcome.FAILED
    return _decide(call, judge(_evidence(call)))


def _seconds(since: datetime | None, at: datetime) -> float:
    return (at - since).total_seconds() if since else 0.0


def _evidence(call: Call, *, rang_out: bool = False) -> Evidence:
    believed = call.believed
    rings = believed is not None and believed.state is NumberState.RINGING
    rang = rings or call.timeline.ringing_at is not None
    return Evidence(call.cause or 0, call.sip_code, rang, believed, rang_out=rang_out)


def _is_dead(call: Call) -> bool:
    """Whether it was heard, confidently, that nobody will answer."""
    believed = _evidence(call).heard
    return believed is not None and believed.state in BY_STATE


def _decide(call: Call, judged: Judged) -> Outcome:
    call.verdict, call.because = judged.outcome, judged.because
    return judged.outcome


def _listen_no_more(call: Call) -> list[Command]:
    listened, call.listening = call.listening, False
    return [do.StopListening()] if listened else []


def _let_agent_go(call: Call) -> list[Command]:
    if call.agent_id is None or call.timeline.bridged_at is not None:
        return []
    agent_id, call.agent_id = call.agent_id, None
    return [do.ReleaseAgent(agent_id)]


def _ending(call: Call) -> list[Command]:
    call.state = CallState.ENDING
    return [do.StartTimer(Timer.ENDING, ENDING_LIMIT_S)]


def _hang_up(call: Call, by: HungUpBy) -> list[Command]:
    call.hung_up_by = by
    stop: list[Command] = [do.StopWaiting()] if call.state is CallState.WAITING else []
    if call.answered and call.timeline.bridged_at is None:
        # We end it with nobody there for whoever answered: counted, unless something else was already decided.
        call.verdict = call.verdict or Outcome.ABANDONED
    return [*stop, *_let_agent_go(call), *_let_next_agent_go(call), do.HangUp(), *_ending(call)]


def _finish(call: Call, at: datetime, outcome: Outcome, by: HungUpBy) -> list[Command]:
    stop: list[Command] = [do.StopWaiting()] if call.state is CallState.WAITING else []
    commands = [*stop, *_let_agent_go(call), *_let_next_agent_go(call), *_listen_no_more(call)]
    if call.held_at is not None and call.agent_id is not None:
        _held_no_more(call, at)
        commands.append(do.LeaveTalk(call.agent_id))
    if call.timeline.bridged_at and not call.timeline.unbridged_at:
        call.timeline.unbridged_at = at
    call.timeline.ended_at = at
    call.outcome, call.hung_up_by = outcome, by
    call.detail = call.detail or call.because
    call.state = CallState.ENDED
    return [*commands, do.Finish(outcome, by)]


# --- the table ----------------------------------------------------------------------------------

_S = CallState
_Step = Callable[[Call, Any], list[Command]]
_UNANSWERED = (_S.PLACED, _S.RINGING)
_IN_TALK = (_S.TALKING, _S.HELD, _S.HANDING_OVER)
_ANSWERED = (_S.DETECTING, _S.WAITING, _S.CONNECTING, *_IN_TALK, _S.MESSAGE)
_LIVE = (*_UNANSWERED, *_ANSWERED, _S.ENDING)

_ROWS: tuple[tuple[tuple[CallState, ...], type[ev.Event], _Step], ...] = (
    ((_S.QUEUED,), ev.Sent, _sent),
    ((_S.QUEUED,), ev.Forbidden, _forbidden),
    ((_S.QUEUED,), ev.HangUpAsked, _withdrawn),
    (_LIVE, ev.Adopted, _adopted),
    ((*_UNANSWERED, _S.DETECTING, _S.WAITING, _S.CONNECTING), ev.LegUnattended, _unattended),
    (_UNANSWERED, ev.LegCreated, _created),
    (_UNANSWERED, ev.LegProgress, _progress),
    (_UNANSWERED, ev.LegRinging, _ringing),
    (_UNANSWERED, ev.LegAnswered, _answered),
    (_UNANSWERED, ev.StateHeard, _heard),
    ((*_ANSWERED, _S.ENDING), ev.StateHeard, _noted),
    ((_S.LAST_WORDS,), ev.StateHeard, _last_words),
    ((_S.LAST_WORDS,), ev.NothingHeard, _over),
    (_UNANSWERED, ev.OriginateFailed, _not_placed),
    ((_S.DETECTING,), ev.Detected, _detected),
    ((*_LIVE, _S.LAST_WORDS), ev.TimerFired, _timer_fired),
    ((_S.WAITING,), ev.AgentTaken, _agent_taken),
    ((_S.CONNECTING, *_IN_TALK, _S.MESSAGE, _S.ENDING, _S.ENDED), ev.AgentTaken, _agent_not_needed),
    ((_S.CONNECTING,), ev.LegBridged, _bridged),
    ((_S.TALKING,), ev.LegUnbridged, _unbridged),
    ((_S.TALKING,), ev.HoldAsked, _hold),
    ((_S.HELD,), ev.ResumeAsked, _resume),
    ((_S.HELD, _S.HANDING_OVER), ev.LegUnbridged, _left_talk),
    ((_S.HELD,), ev.LegBridged, _back_in_talk),
    ((_S.TALKING, _S.HELD), ev.HandOverAsked, _hand_over),
    ((_S.HANDING_OVER,), ev.LegBridged, _handed_over),
    ((_S.MESSAGE,), ev.FlowStarted, _message_began),
    ((_S.MESSAGE, _S.ENDING), ev.FlowEnded, _message_over),
    ((_S.ENDING,), ev.LegAnswered, _answered_after_all),
    ((*_UNANSWERED, *_ANSWERED), ev.HangUpAsked, _hang_up_asked),
    (_LIVE, ev.LegHangupAsked, _far_end_leaves),
    ((*_UNANSWERED, *_ANSWERED), ev.CommandFailed, _order_failed),
    (_LIVE, ev.LegEnded, _ended),
    (_LIVE, ev.LegVanished, _vanished),
    ((_S.LAST_WORDS,), ev.LegVanished, _over),
)
_TABLE: dict[tuple[CallState, type[ev.Event]], _Step] = {
    (state, event): step for states, event, step in _ROWS for state in states
}

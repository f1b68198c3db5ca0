"""The machine of one agent: logs in, waits, talks, wraps up; in at most one call, and never stuck in one.

Theory. The agent's telephone is called once, at login, and its leg stands in a holding bridge all day; calls are
bridged to it.

    OFFLINE ── login ──> CALLING_IN ── in the holding bridge ──> READY <──────────────┐
       ^                     ^                                     │  Reserved        │ released, or no call came
       │ logout              │ the leg is gone: called in again    v                  │
       └──── (any) ──────────┴──────────────────────────────── RESERVED ──────────────┤
                                                                   │ bridged          │
                                              PAUSED <── pause ──  v                  │
                                                 └─ ready ─> ...  TALKING ──> WRAP_UP ┘

An agent whose customer is on hold, or on the way to another agent, is TALKING still: `held_since` says that the end
of the bridge is not the end of the talk. Being bridged again ends that, or TalkLeft, which the call is sure to tell.

RESERVED and WRAP_UP end by timers, TALKING by the leg's leaving the bridge, by its end, or by reconciling; so no lost
event can keep an agent in a call. Whatever the table does not list is late, early or double, and ignored on purpose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.commands import Command
from dialer.core.events import Timer
from dialer.core.model import AgentState

if TYPE_CHECKING:
    from datetime import datetime

CALL_IN_LIMIT_S = 30.0
"""How long an agent's telephone may ring at login."""
CALL_AGAIN_S = 3.0
"""How soon a telephone, or a switch, that refused at once is tried again."""
CALL_IN_TRIES = 3
"""How often a telephone that does not answer is called at login before the agent is logged out."""
UNMUTE_AGAIN_S = 1.0
"""How soon a switch that would not end a mute is asked again."""
CALL_BACK_S = 90.0
"""How long one that vanished is called again: it may have lost its power, and takes a minute to be back."""


@dataclass(slots=True)
class Agent:
    """One agent. `handle` is its only door; everything else is to be read."""

    agent_id: str
    wrap_up_s: float
    since: datetime
    state: AgentState = AgentState.OFFLINE
    attempt_id: str | None = None
    """The attempt the agent is reserved for, talks in, or wraps up."""
    waiting_since: datetime | None = None
    """Since when the agent waits for a call; a reservation that came to nothing does not cost the place in line."""
    disposed: bool = False
    """The talk's disposition is already recorded."""
    pause_reason: str | None = None
    """Set: pauses now, or as soon as the present call is wrapped up."""
    leaving: bool = False
    """Logs out as soon as the present call is wrapped up."""
    call_ins: int = 0
    gone_for_s: float | None = None
    """How long the telephone has been called in vain since it vanished; None where it did not."""
    failed_at_once: bool = False
    """The present try of the telephone is over, and the next is waited for."""
    held_since: datetime | None = None
    """Since when the customer of the talk is on hold, or on the way to another agent."""
    muted: bool = False
    """The customer does not hear the agent; it ends with the talk."""
    wrap_up_until: datetime | None = None
    """When the wrap-up runs out."""
    trouble: str | None = None
    """Why the agent was logged out against their will."""

    def handle(self, event: ev.Event) -> list[Command]:
        """Take one event and say what to do. Never raises for an event that comes late, early or twice."""
        step = _TABLE.get((self.state, type(event)))
        return step(self, event) if step else []


# --- the steps ----------------------------------------------------------------------------------


def _login(agent: Agent, event: ev.LoginAsked) -> list[Command]:
    agent.leaving, agent.pause_reason, agent.trouble, agent.call_ins = False, None, None, 0
    agent.gone_for_s = None
    agent.attempt_id = None
    return _call_in(agent, event.at)


def _call_in(agent: Agent, at: datetime) -> list[Command]:
    agent.call_ins, agent.failed_at_once = agent.call_ins + 1, False
    _enter(agent, AgentState.CALLING_IN, at)
    return [do.CallAgent(), do.StartTimer(Timer.CALL_IN, CALL_IN_LIMIT_S)]


def _adopted(agent: Agent, event: ev.AgentAdopted) -> list[Command]:
    agent.attempt_id, agent.waiting_since = event.attempt_id, event.waiting_since
    agent.pause_reason, agent.disposed = event.pause_reason, False
    _enter(agent, event.state, event.at)
    if agent.state is AgentState.CALLING_IN:
        return [do.StartTimer(Timer.CALL_IN, CALL_IN_LIMIT_S)]
    if event.held and agent.state is AgentState.TALKING:
        agent.held_since = event.at
    # Whether the former run had muted the telephone is not known: nobody is silent without knowing it.
    unmute: list[Command] = [do.Unmute()]
    # The whole time anew: the agent could record nothing while the controller was away.
    return [*unmute, *_begin_wrap_up(agent, event.at)] if agent.state is AgentState.WRAP_UP else unmute


def _in_holding_bridge(agent: Agent, event: ev.LegBridged) -> list[Command]:
    if not event.holding:
        return []
    agent.call_ins, agent.gone_for_s = 0, None
    return _next_state(agent, event.at)


def _not_reached(agent: Agent, event: ev.Event) -> list[Command]:
    agent.trouble = "the telephone does not answer"
    waited = isinstance(event, ev.TimerFired)
    if agent.gone_for_s is not None and waited:
        agent.gone_for_s += CALL_AGAIN_S if agent.failed_at_once else CALL_IN_LIMIT_S
    given_up = agent.call_ins >= CALL_IN_TRIES if agent.gone_for_s is None else agent.gone_for_s >= CALL_BACK_S
    if agent.leaving or given_up:
        return _go(agent, event.at)
    if waited:
        return [do.HangUpAgent(), *_call_in(agent, event.at)]
    agent.failed_at_once = True
    return [do.StartTimer(Timer.CALL_IN, CALL_AGAIN_S)]  # the telephone may just be coming back


def _order_refused(agent: Agent, event: ev.CommandFailed) -> list[Command]:
    # The switch took no order, so this was no try of the telephone; it is asked again for as long as that lasts.
    if event.command == do.Unmute.__name__:
        return []  # of a leg that is gone
    agent.trouble = f"the switch takes no orders: {event.reason}"
    if agent.leaving:
        return _go(agent, event.at)
    agent.call_ins -= 1
    return [do.StartTimer(Timer.CALL_IN, CALL_AGAIN_S)]


def _leg_lost(agent: Agent, event: ev.Event) -> list[Command]:
    agent.trouble, agent.gone_for_s = "the telephone vanished", 0.0
    gap = _gap(agent) if agent.state in {AgentState.TALKING, AgentState.WRAP_UP} else []
    agent.waiting_since, agent.attempt_id, agent.muted = None, None, False
    if agent.leaving:
        _enter(agent, AgentState.OFFLINE, event.at)
        return gap
    return [*gap, *_call_in(agent, event.at)]


def _reserved_in_pause(agent: Agent, event: ev.Reserved) -> list[Command]:
    return _reserved(agent, event) if event.even_paused else []


def _reserved(agent: Agent, event: ev.Reserved) -> list[Command]:
    agent.attempt_id, agent.disposed = event.attempt_id, False
    _enter(agent, AgentState.RESERVED, event.at)
    return [do.StartTimer(Timer.RESERVED, event.limit_s)]


def _released(agent: Agent, event: ev.Released) -> list[Command]:
    return _no_call_came(agent, event) if event.attempt_id == agent.attempt_id else []


def _no_call_came(agent: Agent, event: ev.Event) -> list[Command]:
    agent.attempt_id = None
    return _next_state(agent, event.at)


def _bridged(agent: Agent, event: ev.LegBridged) -> list[Command]:
    if not event.holding:
        agent.waiting_since = None
        _enter(agent, AgentState.TALKING, event.at)
    return []


def _bridged_in_talk(agent: Agent, event: ev.LegBridged) -> list[Command]:
    if not event.holding:
        agent.held_since = None
        return []
    return _talk_over(agent, event.at) if agent.held_since is None else []


def _unbridged(agent: Agent, event: ev.LegUnbridged) -> list[Command]:
    return [] if event.holding or agent.held_since is not None else _talk_over(agent, event.at)


def _customer_held(agent: Agent, event: ev.CustomerHeld) -> list[Command]:
    if event.attempt_id == agent.attempt_id:
        agent.held_since = agent.held_since or event.at
    return []


def _talk_left(agent: Agent, event: ev.TalkLeft) -> list[Command]:
    # Where the customer was not on hold, the agent's own leg tells of the end.
    theirs = event.attempt_id == agent.attempt_id and agent.held_since is not None
    return _talk_over(agent, event.at) if theirs else []


def _talk_over(agent: Agent, at: datetime) -> list[Command]:
    unmute: list[Command] = [do.Unmute()] if agent.muted else []
    agent.muted = False
    if agent.disposed:
        return [*unmute, *_next_state(agent, at)]
    _enter(agent, AgentState.WRAP_UP, at)
    return [*unmute, *_begin_wrap_up(agent, at)]


def _begin_wrap_up(agent: Agent, at: datetime) -> list[Command]:
    agent.wrap_up_until = at + timedelta(seconds=agent.wrap_up_s)
    return [do.StartTimer(Timer.WRAP_UP, agent.wrap_up_s)]


def _wrap_up_extended(agent: Agent, event: ev.WrapUpExtended) -> list[Command]:
    now_ends = agent.wrap_up_until or event.at
    latest = max(now_ends, agent.since + timedelta(seconds=event.longest_s))
    agent.wrap_up_until = min(latest, now_ends + timedelta(seconds=event.seconds))
    return [do.StartTimer(Timer.WRAP_UP, max(0.0, (agent.wrap_up_until - event.at).total_seconds()))]


def _muted(agent: Agent, event: ev.Muted) -> list[Command]:
    if agent.state is not AgentState.TALKING:
        return [do.Unmute()] if event.on else []  # the talk ended while the switch was asked
    agent.muted = event.on
    return []


def _unmute_failed(agent: Agent, event: ev.CommandFailed) -> list[Command]:
    # The next customer must hear the agent: it is asked for until it is done, or the leg is gone.
    wanted = event.command == do.Unmute.__name__ and not agent.muted
    return [do.StartTimer(Timer.UNMUTE, UNMUTE_AGAIN_S)] if wanted else []


def _unmute_again(agent: Agent, _event: ev.TimerFired) -> list[Command]:
    return [] if agent.muted else [do.Unmute()]


def _disposed_in_talk(agent: Agent, event: ev.DispositionGiven) -> list[Command]:
    agent.disposed = agent.disposed or event.attempt_id == agent.attempt_id
    return []


def _wrapped_up(agent: Agent, event: ev.DispositionGiven) -> list[Command]:
    if event.attempt_id != agent.attempt_id:
        return []
    agent.disposed = True
    return _next_state(agent, event.at)


def _wrap_up_ran_out(agent: Agent, event: ev.Event) -> list[Command]:
    return [*_gap(agent), *_next_state(agent, event.at)]


def _pause(agent: Agent, event: ev.PauseAsked) -> list[Command]:
    agent.pause_reason = event.reason
    if agent.state is AgentState.READY:
        return _next_state(agent, event.at)
    return []


def _ready(agent: Agent, event: ev.ReadyAsked) -> list[Command]:
    agent.pause_reason = None
    return _next_state(agent, event.at) if agent.state is AgentState.PAUSED else []


def _logout(agent: Agent, event: ev.LogoutAsked) -> list[Command]:
    agent.leaving = True
    if agent.state in {AgentState.READY, AgentState.PAUSED, AgentState.CALLING_IN}:
        return _go(agent, event.at)
    return []


# --- what several steps share -------------------------------------------------------------------


def _next_state(agent: Agent, at: datetime) -> list[Command]:
    """Where an agent without a call goes: out, on a pause, or back in line."""
    agent.attempt_id = None
    if agent.leaving:
        return _go(agent, at)
    if agent.pause_reason is not None:
        agent.waiting_since = None
        _enter(agent, AgentState.PAUSED, at)
        return []
    agent.trouble = None
    agent.waiting_since = agent.waiting_since or at
    _enter(agent, AgentState.READY, at)
    return []


def _go(agent: Agent, at: datetime) -> list[Command]:
    agent.waiting_since, agent.attempt_id = None, None
    _enter(agent, AgentState.OFFLINE, at)
    return [do.HangUpAgent()]


def _gap(agent: Agent) -> list[Command]:
    if agent.attempt_id is None or agent.disposed:
        return []
    agent.disposed = True
    return [do.GapInRecord(agent.attempt_id)]


def _enter(agent: Agent, state: AgentState, at: datetime) -> None:
    agent.state, agent.since = state, at
    agent.held_since = agent.wrap_up_until = None


def _timer_fired(agent: Agent, event: ev.TimerFired) -> list[Command]:
    step = _ON_TIMER.get((agent.state, event.timer))
    return step(agent, event) if step else []


# --- the table ----------------------------------------------------------------------------------

_S = AgentState
_Step = Callable[[Agent, Any], list[Command]]
_LOGGED_IN = (_S.READY, _S.RESERVED, _S.TALKING, _S.WRAP_UP, _S.PAUSED)

_ON_TIMER: dict[tuple[AgentState, Timer], _Step] = {
    (_S.CALLING_IN, Timer.CALL_IN): _not_reached,
    (_S.RESERVED, Timer.RESERVED): _no_call_came,
    (_S.WRAP_UP, Timer.WRAP_UP): _wrap_up_ran_out,
    **{(state, Timer.UNMUTE): _unmute_again for state in _LOGGED_IN},
}
_ROWS: tuple[tuple[tuple[AgentState, ...], type[ev.Event], _Step], ...] = (
    ((_S.OFFLINE,), ev.LoginAsked, _login),
    ((_S.OFFLINE,), ev.AgentAdopted, _adopted),
    ((_S.CALLING_IN,), ev.LegBridged, _in_holding_bridge),
    ((_S.CALLING_IN,), ev.LegEnded, _not_reached),
    ((_S.CALLING_IN,), ev.LegVanished, _not_reached),
    ((_S.CALLING_IN,), ev.OriginateFailed, _not_reached),
    ((_S.CALLING_IN,), ev.CommandFailed, _order_refused),
    ((_S.READY,), ev.Reserved, _reserved),
    ((_S.PAUSED,), ev.Reserved, _reserved_in_pause),
    ((_S.RESERVED,), ev.Released, _released),
    ((_S.RESERVED,), ev.LegBridged, _bridged),
    ((_S.TALKING,), ev.LegBridged, _bridged_in_talk),
    ((_S.TALKING,), ev.LegUnbridged, _unbridged),
    ((_S.TALKING,), ev.CustomerHeld, _customer_held),
    ((_S.TALKING,), ev.TalkLeft, _talk_left),
    ((_S.TALKING,), ev.DispositionGiven, _disposed_in_talk),
    ((_S.WRAP_UP,), ev.WrapUpExtended, _wrap_up_extended),
    (_LOGGED_IN, ev.Muted, _muted),
    (_LOGGED_IN, ev.CommandFailed, _unmute_failed),
    ((_S.WRAP_UP,), ev.DispositionGiven, _wrapped_up),
    ((_S.CALLING_IN, *_LOGGED_IN), ev.TimerFired, _timer_fired),
    (_LOGGED_IN, ev.LegEnded, _leg_lost),
    (_LOGGED_IN, ev.LegVanished, _leg_lost),
    ((_S.CALLING_IN, *_LOGGED_IN), ev.PauseAsked, _pause),
    ((_S.CALLING_IN, *_LOGGED_IN), ev.ReadyAsked, _ready),
    ((_S.CALLING_IN, *_LOGGED_IN), ev.LogoutAsked, _logout),
)
_TABLE: dict[tuple[AgentState, type[ev.Event]], _Step] = {
    (state, event): step for states, event, step in _ROWS for state in states
}

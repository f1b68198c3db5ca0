"""What has happened: past tense, frozen. The machines of calls and agents take nothing else as input.

`at` is when it happened: Asterisk's own timestamp for what Asterisk said, ours for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import auto
from typing import TYPE_CHECKING

from dialer.core.model import AgentState, Disposition, HungUpBy, Word

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.outcome import Heard


class Timer(Word):
    """The clocks a machine may set; each is one per machine, and setting it again replaces it."""

    RING = auto()
    """It has rung longer than Asterisk should have let it."""
    DETECT = auto()
    """Answering-machine detection has taken as long as a person may be kept."""
    ABANDON = auto()
    """The answered customer has waited for an agent as long as the limit allows."""
    CONNECT = auto()
    """A bridge that was asked for has not come about."""
    MESSAGE = auto()
    """The abandoned-call message should long be over."""
    ENDING = auto()
    """A hang-up that was asked for has not been confirmed."""
    LAST_WORDS = auto()
    """What was heard of a leg that is gone should long have been told."""
    CALL_IN = auto()
    """The agent's telephone has not answered."""
    RESERVED = auto()
    """A reserved agent got no call."""
    WRAP_UP = auto()
    """The agent's time to record the talk is over."""
    HOLD = auto()
    """A customer has been on hold as long as the plan lets anybody be, or a bridge back has not come about."""
    UNMUTE = auto()
    """The switch would not end a mute, and is asked again."""


@dataclass(frozen=True, slots=True)
class Event:
    """Anything that happened, with its time."""

    at: datetime


# --- what the switch says of a leg --------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LegEvent(Event):
    """Something happened to the leg `leg_id` (an Asterisk Uniqueid that we chose ourselves)."""

    leg_id: str


@dataclass(frozen=True, slots=True)
class LegCreated(LegEvent):
    """The leg exists in the switch; `channel` is Asterisk's name for it."""

    channel: str


@dataclass(frozen=True, slots=True)
class LegProgress(LegEvent):
    """Early media has begun (183 Session Progress)."""


@dataclass(frozen=True, slots=True)
class LegRinging(LegEvent):
    """The far end is being alerted (180 Ringing)."""


@dataclass(frozen=True, slots=True)
class LegAnswered(LegEvent):
    """The far end answered (200 OK)."""


@dataclass(frozen=True, slots=True)
class LegBridged(LegEvent):
    """The leg entered a bridge; `holding` tells the agents' waiting room from a talk."""

    bridge_id: str
    holding: bool


@dataclass(frozen=True, slots=True)
class LegUnbridged(LegEvent):
    """The leg left a bridge."""

    bridge_id: str
    holding: bool


@dataclass(frozen=True, slots=True)
class LegHangupAsked(LegEvent):
    """The party at the far end of this leg asked to end it (BYE, CANCEL or a final error)."""


@dataclass(frozen=True, slots=True)
class LegEnded(LegEvent):
    """The leg is gone. `cause` is Q.850; `sip_code` is the final SIP status, None where there was none."""

    cause: int
    cause_text: str
    sip_code: int | None


@dataclass(frozen=True, slots=True)
class LegVanished(LegEvent):
    """The switch no longer knows the leg and we missed how it ended."""


@dataclass(frozen=True, slots=True)
class LegUnattended(LegEvent):
    """Whoever answered met nobody, for nobody here could act: the switch played the message by itself, or they left."""


@dataclass(frozen=True, slots=True)
class OriginateFailed(LegEvent):
    """The switch could not place the leg; `reason` is its AST_CONTROL number as text."""

    reason: str


@dataclass(frozen=True, slots=True)
class Detected(LegEvent):
    """Answering-machine detection has decided; `cause` is its own explanation."""

    machine: bool
    cause: str


@dataclass(frozen=True, slots=True)
class StateHeard(LegEvent):
    """What the early media of the leg say of the number; told while it plays when it is sure, and when it is over."""

    heard: Heard


@dataclass(frozen=True, slots=True)
class NothingHeard(LegEvent):
    """The leg is not listened to: no word of it will come."""


@dataclass(frozen=True, slots=True)
class RecordingStopped(LegEvent):
    """The switch has finished writing the leg's recording."""


@dataclass(frozen=True, slots=True)
class FlowStarted(LegEvent):
    """An IVR flow has begun to speak to the leg."""

    flow: str


@dataclass(frozen=True, slots=True)
class FlowEnded(LegEvent):
    """An IVR flow is over; `opted_out` when the customer asked never to be called again.

    `answers` are the digits that were pressed, by question.
    """

    flow: str
    opted_out: bool
    answers: tuple[tuple[str, str], ...] = ()


# --- what we decided, were told, or failed to do ------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forbidden(Event):
    """The last check before Originate said no; `reason` in words."""

    reason: str


@dataclass(frozen=True, slots=True)
class Sent(Event):
    """The order to call is about to leave for the switch."""


@dataclass(frozen=True, slots=True)
class Adopted(Event):
    """The controller was lost and is back, and the call has lived on: what is left of its timers is set anew."""


@dataclass(frozen=True, slots=True)
class AgentTaken(Event):
    """The floor gave us this agent."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class HangUpAsked(Event):
    """Somebody on our side wants the call ended."""

    by: HungUpBy


@dataclass(frozen=True, slots=True)
class HoldAsked(Event):
    """The agent puts the customer on hold."""


@dataclass(frozen=True, slots=True)
class ResumeAsked(Event):
    """The agent wants the customer back who is on hold."""


@dataclass(frozen=True, slots=True)
class HandOverAsked(Event):
    """The customer is to talk with this agent from now on, who is reserved for it; `by` is whoever asked for it."""

    agent_id: str
    by: str


@dataclass(frozen=True, slots=True)
class TimerFired(Event):
    """A clock that the machine set has run out."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class CommandFailed(Event):
    """The shell could not carry out a command; `command` is its class name."""

    command: str
    reason: str


# --- what an agent does -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LoginAsked(Event):
    """The agent wants to work."""


@dataclass(frozen=True, slots=True)
class AgentAdopted(Event):
    """The controller was lost and is back, and the agent's leg has lived on: where the agent stands now.

    `waiting_since` keeps the place in line of one who is READY.
    """

    state: AgentState
    attempt_id: str | None = None
    waiting_since: datetime | None = None
    pause_reason: str | None = None
    held: bool = False
    """The customer of the talk is on hold."""


@dataclass(frozen=True, slots=True)
class LogoutAsked(Event):
    """The agent wants to leave; a talk is finished first."""


@dataclass(frozen=True, slots=True)
class PauseAsked(Event):
    """The agent wants no calls for a while; a talk and its wrap-up are finished first."""

    reason: str


@dataclass(frozen=True, slots=True)
class ReadyAsked(Event):
    """The agent wants calls again."""


@dataclass(frozen=True, slots=True)
class Reserved(Event):
    """The floor took the agent for this attempt; without a bridge within `limit_s` the agent is free again.

    `even_paused`: it is the agent's own wish, so a pause does not stand against it.
    """

    attempt_id: str
    limit_s: float
    even_paused: bool = False


@dataclass(frozen=True, slots=True)
class Released(Event):
    """The attempt the agent was reserved for needs nobody any more."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class DispositionGiven(Event):
    """The agent has recorded what came of the talk."""

    attempt_id: str
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class CustomerHeld(Event):
    """The agent's customer goes on hold, or to another agent: the end of the bridge is not the end of the talk."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class TalkLeft(Event):
    """The customer who was on hold is gone, or talks with another agent: no leg of the agent's tells of that."""

    attempt_id: str


@dataclass(frozen=True, slots=True)
class Muted(Event):
    """The switch lets nothing through of what the agent says, or, with `on` false, lets it through again."""

    on: bool


@dataclass(frozen=True, slots=True)
class WrapUpExtended(Event):
    """The agent needs `seconds` more to record the talk; no wrap-up lasts longer than `longest_s` as a whole."""

    seconds: float
    longest_s: float

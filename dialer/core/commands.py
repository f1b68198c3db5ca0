"""What is to be done: imperative, frozen. The machines answer with these; the shells carry them out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.events import Timer
    from dialer.core.model import HungUpBy, Outcome


@dataclass(frozen=True, slots=True)
class Command:
    """Anything a machine wants done."""


@dataclass(frozen=True, slots=True)
class StartTimer(Command):
    """Hand back TimerFired after `after_s`; a timer that runs is replaced."""

    timer: Timer
    after_s: float


# --- of a call ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TakeAgent(Command):
    """Take a free agent from the floor: the one named, else the owner, else the longest waiting.

    If nobody is free, keep the call in line until an agent is.
    """

    agent_id: str | None


@dataclass(frozen=True, slots=True)
class StopWaiting(Command):
    """Take the call out of the line for an agent."""


@dataclass(frozen=True, slots=True)
class Connect(Command):
    """Join the customer's leg and the agent's, recording if the plan says so."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class ReleaseAgent(Command):
    """Give the agent back to the floor: the call needs nobody any more."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class HoldCustomer(Command):
    """Take the customer's leg out of the talk, to where it hears the hold tone."""


@dataclass(frozen=True, slots=True)
class Resume(Command):
    """Bridge the customer to the agent again whose customer it is; where that agent is gone, the call ends."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class HandOver(Command):
    """Bridge the customer to this agent, who is reserved for it."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class HandedOver(Command):
    """Record that the customer talks with another agent from now on."""

    at: datetime
    from_agent: str
    to_agent: str
    by: str


@dataclass(frozen=True, slots=True)
class LeaveTalk(Command):
    """Tell an agent, who waited for the customer, that the talk is over for them: no leg does."""

    agent_id: str


@dataclass(frozen=True, slots=True)
class Listen(Command):
    """Listen to what the far side lets be heard before anybody answers; StateHeard tells of it."""


@dataclass(frozen=True, slots=True)
class StopListening(Command):
    """Listen no more; hand back StateHeard with the last that was heard, or NothingHeard."""


@dataclass(frozen=True, slots=True)
class HearGreeting(Command):
    """Find out whether a person or a machine answered; Detected tells of it within `limit_s`, or nothing does."""

    limit_s: float


@dataclass(frozen=True, slots=True)
class PlayFlow(Command):
    """Send the customer's leg into an IVR flow."""

    flow: str


@dataclass(frozen=True, slots=True)
class HangUp(Command):
    """End the customer's leg."""


@dataclass(frozen=True, slots=True)
class CheckLeg(Command):
    """Ask the switch whether the leg still exists; if it does not, hand back LegVanished."""


@dataclass(frozen=True, slots=True)
class Finish(Command):
    """The attempt is over: record how, and forget the call."""

    outcome: Outcome
    hung_up_by: HungUpBy


# --- of an agent --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CallAgent(Command):
    """Call the agent's telephone and put it into the holding bridge."""


@dataclass(frozen=True, slots=True)
class HangUpAgent(Command):
    """End the agent's standing leg."""


@dataclass(frozen=True, slots=True)
class Unmute(Command):
    """Let through again what is said into the agent's telephone."""


@dataclass(frozen=True, slots=True)
class GapInRecord(Command):
    """The wrap-up ran out: record NOT_RECORDED for this attempt."""

    attempt_id: str

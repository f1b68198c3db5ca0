"""The glossary: every word of the field that the rest of the code uses, once, with its meaning.

Times are timezone-aware UTC `datetime`s; durations are seconds and carry `_s` in their names;
telephone numbers are E.164 strings with their plus sign (ITU-T E.164, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class Word(StrEnum):
    """An enum whose members are stored and shown by their own name."""

    @staticmethod
    def _generate_next_value_(name: str, _start: int, _count: int, _last: list[str]) -> str:
        return name


class Outcome(Word):
    """What the network said of an attempt. What came of the talk is the agent's word: see Disposition."""

    ANSWERED = auto()
    """A person answered and was bridged to an agent (or, in an agentless campaign, heard the flow)."""
    MACHINE = auto()
    """An answering machine took the call."""
    NO_ANSWER = auto()
    """It rang for as long as we let it, and nobody answered."""
    BUSY = auto()
    """The called party was busy (486 Busy Here, Q.850 cause 17)."""
    REJECTED = auto()
    """The called party declined (603 Decline or 403, Q.850 cause 21)."""
    POWERED_OFF = auto()
    """The network announced that the telephone is switched off."""
    UNREACHABLE = auto()
    """The network could not reach the telephone now (480, Q.850 causes 18 and 20)."""
    SUSPENDED = auto()
    """The network announced that the service of this number is suspended."""
    INVALID = auto()
    """The number does not exist (404 or 484, Q.850 causes 1, 3, 22 and 28)."""
    CONGESTION = auto()
    """The network or the trunk had no room (503, Q.850 causes 34, 38, 41, 42 and 44)."""
    ABANDONED = auto()
    """A person answered and no agent was there within the limit: counted against the campaign."""
    CANCELLED = auto()
    """We withdrew before anybody answered: a rule forbade it at the last moment, or we were told to stop."""
    FAILED = auto()
    """Our own side failed: the switch was lost, refused the order or never spoke of the call again."""


class NumberState(Word):
    """What the network let be heard of a number before anybody answered: by a tone or an announcement."""

    OFF = auto()
    """The telephone is switched off."""
    SUSPENDED = auto()
    """The service of this number is suspended."""
    INVALID = auto()
    """There is no such number."""
    CHANGED_NUMBER = auto()
    """The customer has another number now."""
    BUSY = auto()
    """The called party talks with somebody else."""
    OUT_OF_REACH = auto()
    """The telephone is out of the network's reach now."""
    NO_ANSWER = auto()
    """The network says that nobody answers."""
    REJECTED = auto()
    """The called party declined."""
    CALL_BARRED = auto()
    """Calls to this number, or from ours, are barred."""
    NETWORK_BUSY = auto()
    """The network has no room."""
    RINGING = auto()
    """Ring-back, be it a tone or music or speech of the customer's own: it may still be answered."""
    UNKNOWN = auto()
    """Nothing, or nothing that is known: it is never taken for anything else."""


class Disposition(Word):
    """What came of the talk, in the agent's word; a coded reason and a note stand beside it."""

    AGREED = auto()
    """The customer took the offer."""
    REFUSED = auto()
    """The customer refused; the reason is one of the campaign's coded refusals."""
    CALL_BACK = auto()
    """The customer asked to be called at another time."""
    WRONG_PERSON = auto()
    """The number belongs to somebody else."""
    MACHINE = auto()
    """The agent heard a machine, not a person."""
    DO_NOT_CALL = auto()
    """The customer asks never to be called again."""
    UNDECIDED = auto()
    """The talk ended before anything came of it."""
    NOT_RECORDED = auto()
    """The agent's wrap-up ran out with nothing recorded: a gap that is shown, not filled."""


class AgentState(Word):
    """Where an agent stands; an agent is in exactly one state and in at most one call."""

    OFFLINE = auto()
    """Not logged in, or the telephone is gone."""
    CALLING_IN = auto()
    """The agent's telephone is being called to set up the standing leg."""
    READY = auto()
    """Waits in the holding bridge for the next call."""
    RESERVED = auto()
    """Taken for an answered call (or shown a lead to preview); the bridge is on its way."""
    TALKING = auto()
    """Bridged to a customer."""
    WRAP_UP = auto()
    """The talk is over and is being recorded by the agent."""
    PAUSED = auto()
    """Logged in, but asks for no calls."""


class SupervisionMode(Word):
    """How a supervisor is on an agent's line."""

    LISTEN = auto()
    """Hears both sides, and is heard by nobody."""
    WHISPER = auto()
    """Hears both sides; the agent alone hears the supervisor."""
    BARGE = auto()
    """All three hear each other."""


class CampaignStatus(Word):
    """Whether a campaign dials."""

    PAUSED = auto()
    """Keeps its place; dials nothing. A new campaign starts here."""
    RUNNING = auto()
    """Dials whenever its plan lets it."""
    STOPPED = auto()
    """Ended by the operator; may be resumed by name only."""


class PacingMode(Word):
    """How the number of calls to place is decided."""

    PREVIEW = auto()
    """An agent sees the lead first and asks for the call."""
    PROGRESSIVE = auto()
    """One call for each free agent."""
    RATIO = auto()
    """A fixed number of calls for each free agent."""
    PREDICTIVE = auto()
    """As many calls as will find agents free when they are answered, by what was learned and the ledger bears."""
    AGENTLESS = auto()
    """No agents: whoever answers hears a flow; as many calls as the limits allow."""


class LeadState(Word):
    """Whether a lead still wants to be called; 'in flight' is not stored, it is an attempt without an outcome."""

    WAITING = auto()
    """To be called at or after its due time."""
    FINISHED = auto()
    """Nothing more is due."""


class HungUpBy(Word):
    """Who ended a call."""

    CUSTOMER = auto()
    """The called party, after an answer."""
    AGENT = auto()
    """The agent."""
    NETWORK = auto()
    """The far network, before an answer."""
    SYSTEM = auto()
    """Ringpace itself."""


class Hold(Word):
    """Why a lead is not being dialled at this moment; `dialer leads why` answers in these words."""

    NONE = auto()
    """Nothing holds it: it waits only for pacing and a free agent."""
    IN_FLIGHT = auto()
    """It is being called now."""
    FINISHED = auto()
    """Nothing more is due for it."""
    DO_NOT_CALL = auto()
    """All of its usable numbers are on a do-not-call list."""
    OUTSIDE_LEGAL_HOURS = auto()
    """The law forbids calls at this hour where the number is."""
    OUTSIDE_WINDOW = auto()
    """The campaign's own windows are closed at this hour where the number is."""
    CAMPAIGN_PAUSED = auto()
    """The campaign is paused or stopped."""
    CAMPAIGN_NOT_STARTED = auto()
    """The campaign's start date lies ahead."""
    CAMPAIGN_ENDED = auto()
    """The campaign's end date has passed."""
    RETRY_NOT_DUE = auto()
    """A retry is set for later."""
    CAP_NUMBER = auto()
    """This number was called as often as the cap allows."""
    CAP_LEAD = auto()
    """This lead was called as often as the cap allows."""
    CAP_PERSON = auto()
    """This person was called as often as the cap allows, over all campaigns."""
    NO_NUMBER = auto()
    """None of the lead's numbers can be dialled any more."""
    NO_CALLER_ID = auto()
    """The campaign's caller id is not one that the trunk may show."""


class RecordingState(Word):
    """Where a recording stands."""

    RECORDING = auto()
    """The talk is on."""
    STORED = auto()
    """On disk, measured and indexed."""
    MISSING = auto()
    """It should be there and is not: an alert and a visible gap."""
    NOTHING = auto()
    """The talk was over before any sound could be written: there is nothing to miss."""
    DELETED = auto()
    """The sound was deleted when its time was over: what it measured stays, with when and why it went."""


@dataclass(frozen=True, slots=True)
class NumberRef:
    """One of a lead's telephone numbers.

    `time_zones` are all IANA zones the number may lie in (several where the prefix does not tell);
    a call is legal only if it is legal in every one of them.
    """

    number_id: int
    e164: str
    time_zones: tuple[str, ...]
    position: int = 0
    attempts: int = 0
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Lead:
    """A person to reach within a campaign. `person` is the same for one customer over all campaigns."""

    lead_id: int
    campaign_id: int
    key: str
    person: str
    name: str
    numbers: tuple[NumberRef, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    priority: float = 0.0
    owner: str | None = None
    state: LeadState = LeadState.WAITING
    finished_because: str | None = None
    due_at: datetime | None = None
    due_number_id: int | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to reach a lead at one number: one row in the record, one leg id in the switch.

    `attempt_id` is also the channel id of the customer's leg.
    """

    attempt_id: str
    campaign_id: int
    lead_id: int
    number_id: int
    e164: str
    person: str
    name: str
    trunk: str
    caller_id: str
    queued_at: datetime
    attributes: dict[str, str] = field(default_factory=dict)
    owner: str | None = None
    agent_id: str | None = None
    """Set when the agent is known before dialling (preview)."""
    decision_id: str | None = None
    chance: float | None = None
    """How likely a person was to answer (0..1), as was foretold when the lead was chosen; None where nothing was.

    It stays in the record beside the outcome: so it can be seen later whether of those told 0.3, three in ten answered.
    """


@dataclass(frozen=True, slots=True)
class Ended:
    """All that is known of an attempt once it is over: what decides its retry."""

    outcome: Outcome
    disposition: Disposition | None = None
    call_back_at: datetime | None = None
    heard_flow: bool = False
    """An agentless call: the customer heard the campaign's flow, which is all that was wanted."""
    number_state: NumberState | None = None
    """What the network let be heard of the number before anybody answered; None where nobody listened."""


@dataclass(frozen=True, slots=True)
class FloorView:
    """What pacing sees of the floor at one instant: counts of agents and calls of one campaign."""

    ready: int
    reserved: int
    talking: int
    wrap_up: int
    paused: int
    in_flight: int
    """Placed and neither answered nor ended."""
    waiting: int
    """Answered, and waiting for an agent."""
    previews_asked: int = 0
    """Calls that agents have asked for after seeing the lead."""

    @property
    def logged_in(self) -> int:
        """Agents who have a standing leg."""
        return self.ready + self.reserved + self.talking + self.wrap_up + self.paused

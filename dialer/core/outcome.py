"""What the network said, in one word: what it let be heard, its SIP code and its Q.850 cause to Outcome.

Sources: ITU-T Q.850 (causes), RFC 3261 section 21 (SIP codes), RFC 3398 section 8.2.6 (their relation).
A SIP code says more than the cause Asterisk derives from it: 480 and an unanswered call share cause 19. And what was
heard says more than the code: many networks tell their customers in words what is so, and then send 480 for
everything.
"""

from __future__ import annotations

from dataclasses import dataclass

from dialer.core.model import Disposition, NumberState, Outcome

BY_STATE: dict[NumberState, Outcome] = {
    NumberState.OFF: Outcome.POWERED_OFF,
    NumberState.SUSPENDED: Outcome.SUSPENDED,
    NumberState.INVALID: Outcome.INVALID,
    NumberState.CHANGED_NUMBER: Outcome.INVALID,
    NumberState.BUSY: Outcome.BUSY,
    NumberState.OUT_OF_REACH: Outcome.UNREACHABLE,
    NumberState.NO_ANSWER: Outcome.NO_ANSWER,
    NumberState.REJECTED: Outcome.REJECTED,
    NumberState.CALL_BARRED: Outcome.REJECTED,
    NumberState.NETWORK_BUSY: Outcome.CONGESTION,
}
"""Of the states after which nobody answers; RINGING and UNKNOWN leave the word to the codes."""


IN_WORDS: dict[NumberState, str] = {
    NumberState.OFF: "the telephone is switched off",
    NumberState.SUSPENDED: "the service of the number is suspended",
    NumberState.INVALID: "there is no such number",
    NumberState.CHANGED_NUMBER: "the customer has another number now",
    NumberState.BUSY: "the customer talks with somebody else",
    NumberState.OUT_OF_REACH: "the telephone is out of reach",
    NumberState.NO_ANSWER: "nobody answers",
    NumberState.REJECTED: "the customer declined",
    NumberState.CALL_BARRED: "calls to the number are barred",
    NumberState.NETWORK_BUSY: "the network has no room",
    NumberState.RINGING: "it rings",
    NumberState.UNKNOWN: "nothing that is known",
}

BY_SIP_CODE: dict[int, Outcome] = {
    404: Outcome.INVALID,
    410: Outcome.INVALID,
    484: Outcome.INVALID,
    604: Outcome.INVALID,
    480: Outcome.UNREACHABLE,
    486: Outcome.BUSY,
    600: Outcome.BUSY,
    403: Outcome.REJECTED,
    603: Outcome.REJECTED,
    607: Outcome.REJECTED,
    608: Outcome.REJECTED,
    408: Outcome.NO_ANSWER,
    487: Outcome.NO_ANSWER,
    500: Outcome.CONGESTION,
    502: Outcome.CONGESTION,
    503: Outcome.CONGESTION,
    504: Outcome.CONGESTION,
    401: Outcome.FAILED,
    407: Outcome.FAILED,
    488: Outcome.FAILED,
}
"""487 is our own CANCEL after the ring time; 401, 407 and 488 are trouble with our trunk, not with the customer."""

BY_CAUSE: dict[int, Outcome] = {
    1: Outcome.INVALID,
    3: Outcome.INVALID,
    22: Outcome.INVALID,
    28: Outcome.INVALID,
    17: Outcome.BUSY,
    21: Outcome.REJECTED,
    18: Outcome.UNREACHABLE,
    20: Outcome.UNREACHABLE,
    27: Outcome.UNREACHABLE,
    16: Outcome.NO_ANSWER,
    19: Outcome.NO_ANSWER,
    127: Outcome.NO_ANSWER,
    34: Outcome.CONGESTION,
    38: Outcome.CONGESTION,
    41: Outcome.CONGESTION,
    42: Outcome.CONGESTION,
    44: Outcome.CONGESTION,
}


_FIRST_FAILURE = 300
"""SIP statuses from here on are final and not a success."""
_SAYS_NOTHING = frozenset({0, 16, 19, 127})
"""Causes that Asterisk gives to a leg that ended without a word from the network."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a number, how sure that is (0 to 1), and by what: an announcement's name, or a tone."""

    state: NumberState
    confidence: float
    what: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that tells how an unanswered leg ended, or one that a machine answered."""

    cause: int = 0
    """Q.850."""
    sip_code: int | None = None
    """The final SIP status; None where there was none."""
    rang: bool = False
    """The far end was alerted, by the network's word (180) or by the ring-back that was heard."""
    heard: Heard | None = None
    """None where nothing was heard confidently enough to be believed."""
    rang_out: bool = False
    """We ended the ringing, or Asterisk did for us: the codes are our own."""
    machine: str | None = None
    """Why detection took whoever answered for a machine; None where it did not."""


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome, and why, in words."""

    outcome: Outcome
    because: str


def judge(evidence: Evidence) -> Judged:
    """The outcome of a leg that no person answered: heard beats code, and our own ring time beats the codes it makes.

    What a machine answered was answered, whatever was heard before.
    """
    if evidence.machine is not None:
        return Judged(Outcome.MACHINE, f"answering-machine detection: {evidence.machine}")
    heard = evidence.heard
    if heard is not None and heard.state in BY_STATE:
        code = f"; the code, {evidence.sip_code}, tells less" if evidence.sip_code else ""
        said = f"heard that {IN_WORDS[heard.state]} ({heard.what}, {heard.confidence:.0%} sure){code}"
        return Judged(BY_STATE[heard.state], said)
    if evidence.rang_out:
        if evidence.rang:
            return Judged(Outcome.NO_ANSWER, "rang for as long as we let it")
        return Judged(Outcome.UNREACHABLE, "the network never said that it rang, for as long as we waited")
    outcome = of_unanswered(evidence.cause, evidence.sip_code, rang=evidence.rang)
    code = f"SIP {evidence.sip_code}" if evidence.sip_code else f"cause {evidence.cause}, without a SIP code"
    return Judged(outcome, f"the network's code: {code}")


def behind(outcome: Outcome | Disposition, state: NumberState | None) -> NumberState | None:
    """The state, if an attempt ended by it: what was not believed, or was heard before an answer, settles nothing."""
    return state if state is not None and BY_STATE.get(state) is outcome else None


def of_unanswered(cause: int, sip_code: int | None, *, rang: bool) -> Outcome:
    """The outcome of a call that nobody answered.

    A final SIP status is believed first. Without one, a leg that rang was simply not answered; one that did not is
    judged by its Q.850 cause, and what cannot be told is FAILED: unknown stays unknown.
    """
    if sip_code is not None and sip_code >= _FIRST_FAILURE:
        return BY_SIP_CODE.get(sip_code, BY_CAUSE.get(cause, Outcome.FAILED))
    if cause in _SAYS_NOTHING:
        return Outcome.NO_ANSWER if rang else Outcome.FAILED
    return BY_CAUSE.get(cause, Outcome.FAILED)

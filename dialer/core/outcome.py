"""What the network said, in one word: Q.850 cause and SIP code to Outcome.

Sources: ITU-T Q.850 (causes), RFC 3261 section 21 (SIP codes), RFC 3398 section 8.2.6 (their relation).
A SIP code says more than the cause Asterisk derives from it: 480 and an unanswered call share cause 19.
"""

from __future__ import annotations

from dialer.core.model import Outcome

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

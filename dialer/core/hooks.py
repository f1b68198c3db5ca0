"""Webhooks, decided: what other systems are told of, how a post is signed, and when one that failed is tried again."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from enum import auto
from typing import TYPE_CHECKING

from dialer.core.model import Word

if TYPE_CHECKING:
    from datetime import datetime

REPLAY_WINDOW_S = 300
"""A receiver refuses a timestamp that is further away than this: what was overheard is of no use later."""
TRIED_FOR = timedelta(days=1)
"""From the first try on; what was not taken by then is given up, and may be sent again by hand."""
_PAUSES_S = (1, 5, 30, 120, 600, 1800)
_LONGEST_PAUSE_S = 3600
_SPREAD = 0.2


class HookEvent(Word):
    """What a webhook tells of."""

    ATTEMPT_ENDED = auto()
    """An attempt has its outcome."""
    ATTEMPT_DISPOSED = auto()
    """A disposition was recorded, or recorded anew: the last word counts."""
    TEST = auto()
    """Nothing happened: an admin asks whether posts arrive."""


class DeliveryState(Word):
    """Where one event stands on its way to one webhook."""

    WAITING = auto()
    """Not taken yet; it is tried again."""
    DELIVERED = auto()
    """The receiver answered 2xx."""
    GIVEN_UP = auto()
    """Tried for a day in vain."""


def signature(secret: str, at_s: int, body: bytes) -> str:
    """What stands in the header: HMAC-SHA256 over the timestamp (seconds since 1970), a full stop and the body."""
    return "v1=" + hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256).hexdigest()


def pause_s(failures: int, drawn: float) -> float:
    """How long to wait after so many failures in a row (1 or more); `drawn` in 0..1 keeps many from coming at once."""
    whole = _PAUSES_S[failures - 1] if failures <= len(_PAUSES_S) else _LONGEST_PAUSE_S
    return whole * (1 + _SPREAD * drawn)


def next_try(failures: int, first_tried_at: datetime, now: datetime, drawn: float) -> datetime | None:
    """When a post that failed so often is tried again; None where it is given up."""
    at = now + timedelta(seconds=pause_s(failures, drawn))
    return at if at - first_tried_at <= TRIED_FOR else None

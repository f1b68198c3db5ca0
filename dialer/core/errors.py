"""The error tree: what can go wrong that a caller must tell apart. Busy and no-answer are outcomes, never errors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic import ValidationError


class RingpaceError(Exception):
    """Anything that Ringpace itself reports as wrong; its text says what to do."""


class SettingsError(RingpaceError):
    """The settings cannot be used; the text names the key."""


class InputError(RingpaceError):
    """Something handed in from outside cannot be used; the text names the row, field or key."""


class NotFoundError(RingpaceError):
    """What was asked for does not exist; the text names it."""


class ConflictError(RingpaceError):
    """What was asked for cannot be done in the present state; the text says which state that is."""


class SwitchError(RingpaceError):
    """Asterisk refused an order, or the connection to it is down."""


class SwitchTimeoutError(SwitchError):
    """Asterisk did not answer within the deadline; whether it acted is unknown."""


class FloorError(RingpaceError):
    """Redis cannot be reached: nothing is dialled until it can."""


class TenureLostError(RingpaceError):
    """Another controller has taken over this node's calls: this one must end at once and touch nothing."""


class RecordError(RingpaceError):
    """The database cannot be reached: nothing is dialled that cannot be recorded."""


def problems_of(error: ValidationError) -> str:
    """What is wrong, key by key, in one line; the values, which may be secret, are never repeated."""
    return "; ".join(f"{'.'.join(map(_shown, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))


def _shown(part: int | str) -> str:
    """A key as it may stand in a terminal or a log: what is no plain text in it is spelled out."""
    text = str(part)
    return text if text.isprintable() else ascii(text)

"""Which part is ill: what /health says, what the metrics show and what `dialer doctor` advises, in one place."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LEAST_FREE_BYTES = 500 * 1024 * 1024
"""About four hours of talk in stereo."""
_LEAST_FREE_SHARE = 0.1
"""Of a disk that is smaller than ten times that."""


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part's state: `detail` says what is wrong, `remedy` what to do about it; both empty where it is well."""

    part: str
    ok: bool
    detail: str = ""
    remedy: str = ""


REMEDIES = {
    "service": "is `dialer serve` running? If it is, its log names the part that is ill.",
    "asterisk": "is Asterisk running, does manager.conf listen on the port of [ami], and do the secrets agree?",
    "redis": "is Redis running where redis_url says, with that password? Nothing is dialled until it answers.",
    "record": "is the database of database_url there, with room on its disk? Nothing is dialled unrecorded.",
    "clock": "does NTP keep the clocks of this machine and of Asterisk's (timedatectl)? In doubt nothing is dialled.",
    "mqtt": "is Mosquitto running where [mqtt] says, with that account? Calls go on; screens are late.",
    "recordings": "is there room in data_dir, and may Asterisk write to its spool folder?",
    "phones": "has the telephone power and network? Its agent is called in again, and logged out if that fails.",
    "hearing": "may Asterisk write to the spool folder, and is the library whole? Calls go on, by their codes alone.",
    "ivr": "is another program using the port of [agi]? Without it an abandoned call ends in silence.",
    "node": "does another `dialer serve` run with the same `node`? Each needs a name of its own, or is its stand-in.",
    "webhooks": "does the receiver answer 2xx? Try it on the users' page; what waits is told once it does.",
    "campaigns": "see the campaign's own trouble; it goes on by itself once the part it needs is back.",
}


def ill(part: str, detail: str) -> PartHealth:
    """A part that is ill, with the remedy that goes with it."""
    return PartHealth(part, ok=False, detail=detail, remedy=REMEDIES[part])


def judged(part: str, trouble: str | None) -> PartHealth:
    """Well where there is no trouble."""
    return PartHealth(part, ok=True) if not trouble else ill(part, trouble)


def warned(part: str, warning: str) -> PartHealth:
    """Well, for nothing here is ill; but somebody should look at it."""
    return PartHealth(part, ok=True, detail=warning, remedy=REMEDIES[part] if warning else "")


def room(*folders: Path) -> tuple[int, str | None]:
    """The free bytes of the fullest disk that these folders are on, and what is wrong with that, if anything."""
    usage, folder = min(((shutil.disk_usage(folder), folder) for folder in folders), key=lambda one: one[0].free)
    enough = min(_LEAST_FREE_BYTES, usage.total * _LEAST_FREE_SHARE)
    return usage.free, f"only {usage.free / 1024**2:.1f} MB are free in {folder}" if usage.free < enough else None

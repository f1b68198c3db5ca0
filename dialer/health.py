"""Which part is ill: what /health says, what the metrics show and what `dialer doctor` advises, in one place."""

from __future__ import annotations

from dataclasses import dataclass


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
    "mqtt": "is Mosquitto running where [mqtt] says, with that account? Calls go on; screens are late.",
    "recordings": "is there room in data_dir, and may Asterisk write to its spool folder?",
    "ivr": "is another program using the port of [agi]? Without it an abandoned call ends in silence.",
    "campaigns": "see the campaign's own trouble; it goes on by itself once the part it needs is back.",
}


def ill(part: str, detail: str) -> PartHealth:
    """A part that is ill, with the remedy that goes with it."""
    return PartHealth(part, ok=False, detail=detail, remedy=REMEDIES[part])


def judged(part: str, trouble: str | None) -> PartHealth:
    """Well where there is no trouble."""
    return PartHealth(part, ok=True) if not trouble else ill(part, trouble)

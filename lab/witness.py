"""The switches as witnesses: what their own call records say was dialled, held against what our record says.

Their times are whole seconds, rounded down.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from dialer.core.numbers import mask

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from dialer.record.attempts import AttemptRow

_ACCOUNT, _CHANNEL, _STARTED, _ENDED, _LEG = 0, 5, 9, 11, -1
"""Columns of a call record. The carrier's dialplan sets the account code to the dialled number."""
_GRAIN = timedelta(seconds=1)
_UNDER_WAY = timedelta(seconds=2)
"""Between an Originate and the network's first word of it, or its last word and ours."""
_TRUNK = "PJSIP/carrier-"


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call as an Asterisk wrote it down."""

    number: str
    channel: str
    leg_id: str
    started_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True)
class Absence:
    """A part was not itself from `since` until `until`."""

    part: str
    since: datetime
    until: datetime

    def touches(self, since: datetime, until: datetime) -> bool:
        """Whether any of that span lies in it."""
        return self.since <= until and since <= self.until


def read_call_records(path: Path) -> list[CallRecord]:
    """All that an Asterisk wrote down; a call is written once it is over."""
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return [
            CallRecord(row[_ACCOUNT], row[_CHANNEL], row[_LEG], _time(row[_STARTED]), _time(row[_ENDED]))
            for row in csv.reader(lines)
            if row
        ]


def contradictions(attempts: Iterable[AttemptRow], carrier_records: Path) -> list[str]:
    """Calls that the network saw and the record does not have, and answers that the network never saw."""
    dialled = Counter(call.number for call in read_call_records(carrier_records))
    rows = list(attempts)
    sent = Counter(row.e164 for row in rows if row.sent_at is not None)
    answered = Counter(row.e164 for row in rows if row.answered_at is not None)
    unrecorded = [
        f"{mask(number)} was dialled {count} times and recorded {sent[number]} times: {_ids(rows, number)}"
        for number, count in dialled.items()
        if number.startswith("+") and count > sent[number]
    ]
    undialled = [
        f"{mask(number)} is recorded as answered {count} times and was dialled {dialled[number]} times: "
        f"{_ids(rows, number)}"
        for number, count in answered.items()
        if count > dialled[number]
    ]
    return unrecorded + undialled


def dialled_outside_attempts(attempts: Iterable[AttemptRow], calls: Iterable[CallRecord]) -> list[str]:
    """Calls of the network that began while no attempt at the number was under way, each attempt counting once."""
    under_way: dict[str, list[AttemptRow]] = defaultdict(list)
    for row in attempts:
        if row.sent_at is not None:
            under_way[row.e164].append(row)
    found = []
    for call in sorted(calls, key=lambda each: each.started_at):
        rows = under_way[call.number]
        own = next((row for row in rows if _began_in(call, row)), None)
        if own is not None:
            rows.remove(own)
        elif call.number.startswith("+"):
            found.append(
                f"{mask(call.number)} was dialled at {call.started_at:%H:%M:%S}, when no attempt was under way"
                f" (attempts left: {', '.join(_span(row) for row in rows) or 'none'})"
            )
    return found


def two_at_once(calls: Iterable[CallRecord]) -> list[str]:
    """Numbers that the network had two calls to at once: rounded down alike, an overlap that shows is one."""
    by_number: dict[str, list[CallRecord]] = defaultdict(list)
    for call in calls:
        if call.number.startswith("+"):
            by_number[call.number].append(call)
    return [
        f"{mask(number)} was called at {one.started_at:%H:%M:%S} until {one.ended_at:%H:%M:%S}"
        f" and again at {other.started_at:%H:%M:%S}"
        for number, theirs in by_number.items()
        for one, other in pairwise(sorted(theirs, key=lambda call: call.started_at))
        if other.started_at < one.ended_at
    ]


def dialled_when_listed(calls: Iterable[CallRecord], listed_at: Mapping[str, datetime]) -> list[str]:
    """Calls that the network saw begin well after their number had come on the do-not-call list."""
    return [
        f"{mask(call.number)} was dialled at {call.started_at:%H:%M:%S} and on the do-not-call list since "
        f"{listed_at[call.number]:%H:%M:%S}"
        for call in calls
        if call.number in listed_at and call.started_at > listed_at[call.number] + _UNDER_WAY
    ]


def legs_without_attempts(attempts: Iterable[AttemptRow], ours: Iterable[CallRecord]) -> list[str]:
    """Legs to the network that our Asterisk had and the record does not know as sent."""
    sent = {row.attempt_id for row in attempts if row.sent_at is not None}
    legs = {call.leg_id: call for call in ours if call.channel.startswith(_TRUNK)}
    return [
        f"leg {leg_id} was dialled at {call.started_at:%H:%M:%S} and is not recorded as sent"
        for leg_id, call in legs.items()
        if leg_id not in sent
    ]


def attempts_without_legs(
    attempts: Iterable[AttemptRow], ours: Iterable[CallRecord], absences: Sequence[Absence]
) -> list[str]:
    """Answers on record of which our Asterisk knows nothing; a killed one wrote nothing of the calls it had.

    Of a call that was bridged the record stands under the agent's leg, which was there first.
    """
    legs = {call.leg_id for call in ours}
    return [
        f"attempt {row.attempt_id} is recorded as answered, and Asterisk had no such leg"
        for row in attempts
        if row.sent_at is not None
        and row.answered_at is not None
        and row.bridged_at is None
        and row.attempt_id not in legs
        and not any(one.touches(row.sent_at, row.ended_at or row.answered_at) for one in absences)
    ]


def _began_in(call: CallRecord, row: AttemptRow) -> bool:
    assert row.sent_at is not None  # noqa: S101 - the caller chose rows that were sent
    ends = row.ended_at or datetime.max.replace(tzinfo=UTC) - _UNDER_WAY
    return row.sent_at - _GRAIN <= call.started_at <= ends


def _span(row: AttemptRow) -> str:
    ended = f"{row.ended_at:%H:%M:%S} {row.outcome}" if row.ended_at else "now"
    return f"{row.attempt_id} from {row.sent_at:%H:%M:%S} to {ended}"


def _ids(rows: Iterable[AttemptRow], number: str) -> str:
    return ", ".join(row.attempt_id for row in rows if row.e164 == number) or "no attempt"


def _time(written: str) -> datetime:
    return datetime.strptime(written, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)

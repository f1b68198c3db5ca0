"""The telephone network as a witness: what it was asked to dial, held against what the record says was dialled."""

from __future__ import annotations

import csv
from collections import Counter
from typing import TYPE_CHECKING

from dialer.core.numbers import mask

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dialer.record.attempts import AttemptRow

_DIALLED = 0
"""The column of the carrier's call records that holds the number: the account code, set by its dialplan."""


def contradictions(attempts: Iterable[AttemptRow], carrier_records: Path) -> list[str]:
    """Calls that the network saw and the record does not have, and answers that the network never saw."""
    with carrier_records.open(encoding="utf-8", newline="") as lines:
        dialled = Counter(row[_DIALLED] for row in csv.reader(lines) if row)
    rows = list(attempts)
    sent = Counter(row.e164 for row in rows if row.sent_at is not None)
    answered = Counter(row.e164 for row in rows if row.answered_at is not None)
    unrecorded = [
        f"{mask(number)} was dialled {count} times and recorded {sent[number]} times"
        for number, count in dialled.items()
        if number.startswith("+") and count > sent[number]
    ]
    undialled = [
        f"{mask(number)} is recorded as answered {count} times and was dialled {dialled[number]} times"
        for number, count in answered.items()
        if count > dialled[number]
    ]
    return unrecorded + undialled

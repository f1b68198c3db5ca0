"""What a former run left open: each row's outcome is decided by what it tells, and nothing it tells is taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dialer.core.model import Outcome
from dialer.record.attempts import AttemptRow
from dialer.recovery import restored
from dialer.rows import row_of

T0 = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NOW = T0 + timedelta(minutes=5)
SENT = {"sent_at": T0}
ANSWERED = SENT | {"answered_at": T0}


def a_row(**known: Any) -> AttemptRow:
    row = dict.fromkeys(AttemptRow.__dataclass_fields__)
    return AttemptRow(**(row | {"attempt_id": "a1", "queued_at": T0, "opted_out": False} | known))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "outcome"),
    [
        ({}, Outcome.CANCELLED),
        (SENT, Outcome.FAILED),
        (SENT | {"ringing_at": T0}, Outcome.FAILED),
        (ANSWERED, Outcome.ABANDONED),
        (ANSWERED | {"message_at": T0}, Outcome.ABANDONED),
        (ANSWERED | {"bridged_at": T0}, Outcome.ANSWERED),
        (ANSWERED | {"flow_at": T0}, Outcome.ANSWERED),
    ],
)
def test_what_the_row_tells_decides_its_outcome(known: dict[str, Any], outcome: Outcome) -> None:
    call = restored(a_row(**known), NOW)
    assert (call.outcome, call.timeline.ended_at) == (outcome, NOW)


def test_a_wish_and_answers_that_are_in_the_record_already_stay_there() -> None:
    row = a_row(**ANSWERED, flow_at=T0, opted_out=True, answers={"satisfaction": "2"})
    written = row_of(restored(row, NOW))
    assert written["opted_out"] is True
    assert "answers" not in written  # not known to the call, so not erased

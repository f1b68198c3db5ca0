"""The switches' own call records are read as they are written, and each contradiction is found and named."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.model import Outcome
from dialer.record.attempts import AttemptRow
from lab.witness import (
    Absence,
    CallRecord,
    attempts_without_legs,
    contradictions,
    dialled_outside_attempts,
    dialled_when_listed,
    legs_without_attempts,
    read_call_records,
    two_at_once,
)

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
NUMBER = "+8613800000001"
WRITTEN = (
    '"+8613800000001","+862166880000","+8613800000001","busy",""""" <+862166880000>","PJSIP/dialer-00000007","",'
    '"PJSIPHangup","486","2026-11-20 12:00:00",,"2026-11-20 12:00:05",5,0,"NO ANSWER","DOCUMENTATION","1795297453.7"\n'
)


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def call(begins: float, ends: float, number: str = NUMBER, leg: str = "a1") -> CallRecord:
    return CallRecord(number, "PJSIP/carrier-00000001", leg, at(begins), at(ends))


def row(attempt_id: str, **values: Any) -> AttemptRow:
    """An attempt of ten seconds that nobody answered, but for the values given; times are seconds after noon."""
    good: dict[str, Any] = dict.fromkeys(field.name for field in fields(AttemptRow)) | {
        "attempt_id": attempt_id,
        "campaign_id": 1,
        "lead_id": 1,
        "number_id": 1,
        "e164": NUMBER,
        "person": NUMBER,
        "node": "node1",
        "outcome": Outcome.NO_ANSWER,
        "queued_at": 0,
        "sent_at": 0,
        "ended_at": 10,
    }
    given = good | values
    times = {key: at(value) for key, value in given.items() if key.endswith("_at") and value is not None}
    return AttemptRow(**(given | times))


def test_call_records_are_read(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(WRITTEN, encoding="utf-8")
    expected = CallRecord(NUMBER, "PJSIP/dialer-00000007", "1795297453.7", NOON, at(5))
    assert read_call_records(tmp_path / "Master.csv") == [expected]


def test_an_asterisk_without_a_call_has_written_nothing(tmp_path: Path) -> None:
    assert read_call_records(tmp_path / "Master.csv") == []


def test_the_counts_of_both_sides_are_compared(tmp_path: Path) -> None:
    (tmp_path / "Master.csv").write_text(WRITTEN, encoding="utf-8")
    assert contradictions([row("a1")], tmp_path / "Master.csv") == []
    (unrecorded,) = contradictions([row("a1", sent_at=None)], tmp_path / "Master.csv")
    assert "dialled 1 times and recorded 0 times: a1" in unrecorded
    (undialled,) = contradictions([row("a1", answered_at=1), row("a2", answered_at=2)], tmp_path / "Master.csv")
    assert "recorded as answered 2 times and was dialled 1 times: a1, a2" in undialled


@pytest.mark.parametrize(("begins", "found"), [(-2, 1), (-1, 0), (0, 0), (9, 0), (11, 1)])
def test_a_call_belongs_to_the_attempt_that_was_under_way(begins: float, found: int) -> None:
    assert len(dialled_outside_attempts([row("a1")], [call(begins, 20)])) == found


def test_an_attempt_is_one_call() -> None:
    (finding,) = dialled_outside_attempts([row("a1"), row("a2", sent_at=60, ended_at=70)], [call(0, 3), call(4, 9)])
    assert "dialled at 12:00:04" in finding
    assert "a2 from 12:01:00" in finding


def test_two_calls_to_a_number_at_once() -> None:
    (finding,) = two_at_once([call(5, 9), call(0, 6)])
    assert finding.endswith("was called at 12:00:00 until 12:00:06 and again at 12:00:05")
    assert not two_at_once([call(6, 9), call(0, 6)])
    assert not two_at_once([call(0, 6), call(5, 9, number="+8613800000002")])


def test_a_call_after_a_do_not_call_entry() -> None:
    assert dialled_when_listed([call(3, 9)], {NUMBER: at(0)})
    assert not dialled_when_listed([call(2, 9)], {NUMBER: at(0)})
    assert not dialled_when_listed([call(3, 9)], {})


def test_a_leg_that_no_attempt_owns() -> None:
    (finding,) = legs_without_attempts([row("a1"), row("a2", sent_at=None)], [call(0, 5), call(0, 5, leg="a2")])
    assert finding.startswith("leg a2 was dialled")
    agent = CallRecord("", "PJSIP/agent1-00000001", "agent-1", at(0), at(5))
    assert not legs_without_attempts([], [agent])


def test_an_answer_that_asterisk_never_saw() -> None:
    answered = row("a1", answered_at=3)
    assert attempts_without_legs([answered], [], []) == [
        "attempt a1 is recorded as answered, and Asterisk had no such leg"
    ]
    assert not attempts_without_legs([answered], [call(0, 5)], [])
    assert not attempts_without_legs([row("a1", answered_at=3, bridged_at=3)], [], [])
    assert not attempts_without_legs([answered], [], [Absence("asterisk", at(9), at(12))])
    assert attempts_without_legs([answered], [], [Absence("asterisk", at(11), at(12))])

"""What a storm left is found, and recovery is counted from a fault's end to the next call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Outcome, RecordingState
from dialer.core.plan import Law
from lab.aftermath import Struck, faults_logged, longest, recovery_s, report
from lab.checker import Evidence
from lab.faults import FAULTS, Planned
from lab.witness import Absence
from tests.lab.test_witness import at, row

if TYPE_CHECKING:
    from pathlib import Path

BY_NAME = {each.name: each for each in FAULTS}


def struck(name: str, begins: float, ends: float) -> Struck:
    return Struck(Planned(begins, ends - begins, BY_NAME[name]), at(begins), at(ends - 1), at(ends))


def test_only_those_are_away_without_whom_nobody_can_be_attended() -> None:
    assert struck("controller killed", 0, 5).absence == Absence("controller node1", at(0), at(8))
    assert struck("Asterisk frozen", 0, 5).absence == Absence("asterisk", at(0), at(8))
    assert struck("Redis killed", 0, 5).absence is None


def test_the_second_controller_is_away_from_its_end_on() -> None:
    assert struck("second controller killed", 0, 5).absence == Absence("controller node2", at(4), at(8))


@pytest.mark.parametrize(
    ("sent", "paused", "expected"),
    [
        ([1, 12, 15], [], 2.0),
        ([1, 9], [], None),
        ([1, 15], [(8, 13)], 2.0),
        ([1, 15], [(12, 14)], 3.0),
        ([1, 15], [(20, 30), (0, 5)], 5.0),
    ],
    ids=["the next call", "nothing was left", "paused as it ended", "paused later", "paused at other times"],
)
def test_recovery(sent: list[float], paused: list[tuple[float, float]], expected: float | None) -> None:
    spans = [(at(begin), at(end)) for begin, end in paused]
    assert recovery_s(at(10), [at(moment) for moment in sent], spans) == expected


def test_the_longest_recovery_of_each_kind() -> None:
    faults = [{"fault": "A", "recovery_s": seconds} for seconds in (2.0, None, 3.0)]
    assert longest([*faults, {"fault": "B", "recovery_s": None}]) == {"A": 3.0}


def test_faults_that_a_controller_logged(tmp_path: Path) -> None:
    broke = json.dumps({"message": "work broke", "trace": "Traceback ...\n  File ...\nKeyError: 'a1'"})
    log = tmp_path / "dialer.log"
    log.write_text(
        f'{{"message": "drained"}}\n{broke}\n{broke}\nTraceback (most recent call last):\n', encoding="utf-8"
    )
    assert faults_logged(log, tmp_path / "never written.log") == [
        "the controller logged a fault 2 times: work broke: KeyError: 'a1'",
        "the controller logged a fault 1 times: a bare traceback",
    ]


def test_the_report_tells_what_was_done_and_what_struck() -> None:
    rows = [
        row("a1", answered_at=3, bridged_at=3, outcome=Outcome.ANSWERED),
        row("a2", sent_at=60),
        row("a3", sent_at=None),
    ]
    it = Evidence(rows, {}, Law(), {}, {}, [], {"a1": RecordingState.STORED}, [], [], [])
    made = report(it, [struck("Redis killed", 20, 30)], [], ["something"])
    assert (made["placed"], made["answered"], made["bridged"]) == (2, 1, 1)
    assert made["outcomes"] == {"NO_ANSWER": 2, "ANSWERED": 1}
    assert made["longest_recovery_s"] == {"Redis killed": 30.0}
    assert made["findings"] == ["something"]
    assert json.dumps(made)

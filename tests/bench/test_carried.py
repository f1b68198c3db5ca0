"""What a carried shift tells of the way from answer to bridge."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bench.carried import Carried
from tests.bench.test_observed import BEGIN, LOST, SHIFT, TALK


def test_bridges_are_told_in_milliseconds_and_only_those_of_the_shift() -> None:
    slow = replace(TALK, bridged_at=TALK.answered_at and TALK.answered_at + timedelta(milliseconds=150))
    before = replace(slow, answered_at=BEGIN - timedelta(seconds=1))
    carried = Carried(SHIFT, [TALK, slow, LOST, before], [], {}, {})
    assert carried.bridges_ms == {"p50": 20.0, "p90": 150.0, "p95": 150.0, "p99": 150.0}


def test_where_nobody_was_bridged_nothing_is_told() -> None:
    assert Carried(SHIFT, [LOST], [], {}, {}).bridges_ms == {}

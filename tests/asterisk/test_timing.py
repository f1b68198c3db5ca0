"""How late Asterisk is heard, whatever its clock says, and when that is too late."""

from __future__ import annotations

from typing import Any

import pytest

from dialer.asterisk.timing import LATE_S, SILENT_S, Freshness, Timing


def stamped(at: float) -> dict[str, str]:
    return {"Timestamp": f"{at:.6f}"}


def test_an_event_is_as_late_as_its_time_says_by_asterisks_own_clock() -> None:
    timing = Timing()
    timing.pong(stamped(1000 - 3 - 0.001), 0.002, 1000)  # its clock is 3 s behind ours
    timing.event(stamped(1001 - 3), 1001.5)
    assert timing.lag_s == pytest.approx(0.5)
    timing.event(stamped(1002 - 3), 1002)
    assert timing.lag_s == pytest.approx(0, abs=1e-6)


def test_the_fastest_ping_tells_the_offset_and_a_slow_one_does_not_hide_a_lag() -> None:
    timing = Timing()
    timing.pong(stamped(1000), 0.001, 1000.0005)
    timing.pong(stamped(1002), 1.5, 1003.5)  # all of it on the way back
    timing.event(stamped(1004), 1005.5)
    assert timing.lag_s == pytest.approx(1.5, abs=0.01)
    assert timing.rtt_s == 1.5


def test_a_stepped_clock_is_no_lag() -> None:
    timing = Timing()
    timing.pong(stamped(1000), 0.001, 1000)
    for ahead_s in (3600, -3600):
        timing.event(stamped(1001), 1001 + ahead_s)
        assert timing.lag_s == 0


def test_without_a_time_nothing_is_known_and_nothing_assumed() -> None:
    timing = Timing()
    timing.pong({}, 0.001, 1000)
    assert timing.clock_offset_s is None
    timing.event({"Timestamp": "soon"}, 1000)
    assert timing.lag_s == 0
    timing.pong(stamped(1000), 0.001, 1000)
    timing.forget_clock()
    assert timing.clock_offset_s is None


@pytest.fixture
def fresh() -> Freshness:
    made = Freshness()
    made.heard(100.0)
    return made


def doubt(fresh: Freshness, now_s: float, *, lag_s: float = 0.0, trip_s: float | None = 0.01, calls: int = 3) -> str:
    return fresh.doubt(now_s, lag_s=lag_s, round_trip_s=trip_s, calls=calls) or ""


def test_a_switch_that_says_something_now_and_then_is_not_doubted(fresh: Freshness) -> None:
    for now_s in range(100, 200, 8):
        fresh.heard(now_s)
        assert doubt(fresh, now_s + 7.9) == ""


def test_silence_is_doubted_only_while_calls_are_on(fresh: Freshness) -> None:
    doubt(fresh, 100.5)  # the first ping was answered
    assert doubt(fresh, 101 + SILENT_S, calls=0) == ""
    assert doubt(fresh, 101 + SILENT_S) == "Asterisk has said nothing for 10 s while 3 calls are on"


def test_an_answered_ping_breaks_the_silence(fresh: Freshness) -> None:
    doubt(fresh, 101.0, trip_s=0.01)
    assert doubt(fresh, 109.0, trip_s=0.02) == ""
    assert doubt(fresh, 109.0 + SILENT_S - 0.1, trip_s=0.02) == ""
    assert "nothing" in doubt(fresh, 109.0 + SILENT_S + 0.1, trip_s=0.02)


@pytest.mark.parametrize(
    ("late", "words"), [({"lag_s": LATE_S + 0.1}, "heard 1.1 s late"), ({"trip_s": LATE_S + 0.1}, "takes 1.1 s")]
)
def test_what_comes_late_is_doubted_and_one_word_in_time_does_not_end_it(
    fresh: Freshness, late: dict[str, Any], words: str
) -> None:
    assert doubt(fresh, 101.0, **late) != ""
    assert words in doubt(fresh, 102.0)
    assert doubt(fresh, 106.1) == ""


def test_before_the_first_ping_nothing_is_late(fresh: Freshness) -> None:
    assert doubt(fresh, 101.0, trip_s=None) == ""

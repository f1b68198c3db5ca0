"""How late Asterisk is heard, whatever its clock says."""

from __future__ import annotations

import pytest

from dialer.asterisk.timing import Timing


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

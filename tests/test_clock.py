from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.clock import APART_S, STEADY_S, STEP_S, ClockWatch

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def at(seconds: float, wrong_by: float = 0) -> tuple[datetime, float]:
    """The wall clock, wrong by so much, and the monotonic one, so many seconds after noon."""
    return NOON + timedelta(seconds=seconds + wrong_by), 1000 + seconds


def test_a_clock_that_goes_as_it_should_is_believed() -> None:
    watch = ClockWatch()
    assert [watch.look(*at(second), 0.01) for second in (0, 1, 2, 60, 90_000)] == [None] * 5


def test_a_first_look_knows_nothing_of_steps() -> None:
    assert ClockWatch().look(*at(0, wrong_by=3600), None) is None


@pytest.mark.parametrize(("step_s", "told"), [(3600, "+3600 s"), (-3600, "-3600 s"), (2.5, "+2 s")])
def test_a_step_is_doubted_until_it_has_been_steady(step_s: float, told: str) -> None:
    watch = ClockWatch()
    watch.look(*at(0), None)
    assert told in str(watch.look(*at(1, step_s), None))
    assert told in str(watch.look(*at(1 + STEADY_S - 0.1, step_s), None))
    assert watch.look(*at(1 + STEADY_S, step_s), None) is None
    assert watch.steps == 1


def test_back_again_is_a_step_of_its_own() -> None:
    watch = ClockWatch()
    watch.look(*at(0), None)
    watch.look(*at(1, 3600), None)
    assert "-3600 s" in str(watch.look(*at(9, 0), None))
    assert watch.look(*at(18, 0), None)
    assert watch.look(*at(19, 0), None) is None


def test_a_slow_correction_is_no_step() -> None:
    watch = ClockWatch()
    # Ten seconds in all, as NTP slews: half a millisecond each second.
    assert not any(watch.look(*at(second, second * 0.0005), None) for second in range(20_000))


@pytest.mark.parametrize("offset_s", [3600, -3600, 5.1])
def test_a_clock_that_differs_from_asterisks_is_doubted_while_it_does(offset_s: float) -> None:
    watch = ClockWatch()
    assert watch.look(*at(0), None) is None
    assert "Asterisk's clock differs" in str(watch.look(*at(1), offset_s))
    assert "Asterisk's clock differs" in str(watch.look(*at(1000), offset_s))
    assert watch.look(*at(1001), APART_S) is None


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(-5000, 5000)), min_size=2))
def test_who_was_stepped_within_the_last_seconds_is_never_believed(looks: list[tuple[float, float]]) -> None:
    watch, second, before, stepped_at = ClockWatch(), 0.0, None, None
    for passed, wrong_by in looks:
        second += passed
        if before is not None and abs(wrong_by - before) > STEP_S + 0.001:
            stepped_at = second
        before = wrong_by
        doubt = watch.look(*at(second, wrong_by), None)
        if stepped_at is not None and second - stepped_at < STEADY_S - 0.001:
            assert doubt

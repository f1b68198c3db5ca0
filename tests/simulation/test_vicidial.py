"""VICIdial's two loops and its drop rules: traces worked out by hand, and the study's figures for the defaults."""

from __future__ import annotations

import math

import pytest

from dialer.simulation.floor import run_shift
from dialer.simulation.pacer import Floor
from dialer.simulation.scenario import standard
from dialer.simulation.score import score
from dialer.simulation.vicidial import DropRule, VicidialAdaptive, VicidialSettings


def a_floor(ready: int, talking: int, *, ringing: int = 0, detecting: int = 0, waiting: int = 0) -> Floor:
    return Floor(
        ready, [60.0] * talking, [5.0] * 7, 2, [5.0] * ringing, [math.nan] * ringing, [1.0] * detecting, [1.0] * waiting
    )


HALF_FREE = a_floor(5, 5)


def run(pacer: VicidialAdaptive, floor: Floor, *seconds: int) -> int:
    """Show the pacer the same floor each second; what it places at the last."""
    placed = 0
    for now_s in range(*seconds):
        placed = pacer.decide(floor, now_s).place
    return placed


def tell(pacer: VicidialAdaptive, *, calls: int, served: int, dropped: int) -> None:
    for call in range(calls):
        pacer.placed(call, math.nan, 1)
    for call in range(served):
        pacer.connected(call, call, 1.0, 2)
    for call in range(served, served + dropped):
        pacer.abandoned(call, 3)


def test_the_dial_loop_tops_up_to_the_level_every_two_and_a_half_seconds() -> None:
    pacer = VicidialAdaptive()
    # Level 1 x (4 ready + 6 talking), whatever the seven in wrap-up and the two on a pause.
    assert pacer.decide(a_floor(4, 6), 0).place == 4
    assert pacer.decide(a_floor(4, 6), 2.4).place == 0
    assert pacer.decide(a_floor(4, 6, ringing=1, detecting=1, waiting=1), 2.7).place == 1
    assert pacer.decide(a_floor(4, 6), 4.9).place == 0
    assert pacer.decide(a_floor(4, 6, ringing=9), 5.0).place == 0


@pytest.mark.parametrize(("available_only", "placed"), [(False, 10), (True, 8)])
def test_the_level_loop_adds_the_share_that_is_free(*, available_only: bool, placed: int) -> None:
    pacer = VicidialSettings(available_only=available_only).pacer()
    run(pacer, HALF_FREE, 0, 15)
    assert pacer.level == 1.0
    # 1 + 5 / 10; then 1.5 x 10 - 5 talking, or 1.5 x 5 rounded to even.
    assert pacer.decide(HALF_FREE, 15.0).place == placed
    assert pacer.level == pytest.approx(1.5)
    run(pacer, a_floor(2, 8, waiting=1), 16, 31)
    assert pacer.level == pytest.approx(1.5 * (1 + 0.1))


def test_seconds_that_were_not_looked_at_are_as_the_next_look() -> None:
    pacer = VicidialAdaptive()
    run(pacer, a_floor(10, 0), 0, 6)
    # Of fifteen samples five had ten agents free, ten had none.
    pacer.decide(a_floor(0, 10), 15.3)
    assert pacer.level == pytest.approx(1 + 50 / 150)


@pytest.mark.parametrize(
    ("intensity", "up", "down"), [(0, 1.5, 0.75), (50, 1.75, 1.75 * 0.75), (-40, 1.3, 1.0), (-50, 1.25, 1.0)]
)
def test_intensity_scales_rises_and_falls(intensity: int, up: float, down: float) -> None:
    pacer = VicidialSettings(intensity=intensity).pacer()
    run(pacer, HALF_FREE, 0, 16)
    assert pacer.level == pytest.approx(up)
    # Five customers wait for ten agents: m = -0.5, times |i / 100 - 1|.
    run(pacer, a_floor(0, 10, waiting=5), 16, 31)
    assert pacer.level == pytest.approx(max(1.0, down))


def test_the_difference_wanted_is_added() -> None:
    pacer = VicidialSettings(dl_diff=-3).pacer()
    run(pacer, HALF_FREE, 0, 16)
    assert pacer.level == pytest.approx(1.2)
    run(pacer, a_floor(3, 7), 16, 31)
    assert pacer.level == pytest.approx(1.2)


def test_the_level_stays_between_one_and_the_maximum() -> None:
    pacer = VicidialSettings(maximum=2.0).pacer()
    run(pacer, a_floor(10, 0), 0, 46)
    assert pacer.level == 2.0
    run(pacer, a_floor(0, 10, waiting=30), 46, 91)
    assert pacer.level == 1.0


def test_a_floor_without_agents_moves_nothing() -> None:
    pacer = VicidialAdaptive()
    assert run(pacer, a_floor(0, 0), 0, 61) == 0
    assert pacer.level == 1.0


# Levels without drops: 1.5 and 2.25 at 15 and 30 s, then held at the maximum of 3.
@pytest.mark.parametrize(
    ("method", "begins_h", "level"),
    [
        (DropRule.HARD_LIMIT, 9.0, 1.0),
        (DropRule.AVERAGE, 9.0, 1.5),
        (DropRule.TAPERED, 9.0, 3.0),
        # One minute past two in the afternoon: (2100 - 1401) / 1000.
        (DropRule.TAPERED, 14.0, 3.0 * 0.699),
        (DropRule.TAPERED, 22.0, 1.0),
    ],
)
def test_the_drop_rules_act_once_the_statistics_are_drawn_up(method: DropRule, begins_h: float, level: float) -> None:
    pacer = VicidialSettings(method=method, shift_begins_h=begins_h).pacer()
    tell(pacer, calls=51, served=30, dropped=1)
    run(pacer, HALF_FREE, 0, 60)
    assert pacer.level == 3.0
    pacer.decide(HALF_FREE, 60)
    assert pacer.level == pytest.approx(level)


@pytest.mark.parametrize(("calls", "served", "dropped"), [(50, 30, 1), (51, 97, 3), (51, 0, 0)])
def test_few_calls_or_few_drops_are_borne(calls: int, served: int, dropped: int) -> None:
    pacer = VicidialAdaptive()
    tell(pacer, calls=calls, served=served, dropped=dropped)
    run(pacer, HALF_FREE, 0, 61)
    assert pacer.level == 3.0


def test_a_minute_in_which_most_were_dropped_halves_the_level() -> None:
    pacer = VicidialAdaptive()
    tell(pacer, calls=21, served=1, dropped=2)
    run(pacer, HALF_FREE, 0, 61)
    assert pacer.level == 1.5
    for minute_s in (61, 76, 91, 106):  # at 75, 90 and 105 s by the same statistics: 2.25 / 2, 1.69 / 2, ...
        run(pacer, HALF_FREE, minute_s, minute_s + 15)
    assert pacer.level == pytest.approx(1.5), "at 120 s the last minute had no calls"


def test_a_machine_that_an_agent_reports_was_no_answer() -> None:
    pacer = VicidialAdaptive()
    tell(pacer, calls=51, served=33, dropped=1)
    run(pacer, HALF_FREE, 0, 61)
    assert pacer.level == 3.0
    for call in (1, 2, 40):  # 40 was never served: detection's word changes nothing
        pacer.machine(call, 62)
    run(pacer, HALF_FREE, 61, 121)
    assert pacer.level == 1.0  # 1 of 32 is 3.1 %


def test_the_defaults_reach_what_the_study_measured() -> None:
    scenario = standard(30, 0.3)
    figures = score(run_shift(scenario, VicidialAdaptive(), 1), scenario)
    assert figures.utilisation == pytest.approx(0.70, abs=0.025)
    assert figures.abandonment == pytest.approx(0.032, abs=0.005)

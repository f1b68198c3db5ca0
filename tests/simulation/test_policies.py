"""The pacers by name: each is there, and the shipped one dials ahead within the law where detection is worth it."""

from __future__ import annotations

from math import nan

import pytest

from dialer.core.errors import InputError
from dialer.core.model import PacingMode
from dialer.simulation.floor import run_shift
from dialer.simulation.pacer import Floor
from dialer.simulation.policies import Shipped, pacer_named, shipped
from dialer.simulation.scenario import Scenario, standard
from dialer.simulation.score import score

NAMES = ("predictive", "patient", "progressive", "ratio")
CELL = standard(10, 0.3, hours=0.3)


def a_floor(ready: int = 0, talking: int = 0, ringing_s: tuple[float, ...] = (), waiting: int = 0) -> Floor:
    return Floor(
        ready=ready,
        talking_s=[60.0] * talking,
        wrap_up_s=[],
        paused=0,
        ringing_s=list(ringing_s),
        chances=[nan] * len(ringing_s),
        detecting_s=[],
        waiting_s=[0.5] * waiting,
    )


def with_machines(**machines: object) -> Scenario:
    return standard(10, 0.3, machines={"share": 0.3, "delay_s": 1.5} | machines)


@pytest.mark.parametrize("name", NAMES)
def test_each_name_is_a_fresh_pacer_that_calls_for_who_is_free(name: str) -> None:
    pacer = pacer_named(name, CELL)
    assert pacer is not pacer_named(name, CELL)
    move = pacer.decide(a_floor(ready=3), 0.0)
    assert move.place >= 3
    assert move.reason
    assert pacer.decide(a_floor(), 0.5).place == 0


def test_another_name_is_an_error_that_lists_those_there_are() -> None:
    with pytest.raises(InputError, match=r"pacing: 'fast' is none of predictive.*progressive"):
        pacer_named("fast", CELL)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_short_shift_keeps_the_law_and_beats_progressive(seed: int) -> None:
    ahead, careful = (
        score(run_shift(CELL, pacer_named(name, CELL), seed), CELL) for name in ("predictive", "progressive")
    )
    # In so short a shift one unlucky call is a hundredth.
    assert ahead.abandoned <= 0.03 * ahead.live_answers + 2
    assert careful.abandoned == 0
    assert ahead.utilisation > careful.utilisation + 0.02
    assert 0 < ahead.decision_mean_ms < 50


def test_the_caps_of_the_plan_are_kept() -> None:
    shift = run_shift(CELL, shipped(PacingMode.PREDICTIVE, CELL, max_in_flight=12), 1)
    assert max(sample.in_flight for sample in shift.samples) <= 12
    assert shift.placed > 12


def test_who_is_patient_withdraws_nobody() -> None:
    busy = standard(10, 0.15, hours=0.15)
    assert run_shift(busy, pacer_named("patient", busy), 1).dropped == 0


def test_a_higher_limit_of_the_scenario_is_held_to_what_a_plan_may_say() -> None:
    assert pacer_named("predictive", CELL.changed(max_abandonment=0.5)).decide(a_floor(ready=1), 0.0).place >= 1


@pytest.mark.parametrize(
    ("machines", "detects"),
    [
        ({"false_positive": 0.0}, True),
        ({"false_positive": 0.008}, True),
        ({"false_positive": 0.02}, False),
        ({"detection": False}, False),
        ({"share": 0.0}, False),
    ],
)
def test_detection_is_left_off_where_its_errors_would_eat_up_the_allowance(
    machines: dict[str, object],
    detects: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    pacer = pacer_named("predictive", with_machines(**machines))
    assert pacer.decide(a_floor(ready=1), 0.0).detect is detects


def test_no_person_is_lost_to_a_detection_that_is_left_off() -> None:
    scenario = with_machines(false_positive=0.05).changed(hours=0.1)
    shift = run_shift(scenario, pacer_named("predictive", scenario), 1)
    assert shift.false_positives == 0
    assert shift.machines_to_agents > 0


# --- what it hears ----------------------------------------------------------------------------------


def with_a_history(pacer: Shipped, *, served: int, abandoned: int, waited_s: float = 0.0) -> Shipped:
    """Ten seconds apart, each call sent and answered at once."""
    for call in range(served + abandoned):
        now_s = 10.0 * call
        pacer.placed(call, nan, now_s)
        pacer.answered(call, now_s + 8)
        if call < served:
            pacer.connected(call, call, waited_s, now_s + 8 + waited_s)
            pacer.talk_over(call, now_s + 9)
            pacer.wrapped_up(call, now_s + 9)
        else:
            pacer.abandoned(call, now_s + 10)
    return pacer


def placed_by(pacer: Shipped, now_s: float) -> int:
    return pacer.decide(a_floor(ready=3, talking=40), now_s).place


def test_abandoned_callers_leave_it_with_one_call_for_each_free_agent() -> None:
    calm = with_a_history(shipped(PacingMode.PREDICTIVE, CELL), served=100, abandoned=0)
    over = with_a_history(shipped(PacingMode.PREDICTIVE, CELL), served=90, abandoned=10)
    assert placed_by(calm, 1000.0) > placed_by(over, 1000.0) == 3


def test_who_is_served_too_late_counts_as_abandoned() -> None:
    rates = []
    for waited_s in (2.0, 2.5):
        pacer = with_a_history(shipped(PacingMode.RATIO, CELL), served=100, abandoned=0, waited_s=waited_s)
        rates.append("abandonment 100.0%" in pacer.decide(a_floor(ready=3), 1000.0).reason)
    assert rates == [False, True]


def test_a_machine_that_an_agent_was_given_counts_as_those_do_to_whom_nobody_came() -> None:
    """As to the law (`fate_of`): the abandoned have as many machines among them, and the rate of both is the same."""
    scenario = with_machines(detection=False)
    pacer = with_a_history(shipped(PacingMode.RATIO, scenario), served=97, abandoned=3)
    for call in range(100, 200):
        pacer.answered(call, 1000.0)
        pacer.connected(call, 1, 0.0, 1000.0)
        pacer.machine(call, 1001.0)
        pacer.machine(call, 1001.0)
    for call in range(200, 204):
        pacer.answered(call, 1002.0)
        pacer.abandoned(call, 1004.0)
    assert "abandonment 3.4%" in pacer.decide(a_floor(ready=3), 1004.0).reason

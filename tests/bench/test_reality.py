"""What agrees with the simulation and what does not, and how the table says it."""

from __future__ import annotations

from dataclasses import asdict
from random import Random

import pytest

from bench.customers import as_asked
from bench.reality import COMPARED, SURE, agreement, figures_for_the_table
from dialer.core.model import PacingMode
from dialer.simulation.policies import pacer_named
from dialer.simulation.run import Job, run_jobs

SIMULATED = [0.80, 0.82, 0.81, 0.79, 0.83]


def test_a_shift_like_the_others_agrees_and_one_far_off_does_not() -> None:
    assert agreement(0.815, SIMULATED).agrees
    far = agreement(0.9, SIMULATED)
    assert not far.agrees
    assert far.z is not None
    assert far.z > SURE


def test_what_lies_between_the_simulated_ones_agrees_however_narrow_they_are() -> None:
    assert agreement(1.0, [*[0.0] * 30, 1.0]).agrees


def test_where_the_simulation_never_differs_nothing_else_agrees() -> None:
    assert agreement(0.0, [0.0, 0.0]).agrees
    assert not agreement(0.01, [0.0, 0.0]).agrees
    assert agreement(0.01, [0.0, 0.0]).z is None


def test_hardly_any_draw_of_the_same_kind_is_refused() -> None:
    rng = Random(1)
    drawn = [agreement(rng.gauss(), [rng.gauss() for _ in range(20)]).agrees for _ in range(1000)]
    assert sum(drawn) > 985


@pytest.mark.parametrize("mode", [PacingMode.PROGRESSIVE, PacingMode.PREDICTIVE])
def test_all_that_is_compared_is_told_by_the_simulator_under_the_mode_s_name(mode: PacingMode) -> None:
    (row,) = run_jobs([Job(as_asked(agents=3, minutes=1), mode.value.lower(), 1)], pacer_named, workers=1)
    assert row.keys() >= COMPARED.keys()


def test_each_figure_of_a_mode_has_its_line() -> None:
    compared = {name: asdict(agreement(0.815, SIMULATED)) for name in COMPARED}
    repeat = {"mode": "PREDICTIVE", "minutes": 20, "simulated": SIMULATED, "compared": compared}
    lines = figures_for_the_table(repeat)
    assert [line.what for line in lines][:2] == [
        "utilisation, predictive, 20 minutes",
        "abandonment, predictive, 20 minutes",
    ]
    assert lines[0].beside == "simulated: mean of 5 shifts, 0.79 to 0.83"
    assert lines[0].met
    assert lines[0].ratio == pytest.approx(0.815 / 0.81)

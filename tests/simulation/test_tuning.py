"""The search for the rivals' best settings: on small shifts, against what else could have been chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import InputError
from dialer.simulation.baselines import IssabelSettings, ProgressiveSettings, RatioSettings
from dialer.simulation.floor import run_shift
from dialer.simulation.scenario import standard
from dialer.simulation.score import score
from dialer.simulation.tuning import Family, best_settings
from dialer.simulation.vicidial import VicidialSettings

if TYPE_CHECKING:
    from dialer.simulation.scenario import Scenario
    from dialer.simulation.score import Score
    from dialer.simulation.tuning import Settings

SEEDS = (1, 2)


def played(settings: Settings, scenario: Scenario) -> list[Score]:
    return [score(run_shift(scenario, settings.pacer(), seed), scenario) for seed in SEEDS]


def test_no_coarse_ratio_without_a_violation_is_better() -> None:
    scenario = standard(10, 0.3, hours=0.5)
    best = best_settings(Family.RATIO, scenario, SEEDS, workers=1)
    assert isinstance(best.settings, RatioSettings)
    again = played(best.settings, scenario)
    assert best.utilisation == pytest.approx(sum(each.utilisation for each in again) / 2)
    assert best.worst_abandonment == max(each.abandonment for each in again) <= 0.03
    assert best.violations == 0
    for ratio in (1.0, 1.3, 1.6, 2.0, 2.5):
        shifts = played(RatioSettings(ratio), scenario)
        if not any(each.violated for each in shifts):
            assert sum(each.utilisation for each in shifts) / 2 <= best.utilisation


def test_vicidial_in_hindsight_beats_its_defaults() -> None:
    scenario = standard(6, 0.5, hours=0.25)
    best = best_settings(Family.VICIDIAL, scenario, SEEDS[:1], workers=1)
    assert isinstance(best.settings, VicidialSettings)
    default = played(VicidialSettings(), scenario)[0]
    assert best.violations < default.violated or best.utilisation >= default.utilisation


def test_where_all_abandon_too_many_the_least_is_taken() -> None:
    # Detection that takes every tenth person for a machine abandons a tenth whatever the pacing does.
    scenario = standard(10, 0.3, hours=0.5, machines={"share": 0.3, "false_positive": 0.1})
    assert not best_settings(Family.PROGRESSIVE, scenario, SEEDS, workers=1).settings.detect
    strict = standard(10, 0.6, hours=0.5, max_abandonment=1e-9)
    best = best_settings(Family.ISSABEL, strict, SEEDS, workers=1)
    other = played(IssabelSettings(over_commit=True), strict)
    assert best.settings == IssabelSettings(over_commit=False)
    assert best.worst_abandonment <= max(each.abandonment for each in other)


def test_detection_stays_on_where_there_is_nothing_to_detect() -> None:
    best = best_settings(Family.PROGRESSIVE, standard(3, 0.3, hours=0.1), SEEDS, workers=1)
    assert best.settings == ProgressiveSettings()


def test_without_seeds_there_is_nothing_to_tune_on() -> None:
    with pytest.raises(InputError, match=r"^seeds:"):
        best_settings(Family.RATIO, standard(3, 0.3), [])

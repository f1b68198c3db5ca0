"""The rivals' settings, tuned in hindsight: searched for on shifts on which they are then compared."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import auto
from functools import partial
from itertools import chain, groupby, product
from typing import TYPE_CHECKING

from dialer.core.errors import InputError
from dialer.core.model import Word
from dialer.simulation.baselines import IssabelSettings, ProgressiveSettings, RatioSettings
from dialer.simulation.run import Job, run_jobs
from dialer.simulation.vicidial import DropRule, VicidialSettings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dialer.simulation.pacer import Pacer
    from dialer.simulation.scenario import Scenario

Settings = ProgressiveSettings | RatioSettings | VicidialSettings | IssabelSettings

_RATIOS = (1, 1.3, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8, 10, 12.6, 16, 20, 25, 32, 40)
_FINE_RATIOS = 8
_LEVELS = (2.0, 3.0, 4.5, 6.0, 9.0, 13.0)
_WAITING = (0.0, 0.1)
"""VICIdial's dl_diff, as the share of the agents that is wanted to wait."""
_FINALISTS = 3
_COARSE_AGENT_HOURS = 40.0
_COARSE_SLACK = 4 / 3
"""On the limit, in the coarse pass: a setting that is within it in the long run may be beyond in one short shift."""


class Family(Word):
    """Which rival."""

    PROGRESSIVE = auto()
    """Has no settings."""
    VICIDIAL = auto()
    """3 drop rules x 2 tallies x 6 maximum levels x 2 shares waiting: 72, then finer around the best three."""
    ISSABEL = auto()
    """With over-commit and without."""
    RATIO = auto()
    """1 to 40 by a quarter each, then by a tenth (or eight steps) around the best."""


@dataclass(frozen=True, slots=True)
class Tuned:
    """The best settings, and what they did over the seeds."""

    settings: Settings
    utilisation: float
    """The mean over the shifts, 0..1."""
    worst_abandonment: float
    """Of the shift that had the highest, 0..1."""
    violations: int
    """Shifts that broke a limit, that of the worst quarter of an hour too."""


def best_settings(family: Family, scenario: Scenario, seeds: Sequence[int], *, workers: int | None = None) -> Tuned:
    """The settings of a family that serve this scenario best over these seeds.

    Best is the highest mean utilisation of those that break no limit in any shift; where there are none, of those that
    keep the shift's abandonment within its limit in every shift; where there are none either, the least abandonment.
    A coarse pass on the first seed (over the first hours, where nothing changes later) chooses what the fine one tries.
    """
    if not seeds:
        raise InputError("seeds: give at least one")
    coarse = _coarse(family, scenario)
    if len(coarse) > _FINALISTS:
        tried = _tried(coarse, _shortened(scenario), seeds[:1], workers)
        coarse = _finer(scenario, tried)
    return min(_tried(coarse, scenario, seeds, workers), key=partial(_rank, limit=scenario.max_abandonment))


def _rank(tuned: Tuned, limit: float) -> tuple[int, float]:
    """The better, the smaller."""
    if tuned.worst_abandonment > limit:
        return 2, tuned.worst_abandonment
    return (1 if tuned.violations else 0), -tuned.utilisation


def _tried(grid: Sequence[Settings], scenario: Scenario, seeds: Sequence[int], workers: int | None) -> list[Tuned]:
    jobs = [Job(scenario, str(index), seed) for index in range(len(grid)) for seed in seeds]
    rows = run_jobs(jobs, partial(_of_grid, tuple(grid)), workers=workers)
    by_settings = [list(of) for _, of in groupby(rows, key=lambda row: row["pacing"])]
    return [
        Tuned(
            settings,
            sum(row["utilisation"] for row in of) / len(of),
            max(row["abandonment"] for row in of),
            sum(row["violated"] for row in of),
        )
        for settings, of in zip(grid, by_settings, strict=True)
    ]


def _of_grid(grid: tuple[Settings, ...], name: str, scenario: Scenario) -> Pacer:
    del scenario
    return grid[int(name)].pacer()


def _coarse(family: Family, scenario: Scenario) -> list[Settings]:
    """The grid; with and without detection where there are machines to detect."""
    detects = (True, False) if scenario.machines.share and scenario.machines.detection else (True,)
    match family:
        case Family.PROGRESSIVE:
            return [ProgressiveSettings(detect) for detect in detects]
        case Family.ISSABEL:
            return [IssabelSettings(over_commit, detect) for over_commit, detect in product((True, False), detects)]
        case Family.RATIO:
            return [RatioSettings(ratio, detect) for detect, ratio in product(detects, _RATIOS)]
        case Family.VICIDIAL:
            grid = product(DropRule, (False, True), _LEVELS, _WAITING, detects)
            return [
                VicidialSettings(rule, 0, 0.0 - waiting * scenario.mean_agents, tally, level, detect=detect)
                for rule, tally, level, waiting, detect in grid
            ]


def _shortened(scenario: Scenario) -> Scenario:
    """The first hours of a shift in which nothing changes; else all of it."""
    changes = len(scenario.agents) > 1 or len(scenario.answers.levels) > 1 or scenario.outages
    hours = max(1.0, _COARSE_AGENT_HOURS / scenario.mean_agents)
    return scenario if changes or scenario.hours <= hours else scenario.changed(hours=hours)


def _finer(scenario: Scenario, tried: Sequence[Tuned]) -> list[Settings]:
    """What is worth trying on whole shifts, by what came of the coarse pass."""
    # In a short shift a worst quarter of an hour says nothing yet.
    rank = partial(_rank, limit=scenario.max_abandonment * _COARSE_SLACK)
    ranked = [each.settings for each in sorted((replace(each, violations=0) for each in tried), key=rank)]
    best = ranked[0]
    if isinstance(best, RatioSettings):
        return list(_ratios_around(best))
    around = (_around(each, scenario.mean_agents) for each in ranked[:_FINALISTS] if isinstance(each, VicidialSettings))
    return list(dict.fromkeys(chain.from_iterable(around)))


def _ratios_around(best: RatioSettings) -> Iterator[RatioSettings]:
    """From two of the coarse steps below to one above."""
    index = _RATIOS.index(best.ratio)
    low, high = _RATIOS[max(0, index - 2)], _RATIOS[min(len(_RATIOS) - 1, index + 1)]
    steps = min(_FINE_RATIOS, round((high - low) / 0.1))
    return (replace(best, ratio=round(low + (high - low) * step / steps, 2)) for step in range(steps + 1))


def _around(settings: VicidialSettings, agents: float) -> Iterator[VicidialSettings]:
    """A little more and less of the maximum level, and a few agents more who wait."""
    for factor, more in product((0.85, 1.0, 1.15), (0.0, 0.05)):
        level, difference = round(settings.maximum * factor, 2), round(settings.dl_diff - more * agents, 2)
        yield replace(settings, maximum=level, dl_diff=difference)

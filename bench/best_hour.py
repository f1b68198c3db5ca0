"""Row `best_hour`: what choosing the hour of a retry gains in answers, on simulated people with habits and without.

Each campaign is run on the same people with the same luck by every policy: the plain delay beside which all are held,
the parts of the day, the likeliest hour (which is what ships), that hour whatever crowds there, and that hour with an
order of the list by what is lost by waiting. Towns and seeds that the choices were made with are told apart from those
kept aside. Nothing of a machine is in these figures but the time a campaign takes.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from bench.figures import paired_ratio
from bench.results import Figure, Result
from bench.stage import say
from dialer.simulation.habits import ASIDE, TOWNS, population
from dialer.simulation.weeks import POLICIES, Campaign

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PEOPLE, DAYS, SOON_DAYS = 2000, 12, 3
AMPLE, SCARCE = 120, 60
"""Calls an hour: so many that each may be called six times in these days, or three times."""
SEEDS, ASIDE_SEEDS = (0,), (101, 102)
BESIDE, PART, OURS = "fixed delay", "part of the day", "best hour"
LIST, CROWDED, REGRET = "fixed delay, list order", "best hour, crowded", "best hour and order"
WITHOUT_HABITS = "no habits"
NO_LOSS = 0.97
"""Where nothing is to be gained, chance alone moves the answer rate by a few in a hundred."""


class Weeks(NamedTuple):
    """One list in one town, called so often an hour."""

    town: str
    calls_an_hour: int
    seed: int


def chosen(seeds: Sequence[int], aside_seeds: Sequence[int]) -> list[Weeks]:
    """All that is run."""
    ample = [Weeks(town, AMPLE, seed) for town, seed in product(TOWNS, (*seeds, *aside_seeds))]
    ample += [Weeks(town, AMPLE, seed) for town, seed in product(ASIDE, aside_seeds)]
    return ample + [Weeks(town, SCARCE, seed) for town, seed in product(("mixed", "country"), aside_seeds)]


_ALL = {**TOWNS, **ASIDE}


def run(weeks: Weeks, people: int = PEOPLE, days: int = DAYS) -> list[dict[str, Any]]:
    """What came of it, by policy."""
    whom = population(_ALL[weeks.town], people, days, weeks.seed)
    found = []
    for policy in POLICIES:
        began = time.process_time()
        came = Campaign(whom, policy, weeks.calls_an_hour).run(days)
        found.append(
            weeks._asdict()
            | {
                "policy": policy.name,
                "aside": weeks.town in ASIDE or weeks.seed in ASIDE_SEEDS,
                "calls": sum(came.calls),
                "answer_rate": came.answer_rate,
                "calls_per_answer": came.calls_per_answer,
                "reached_soon": came.reached(SOON_DAYS),
                "reached": came.reached(days),
                "processor_s": time.process_time() - began,
            }
        )
    return found


def figures(repeats: Sequence[dict[str, Any]]) -> Iterator[Figure]:
    """The lines of the table: of each town by the seeds kept aside, the towns kept aside last."""
    for town in (*TOWNS, *ASIDE):
        aside = [one for one in repeats if one["town"] == town and one["aside"] and one["calls_an_hour"] == AMPLE]
        yield from _town(aside, f"{'kept aside: ' if town in ASIDE else ''}{town}")
        known = [one for one in repeats if one["town"] == town and not one["aside"]]
        if known:
            yield _beside(known, f"{town}, seeds that were looked at", OURS, BESIDE, "answer_rate")
    for town in ("mixed", "country"):
        scarce = [one for one in repeats if one["town"] == town and one["calls_an_hour"] == SCARCE]
        for key in ("answer_rate", "reached"):
            yield _beside(scarce, f"{town}, {SCARCE} calls an hour", OURS, BESIDE, key)
    habits = [
        one for one in repeats if one["town"] != WITHOUT_HABITS and one["aside"] and one["calls_an_hour"] == AMPLE
    ]
    for policy, beside in ((OURS, LIST), (OURS, PART), (OURS, CROWDED), (REGRET, OURS)):
        yield _beside(habits, "all towns with habits", policy, beside, "answer_rate")
    yield Figure("processor time of a campaign", "s", median(one["processor_s"] for one in repeats), "")


def _town(repeats: Sequence[dict[str, Any]], town: str) -> Iterator[Figure]:
    least = NO_LOSS if town == WITHOUT_HABITS else 1.0
    yield _beside(repeats, town, OURS, BESIDE, "answer_rate", least)
    yield _beside(repeats, town, PART, BESIDE, "answer_rate")
    for key in ("calls_per_answer", "reached_soon", "reached"):
        yield _beside(repeats, town, OURS, BESIDE, key)


_WHAT = {
    "answer_rate": ("answer rate", "%"),
    "calls_per_answer": ("calls for an answer", ""),
    "reached_soon": (f"reached in {SOON_DAYS} days", "%"),
    "reached": (f"reached in {DAYS} days", "%"),
}


def _beside(
    repeats: Sequence[dict[str, Any]], where: str, policy: str, beside: str, key: str, least: float | None = None
) -> Figure:
    """One policy beside another, seed by seed; `least`: the ratio that is aimed at."""
    ours, others = ([one[key] for one in repeats if one["policy"] == each] for each in (policy, beside))
    ratio = paired_ratio(ours, others)
    ratios = [one / other for one, other in zip(ours, others, strict=True)]
    what, unit = _WHAT[key]
    said = f"{what}, {policy}: {where} (ratio by seed {min(ratios):.2f} to {max(ratios):.2f})"
    scale = 100 if unit else 1
    aim, met = (None, None) if least is None else (f"at least {least:g}", ratio is not None and ratio >= least)
    return Figure(said, unit, scale * median(ours), beside, scale * median(others), ratio, aim, met)


def main() -> None:
    """Run, and write."""
    parser = argparse.ArgumentParser(prog="python -m bench.best_hour", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    parser.add_argument("--aside-seeds", type=int, nargs="+", default=ASIDE_SEEDS)
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args()
    wanted = chosen(arguments.seeds, arguments.aside_seeds)
    repeats: list[dict[str, Any]] = []
    with ProcessPoolExecutor(arguments.workers) as workers:
        for weeks, found in zip(wanted, workers.map(run, wanted), strict=True):
            repeats += found
            rates = ", ".join(f"{one['policy']} {one['answer_rate']:.1%}" for one in found)
            say(f"{weeks.town}, {weeks.calls_an_hour} an hour, seed {weeks.seed}: {rates}")
    parameters = {"people": PEOPLE, "days": DAYS, "seeds": arguments.seeds, "aside_seeds": arguments.aside_seeds}
    result = Result("best_hour", "make bench-best-hour", parameters, repeats, tuple(figures(repeats)))
    result.write()
    for figure in result.figures:
        say(f"{figure.what}: {figure.median:.3g} {figure.unit}, ratio {figure.ratio}")


if __name__ == "__main__":
    main()

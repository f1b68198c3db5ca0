"""Row `pacing`: simulated shifts of the shipped pacing and of its rivals, in every scenario of the benchmark.

A shift that was run already by the same code is not run again: a run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.pacing_policies import POLICIES, SettingsFile, Shift, in_words
from bench.pacing_rows import RowFile, row_of
from bench.pacing_scenarios import ASIDE, ASIDE_SEEDS, HOURS, SEEDS, TABLE, TUNED_ON
from bench.pacing_table import overall, overall_table, scenario_table
from bench.results import RESULTS, machine
from dialer.simulation.reference import Optima, segments_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.progress import TaskID

    from dialer.simulation.scenario import Scenario

OPTIMA = Path(__file__).parent / "optimum.json"
_PROCESSES = 2
_WIDTH = 140
"""Less, as where there is no terminal, would cut the tables' columns."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run. `all_seeds` are those of the whole benchmark; on the first of them rivals are tuned."""

    scenarios: tuple[Scenario, ...]
    only: tuple[str, ...]
    seeds: tuple[int, ...]
    all_seeds: tuple[int, ...]
    processes: int

    @property
    def tuned_on(self) -> tuple[int, ...]:
        """The seeds of the shifts on which rivals' settings are searched for."""
        return self.all_seeds[:TUNED_ON]

    def policies(self, scenario: Scenario) -> list[str]:
        """The policies to run in a scenario."""
        return [policy for policy in POLICIES if _is_meant(self.only, scenario.name, policy)]


def _is_meant(only: Sequence[str], scenario: str, policy: str) -> bool:
    """Whether a pattern SCENARIO/POLICY, both with * and ? and either left out, fits; everything is meant by none."""
    halves = [one.partition("/") for one in only]
    return not only or any(fnmatchcase(scenario, s or "*") and fnmatchcase(policy, p or "*") for s, _, p in halves)


class Bench:
    """One run of the benchmark: settles what every shift needs, runs what is missing, shows it scenario by scenario."""

    def __init__(self, asked: Asked, settings: SettingsFile, optima: Optima, rows: RowFile) -> None:
        self._asked, self._settings, self._rows = asked, settings, rows
        self._u_mdp = {one.name: optima.reference(segments_of(one)) for one in asked.scenarios}

    def run(self, console: Console) -> None:
        """All that is asked for; stopped at any time, what is done is kept."""
        chosen = [one for one in self._asked.scenarios if self._asked.policies(one)]
        count = sum(len(self._asked.policies(one)) for one in chosen) * len(self._asked.seeds)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console) as progress:
            bar = progress.add_task("", total=count)
            for place, scenario in enumerate(chosen, 1):
                title = f"{place} of {len(chosen)}, {scenario.name}"
                self._scenario(scenario, progress, bar, title)
                rows = [row for row in self._rows.of([scenario.name]) if row["seed"] in self._asked.seeds]
                progress.console.print(scenario_table(scenario.name, self._u_mdp[scenario.name], rows))
        rows = [row for row in self._rows.of(one.name for one in chosen) if row["seed"] in self._asked.seeds]
        console.print(overall_table(overall(rows)))

    def _scenario(self, scenario: Scenario, progress: Progress, bar: TaskID, title: str) -> None:
        shifts = []
        for policy in self._asked.policies(scenario):
            progress.update(bar, description=f"{title}: settings of {policy}")
            settings = self._settings.searched(policy, scenario, self._asked.tuned_on, self._asked.processes)
            u_mdp = self._u_mdp[scenario.name]
            shifts += [Shift(scenario, policy, seed, u_mdp, settings) for seed in self._asked.seeds]
        missing = [one for one in shifts if not self._rows.has(one)]
        progress.update(bar, description=title, advance=len(shifts) - len(missing))
        self._run(missing, lambda: progress.advance(bar))

    def _run(self, shifts: Sequence[Shift], on_done: Callable[[], None]) -> None:
        head = self._head() if shifts else {}
        # Those that take longest stand first, so that no process idles at the end.
        for row in _rows_of(shifts, self._asked.processes):
            self._rows.add([row], head)
            on_done()

    def _head(self) -> dict[str, Any]:
        """What stands above the rows: on what they were run, and for each scenario its optimum and rivals' settings."""
        its = self._asked
        return {
            "row": "pacing",
            "machine": machine(),
            "parameters": {"hours": its.scenarios[0].hours, "seeds": list(its.all_seeds)},
            "scenarios": {
                one.name: {"u_mdp": round(self._u_mdp[one.name], 6), "settings": self._words(one)}
                for one in its.scenarios
            },
        }

    def _words(self, scenario: Scenario) -> dict[str, str]:
        found = {policy: self._settings.known(policy, scenario, self._asked.tuned_on) for policy in POLICIES}
        return {policy: in_words(settings) for policy, settings in found.items() if settings is not None}


def _rows_of(shifts: Sequence[Shift], processes: int) -> Any:
    """The rows as they are done."""
    if processes == 1 or len(shifts) <= 1:
        yield from map(row_of, shifts)
        return
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        todo = [pool.submit(row_of, shift) for shift in shifts]
        try:
            for done in as_completed(todo):
                yield done.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for."""
    given = _arguments(arguments)
    scenarios, seeds, name = (ASIDE, ASIDE_SEEDS, "pacing-aside") if given.aside else (TABLE, SEEDS, "pacing")
    chosen = tuple(given.seeds or seeds)
    settings, rows = SettingsFile(), RowFile(RESULTS / f"{name}.json")
    if given.hours != HOURS:
        scenarios = tuple(one.changed(hours=given.hours) for one in scenarios)
        settings, rows = SettingsFile(None), RowFile(None)
        seeds = chosen
    asked = Asked(scenarios, tuple(given.only), chosen, seeds, given.processes)
    try:
        Bench(asked, settings, Optima(OPTIMA), rows).run(Console(width=max(_WIDTH, Console().width)))
    except KeyboardInterrupt:
        sys.exit("stopped: what is done is kept, and the same command goes on from there")


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.pacing", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="SCENARIO/POLICY", help="with * and ?; again")
    parser.add_argument("--seeds", type=int, nargs="+", help="only these; rivals are tuned on the first of all")
    parser.add_argument("--aside", action="store_true", help="the scenarios and seeds that were kept aside")
    parser.add_argument("--hours", type=float, default=HOURS, help="other than 4: to try it out, nothing is written")
    parser.add_argument("--processes", type=int, default=_PROCESSES)
    return parser.parse_args(given)


if __name__ == "__main__":
    main()

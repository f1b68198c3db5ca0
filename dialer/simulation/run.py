"""Many simulated shifts at once: every scenario under every pacer with every seed, over the processors there are."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from dialer.simulation.floor import run_shift
from dialer.simulation.score import score

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from dialer.simulation.pacer import Pacer
    from dialer.simulation.scenario import Scenario

    MakePacer = Callable[[str, Scenario], Pacer]
    """A fresh pacer by its name. It is sent to other processes: a function of a module, or a partial of one."""


@dataclass(frozen=True, slots=True)
class Job:
    """One shift to run. `u_mdp` is the utilisation of the Markov optimum, where the excess idle ratio is wanted."""

    scenario: Scenario
    pacing: str
    seed: int
    u_mdp: float | None = None


def jobs(scenarios: Iterable[Scenario], pacings: Sequence[str], seeds: Sequence[int]) -> list[Job]:
    """Every scenario under every pacing with every seed, in this order."""
    return [Job(scenario, pacing, seed) for scenario in scenarios for pacing in pacings for seed in seeds]


def run_jobs(
    todo: Sequence[Job],
    make: MakePacer,
    *,
    workers: int | None = None,
    on_done: Callable[[int], None] = lambda _done: None,
) -> list[dict[str, Any]]:
    """Run the shifts, and return for each, in their order, its figures as plain values fit for JSON.

    `workers` are processes, as many as there are processors by default; with 1 all runs in this one. `on_done` is told
    how many shifts are done after each of them. The figures of a job are the same however many workers there are,
    but for the time that decisions took.
    """
    workers = min(len(todo), workers or os.cpu_count() or 1)
    if workers <= 1:
        return _counted(map(_figures, todo, [make] * len(todo)), on_done)
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        return _counted(pool.map(_figures, todo, [make] * len(todo)), on_done)


def _counted(rows: Iterable[dict[str, Any]], on_done: Callable[[int], None]) -> list[dict[str, Any]]:
    done = []
    for row in rows:
        done.append(row)
        on_done(len(done))
    return done


def _figures(job: Job, make: MakePacer) -> dict[str, Any]:
    shift = run_shift(job.scenario, make(job.pacing, job.scenario), job.seed)
    figures = score(shift, job.scenario, job.u_mdp)
    return {"scenario": job.scenario.name, "pacing": job.pacing, "seed": job.seed, **asdict(figures)}


@dataclass(frozen=True, slots=True)
class Summary:
    """All shifts of one scenario under one pacing: means over the shifts, but for what its name says otherwise."""

    scenario: str
    pacing: str
    shifts: int
    utilisation: float
    abandonment: float
    """Of all live answers of all shifts together."""
    worst_abandonment: float
    """Of the shift that had the highest."""
    worst_quarter: float | None
    """The worst quarter of an hour of any shift."""
    violations: int
    """Shifts that broke a limit."""
    eir: float | None
    score: float | None
    answers_per_dial: float
    dials_per_agent_hour: float
    mean_wait_s: float
    p95_wait_s: float
    decision_mean_ms: float
    decision_p99_ms: float


def summaries(rows: Iterable[dict[str, Any]]) -> list[Summary]:
    """The rows of `run_jobs`, drawn together by scenario and pacing."""

    def which(row: dict[str, Any]) -> tuple[str, str]:
        return row["scenario"], row["pacing"]

    return [_summary(*names, list(of)) for names, of in groupby(rows, key=which)]


def _summary(scenario: str, pacing: str, rows: list[dict[str, Any]]) -> Summary:
    def mean(key: str) -> float:
        return float(sum(row[key] for row in rows) / len(rows))

    def known(key: str) -> list[float]:
        return [row[key] for row in rows if row[key] is not None]

    return Summary(
        scenario=scenario,
        pacing=pacing,
        shifts=len(rows),
        utilisation=mean("utilisation"),
        abandonment=sum(row["abandoned"] for row in rows) / max(1, sum(row["live_answers"] for row in rows)),
        worst_abandonment=max(row["abandonment"] for row in rows),
        worst_quarter=max(known("worst_quarter"), default=None),
        violations=sum(row["violated"] for row in rows),
        eir=mean("eir") if len(known("eir")) == len(rows) else None,
        score=mean("score") if len(known("score")) == len(rows) else None,
        answers_per_dial=mean("answers_per_dial"),
        dials_per_agent_hour=mean("dials_per_agent_hour"),
        mean_wait_s=mean("mean_wait_s"),
        p95_wait_s=mean("p95_wait_s"),
        decision_mean_ms=mean("decision_mean_ms"),
        decision_p99_ms=mean("decision_p99_ms"),
    )

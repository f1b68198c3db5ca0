"""`dialer simulate`: try a pacing on simulated shifts before real people are called with it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dialer.cli.learned import Fill, FromCampaign, Save, Since, chosen_scenario
from dialer.cli.terminal import Json, console, errors, print_json, print_table, run
from dialer.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from dialer.simulation.run import Job, Summary
    from dialer.simulation.scenario import Scenario

_ROWS = (
    "utilisation",
    "abandoned",
    "  of one shift, at most",
    "  of 15 minutes, at most",
    "shifts that broke a limit",
    "live answers per call",
    "calls per agent-hour",
    "an agent's wait, mean",
    "  95th percentile",
    "a decision takes, mean",
    "  99th percentile",
)


def simulate(
    scenario: Annotated[
        str | None, typer.Argument(help="A TOML file, or the name of a scenario that comes with Ringpace.")
    ] = None,
    pacing: Annotated[
        list[str] | None,
        typer.Option(help="predictive, progressive, ratio, vicidial or issabel; give it again to compare several."),
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, max=10_000, help="So many shifts, with the seeds 1, 2, ...")] = 10,
    hours: Annotated[float | None, typer.Option(help="Shifts of this length instead of the scenario's.")] = None,
    as_json: Json = False,
    chart: Annotated[
        Path | None, typer.Option(help="Draw the first pacing's shift of seed 1 into this HTML file.")
    ] = None,
    from_campaign: FromCampaign = None,
    since: Since = None,
    fill: Fill = False,
    save: Save = None,
) -> None:
    """Run simulated shifts, and say how busy the agents were and how many customers were abandoned."""
    chosen = chosen_scenario(scenario, from_campaign, since, fill=fill, save=save)
    run(_simulate(chosen, pacing or ["predictive"], seeds, hours, chart, as_json=as_json))


async def _simulate(
    choice: Awaitable[Scenario],
    pacings: list[str],
    seeds: int,
    hours: float | None,
    chart: Path | None,
    *,
    as_json: bool,
) -> None:
    from dialer.simulation.run import jobs, summaries  # noqa: PLC0415 - numpy, that other commands do without

    chosen = await choice
    if hours is not None:
        chosen = chosen.changed(hours=hours)
    todo = jobs([chosen], pacings, range(1, seeds + 1))
    rows = _run_all(todo)
    if chart:
        _draw(todo[0], chart)
    drawn_together = summaries(rows)
    if as_json:
        print_json({"scenario": chosen.name, "summaries": [asdict(each) for each in drawn_together], "shifts": rows})
        return
    console.print(f"{chosen.name}: {seeds} x {chosen.hours:g} h", markup=False, highlight=False)
    columns = zip(_ROWS, *(_figures(each) for each in drawn_together), strict=True)
    print_table(("", *(each.pacing for each in drawn_together)), columns)
    if chart:
        console.print(f"{pacings[0]}, seed 1: {chart}", markup=False, highlight=False, soft_wrap=True)


def _run_all(todo: list[Job]) -> list[dict[str, object]]:
    from dialer.simulation.policies import pacer_named  # noqa: PLC0415 - likewise
    from dialer.simulation.run import run_jobs  # noqa: PLC0415 - likewise

    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("simulating", total=len(todo))
        return run_jobs(todo, pacer_named, on_done=lambda done: progress.update(bar, completed=done))


def _draw(job: Job, chart: Path) -> None:
    from dialer.simulation.chart import shift_html  # noqa: PLC0415 - likewise
    from dialer.simulation.floor import run_shift  # noqa: PLC0415 - likewise
    from dialer.simulation.policies import pacer_named  # noqa: PLC0415 - likewise

    shift = run_shift(job.scenario, pacer_named(job.pacing, job.scenario), job.seed)
    try:
        chart.write_text(shift_html(shift, job.scenario, job.pacing), encoding="utf-8")
    except OSError as error:
        raise InputError(f"--chart: cannot be written: {error}") from error


def _figures(of: Summary) -> tuple[str, ...]:
    """One pacing's column, in the order of _ROWS."""
    return (
        f"{of.utilisation:.1%}",
        f"{of.abandonment:.2%}",
        f"{of.worst_abandonment:.2%}",
        "-" if of.worst_quarter is None else f"{of.worst_quarter:.1%}",
        f"{of.violations} of {of.shifts}",
        f"{of.answers_per_dial:.3f}",
        f"{of.dials_per_agent_hour:.1f}",
        f"{of.mean_wait_s:.1f} s",
        f"{of.p95_wait_s:.1f} s",
        f"{of.decision_mean_ms:.2f} ms",
        f"{of.decision_p99_ms:.2f} ms",
    )

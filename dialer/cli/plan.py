"""`dialer plan`: how many agents by when, what it costs and what it brings, before anybody is called."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from dialer.cli.learned import Fill, FromCampaign, Since, learn_from, since_when
from dialer.cli.terminal import Json, errors, now, open_record, print_json, run
from dialer.core.errors import InputError
from dialer.simulation.workload import Workload

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic_core import ErrorDetails

    from dialer.cli.planned import Answer
    from dialer.simulation.pooling import Pooling
    from dialer.simulation.staffing import Case, Staffing

_MOST_SIMULATED = 300
"""Agents: more are reckoned by the law, a shift of theirs would take minutes."""


def _help(key: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(help=Workload.model_fields[key].description)
    return option


PlanFile = Annotated[Path | None, typer.Argument(help="A TOML file with any of the options, and weekdays, calendar.")]
ScenarioName = Annotated[
    str | None, typer.Option("--scenario", help="A scenario file or name, for all that is not given here.")
]
Leads = Annotated[int | None, _help("leads")]
AnswerRate = Annotated[float | None, _help("answer_rate")]
Contactable = Annotated[float | None, _help("contactable")]
Attempts = Annotated[int | None, _help("attempts")]
AttemptsPerDay = Annotated[float | None, _help("attempts_per_day")]
SuccessRate = Annotated[float | None, _help("success_rate")]
SuccessTarget = Annotated[int | None, _help("success_target")]
TalkS = Annotated[float | None, _help("talk_s")]
WrapUpS = Annotated[float | None, _help("wrap_up_s")]
Agents = Annotated[int | None, _help("agents")]
Days = Annotated[int | None, _help("days")]
OneDay = "%Y-%m-%d"
Deadline = Annotated[
    datetime | None, typer.Option(formats=[OneDay], help=Workload.model_fields["deadline"].description)
]
StartsOn = Annotated[
    datetime | None, typer.Option(formats=[OneDay], help=Workload.model_fields["starts_on"].description)
]
HoursPerDay = Annotated[float | None, _help("hours_per_day")]
AtWork = Annotated[float | None, _help("at_work")]
MaxAbandonment = Annotated[float | None, _help("max_abandonment")]
ComplaintRate = Annotated[float | None, _help("complaint_rate")]
CostPerAgentHour = Annotated[float | None, _help("cost_per_agent_hour")]
CostPerLineMinute = Annotated[float | None, _help("cost_per_line_minute")]
CostPerComplaint = Annotated[float | None, _help("cost_per_complaint")]
FixedCost = Annotated[float | None, _help("fixed_cost")]
ValuePerSuccess = Annotated[float | None, _help("value_per_success")]
Currency = Annotated[str | None, _help("currency")]
PacingName = Annotated[str, typer.Option(help="The pacing that is simulated.")]
Quick = Annotated[bool, typer.Option("--quick", help="Simulate nothing: the best that a pacing could do, by a model.")]
Seeds = Annotated[int, typer.Option(min=1, max=100, help="So many simulated shifts for each number of agents.")]
Chart = Annotated[
    Path | None, typer.Option(help="Write tables and the picture of the square-root law to this HTML file.")
]


def plan(
    file: PlanFile = None,
    from_campaign: FromCampaign = None,
    since: Since = None,
    scenario: ScenarioName = None,
    leads: Leads = None,
    answer_rate: AnswerRate = None,
    contactable: Contactable = None,
    attempts: Attempts = None,
    attempts_per_day: AttemptsPerDay = None,
    success_rate: SuccessRate = None,
    success_target: SuccessTarget = None,
    talk_s: TalkS = None,
    wrap_up_s: WrapUpS = None,
    agents: Agents = None,
    days: Days = None,
    deadline: Deadline = None,
    starts_on: StartsOn = None,
    hours_per_day: HoursPerDay = None,
    at_work: AtWork = None,
    max_abandonment: MaxAbandonment = None,
    complaint_rate: ComplaintRate = None,
    cost_per_agent_hour: CostPerAgentHour = None,
    cost_per_line_minute: CostPerLineMinute = None,
    cost_per_complaint: CostPerComplaint = None,
    fixed_cost: FixedCost = None,
    value_per_success: ValuePerSuccess = None,
    currency: Currency = None,
    pacing: PacingName = "predictive",
    seeds: Seeds = 2,
    fill: Fill = False,
    quick: Quick = False,
    as_json: Json = False,
    chart: Chart = None,
) -> None:
    """Say how many agents it takes until a date, or when so many are done, and what it costs and brings."""
    # The options are named as the keys of the file, so that there is one list of both.
    given = {key: value for key, value in locals().items() if key in Workload.model_fields and value is not None}
    dates = {key: value.date() for key, value in given.items() if isinstance(value, datetime)}
    asked = Asked(file, from_campaign, since, scenario, given | dates, pacing, seeds, fill, quick)
    run(_plan(asked, chart, as_json=as_json))


@dataclass(frozen=True, slots=True)
class Asked:
    """The command line, but for how its answer is shown."""

    file: Path | None
    campaign: str | None
    since: datetime | None
    scenario: str | None
    options: dict[str, Any]
    pacing: str
    seeds: int
    fill: bool
    quick: bool


async def _plan(asked: Asked, chart: Path | None, *, as_json: bool) -> None:
    from dialer.cli import planned  # noqa: PLC0415 - numpy, that other commands do without

    answer = await _answer(asked)
    if as_json:
        print_json(planned.values(answer))
    else:
        planned.show(answer)
    if chart:
        _write(chart, planned.page(answer))


def _write(chart: Path, text: str) -> None:
    try:
        chart.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"--chart: cannot be written: {error}") from error


async def _answer(asked: Asked) -> Answer:
    from dialer.cli.planned import Answer  # noqa: PLC0415 - likewise
    from dialer.simulation.scenario import read_scenario  # noqa: PLC0415 - likewise
    from dialer.simulation.staffing import case_of  # noqa: PLC0415 - likewise

    told: dict[str, Any] = {}
    remarks: list[str] = []
    if asked.campaign is not None:
        if asked.scenario is not None:
            raise InputError("--scenario: give either this or --from-campaign")
        found = await learn_from(asked.campaign, asked.since, fill=asked.fill)
        scenario, remarks = found.scenario, [f"not learned: {line}" for line in found.filled]
        told = await _told_by(asked.campaign, asked.since)
    else:
        scenario = read_scenario(asked.scenario or "standard")
    written = {} if asked.file is None else _read(asked.file)
    told = _less_contradicting(told, written | asked.options)
    remarks += [
        f"{key} = {told[key]}: by the campaign's record" for key in ("leads", "success_rate", "reached") if key in told
    ]
    names = {key: f"{asked.file}: {key}" for key in written} | {key: _option(key) for key in asked.options}
    try:
        workload = Workload.model_validate(told | written | asked.options)
        case = case_of(workload, scenario, told=asked.campaign is not None or asked.scenario is not None)
        pooling, best, needed = _staff(case, asked)
    except ValidationError as error:
        raise InputError("; ".join(_problem(each, names) for each in error.errors(include_input=False))) from error
    except InputError as error:
        raise InputError(_spoken(str(error), names)) from error
    return Answer(workload, case, pooling, best, needed, now().date(), asked.pacing, asked.seeds, tuple(remarks))


def _staff(case: Case, asked: Asked) -> tuple[Pooling, Staffing, Staffing | None]:
    """What keeps teams busy; what the agents who are given make of the list, else the fewest who are needed.

    The fewest are told too where both agents and a date are given.
    """
    from dialer.simulation.pooling import SIZES, of_the_optimum  # noqa: PLC0415 - likewise
    from dialer.simulation.staffing import needed, staffed  # noqa: PLC0415 - likewise

    today, workload = now().date(), case.workload
    dated = workload.days is not None or workload.deadline is not None
    if workload.agents is None and not dated:
        raise InputError("agents: give how many there are, or deadline or days, by when it is to be done")
    pooling = of_the_optimum(case.means) if asked.quick else _simulated(case, SIZES, asked)
    chosen = workload.agents or needed(case, pooling, today).agents
    size = round(case.present(chosen))
    if not asked.quick and size not in SIZES and 1 <= size <= _MOST_SIMULATED:
        pooling = pooling.with_points(_simulated(case, (size,), asked).points)
    fewest = needed(case, pooling, today) if dated else None
    best = fewest if workload.agents is None else staffed(case, pooling, workload.agents, today)
    if best is None:
        raise AssertionError("either agents or a date are given")
    return pooling, best, fewest


def _simulated(case: Case, sizes: Sequence[int], asked: Asked) -> Pooling:
    from dialer.simulation.pooling import simulated  # noqa: PLC0415 - likewise

    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as progress:
        bar = progress.add_task("simulating", total=len(sizes) * asked.seeds)
        seeds = range(1, asked.seeds + 1)
        return simulated(
            case.scenario, sizes, seeds, asked.pacing, on_done=lambda done: progress.update(bar, completed=done)
        )


# --- what is given ----------------------------------------------------------------------------------


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:  # also no UTF-8, nested too deep, or a number too long
        raise InputError(f"{file}: not a plan: {error}") from error


async def _told_by(name_or_id: str, since: datetime | None) -> dict[str, Any]:
    """What a campaign and its record say of a workload; too little is not said."""
    from dialer.record.behaviour import Behaviour  # noqa: PLC0415 - likewise
    from dialer.simulation.workload import told_by  # noqa: PLC0415 - likewise

    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        behaviour, moment = Behaviour(record.database), since_when(since)
        tries = await behaviour.tries(campaign.campaign_id, moment)
        results = await behaviour.results(campaign.campaign_id, moment)
    return told_by(campaign.plan, tries, results)


def _less_contradicting(told: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What the record tells, without what the operator has said, be it in other words."""
    said = given.keys() | ({"reached"} if given.keys() & {"answer_rate", "contactable", "attempts"} else set())
    return {key: value for key, value in told.items() if key not in said}


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def _problem(error: ErrorDetails, names: Mapping[str, str]) -> str:
    """What is wrong, by the name that the operator gave it."""
    if not error["loc"]:
        return _spoken(error["msg"].removeprefix("Value error, "), names)
    return _spoken(f"{'.'.join(map(str, error['loc']))}: {error['msg']}", names)


def _spoken(words: str, names: Mapping[str, str]) -> str:
    """An error that begins with a key, with the option or the file's key in its place."""
    path, colon, rest = words.partition(":")
    key, dot, inside = path.partition(".")
    if key not in Workload.model_fields and key not in names:
        return words
    return f"{names.get(key, _option(key))}{dot}{inside}{colon}{rest}"

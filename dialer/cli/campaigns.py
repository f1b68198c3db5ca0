"""`dialer campaign ...`: create from a plan, list, show, start, pause, stop, and change the pacing live."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError

from dialer.cli.pacing import show_pacing
from dialer.cli.terminal import Json, console, errors, now, open_record, print_json, print_table, run, settings, who
from dialer.core.calendar import uncovered_years
from dialer.core.errors import InputError, problems_of
from dialer.core.model import CampaignStatus
from dialer.core.plan import CampaignPlan
from dialer.workable import refuse_unknown_script, refuse_unworkable

if TYPE_CHECKING:
    from dialer.record.campaigns import Campaign

app = typer.Typer(help="Campaigns: what is dialled, when, and how fast.", no_args_is_help=True)

NameOrId = Annotated[str, typer.Argument(help="The campaign's name or id.")]


@app.command("create")
def create(plan_file: Annotated[Path, typer.Argument(help="A TOML file with the campaign's plan.")]) -> None:
    """Create a campaign from a plan. It is paused until it is started."""
    run(_create(plan_file))


async def _create(plan_file: Path) -> None:
    plan = read_plan(plan_file)
    try:
        refuse_unworkable(plan, settings(), now())
    except InputError as error:
        raise InputError(f"{plan_file}: {error}") from error
    async with open_record() as record:
        await refuse_unknown_script(plan, record.scripts)
        campaign = await record.campaigns.create(plan, now(), who())
    for year in uncovered_years(plan, now().date()):
        errors.print(f"[yellow]warning:[/yellow] the holiday calendar does not cover {year}; add calendar_overrides")
    console.print(
        f"campaign {campaign.campaign_id} {plan.name!r} created, paused: import leads, then start it", markup=False
    )


def read_plan(plan_file: Path) -> CampaignPlan:
    """A plan from its TOML file; InputError names the key."""
    try:
        return CampaignPlan.model_validate(tomllib.loads(plan_file.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise InputError(f"{plan_file}: {problems_of(error)}") from error
    except (
        OSError,
        ValueError,
        RecursionError,
    ) as error:  # also what is no UTF-8, nested too deep, or a number too long
        raise InputError(f"{plan_file}: not a plan: {error}") from error


@app.command("list")
def list_all(as_json: Json = False) -> None:
    """All campaigns."""
    run(_list(as_json=as_json))


async def _list(*, as_json: bool) -> None:
    async with open_record() as record:
        campaigns = await record.campaigns.all()
    if as_json:
        print_json([_values(campaign) for campaign in campaigns])
        return
    rows = [(c.campaign_id, c.plan.name, c.status, c.plan.pacing.mode, c.plan.caller_id) for c in campaigns]
    print_table(("id", "name", "status", "mode", "caller id"), rows)


@app.command("show")
def show(campaign: NameOrId) -> None:
    """One campaign with its whole plan, as JSON."""
    run(_show(campaign))


async def _show(name_or_id: str) -> None:
    async with open_record() as record:
        print_json(_values(await record.campaigns.get(name_or_id)))


@app.command("start")
def start(campaign: NameOrId) -> None:
    """Dial whenever the plan lets it."""
    run(_set_status(campaign, CampaignStatus.RUNNING))


@app.command("pause")
def pause(campaign: NameOrId) -> None:
    """Place no more calls; talks go on."""
    run(_set_status(campaign, CampaignStatus.PAUSED))


@app.command("stop")
def stop(
    campaign: NameOrId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """End a campaign; talks go on."""
    if not yes:
        typer.confirm(f"Stop campaign {campaign}?", abort=True)
    run(_set_status(campaign, CampaignStatus.STOPPED))


async def _set_status(name_or_id: str, status: CampaignStatus) -> None:
    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        await record.campaigns.set_status(campaign.campaign_id, status, now(), who())
    console.print(
        f"campaign {campaign.campaign_id} {campaign.plan.name!r}: {campaign.status} -> {status}", markup=False
    )


@app.command("band")
def band(
    campaign: NameOrId,
    lower: Annotated[float | None, typer.Option(help="Below this share of answers something is wrong.")] = None,
    upper: Annotated[float | None, typer.Option(help="Above it the list is prime.")] = None,
    act: Annotated[bool, typer.Option("--act", help="Write the feedback file and mark prime lists by itself.")] = False,
    none: Annotated[bool, typer.Option("--none", help="No band any more.")] = False,
) -> None:
    """Judge the answer rate by this band from now on."""
    if none == (lower is not None or upper is not None or act):
        raise typer.BadParameter("either --lower and --upper, or --none")
    run(_set_band(campaign, None if none else {"lower": lower, "upper": upper, "act": act}))


async def _set_band(name_or_id: str, wanted: dict[str, object] | None) -> None:
    async with open_record() as record:
        found = await record.campaigns.get(name_or_id)
        changed = await record.campaigns.set_band(found.campaign_id, wanted, now(), who())
    kept = changed.plan.answer_band
    told = f"{kept.lower:.0%} to {kept.upper:.0%}" if kept else "none"
    console.print(f"campaign {found.campaign_id} {found.plan.name!r}: answer band {told}", markup=False)


@app.command("pacing")
def pacing(
    campaign: NameOrId,
    mode: Annotated[str | None, typer.Option(help="preview, progressive, ratio or predictive")] = None,
    ratio: Annotated[float | None, typer.Option(help="Calls per free agent, in ratio mode.")] = None,
    max_in_flight: Annotated[int | None, typer.Option(help="Never more unanswered calls than this.")] = None,
    max_abandonment: Annotated[float | None, typer.Option(help="Of live answers; 0.03 is 3 %.")] = None,
    late_cancel: Annotated[
        bool | None,
        typer.Option("--late-cancel/--no-late-cancel", help="Whether predictive pacing withdraws who rang for 15 s."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Change the pacing, which a running campaign follows within a second; without an option, show how it does."""
    given = {
        "mode": mode,
        "ratio": ratio,
        "max_in_flight": max_in_flight,
        "max_abandonment": max_abandonment,
        "late_cancel": late_cancel,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    run(_pacing(campaign, changes) if changes else show_pacing(campaign, as_json=as_json))


async def _pacing(name_or_id: str, changes: dict[str, Any]) -> None:
    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        changed = campaign.plan.pacing.changed(changes)
        await record.campaigns.set_pacing(campaign.campaign_id, changed, now(), who())
    console.print(f"campaign {campaign.campaign_id} {campaign.plan.name!r}: {changed!r}", markup=False)


def _values(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign_id": campaign.campaign_id,
        "status": campaign.status.value,
        "plan": campaign.plan.model_dump(mode="json"),
    }

"""`dialer leads ...`: import a list, and ask why a lead is not being dialled."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from dialer.cli.terminal import Json, console, errors, now, open_record, print_json, print_table, run, settings
from dialer.core.errors import NotFoundError
from dialer.intake import read_leads
from dialer.why import explain

if TYPE_CHECKING:
    from dialer.why import Explained

app = typer.Typer(help="Leads: whom to call.", no_args_is_help=True)


@app.command("import")
def import_leads(
    file: Annotated[Path, typer.Argument(help="A CSV (UTF-8 or GB18030) or XLSX file.")],
    campaign: Annotated[str, typer.Option("--campaign", help="The campaign's name or id.")],
    name: Annotated[str | None, typer.Option("--name", help="The list's name; else the file's.")] = None,
    as_json: Json = False,
) -> None:
    """Import a list; every row that cannot be dialled is named with its reason, and the others go in."""
    run(_import(file, campaign, name or file.stem, as_json=as_json))


async def _import(file: Path, name_or_id: str, list_name: str, *, as_json: bool) -> None:
    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        rows = read_leads(file, settings().region)
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=errors, transient=True) as progress:
            bar = progress.add_task("importing")
            report = await record.leads.add(
                campaign.campaign_id,
                list_name,
                file.name,
                rows,
                now(),
                lambda done: progress.update(bar, description=f"importing: {done} rows"),
            )
    if as_json:
        print_json(asdict(report) | {"rejected_count": report.rejected_count})
        return
    console.print(f"{report.accepted} of {report.total} leads imported into {campaign.plan.name!r}", markup=False)
    if report.rejected_count:
        console.print(f"{report.rejected_count} rows rejected:")
        print_table(("row", "field", "reason"), ((r.row, r.field, r.reason) for r in report.rejected))


@app.command("why")
def why(
    lead: Annotated[str, typer.Argument(help="The lead's id, its key, or one of its numbers.")],
    campaign: Annotated[str | None, typer.Option("--campaign", help="Only in this campaign.")] = None,
    as_json: Json = False,
) -> None:
    """Say why a lead is not being dialled, from when it may be, and how likely a person is to answer now."""
    run(_why(lead, campaign, as_json=as_json))


async def _why(text: str, name_or_id: str | None, *, as_json: bool) -> None:
    async with open_record() as record:
        wanted = (await record.campaigns.get(name_or_id)).campaign_id if name_or_id else None
        found = 0
        for lead_id in await record.leads.find(text):
            facts = await record.leads.facts(lead_id, now())
            if wanted in {None, facts.lead.campaign_id}:
                found += 1
                _print(await explain(record, settings(), facts, now()), as_json=as_json)
    if not found:
        raise NotFoundError(f"no lead has the id, key or number {text!r}")


def _print(explained: Explained, *, as_json: bool) -> None:
    if as_json:
        print_json(explained.values())
        return
    for line in explained.lines():
        console.print(line, markup=False, highlight=False, soft_wrap=True)

"""`dialer leads ...`: import a list, and ask why a lead is not being dialled."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import Progress, SpinnerColumn, TextColumn

from dialer.cli.terminal import Json, console, errors, now, open_record, print_json, print_table, run, settings
from dialer.core import eligibility
from dialer.core.errors import NotFoundError
from dialer.core.model import Hold
from dialer.core.numbers import mask
from dialer.intake import read_leads
from dialer.record.chances import Why

if TYPE_CHECKING:
    from dialer.core.eligibility import Facts, Verdict
    from dialer.record.attempts import AttemptRow
    from dialer.record.record import Record

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
                await _explain(record, facts, as_json=as_json)
    if not found:
        raise NotFoundError(f"no lead has the id, key or number {text!r}")


async def _explain(record: Record, facts: Facts, *, as_json: bool) -> None:
    chosen, lead = settings(), facts.lead
    campaign = await record.campaigns.get(lead.campaign_id)
    trunk = chosen.trunks.get(campaign.plan.trunk)
    caller_ids = trunk.caller_ids if trunk else ()
    verdict = eligibility.check(facts, campaign.plan, chosen.law, campaign.status, caller_ids, now())
    number = verdict.number or next(iter(lead.numbers), None)
    asked = number is not None and verdict.hold is not Hold.FINISHED
    last = next(iter(await record.attempts.latest(lead_id=lead.lead_id, limit=1)), None)
    foretold = await record.chances.why(facts, number, campaign.plan, now()) if number and asked else Why(None, [])
    because = await record.leads.due_because(lead.lead_id)
    if as_json:
        chance = {"chance": foretold.chance, "chance_because": foretold.lines, "due_because": because}
        print_json(_values(facts, verdict, campaign.plan.name) | chance | {"last_call": _last_call(last)})
        return
    detail = "nothing holds it: it waits for pacing and a free agent" if verdict.hold is Hold.NONE else verdict.detail
    known = verdict.until is not None and not verdict.eligible
    since = f"; may be called from {verdict.until:%Y-%m-%d %H:%M:%S} UTC" if known else ""
    who = f"lead {lead.lead_id} ({lead.name}, {_number(facts)}) in {campaign.plan.name!r}"
    line = f"{who}: {verdict.hold}: {detail}{since}"
    told = [f"last call: {_last_call(last)}"] if last else []
    told += [f"due then because of {because}"] if because else []
    for each in (line, *(f"  {said}" for said in (*told, *foretold.lines))):
        console.print(each, markup=False, highlight=False, soft_wrap=True)


def _last_call(last: AttemptRow | None) -> str | None:
    if last is None:
        return None
    return f"{last.queued_at:%Y-%m-%d %H:%M:%S} UTC, {last.outcome or 'going on'}: {last.detail or 'no more is known'}"


def _values(facts: Facts, verdict: Verdict, campaign: str) -> dict[str, Any]:
    return {
        "lead_id": facts.lead.lead_id,
        "name": facts.lead.name,
        "number": _number(facts),
        "campaign": campaign,
        "hold": verdict.hold.value,
        "detail": verdict.detail,
        "until": verdict.until.isoformat() if verdict.until else None,
        "attempts": facts.lead.attempts,
    }


def _number(facts: Facts) -> str:
    return mask(facts.lead.numbers[0].e164) if facts.lead.numbers else "no number"

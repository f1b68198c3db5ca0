"""`dialer attempts list`, `dialer attempts export` and `dialer report`: what was done."""

from __future__ import annotations

import csv
import json
import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from dialer import report as reports
from dialer.cli.terminal import Json, console, now, open_record, print_json, print_table, run, settings, who
from dialer.core.numbers import mask
from dialer.core.outcome import IN_WORDS
from dialer.feedback import harmless
from dialer.record.audit import AuditLine
from dialer.record.export import export as export_rows

if TYPE_CHECKING:
    from dialer.record.attempts import AttemptRow
    from dialer.record.record import Record

app = typer.Typer(help="Attempts: every call, with its whole timeline.", no_args_is_help=True)


CampaignOption = Annotated[str | None, typer.Option("--campaign", help="Name or id; without it, all campaigns.")]


class Format(StrEnum):
    """How the export is written."""

    JSONL = "jsonl"
    CSV = "csv"


@app.command("list")
def list_all(
    campaign: CampaignOption = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1)] = 20,
    as_json: Json = False,
) -> None:
    """The newest attempts: how each ended, what was heard of the number, and why it ended so."""
    run(_list(campaign, limit, as_json=as_json))


async def _list(name_or_id: str | None, limit: int, *, as_json: bool) -> None:
    async with open_record() as record:
        rows = await record.attempts.latest(await _campaign_id(record, name_or_id), limit=limit)
    if as_json:
        print_json([_values(row) for row in rows])
        return
    cells = (
        (r.attempt_id, f"{r.queued_at:%m-%d %H:%M:%S}", mask(r.e164), r.outcome or "is on", heard_of(r), r.detail)
        for r in rows
    )
    print_table(("attempt", "at (UTC)", "number", "outcome", "heard", "because"), cells)


def heard_of(row: AttemptRow) -> str:
    """What was heard of the number before anybody answered, in words; nothing where nobody listened."""
    if row.number_state is None:
        return ""
    return f"{IN_WORDS[row.number_state]} ({row.state_confidence or 0:.0%})"


def _values(row: AttemptRow) -> dict[str, object]:
    return {
        "attempt_id": row.attempt_id,
        "queued_at": row.queued_at.isoformat(),
        "number": mask(row.e164),
        "outcome": row.outcome,
        "sip_code": row.sip_code,
        "cause": row.cause,
        "number_state": row.number_state,
        "state_confidence": row.state_confidence,
        "heard": row.heard,
        "line_saved_s": row.line_saved_s,
        "machine_sampled": row.machine_sampled,
        "because": row.detail,
    }


@app.command("export")
def export(
    campaign: CampaignOption = None,
    form: Annotated[Format, typer.Option("--format", help="One JSON object a line, or CSV.")] = Format.JSONL,
    full_numbers: Annotated[bool, typer.Option("--full-numbers", help="Unmasked; leaves an audit line.")] = False,
) -> None:
    """Write every attempt to standard output, oldest first."""
    run(_export(campaign, form, full_numbers=full_numbers))


async def _export(name_or_id: str | None, form: Format, *, full_numbers: bool) -> None:
    async with open_record() as record:
        campaign_id = await _campaign_id(record, name_or_id)
        if full_numbers:
            await record.audit.add(AuditLine(now(), who(), "export with full numbers", name_or_id or "all campaigns"))
        table = csv.writer(sys.stdout)
        header = False
        async for row in export_rows(record.database, campaign_id, full_numbers=full_numbers):
            if form is Format.JSONL:
                sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
                continue
            if not header:
                table.writerow(row)
                header = True
            table.writerow(harmless(value) for value in row.values())


def report(campaign: CampaignOption = None, as_json: Json = False) -> None:
    """Outcomes, speed, occupancy, abandonment, recordings, retries due; exits with 1 if a promise was broken."""
    run(_report(campaign, as_json=as_json))


async def _report(name_or_id: str | None, *, as_json: bool) -> None:
    chosen = settings()
    async with open_record() as record:
        campaign_id = await _campaign_id(record, name_or_id)
        made = await reports.build(
            record,
            campaign_id=campaign_id,
            law=chosen.law,
            recordings=chosen.recordings_dir,
            calls_are_on=True,
        )
    if as_json:
        print_json(made.values())
    else:
        print_report(made)
    if made.invariants_broken:
        raise typer.Exit(1)


def print_report(made: reports.Report) -> None:
    """The report, for people."""
    for heading, text in reports.lines(made):
        console.print(f"[bold]{heading:>18}[/bold]  ", end="")
        console.print(text, markup=False, highlight=False, soft_wrap=True)


async def _campaign_id(record: Record, name_or_id: str | None) -> int | None:
    return None if name_or_id is None else (await record.campaigns.get(name_or_id)).campaign_id

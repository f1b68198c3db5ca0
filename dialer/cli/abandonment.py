"""`dialer abandonment`: how a campaign stands in each legal window, by the record, and the calls that say so."""

from __future__ import annotations

import csv
from dataclasses import asdict, astuple, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.table import Table
from rich.text import Text

from dialer.cli.terminal import Json, console, now, open_record, print_json, print_table, run, settings, who
from dialer.core.abandonment import Fate, LegalWindow, Per
from dialer.core.errors import InputError, NotFoundError
from dialer.core.numbers import mask
from dialer.record.abandonment import Abandonment
from dialer.record.audit import AuditLine

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.core.ledger import Quarter
    from dialer.core.standing import Standing
    from dialer.record.abandonment import Evidence
    from dialer.record.record import Record

_WORDS = {
    Fate.NOBODY_CAME: "abandoned: nobody came",
    Fate.TOO_LATE: "abandoned: the agent came too late",
    Fate.TAKEN_FOR_A_MACHINE: "taken for a machine",
}
_BAR_CELLS = 16
"""Of a bar whose middle is the limit."""
_HEADINGS = ("window", "answers", "abandoned", "rate", "95 % between", "limit", "", "can bear", "worst 15 min")


@dataclass(frozen=True, slots=True)
class _Shown:
    """A window as it stands, and its worst quarter of an hour."""

    standing: Standing
    worst: Quarter | None


@dataclass(frozen=True, slots=True)
class _Row:
    """A call of the evidence as it is shown: the number masked unless asked for, times in ISO 8601."""

    attempt_id: str
    campaign_id: int
    number: str
    fate: str
    counts_as: float
    """In live answers and in abandonments: a call taken for a machine by the estimate."""
    waited_s: float | None
    answered_at: str | None
    bridged_at: str | None
    message_at: str | None
    ended_at: str | None


def abandonment(
    campaign: Annotated[str, typer.Argument(help="The campaign's name or id.")],
    window: Annotated[str | None, typer.Option("--window", help="One legal window alone, by its name.")] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="List each abandoned call.")] = False,
    csv_file: Annotated[
        Path | None, typer.Option("--csv", help="Write the evidence to this file, calls taken for machines included.")
    ] = None,
    full_numbers: Annotated[bool, typer.Option("--full-numbers", help="Unmasked; leaves an audit line.")] = False,
    as_json: Json = False,
) -> None:
    """Live answers, how many were abandoned, how sure the rate is, and what each legal window can still bear."""
    run(_abandonment(campaign, window, csv_file, evidence=evidence, full_numbers=full_numbers, as_json=as_json))


async def _abandonment(
    name_or_id: str, window: str | None, csv_file: Path | None, *, evidence: bool, full_numbers: bool, as_json: bool
) -> None:
    windows, share, at = _windows(window), settings().law.machine_false_share, now()
    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        everybody = {one.campaign_id: one.plan.abandon_limit_s for one in await record.campaigns.all()}
        whose = {Per.ALL: everybody, Per.CAMPAIGN: {campaign.campaign_id: campaign.plan.abandon_limit_s}}
        shown = await _standings(record, windows, whose, at, share)
        calls: list[Evidence] = []
        if evidence or csv_file is not None:
            calls = await _evidence(record, shown, whose)
            if full_numbers:
                done = "abandonment evidence with full numbers"
                await record.audit.add(AuditLine(at, who(), done, campaign.name))
    rows = [_row(call, share, full_numbers=full_numbers) for call in calls]
    if csv_file is not None:
        _write_csv(csv_file, rows)
    if as_json:
        document = {"campaign_id": campaign.campaign_id, "campaign": campaign.name, "machine_false_share": share}
        document |= {"windows": [_values(one) for one in shown]}
        print_json(document | ({"evidence": [asdict(row) for row in rows]} if evidence else {}))
        return
    _print_windows(shown)
    if evidence:
        _print_evidence(rows)
    if csv_file is not None:
        console.print(f"{len(rows)} calls written to {csv_file}", markup=False, highlight=False, soft_wrap=True)


def _windows(name: str | None) -> list[LegalWindow]:
    windows = settings().law.abandonment
    chosen = [window for window in windows if name in {None, window.name}]
    if name is not None and not chosen:
        known = ", ".join(window.name for window in windows) or "none at all"
        raise NotFoundError(f"there is no legal window {name}; the settings have {known} (law.abandonment)")
    return chosen


async def _standings(
    record: Record, windows: Sequence[LegalWindow], whose: Mapping[Per, Mapping[int, float]], at: datetime, share: float
) -> list[_Shown]:
    """The windows in their order, each over the calls it is about."""
    found = {}
    for per, limits_s in whose.items():
        mine = [window for window in windows if window.per is per]
        if mine:
            ledger = await Abandonment(record.database).ledger(mine, limits_s, at, share)
            for standing in ledger.standings(at.timestamp()):
                name = standing.window.name
                found[name] = _Shown(standing, ledger.worst_quarter(name, at.timestamp()))
    return [found[window.name] for window in windows]


async def _evidence(
    record: Record, shown: Sequence[_Shown], whose: Mapping[Per, Mapping[int, float]]
) -> list[Evidence]:
    """The calls of the window that begins first: of the campaign, or of all where no window is the campaign's own."""
    mine = [one for one in shown if one.standing.window.per is Per.CAMPAIGN] or shown
    if not mine:
        return []
    since = datetime.fromtimestamp(min(one.standing.span.begins_s for one in mine), UTC)
    limits_s = whose[mine[0].standing.window.per]
    return [call async for call in Abandonment(record.database).evidence(limits_s, since)]


def _row(call: Evidence, share: float, *, full_numbers: bool) -> _Row:
    return _Row(
        attempt_id=call.attempt_id,
        campaign_id=call.campaign_id,
        number=call.e164 if full_numbers else mask(call.e164),
        fate=call.fate.value,
        counts_as=share if call.fate is Fate.TAKEN_FOR_A_MACHINE else 1,
        waited_s=call.waited_s,
        answered_at=_iso(call.answered_at),
        bridged_at=_iso(call.bridged_at),
        message_at=_iso(call.message_at),
        ended_at=_iso(call.ended_at),
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None


def _write_csv(file: Path, rows: Sequence[_Row]) -> None:
    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            table = csv.writer(out)
            table.writerow(field.name for field in fields(_Row))
            table.writerows(astuple(replace(row, number=_as_text(row.number))) for row in rows)
    except OSError as error:
        raise InputError(f"--csv: {file}: {error.strerror}") from error


def _as_text(number: str) -> str:
    """With a plus sign in front of it a spreadsheet would reckon."""
    return f"'{number}" if number.startswith("+") else number


def _values(shown: _Shown) -> dict[str, Any]:
    """A window for machines: times in UTC, shares from 0 to 1."""
    standing, worst = shown.standing, shown.worst
    window, span, tally = standing.window, standing.span, standing.tally
    return {
        "name": window.name,
        "kind": window.kind.value,
        "per": window.per.value,
        "begins_at": _iso(_moment(span.begins_s)),
        "ends_at": None if span.ends_s is None else _iso(_moment(span.ends_s)),
        "live_answers": standing.count.live_answers,
        "abandoned": standing.count.abandoned,
        "taken_for_machines": standing.count.machines,
        "estimated_false": standing.estimated_false,
        "rate": standing.share.rate,
        "lower_bound": tally.lower_bound(),
        "upper_bound": tally.upper_bound(),
        "limit": window.limit,
        "within": standing.within,
        "slack": standing.slack,
        "worst_quarter": worst
        and {
            "begins_at": _iso(_moment(worst.begins_s)),
            "rate": worst.share.rate,
            "answers": worst.share.answers,
            "over_limit": worst.over_limit,
        },
    }


def _print_windows(shown: Sequence[_Shown]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in _HEADINGS:
        table.add_column(heading, min_width=None if heading else _BAR_CELLS + 1)  # a bar that is cut says nothing
    for one in shown:
        table.add_row(*_cells(one))
    console.print(table)
    for one in shown:
        standing, window = one.standing, one.standing.window
        began = _moment(standing.span.begins_s).astimezone(ZoneInfo(window.time_zone))
        whose = "of all campaigns" if window.per is Per.ALL else "of this campaign"
        machines = f"{standing.estimated_false:.1f} of {standing.count.machines} calls taken for machines"
        text = f"{window.name}: the answers {whose} since {began:%Y-%m-%d %H:%M %Z}; {machines} count as persons"
        console.print(text, markup=False, highlight=False, soft_wrap=True)


def _cells(shown: _Shown) -> tuple[Text, ...]:
    standing, worst = shown.standing, shown.worst
    share, tally, colour = standing.share, standing.tally, "green" if standing.within else "red"
    bears = f"{standing.slack} more" if standing.slack >= 0 else f"{-standing.slack} too many"
    return (
        Text(standing.window.name),
        Text(f"{share.answers:.10g}"),
        Text(f"{share.abandoned:.10g}"),
        Text(f"{share.rate:.2%}", style=colour),
        Text(f"{tally.lower_bound():.2%} and {tally.upper_bound():.2%}"),
        Text(f"{standing.window.limit:.2%}"),
        Text(_bar(standing), style=colour),
        Text(bears, style=colour),
        Text("" if worst is None else f"{worst.share.rate:.1%}{', over' if worst.over_limit else ''}"),
    )


def _bar(standing: Standing) -> str:
    """The rate as a bar, the upper bound in a lighter shade; the limit is the stroke in the middle."""
    whole = 2 * standing.window.limit
    rate, upper = (
        min(_BAR_CELLS, round(_BAR_CELLS * share / whole))
        for share in (standing.share.rate, standing.tally.upper_bound())
    )
    cells = "█" * rate + "░" * (upper - rate) + " " * (_BAR_CELLS - upper)
    return f"{cells[: _BAR_CELLS // 2]}|{cells[_BAR_CELLS // 2 :]}"


def _print_evidence(rows: Sequence[_Row]) -> None:
    abandoned = [row for row in rows if row.fate != Fate.TAKEN_FOR_A_MACHINE.value]
    cells = (
        (row.attempt_id, row.number, row.answered_at, _seconds(row.waited_s), _WORDS[Fate(row.fate)])
        for row in abandoned
    )
    console.print()
    print_table(("attempt", "number", "answered", "waited", "what happened"), cells)
    console.print(
        f"{len(abandoned)} abandoned; {len(rows) - len(abandoned)} more were taken for machines (in --csv)",
        highlight=False,
    )


def _seconds(waited_s: float | None) -> str:
    return "" if waited_s is None else f"{waited_s:.3f} s"


def _moment(at_s: int) -> datetime:
    return datetime.fromtimestamp(at_s, UTC)

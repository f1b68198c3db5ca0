"""`dialer report --quality` and `dialer leads feedback`: how good a list is, why, and the numbers to hand back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from dialer.appraisal import NO_ORDERS, Appraisal, appraise, asked_of, ratios
from dialer.cli import attempts
from dialer.cli.terminal import Json, console, now, open_record, print_json, print_table, run, settings, who
from dialer.core.band import CONFIDENCE, Position
from dialer.core.causes import where
from dialer.core.cube import By
from dialer.core.errors import InputError
from dialer.feedback import write
from dialer.record.audit import AuditLine
from dialer.record.feedback import Feedback
from dialer.record.quality import Quality, chosen

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.core.cube import Calls


class Grouped(StrEnum):
    """What the report's table is by; the words of `By`, small."""

    LIST = "list"
    AGENT = "agent"
    DAY = "day"
    HOUR = "hour"
    PREFIX = "prefix"
    SEGMENT = "segment"
    TRUNK = "trunk"
    CALLER_ID = "caller_id"


Since = Annotated[
    str | None,
    typer.Option("--since", help="Only calls from this date on (2026-11-20, where the campaign is at home)."),
]
_HEADINGS = ("calls", "answered", "rate", "talks >18 s", "agreed", "orders", "dead", "turned away")


def report(
    campaign: attempts.CampaignOption = None,
    quality: Annotated[bool, typer.Option("--quality", help="How good the lists are, and why.")] = False,
    by: Annotated[Grouped, typer.Option("--by", help="With --quality: what the table is by.")] = Grouped.LIST,
    since: Since = None,
    as_json: Json = False,
) -> None:
    """Outcomes, speed, occupancy, abandonment, recordings, retries due; exits with 1 if a promise was broken."""
    if quality:
        run(_quality(campaign, By(by.name), since, as_json=as_json))
    elif since is not None:
        raise typer.BadParameter("goes with --quality alone", param_hint="--since")
    else:
        attempts.report(campaign, as_json=as_json)


async def _quality(name_or_id: str | None, by: By, since: str | None, *, as_json: bool) -> None:
    made = []
    async with open_record() as record:
        campaigns = [await record.campaigns.get(name_or_id)] if name_or_id else await record.campaigns.all()
        for campaign in campaigns:
            asked = asked_of(campaign, settings().region, None, now())
            asked = asked._replace(since=read_since(since, asked.zone))
            made.append(await appraise(record.database, campaign, asked))
    if as_json:
        values = [one.values(by) for one in made]
        print_json(values[0] if name_or_id else values)
        return
    for one in made:
        for heading, text in _lines(one):
            console.print(f"[bold]{heading:>18}[/bold]  ", end="")
            console.print(text, markup=False, highlight=False, soft_wrap=True)
        print_table((by.value.lower().replace("_", " "), *_HEADINGS), _rows(one, by))
        console.print()


def read_since(text: str | None, zone: ZoneInfo) -> datetime | None:
    """The moment of a date or a time in ISO 8601, local to `zone` where it names none; InputError for what is none."""
    if text is None:
        return None
    try:
        moment = datetime.combine(date.fromisoformat(text), time(0))
    except ValueError:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise InputError(f"since: {text[:40]!r} is no date such as 2026-11-20") from None
    local = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    try:
        return local.astimezone(UTC)
    except OverflowError:
        raise InputError(f"since: {text[:40]!r} lies beyond the calendar") from None


def _lines(made: Appraisal) -> Iterator[tuple[str, str]]:
    finding, band, total = made.finding, made.campaign.plan.answer_band, ratios(made.finding.total)
    yield "campaign", made.campaign.name
    rate = f"{_percent(total.answer_rate)} of {finding.total.attempts} calls"
    yield "answer rate", f"{rate} ({CONFIDENCE:.0%} between {finding.lowest:.1%} and {finding.highest:.1%})"
    if band is not None:
        prime = ": the list is PRIME" if finding.position is Position.ABOVE else ""
        yield "band", f"{band.lower:.1%} to {band.upper:.1%}: {finding.position}{prime}"
    yield "talks over 18 s", f"{_percent(total.long_talks)} of {finding.total.answered} answers"
    yield "conversion", f"{_percent(total.conversion)} of the answers came to an agreement"
    yield "order success", NO_ORDERS
    for words, what in ((made.counts.outcomes, "outcomes"), (made.counts.states, "heard")):
        ordered = sorted(words.items(), key=lambda item: -item[1])
        yield what, ", ".join(f"{word} {count}" for word, count in ordered) or "nothing"
    for likely in finding.causes:
        yield "likely cause", f"{likely.cause}: {likely.evidence}"
    yield "proposed", ", ".join(finding.actions) or "nothing: nothing stands out"


def _rows(made: Appraisal, by: By) -> Iterator[tuple[object, ...]]:
    marked = {str(row.list_id) for row in made.lists if row.prime_since is not None} | {*made.finding.prime}
    for key, calls in made.groups(by).items():
        told = where(by, key, made.counts.lists) if by is By.LIST else key
        yield (told + (" PRIME" if by is By.LIST and key in marked else ""), *_cells(calls, by))


def _cells(calls: Calls, by: By) -> tuple[object, ...]:
    found = ratios(calls, of_agent=by is By.AGENT)
    return (
        calls.attempts,
        calls.answered,
        _percent(found.answer_rate),
        _percent(found.long_talks),
        _percent(found.conversion),
        _percent(found.order_success),
        calls.dead,
        calls.turned_away,
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def feedback(
    campaign: Annotated[str, typer.Option("--campaign", help="The campaign's name or id.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The CSV file to write.")],
    since: Since = None,
    source: Annotated[
        str | None, typer.Option("--source", help="Only of this list: its name, its file's name, or its id.")
    ] = None,
) -> None:
    """Write the numbers that are invalid, suspended or changed, for whoever supplied the list; leaves an audit line."""
    run(_feedback(campaign, output, since, source))


async def _feedback(name_or_id: str, output: Path, since: str | None, source: str | None) -> None:
    async with open_record() as record:
        campaign = await record.campaigns.get(name_or_id)
        zone = asked_of(campaign, settings().region, None, now()).zone
        lists = chosen(await Quality(record.database).lists(campaign.campaign_id), source)
        after = read_since(since, zone)
        await record.audit.add(AuditLine(now(), who(), "feedback with full numbers", campaign.name))
        numbers = Feedback(record.database).dead(campaign.campaign_id, since=after, lists=lists)
        count = await write(numbers, zone, output)
    console.print(f"{count} numbers written to {output}", markup=False, highlight=False, soft_wrap=True)

"""For other systems: hand in leads, a few at a time, and ask what became of one and why it is not being dialled."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dialer.api.bodies import asks_for, first_problem, read_json
from dialer.api.interface import CampaignName, Interface, RowId, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.errors import InputError
from dialer.core.numbers import mask
from dialer.intake import Accepted, Header, RefusedError, Rejected, read_row
from dialer.record.audit import AuditLine
from dialer.record.campaigns import Campaign
from dialer.sheets import SheetRow
from dialer.why import explain

router = APIRouter(tags=["other systems"])

_MOST_LEADS = 500
_FIELDS = ("key", "name", "owner", "priority")

Asker = Annotated[Caller, Depends(needs(Right.SEE_ATTEMPTS))]
_Heading = Annotated[
    str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f-\x9f=+@-][^\x00-\x1f\x7f-\x9f]*$")
]


class LeadBody(BaseModel):
    """A lead to be; without a `key` it goes by its first number, without a `time_zone` by its numbers' own."""

    model_config = ConfigDict(extra="forbid", strict=True)
    name: str
    numbers: Annotated[list[str], Field(min_length=1, max_length=9)]
    key: str = ""
    time_zone: str | None = None
    attributes: Annotated[dict[_Heading, str], Field(default_factory=dict, max_length=200)]
    priority: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    owner: str = ""


@router.post("/campaigns/{name_or_id}/leads", openapi_extra=asks_for(LeadBody, or_many=_MOST_LEADS))
async def push(
    service: Service,
    who: Annotated[Caller, Depends(needs(Right.LOAD_LEADS))],
    name_or_id: CampaignName,
    body: Annotated[Any, Depends(read_json)],
) -> dict[str, Any]:
    """Take one lead or a list of them into a campaign, to be called from now on; what became of each is answered.

    Said again it does nothing: a lead whose key the campaign has is `known`, and stays as it was.
    """
    campaign = await service.record.campaigns.get(name_or_id)
    sent = body if isinstance(body, list) else [body]
    if not 1 <= len(sent) <= _MOST_LEADS:
        raise InputError(f"the body has {len(sent)} leads: send one lead, or a list of 1 to {_MOST_LEADS}")
    rows = await asyncio.to_thread(_read, sent, service.settings.region)
    answers = await _take_in(service, campaign, rows, who)
    counts = {state: sum(answer["state"] == state for answer in answers) for state in ("accepted", "known", "rejected")}
    return {"campaign_id": campaign.campaign_id, **counts, "leads": answers}


@router.get("/leads/{lead_id}")
async def lead(service: Service, _who: Asker, lead_id: RowId) -> dict[str, Any]:
    """A lead as it stands, its numbers masked."""
    found = (await service.record.leads.facts(lead_id, datetime.now(UTC))).lead
    return {
        "lead_id": found.lead_id,
        "campaign_id": found.campaign_id,
        "key": _masked(found.key),
        "name": found.name,
        "numbers": [
            {"number": mask(one.e164), "time_zones": one.time_zones, "attempts": one.attempts, "dead": one.dead}
            for one in found.numbers
        ],
        "attributes": found.attributes,
        "priority": found.priority,
        "owner": found.owner,
        "state": found.state,
        "finished_because": found.finished_because,
        "due_at": found.due_at,
        "attempts": found.attempts,
    }


@router.get("/leads/{lead_id}/why")
async def why(service: Service, _who: Asker, lead_id: RowId) -> dict[str, Any]:
    """Why a lead is not being dialled, from when it may be, and how likely a person is to answer now."""
    now = datetime.now(UTC)
    facts = await service.record.leads.facts(lead_id, now)
    return (await explain(service.record, service.settings, facts, now)).values()


async def _take_in(
    service: Interface, campaign: Campaign, rows: Sequence[Accepted | Rejected], who: Caller
) -> list[dict[str, Any]]:
    """Import what is new, on the day's list of its sender, and tell what became of each row."""
    record, campaign_id, now = service.record, campaign.campaign_id, datetime.now(UTC)
    keys = {row.key for row in rows if isinstance(row, Accepted)}
    before = await record.search.leads_by_key(campaign_id, keys)
    new = [row for row in rows if isinstance(row, Accepted) and row.key not in before]
    refused = {row.row: row for row in rows if isinstance(row, Rejected)}
    after = before
    if new:
        # Those of one day and one sender are one list: reports can be asked for it.
        rows_to_store: list[Accepted | Rejected] = [*new, *refused.values()]
        report = await record.leads.add(
            campaign_id, f"pushed {now:%Y-%m-%d}", who.name, rows_to_store, now, standing=True
        )
        refused |= {row.row: row for row in report.rejected}
        after = await record.search.leads_by_key(campaign_id, keys)
        counts = f"{report.accepted} of {len(rows)} accepted, list {report.list_id}"
        await record.audit.add(AuditLine(now, who.name, "leads pushed", campaign.name, counts))
    return [_answer(row, refused.get(row.row), before, after) for row in rows]


def _answer(
    row: Accepted | Rejected, refusal: Rejected | None, before: dict[str, int], after: dict[str, int]
) -> dict[str, Any]:
    index = row.row - 1
    if isinstance(row, Accepted):
        # Refused with a key that is there now: it came twice in one list, or by another request in the same moment.
        if row.key in before or (refusal is not None and row.key in after):
            return {"index": index, "state": "known", "lead_id": after[row.key]}
        if refusal is None:
            return {"index": index, "state": "accepted", "lead_id": after[row.key]}
    field, reason = (refusal.field, refusal.reason) if refusal else ("", "refused")
    return {"index": index, "state": "rejected", "field": "numbers" if field == "phone" else field, "reason": reason}


def _read(sent: Sequence[Any], region: str) -> list[Accepted | Rejected]:
    """The leads as an import has them; a lead's row is its place in the list, from 1."""
    return [_lead(row, one, region) for row, one in enumerate(sent, start=1)]


def _lead(row: int, sent: Any, region: str) -> Accepted | Rejected:
    """A lead by the rules of lead files, so that both ways in take the same."""
    try:
        body = LeadBody.model_validate(sent)
    except ValidationError as error:
        return Rejected(row, *first_problem(error))
    cells = {
        **dict(zip(_FIELDS, (body.key, body.name, body.owner, repr(body.priority)), strict=True)),
        **{f"numbers.{place}": number for place, number in enumerate(body.numbers)},
        **{f"attributes.{name}": value for name, value in body.attributes.items()},
    }
    headings = tuple(cells)
    phones = range(len(_FIELDS), len(_FIELDS) + len(body.numbers))
    fields = {name: place for place, name in enumerate(_FIELDS)}
    header = Header(headings, fields, tuple(phones), tuple(range(phones.stop, len(headings))))
    try:
        read = read_row(SheetRow(row, tuple(cells.values())), header, region)
    except RefusedError as refused:
        return Rejected(row, refused.heading, refused.reason)
    named = {heading.removeprefix("attributes."): value for heading, value in read.attributes.items()}
    if body.time_zone is None:
        return replace(read, attributes=named)
    if body.time_zone not in _zones():
        return Rejected(row, "time_zone", "no such time zone; write it like Asia/Shanghai")
    return replace(read, attributes=named, numbers=tuple((e164, (body.time_zone,)) for e164, _zones in read.numbers))


@cache
def _zones() -> frozenset[str]:
    """Kept, for they are gathered from many folders."""
    return frozenset(available_timezones())


def _masked(key: str) -> str:
    return mask(key) if key.startswith("+") else key

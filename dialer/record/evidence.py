"""All that the record has of one attempt and that speaks for how it was made: read together, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.record.schema import attempt, audit, decision, do_not_call, lead, lead_list, legal_hold, number, recording

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database

_REACH = timedelta(days=32)
"""Caps look back so far at most."""
_MOST = 1000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Gathered:
    """What there is: rows by column, None where there is none; numbers are in full."""

    attempt: Row
    lead: Row
    number: Row
    decision: Row | None
    recording: Row | None
    hold: Row | None
    do_not_call: Row | None
    """The number's entry on the list as it is now: it may have come after the call."""
    calls_before: list[Row]
    """Sent in the 32 days before to the same number, lead or person, over all campaigns; the oldest first."""
    audit: list[Row]


async def gather(database: Database, attempt_id: str) -> Gathered:
    """Everything about one attempt; NotFoundError where there is none."""
    async with database.read() as connection:
        found = await _one(connection, sa.select(attempt).where(attempt.c.id == attempt_id))
        if found is None:
            raise NotFoundError(f"there is no attempt {attempt_id}")
        source = lead_list.c.name.label("list"), lead_list.c.source, lead_list.c.imported_at
        columns = (lead.c.id, lead.c.key, lead.c.name, lead.c.state, lead.c.attempts, lead.c.owner, *source)
        of_lead = sa.select(*columns).join(lead_list, lead_list.c.id == lead.c.list_id)
        lines = sa.select(audit.c.at, audit.c.who, audit.c.what, audit.c.detail).where(audit.c.subject == attempt_id)
        return Gathered(
            attempt=found,
            lead=await _one(connection, of_lead.where(lead.c.id == found["lead_id"])) or {},
            number=await _one(connection, sa.select(number).where(number.c.id == found["number_id"])) or {},
            decision=await _one(connection, sa.select(decision).where(decision.c.id == found["decision_id"])),
            recording=await _one(connection, sa.select(recording).where(recording.c.attempt_id == attempt_id)),
            hold=await _one(connection, sa.select(legal_hold).where(legal_hold.c.attempt_id == attempt_id)),
            do_not_call=await _one(connection, sa.select(do_not_call).where(do_not_call.c.e164 == found["e164"])),
            calls_before=await _calls_before(connection, found),
            audit=await _all(connection, lines.order_by(audit.c.id).limit(_MOST)),
        )


async def _calls_before(connection: AsyncConnection, found: Mapping[str, Any]) -> list[Row]:
    sent: datetime = found["sent_at"] or found["queued_at"]
    c = attempt.c
    of_late = (c.sent_at >= sent - _REACH) & (c.sent_at < sent) & (c.id != found["id"])
    columns = (c.id, c.campaign_id, c.lead_id, c.e164, c.sent_at, c.outcome)
    # Three questions, each on an index of its own, instead of one OR that may end up reading the whole table.
    shared = (c.lead_id == found["lead_id"], c.person == found["person"], c.e164 == found["e164"])
    query = sa.union(*(sa.select(*columns).where(one, of_late) for one in shared)).subquery()
    return await _all(connection, sa.select(query).order_by(query.c.sent_at).limit(_MOST))


async def _one(connection: AsyncConnection, query: sa.Select[Any]) -> Row | None:
    row = (await connection.execute(query)).mappings().one_or_none()
    return None if row is None else dict(row)


async def _all(connection: AsyncConnection, query: sa.Select[Any]) -> list[Row]:
    return [dict(row) for row in (await connection.execute(query)).mappings()]

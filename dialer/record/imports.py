"""Takes a list of leads into a campaign, a thousand rows at a time, and keeps every refused row with its reason.

Each batch is one transaction: its leads, numbers and refusals are all there or none is. A file that is imported again
after a crash is refused row by row as far as it got, and goes on from there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.core.model import LeadState
from dialer.core.numbers import mask
from dialer.intake import Accepted, Rejected
from dialer.record.schema import campaign, lead, lead_list, number, rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database

BATCH = 1000
"""Rows in one transaction."""

KEPT = 1000
"""Refusals that a report carries; the record keeps all of them."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a list: `rejected` are its first refusals, at most KEPT of them; `total` counts all rows."""

    list_id: int
    accepted: int
    total: int
    rejected: tuple[Rejected, ...]

    @property
    def rejected_count(self) -> int:
        """All refusals, kept here or not."""
        return self.total - self.accepted


@dataclass(slots=True)
class _Sorted:
    """A batch on its way: what may go in, and what may not."""

    accepted: list[Accepted] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Known:
    """Where the campaign already has a key or a number, in words."""

    keys: dict[str, str]
    numbers: dict[str, str]


async def store(
    database: Database,
    campaign_id: int,
    list_name: str,
    source: str,
    rows: Iterable[Accepted | Rejected],
    now: datetime,
    progress: Callable[[int], None] | None = None,
    *,
    standing: bool = False,
) -> ImportReport:
    """Import `rows` into a campaign, calling `progress` with the number of rows done after each batch.

    `standing`: they go on the list of this name and source, where there is one already.

    NotFoundError if there is no such campaign. What `rows` raises before its first row leaves no trace; later, the
    batches before it stay, and the list's counts tell how far it came.
    """
    source_rows = iter(rows)
    batch = await _next_batch(source_rows)
    list_id = await _begin_list(database, campaign_id, list_name, source, now, standing=standing)
    accepted = total = 0
    kept: list[Rejected] = []
    while batch:
        done = await _store_batch(database, campaign_id, list_id, batch, now)
        accepted += len(done.accepted)
        total += len(batch)
        kept.extend(done.rejected[: KEPT - len(kept)])
        if progress is not None:
            progress(total)
        batch = await _next_batch(source_rows)
    return ImportReport(list_id, accepted, total, tuple(kept))


async def _next_batch(rows: Iterable[Accepted | Rejected]) -> list[Accepted | Rejected]:
    """In a thread: reading and parsing a thousand rows takes long enough to be heard on the calls."""
    return await asyncio.to_thread(lambda: list(islice(rows, BATCH)))


async def _begin_list(
    database: Database, campaign_id: int, name: str, source: str, now: datetime, *, standing: bool
) -> int:
    values = {"campaign_id": campaign_id, "name": name, "source": source, "imported_at": now}
    c = lead_list.c
    same = (c.campaign_id == campaign_id) & (c.name == name) & (c.source == source)
    async with database.write() as connection:
        await _lock_campaign(connection, campaign_id)
        if standing and (known := await connection.scalar(sa.select(c.id).where(same).order_by(c.id).limit(1))):
            return int(known)
        insert = sa.insert(lead_list).values(**values, accepted=0, rejected=0).returning(lead_list.c.id)
        list_id: int = (await connection.scalars(insert)).one()
        return list_id


async def _store_batch(
    database: Database, campaign_id: int, list_id: int, batch: Sequence[Accepted | Rejected], now: datetime
) -> _Sorted:
    async with database.write() as connection:
        # Two imports into one campaign take turns, or each could miss the duplicates that the other brings.
        await _lock_campaign(connection, campaign_id)
        known = await _known(connection, campaign_id, list_id, [row for row in batch if isinstance(row, Accepted)])
        done = _sort_out(batch, known)
        await _insert_leads(connection, campaign_id, list_id, done.accepted, now)
        await _insert_rejections(connection, list_id, done.rejected)
        counts = {
            "accepted": lead_list.c.accepted + len(done.accepted),
            "rejected": lead_list.c.rejected + len(done.rejected),
        }
        await connection.execute(sa.update(lead_list).where(lead_list.c.id == list_id).values(counts))
    return done


async def _lock_campaign(connection: AsyncConnection, campaign_id: int) -> None:
    query = sa.select(campaign.c.id).where(campaign.c.id == campaign_id).with_for_update(key_share=True)
    if await connection.scalar(query) is None:
        raise NotFoundError(f"there is no campaign {campaign_id}")


async def _known(connection: AsyncConnection, campaign_id: int, list_id: int, rows: Sequence[Accepted]) -> _Known:
    """Which of these keys and numbers the campaign already has, and where."""
    place = (lead.c.list_id, lead.c.row, lead_list.c.name)
    lists = lead.join(lead_list, lead.c.list_id == lead_list.c.id)
    keys = sa.select(lead.c.key, *place).select_from(lists).where(lead.c.key.in_([row.key for row in rows]))
    numbers = (
        sa.select(number.c.e164, *place)
        .select_from(lists.join(number, number.c.lead_id == lead.c.id))
        .where(number.c.e164.in_([e164 for row in rows for e164, _zones in row.numbers]))
    )
    found = []
    for query in (keys, numbers):
        result = await connection.execute(query.where(lead.c.campaign_id == campaign_id))
        found.append(
            {
                what: f"row {row} of this list" if of_list == list_id else f"row {row} of list {name!r}"
                for what, of_list, row, name in result
            }
        )
    return _Known(*found)


def _sort_out(batch: Sequence[Accepted | Rejected], known: _Known) -> _Sorted:
    """Tell duplicates from what is new, within the batch and against the campaign."""
    done = _Sorted()
    for row in batch:
        refusal = row if isinstance(row, Rejected) else _duplicate(row, known)
        if refusal is not None:
            done.rejected.append(refusal)
        elif isinstance(row, Accepted):
            done.accepted.append(row)
            place = f"row {row.row} of this list"
            known.keys[row.key] = place
            known.numbers.update((e164, place) for e164, _zones in row.numbers)
    return done


def _duplicate(row: Accepted, known: _Known) -> Rejected | None:
    for e164, _zones in row.numbers:
        if place := known.numbers.get(e164):
            return Rejected(row.row, "phone", f"duplicate number: it is already in {place}", mask(e164))
    if place := known.keys.get(row.key):
        return Rejected(row.row, "key", f"duplicate key: it is already in {place}", row.key[:40])
    return None


async def _insert_leads(
    connection: AsyncConnection, campaign_id: int, list_id: int, rows: Sequence[Accepted], now: datetime
) -> None:
    if not rows:
        return
    leads = [
        {
            "campaign_id": campaign_id,
            "list_id": list_id,
            "row": row.row,
            "key": row.key,
            "person": row.person,
            "name": row.name,
            "attributes": row.attributes,
            "priority": row.priority,
            "owner": row.owner,
            "state": LeadState.WAITING,
            "due_at": now,
            "attempts": 0,
        }
        for row in rows
    ]
    inserted = await connection.execute(sa.insert(lead).returning(lead.c.key, lead.c.id), leads)
    ids = {key: lead_id for key, lead_id in inserted}  # noqa: C416 - dict() does not know the type of a row
    numbers = [
        {"lead_id": ids[row.key], "e164": e164, "time_zones": list(zones), "position": position}
        for row in rows
        for position, (e164, zones) in enumerate(row.numbers)
    ]
    await connection.execute(sa.insert(number).values(attempts=0, dead=False), numbers)


async def _insert_rejections(connection: AsyncConnection, list_id: int, rows: Sequence[Rejected]) -> None:
    if not rows:
        return
    values = [{"row": row.row, "field": row.field, "reason": row.reason, "raw": row.raw} for row in rows]
    await connection.execute(sa.insert(rejection).values(list_id=list_id), values)

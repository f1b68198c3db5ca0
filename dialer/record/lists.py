"""The lists of a campaign, and what was refused of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.record.schema import lead_list, rejection

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from dialer.record.database import Database

_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class LeadList:
    """A list as it was taken in: `accepted` and `rejected` count its rows."""

    list_id: int
    name: str
    source: str
    imported_at: datetime
    accepted: int
    rejected: int
    prime_since: datetime | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was refused; `raw` is a hint at its value, digits masked."""

    row: int
    field: str
    reason: str
    raw: str


class Lists:
    """All of them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, campaign_id: int) -> list[LeadList]:
        """A campaign's, oldest first."""
        c = lead_list.c
        columns = (c.id, c.name, c.source, c.imported_at, c.accepted, c.rejected, c.prime_since)
        query = sa.select(*columns).where(c.campaign_id == campaign_id).order_by(c.id)
        async with self._database.read() as connection:
            return [LeadList(*row) for row in await connection.execute(query)]

    async def refused(self, campaign_id: int, list_id: int) -> AsyncIterator[list[Refused]]:
        """What was refused of a campaign's list, some rows at a time; NotFoundError where it has no such list."""
        if list_id not in {one.list_id for one in await self.of(campaign_id)}:
            raise NotFoundError(f"campaign {campaign_id} has no list {list_id}")
        return self._refused(list_id)

    async def _refused(self, list_id: int) -> AsyncIterator[list[Refused]]:
        c, last = rejection.c, 0
        while True:
            query = sa.select(c.id, c.row, c.field, c.reason, c.raw).where(c.list_id == list_id, c.id > last)
            async with self._database.read() as connection:
                rows = list(await connection.execute(query.order_by(c.id).limit(_AT_ONCE)))
            yield [Refused(*row[1:]) for row in rows]
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1][0]

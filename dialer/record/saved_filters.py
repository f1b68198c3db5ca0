"""Filters that somebody keeps under a name; each sees their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.errors import ConflictError, NotFoundError
from dialer.record.database import serialise
from dialer.record.review_tables import saved_filter

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.record.database import Database

_MOST = 100


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """What somebody looks for often."""

    filter_id: int
    name: str
    filters: dict[str, Any]
    saved_at: datetime


_C = saved_filter.c


class SavedFilters:
    """The filters of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, owner: str, name: str, filters: dict[str, Any], now: datetime) -> None:
        """Keep filters under this name, in place of those that had it; ConflictError for too many of them."""
        count = sa.select(sa.func.count()).where(_C.owner == owner)
        async with self._database.write() as connection:
            await serialise(connection, "saved filter")
            await connection.execute(sa.delete(saved_filter).where(_C.owner == owner, _C.name == name))
            if (await connection.scalar(count) or 0) >= _MOST:
                raise ConflictError(f"at most {_MOST} filters are kept: remove one first")
            values = {"owner": owner, "name": name, "filters": filters, "saved_at": now}
            await connection.execute(sa.insert(saved_filter).values(values))

    async def of(self, owner: str) -> list[SavedFilter]:
        """Somebody's own, by name."""
        query = sa.select(_C.id, _C.name, _C.filters, _C.saved_at).where(_C.owner == owner).order_by(_C.name)
        async with self._database.read() as connection:
            return [SavedFilter(*row) for row in await connection.execute(query)]

    async def remove(self, owner: str, filter_id: int) -> None:
        """Keep it no longer; NotFoundError where there is none such of theirs."""
        async with self._database.write() as connection:
            mine = sa.delete(saved_filter).where(_C.owner == owner, _C.id == filter_id)
            if not (await connection.execute(mine)).rowcount:
                raise NotFoundError(f"there is no saved filter {filter_id} of yours")

"""The do-not-call list: one for all campaigns, asked before every call."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.record.audit import AuditLine, add_line
from dialer.record.database import insert_or_skip
from dialer.record.facts import load_listed
from dialer.record.schema import do_not_call

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from dialer.record.database import Database

_BATCH = 1000


class DoNotCall:
    """The numbers that must not be called."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, e164: str, *, source: str, reason: str, now: datetime) -> None:
        """Never call this number again. The first entry of a number stands: it tells since when."""
        await self.add_many([e164], source=source, reason=reason, now=now)

    async def add_many(self, numbers: Iterable[str], *, source: str, reason: str, now: datetime) -> int:
        """Add a whole list, a batch at a time; returns how many were new."""
        added = 0
        waiting = iter(numbers)
        while batch := list(islice(waiting, _BATCH)):
            rows = [{"e164": e164, "added_at": now, "source": source, "reason": reason} for e164 in sorted(set(batch))]
            async with self._database.write() as connection:
                insert = insert_or_skip(connection, do_not_call).returning(do_not_call.c.e164)
                added += len((await connection.scalars(insert, rows)).all())
        return added

    async def remove(self, e164: str, *, now: datetime, who: str, why: str) -> bool:
        """Take a number off the list, because its holder agrees to be called again; the audit keeps who and why."""
        async with self._database.write() as connection:
            gone = await connection.execute(sa.delete(do_not_call).where(do_not_call.c.e164 == e164))
            if gone.rowcount:
                await add_line(connection, AuditLine(now, who, "do-not-call removed", e164, why))
        return bool(gone.rowcount)

    async def listed(self, numbers: Sequence[str]) -> frozenset[str]:
        """Which of these numbers are on the list."""
        async with self._database.read() as connection:
            return await load_listed(connection, numbers)

    async def count(self) -> int:
        """How many numbers are on the list."""
        async with self._database.read() as connection:
            return (await connection.scalars(sa.select(sa.func.count()).select_from(do_not_call))).one()

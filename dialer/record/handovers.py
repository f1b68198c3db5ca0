"""Who had a customer before whom: a talk that went from one agent to another, and the word of the one who gave it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.record.schema import handover

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.model import Disposition
    from dialer.record.database import Database


@dataclass(frozen=True, slots=True)
class Handover:
    """At `at` the customer of an attempt went from one agent to another; `by` is whoever asked for it.

    The disposition, its reason and note are those of the agent who gave the customer away; None until they are told.
    """

    attempt_id: str
    at: datetime
    from_agent: str
    to_agent: str
    by: str
    disposition: Disposition | None = None
    reason: str | None = None
    note: str | None = None


_COLUMNS = tuple(handover.c[name] for name in Handover.__dataclass_fields__)


class Handovers:
    """The handovers of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, one: Handover) -> None:
        """A customer has gone from one agent to another."""
        values = {name: getattr(one, name) for name in Handover.__dataclass_fields__}
        async with self._database.write() as connection:
            await connection.execute(sa.insert(handover).values(values))

    async def of(self, attempt_id: str) -> list[Handover]:
        """All of one attempt, in their order."""
        return await self._where(handover.c.attempt_id == attempt_id)

    async def all(self) -> list[Handover]:
        """All there ever were, the oldest first."""
        return await self._where(sa.true())

    async def disposed(
        self, attempt_id: str, from_agent: str, given: Disposition, reason: str | None, note: str | None
    ) -> None:
        """The word of an agent who gave the customer away; the last one counts."""
        theirs = (handover.c.attempt_id == attempt_id) & (handover.c.from_agent == from_agent)
        values = {"disposition": given, "reason": reason, "note": note}
        async with self._database.write() as connection:
            await connection.execute(sa.update(handover).where(theirs).values(values))

    async def _where(self, condition: sa.ColumnElement[bool]) -> list[Handover]:
        query = sa.select(*_COLUMNS).where(condition).order_by(handover.c.at, handover.c.id)
        async with self._database.read() as connection:
            return [Handover(*row) for row in await connection.execute(query)]

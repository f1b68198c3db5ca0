"""Scorecards in the record: every change is a new version, for reviews stand on the one they were made by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.core.scorecard import Scorecard
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import serialise
from dialer.record.review_tables import scorecard

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.record.database import Database


@dataclass(frozen=True, slots=True)
class ScorecardRow:
    """One version of a scorecard; one that is retired judges no more talks."""

    scorecard_id: int
    version: int
    card: Scorecard
    created_at: datetime
    created_by: str
    retired_at: datetime | None


class Scorecards:
    """The scorecards of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, card: Scorecard, *, who: str, now: datetime) -> ScorecardRow:
        """A new scorecard, or a new version of the one of this name: the former ones are retired."""
        c = scorecard.c
        async with self._database.write() as connection:
            await serialise(connection, "scorecard")
            newest = await connection.scalar(sa.select(sa.func.max(c.version)).where(c.name == card.name))
            older = sa.update(scorecard).where(c.name == card.name, c.retired_at.is_(None))
            await connection.execute(older.values(retired_at=now))
            values = {"name": card.name, "version": (newest or 0) + 1, "content": card.model_dump(mode="json")}
            made = sa.insert(scorecard).values(values | {"created_at": now, "created_by": who}).returning(c.id)
            scorecard_id = (await connection.execute(made)).scalar_one()
            await add_line(connection, AuditLine(now, who, "scorecard made", card.name, f"version {values['version']}"))
        return await self.get(scorecard_id)

    async def all(self) -> list[ScorecardRow]:
        """Every version, by name, the newest first."""
        return await self._rows(sa.select(scorecard).order_by(scorecard.c.name, scorecard.c.version.desc()))

    async def get(self, scorecard_id: int) -> ScorecardRow:
        """One version; NotFoundError if there is none of this id."""
        found = await self._rows(sa.select(scorecard).where(scorecard.c.id == scorecard_id))
        if not found:
            raise NotFoundError(f"there is no scorecard {scorecard_id}")
        return found[0]

    async def retire(self, scorecard_id: int, *, who: str, now: datetime) -> None:
        """It judges no more talks; said twice, the first time counts. NotFoundError if there is none of this id."""
        row = await self.get(scorecard_id)
        c = scorecard.c
        async with self._database.write() as connection:
            change = sa.update(scorecard).where(c.id == scorecard_id, c.retired_at.is_(None)).values(retired_at=now)
            if (await connection.execute(change)).rowcount:
                line = AuditLine(now, who, "scorecard retired", row.card.name, f"version {row.version}")
                await add_line(connection, line)

    async def _rows(self, query: sa.Select[Any]) -> list[ScorecardRow]:
        async with self._database.read() as connection:
            return [
                ScorecardRow(
                    row.id,
                    row.version,
                    Scorecard.model_validate(row.content),
                    row.created_at,
                    row.created_by,
                    row.retired_at,
                )
                for row in await connection.execute(query)
            ]

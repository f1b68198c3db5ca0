"""Who did what and when: every order of an operator leaves a line that nothing here can change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.record.schema import audit

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database


@dataclass(frozen=True, slots=True)
class AuditLine:
    """At `at`, `who` did `what` to `subject`."""

    at: datetime
    who: str
    what: str
    subject: str
    detail: str = ""


class Audit:
    """The lines of the audit."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, line: AuditLine) -> None:
        """Write a line on its own."""
        async with self._database.write() as connection:
            await add_line(connection, line)

    async def latest(self, limit: int = 100) -> list[AuditLine]:
        """The newest lines, newest first."""
        columns = (audit.c.at, audit.c.who, audit.c.what, audit.c.subject, audit.c.detail)
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(*columns).order_by(audit.c.id.desc()).limit(limit))
            return [AuditLine(*row) for row in rows]

    async def about(self, subject: str, limit: int = 1000) -> list[AuditLine]:
        """The newest lines about one subject, oldest first."""
        columns = (audit.c.at, audit.c.who, audit.c.what, audit.c.subject, audit.c.detail)
        query = sa.select(*columns).where(audit.c.subject == subject).order_by(audit.c.id.desc()).limit(limit)
        async with self._database.read() as connection:
            return [AuditLine(*row) for row in await connection.execute(query)][::-1]


async def add_line(connection: AsyncConnection, line: AuditLine) -> None:
    """Write a line in the same transaction as what it tells of, so that neither stands without the other."""
    values = {"at": line.at, "who": line.who, "what": line.what, "subject": line.subject, "detail": line.detail}
    await connection.execute(sa.insert(audit).values(values))

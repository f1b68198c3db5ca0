"""Legal holds: calls whose sound nobody may delete, with who said so and why. Every change leaves an audit line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import insert_or_skip, serialise
from dialer.record.schema import attempt, legal_hold

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.record.database import Database


@dataclass(frozen=True, slots=True)
class LegalHold:
    """A call under legal hold since `at`, because `who` gave this reason."""

    attempt_id: str
    at: datetime
    who: str
    reason: str


class Holds:
    """The legal holds of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, attempt_id: str) -> LegalHold | None:
        """The hold that an attempt is under; None where it is under none."""
        async with self._database.read() as connection:
            row = (
                await connection.execute(sa.select(legal_hold).where(legal_hold.c.attempt_id == attempt_id))
            ).one_or_none()
        return None if row is None else LegalHold(*row)

    async def put(self, hold: LegalHold) -> LegalHold:
        """Put an attempt under hold, or give the hold another reason; NotFoundError where there is no such attempt.

        The same again changes nothing and leaves no line.
        """
        async with self._database.write() as connection:
            await serialise(connection, SERIALISED)
            if await connection.scalar(sa.select(attempt.c.id).where(attempt.c.id == hold.attempt_id)) is None:
                raise NotFoundError(f"there is no attempt {hold.attempt_id}")
            mine = legal_hold.c.attempt_id == hold.attempt_id
            before = (await connection.execute(sa.select(legal_hold).where(mine))).one_or_none()
            if before is not None and before.reason == hold.reason:
                return LegalHold(*before)
            values = {"at": hold.at, "who": hold.who, "reason": hold.reason}
            if before is None:
                new = insert_or_skip(connection, legal_hold).values(attempt_id=hold.attempt_id, **values)
                await connection.execute(new)
            else:
                await connection.execute(sa.update(legal_hold).where(mine).values(values))
            await add_line(connection, AuditLine(hold.at, hold.who, "legal hold", hold.attempt_id, hold.reason))
        return hold

    async def lift(self, attempt_id: str, reason: str, who: str, now: datetime) -> None:
        """Lift an attempt's hold; NotFoundError where it is under none."""
        async with self._database.write() as connection:
            await serialise(connection, SERIALISED)
            gone = await connection.execute(sa.delete(legal_hold).where(legal_hold.c.attempt_id == attempt_id))
            if not gone.rowcount:
                raise NotFoundError(f"attempt {attempt_id} is under no legal hold")
            await add_line(connection, AuditLine(now, who, "legal hold lifted", attempt_id, reason))


SERIALISED = "hold"
"""What holds and the deleting of recordings take turns at: none is deleted while a hold is being put on it."""

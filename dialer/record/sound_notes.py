"""Notes at a moment of a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.errors import ConflictError, NotFoundError
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import serialise
from dialer.record.review_tables import sound_note

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from dialer.record.database import Database

_MOST = 200


@dataclass(frozen=True, slots=True)
class SoundNote:
    """What `written_by` noticed `at_s` seconds into the recording."""

    note_id: int
    attempt_id: str
    at_s: float
    text: str
    written_at: datetime
    written_by: str


_C = sound_note.c


class SoundNotes:
    """The notes of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, attempt_id: str, at_s: float, text: str, *, who: str, now: datetime) -> int:
        """Write a note; its id. ConflictError where the recording has as many as it may have."""
        values = {"attempt_id": attempt_id, "at_s": at_s, "text": text, "written_at": now, "written_by": who}
        count = sa.select(sa.func.count()).where(_C.attempt_id == attempt_id)
        async with self._database.write() as connection:
            await serialise(connection, "sound note")
            if (await connection.scalar(count) or 0) >= _MOST:
                raise ConflictError(f"a recording has at most {_MOST} notes")
            made = await connection.execute(sa.insert(sound_note).values(values).returning(_C.id))
            note_id: int = made.scalar_one()
            await add_line(connection, AuditLine(now, who, "note written", attempt_id, f"at {at_s:.1f} s"))
        return note_id

    async def of(self, attempts: Collection[str]) -> list[SoundNote]:
        """The notes of these attempts, by attempt and moment."""
        columns = (_C.id, _C.attempt_id, _C.at_s, _C.text, _C.written_at, _C.written_by)
        query = sa.select(*columns).where(_C.attempt_id.in_(attempts)).order_by(_C.attempt_id, _C.at_s, _C.id)
        async with self._database.read() as connection:
            return [SoundNote(*row) for row in await connection.execute(query)]

    async def remove(self, attempt_id: str, note_id: int, *, who: str, now: datetime) -> None:
        """Take a note of one's own away; NotFoundError where there is none such."""
        mine = (_C.id == note_id) & (_C.attempt_id == attempt_id) & (_C.written_by == who)
        async with self._database.write() as connection:
            if not (await connection.execute(sa.delete(sound_note).where(mine))).rowcount:
                raise NotFoundError(f"there is no note {note_id} of yours")
            await add_line(connection, AuditLine(now, who, "note removed", attempt_id))

"""Recordings whose time is over: which they are, and that their sound is gone. Never one of a call under legal hold.

A recording is marked as DELETED first and its file is removed then, so that neither a hold that comes meanwhile nor a
crash between the two is lost: `doomed` are those that are marked and whose file may still be there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from dialer.core.model import RecordingState
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import serialise
from dialer.record.holds import SERIALISED
from dialer.record.schema import attempt, legal_hold, recording

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.record.database import Database

WHO = "ringpace"


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored recording, as far as it matters for how long it is kept."""

    attempt_id: str
    campaign_id: int
    path: str
    started_at: datetime

    @property
    def place(self) -> KeptPlace:
        """Where it stands among all of them, oldest first."""
        return KeptPlace(self.started_at, self.attempt_id)


class KeptPlace(NamedTuple):
    """Where a page of recordings ended: the next one begins behind it."""

    started_at: datetime
    attempt_id: str


class Expiry:
    """The recordings of the record, seen by their age."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(self, node: str, moment: datetime, limit: int, after: KeptPlace | None = None) -> list[Kept]:
        """A node's stored recordings begun before then and under no hold, oldest first, or those behind `after`."""
        c = recording.c
        query = (
            _KEPT.where(c.state == RecordingState.STORED, c.started_at < moment, attempt.c.node == node, _FREE)
            .order_by(c.started_at, c.attempt_id)
            .limit(limit)
        )
        if after is not None:
            here = sa.tuple_(sa.literal(after.started_at, c.started_at.type), sa.literal(after.attempt_id))
            query = query.where(sa.tuple_(c.started_at, c.attempt_id) > here)
        return await self._kept(query)

    async def doom(self, attempt_id: str, because: str, now: datetime) -> bool:
        """Mark a recording as deleted, unless a hold was put on it meanwhile; whether its file is now to be removed."""
        c = recording.c
        async with self._database.write() as connection:
            await serialise(connection, SERIALISED)
            marked = await connection.execute(
                sa.update(recording)
                .where(c.attempt_id == attempt_id, c.state == RecordingState.STORED, _FREE)
                .values(state=RecordingState.DELETED, deleted_at=now, detail=because)
            )
            if not marked.rowcount:
                return False
            await add_line(connection, AuditLine(now, WHO, "recording deleted", attempt_id, because))
        return True

    async def doomed(self, node: str, limit: int) -> list[Kept]:
        """A node's recordings that are marked as deleted and whose file may still be there."""
        marked = (recording.c.state == RecordingState.DELETED) & (recording.c.path != "")
        return await self._kept(_KEPT.where(marked, attempt.c.node == node).limit(limit))

    async def gone(self, attempt_id: str) -> None:
        """The file of a recording that was marked is not there any more."""
        marked = (recording.c.attempt_id == attempt_id) & (recording.c.state == RecordingState.DELETED)
        async with self._database.write() as connection:
            await connection.execute(sa.update(recording).where(marked).values(path=""))

    async def _kept(self, query: sa.Select[Any]) -> list[Kept]:
        async with self._database.read() as connection:
            return [Kept(*row) for row in await connection.execute(query)]


_FREE = ~sa.exists().where(legal_hold.c.attempt_id == recording.c.attempt_id)
_KEPT = sa.select(recording.c.attempt_id, attempt.c.campaign_id, recording.c.path, recording.c.started_at).join(
    attempt, attempt.c.id == recording.c.attempt_id
)

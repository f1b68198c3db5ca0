"""Where each recording is and how it came out; one that should be there and is not has a row that says so."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.core.model import RecordingState
from dialer.record.database import insert_or_skip
from dialer.record.review_tables import sound
from dialer.record.schema import attempt, recording

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime

    from dialer.record.database import Database
    from recordings.measure import Measures

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Measured:
    """What a stored recording measures; levels are of the customer's (left) and the agent's (right) side."""

    duration_s: float
    bytes: int
    sha256: str
    level_left_dbfs: float | None
    level_right_dbfs: float | None
    measures: Measures | None = None
    """Who speaks when, dead air and the like; None where nobody listened to it."""


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """A recording as the record has it; what was never measured is None."""

    attempt_id: str
    path: str
    state: RecordingState
    duration_s: float | None
    bytes: int | None
    sha256: str | None
    level_left_dbfs: float | None
    level_right_dbfs: float | None
    started_at: datetime
    stored_at: datetime | None
    detail: str | None
    deleted_at: datetime | None


class Recordings:
    """The recordings of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, attempt_id: str, path: str, now: datetime) -> None:
        """A talk is being recorded to `path`. Said twice, the first time counts."""
        values = {"attempt_id": attempt_id, "path": path, "state": RecordingState.RECORDING, "started_at": now}
        async with self._database.write() as connection:
            await connection.execute(insert_or_skip(connection, recording).values(values))

    async def stored(
        self, attempt_id: str, path: str, measured: Measured, now: datetime, detail: str | None = None
    ) -> None:
        """The recording is on disk at `path`, measured; `detail` says what of the talk it lacks, if anything."""
        values = {"path": path, "state": RecordingState.STORED, "stored_at": now, "detail": detail}
        await self._settle(attempt_id, {**values, **_columns(measured)}, now)
        if measured.measures is not None:
            await self.measured(attempt_id, measured.measures)

    async def measured(self, attempt_id: str, measures: Measures) -> None:
        """What a stored recording measures. Said twice, the first time counts."""
        async with self._database.write() as connection:
            values = {"attempt_id": attempt_id, **asdict(measures)}
            await connection.execute(insert_or_skip(connection, sound).values(values))

    async def missing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """The recording should be there and is not; `detail` says what is known of why."""
        await self._settle(attempt_id, {"state": RecordingState.MISSING, "detail": detail}, now)

    async def nothing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """The talk was over before any sound could be written; `detail` says how short it was."""
        await self._settle(attempt_id, {"state": RecordingState.NOTHING, "detail": detail}, now)

    async def get(self, attempt_id: str) -> RecordingRow:
        """One recording; NotFoundError if the attempt has none."""
        found = await self._rows(sa.select(recording).where(recording.c.attempt_id == attempt_id))
        if not found:
            raise NotFoundError(f"there is no recording of attempt {attempt_id}")
        return found[0]

    async def unfinished(self) -> list[RecordingRow]:
        """Those that are still being made, or were when their node was lost; oldest first."""
        wanted = recording.c.state == RecordingState.RECORDING
        return await self._rows(sa.select(recording).where(wanted).order_by(recording.c.started_at))

    async def latest(self, campaign_id: int | None = None, limit: int = 100) -> list[RecordingRow]:
        """The newest recordings, of one campaign or of all, newest first."""
        query = sa.select(recording).order_by(recording.c.started_at.desc(), recording.c.attempt_id).limit(limit)
        if campaign_id is not None:
            of_campaign = attempt.c.campaign_id == campaign_id
            query = query.join(attempt, attempt.c.id == recording.c.attempt_id).where(of_campaign)
        return await self._rows(query)

    async def counts(self, campaign_id: int) -> dict[RecordingState, int]:
        """How many of a campaign's recordings are in each state; states that none is in are left out."""
        query = (
            sa.select(recording.c.state, sa.func.count())
            .join(attempt, attempt.c.id == recording.c.attempt_id)
            .where(attempt.c.campaign_id == campaign_id)
            .group_by(recording.c.state)
        )
        async with self._database.read() as connection:
            return {state: count for state, count in await connection.execute(query)}  # noqa: C416

    async def moved(self, attempt_id: str, before: str, path: str) -> bool:
        """A stored recording is in another file now; False where it is not in the former one any more."""
        c = recording.c
        same = (c.attempt_id == attempt_id) & (c.path == before) & (c.state == RecordingState.STORED)
        async with self._database.write() as connection:
            return bool((await connection.execute(sa.update(recording).where(same).values(path=path))).rowcount)

    async def all_stored(self) -> AsyncIterator[RecordingRow]:
        """Every stored recording by its attempt's id; read in pages, each by itself."""
        last = ""
        while True:
            wanted = (recording.c.state == RecordingState.STORED) & (recording.c.attempt_id > last)
            page = await self._rows(sa.select(recording).where(wanted).order_by(recording.c.attempt_id).limit(_PAGE))
            for row in page:
                yield row
            if len(page) < _PAGE:
                return
            last = page[-1].attempt_id

    async def _settle(self, attempt_id: str, values: dict[str, Any], now: datetime) -> None:
        """Write how it came out, also where its beginning was never written."""
        begun = {"attempt_id": attempt_id, "path": "", "state": RecordingState.RECORDING, "started_at": now}
        async with self._database.write() as connection:
            await connection.execute(insert_or_skip(connection, recording).values(begun))
            await connection.execute(sa.update(recording).where(recording.c.attempt_id == attempt_id).values(values))

    async def _rows(self, query: sa.Select[Any]) -> list[RecordingRow]:
        async with self._database.read() as connection:
            return [RecordingRow(**row) for row in (await connection.execute(query)).mappings()]


def _columns(measured: Measured) -> dict[str, Any]:
    return {field.name: getattr(measured, field.name) for field in fields(measured) if field.name != "measures"}

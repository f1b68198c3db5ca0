"""Scripts in all their versions, and how far each talk has come in one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from dialer.core.errors import ConflictError, NotFoundError
from dialer.core.script_walk import Move, Walk
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import serialise
from dialer.record.schema import script_walks, scripts

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database


@dataclass(frozen=True, slots=True)
class ScriptVersion:
    """One version of a script, as somebody wrote it; versions count from 1."""

    name: str
    version: int
    text: str
    made_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class KeptWalk:
    """How far a talk has come, in which version of which script, and when that was kept."""

    attempt_id: str
    script: str
    version: int
    walk: Walk
    saved_at: datetime


class Scripts:
    """The scripts of the record, and the walks through them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, name: str, text: str, now: datetime, who: str, after: int | None = None) -> ScriptVersion:
        """A new version, and the audit keeps who made it; the same text again is no new one.

        ConflictError where `after` is given and is not the newest version: somebody else has saved since (0: none).
        """
        async with self._database.write() as connection:
            await serialise(connection, f"script {name}")
            last = await _newest(connection, name)
            newest = last.version if last else 0
            if after is not None and after != newest:
                raise ConflictError(f"script {name} has version {newest} by now: look at it before you save over it")
            if last is not None and last.text == text:
                return last
            made = ScriptVersion(name, newest + 1, text, who, now)
            values = {"name": name, "version": made.version, "text": text, "made_by": who, "made_at": now}
            await connection.execute(sa.insert(scripts).values(values))
            await add_line(connection, AuditLine(now, who, "script saved", name, f"version {made.version}"))
        return made

    async def get(self, name: str, version: int | None = None) -> ScriptVersion:
        """A version of a script, the newest where none is named; NotFoundError names what was asked for."""
        async with self._database.read() as connection:
            found = await _newest(connection, name) if version is None else await _one(connection, name, version)
        if found is None:
            raise NotFoundError(f"there is no script {name}" + (f" version {version}" if version is not None else ""))
        return found

    async def newest(self, but: Collection[tuple[str, int]] = ()) -> list[ScriptVersion]:
        """The newest version of each script, by name; without those that are known already."""
        c = scripts.c
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(c.name, sa.func.max(c.version)).group_by(c.name).order_by(c.name))
            wanted = [(name, version) for name, version in rows if (name, version) not in but]
            found = [await _one(connection, name, version) for name, version in wanted]
        return [one for one in found if one is not None]

    async def versions(self, name: str) -> list[ScriptVersion]:
        """Every version of a script, newest first; none where there is no such script."""
        query = sa.select(scripts).where(scripts.c.name == name).order_by(scripts.c.version.desc())
        async with self._database.read() as connection:
            return [ScriptVersion(*row) for row in await connection.execute(query)]

    async def keep_walk(self, kept: KeptWalk) -> None:
        """Keep how far a talk has come; what was kept of it before is replaced."""
        values = {
            "attempt_id": kept.attempt_id,
            "script": kept.script,
            "version": kept.version,
            "path": [{"step": move.step, "key": move.key} for move in kept.walk.path],
            "answers": dict(kept.walk.answers),
            "reason": kept.walk.reason,
            "reason_text": kept.walk.reason_text,
            "saved_at": kept.saved_at,
        }
        changes = {name: value for name, value in values.items() if name != "attempt_id"}
        async with self._database.write() as connection:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            insert: Any = dialect.insert(script_walks).values(values)
            await connection.execute(insert.on_conflict_do_update(index_elements=["attempt_id"], set_=changes))

    async def walk(self, attempt_id: str) -> KeptWalk | None:
        """How far a talk has come; None where nothing was kept of it."""
        query = sa.select(script_walks).where(script_walks.c.attempt_id == attempt_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        path = tuple(Move(move["step"], move["key"]) for move in row.path)
        walk = Walk(path, row.answers, row.reason, row.reason_text)
        return KeptWalk(row.attempt_id, row.script, row.version, walk, row.saved_at)


async def _newest(connection: AsyncConnection, name: str) -> ScriptVersion | None:
    query = sa.select(scripts).where(scripts.c.name == name).order_by(scripts.c.version.desc()).limit(1)
    row = (await connection.execute(query)).one_or_none()
    return ScriptVersion(*row) if row else None


async def _one(connection: AsyncConnection, name: str, version: int) -> ScriptVersion | None:
    query = sa.select(scripts).where(scripts.c.name == name, scripts.c.version == version)
    row = (await connection.execute(query)).one_or_none()
    return ScriptVersion(*row) if row else None

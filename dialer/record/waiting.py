"""The leads behind each reason to wait, a page at a time; counted in the same way by `Overview.hold_counts`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.model import Hold, LeadState
from dialer.record.schema import attempt, lead, number

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.record.database import Database

_C = lead.c


@dataclass(frozen=True, slots=True)
class WaitingLead:
    """A lead that waits; its number is in full, and is to be masked by whoever shows it."""

    lead_id: int
    key: str
    name: str
    e164: str | None
    """The first of its numbers."""
    attempts: int
    priority: float
    held_until: datetime | None
    due_at: datetime | None
    because: str | None
    """Why it is due when it is, or why nothing more is due."""


class Waiting:
    """The leads of a campaign by what holds them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, campaign_id: int, hold: Hold, now: datetime, *, after: int, limit: int) -> list[WaitingLead]:
        """Those whose ids are greater than `after`, by id. A hold that was noted counts until its end."""
        first = (
            sa.select(number.c.e164).where(number.c.lead_id == _C.id).order_by(number.c.position).limit(1)
        ).scalar_subquery()
        query = (
            sa.select(_C.id, _C.key, _C.name, first, _C.attempts, _C.priority, _C.held_until, _C.due_at)
            .add_columns(sa.func.coalesce(_C.finished_because, _C.due_because))
            .where(_C.campaign_id == campaign_id, _C.id > after, _held_by(hold, now))
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(_C.id).limit(limit))
            return [WaitingLead(*row) for row in rows]


def _held_by(hold: Hold, now: datetime) -> sa.ColumnElement[bool]:
    if hold is Hold.FINISHED:
        return _C.state == LeadState.FINISHED
    waits, asleep = _C.state == LeadState.WAITING, _C.held_until > now
    called = sa.exists().where(attempt.c.lead_id == _C.id, attempt.c.ended_at.is_(None))
    awake = _C.held_until.is_(None) | ~asleep
    if hold is Hold.IN_FLIGHT:
        return waits & (_C.held_until.is_(None) | asleep) & called
    if hold is Hold.NONE:
        return waits & awake & ~called
    return waits & asleep & (_C.hold == hold) & ~called

"""Pacing decisions: what the floor looked like, how many calls were placed or withdrawn, why, and what came of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from dialer.core.model import FloorView, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.record.database import insert_or_skip
from dialer.record.schema import attempt, decision

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database

_RINGS_LESS_THAN = timedelta(days=1)
"""A call is answered long before, even where a clock was wrong when it was queued; the index is on that time."""


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as the record has it, under the id that its attempts carry."""

    decision_id: str
    campaign_id: int
    floor: FloorView
    decision: Decision


class PastCall(NamedTuple):
    """A call that was sent and is over, as far as pacing can learn from it."""

    attempt_id: str
    sent_at: datetime
    answered_at: datetime | None
    bridged_at: datetime | None
    unbridged_at: datetime | None
    ended_at: datetime
    wrapped_up_at: datetime | None
    outcome: Outcome
    detail: str | None


class Answer(NamedTuple):
    """An answered call, with what the decision that placed it expected: a share from 0 to 1."""

    expected_abandonment: float
    previewed: bool
    answered_at: datetime
    bridged_at: datetime | None
    message_at: datetime | None
    flow_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None


class Decisions:
    """The pacing decisions of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, row: DecisionRow) -> None:
        """Write a decision. Said twice, the first time counts."""
        async with self._database.write() as connection:
            await write_decision(connection, row)

    async def since(self, campaign_id: int, moment: datetime) -> list[DecisionRow]:
        """A campaign's decisions since then, oldest first."""
        c = decision.c
        query = sa.select(decision).where(c.campaign_id == campaign_id, c.at >= moment).order_by(c.at, c.id)
        async with self._database.read() as connection:
            return [
                DecisionRow(
                    row.id,
                    row.campaign_id,
                    FloorView(**row.floor),
                    _decision(row),
                )
                for row in await connection.execute(query)
            ]

    async def last(self, campaign_id: int) -> Decision | None:
        """The last decision that placed or withdrew a call."""
        c = decision.c
        query = sa.select(decision).where(c.campaign_id == campaign_id).order_by(c.at.desc(), c.id.desc()).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else _decision(row)

    async def answers(self, campaign_id: int, since: datetime) -> list[Answer]:
        """Every call of a campaign that was queued since then and answered, with what its decision expected."""
        c, d = attempt.c, decision.c
        times = (c.answered_at, c.bridged_at, c.message_at, c.flow_at, c.ended_at)
        query = (
            sa.select(d.expected_abandonment, d.mode == PacingMode.PREVIEW, *times, c.outcome)
            .join(decision, d.id == c.decision_id)
            .where(c.campaign_id == campaign_id, c.queued_at >= since, c.answered_at.is_not(None))
        )
        async with self._database.read() as connection:
            return [Answer(*row) for row in await connection.execute(query)]

    async def expected(self, campaign_id: int, since: datetime) -> float | None:
        """What share (0..1) of a campaign's live answers since then its decisions expected to be abandoned, on average.

        By those that are over; None where there are none.
        """
        c, d = attempt.c, decision.c
        query = (
            sa.select(sa.func.avg(d.expected_abandonment))
            .join(attempt, d.id == c.decision_id)
            .where(
                c.campaign_id == campaign_id,
                c.queued_at >= since - _RINGS_LESS_THAN,
                c.answered_at >= since,
                c.outcome.in_((Outcome.ANSWERED, Outcome.ABANDONED)),
            )
        )
        async with self._database.read() as connection:
            mean: float | None = await connection.scalar(query)
        return mean

    async def counts(self, campaign_id: int, since: datetime, withdrawn: str) -> tuple[int, int, int]:
        """How many of a campaign's calls, queued since then, were sent, were answered, and ended with this detail."""
        c = attempt.c
        query = sa.select(
            sa.func.count(c.sent_at), sa.func.count(c.answered_at), sa.func.count().filter(c.detail == withdrawn)
        ).where(c.campaign_id == campaign_id, c.queued_at >= since)
        async with self._database.read() as connection:
            sent, answered, late = (await connection.execute(query)).one()
        return sent, answered, late

    async def past_calls(self, campaign_id: int, since: datetime, most: int) -> list[PastCall]:
        """The newest calls of a campaign that were queued since then and are over, in the order they were queued."""
        c = attempt.c
        columns = (c.id, *(c[name] for name in PastCall._fields[1:]))
        query = (
            sa.select(*columns)
            .where(c.campaign_id == campaign_id, c.queued_at >= since, c.sent_at.is_not(None), c.ended_at.is_not(None))
            .order_by(c.queued_at.desc(), c.id.desc())
            .limit(most)
        )
        async with self._database.read() as connection:
            return [PastCall(*row) for row in await connection.execute(query)][::-1]


def _decision(row: sa.Row[Any]) -> Decision:
    return Decision(row.at, row.place, row.mode, row.reason, row.expected_abandonment, row.withdrawn)


async def write_decision(connection: AsyncConnection, row: DecisionRow) -> None:
    """Write a decision; one that is there already stands."""
    made = row.decision
    values = {
        "id": row.decision_id,
        "campaign_id": row.campaign_id,
        "at": made.at,
        "mode": made.mode,
        "place": made.place,
        "reason": made.reason,
        "floor": asdict(row.floor),
        "expected_abandonment": made.expected_abandonment,
        "withdrawn": made.drop,
    }
    await connection.execute(insert_or_skip(connection, decision).values(values))

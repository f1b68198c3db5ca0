"""Pacing decisions: what the floor looked like, how many calls were placed because of it, and why."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.model import FloorView
from dialer.core.pacing import Decision
from dialer.record.database import insert_or_skip
from dialer.record.schema import decision

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A decision as the record has it, under the id that its attempts carry."""

    decision_id: str
    campaign_id: int
    floor: FloorView
    decision: Decision


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
                    Decision(row.at, row.place, row.mode, row.reason, row.expected_abandonment),
                )
                for row in await connection.execute(query)
            ]


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
    }
    await connection.execute(insert_or_skip(connection, decision).values(values))

"""The agents' days: each state an agent was in, from when and until when, one row each, without gaps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.model import AgentState
from dialer.record.database import serialise
from dialer.record.schema import agent_log

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database

Entry = tuple[str, AgentState, "datetime", str | None, str | None]
"""Agent id, state, since when, attempt id, reason."""


@dataclass(frozen=True, slots=True)
class Span:
    """An agent was in one state from `since` until `until`, or is in it still."""

    agent_id: str
    state: AgentState
    reason: str | None
    attempt_id: str | None
    since: datetime
    until: datetime | None


class Agents:
    """What the record knows of the agents."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def enter(
        self, agent_id: str, state: AgentState, at: datetime, attempt_id: str | None = None, reason: str | None = None
    ) -> None:
        """The agent is in this state from `at` on; the state before it ends there."""
        await self.enter_many([(agent_id, state, at, attempt_id, reason)])

    async def enter_many(self, entries: Iterable[Entry]) -> None:
        """Write several changes in the order they happened, in one transaction."""
        async with self._database.write() as connection:
            # An agent has one open row; two nodes that both open one would be refused instead of taking turns.
            await serialise(connection, "agent log")
            for entry in entries:
                await _enter(connection, entry)

    async def spans(self, since: datetime, agent_id: str | None = None) -> list[Span]:
        """All states that lasted beyond `since`, by agent and time; also those that began before it."""
        c = agent_log.c
        query = (
            sa.select(c.agent_id, c.state, c.reason, c.attempt_id, c.since, c.until)
            .where(c.until.is_(None) | (c.until > since))
            .order_by(c.agent_id, c.since, c.id)
        )
        if agent_id is not None:
            query = query.where(c.agent_id == agent_id)
        async with self._database.read() as connection:
            return [Span(*row) for row in await connection.execute(query)]

    async def now(self) -> list[Span]:
        """The state each agent is in."""
        c = agent_log.c
        query = sa.select(c.agent_id, c.state, c.reason, c.attempt_id, c.since, c.until).where(c.until.is_(None))
        async with self._database.read() as connection:
            return [Span(*row) for row in await connection.execute(query.order_by(c.agent_id))]


async def _enter(connection: AsyncConnection, entry: Entry) -> None:
    agent_id, state, at, attempt_id, reason = entry
    last = (agent_log.c.agent_id == agent_id) & agent_log.c.until.is_(None)
    await connection.execute(sa.update(agent_log).where(last).values(until=at))
    values = {"agent_id": agent_id, "state": state, "since": at, "attempt_id": attempt_id, "reason": reason}
    await connection.execute(sa.insert(agent_log).values(values))

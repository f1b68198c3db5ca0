"""Attempts: claimed before anything rings, filled in as the call goes on, never without an end."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.core.model import Attempt, Disposition, HungUpBy, NumberState, Outcome
from dialer.record import export
from dialer.record.database import insert_or_skip, serialise
from dialer.record.decisions import write_decision
from dialer.record.outbox import tell_gap, tell_hooks
from dialer.record.schema import attempt, lead, number

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database
    from dialer.record.decisions import DecisionRow

_FIXED = frozenset(
    {"id", "campaign_id", "lead_id", "number_id", "e164", "person", "trunk", "caller_id", "node", "queued_at", "chance"}
)
_CHANGING = {column.name: column for column in attempt.c if column.name not in _FIXED}
_END = frozenset({"ended_at", "outcome", "hung_up_by", "cause", "cause_text", "sip_code"})
_HAPPENED = frozenset(name for name in _CHANGING if name.endswith("_at")) - {"call_back_at"}


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """An attempt as the record has it: what was placed, and what became of it so far."""

    attempt_id: str
    campaign_id: int
    lead_id: int
    number_id: int
    e164: str
    person: str
    name: str
    attributes: dict[str, str]
    owner: str | None
    trunk: str
    caller_id: str
    node: str
    agent_id: str | None
    decision_id: str | None
    chance: float | None
    queued_at: datetime
    sent_at: datetime | None
    progress_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    message_at: datetime | None
    """When the abandoned-call message began."""
    flow_at: datetime | None
    """When the flow of an agentless call began."""
    answers: dict[str, str] | None
    """The digits that were pressed in a flow, by question."""
    unbridged_at: datetime | None
    ended_at: datetime | None
    wrapped_up_at: datetime | None
    opted_out: bool
    cause: int | None
    cause_text: str | None
    sip_code: int | None
    hung_up_by: HungUpBy | None
    outcome: Outcome | None
    number_state: NumberState | None
    """What the network let be heard of the number before anybody answered; None where nobody listened."""
    state_confidence: float | None
    """How sure that is, 0 to 1; the outcome goes by it only from `hearing.confident` on."""
    heard: str | None
    """By what: the announcement's name, or the tone."""
    line_saved_s: float | None
    """What was left of the ringing time when the line was given up early: so much was saved at most."""
    machine_sampled: bool | None
    """True where detection said machine and an agent heard it all the same; None elsewhere."""
    disposition: Disposition | None
    reason: str | None
    note: str | None
    call_back_at: datetime | None
    detail: str | None

    @property
    def placed(self) -> Attempt:
        """The attempt as it was claimed."""
        return Attempt(**{field.name: getattr(self, field.name) for field in fields(Attempt)})


class Attempts:
    """The attempts of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, attempts: Sequence[Attempt], node: str, because: DecisionRow | None = None) -> list[Attempt]:
        """Write each attempt before its phone rings, and return those that may be placed; with the decision for them.

        One is left out where a call to the same number, lead or person is open: whoever claimed first, on whatever
        node, has it. When this returns the rows are on disk.
        """
        if not attempts:
            return []
        rows = [{**_claimed(one), "node": node, "opted_out": False} for one in attempts]
        async with self._database.write() as connection:
            # One claim at a time: two that want the same leads in another order would wait for each other for ever.
            await serialise(connection, "claim")
            if because is not None:
                await write_decision(connection, because)
            insert = insert_or_skip(connection, attempt).returning(attempt.c.id)
            ids = set(await connection.scalars(insert, rows))
            won = [one for one in attempts if one.attempt_id in ids]
            for table, touched in ((lead, [one.lead_id for one in won]), (number, [one.number_id for one in won])):
                more = sa.update(table).where(table.c.id.in_(touched)).values(attempts=table.c.attempts + 1)
                await connection.execute(more)
        return won

    async def update(self, attempt_id: str, **values: Any) -> None:
        """Fill in what became of an attempt; see `update_many`."""
        await self.update_many({attempt_id: values})

    async def update_many(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        """Fill in many attempts in one transaction; ValueError for a column that may not change.

        How an attempt ended is told once, and the first telling stands; a moment that is None is not known and erases
        nothing. NotFoundError names attempts that do not exist, after all others are written.
        """
        async with self._database.write() as connection:
            unknown = await change_rows(connection, changes)
        if unknown:
            raise NotFoundError(f"there is no attempt {', '.join(unknown)}")

    async def get(self, attempt_id: str) -> AttemptRow:
        """One attempt; NotFoundError if there is none."""
        found = await self._rows(attempt.c.id == attempt_id)
        if not found:
            raise NotFoundError(f"there is no attempt {attempt_id}")
        return found[0]

    async def open_attempts(self, node: str | None = None) -> list[AttemptRow]:
        """Those without an end, of one node or of all, oldest first: what a restart must settle."""
        condition = attempt.c.ended_at.is_(None)
        return await self._rows(condition if node is None else condition & (attempt.c.node == node))

    async def of_campaign(self, campaign_id: int) -> list[AttemptRow]:
        """All attempts of a campaign, oldest first."""
        return await self._rows(attempt.c.campaign_id == campaign_id)

    async def gap(self, attempt_id: str, at: datetime) -> None:
        """A wrap-up ran out with nothing recorded; where the agent's word came in the same moment, it stands."""
        nothing = {"disposition": Disposition.NOT_RECORDED, "wrapped_up_at": at}
        unsaid = (attempt.c.id == attempt_id) & attempt.c.disposition.is_(None)
        async with self._database.write() as connection:
            if (await connection.execute(sa.update(attempt).where(unsaid).values(nothing))).rowcount:
                await tell_gap(connection, attempt_id, at)

    async def outcomes(self, campaign_id: int) -> dict[Outcome, int]:
        """How many ended attempts had each outcome; outcomes that nobody had are left out."""
        query = (
            sa.select(attempt.c.outcome, sa.func.count())
            .where(attempt.c.campaign_id == campaign_id, attempt.c.ended_at.is_not(None))
            .group_by(attempt.c.outcome)
        )
        async with self._database.read() as connection:
            return {outcome: count for outcome, count in await connection.execute(query)}  # noqa: C416

    async def answer_to_bridge_ms(self, campaign_id: int) -> list[float]:
        """How long each bridged customer waited for the agent, in milliseconds, shortest first."""
        query = sa.select(attempt.c.answered_at, attempt.c.bridged_at).where(
            attempt.c.campaign_id == campaign_id, attempt.c.answered_at.is_not(None), attempt.c.bridged_at.is_not(None)
        )
        async with self._database.read() as connection:
            rows = await connection.execute(query)
            return sorted((bridged - answered).total_seconds() * 1000 for answered, bridged in rows)

    async def latest(
        self, campaign_id: int | None = None, *, lead_id: int | None = None, limit: int = 100
    ) -> list[AttemptRow]:
        """The newest attempts, newest first: of one campaign or all, of one lead or all."""
        of_campaign = sa.true() if campaign_id is None else attempt.c.campaign_id == campaign_id
        of_lead = sa.true() if lead_id is None else attempt.c.lead_id == lead_id
        query = _rows_where(of_campaign & of_lead).order_by(attempt.c.queued_at.desc(), attempt.c.id.desc())
        async with self._database.read() as connection:
            return [AttemptRow(**row) for row in (await connection.execute(query.limit(limit))).mappings()]

    def export(self, campaign_id: int | None = None, *, full_numbers: bool = False) -> AsyncIterator[dict[str, Any]]:
        """Every attempt with all that belongs to it, ready for JSON; see `export.export`."""
        return export.export(self._database, campaign_id, full_numbers=full_numbers)

    async def _rows(self, condition: sa.ColumnElement[bool]) -> list[AttemptRow]:
        async with self._database.read() as connection:
            return await load_rows(connection, condition)


async def load_rows(connection: AsyncConnection, condition: sa.ColumnElement[bool]) -> list[AttemptRow]:
    """The attempts of which it is true, oldest first."""
    query = _rows_where(condition).order_by(attempt.c.queued_at, attempt.c.id)
    return [AttemptRow(**row) for row in (await connection.execute(query)).mappings()]


def _rows_where(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    columns = [column.label("attempt_id") if column.name == "id" else column for column in attempt.c]
    return (
        sa.select(*columns, lead.c.name, lead.c.attributes, lead.c.owner)
        .join(lead, lead.c.id == attempt.c.lead_id)
        .where(condition)
    )


async def change_rows(connection: AsyncConnection, changes: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Fill in many attempts, as `Attempts.update_many` says; returns the ids of those that do not exist."""
    unknown = []
    await tell_hooks(connection, changes)
    for attempt_id in sorted(changes):  # one order for all writers: no two wait for each other
        values = _changed(changes[attempt_id])
        if not values:
            continue
        change = sa.update(attempt).where(attempt.c.id == attempt_id).values(values)
        if (await connection.execute(change)).rowcount == 0:
            unknown.append(attempt_id)
    return unknown


def _claimed(one: Attempt) -> dict[str, Any]:
    values = {field.name: getattr(one, field.name) for field in fields(one) if field.name in attempt.c}
    return {**values, "id": one.attempt_id}


def _changed(values: Mapping[str, Any]) -> dict[str, Any]:
    if unfit := sorted(values.keys() - _CHANGING.keys()):
        raise ValueError(f"not a column of an attempt that may change: {', '.join(unfit)}")
    known = {name: value for name, value in values.items() if value is not None or name not in _HAPPENED}
    return {name: _first_stands(name, value) if name in _END else value for name, value in known.items()}


def _first_stands(name: str, value: Any) -> sa.ColumnElement[Any]:
    column = _CHANGING[name]
    return sa.case((attempt.c.ended_at.is_(None), sa.bindparam(None, value, type_=column.type)), else_=column)

"""The ends of attempts: what must be known to decide what follows, and all that follows, each in one transaction."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.eligibility import SentCall
from dialer.core.retry import Finish, Retry
from dialer.record.attempts import AttemptRow, change_rows, load_rows
from dialer.record.confirmations import carry_over
from dialer.record.facts import load_leads
from dialer.record.leads import finished, rescheduled
from dialer.record.schema import attempt, lead, number

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.core.model import Lead, Outcome
    from dialer.record.confirmations import Confirmation
    from dialer.record.database import Database


_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Known:
    """An attempt, its lead, the outcomes of the lead's ended attempts, oldest first, and which of these were sent."""

    row: AttemptRow
    lead: Lead
    history: tuple[Outcome, ...]
    sent: tuple[SentCall, ...] = ()


@dataclass(frozen=True, slots=True)
class Settled:
    """What is written to an attempt, and what is due for its lead after it.

    `own_fault`: it was our doing or withdrawn, and uses up none of the lead's lifetime.
    """

    attempt_id: str
    values: Mapping[str, Any]
    lead_id: int
    number_id: int
    step: Retry | Finish
    own_fault: bool = False


class Closings:
    """The ends of attempts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, attempt_ids: Collection[str]) -> dict[str, Known]:
        """What is known of these attempts, by id; those that do not exist are left out."""
        if not attempt_ids:
            return {}
        async with self._database.read() as connection:
            rows = await load_rows(connection, attempt.c.id.in_(attempt_ids))
            lead_ids = [row.lead_id for row in rows]
            leads = {one.lead_id: one for one in await load_leads(connection, lead_ids)}
            histories = await _histories(connection, lead_ids)
        return {row.attempt_id: Known(row, leads[row.lead_id], *histories[row.lead_id]) for row in rows}

    async def busiest_hour(self, campaign_id: int) -> int:
        """The most attempts of one clock hour in the day that ends with the last attempt; 0 where there was none."""
        c = attempt.c
        last = sa.select(sa.func.max(c.queued_at, type_=c.queued_at.type)).where(c.campaign_id == campaign_id)
        async with self._database.read() as connection:
            latest = await connection.scalar(last)
            if latest is None:
                return 0
            hour = sa.func.substr(sa.cast(c.queued_at, sa.Text), 1, len("2026-11-23 10"))
            within = (c.campaign_id == campaign_id) & (c.queued_at > latest - _A_DAY)
            counts = sa.select(sa.func.count().label("calls")).where(within).group_by(hour).subquery()
            return int(await connection.scalar(sa.select(sa.func.max(counts.c.calls))) or 0)

    async def write(
        self,
        changes: Mapping[str, Mapping[str, Any]],
        settled: Sequence[Settled],
        confirmations: Sequence[Confirmation] = (),
    ) -> list[str]:
        """Fill in what became of attempts (see `Attempts.update_many`), and settle those that are over; all or nothing.

        With the second calls that one of them asks for. Returns the ids of the changes that have no attempt.
        """
        if not changes and not settled:
            return []
        async with self._database.write() as connection:
            unknown = await change_rows(connection, changes)
            for one in settled:
                await _settle(connection, one)
            await change_rows(connection, {one.attempt_id: one.values for one in settled})
            for confirmation in confirmations:
                await carry_over(connection, confirmation)
        return unknown


async def _histories(
    connection: AsyncConnection, lead_ids: Sequence[int]
) -> dict[int, tuple[tuple[Outcome, ...], tuple[SentCall, ...]]]:
    c = attempt.c
    query = (
        sa.select(c.lead_id, c.outcome, c.e164, c.person, c.sent_at)
        .where(c.lead_id.in_(lead_ids), c.ended_at.is_not(None))
        .order_by(c.ended_at, c.id)
    )
    outcomes: defaultdict[int, list[Outcome]] = defaultdict(list)
    sent: defaultdict[int, list[SentCall]] = defaultdict(list)
    for lead_id, outcome, e164, person, sent_at in await connection.execute(query):
        outcomes[lead_id].append(outcome)
        if sent_at is not None:
            sent[lead_id].append(SentCall(e164, lead_id, person, sent_at))
    return {one: (tuple(outcomes[one]), tuple(sent[one])) for one in lead_ids}


async def _settle(connection: AsyncConnection, one: Settled) -> None:
    step = one.step
    if step.dead_number:
        await connection.execute(sa.update(number).where(number.c.id == one.number_id).values(dead=True))
    if isinstance(step, Retry):
        values = rescheduled(step.due_at, step.number_id, step.because)
    else:
        values = finished(step.because)
    if one.own_fault:
        values["attempts"] = sa.case((lead.c.attempts > 0, lead.c.attempts - 1), else_=0)
    await connection.execute(sa.update(lead).where(lead.c.id == one.lead_id).values(values))

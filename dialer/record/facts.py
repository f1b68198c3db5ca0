"""Reads what eligibility must know of leads: the lead, its calls of late over all campaigns, and who may not be called.

Every query here takes many leads at once, so that a look at a thousand candidates is four questions, not four thousand.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dialer.core.eligibility import Facts, SentCall
from dialer.core.model import Lead, NumberRef
from dialer.record.schema import attempt, do_not_call, lead, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

REACH = timedelta(days=32)
"""How far back calls count: caps span at most 31 local days, and the local day is up to 14 hours from ours."""


class _Called(NamedTuple):
    """An attempt that was sent of late, or is open now."""

    attempt_id: str
    call: SentCall
    sent: bool
    open: bool


async def load_facts(connection: AsyncConnection, lead_ids: Sequence[int], now: datetime) -> list[Facts]:
    """The facts of these leads, in the order of their ids as given; ids that do not exist are left out."""
    leads = await load_leads(connection, lead_ids)
    calls = await _calls(connection, leads, now)
    listed = await _listed(connection, leads)
    by_lead, by_person, by_number = _indexed(calls)
    found = []
    for one in leads:
        numbers = {reference.e164 for reference in one.numbers}
        touching = {call.attempt_id: call for call in (*by_lead[one.lead_id], *by_person[one.person])}
        touching.update((call.attempt_id, call) for e164 in numbers for call in by_number[e164])
        ordered = sorted(touching.values(), key=lambda called: called.call.at)
        sent = tuple(called.call for called in ordered if called.sent)
        found.append(Facts(one, any(called.open for called in ordered), listed & numbers, sent))
    return found


async def load_leads(connection: AsyncConnection, lead_ids: Sequence[int]) -> list[Lead]:
    """The leads with their numbers, in the order of their ids as given."""
    numbers: defaultdict[int, list[NumberRef]] = defaultdict(list)
    query = sa.select(number).where(number.c.lead_id.in_(lead_ids)).order_by(number.c.lead_id, number.c.position)
    for row in await connection.execute(query):
        reference = NumberRef(row.id, row.e164, tuple(row.time_zones), row.position, row.attempts, row.dead)
        numbers[row.lead_id].append(reference)
    rows = await connection.execute(sa.select(lead).where(lead.c.id.in_(lead_ids)))
    found = {row.id: _lead(row, tuple(numbers[row.id])) for row in rows}
    return [found[lead_id] for lead_id in lead_ids if lead_id in found]


def _lead(row: sa.Row[*tuple[object, ...]], numbers: tuple[NumberRef, ...]) -> Lead:
    return Lead(
        lead_id=row.id,
        campaign_id=row.campaign_id,
        key=row.key,
        person=row.person,
        name=row.name,
        numbers=numbers,
        attributes=row.attributes,
        priority=row.priority,
        owner=row.owner,
        state=row.state,
        finished_because=row.finished_because,
        due_at=row.due_at,
        due_number_id=row.due_number_id,
        attempts=row.attempts,
    )


async def _calls(connection: AsyncConnection, leads: Sequence[Lead], now: datetime) -> list[_Called]:
    """Attempts that were sent within reach or are open, and share a lead, a person or a number with these leads."""
    c = attempt.c
    columns = (c.id, c.e164, c.lead_id, c.person, c.queued_at, c.sent_at, c.ended_at)
    of_late = (c.sent_at >= now - REACH) | c.ended_at.is_(None)
    shared = (
        c.lead_id.in_([one.lead_id for one in leads]),
        c.person.in_([one.person for one in leads]),
        c.e164.in_([reference.e164 for one in leads for reference in one.numbers]),
    )
    # Three questions, each on an index of its own, instead of one OR that may end up reading the whole table.
    query = sa.union(*(sa.select(*columns).where(condition, of_late) for condition in shared))
    return [
        _Called(
            row.id,
            SentCall(row.e164, row.lead_id, row.person, row.sent_at or row.queued_at),
            row.sent_at is not None,
            row.ended_at is None,
        )
        for row in await connection.execute(query)
    ]


async def _listed(connection: AsyncConnection, leads: Sequence[Lead]) -> frozenset[str]:
    numbers = [reference.e164 for one in leads for reference in one.numbers]
    return await load_listed(connection, numbers)


async def load_listed(connection: AsyncConnection, numbers: Sequence[str]) -> frozenset[str]:
    """Which of these numbers are on the do-not-call list."""
    query = sa.select(do_not_call.c.e164).where(do_not_call.c.e164.in_(numbers))
    return frozenset(await connection.scalars(query))


def _indexed(
    calls: Iterable[_Called],
) -> tuple[defaultdict[int, list[_Called]], defaultdict[str, list[_Called]], defaultdict[str, list[_Called]]]:
    """The calls by lead, by person and by number."""
    by_lead: defaultdict[int, list[_Called]] = defaultdict(list)
    by_person: defaultdict[str, list[_Called]] = defaultdict(list)
    by_number: defaultdict[str, list[_Called]] = defaultdict(list)
    for called in calls:
        by_lead[called.call.lead_id].append(called)
        by_person[called.call.person].append(called)
        by_number[called.call.e164].append(called)
    return by_lead, by_person, by_number

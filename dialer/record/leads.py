"""Leads: which are to be called next, what is known of one, and what became of its turn."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.errors import NotFoundError
from dialer.core.model import Hold, LeadState
from dialer.record import imports
from dialer.record.facts import load_facts
from dialer.record.schema import attempt, lead, number

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.core.eligibility import Facts
    from dialer.core.model import Lead
    from dialer.intake import Accepted, Rejected
    from dialer.record.database import Database

_CHUNK = 500
_WOKEN_AT_ONCE = 5000
"""About a tenth of a second of writing."""
_MOST_MOMENTS = 500
"""Of which it is counted who sleeps until then: retries at full hours come first."""
_ID = re.compile(r"[1-9][0-9]{0,17}")
_NOT_HELD = {"hold": None, "held_until": None}
_UNFINISHED = {"state": LeadState.WAITING, "finished_because": None}
_SHORTEST_TAIL = 7
"""Fewer digits than this would match half of the numbers there are."""


class Leads:
    """The leads of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(
        self,
        campaign_id: int,
        list_name: str,
        source: str,
        batch: Iterable[Accepted | Rejected],
        now: datetime,
        progress: Callable[[int], None] | None = None,
        *,
        standing: bool = False,
    ) -> imports.ImportReport:
        """Import a list into a campaign; see `imports.store`."""
        return await imports.store(
            self._database, campaign_id, list_name, source, batch, now, progress, standing=standing
        )

    async def candidates(self, campaign_id: int, now: datetime, limit: int, after: Lead | None = None) -> list[Facts]:
        """The leads to look at next, best first: due, not held and with no open attempt of their own.

        With `after`, the last one of an earlier look: those of a higher priority than it has, then those that follow
        it in its own, and at their end from the front again. So whoever picks some of them by an order of its own sees
        all in turn, not for ever those whom it left standing.

        One whose person or number is being called for another lead is among them, as `in_flight`: it is to be held.
        """
        overslept = (lead.c.campaign_id == campaign_id) & (lead.c.held_until <= now)
        async with self._database.read() as connection:
            if await connection.scalar(sa.select(lead.c.id).where(overslept).limit(1)) is None:
                return await _best(connection, campaign_id, now, limit, after)
        await self._wake(overslept)
        async with self._database.read() as connection:
            return await _best(connection, campaign_id, now, limit, after)

    async def waiting_facts(self, campaign_id: int, now: datetime, limit: int) -> AsyncIterator[Facts]:
        """All leads of a campaign that are not finished, due or not, up to `limit`; for telling why they wait."""
        after, left = 0, limit
        while left > 0:
            query = (
                sa.select(lead.c.id)
                .where(lead.c.campaign_id == campaign_id, _waiting(), lead.c.id > after)
                .order_by(lead.c.id)
                .limit(min(left, _CHUNK))
            )
            async with self._database.read() as connection:
                lead_ids = (await connection.scalars(query)).all()
                facts = await load_facts(connection, lead_ids, now)
            if not lead_ids:
                return
            for one in facts:
                yield one
            after, left = lead_ids[-1], left - len(lead_ids)

    async def facts(self, lead_id: int, now: datetime) -> Facts:
        """What is known of one lead; NotFoundError if there is none."""
        found = await self.facts_of([lead_id], now)
        if not found:
            raise NotFoundError(f"there is no lead {lead_id}")
        return found[lead_id]

    async def facts_of(self, lead_ids: Sequence[int], now: datetime) -> dict[int, Facts]:
        """What is known of these leads, by id; those that do not exist are left out."""
        async with self._database.read() as connection:
            return {facts.lead.lead_id: facts for facts in await load_facts(connection, lead_ids, now)}

    async def due_because(self, lead_id: int) -> str | None:
        """Why a lead is due when it is, as was said when its last attempt had ended; None where nothing was."""
        async with self._database.read() as connection:
            because: str | None = await connection.scalar(sa.select(lead.c.due_because).where(lead.c.id == lead_id))
            return because

    async def due_counts(self, campaign_id: int, begin: datetime, end: datetime) -> dict[datetime, int]:
        """How many leads sleep until which moment from `begin` up to `end`: of the moments that many share."""
        c, many = lead.c, sa.func.count().label("leads")
        query = (
            sa.select(c.held_until, many)
            .where(c.campaign_id == campaign_id, c.held_until >= begin, c.held_until < end)
            .where(c.hold == Hold.RETRY_NOT_DUE)
            .group_by(c.held_until)
            .order_by(many.desc())
            .limit(_MOST_MOMENTS)
        )
        async with self._database.read() as connection:
            return {row.held_until: row.leads for row in await connection.execute(query)}

    async def find(self, text: str) -> list[int]:
        """The ids of the leads that go by this id, key or number (in full, or its last seven digits or more)."""
        wanted = text.strip()
        digits = "".join(character for character in wanted if character in "0123456789")
        conditions = [lead.c.key == wanted]
        if _ID.fullmatch(wanted):
            conditions.append(lead.c.id == int(wanted))
        if len(digits) >= _SHORTEST_TAIL:
            by_number = sa.select(number.c.lead_id).where(number.c.e164.endswith(digits, autoescape=True))
            conditions.append(lead.c.id.in_(by_number))
        async with self._database.read() as connection:
            return list(await connection.scalars(sa.select(lead.c.id).where(sa.or_(*conditions)).order_by(lead.c.id)))

    async def reschedule(self, lead_id: int, due_at: datetime, number_id: int | None = None) -> None:
        """To be called again from `due_at`, on this number if one is given; until then the lead sleeps."""
        await self._change(lead_id, rescheduled(due_at, number_id))

    async def finish(self, lead_id: int, because: str) -> None:
        """Nothing more is due; `because` says why."""
        await self._change(lead_id, finished(because))

    async def hold(self, held: Mapping[int, tuple[Hold, datetime]]) -> None:
        """Leave these leads out of `candidates` until then, because of what holds them; their due times stay.

        Without it, leads that may not be called yet would stand in front of all that may.
        """
        values = [{"of_lead": lead_id, "why": why, "moment": moment} for lead_id, (why, moment) in sorted(held.items())]
        if not values:
            return
        noted = {
            "hold": sa.bindparam("why", type_=lead.c.hold.type),
            "held_until": sa.bindparam("moment", type_=lead.c.held_until.type),
        }
        async with self._database.write() as connection:
            await connection.execute(sa.update(lead).where(lead.c.id == sa.bindparam("of_lead")).values(noted), values)

    async def release(self, campaign_id: int) -> None:
        """Look at every lead again, because what held them may have changed: the law, the calendar, the plan.

        Some at a time, so that calls are written in between; whoever is due later sleeps on.
        """
        held = (lead.c.hold != Hold.RETRY_NOT_DUE) & lead.c.held_until.is_not(None)
        while await self._wake(held & (lead.c.campaign_id == campaign_id)) == _WOKEN_AT_ONCE:
            pass

    async def _wake(self, condition: sa.ColumnElement[bool]) -> int:
        """Wake some of those of whom it is true, the best of those that slept longest past it first; how many."""
        first = sa.select(lead.c.id).where(condition).order_by(lead.c.held_until, lead.c.priority.desc())
        async with self._database.write() as connection:
            some = lead.c.id.in_(first.limit(_WOKEN_AT_ONCE).scalar_subquery())
            return (await connection.execute(sa.update(lead).where(some).values(_NOT_HELD))).rowcount

    async def kill_number(self, number_id: int) -> None:
        """Never dial this number again for its lead."""
        async with self._database.write() as connection:
            changed = await connection.execute(sa.update(number).where(number.c.id == number_id).values(dead=True))
            if changed.rowcount == 0:
                raise NotFoundError(f"there is no number {number_id}")

    async def _change(self, lead_id: int, values: Mapping[str, object]) -> None:
        async with self._database.write() as connection:
            changed = await connection.execute(sa.update(lead).where(lead.c.id == lead_id).values(values))
            if changed.rowcount == 0:
                raise NotFoundError(f"there is no lead {lead_id}")


def rescheduled(due_at: datetime, number_id: int | None, because: str | None = None) -> dict[str, Any]:
    """A lead that is to be called again from then on, because of this; until then it sleeps."""
    asleep = {"hold": Hold.RETRY_NOT_DUE, "held_until": due_at}
    return {**asleep, **_UNFINISHED, "due_at": due_at, "due_number_id": number_id, "due_because": because}


def finished(because: str) -> dict[str, Any]:
    """A lead for which nothing more is due."""
    over = {"due_at": None, "due_number_id": None, "due_because": None}
    return {**_NOT_HELD, **over, "state": LeadState.FINISHED, "finished_because": because}


def due_query(campaign_id: int, now: datetime, limit: int) -> sa.Select[int]:
    """The leads to look at next, in the order of the index ix_lead_awake."""
    open_attempt = sa.exists().where(attempt.c.lead_id == lead.c.id, attempt.c.ended_at.is_(None))
    return (
        sa.select(lead.c.id)
        .where(lead.c.campaign_id == campaign_id, _waiting(), lead.c.due_at <= now)
        .where(lead.c.held_until.is_(None))
        .where(~open_attempt)
        .order_by(lead.c.priority.desc(), lead.c.due_at, lead.c.id)
        .limit(limit)
    )


def after_queries(campaign_id: int, now: datetime, limit: int, after: Lead) -> list[sa.Select[int]]:
    """Those of a higher priority than a lead's, and then those of its own that follow it, all on the same index.

    The latter in two: those that are due with it (a whole list may be), then those due later. SQLite does not find the
    place of a pair in an index whose first half is bounded twice.
    """
    query, c = due_query(campaign_id, now, limit), lead.c
    alike = query.where(c.priority == after.priority)
    return [
        query.where(c.priority > after.priority),
        alike.where(c.due_at == after.due_at, c.id > after.lead_id),
        alike.where(c.due_at > after.due_at),
    ]


async def _best(
    connection: AsyncConnection, campaign_id: int, now: datetime, limit: int, after: Lead | None
) -> list[Facts]:
    walk = [] if after is None else after_queries(campaign_id, now, limit, after)
    found: dict[int, None] = {}
    for query in (*walk, due_query(campaign_id, now, limit)):
        if len(found) < limit:
            found.update(dict.fromkeys(await connection.scalars(query)))
    return await load_facts(connection, list(found)[:limit], now)


def _waiting() -> sa.ColumnElement[bool]:
    """Written out in the query, not bound: only so can the databases see that the partial index fits."""
    return lead.c.state == sa.literal_column(f"'{LeadState.WAITING}'")

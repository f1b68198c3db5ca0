"""The feedback list: numbers that are no customers' any more, told to whoever supplied the leads so that they mend it.

Read in pages of leads, each by itself, so that a long list never keeps a transaction open beside the calls.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dialer.core.model import NumberState, Outcome
from dialer.core.outcome import behind
from dialer.record.schema import attempt, lead, lead_list

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.record.database import Database

_LEADS_AT_ONCE = 500
_TOLD = (Outcome.INVALID, Outcome.SUSPENDED)
_REACHED = (Outcome.ANSWERED, Outcome.ABANDONED, Outcome.MACHINE, Outcome.BUSY, Outcome.NO_ANSWER, Outcome.REJECTED)
"""What only a number that exists and is served can come to."""


class DeadNumber(NamedTuple):
    """A number of the feedback list, with the lead it came with."""

    list_name: str
    source: str
    """The file it came in, and the row in it."""
    row: int
    key: str
    e164: str
    state: NumberState
    """INVALID, SUSPENDED or CHANGED_NUMBER: the last word on it."""
    times: int
    """How often that was said, with nothing to the contrary since."""
    last_at: datetime
    by: str
    """What the last word was: the announcement that was heard, else the network's code."""


class _Said(NamedTuple):
    list_name: str
    source: str
    row: int
    key: str
    lead_id: int
    number_id: int
    e164: str
    outcome: Outcome
    state: NumberState | None
    heard: str | None
    sip_code: int | None
    cause: int | None
    at: datetime


class Feedback:
    """The dead numbers of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def dead(
        self, campaign_id: int, *, since: datetime | None = None, lists: Iterable[int] | None = None
    ) -> AsyncIterator[DeadNumber]:
        """The numbers of a campaign that are dead by their last call, in the order of their leads.

        `since`: only by calls that were queued since then; `lists`: only of these imports.
        """
        for list_id in await self._lists(campaign_id, lists):
            last = 0
            while True:
                async with self._database.read() as connection:
                    ids = list(await connection.scalars(page_query(list_id, last)))
                    said = await _said(connection, ids, since) if ids else []
                for _number, calls in groupby(said, key=lambda one: (one.lead_id, one.number_id)):
                    if number := _judged(list(calls)):
                        yield number
                if len(ids) < _LEADS_AT_ONCE:
                    break
                last = ids[-1]

    async def _lists(self, campaign_id: int, lists: Iterable[int] | None) -> list[int]:
        c = lead_list.c
        query = sa.select(c.id).where(c.campaign_id == campaign_id).order_by(c.id)
        if lists is not None:
            query = query.where(c.id.in_(list(lists)))
        async with self._database.read() as connection:
            return list(await connection.scalars(query))


def page_query(list_id: int, after: int) -> sa.Select[int]:
    """The next leads of a list that were called, by their ids."""
    c = lead.c
    called = sa.select(c.id).where(c.list_id == list_id, c.id > after, c.attempts > 0)
    return called.order_by(c.id).limit(_LEADS_AT_ONCE)


async def _said(connection: AsyncConnection, ids: list[int], since: datetime | None) -> list[_Said]:
    """What was said of those of these leads who have a dead number, as far as it bears on that, in its order."""
    c, of_list = attempt.c, lead_list.c
    of_time = sa.true() if since is None else c.queued_at >= since
    told = sa.select(c.lead_id).distinct().where(c.lead_id.in_(ids), c.outcome.in_(_TOLD), of_time)
    leads = list(await connection.scalars(told))
    if not leads:
        return []
    query = (
        sa.select(of_list.name, of_list.source, lead.c.row, lead.c.key, c.lead_id, c.number_id, c.e164)
        .add_columns(c.outcome, c.number_state, c.heard, c.sip_code, c.cause, c.queued_at)
        .join(lead, lead.c.id == c.lead_id)
        .join(lead_list, of_list.id == lead.c.list_id)
        .where(c.lead_id.in_(leads), c.outcome.in_((*_TOLD, *_REACHED)), of_time)
        .order_by(c.lead_id, c.number_id, c.queued_at, c.id)
    )
    return [_Said(*row) for row in await connection.execute(query)]


def _judged(calls: list[_Said]) -> DeadNumber | None:
    """The number's row, if its last call says that it is dead."""
    last = calls[-1]
    state = _state(last)
    if state is None:
        return None
    times = 0
    for call in reversed(calls):
        if _state(call) is not state:
            break
        times += 1
    return DeadNumber(
        last.list_name, last.source, last.row, last.key, last.e164, state, times, last.at, _told_by(last, state)
    )


def _state(said: _Said) -> NumberState | None:
    """The outcome goes by what was heard only where that is certain, and then it tells more exactly."""
    if said.outcome not in _TOLD:
        return None
    return behind(said.outcome, said.state) or NumberState(said.outcome.value)


def _told_by(said: _Said, state: NumberState) -> str:
    if said.state is state and said.heard:
        return f"heard: {said.heard}"
    if said.sip_code:
        return f"SIP {said.sip_code}"
    return f"Q.850 cause {said.cause}" if said.cause else "no code"

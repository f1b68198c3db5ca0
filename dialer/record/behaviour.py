"""How customers and agents have behaved: the times of calls and of agents' states, what retries and talks came to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from dialer.core.model import AgentState, Disposition, LeadState, Outcome
from dialer.record.schema import agent_log, attempt, lead

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.record.database import Database

MOST_CALLS = 200_000
"""The newest of a campaign: more would say nothing new, and take memory."""
_OWN_FAULTS = (Outcome.CANCELLED, Outcome.FAILED)
_QUEUED_FOR = timedelta(hours=1)
"""No call waits longer than that before it is sent; the index is on the time at which it was queued."""


class CallTimes(NamedTuple):
    """A call that was sent and is over, without a word of whom it was to."""

    sent_at: datetime
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    unbridged_at: datetime | None
    ended_at: datetime
    wrapped_up_at: datetime | None
    outcome: Outcome
    disposition: Disposition | None
    detail: str | None


class Spent(NamedTuple):
    """An agent's time in one state; `until` is None while it lasts. `ours`: none, or the campaign's own call."""

    agent_id: str
    state: AgentState
    attempt_id: str | None
    since: datetime
    until: datetime | None
    ours: bool


class Try(NamedTuple):
    """The n-th calls of leads who had not been reached by an earlier one, and how many of these calls reached them."""

    number: int
    leads: int
    reached: int


class Results(NamedTuple):
    """What came of talks with persons; `waiting` are the leads that are still to be called."""

    talks: int
    agreed: int
    waiting: int


class Behaviour:
    """What the record knows of how people behave."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def calls(self, campaign_id: int, since: datetime) -> list[CallTimes]:
        """The calls of a campaign that were sent since then and are over, newest first, MOST_CALLS at most."""
        c = attempt.c
        columns = [c[name] for name in CallTimes._fields]
        query = (
            sa.select(*columns)
            .where(_sent(campaign_id, since), c.ended_at.is_not(None))
            .order_by(c.queued_at.desc(), c.id.desc())
            .limit(MOST_CALLS)
        )
        async with self._database.read() as connection:
            return [CallTimes(*row) for row in await connection.execute(query)]

    async def spent(self, campaign_id: int, since: datetime) -> list[Spent]:
        """All that those agents did since then who had a call of this campaign since then, by agent and time."""
        c = agent_log.c
        took_part = sa.select(attempt.c.agent_id).where(_sent(campaign_id, since), attempt.c.agent_id.is_not(None))
        ours = c.attempt_id.is_(None) | (attempt.c.campaign_id == campaign_id)
        query = (
            sa.select(c.agent_id, c.state, c.attempt_id, c.since, c.until, sa.func.coalesce(ours, sa.false()))
            .outerjoin(attempt, attempt.c.id == c.attempt_id)
            .where(c.agent_id.in_(took_part), c.until.is_(None) | (c.until > since))
            .order_by(c.agent_id, c.since, c.id)
        )
        async with self._database.read() as connection:
            return [Spent(*row) for row in await connection.execute(query)]

    async def tries(self, campaign_id: int, since: datetime) -> list[Try]:
        """Of the calls sent since then, how many were a lead's first, second, ... and reached a person.

        Calls before `since` are counted in the numbering; our own faults are none, and a lead who was reached once is
        left out from then on. Abandoned calls have reached somebody.
        """
        c = attempt.c
        machine = c.disposition == Disposition.MACHINE
        person = c.outcome.in_((Outcome.ANSWERED, Outcome.ABANDONED)) & ~sa.func.coalesce(machine, sa.false())
        reached = sa.case((person, 1), else_=0)
        order = (c.sent_at, c.id)
        until_now = sa.func.sum(reached).over(partition_by=c.lead_id, order_by=order, rows=(None, 0))
        numbered = (
            sa.select(
                c.sent_at,
                reached.label("reached"),
                sa.func.row_number().over(partition_by=c.lead_id, order_by=order).label("number"),
                (until_now - reached).label("earlier"),
            )
            .where(c.campaign_id == campaign_id, c.sent_at.is_not(None), c.ended_at.is_not(None))
            .where(c.outcome.not_in(_OWN_FAULTS))
            .subquery()
        )
        n = numbered.c
        query = (
            sa.select(n.number, sa.func.count(), sa.func.sum(n.reached))
            .where(n.earlier == 0, n.sent_at >= since)
            .group_by(n.number)
            .order_by(n.number)
        )
        async with self._database.read() as connection:
            return [Try(*row) for row in await connection.execute(query)]

    async def results(self, campaign_id: int, since: datetime) -> Results:
        """Talks that began since then, those of them that came to an agreement, and the leads that wait."""
        c = attempt.c
        machine = c.disposition == Disposition.MACHINE
        talks = sa.select(sa.func.count(), sa.func.count().filter(c.disposition == Disposition.AGREED)).where(
            c.campaign_id == campaign_id, c.bridged_at >= since, ~sa.func.coalesce(machine, sa.false())
        )
        waiting = sa.select(sa.func.count()).where(lead.c.campaign_id == campaign_id, lead.c.state == LeadState.WAITING)
        async with self._database.read() as connection:
            began, agreed = (await connection.execute(talks)).one()
            return Results(began, agreed, (await connection.execute(waiting)).scalar_one())


def _sent(campaign_id: int, since: datetime) -> sa.ColumnElement[bool]:
    """The campaign's calls that were sent since then."""
    c = attempt.c
    return (c.campaign_id == campaign_id) & (c.queued_at >= since - _QUEUED_FOR) & (c.sent_at >= since)

"""What a campaign's calls came to, counted by list, prefix, hour, day, trunk, caller id and agent.

A local day at a time, so that no transaction stays open for long beside the calls; on the index of a campaign's
attempts by the time at which they were queued.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from dialer.core.causes import LEAST_CALLS, Counts
from dialer.core.cube import DROPPED_S, LONG_TALK_S, SHORT_RING_S, By, Calls, Cell, Cube
from dialer.core.errors import NotFoundError
from dialer.core.model import Disposition, HungUpBy, NumberState, Outcome
from dialer.core.outcome import BY_STATE
from dialer.record.audit import AuditLine, add_line
from dialer.record.schema import attempt, audit, campaign, lead, lead_list

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from dialer.record.database import Database

DEAD_OUTCOMES = (Outcome.INVALID, Outcome.SUSPENDED, Outcome.POWERED_OFF)
"""Whether by a code or by what was heard: an outcome goes by what was heard only where that is certain."""
_TURNED_AWAY = (Outcome.CONGESTION, Outcome.FAILED, Outcome.REJECTED)
_CUT_SHORT = (Outcome.NO_ANSWER, Outcome.UNREACHABLE)
_ROWS_AT_ONCE = 500
"""Rows are taken over in so many at a time: all at once would hold up the calls for tens of milliseconds."""
_MOST_SEGMENTS = 2000
FOUND = "quality finding"
"""What the audit calls a finding."""


class Asked(NamedTuple):
    """Whose calls are counted, from when until when, and where the campaign is at home."""

    campaign_id: int
    since: datetime | None
    """None: from its first call on."""
    until: datetime
    zone: ZoneInfo
    """Days and hours are local to it."""
    country_code: str
    """Prefixes are counted in digits behind it."""


class ListRow(NamedTuple):
    """An import of a campaign; `prime_since` as in the schema."""

    list_id: int
    name: str
    source: str
    prime_since: datetime | None


def chosen(lists: Sequence[ListRow], source: str | None) -> list[int] | None:
    """The ids of those of this name, file or id; None, which is all, for None. NotFoundError where there is none."""
    if source is None:
        return None
    found = [row.list_id for row in lists if source in {row.name, row.source, str(row.list_id)}]
    if not found:
        known = ", ".join(repr(row.name) for row in lists) or "none"
        raise NotFoundError(f"there is no list {source[:80]!r} in this campaign; there are: {known}")
    return found


class Quality:
    """What the record knows of the quality of a campaign's lists."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def counts(self, asked: Asked, callers: Mapping[int, Mapping[By, Mapping[str, Calls]]]) -> Counts:
        """All that is counted of a campaign; `callers` as `callers` tells them, over the same time."""
        cells: defaultdict[Cell, Calls] = defaultdict(Calls)
        days: defaultdict[str, Calls] = defaultdict(Calls)
        begins = await self._first_queued(asked, asked.since)
        since = begins or asked.until
        while begins is not None and begins < asked.until:
            day, ends = _local_day(begins, asked.zone)
            async for cell, calls in self._cells(asked, begins, min(ends, asked.until)):
                cells[cell] = cells[cell].plus(calls)
                days[day] = days[day].plus(calls)
            begins = await self._first_queued(asked, ends)
        mine = over(attempt.c.campaign_id == asked.campaign_id, since, asked.until)
        total = sum(calls.attempts for calls in cells.values())
        outcomes, states = await self._words(mine)
        return Counts(
            cube=await asyncio.to_thread(Cube.of, cells),
            outcomes=outcomes,
            states=states,
            days=dict(days),
            agents=await self._groups(attempt.c.agent_id, mine & attempt.c.agent_id.is_not(None)),
            segments=await self._segments(asked, mine, total),
            calls_each=await self._calls_each(asked.campaign_id),
            elsewhere=_elsewhere(asked.campaign_id, callers),
            lists={str(row.list_id): row.name for row in await self.lists(asked.campaign_id)},
        )

    async def callers(self, since: datetime | None, until: datetime) -> dict[int, dict[By, dict[str, Calls]]]:
        """The calls of every campaign by trunk and by caller id: how many, dead and turned away, and no more."""
        c = attempt.c
        query = (
            sa.select(c.campaign_id, c.trunk, c.caller_id, sa.func.count(), *(_sum(each) for each in self._refused()))
            # Named one by one: only then are they found on the index of a campaign's attempts.
            .where(over(c.campaign_id.in_(sa.select(campaign.c.id)), since, until))
            .group_by(c.campaign_id, c.trunk, c.caller_id)
        )
        found: dict[int, dict[By, dict[str, Calls]]] = {}
        async with self._database.read() as connection:
            for campaign_id, trunk, caller_id, attempts, dead, away in await connection.execute(query):
                calls = Calls(attempts=attempts, dead=dead, turned_away=away)
                groups = found.setdefault(campaign_id, {By.TRUNK: {}, By.CALLER_ID: {}})
                for by, key in ((By.TRUNK, trunk), (By.CALLER_ID, caller_id)):
                    groups[by][key] = groups[by].get(key, Calls()).plus(calls)
        return found

    async def lists(self, campaign_id: int) -> list[ListRow]:
        """A campaign's imports, oldest first."""
        c = lead_list.c
        query = sa.select(c.id, c.name, c.source, c.prime_since).where(c.campaign_id == campaign_id).order_by(c.id)
        async with self._database.read() as connection:
            return [ListRow(*row) for row in await connection.execute(query)]

    async def mark_prime(self, prime: Collection[int], fallen: Collection[int], now: datetime) -> list[int]:
        """Mark lists as prime from now on, and others no longer; returns those whose mark has changed."""
        c = lead_list.c
        marks = (
            (c.id.in_(prime) & c.prime_since.is_(None), now),
            (c.id.in_(fallen) & c.prime_since.is_not(None), None),
        )
        changed: list[int] = []
        async with self._database.write() as connection:
            for which, since in marks:
                mark = sa.update(lead_list).where(which).values(prime_since=since).returning(c.id)
                changed += await connection.scalars(mark)
        return changed

    async def note(self, name: str, finding: str, now: datetime) -> None:
        """Keep a finding of a campaign in the audit."""
        async with self._database.write() as connection:
            await add_line(connection, AuditLine(now, "ringpace", FOUND, name, finding))

    async def last_noted(self, name: str) -> str | None:
        """The last finding of a campaign that was kept."""
        c = audit.c
        query = sa.select(c.detail).where(c.what == FOUND, c.subject == name).order_by(c.id.desc()).limit(1)
        async with self._database.read() as connection:
            noted: str | None = await connection.scalar(query)
        return noted

    # --- inside -----------------------------------------------------------------------------------

    async def _first_queued(self, asked: Asked, since: datetime | None) -> datetime | None:
        c = attempt.c
        query = sa.select(sa.func.min(c.queued_at)).where(c.campaign_id == asked.campaign_id)
        if since is not None:
            query = query.where(c.queued_at >= since)
        async with self._database.read() as connection:
            first: datetime | None = await connection.scalar(query)
        return first

    async def _cells(self, asked: Asked, begins: datetime, ends: datetime) -> AsyncIterator[tuple[Cell, Calls]]:
        c = attempt.c
        prefix = sa.func.substr(c.e164, 1, len(asked.country_code) + 4)
        keys = (lead.c.list_id, prefix, self._hour(asked.zone, begins), c.trunk, c.caller_id)
        query = (
            sa.select(*(key.label(name) for key, name in zip(keys, Cell._fields, strict=True)), *self._measures())
            .join(lead, lead.c.id == c.lead_id)
            .where(over(c.campaign_id == asked.campaign_id, begins, ends))
            .group_by(*Cell._fields)
        )
        async with self._database.read() as connection:
            result = await connection.execute(query)
        for rows in result.partitions(_ROWS_AT_ONCE):
            for list_id, *texts in rows:
                yield Cell(str(list_id), *texts[:4]), _calls(texts[4:])
            await asyncio.sleep(0)

    async def _groups(
        self, key: sa.ColumnElement[Any], condition: sa.ColumnElement[bool], least: int = 0
    ) -> dict[str, Calls]:
        query = sa.select(key.label("key"), *self._measures()).where(condition).group_by("key")
        if least:
            query = query.having(sa.func.count() >= least)
        async with self._database.read() as connection:
            return {name: _calls(measures) for name, *measures in await connection.execute(query)}

    async def _segments(self, asked: Asked, mine: sa.ColumnElement[bool], total: int) -> dict[str, Calls]:
        segment = sa.func.substr(attempt.c.e164, 1, len(asked.country_code) + 8)
        return await self._groups(segment, mine, max(LEAST_CALLS, total // _MOST_SEGMENTS))

    async def _words(self, mine: sa.ColumnElement[bool]) -> tuple[dict[Outcome, int], dict[NumberState, int]]:
        c = attempt.c
        query = sa.select(c.outcome, c.number_state, sa.func.count()).where(mine).group_by(c.outcome, c.number_state)
        outcomes: dict[Outcome, int] = {}
        states: dict[NumberState, int] = {}
        async with self._database.read() as connection:
            for outcome, state, count in await connection.execute(query):
                outcomes[outcome] = outcomes.get(outcome, 0) + count
                if state is not None:
                    believed = state if BY_STATE.get(state) in {None, outcome} else NumberState.UNKNOWN
                    states[believed] = states.get(believed, 0) + count
        return outcomes, states

    async def _calls_each(self, campaign_id: int) -> dict[str, float]:
        c = lead.c
        mean = sa.func.sum(c.attempts) * 1.0 / sa.func.count()
        query = sa.select(c.list_id, mean).where(c.campaign_id == campaign_id, c.attempts > 0).group_by(c.list_id)
        async with self._database.read() as connection:
            return {str(list_id): float(each) for list_id, each in await connection.execute(query)}

    def _hour(self, zone: ZoneInfo, begins: datetime) -> sa.ColumnElement[str]:
        """The local hour, in two digits; SQLite knows no zones, so by the zone's offset when the day begins."""
        c = attempt.c
        if not self._database.is_sqlite:
            return sa.func.to_char(sa.func.timezone(zone.key, c.queued_at), "HH24")
        offset = (begins.astimezone(zone).utcoffset() or timedelta()).total_seconds()
        return sa.func.strftime("%H", c.queued_at, f"{offset:+.0f} seconds")

    def _measures(self) -> list[sa.ColumnElement[int]]:
        """The fields of Calls, in their order."""
        c = attempt.c
        machine = sa.func.coalesce(c.disposition == Disposition.MACHINE, sa.false())
        person = c.outcome.in_((Outcome.ANSWERED, Outcome.ABANDONED)) & ~machine
        began, ended = sa.func.coalesce(c.bridged_at, c.flow_at), sa.func.coalesce(c.unbridged_at, c.ended_at)
        talk = person & began.is_not(None)
        lasted_s = self._seconds(ended, began)
        dropped = talk & (c.hung_up_by == HungUpBy.CUSTOMER) & (lasted_s <= DROPPED_S)
        agreed = person & (c.disposition == Disposition.AGREED)
        conditions = (person, talk, talk & (lasted_s > LONG_TALK_S), dropped, agreed, *self._refused())
        return [sa.func.count(), *(_sum(condition) for condition in conditions)]

    def _refused(self) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
        """Dead, and turned away."""
        c = attempt.c
        soon = self._seconds(c.ended_at, c.ringing_at) < SHORT_RING_S
        cut_short = c.outcome.in_(_CUT_SHORT) & (c.hung_up_by == HungUpBy.NETWORK) & soon
        return c.outcome.in_(DEAD_OUTCOMES), c.outcome.in_(_TURNED_AWAY) | cut_short

    def _seconds(self, later: sa.ColumnElement[Any], earlier: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
        if self._database.is_sqlite:
            # Days as floating point numbers: a talk of 18 s may come out a few microseconds longer.
            return sa.func.round((sa.func.julianday(later) - sa.func.julianday(earlier)) * 86_400.0, 2)
        return sa.cast(sa.extract("epoch", later - earlier), sa.Double)


def over(whose: sa.ColumnElement[bool], since: datetime | None, until: datetime) -> sa.ColumnElement[bool]:
    """Calls that were queued in that time, sent, and are over; not those that we withdrew."""
    c = attempt.c
    ended = c.sent_at.is_not(None) & c.ended_at.is_not(None) & (c.outcome != Outcome.CANCELLED)
    of_time = c.queued_at < until if since is None else (c.queued_at >= since) & (c.queued_at < until)
    return whose & of_time & ended


def _sum(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


def _calls(measures: Sequence[Any]) -> Calls:
    return Calls(*(int(count or 0) for count in measures))


def _local_day(moment: datetime, zone: ZoneInfo) -> tuple[str, datetime]:
    """The local date of a moment, and when that day is over."""
    day = moment.astimezone(zone).date()
    return day.isoformat(), datetime.combine(day + timedelta(days=1), time(0), zone).astimezone(UTC)


def _elsewhere(campaign_id: int, callers: Mapping[int, Mapping[By, Mapping[str, Calls]]]) -> dict[By, dict[str, Calls]]:
    """The calls by trunk and caller id of all campaigns but one; what that one uses too is left out."""
    own = callers.get(campaign_id, {})
    found: dict[By, dict[str, Calls]] = {By.TRUNK: {}, By.CALLER_ID: {}}
    for other, groups in callers.items():
        for by, calls_by_key in groups.items() if other != campaign_id else ():
            for key, calls in calls_by_key.items():
                if key not in own.get(by, {}):
                    found[by][key] = found[by].get(key, Calls()).plus(calls)
    return found

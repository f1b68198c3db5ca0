"""What calls came to, counted for a report: by campaign, list, team, agent, hour or day.

A local day at a time, so that no transaction stays open for long beside the calls; on the index of a campaign's
attempts by the time at which they were queued.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from enum import auto
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.abandonment import Fate
from dialer.core.cube import LONG_TALK_S
from dialer.core.model import AgentState, Disposition, Outcome, Word
from dialer.record.abandonment import fate_column
from dialer.record.schema import agent_log, attempt, campaign, lead, lead_list
from dialer.record.types import Utc

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from zoneinfo import ZoneInfo

    from dialer.record.database import Database

_DAY = timedelta(days=1)
_BUSY = frozenset({AgentState.TALKING, AgentState.WRAP_UP})
_NOT_AT_WORK = frozenset({AgentState.OFFLINE, AgentState.CALLING_IN, AgentState.PAUSED})
_ABANDONED = (Fate.TOO_LATE.value, Fate.NOBODY_CAME.value)
_A, _L = attempt.c, agent_log.c


class GroupBy(Word):
    """By what a report counts."""

    CAMPAIGN = auto()
    LIST = auto()
    TEAM = auto()
    AGENT = auto()
    HOUR = auto()
    """The local hour of the day, 00 to 23."""
    DAY = auto()
    """The local date."""


@dataclass(frozen=True, slots=True)
class Came:
    """What calls came to; machines are no answers."""

    placed: int = 0
    answered: int = 0
    """By a person, whether an agent came or not."""
    bridged: int = 0
    long_talks: int = 0
    """Of these, talks of more than LONG_TALK_S."""
    agreed: int = 0
    refused: int = 0
    call_backs: int = 0
    abandoned: int = 0
    """As the law counts: nobody came, or too late."""
    talk_s: float = 0.0

    def plus(self, other: Came) -> Came:
        """Both together."""
        return Came(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report."""

    key: str
    """The id, the hour or the date; empty where a call has none, as one without an agent."""
    name: str
    came: Came
    occupancy: float | None = None
    """Talk and wrap-up over logged-in time without pauses; None where that is not known of the group."""


@dataclass(frozen=True, slots=True)
class AskedReport:
    """Which calls are counted: those queued from `since` on and before `until`."""

    by: GroupBy
    since: datetime
    until: datetime
    zone: ZoneInfo
    """Hours and days are local to it."""
    campaign_id: int | None = None
    agents: Collection[str] | None = None
    """None: of all agents, and of none."""
    teams: Mapping[str, str] | None = None
    """The team of each agent who has one."""


@dataclass(slots=True)
class _Seconds:
    """Time that agents were at work."""

    total: float = 0.0
    busy: float = 0.0

    def add(self, seconds: float, *, busy: bool) -> None:
        self.total += seconds
        self.busy += seconds if busy else 0

    @property
    def share(self) -> float | None:
        return self.busy / self.total if self.total else None


class Reports:
    """The lines of reports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lines(self, asked: AskedReport, limits_s: Mapping[int, float]) -> list[Line]:
        """By key; `limits_s` says of each campaign how long an answer may wait for an agent."""
        found: defaultdict[str, Came] = defaultdict(Came)
        shares: defaultdict[str, _Seconds] = defaultdict(_Seconds)
        for day, begins, ends in _days(asked):
            async with self._database.read() as connection:
                for key, *measures in await connection.execute(self._day(asked, limits_s, begins, ends)):
                    group = _group(asked, key, day)
                    found[group] = found[group].plus(_came(measures))
                if _knows_time(asked):
                    for agent_id, state, seconds in await connection.execute(self._hours(asked, begins, ends)):
                        if state not in _NOT_AT_WORK:
                            shares[_group(asked, agent_id, day)].add(float(seconds or 0), busy=state in _BUSY)
        names = await self._names(asked.by)
        keys = sorted(found.keys() | {key for key, one in shares.items() if one.share is not None})
        return [Line(key, names.get(key, key), found[key], shares[key].share) for key in keys]

    # --- inside -------------------------------------------------------------------------------------

    def _day(
        self, asked: AskedReport, limits_s: Mapping[int, float], begins: datetime, ends: datetime
    ) -> sa.Select[Any]:
        keys: dict[GroupBy, sa.ColumnElement[Any]] = {
            GroupBy.CAMPAIGN: _A.campaign_id,
            GroupBy.LIST: lead.c.list_id,
            GroupBy.HOUR: self._hour(asked.zone, begins),
            GroupBy.DAY: sa.literal(""),
        }
        key = keys.get(asked.by, _A.agent_id).label("counted_by")
        query = sa.select(key, *self._measures(limits_s)).where(_of(asked), _A.queued_at >= begins, _A.queued_at < ends)
        if asked.by is GroupBy.LIST:
            query = query.join(lead, lead.c.id == _A.lead_id)
        return query.group_by("counted_by")

    def _measures(self, limits_s: Mapping[int, float]) -> list[sa.ColumnElement[Any]]:
        """The fields of Came, in their order."""
        machine = sa.func.coalesce(_A.disposition == Disposition.MACHINE, sa.false())
        person = _A.outcome.in_((Outcome.ANSWERED, Outcome.ABANDONED)) & ~machine
        talk = person & _A.bridged_at.is_not(None)
        lasted_s = self._seconds(sa.func.coalesce(_A.unbridged_at, _A.ended_at), _A.bridged_at)
        words = (Disposition.AGREED, Disposition.REFUSED, Disposition.CALL_BACK)
        conditions = (
            *(_A.sent_at.is_not(None), person, talk, talk & (lasted_s > LONG_TALK_S)),
            *(_A.disposition == one for one in words),
            self._abandoned(limits_s),
        )
        counted = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in conditions]
        return [*counted, sa.func.sum(sa.case((talk, lasted_s), else_=0.0))]

    def _abandoned(self, limits_s: Mapping[int, float]) -> sa.ColumnElement[bool]:
        by_limit: defaultdict[float, list[int]] = defaultdict(list)
        for campaign_id, limit_s in limits_s.items():
            by_limit[limit_s].append(campaign_id)
        judged = [
            _A.campaign_id.in_(ids) & fate_column(limit_s, sqlite=self._database.is_sqlite).in_(_ABANDONED)
            for limit_s, ids in by_limit.items()
        ]
        return _A.answered_at.is_not(None) & sa.or_(sa.false(), *judged)

    def _hours(self, asked: AskedReport, begins: datetime, ends: datetime) -> sa.Select[Any]:
        """How long each agent was in which state, of this time; states that last for more than a day are cut short."""
        first, last = sa.literal(begins, Utc), sa.literal(ends, Utc)
        since = sa.case((_L.since < first, first), else_=_L.since)
        until = sa.case((_L.until.is_(None) | (_L.until > last), last), else_=_L.until)
        lasted = self._seconds(until, since)
        query = (
            sa.select(_L.agent_id, _L.state, sa.func.sum(lasted))
            .where(_L.since >= begins - _DAY, _L.since < ends, _L.until.is_(None) | (_L.until > begins))
            .group_by(_L.agent_id, _L.state)
        )
        return query if asked.agents is None else query.where(_L.agent_id.in_(sorted(asked.agents)))

    def _hour(self, zone: ZoneInfo, begins: datetime) -> sa.ColumnElement[str]:
        """The local hour, in two digits; SQLite knows no zones, so by the zone's offset when the day begins."""
        if not self._database.is_sqlite:
            return sa.func.to_char(sa.func.timezone(zone.key, _A.queued_at), "HH24")
        offset = (begins.astimezone(zone).utcoffset() or timedelta()).total_seconds()
        return sa.func.strftime("%H", _A.queued_at, f"{offset:+.0f} seconds")

    def _seconds(self, later: sa.ColumnElement[Any], earlier: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
        if self._database.is_sqlite:
            return sa.func.round((sa.func.julianday(later) - sa.func.julianday(earlier)) * 86_400.0, 2)
        return sa.cast(sa.extract("epoch", later - earlier), sa.Double)

    async def _names(self, by: GroupBy) -> dict[str, str]:
        tables = {GroupBy.CAMPAIGN: campaign, GroupBy.LIST: lead_list}
        if by not in tables:
            return {}
        columns = tables[by].c
        async with self._database.read() as connection:
            rows = await connection.execute(sa.select(columns.id, columns.name))
            return {str(row_id): name for row_id, name in rows}


def _of(asked: AskedReport) -> sa.ColumnElement[bool]:
    """Whose calls; campaigns named one by one: only then are they found on the index of a campaign's attempts."""
    mine: sa.ColumnElement[bool] = _A.campaign_id.in_(sa.select(campaign.c.id))
    if asked.campaign_id is not None:
        mine = _A.campaign_id == asked.campaign_id
    return mine if asked.agents is None else mine & _A.agent_id.in_(sorted(asked.agents))


def _days(asked: AskedReport) -> Iterator[tuple[str, datetime, datetime]]:
    """The local days of a report, with the part of each that is asked for, in UTC."""
    begins = asked.since
    while begins < asked.until:
        day = begins.astimezone(asked.zone).date()
        midnight = datetime.combine(day + _DAY, time(0), asked.zone).astimezone(UTC)
        ends = min(midnight, asked.until)
        yield day.isoformat(), begins, ends
        begins = ends


def _knows_time(asked: AskedReport) -> bool:
    """An agent's time is of no campaign, and a state lasts over hours."""
    return asked.campaign_id is None and asked.by in {GroupBy.AGENT, GroupBy.TEAM, GroupBy.DAY}


def _group(asked: AskedReport, key: Any, day: str) -> str:
    if asked.by is GroupBy.DAY:
        return day
    if asked.by is GroupBy.TEAM:
        return (asked.teams or {}).get(key, "")
    return "" if key is None else str(key)


def _came(measures: list[Any]) -> Came:
    *counts, talk_s = measures
    names = (field.name for field in fields(Came))
    named = {name: int(count or 0) for name, count in zip(names, counts, strict=False)}
    return Came(**named, talk_s=round(float(talk_s or 0), 2))

"""Abandonment by the record: what each call was to the law, counted by the minute, shown one by one, and compared.

The record is what a regulator is shown; the ledger in memory is what pacing goes by. It is filled from here when a
controller starts, and held against it while it runs: where the two differ, one of them is wrong, and until it is known
which, nothing may be dialled ahead.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.abandonment import MACHINE_FALSE_SHARE, Fate, Tally
from dialer.core.ledger import QUARTER_MINUTES, Entry, Ledger
from dialer.core.model import Outcome, PacingMode
from dialer.core.standing import COUNTS_AS, Count
from dialer.record.schema import attempt, decision

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from dialer.core.abandonment import LegalWindow
    from dialer.record.database import Database

SETTLED = timedelta(minutes=2)
"""After this long an answered call is decided and written, unless something is wrong."""
TOLERATED = 2
"""Calls by which the ledger and the record may differ: one told as the other was being read."""

_CHUNK = 500
_DAY = timedelta(days=1)
_CALL_BY_CALL = timedelta(hours=12)
"""What a ledger is filled with one by one, so that it knows them when they are told again."""
_RINGS_LESS_THAN = _DAY
"""A call is answered long before, even where a clock was wrong when it was queued; the index is on that time."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One call behind a count: what it was to the law, and the times that say so."""

    attempt_id: str
    campaign_id: int
    e164: str
    fate: Fate
    queued_at: datetime
    answered_at: datetime
    bridged_at: datetime | None
    message_at: datetime | None
    ended_at: datetime | None

    @property
    def waited_s(self) -> float | None:
        """From the answer to the agent, or else to the message or the end; None while none of them has come."""
        until = self.bridged_at or self.message_at or self.ended_at
        return None if until is None else (until - self.answered_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Contradiction:
    """The ledger in memory and the record do not say the same of one window; both count up to `until` alone."""

    window: str
    since: datetime
    until: datetime
    remembered: Count
    recorded: Count

    def __str__(self) -> str:
        one, other = self.remembered, self.recorded
        return (
            f"window {self.window}: the ledger has {one.abandoned} abandoned of {one.live_answers} live answers and"
            f" {one.machines} machines, the record {other.abandoned} of {other.live_answers} and {other.machines},"
            f" from {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC"
        )


class Abandonment:
    """What the record knows of abandonment.

    `limits_s` says whose calls are meant: each campaign's limit between answer and agent, in seconds, by its id; one
    campaign for a window of its own, all of them for one over all.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def ledger(
        self,
        windows: Sequence[LegalWindow],
        limits_s: Mapping[int, float],
        now: datetime,
        machine_false_share: float = MACHINE_FALSE_SHARE,
    ) -> Ledger:
        """A ledger as it would be had it heard of every call; those that are on and decided are in it."""
        begins_s = min((window.span(now.timestamp()).begins_s for window in windows), default=int(now.timestamp()))
        since = datetime.fromtimestamp(begins_s, UTC) - timedelta(minutes=QUARTER_MINUTES)
        one_by_one = max(since, _whole_minute(now - _CALL_BY_CALL))
        filled = Ledger(windows, machine_false_share, await self.counts(limits_s, since, one_by_one))
        for entry in await self._entries(limits_s, one_by_one):
            filled.add(entry)
        return filled

    async def contradiction(
        self, ledger: Ledger, window: str, limits_s: Mapping[int, float], now: datetime
    ) -> Contradiction | None:
        """Whether the ledger and the record differ by more than TOLERATED calls in this window; None: they do not.

        What was answered within SETTLED is left out: it may be told on one side alone. InputError for a window that the
        ledger has not. It reads the whole window: ask at intervals, and of long windows seldom.
        """
        standing, until = ledger.standing(window, now.timestamp()), _whole_minute(now - SETTLED)
        since = datetime.fromtimestamp(standing.span.begins_s, UTC)
        remembered = ledger.counted(window, now.timestamp(), until.timestamp())
        recorded = sum((await self.counts(limits_s, since, until)).values(), Count())
        apart = remembered - recorded
        if max(abs(apart.live_answers), abs(apart.abandoned), abs(apart.machines)) <= TOLERATED:
            return None
        return Contradiction(window, since, until, remembered, recorded)

    async def counts(
        self, limits_s: Mapping[int, float], since: datetime, until: datetime | None = None
    ) -> dict[int, Count]:
        """What was answered since then (and before `until`), by the minute since 1970; empty minutes are left out.

        Read a day at a time, so that no transaction stays open for long beside the calls.
        """
        found: defaultdict[int, Count] = defaultdict(Count)
        for campaign_id, limit_s in limits_s.items():
            begins = await self._first_queued(campaign_id, since - _RINGS_LESS_THAN)
            while begins is not None and (until is None or begins < until + _RINGS_LESS_THAN):
                ends = begins + _DAY
                rows = self._judged(campaign_id, limit_s, since, until, begins, ends)
                rows = sa.select((rows.c.answered_us // 60_000_000).label("minute"), rows.c.fate).subquery()
                by = (rows.c.minute, rows.c.fate)
                async with self._database.read() as connection:
                    grouped = await connection.execute(sa.select(*by, sa.func.count()).group_by(*by))
                    for minute, fate, calls in grouped:
                        if fate is not None:  # cheaper than to have the database judge every row once more
                            found[minute] += COUNTS_AS[Fate(fate)].times(calls)
                begins = await self._first_queued(campaign_id, ends)
        return dict(found)

    async def tally(self, limits_s: Mapping[int, float], since: datetime) -> Tally:
        """Live answers since then and how many of them were abandoned, calls that are on included."""
        counted = sum((await self.counts(limits_s, since)).values(), Count())
        return Tally(counted.live_answers, counted.abandoned)

    async def evidence(
        self, limits_s: Mapping[int, float], since: datetime, until: datetime | None = None
    ) -> AsyncIterator[Evidence]:
        """Every call behind the abandonments and the estimate since then, campaign by campaign, in the order placed.

        Read in pages, each by itself, so that a long reading never keeps a transaction open beside the calls.
        """
        for campaign_id, limit_s in limits_s.items():
            queued, last = since - _RINGS_LESS_THAN, ""
            while True:
                # From the end of the last page on, and no other beginning: of two, SQLite may look from the earlier.
                rows = self._judged(campaign_id, limit_s, since, until, queued, None)
                page = (
                    sa.select(*(rows.c[column] for column in _SHOWN))
                    .where(
                        (rows.c.fate != Fate.IN_TIME.value) & ((rows.c.queued_at > queued) | (rows.c.attempt_id > last))
                    )
                    .order_by(rows.c.queued_at, rows.c.attempt_id)
                    .limit(_CHUNK)
                )
                async with self._database.read() as connection:
                    found = (await connection.execute(page)).mappings().all()
                for row in found:
                    yield Evidence(**{**row, "fate": Fate(row["fate"])})
                if len(found) < _CHUNK:
                    break
                queued, last = found[-1]["queued_at"], found[-1]["attempt_id"]

    async def _entries(self, limits_s: Mapping[int, float], since: datetime) -> list[Entry]:
        found = []
        for campaign_id, limit_s in limits_s.items():
            rows = self._judged(campaign_id, limit_s, since, None, since - _RINGS_LESS_THAN, None)
            query = sa.select(rows.c.attempt_id, rows.c.answered_at, rows.c.fate).where(rows.c.fate.is_not(None))
            async with self._database.read() as connection:
                for attempt_id, answered_at, fate in await connection.execute(query):
                    found.append(Entry(attempt_id, answered_at.timestamp(), Fate(fate)))
        return found

    async def _first_queued(self, campaign_id: int, since: datetime) -> datetime | None:
        c = attempt.c
        query = sa.select(sa.func.min(c.queued_at)).where(c.campaign_id == campaign_id, c.queued_at >= since)
        async with self._database.read() as connection:
            first: datetime | None = await connection.scalar(query)
        return first

    def _judged(
        self,
        campaign_id: int,
        limit_s: float,
        since: datetime,
        until: datetime | None,
        queued_since: datetime,
        queued_until: datetime | None,
    ) -> sa.Subquery:
        """A campaign's attempts that were queued and answered in these times, each with its fate or none."""
        c = attempt.c
        columns = (c.id.label("attempt_id"), *(c[name] for name in _SHOWN if name in c))
        fate, answered_us = (
            fate_column(limit_s, sqlite=self._database.is_sqlite),
            microseconds(c.answered_at, sqlite=self._database.is_sqlite),
        )
        ends = [c.answered_at < until] if until is not None else []
        ends += [c.queued_at < queued_until] if queued_until is not None else []
        return (
            sa.select(*columns, answered_us.label("answered_us"), fate.label("fate"))
            .where(c.campaign_id == campaign_id, c.queued_at >= queued_since, c.answered_at >= since, *ends)
            .subquery()
        )


_SHOWN = tuple(field.name for field in fields(Evidence))


def microseconds(moment: sa.Column[Any], *, sqlite: bool) -> sa.ColumnElement[int]:
    """A moment in whole microseconds since 1970, exact on both: SQLite's own times are rounded to milliseconds."""
    if not sqlite:
        return sa.cast(sa.extract("epoch", moment) * 1_000_000, sa.BigInteger)
    seconds = sa.cast(sa.func.strftime("%s", sa.func.substr(moment, 1, 19)), sa.BigInteger)
    return seconds * 1_000_000 + sa.cast(sa.func.substr(moment, 21, 6), sa.BigInteger)


def fate_column(limit_s: float, *, sqlite: bool) -> sa.ColumnElement[str | None]:
    """`fate_of`, told to the database: the first line that fits."""
    c = attempt.c
    limit_us = timedelta(seconds=limit_s) // timedelta(microseconds=1)
    mode = sa.select(decision.c.mode).where(decision.c.id == c.decision_id).scalar_subquery()
    bridged, in_time = c.bridged_at.is_not(None), sa.literal(Fate.IN_TIME.value)

    def within(moment: sa.Column[Any]) -> sa.ColumnElement[bool]:
        return microseconds(moment, sqlite=sqlite) - microseconds(c.answered_at, sqlite=sqlite) <= limit_us

    return sa.case(
        (c.outcome == Outcome.MACHINE, sa.literal(Fate.TAKEN_FOR_A_MACHINE.value)),
        (c.outcome == Outcome.ABANDONED, sa.literal(Fate.NOBODY_CAME.value)),
        (c.outcome != Outcome.ANSWERED, sa.null()),
        (c.flow_at.is_not(None), in_time),
        (bridged & within(c.bridged_at), in_time),
        (bridged & (mode == PacingMode.PREVIEW), in_time),  # looked up only for who came late
        (bridged, sa.literal(Fate.TOO_LATE.value)),
        (c.outcome.is_(None) & c.message_at.is_(None), sa.null()),
        (c.outcome.is_not(None) & within(c.ended_at), in_time),
        else_=sa.literal(Fate.NOBODY_CAME.value),
    )


def _whole_minute(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(second=0, microsecond=0)

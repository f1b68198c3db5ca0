"""Finds attempts for whoever reviews them, newest first and a page at a time, and keeps who looked at what of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from dialer.core.model import RecordingState
from dialer.core.review import ReviewKind, ReviewState
from dialer.record.audit import add_line
from dialer.record.database import serialise
from dialer.record.review_tables import review, sound
from dialer.record.schema import attempt, audit, campaign, lead, recording

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.core.model import Disposition, NumberState, Outcome
    from dialer.record.audit import AuditLine
    from dialer.record.database import Database

_MOST_WALKS = 100
"""Campaigns that are walked through each on its own index; where there are more, all attempts are sorted instead."""
_LINES_LOOKED_AT = 5000
"""Of the audit trail, for a look of late: where more were written since, the look is written down once more."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of attempts; None: it does not matter."""

    campaign_id: int | None = None
    agents: Collection[str] | None = None
    outcome: Outcome | None = None
    disposition: Disposition | None = None
    number_state: NumberState | None = None
    since: datetime | None = None
    until: datetime | None = None
    longer_than_s: float | None = None
    """Of the talk between customer and agent."""
    shorter_than_s: float | None = None
    has_recording: bool | None = None
    """Whether one is stored that can be heard."""
    dead_air_over_s: float | None = None
    overlap_over: float | None = None
    agent_share_over: float | None = None
    """Of what was spoken, 0..1."""
    agent_share_under: float | None = None
    softer_than_dbfs: float | None = None
    """One of the two sides."""
    clipped_over: float | None = None
    """One of the two sides, as a share of its samples."""
    reviewed: bool | None = None
    """Whether a review of it was given."""


class Place(NamedTuple):
    """Where a page ended: the next one begins behind it."""

    queued_at: datetime
    attempt_id: str


@dataclass(frozen=True, slots=True)
class Found:
    """An attempt as a list shows it; the number is in full, and is to be masked by whoever shows it."""

    attempt_id: str
    campaign_id: int
    campaign: str
    lead_id: int
    name: str
    e164: str
    agent_id: str | None
    outcome: Outcome | None
    disposition: Disposition | None
    reason: str | None
    note: str | None
    queued_at: datetime
    sent_at: datetime | None
    ringing_at: datetime | None
    answered_at: datetime | None
    bridged_at: datetime | None
    unbridged_at: datetime | None
    ended_at: datetime | None
    number_state: NumberState | None
    recording_state: RecordingState | None
    recording_duration_s: float | None
    level_left_dbfs: float | None
    level_right_dbfs: float | None
    talk_left: float | None
    talk_right: float | None
    overlap: float | None
    dead_air_s: float | None
    longest_silence_s: float | None
    clipped_left: float | None
    clipped_right: float | None
    reviewed: bool
    """Whether a review of it was given."""

    @property
    def talk_s(self) -> float | None:
        """How long customer and agent talked; None where they never did, or are still at it."""
        over = self.unbridged_at or self.ended_at
        return None if self.bridged_at is None or over is None else (over - self.bridged_at).total_seconds()

    @property
    def place(self) -> Place:
        """Where it stands among all attempts."""
        return Place(self.queued_at, self.attempt_id)


_A = attempt.c
_GIVEN = (review.c.kind == ReviewKind.REVIEW) & (review.c.state == ReviewState.GIVEN)
_REVIEWED = sa.exists().where(review.c.attempt_id == _A.id, _GIVEN).correlate(attempt)
_COLUMNS: tuple[sa.ColumnElement[Any], ...] = (
    _A.id,
    _A.campaign_id,
    campaign.c.name,
    _A.lead_id,
    lead.c.name.label("lead_name"),
    *(_A[name] for name in ("e164", "agent_id", "outcome", "disposition", "reason", "note")),
    *(_A[f"{what}_at"] for what in ("queued", "sent", "ringing", "answered", "bridged", "unbridged", "ended")),
    _A.number_state,
    recording.c.state,
    recording.c.duration_s,
    recording.c.level_left_dbfs,
    recording.c.level_right_dbfs,
    *(column for column in sound.c if column.name != "attempt_id"),
    _REVIEWED.label("reviewed"),
)
_NEWEST_FIRST = (_A.queued_at.desc(), _A.id.desc())
_ROWS = (
    sa.select(*_COLUMNS)
    .select_from(attempt)
    .join(campaign, campaign.c.id == _A.campaign_id)
    .join(lead, lead.c.id == _A.lead_id)
    .outerjoin(recording, recording.c.attempt_id == _A.id)
    .outerjoin(sound, sound.c.attempt_id == _A.id)
    .order_by(*_NEWEST_FIRST)
)


class Search:
    """Finds attempts, and leads by their keys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def attempts(self, wanted: Wanted, limit: int, after: Place | None = None) -> list[Found]:
        """The newest that fit, newest first, or those behind `after`; attempts of one instant go by their ids."""
        async with self._database.read() as connection:
            campaigns = await _campaigns(connection, wanted.campaign_id)
            if not campaigns:
                return []
            # Each campaign's newest, and of those the newest of all.
            walks = [_A.campaign_id == one for one in campaigns] if len(campaigns) <= _MOST_WALKS else [sa.true()]
            fits = sa.and_(sa.true(), *self.conditions(wanted, after))
            newest = sa.union_all(*(sa.select(walk_query(walk & fits, limit).subquery()) for walk in walks)).subquery()
            query = _ROWS.where(_A.id.in_(sa.select(newest.c.id))).limit(limit)
            return [Found(*row) for row in await connection.execute(query)]

    async def some(self, ids: Collection[str]) -> list[Found]:
        """The attempts of these ids, newest first; those that do not exist are left out."""
        async with self._database.read() as connection:
            return [Found(*row) for row in await connection.execute(_ROWS.where(_A.id.in_(ids)))]

    async def leads_by_key(self, campaign_id: int, keys: Collection[str]) -> dict[str, int]:
        """The ids of a campaign's leads that have one of these keys, by key."""
        query = sa.select(lead.c.key, lead.c.id).where(lead.c.campaign_id == campaign_id, lead.c.key.in_(keys))
        async with self._database.read() as connection:
            return {key: lead_id for key, lead_id in await connection.execute(query)}  # noqa: C416 - rows are no pairs

    async def looked(self, line: AuditLine, *, every: timedelta = timedelta(0)) -> None:
        """Write down who looked at what; within `every` once: a player asks for a recording in many parts."""
        if every:
            async with self._database.read() as connection:
                if await _is_told(connection, line, every):
                    return
        async with self._database.write() as connection:
            await serialise(connection, "look")  # two parts may be asked for at once
            if not (every and await _is_told(connection, line, every)):
                await add_line(connection, line)

    def conditions(self, wanted: Wanted, after: Place | None = None) -> Iterator[sa.ColumnElement[bool]]:
        """What is asked of an attempt, but for its campaign."""
        for column in (_A.outcome, _A.disposition, _A.number_state):
            if (value := getattr(wanted, column.name)) is not None:
                yield column == value
        if wanted.agents is not None:
            yield _A.agent_id.in_(sorted(wanted.agents))
        if wanted.since is not None:
            yield _A.queued_at >= wanted.since
        # One upper bound, never two: SQLite does not find the place of a pair in an index that is bounded twice.
        if after is not None and (wanted.until is None or after.queued_at < wanted.until):
            here = sa.tuple_(sa.literal(after.queued_at, _A.queued_at.type), sa.literal(after.attempt_id))
            yield sa.tuple_(_A.queued_at, _A.id) < here
        elif wanted.until is not None:
            yield _A.queued_at < wanted.until
        yield from self._of_talk(wanted)

    def _of_talk(self, wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
        """What is asked of the talk, its recording and its reviews."""
        talk_s = self._seconds(_A.bridged_at, sa.func.coalesce(_A.unbridged_at, _A.ended_at))
        if wanted.longer_than_s is not None:
            yield talk_s > wanted.longer_than_s
        if wanted.shorter_than_s is not None:
            yield talk_s < wanted.shorter_than_s
        if wanted.has_recording is not None:
            stored = _there_is(recording.c.attempt_id == _A.id, recording.c.state == RecordingState.STORED)
            yield stored if wanted.has_recording else ~stored
        if measured := list(_of_sound(wanted)):
            yield _there_is(sound.c.attempt_id == _A.id, *measured)
        if (dbfs := wanted.softer_than_dbfs) is not None:
            soft = (recording.c.level_left_dbfs < dbfs) | (recording.c.level_right_dbfs < dbfs)
            yield _there_is(recording.c.attempt_id == _A.id, soft)
        if wanted.reviewed is not None:
            yield _REVIEWED if wanted.reviewed else ~_REVIEWED

    def _seconds(self, earlier: sa.ColumnElement[Any], later: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
        if self._database.is_sqlite:
            return sa.func.round((sa.func.julianday(later) - sa.func.julianday(earlier)) * 86_400.0, 3)
        return sa.cast(sa.extract("epoch", later - earlier), sa.Double)


def walk_query(condition: sa.ColumnElement[bool], limit: int) -> sa.Select[str]:
    """The newest attempts of which it is true: of one campaign, in the order of the index ix_attempt_campaign."""
    return sa.select(_A.id).where(condition).order_by(*_NEWEST_FIRST).limit(limit)


def _there_is(*conditions: sa.ColumnElement[bool]) -> sa.Exists:
    """Of the attempt, whatever else a query that asks so is joined with."""
    return sa.exists().where(*conditions).correlate(attempt)


def _of_sound(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    """What is asked of the measures of its recording."""
    c = sound.c
    spoken = c.talk_left + c.talk_right
    if wanted.dead_air_over_s is not None:
        yield c.dead_air_s > wanted.dead_air_over_s
    if wanted.overlap_over is not None:
        yield c.overlap > wanted.overlap_over
    if wanted.agent_share_over is not None:
        yield c.talk_right > wanted.agent_share_over * spoken
    if wanted.agent_share_under is not None:
        yield (c.talk_right < wanted.agent_share_under * spoken) & (spoken > 0)
    if wanted.clipped_over is not None:
        yield (c.clipped_left > wanted.clipped_over) | (c.clipped_right > wanted.clipped_over)


async def _campaigns(connection: AsyncConnection, only: int | None) -> list[int]:
    if only is not None:
        return [only]
    return list(await connection.scalars(sa.select(campaign.c.id).order_by(campaign.c.id)))


async def _is_told(connection: AsyncConnection, line: AuditLine, every: timedelta) -> bool:
    """Whether the audit trail has this look already; it is read from its end, for it has no index but its order."""
    columns = (audit.c.at, audit.c.who, audit.c.what, audit.c.subject)
    last = sa.select(*columns).order_by(audit.c.id.desc()).limit(_LINES_LOOKED_AT).subquery().c
    same = (last.who == line.who) & (last.what == line.what) & (last.subject == line.subject)
    query = sa.select(sa.literal(1)).where(same, last.at > line.at - every).limit(1)
    return await connection.scalar(query) is not None

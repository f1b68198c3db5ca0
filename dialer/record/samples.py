"""Samples of talks that are to be reviewed: what may be drawn, what was drawn, and how far its reviewers are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.draw import Candidate, DrawnBy, Risk
from dialer.core.errors import NotFoundError
from dialer.core.model import Outcome
from dialer.core.review import ReviewKind, ReviewState
from dialer.record.audit import AuditLine, add_line
from dialer.record.review_tables import review, sample, sample_item, sound
from dialer.record.schema import account, attempt, recording
from dialer.record.search import Search

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import datetime

    from dialer.core.draw import Drawn
    from dialer.record.database import Database
    from dialer.record.search import Wanted

_AT_ONCE = 1000
_NEW_FOR = timedelta(days=14)
_MOST_SAMPLES = 200


@dataclass(frozen=True, slots=True)
class SampleRow:
    """A sample; `done` of its `size` talks have a review that was given. `team`: whose leader drew it, None for all."""

    sample_id: int
    name: str
    filters: dict[str, Any]
    drawn_by: DrawnBy
    seed: int
    seen: int
    """Of how many talks it was drawn."""
    team: str | None
    created_at: datetime
    created_by: str
    size: int
    done: int


@dataclass(frozen=True, slots=True)
class NewSample:
    """A sample to be."""

    name: str
    filters: dict[str, Any]
    drawn_by: DrawnBy
    seed: int
    seen: int
    team: str | None


class Samples:
    """The samples of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, wanted: Wanted) -> AsyncIterator[list[Candidate]]:
        """The talks that fit, in pages, with no order that matters; abandoned calls too where all agents are meant."""
        c = attempt.c
        of_talks = c.bridged_at.is_not(None) & c.agent_id.is_not(None)
        kinds = of_talks if wanted.agents is not None else of_talks | (c.outcome == Outcome.ABANDONED)
        fits = sa.and_(kinds, c.ended_at.is_not(None), *Search(self._database).conditions(wanted))
        if wanted.campaign_id is not None:
            fits &= c.campaign_id == wanted.campaign_id
        query = (
            sa.select(c.id, c.agent_id, c.outcome, c.disposition, c.bridged_at, c.unbridged_at, c.ended_at)
            .add_columns(recording.c.duration_s, sound.c.dead_air_s, sound.c.overlap)
            .add_columns(sound.c.talk_left, sound.c.talk_right, c.queued_at, account.c.created_at.label("since"))
            .outerjoin(recording, recording.c.attempt_id == c.id)
            .outerjoin(sound, sound.c.attempt_id == c.id)
            .outerjoin(account, account.c.agent_id == c.agent_id)
            .where(fits)
            .order_by(c.id)
            .limit(_AT_ONCE)
        )
        last = ""
        while True:
            async with self._database.read() as connection:
                rows = (await connection.execute(query.where(c.id > last))).all()
            yield [_candidate(row) for row in rows]
            if len(rows) < _AT_ONCE:
                return
            last = rows[-1].id

    async def add(self, new: NewSample, drawn: Sequence[Drawn], *, who: str, now: datetime) -> int:
        """Keep a sample that was drawn; its id."""
        values = {
            "name": new.name,
            "filters": new.filters,
            "drawn_by": new.drawn_by.value,
            "seed": new.seed,
            "seen": new.seen,
            "team": new.team,
            "created_at": now,
            "created_by": who,
        }
        async with self._database.write() as connection:
            made = await connection.execute(sa.insert(sample).values(values).returning(sample.c.id))
            sample_id: int = made.scalar_one()
            items = [
                {"sample_id": sample_id, "attempt_id": one.attempt_id, "position": place, "risks": list(one.risks)}
                for place, one in enumerate(drawn)
            ]
            await connection.execute(sa.insert(sample_item), items)
            await add_line(connection, AuditLine(now, who, "sample drawn", new.name, f"{len(items)} of {new.seen}"))
        return sample_id

    async def all(self, team: str | None) -> list[SampleRow]:
        """The newest samples, of one team or of all."""
        return await self._rows(sa.true() if team is None else sample.c.team == team)

    async def get(self, sample_id: int, team: str | None) -> SampleRow:
        """One sample; NotFoundError where there is none such, or it is another team's."""
        mine = sample.c.id == sample_id
        found = await self._rows(mine if team is None else mine & (sample.c.team == team))
        if not found:
            raise NotFoundError(f"there is no sample {sample_id}")
        return found[0]

    async def items(self, sample_id: int) -> list[tuple[str, list[Risk]]]:
        """The talks of a sample in their order, with what speaks for a look."""
        c = sample_item.c
        query = sa.select(c.attempt_id, c.risks).where(c.sample_id == sample_id).order_by(c.position)
        async with self._database.read() as connection:
            return [(row.attempt_id, [Risk(one) for one in row.risks]) for row in await connection.execute(query)]

    async def remove(self, sample_id: int, *, who: str, now: datetime) -> None:
        """Forget a sample; the reviews stay. NotFoundError where there is none such."""
        async with self._database.write() as connection:
            name = await connection.scalar(sa.select(sample.c.name).where(sample.c.id == sample_id))
            if name is None:
                raise NotFoundError(f"there is no sample {sample_id}")
            await connection.execute(sa.delete(sample_item).where(sample_item.c.sample_id == sample_id))
            await connection.execute(sa.delete(sample).where(sample.c.id == sample_id))
            await add_line(connection, AuditLine(now, who, "sample removed", name))

    async def _rows(self, condition: sa.ColumnElement[bool]) -> list[SampleRow]:
        c = sample.c
        counts = (review.c.kind == ReviewKind.REVIEW) & (review.c.state == ReviewState.GIVEN)
        given = sa.exists().where(review.c.attempt_id == sample_item.c.attempt_id, counts)
        of_it = sa.select(sa.func.count()).select_from(sample_item).where(sample_item.c.sample_id == c.id)
        query = (
            sa.select(c.id, c.name, c.filters, c.drawn_by, c.seed, c.seen, c.team, c.created_at, c.created_by)
            .add_columns(of_it.scalar_subquery().label("size"), of_it.where(given).scalar_subquery().label("done"))
            .where(condition)
            .order_by(c.created_at.desc(), c.id.desc())
            .limit(_MOST_SAMPLES)
        )
        async with self._database.read() as connection:
            rows = map(dict, (await connection.execute(query)).mappings())
            return [SampleRow(row.pop("id"), **row | {"drawn_by": DrawnBy(row["drawn_by"])}) for row in rows]


def _candidate(row: Any) -> Candidate:
    over = row.unbridged_at or row.ended_at
    talk_s = None if row.bridged_at is None else (over - row.bridged_at).total_seconds()
    spoken = (row.talk_left or 0.0) + (row.talk_right or 0.0)
    return Candidate(
        row.id,
        row.agent_id,
        row.outcome,
        row.disposition,
        talk_s,
        dead_air_share=row.dead_air_s / row.duration_s if row.duration_s and row.dead_air_s is not None else None,
        overlap_share=row.overlap,
        agent_share=row.talk_right / spoken if spoken else None,
        new_agent=row.since is not None and row.queued_at - row.since <= _NEW_FOR,
    )

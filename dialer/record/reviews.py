"""Reviews of talks: drafts that their reviewer alone sees, those that were given, replies, and calibrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.errors import ConflictError, NotFoundError
from dialer.core.review import Reviewed, ReviewKind, ReviewState
from dialer.core.scorecard import Answer
from dialer.record.audit import AuditLine, add_line
from dialer.record.database import insert_or_skip, serialise
from dialer.record.review_tables import calibration, review

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from dialer.core.scorecard import Answers
    from dialer.record.database import Database

_MOST = 500


@dataclass(frozen=True, slots=True)
class Judged:
    """What a reviewer says of a talk."""

    attempt_id: str
    agent_id: str | None
    called_at: datetime
    kind: ReviewKind
    reviewer: str
    scorecard_id: int
    answers: Answers
    comment: str
    score: float | None
    failed: bool


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A review as the record has it; `reviewer` is the name as in the audit trail."""

    review_id: int
    attempt_id: str
    agent_id: str | None
    called_at: datetime
    kind: ReviewKind
    reviewer: str
    scorecard_id: int
    answers: Answers
    comment: str
    score: float | None
    failed: bool
    state: ReviewState
    updated_at: datetime
    given_at: datetime | None
    reply: str | None
    replied_at: datetime | None


_C = review.c
_COUNTS = (_C.kind == ReviewKind.REVIEW) & (_C.state == ReviewState.GIVEN)


class Reviews:
    """The reviews of the record."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def save(self, judged: Judged, *, give: bool, now: datetime) -> ReviewRow:
        """Keep a draft, or give it; ConflictError where it was given already: then it stays as it is."""
        key = {"attempt_id": judged.attempt_id, "reviewer": judged.reviewer, "kind": judged.kind}
        values: dict[str, Any] = {
            "scorecard_id": judged.scorecard_id,
            "answers": judged.answers,
            "comment": judged.comment,
            "score": judged.score,
            "failed": judged.failed,
            "state": ReviewState.GIVEN if give else ReviewState.DRAFT,
            "updated_at": now,
            "given_at": now if give else None,
        }
        about = {"agent_id": judged.agent_id, "called_at": judged.called_at}
        mine = sa.and_(*(_C[name] == value for name, value in key.items()))
        async with self._database.write() as connection:
            await connection.execute(
                insert_or_skip(connection, review).values(key | about | values | {"state": ReviewState.DRAFT})
            )
            change = sa.update(review).where(mine, _C.state == ReviewState.DRAFT).values(values)
            if not (await connection.execute(change)).rowcount:
                raise ConflictError("the review was given and stays as it is")
            if give:
                what = "review given" if judged.kind is ReviewKind.REVIEW else "calibration given"
                score = "no score" if judged.score is None else f"{judged.score:.1f}"
                await add_line(connection, AuditLine(now, judged.reviewer, what, judged.attempt_id, score))
        (row,) = await self._rows(sa.select(review).where(mine))
        return row

    async def of_attempt(self, attempt_id: str) -> list[ReviewRow]:
        """All reviews of a talk, drafts too, the oldest first."""
        return await self._rows(sa.select(review).where(_C.attempt_id == attempt_id).order_by(_C.id))

    async def of_agent(self, agent_id: str, limit: int = 100) -> list[ReviewRow]:
        """What an agent may see of their own talks: the newest reviews that were given."""
        mine = sa.select(review).where(_C.agent_id == agent_id, _COUNTS)
        return await self._rows(mine.order_by(_C.given_at.desc(), _C.id.desc()).limit(limit))

    async def reply(self, review_id: int, agent_id: str, text: str, *, who: str, now: datetime) -> None:
        """An agent's word on a review of theirs, once: ConflictError the second time, NotFoundError for another's."""
        async with self._database.write() as connection:
            mine = (_C.id == review_id) & (_C.agent_id == agent_id) & _COUNTS
            found = (await connection.execute(sa.select(_C.attempt_id, _C.reply).where(mine))).one_or_none()
            if found is None:
                raise NotFoundError(f"there is no review {review_id} of a talk of yours")
            change = sa.update(review).where(mine, _C.reply.is_(None)).values(reply=text, replied_at=now)
            if not (await connection.execute(change)).rowcount:
                raise ConflictError("this review has its reply already")
            await add_line(connection, AuditLine(now, who, "review replied to", found.attempt_id))

    async def given(self, since: datetime, until: datetime, agents: Collection[str] | None) -> list[Reviewed]:
        """The reviews of talks of this time that count, of these agents or of all."""
        query = sa.select(_C.agent_id, _C.called_at, _C.score, _C.failed).where(
            _COUNTS, _C.agent_id.is_not(None), _C.called_at >= since, _C.called_at < until
        )
        if agents is not None:
            query = query.where(_C.agent_id.in_(sorted(agents)))
        async with self._database.read() as connection:
            return [Reviewed(*row) for row in await connection.execute(query)]

    # --- calibration ------------------------------------------------------------------------------

    async def calibrate(self, attempt_id: str, scorecard_id: int, *, who: str, now: datetime) -> None:
        """Have this talk judged by several; ConflictError where that was asked for already."""
        values = {"attempt_id": attempt_id, "scorecard_id": scorecard_id, "created_at": now, "created_by": who}
        async with self._database.write() as connection:
            await serialise(connection, "calibration")
            known = sa.select(calibration.c.attempt_id).where(calibration.c.attempt_id == attempt_id)
            if await connection.scalar(known) is not None:
                raise ConflictError("this talk is being calibrated already")
            await connection.execute(sa.insert(calibration).values(values))
            await add_line(connection, AuditLine(now, who, "calibration begun", attempt_id))

    async def calibration_of(self, attempt_id: str) -> int | None:
        """The scorecard by which several judge this talk; None where nobody asked for that."""
        query = sa.select(calibration.c.scorecard_id).where(calibration.c.attempt_id == attempt_id)
        async with self._database.read() as connection:
            found: int | None = await connection.scalar(query)
        return found

    async def calibrations(self) -> list[tuple[str, int, datetime, str]]:
        """The newest talks that several judge: attempt, scorecard, since when, and who asked for it."""
        c = calibration.c
        query = sa.select(c.attempt_id, c.scorecard_id, c.created_at, c.created_by)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(c.created_at.desc(), c.attempt_id).limit(_MOST))
            return [(row[0], row[1], row[2], row[3]) for row in rows]

    async def _rows(self, query: sa.Select[Any]) -> list[ReviewRow]:
        async with self._database.read() as connection:
            rows = map(dict, (await connection.execute(query)).mappings())
            return [ReviewRow(row.pop("id"), **row | {"answers": _read(row["answers"])}) for row in rows]


def _read(answers: dict[str, Any]) -> Answers:
    """Words are words again."""
    return {key: Answer(one) if isinstance(one, str) else one for key, one in answers.items()}

"""For reviewers: judge a talk by a scorecard, alone or blindly beside others, and see how far they lie apart."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.attempts import AttemptId, listed, seen
from dialer.api.interface import Interface, Service
from dialer.api.scorecards import shown as scorecard_shown
from dialer.api.sounds import Judge, is_blind
from dialer.api.teams import team_of
from dialer.core.access import Caller
from dialer.core.errors import ConflictError, InputError
from dialer.core.review import ReviewKind, ReviewState
from dialer.core.scorecard import Answer, QuestionId, checked, score, spreads
from dialer.record.attempts import AttemptRow
from dialer.record.reviews import Judged, ReviewRow
from dialer.record.scorecards import ScorecardRow

router = APIRouter(tags=["reviewers"])

_Points = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False, strict=True)]
_Id = Annotated[int, Field(ge=1, le=2**63 - 1, strict=True)]


class ReviewBody(BaseModel):
    """One's own word on a talk. With `give` it counts and stays; without it is a draft that nobody else sees."""

    model_config = ConfigDict(extra="forbid")
    scorecard_id: _Id
    kind: ReviewKind = ReviewKind.REVIEW
    answers: Annotated[dict[QuestionId, Answer | _Points], Field(max_length=100)]
    comment: Annotated[str, Field(max_length=4000, pattern=r"^[^\x00]*$")] = ""
    give: Annotated[bool, Field(strict=True)] = False


class CalibrationBody(BaseModel):
    """By which scorecard several reviewers are to judge a talk."""

    model_config = ConfigDict(extra="forbid")
    scorecard_id: _Id


@router.get("/attempts/{attempt_id}/reviews")
async def reviews(service: Service, who: Judge, attempt_id: AttemptId) -> dict[str, Any]:
    """One's own reviews and those that others gave; `hidden` are there, but one has to judge blindly first."""
    await seen(service, who, attempt_id)
    rows = await service.record.reviews.of_attempt(attempt_id)
    blind = await is_blind(service, who, attempt_id)
    mine = [row for row in rows if row.reviewer == who.name]
    others = [row for row in rows if row.reviewer != who.name and row.state is ReviewState.GIVEN]
    by = await service.record.reviews.calibration_of(attempt_id)
    told = mine + ([] if blind else others)
    return {
        "mine": [shown(row) for row in mine],
        "others": [] if blind else [shown(row) for row in others],
        "hidden": len(others) if blind else 0,
        "calibration": None if by is None else await _calibration(service, by, told, blind=blind),
        "scorecards": [scorecard_shown(row) for row in await _cards(service, told, by)],
    }


@router.put("/attempts/{attempt_id}/review")
async def judge(service: Service, who: Judge, attempt_id: AttemptId, body: ReviewBody) -> dict[str, Any]:
    """Keep one's own review as a draft, or give it; 409 once it was given."""
    attempt = await seen(service, who, attempt_id)
    if who.agent_id is not None and who.agent_id == attempt.agent_id:
        raise ConflictError("nobody reviews their own talks")
    if attempt.ended_at is None:
        raise ConflictError("the talk goes on: review it when it is over")
    row = await _usable(service, body.scorecard_id)
    if body.kind is ReviewKind.CALIBRATION:
        by = await service.record.reviews.calibration_of(attempt_id)
        if by != body.scorecard_id:
            raise ConflictError("this talk is not calibrated by this scorecard")
    judged = _judged(who, attempt, row, body)
    return shown(await service.record.reviews.save(judged, give=body.give, now=datetime.now(UTC)))


@router.put("/attempts/{attempt_id}/calibration", status_code=201)
async def calibrate(service: Service, who: Judge, attempt_id: AttemptId, body: CalibrationBody) -> dict[str, Any]:
    """Have a talk judged by several reviewers, none of whom sees another's word before giving their own."""
    await seen(service, who, attempt_id)
    await _usable(service, body.scorecard_id)
    await service.record.reviews.calibrate(attempt_id, body.scorecard_id, who=who.name, now=datetime.now(UTC))
    return {"attempt_id": attempt_id, "scorecard_id": body.scorecard_id}


@router.get("/calibrations")
async def calibrations(service: Service, who: Judge) -> list[dict[str, Any]]:
    """The newest talks that several judge, and whether one's own word is still wanted."""
    rows = await service.record.reviews.calibrations()
    team = await team_of(service, who)
    found = {one.attempt_id: one for one in await service.record.search.some([row[0] for row in rows])}
    return [
        {
            "attempt": listed(found[attempt_id]),
            "scorecard_id": scorecard_id,
            "created_at": created_at,
            "created_by": created_by,
            "wanted": await is_blind(service, who, attempt_id),
        }
        for attempt_id, scorecard_id, created_at, created_by in rows
        if attempt_id in found and (team is None or found[attempt_id].agent_id in team)
    ]


def shown(row: ReviewRow) -> dict[str, Any]:
    """A review as answers have it."""
    return {name: value for name, value in asdict(row).items() if name != "called_at"}


def _judged(who: Caller, attempt: AttemptRow, row: ScorecardRow, body: ReviewBody) -> Judged:
    answers = checked(row.card, body.answers)
    found = score(row.card, answers)
    if body.give and found.open:
        raise InputError(f"answers.{found.open[0]}: not answered yet")
    return Judged(
        attempt.attempt_id,
        attempt.agent_id,
        attempt.queued_at,
        body.kind,
        who.name,
        row.scorecard_id,
        answers,
        body.comment,
        found.total,
        found.failed,
    )


async def _usable(service: Interface, scorecard_id: int) -> ScorecardRow:
    row = await service.record.scorecards.get(scorecard_id)
    if row.retired_at is not None:
        raise ConflictError(f"{row.card.name}, version {row.version}, is retired: take the present one")
    return row


async def _cards(service: Interface, rows: list[ReviewRow], calibrated_by: int | None) -> list[ScorecardRow]:
    """The scorecards that these reviews stand on, retired ones too."""
    ids = {row.scorecard_id for row in rows} | ({calibrated_by} if calibrated_by is not None else set())
    return [await service.record.scorecards.get(one) for one in sorted(ids)]


async def _calibration(service: Interface, by: int, rows: list[ReviewRow], *, blind: bool) -> dict[str, Any]:
    given = [
        row
        for row in rows
        if row.kind is ReviewKind.CALIBRATION and row.state is ReviewState.GIVEN and row.scorecard_id == by
    ]
    card = (await service.record.scorecards.get(by)).card
    scores = [row.score for row in given if row.score is not None]
    return {
        "scorecard_id": by,
        "blind": blind,
        "reviewers": [] if blind else [row.reviewer for row in given],
        "scores": [] if blind else [row.score for row in given],
        "apart": None if blind or not scores else max(scores) - min(scores),
        "questions": [] if blind else [asdict(one) for one in spreads(card, [row.answers for row in given])],
    }

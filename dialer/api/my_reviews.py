"""For agents: the reviews of their own talks, once given, and one reply to each."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.interface import RowId, Service, needs
from dialer.api.reviews import shown
from dialer.api.scorecards import shown as scorecard_shown
from dialer.api.sounds import note_shown
from dialer.core.access import Caller, Right
from dialer.core.errors import NotFoundError
from dialer.core.numbers import mask

router = APIRouter(prefix="/my-reviews", tags=["agents"])

Agent = Annotated[Caller, Depends(needs(Right.TAKE_CALLS))]


class ReplyBody(BaseModel):
    """What an agent says to a review."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]


@router.get("")
async def my_reviews(service: Service, who: Agent) -> list[dict[str, Any]]:
    """The newest reviews of one's own talks, with the scorecard, and what the reviewer noted at moments of it."""
    rows = [] if who.agent_id is None else await service.record.reviews.of_agent(who.agent_id)
    attempts = {one.attempt_id: one for one in await service.record.search.some([row.attempt_id for row in rows])}
    cards = {one: await service.record.scorecards.get(one) for one in {row.scorecard_id for row in rows}}
    notes = await service.record.sound_notes.of([row.attempt_id for row in rows])
    return [
        {
            **shown(row),
            "called_at": row.called_at,
            "campaign": attempts[row.attempt_id].campaign,
            "name": attempts[row.attempt_id].name,
            "number": mask(attempts[row.attempt_id].e164),
            "scorecard": scorecard_shown(cards[row.scorecard_id]),
            "notes": [
                note_shown(note)
                for note in notes
                if note.attempt_id == row.attempt_id and note.written_by == row.reviewer
            ],
        }
        for row in rows
    ]


@router.post("/{review_id}/reply", status_code=204)
async def reply(service: Service, who: Agent, review_id: RowId, body: ReplyBody) -> None:
    """One's own word on a review, once."""
    if who.agent_id is None:
        raise NotFoundError("you work as no agent: there are no reviews of talks of yours")
    now = datetime.now(UTC)
    await service.record.reviews.reply(review_id, who.agent_id, body.text, who=who.name, now=now)

"""For whoever writes them and whoever judges by them: scorecards and their versions."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.interface import RowId, Service, needs
from dialer.core.access import Caller, Right
from dialer.record.scorecards import ScorecardRow
from dialer.scorecards import MOST_CHARACTERS, read_scorecard

router = APIRouter(prefix="/scorecards", tags=["reviewers"])


def _writes(who: Annotated[Caller, Depends(needs(Right.REVIEW, Right.STEER_CAMPAIGNS))]) -> Caller:
    if who.team is not None:
        raise HTTPException(403, "a scorecard is for all teams: whoever belongs to one may not change it")
    return who


Reader = Annotated[Caller, Depends(needs(Right.REVIEW, Right.STEER_CAMPAIGNS))]
Writer = Annotated[Caller, Depends(_writes)]


class ScorecardBody(BaseModel):
    """A scorecard as YAML or JSON text; of a name that is known it is a new version."""

    model_config = ConfigDict(extra="forbid")
    content: Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]


@router.get("")
async def scorecards(service: Service, _who: Reader) -> list[dict[str, Any]]:
    """Every version, by name, the newest first; what is retired judges no more talks."""
    return [shown(row) for row in await service.record.scorecards.all()]


@router.post("", status_code=201)
async def add_scorecard(service: Service, who: Writer, body: ScorecardBody) -> dict[str, Any]:
    """Check a scorecard and take it in; former versions of this name are retired, their reviews stay."""
    card = read_scorecard(body.content)
    return shown(await service.record.scorecards.add(card, who=who.name, now=datetime.now(UTC)))


@router.delete("/{scorecard_id}", status_code=204)
async def retire_scorecard(service: Service, who: Writer, scorecard_id: RowId) -> None:
    """It judges no more talks; reviews by it stay."""
    await service.record.scorecards.retire(scorecard_id, who=who.name, now=datetime.now(UTC))


def shown(row: ScorecardRow) -> dict[str, Any]:
    """A scorecard as answers have it."""
    return {
        "scorecard_id": row.scorecard_id,
        "version": row.version,
        "card": row.card.model_dump(mode="json"),
        "created_at": row.created_at,
        "created_by": row.created_by,
        "retired_at": row.retired_at,
    }

"""For operators: the leads behind each reason to wait."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from dialer.api.interface import CampaignName, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.model import Hold
from dialer.core.numbers import mask
from dialer.record.waiting import WaitingLead

router = APIRouter(prefix="/campaigns", tags=["operators"])


@router.get("/{name_or_id}/waiting")
async def waiting(
    service: Service,
    _who: Annotated[Caller, Depends(needs(Right.SEE_ATTEMPTS))],
    name_or_id: CampaignName,
    hold: Hold,
    cursor: Annotated[int, Query(ge=0, le=2**63 - 1)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Leads that this holds, numbers masked; `next`, where there are more, is the cursor of the page that follows."""
    campaign = await service.record.campaigns.get(name_or_id)
    now = datetime.now(UTC)
    found = await service.record.waiting.page(campaign.campaign_id, hold, now, after=cursor, limit=limit + 1)
    page = found[:limit]
    return {
        "leads": [_shown(one) for one in page],
        "next": page[-1].lead_id if len(found) > len(page) else None,
    }


def _shown(one: WaitingLead) -> dict[str, Any]:
    return {
        "lead_id": one.lead_id,
        # A list without keys goes by its numbers, which are told to nobody here.
        "key": mask(one.key) if one.key.startswith("+") else one.key,
        "name": one.name,
        "number": None if one.e164 is None else mask(one.e164),
        "attempts": one.attempts,
        "priority": one.priority,
        "held_until": one.held_until,
        "due_at": one.due_at,
        "because": one.because,
    }

"""For operators and for whoever supplies the lists: how good a campaign's list is, and the numbers to hand back."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from dialer.api.bodies import Moment
from dialer.api.interface import CSV_FILE, CampaignName, Service, needs
from dialer.appraisal import appraise, asked_of
from dialer.appraiser import LATELY
from dialer.core.access import Caller, Right
from dialer.core.cube import By
from dialer.feedback import lines
from dialer.record.audit import AuditLine
from dialer.record.feedback import Feedback
from dialer.record.quality import Quality, chosen

router = APIRouter(prefix="/campaigns", tags=["operators"])

Source = Annotated[str | None, Query(max_length=200)]


@router.get("/{name_or_id}/quality")
async def quality(
    service: Service,
    _who: Annotated[Caller, Depends(needs(Right.SEE_FLOOR))],
    name_or_id: CampaignName,
    since: Moment | None = None,
    by: Annotated[str, Query(pattern=f"^({'|'.join(word.value.lower() for word in By)})$")] = By.LIST.value.lower(),
) -> dict[str, Any]:
    """The ratios, the place in the band, likely causes with their evidence; without `since` of the last 24 hours."""
    campaign = await service.record.campaigns.get(name_or_id)
    now = datetime.now(UTC)
    asked = asked_of(campaign, service.settings.region, since or now - LATELY, now)
    return (await appraise(service.record.database, campaign, asked)).values(By(by.upper()))


@router.get("/{name_or_id}/feedback", response_class=StreamingResponse, responses=CSV_FILE)
async def feedback(
    service: Service,
    who: Annotated[Caller, Depends(needs(Right.SEE_NUMBERS))],
    name_or_id: CampaignName,
    since: Moment | None = None,
    source: Source = None,
) -> StreamingResponse:
    """The numbers that are invalid, suspended or changed, as CSV; leaves an audit line."""
    campaign = await service.record.campaigns.get(name_or_id)
    now = datetime.now(UTC)
    zone = asked_of(campaign, service.settings.region, since, now).zone
    lists = chosen(await Quality(service.record.database).lists(campaign.campaign_id), source)
    await service.record.audit.add(AuditLine(now, who.name, "feedback with full numbers", campaign.name))
    numbers = Feedback(service.record.database).dead(campaign.campaign_id, since=since, lists=lists)
    name = f'attachment; filename="feedback-{campaign.campaign_id}.csv"'
    return StreamingResponse(
        lines(numbers, zone), media_type="text/csv; charset=utf-8", headers={"content-disposition": name}
    )

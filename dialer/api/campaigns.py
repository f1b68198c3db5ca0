"""For operators: make a campaign, see what runs, and how fast."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends

from dialer.api.bodies import asks_for, posted
from dialer.api.interface import CampaignName, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.calendar import uncovered_years
from dialer.core.errors import InputError
from dialer.core.plan import CampaignPlan
from dialer.record.campaigns import Campaign
from dialer.workable import refuse_unknown_script, refuse_unworkable

router = APIRouter(prefix="/campaigns", tags=["operators"])


@router.get("")
async def campaigns(service: Service, _who: Annotated[Caller, Depends(needs(Right.SEE_FLOOR))]) -> list[dict[str, Any]]:
    """All campaigns, newest first; of those that this node runs also the last decision, and what holds their leads."""
    running = {one["campaign_id"]: one for one in service.campaigns.summaries()}
    known = await service.record.campaigns.all()
    return [running.get(one.campaign_id) or _at_rest(one) for one in reversed(known)]


@router.post("", status_code=201, openapi_extra=asks_for(CampaignPlan))
async def create(
    service: Service,
    who: Annotated[Caller, Depends(needs(Right.STEER_CAMPAIGNS))],
    plan: Annotated[CampaignPlan, Depends(posted(CampaignPlan))],
) -> dict[str, Any]:
    """Make a campaign from its plan, paused: load a list, then resume it. `warnings` do not keep it from dialling."""
    now = datetime.now(UTC)
    _refuse_half_characters(plan)
    refuse_unworkable(plan, service.settings, now)
    await refuse_unknown_script(plan, service.record.scripts)
    made = await service.record.campaigns.create(plan, now, who.name)
    gaps = [
        f"the holiday calendar does not cover {year}; add calendar_overrides"
        for year in uncovered_years(plan, now.date())
    ]
    return _whole(made) | {"lists": [], "warnings": gaps}


@router.get("/{name_or_id}")
async def campaign(
    service: Service, _who: Annotated[Caller, Depends(needs(Right.SEE_FLOOR))], name_or_id: CampaignName
) -> dict[str, Any]:
    """One campaign with its whole plan and its lists."""
    found = await service.record.campaigns.get(name_or_id)
    lists = await service.record.lists.of(found.campaign_id)
    return _whole(found) | {"lists": [asdict(one) for one in lists]}


@router.post("/{name_or_id}/commands")
async def command(
    service: Service,
    who: Annotated[Caller, Depends(needs(Right.STEER_CAMPAIGNS))],
    name_or_id: CampaignName,
    body: dict[str, Any],
) -> dict[str, Any]:
    """Pause, resume, stop, change the pacing or the answer band; the same commands as over MQTT."""
    changed = await service.campaigns.command(name_or_id, body, who=who.name)
    return {
        "campaign_id": changed.campaign_id,
        "status": changed.status.value,
        "pacing": changed.plan.pacing.model_dump(mode="json"),
    }


def _at_rest(campaign: Campaign) -> dict[str, Any]:
    pacing = campaign.plan.pacing
    return {
        "campaign_id": campaign.campaign_id,
        "name": campaign.plan.name,
        "status": campaign.status.value,
        "mode": pacing.mode.value,
        "ratio": pacing.ratio,
        "pacing": pacing.model_dump(mode="json"),
    }


def _whole(campaign: Campaign) -> dict[str, Any]:
    return {
        "campaign_id": campaign.campaign_id,
        "status": campaign.status.value,
        "plan": campaign.plan.model_dump(mode="json"),
    }


def _refuse_half_characters(plan: CampaignPlan) -> None:
    """JSON may spell half a surrogate pair; kept, it would break every answer that the plan is in."""
    for key, value in plan.model_dump(mode="json").items():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise InputError(f"{key}: holds half a surrogate pair, which is no text") from None

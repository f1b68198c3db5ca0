"""For operators: what runs, and how fast."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from dialer.api.interface import Service, needs
from dialer.core.access import Caller, Right

router = APIRouter(prefix="/campaigns", tags=["operators"])


@router.get("")
async def running(service: Service, _who: Annotated[Caller, Depends(needs(Right.SEE_FLOOR))]) -> list[dict[str, Any]]:
    """The campaigns that this node runs, with their last decision and what holds their leads."""
    return service.campaigns.summaries()


@router.post("/{name_or_id}/commands")
async def command(
    service: Service,
    who: Annotated[Caller, Depends(needs(Right.STEER_CAMPAIGNS))],
    name_or_id: str,
    body: dict[str, Any],
) -> dict[str, Any]:
    """Pause, resume, stop, or change the pacing; the same commands as over MQTT."""
    changed = await service.campaigns.command(name_or_id, body, who=who.name)
    return {
        "campaign_id": changed.campaign_id,
        "status": changed.status.value,
        "pacing": changed.plan.pacing.model_dump(mode="json"),
    }

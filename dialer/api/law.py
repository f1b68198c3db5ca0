"""For operators: the hours outside which nobody is called, whatever a campaign's plan says."""

from typing import Annotated, Any

import phonenumbers
from fastapi import APIRouter, Depends

from dialer.api.interface import Service, needs
from dialer.core.access import Caller, Right

router = APIRouter(tags=["operators"])


@router.get("/legal-hours")
async def legal_hours(
    service: Service, _who: Annotated[Caller, Depends(needs(Right.STEER_CAMPAIGNS, Right.SEE_FLOOR))]
) -> dict[str, Any]:
    """Those of the country of `region`, local to the number; `closes` at 00:00 is the end of the day."""
    settings = service.settings
    hours = settings.law.hours_for(str(phonenumbers.country_code_for_region(settings.region)))
    return hours.model_dump(mode="json")

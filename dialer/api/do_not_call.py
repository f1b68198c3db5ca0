"""For other systems: the numbers that are never called, one list for all campaigns."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.bodies import asks_for, posted
from dialer.api.interface import Interface, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.errors import InputError
from dialer.core.numbers import mask, parse
from dialer.record.audit import AuditLine

router = APIRouter(prefix="/do-not-call", tags=["other systems"])

Loader = Annotated[Caller, Depends(needs(Right.LOAD_LEADS))]
_Words = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$")]


class Entry(BaseModel):
    """A number that is never to be called again; `reason`: who asked for it, and how."""

    model_config = ConfigDict(extra="forbid", strict=True)
    number: str
    reason: _Words


class Removal(BaseModel):
    """A number that may be called again; `why`: how its holder agreed."""

    model_config = ConfigDict(extra="forbid", strict=True)
    number: str
    why: _Words


@router.get("")
async def listed(service: Service, _who: Loader, number: Annotated[str, Query(max_length=100)]) -> dict[str, Any]:
    """Whether a number is on the list; write its plus sign as %2B."""
    e164 = _read(service, number)
    return {"number": mask(e164), "listed": bool(await service.record.do_not_call.listed([e164]))}


@router.post("", openapi_extra=asks_for(Entry))
async def add(service: Service, who: Loader, entry: Annotated[Entry, Depends(posted(Entry))]) -> dict[str, Any]:
    """Never call this number again, from the next call on; one that is on the list already stays as it is there."""
    e164, now = _read(service, entry.number), datetime.now(UTC)
    added = await service.record.do_not_call.add_many([e164], source=who.name, reason=entry.reason, now=now)
    if added:
        await service.record.audit.add(AuditLine(now, who.name, "do-not-call added", e164, entry.reason))
    return {"number": mask(e164), "listed": True, "added": bool(added)}


@router.delete("", openapi_extra=asks_for(Removal))
async def remove(
    service: Service, who: Loader, removal: Annotated[Removal, Depends(posted(Removal))]
) -> dict[str, Any]:
    """Take a number off the list, because its holder agrees to be called again."""
    e164, now = _read(service, removal.number), datetime.now(UTC)
    gone = await service.record.do_not_call.remove(e164, now=now, who=who.name, why=removal.why)
    return {"number": mask(e164), "listed": False, "removed": gone}


def _read(service: Interface, number: str) -> str:
    try:
        return parse(number, service.settings.region).e164
    except InputError as error:
        raise InputError(f"number: {error}") from None

"""For those who answer for calls: a legal hold on one, and one with all its evidence as a file."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.attempts import AttemptId, Listener, seen
from dialer.api.interface import Service, needs
from dialer.api.recording import NOT_STORED, keyless, opened, store_of
from dialer.core.access import Caller, Right
from dialer.core.errors import ConflictError, NotFoundError, SettingsError
from dialer.evidence import documents
from dialer.record.audit import AuditLine
from dialer.record.evidence import gather
from dialer.record.holds import LegalHold
from recordings.evidence import About, packed
from recordings.store import Reading

router = APIRouter(prefix="/attempts", tags=["reviewers"])

Holder = Annotated[Caller, Depends(needs(Right.HOLD_RECORDINGS))]
_ZIP: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}
}


class Reason(BaseModel):
    """Why: a case, an order of a court, a complaint. It is kept in the audit trail."""

    model_config = ConfigDict(extra="forbid")
    reason: Annotated[
        str, Field(min_length=3, max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f]*\S[^\x00-\x1f\x7f-\x9f]*$")
    ]


class Wanted(BaseModel):
    """How the evidence is wanted: `full_number` needs the right to see numbers."""

    model_config = ConfigDict(extra="forbid")
    full_number: bool = False


@router.put("/{attempt_id}/hold")
async def hold(service: Service, who: Holder, attempt_id: AttemptId, body: Reason) -> dict[str, Any]:
    """Put a call under legal hold: its sound is not deleted, however old it is, until the hold is lifted."""
    await seen(service, who, attempt_id)
    return asdict(await service.record.holds.put(LegalHold(attempt_id, datetime.now(UTC), who.name, body.reason)))


@router.delete("/{attempt_id}/hold", status_code=204)
async def lift(service: Service, who: Holder, attempt_id: AttemptId, body: Reason) -> None:
    """Lift a legal hold: from the next sweep on the sound may be deleted, if its time is over."""
    await seen(service, who, attempt_id)
    await service.record.holds.lift(attempt_id, body.reason, who.name, datetime.now(UTC))


@router.get("/{attempt_id}/evidence", response_class=StreamingResponse, responses=_ZIP)
async def evidence(
    service: Service,
    who: Listener,
    attempt_id: AttemptId,
    asked: Annotated[Wanted, Query()],
) -> Response:
    """One call as a signed ZIP: its sound, its story, why it was made, and who looked at it. Leaves an audit line."""
    full_number = asked.full_number
    if full_number and not who.may(Right.SEE_NUMBERS):
        raise HTTPException(403, f"{who.name} may not do this: full_number needs {Right.SEE_NUMBERS}")
    row = await seen(service, who, attempt_id)
    campaign = await service.record.campaigns.get(row.campaign_id)
    try:
        keys = await asyncio.to_thread(store_of(service).key_file.read)
    except SettingsError as error:
        raise keyless(error) from error
    now, numbers = datetime.now(UTC), "full" if full_number else "masked"
    await service.record.search.looked(AuditLine(now, who.name, "evidence exported", attempt_id, f"numbers {numbers}"))
    found = await gather(service.record.database, attempt_id)
    sound, why_none = None, None
    try:
        sound = await opened(service, await service.record.recordings.get(attempt_id))
    except (NotFoundError, ConflictError) as error:  # none, gone or damaged: the rest is evidence all the same
        why_none = str(error)
    law = service.settings.law
    files = documents(found, row, campaign, law, full_numbers=full_number, no_sound=why_none)
    parts = packed(About(attempt_id, now, who.name, numbers), files, sound, keys.signer())
    headers = {**NOT_STORED, "content-disposition": f'attachment; filename="evidence-{attempt_id}.zip"'}
    return StreamingResponse(_sent(parts, sound), headers=headers, media_type="application/zip")


async def _sent(parts: Iterator[bytes], sound: Reading | None) -> AsyncIterator[bytes]:
    """Reading and packing wait for a disk and calculate: in a thread. A sound that is damaged breaks the file off."""
    try:
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            yield part
    finally:
        if sound is not None:
            sound.close()

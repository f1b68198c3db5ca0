"""For operators: load a list of leads from a file, see a campaign's lists, and fetch what was refused of one."""

import asyncio
import csv
import io
import shutil
import unicodedata
from collections.abc import AsyncIterator, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import StreamingResponse
from starlette.datastructures import UploadFile
from starlette.types import Message, Receive

from dialer.api.interface import CSV_FILE, CampaignName, Interface, RowId, Service, needs
from dialer.core.access import Caller, Right
from dialer.core.errors import InputError
from dialer.feedback import harmless
from dialer.intake import read_leads
from dialer.record.audit import AuditLine
from dialer.record.campaigns import Campaign
from dialer.record.imports import ImportReport
from dialer.record.lists import Refused

router = APIRouter(prefix="/campaigns", tags=["operators"])

MOST_BYTES = 64 * 1024 * 1024
"""Of one file."""
_ENVELOPE_BYTES = 16 * 1024
"""What a form may have around its file."""
_LONGEST_NAME = 200
_NO_NAME = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Kinds of characters that no list's name has: controls, marks that turn the text round, halves, line ends."""
_ON_DISK = "list"
"""Whatever the file is called: its own name never becomes a path."""
_REFUSED = ("row", "field", "reason", "raw")
_TOO_LARGE: dict[int | str, dict[str, Any]] = {413: {"description": "the file is larger than 64 MiB"}}
_UPLOAD = {
    "type": "object",
    "required": ["file"],
    "properties": {"file": {"type": "string", "format": "binary"}, "name": {"type": "string"}},
}

Loader = Annotated[Caller, Depends(needs(Right.LOAD_LEADS))]


@router.post(
    "/{name_or_id}/lists",
    status_code=201,
    responses=_TOO_LARGE,
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _UPLOAD}}}},
)
async def load(request: Request, service: Service, who: Loader, name_or_id: CampaignName) -> dict[str, Any]:
    """Import a CSV or XLSX file of at most 64 MiB as a list, called `name` or like the file; refused rows are named."""
    campaign = await service.record.campaigns.get(name_or_id)
    # Whether somebody may load and how much comes is known before the body is read, so the framework must not read it.
    bounded = Request(request.scope, _at_most(request))
    async with bounded.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise InputError("file: send the list as a file in a form (multipart/form-data)")
        source = _name("file", file.filename or "")
        given = form.get("name")
        list_name = _name("name", given) if isinstance(given, str) and given.strip() else PurePath(source).stem
        if (file.size or 0) > MOST_BYTES:
            raise _too_large()
        with TemporaryDirectory(prefix="ringpace-list-") as folder:
            path = Path(folder) / _ON_DISK
            await asyncio.to_thread(_keep, file, path)
            await file.close()
            report = await _import(service, campaign, (list_name or source, source), path, who)
    return {
        "campaign_id": campaign.campaign_id,
        "list_id": report.list_id,
        "name": list_name or source,
        "source": source,
        "accepted": report.accepted,
        "total": report.total,
        "rejected_count": report.rejected_count,
        "rejected": [asdict(row) for row in report.rejected],
    }


@router.get("/{name_or_id}/lists/{list_id}/rejected", response_class=StreamingResponse, responses=CSV_FILE)
async def rejected(service: Service, _who: Loader, name_or_id: CampaignName, list_id: RowId) -> StreamingResponse:
    """All rows of a list that were refused, as CSV; values are hints with their digits masked."""
    campaign = await service.record.campaigns.get(name_or_id)
    refused = await service.record.lists.refused(campaign.campaign_id, list_id)
    name = f'attachment; filename="rejected-{list_id}.csv"'
    return StreamingResponse(
        _lines(refused),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": name, "cache-control": "private, no-store"},
    )


# --- taking a file in ----------------------------------------------------------------------------


def _at_most(request: Request) -> Receive:
    """The body as it comes in, up to what a form with one file may have; 413 beyond, and the rest is not read."""
    most, come = MOST_BYTES + _ENVELOPE_BYTES, 0
    told = request.headers.get("content-length", "")
    if told.isdecimal() and (len(told) > len(str(most)) or int(told) > most):
        raise _too_large()

    async def receive() -> Message:
        nonlocal come
        message = await request.receive()
        come += len(message.get("body", b""))
        if come > most:
            raise _too_large()
        return message

    return receive


def _too_large() -> HTTPException:
    return HTTPException(413, f"file: larger than {MOST_BYTES >> 20} MiB; load it in parts")


def _name(field: str, text: str) -> str:
    """What a list is called or came from: one line of text, shown to people and never used as a path."""
    name = text.strip()
    if not name:
        raise InputError(f"{field}: has no name")
    if len(name) > _LONGEST_NAME:
        raise InputError(f"{field}: its name is longer than {_LONGEST_NAME} characters")
    if any(unicodedata.category(character) in _NO_NAME for character in name):
        raise InputError(f"{field}: its name holds a control character")
    return name


def _keep(file: UploadFile, path: Path) -> None:
    with path.open("xb") as kept:
        shutil.copyfileobj(file.file, kept)


async def _import(
    service: Interface, campaign: Campaign, names: tuple[str, str], path: Path, who: Caller
) -> ImportReport:
    """Import a file under its list's name and source; an audit line tells what came of it, whole or not."""
    done, now = 0, datetime.now(UTC)
    rows = read_leads(path, service.settings.region)

    def progress(count: int) -> None:
        nonlocal done
        done = count

    async def tell(counts: str) -> None:
        line = AuditLine(now, who.name, "leads imported", campaign.name, f"{counts}, from {names[1]}")
        await service.record.audit.add(line)

    try:
        report = await service.record.leads.add(campaign.campaign_id, *names, rows, now, progress)
    except InputError as error:
        # The file's name on the disk is none of the sender's concern.
        why = str(error).removeprefix(f"{_ON_DISK}: ")
        if not done:
            raise InputError(f"file: {why}") from error
        await tell(f"broken off after {done} rows")
        raise InputError(f"file: {why}; the first {done} rows are taken in: mend the file and load it again") from error
    await tell(f"{report.accepted} of {report.total} accepted, list {report.list_id}")
    return report


# --- what was refused ----------------------------------------------------------------------------


async def _lines(refused: AsyncIterator[list[Refused]]) -> AsyncIterator[str]:
    """The file in pieces; by its mark spreadsheets know it for UTF-8."""
    yield "\ufeff" + _lines_of([_REFUSED])
    async for rows in refused:
        yield _lines_of((row.row, row.field, row.reason, row.raw) for row in rows)


def _lines_of(rows: Iterable[Iterable[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()

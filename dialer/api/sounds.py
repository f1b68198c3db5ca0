"""For reviewers: the shape and measures of a recording without its sound, and notes at a moment of it."""

import asyncio
import contextlib
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, ConfigDict, Field

from dialer.api.attempts import AttemptId, Listener, seen
from dialer.api.interface import Interface, RowId, Service, needs
from dialer.api.recording import NOT_STORED, opened
from dialer.core.access import Caller, Right
from dialer.core.errors import InputError, NotFoundError
from dialer.core.review import ReviewKind, ReviewState
from dialer.record.sound_notes import SoundNote
from recordings.measure import Measures, Outline
from recordings.sound import look_at
from recordings.store import Reading

router = APIRouter(prefix="/attempts", tags=["reviewers"])

Judge = Annotated[Caller, Depends(needs(Right.REVIEW))]
_DEADLINE_S = 20.0


class NoteBody(BaseModel):
    """What was noticed, and how many seconds into the recording."""

    model_config = ConfigDict(extra="forbid")
    at_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False, strict=True)]
    text: Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]*$")]


@router.get("/{attempt_id}/sound")
async def sound(service: Service, who: Listener, attempt_id: AttemptId, response: Response) -> dict[str, Any]:
    """Measures, silences and the shape of both sides: what a player draws before anything is heard."""
    await seen(service, who, attempt_id)
    recording = await opened(service, await service.record.recordings.get(attempt_id))
    try:
        async with asyncio.timeout(_DEADLINE_S):
            measures, drawn = await asyncio.to_thread(_looked_at, recording)
    except (OSError, ValueError, TimeoutError) as error:
        raise NotFoundError(f"the recording of {attempt_id} cannot be read") from error
    await service.record.recordings.measured(attempt_id, measures)
    row = await service.record.recordings.get(attempt_id)
    response.headers.update(NOT_STORED)
    return {
        "duration_s": row.duration_s,
        "level_left_dbfs": row.level_left_dbfs,
        "level_right_dbfs": row.level_right_dbfs,
        "measures": asdict(measures),
        "silences": drawn.silences,
        "left": drawn.left,
        "right": drawn.right,
    }


def _looked_at(recording: Reading) -> tuple[Measures, Outline]:
    with contextlib.closing(recording):
        return look_at(recording.read(0, recording.size_bytes))


@router.get("/{attempt_id}/notes")
async def notes(service: Service, who: Judge, attempt_id: AttemptId) -> list[dict[str, Any]]:
    """The notes at moments of a recording; while one has still to judge it blindly, one's own alone."""
    await seen(service, who, attempt_id)
    blind = await is_blind(service, who, attempt_id)
    found = await service.record.sound_notes.of([attempt_id])
    return [note_shown(one) for one in found if not blind or one.written_by == who.name]


@router.post("/{attempt_id}/notes", status_code=201)
async def add_note(service: Service, who: Judge, attempt_id: AttemptId, body: NoteBody) -> dict[str, Any]:
    """Write a note at a moment of the recording."""
    await seen(service, who, attempt_id)
    row = await service.record.recordings.get(attempt_id)
    if body.at_s > (row.duration_s or 0.0) + 1:
        raise InputError(f"at_s: the recording has {row.duration_s or 0:.1f} s")
    now = datetime.now(UTC)
    note_id = await service.record.sound_notes.add(attempt_id, body.at_s, body.text, who=who.name, now=now)
    return note_shown(SoundNote(note_id, attempt_id, body.at_s, body.text, now, who.name))


@router.delete("/{attempt_id}/notes/{note_id}", status_code=204)
async def remove_note(service: Service, who: Judge, attempt_id: AttemptId, note_id: RowId) -> None:
    """Take a note of one's own away."""
    await seen(service, who, attempt_id)
    await service.record.sound_notes.remove(attempt_id, note_id, who=who.name, now=datetime.now(UTC))


async def is_blind(service: Interface, who: Caller, attempt_id: str) -> bool:
    """Whether a talk is calibrated and whoever asks has not given their word yet: then nobody else's is shown."""
    if await service.record.reviews.calibration_of(attempt_id) is None:
        return False
    given = (
        row.reviewer == who.name and row.kind is ReviewKind.CALIBRATION and row.state is ReviewState.GIVEN
        for row in await service.record.reviews.of_attempt(attempt_id)
    )
    return not any(given)


def note_shown(note: SoundNote) -> dict[str, Any]:
    """A note as answers have it."""
    return {
        "note_id": note.note_id,
        "at_s": note.at_s,
        "text": note.text,
        "written_at": note.written_at,
        "written_by": note.written_by,
    }

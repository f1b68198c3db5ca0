"""The sound of a recording as an answer: whole or in one range, opened piece by piece off the event loop."""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator
from typing import Any

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from dialer.api.interface import Interface
from dialer.core.errors import ConflictError, NotFoundError, RingpaceError, SettingsError
from dialer.core.model import RecordingState
from dialer.record.recordings import RecordingRow
from recordings.keys import KeyFile
from recordings.sealed import DamagedError, UnknownKeyError
from recordings.store import Reading, Store

log = logging.getLogger(__name__)

NOT_STORED = {"cache-control": "private, no-store"}
_PIECE_BYTES = 256 * 1024
_RANGE = re.compile(r"bytes=(?!-$)([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
_WAV = {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}}
SOUND: dict[int | str, dict[str, Any]] = {
    200: _WAV,
    206: _WAV | {"description": "the range that was asked for"},
    409: {"description": "the file is not what was stored"},
    416: {"description": "the recording has no such range"},
}
"""For the documentation."""


def store_of(service: Interface) -> Store:
    """The recordings of this machine."""
    return Store(service.settings.recordings_dir, KeyFile(service.settings.recording_keys))


async def opened(service: Interface, row: RecordingRow) -> Reading:
    """A recording, to be read and closed; NotFoundError where there is none, ConflictError for a damaged one."""
    if row.state is not RecordingState.STORED:
        raise NotFoundError(f"the recording of {row.attempt_id} is {row.state}: {row.detail or 'no detail'}")
    try:
        return await asyncio.to_thread(_opened, store_of(service), row)
    except NotFoundError as error:
        raise NotFoundError(f"the recording of {row.attempt_id} cannot be heard: {error}") from error
    except OSError as error:
        raise NotFoundError(f"the recording of {row.attempt_id} cannot be read: {error.strerror}") from error
    except (DamagedError, UnknownKeyError) as error:
        raise ConflictError(f"the recording of {row.attempt_id} cannot be heard: {error}") from error
    except SettingsError as error:
        raise keyless(error) from error


def keyless(error: SettingsError) -> RingpaceError:
    """What those who listen are told where the key file cannot be used; where it lies is for the log and the doctor."""
    log.error("no keys of the recordings", extra={"why": str(error)})
    return RingpaceError("the keys of the recordings cannot be read: `dialer doctor` says why")


def _opened(store: Store, row: RecordingRow) -> Reading:
    sound = store.open(store.inside(row.path))
    try:
        sound.read(0, 1)  # what is damaged from the start is told before anything is sent
    except BaseException:
        sound.close()
        raise
    return sound


def answer(request: Request, sound: Reading, row: RecordingRow) -> Response:
    """The whole of it, or the one range that was asked for; several at once are answered with the whole."""
    tag = f'"{row.sha256}"'
    headers = {
        **NOT_STORED,
        "accept-ranges": "bytes",
        "content-disposition": f'inline; filename="{row.attempt_id}.wav"',
        "etag": tag,
        "x-content-type-options": "nosniff",
    }
    asked = request.headers.get("range")
    if asked is None or request.headers.get("if-range", tag) != tag or not (found := _RANGE.fullmatch(asked)):
        return _stream(sound, 0, sound.size_bytes, 200, headers)
    first, last = found.groups()
    if first:
        start, stop = int(first), min(sound.size_bytes, int(last) + 1) if last else sound.size_bytes
    else:
        start, stop = max(0, sound.size_bytes - int(last)), sound.size_bytes
    if start >= stop:
        sound.close()
        return Response(status_code=416, headers={"content-range": f"bytes */{sound.size_bytes}", **NOT_STORED})
    headers["content-range"] = f"bytes {start}-{stop - 1}/{sound.size_bytes}"
    return _stream(sound, start, stop, 206, headers)


def _stream(sound: Reading, start: int, stop: int, status: int, headers: dict[str, str]) -> StreamingResponse:
    headers["content-length"] = str(stop - start)
    return StreamingResponse(_pieces(sound, start, stop), status, headers, media_type="audio/wav")


async def _pieces(sound: Reading, start: int, stop: int) -> AsyncIterator[bytes]:
    """A piece that is damaged breaks the answer off: what was not said is never heard."""
    with contextlib.closing(sound):
        for at in range(start, stop, _PIECE_BYTES):
            yield await asyncio.to_thread(sound.read, at, min(at + _PIECE_BYTES, stop))

"""Looks after stored recordings: seals those that are still plain, and finds those that are not what was stored."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.core.errors import NotFoundError, RingpaceError
from recordings.store import PLAIN_SUFFIX, SUFFIX
from recordings.upkeep import Step

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dialer.record.record import Record
    from dialer.record.recordings import RecordingRow
    from recordings.store import Store

_PIECE_BYTES = 1024 * 1024


async def seal_old(record: Record, store: Store, files: list[Path]) -> AsyncIterator[Step]:
    """Seal each of these files that is plain. Interrupted at any moment, it is simply done again.

    The sealed one is read back before its row names it, and the plain one is removed after that: at every moment the
    row names a file that is whole.
    """
    for path in files:
        if path.suffix != PLAIN_SUFFIX:
            continue
        try:
            yield Step(path, changed=await _seal(record, store, path))
        except (OSError, RingpaceError) as error:
            yield Step(path, changed=False, trouble=str(error))


async def _seal(record: Record, store: Store, path: Path) -> bool:
    sealed = path.with_suffix(SUFFIX)
    row = await record.recordings.get(path.stem.rpartition("_")[2])
    named = await asyncio.to_thread(store.inside, row.path)
    if named.name != sealed.name:  # else a former run came so far
        if named.name != path.name:
            raise NotFoundError(f"{path.name}: the record knows the recording of {row.attempt_id} by another name")
        wav = await asyncio.to_thread(path.read_bytes)
        if hashlib.sha256(wav).hexdigest() != row.sha256:
            raise NotFoundError(f"{path.name} is not what was stored: its checksum differs")
        await asyncio.to_thread(store.write, wav, sealed)
        if await asyncio.to_thread(store.whole, sealed) != wav:
            raise NotFoundError(f"{path.name} could not be read back")
        if not await record.recordings.moved(row.attempt_id, row.path, str(sealed)):
            await asyncio.to_thread(store.remove, sealed)
            return False  # deleted meanwhile
    await asyncio.to_thread(store.remove, path)
    return True


async def check(record: Record, store: Store) -> AsyncIterator[Step]:
    """Read every stored recording from its first byte to its last, and hold it against what was stored."""
    async for row in record.recordings.all_stored():
        yield Step(Path(row.path), changed=False, trouble=await trouble_of(store, row))


async def trouble_of(store: Store, row: RecordingRow) -> str | None:
    """What is wrong with a recording, in words; None where it is whole and what was stored."""
    try:
        path = await asyncio.to_thread(store.inside, row.path)
        digest = await asyncio.to_thread(_digest, store, path)
    except (OSError, RingpaceError) as error:
        return str(error)
    return None if digest == row.sha256 else "it is not what was stored: its checksum differs"


def _digest(store: Store, path: Path) -> str:
    digest = hashlib.sha256()
    with store.open(path) as sound:
        for at in range(0, sound.size_bytes, _PIECE_BYTES):
            digest.update(sound.read(at, at + _PIECE_BYTES))
    return digest.hexdigest()

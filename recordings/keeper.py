"""Keeps recordings: knows which are being made, stores each when its talk is over, and shows the gap where one is not.

Asterisk says nothing when it has closed the file of a leg that hung up, so a file is taken once it has stopped growing.
One that the store has no room for, or that the store's disk refuses, stays in the spool and is tried again until it is
stored; until then its row says that it is missing, and why.
"""

from __future__ import annotations

import asyncio
import logging
import math
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dialer.core.errors import RingpaceError
from recordings.joined import mix_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from recordings.sound import Sound
    from recordings.store import Store

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.1
_STILL_FOR = 3
"""Looks without growth after which a file is whole."""
_MOST_LOOKS = 100
_AT_ONCE = 8
"""Recordings stored at once; a talk that ends takes about half a second."""
_OWED_FROM_S = 0.5
"""A talk shorter than this may end before Asterisk has written a sample of it."""
_TRY_AGAIN_S = 5.0
_FULL_BYTES = 64 * 1024
_MOST_LOST_S = 2.0
"""So much of a talk may lack without a word: the recording begins with the first sound and ends with the last."""


class Index(Protocol):
    """Where recordings are written down, in its own time."""

    def begun(self, attempt_id: str, path: Path, now: datetime) -> None:
        """A recording is being made."""

    def stored(self, attempt_id: str, sound: Sound, now: datetime, detail: str | None = None) -> None:
        """A recording is on disk, measured; `detail` says what of the talk it lacks, if anything."""

    def missing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """A recording should be there and is not."""

    def nothing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """The talk was over before any sound could be written."""


@dataclass(slots=True)
class _Owed:
    """A recording that is to be stored: where, and how long the talk was (infinite where that is not known)."""

    attempt_id: str
    target: Path
    talk_s: float
    refused: str | None = None
    """What the store said when it was tried; None before."""
    in_line: bool = False


class Keeper:
    """The recordings of one node. `begin` and `finish` never wait; `run` does the work."""

    def __init__(self, spool: Path, store: Store, index: Index, clock: Callable[[], datetime]) -> None:
        self._spool = spool
        self._store = store
        self._index = index
        self._clock = clock
        self._campaigns: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self._queue: asyncio.Queue[_Owed] = asyncio.Queue()
        self._refused: dict[str, _Owed] = {}
        """Those that wait in the spool, the oldest first."""
        self._again: asyncio.TimerHandle | None = None
        self._lost: str | None = None
        self.on_kept: Callable[[bool], None] = lambda _stored: None
        """Told after each recording whether it was stored."""

    @property
    def trouble(self) -> str | None:
        """What stands in the way of recordings, in words, or None."""
        if not self._refused:
            return self._lost
        first = next(iter(self._refused.values()))
        return f"{len(self._refused)} recordings wait in {self._spool} to be stored: {first.refused}"

    def begin(self, attempt_id: str, campaign: str) -> Path:
        """A talk is about to begin: where Asterisk is to write it."""
        self._campaigns[attempt_id] = campaign
        return self._raw(attempt_id)

    def heard(self, attempt_id: str) -> None:
        """The talk has begun: from now on there should be a recording."""
        self._began[attempt_id] = asyncio.get_running_loop().time()
        self._index.begun(attempt_id, self._raw(attempt_id), self._clock())

    def forget(self, attempt_id: str) -> None:
        """The talk never came about."""
        self._campaigns.pop(attempt_id, None)
        self._raw(attempt_id).unlink(missing_ok=True)

    def finish(self, attempt_id: str, talk_s: float) -> None:
        """The talk is over, after so many seconds by the wall clock."""
        began = self._began.pop(attempt_id, None)
        if began is not None:
            lasted_s = asyncio.get_running_loop().time() - began
            # A wall clock that was set meanwhile makes a talk last an hour, or less than nothing.
            talk_s = min(talk_s, lasted_s) if talk_s >= 0 else lasted_s
        campaign, today = self._campaigns.get(attempt_id, "unknown"), self._clock().date()
        self._put_in_line(_Owed(attempt_id, self._store.path_for(campaign, today, attempt_id), talk_s))

    def adopt(self, attempt_id: str, campaign: str) -> None:
        """A recording that a former run began: the talk is over, and how long it was is not known."""
        self._campaigns[attempt_id] = campaign
        self.finish(attempt_id, math.inf)

    def left_behind(self) -> list[str]:
        """The attempts whose raw files a former run left in the spool."""
        return sorted(path.stem for path in self._spool.glob("*.raw") if path.stem not in self._campaigns)

    def is_ours(self, raw: Path) -> bool:
        """Whether a recording was written to this node's spool and is not being made now."""
        return raw.parent == self._spool and raw.stem not in self._campaigns

    async def run(self) -> None:
        """Store what is finished, for ever; several at a time, for most of it is waiting until a file stops growing."""
        async with asyncio.TaskGroup() as keepers:
            for _ in range(_AT_ONCE):
                keepers.create_task(self._keep_on())

    async def _keep_on(self) -> None:
        while True:
            await self.keep_next()

    async def keep_next(self) -> None:
        """Store the next finished recording."""
        owed = await self._queue.get()
        try:
            await self._keep(owed)
        finally:
            owed.in_line = False
            self._queue.task_done()

    async def drain(self) -> None:
        """Wait until all that is finished is stored, or refused: then the next run finds it in the spool."""
        self._try_again()
        await self._queue.join()

    # --- one recording ----------------------------------------------------------------------------

    async def _keep(self, owed: _Owed) -> None:
        raw = self._raw(owed.attempt_id)
        try:
            # A former run may have stored it, and was lost before it could write that down.
            sound = None if raw.exists() else await asyncio.to_thread(self._store.find, owed.attempt_id)
            if sound is None:
                await self._until_whole(raw)
                await asyncio.to_thread(mix_in, raw)
                sound = await asyncio.to_thread(self._store.keep, raw, owed.target)
        except (OSError, RingpaceError) as error:  # no room, or no key: the sound is safe in the spool
            if _size(raw) > 0:
                self._is_refused(owed, str(error))
            else:
                self._is_lost(owed, str(error))
        except ValueError as error:
            full = f": the disk of {self._spool} is full" if shutil.disk_usage(self._spool).free < _FULL_BYTES else ""
            self._is_lost(owed, f"{error}{full}")
        else:
            self._is_stored(owed, sound)

    def _is_stored(self, owed: _Owed, sound: Sound) -> None:
        self._done_with(owed)
        lost_s = owed.talk_s - sound.duration_s
        detail = f"{lost_s:.0f} s of the talk are not in it" if _MOST_LOST_S < lost_s < math.inf else None
        if detail:
            log.error("recording incomplete", extra={"attempt": owed.attempt_id, "why": detail})
        self._index.stored(owed.attempt_id, sound, self._clock(), detail)
        self._lost = None
        self.on_kept(True)  # noqa: FBT003 - the one fact it tells
        if self._refused:
            self._try_again()  # there is room again: the others need not wait for their turn

    def _is_refused(self, owed: _Owed, why: str) -> None:
        """The sound is safe in the spool; the first refusal is told, and whether it is stored in the end."""
        first = owed.refused is None
        owed.refused = why
        self._refused[owed.attempt_id] = owed
        if first:
            log.error("recording not stored yet", extra={"attempt": owed.attempt_id, "why": why})
            self._index.missing(owed.attempt_id, f"not stored yet, it waits in the spool: {why}", self._clock())
            self.on_kept(False)  # noqa: FBT003
        if self._again is None:
            # A timer, not a task: a store that stays full must not keep the service from ending.
            self._again = asyncio.get_running_loop().call_later(_TRY_AGAIN_S, self._try_again)

    def _is_lost(self, owed: _Owed, why: str) -> None:
        self._done_with(owed)
        empty = _size(self._raw(owed.attempt_id)) <= 0
        if empty:  # nothing to keep; left in the spool, each run would miss it anew
            self._raw(owed.attempt_id).unlink(missing_ok=True)
        if owed.talk_s < _OWED_FROM_S and empty:
            short = f"the talk lasted {owed.talk_s:.2f} s: no sound came to be written"
            self._index.nothing(owed.attempt_id, short, self._clock())
            return
        self._lost = f"recording {owed.attempt_id}: {why}"
        log.error("recording missing", extra={"attempt": owed.attempt_id, "why": why})
        self._index.missing(owed.attempt_id, why, self._clock())
        self.on_kept(False)  # noqa: FBT003

    def _try_again(self) -> None:
        """The oldest of those that were refused; its success brings on the next."""
        if self._again is not None:
            self._again.cancel()
            self._again = None
        if self._refused:
            self._put_in_line(next(iter(self._refused.values())))

    def _put_in_line(self, owed: _Owed) -> None:
        if not owed.in_line:
            owed.in_line = True
            self._queue.put_nowait(owed)

    def _done_with(self, owed: _Owed) -> None:
        self._refused.pop(owed.attempt_id, None)
        self._campaigns.pop(owed.attempt_id, None)

    def _raw(self, attempt_id: str) -> Path:
        return self._spool / f"{attempt_id}.raw"

    async def _until_whole(self, raw: Path) -> None:
        size, still = -1, 0
        for _ in range(_MOST_LOOKS):
            grown = _size(raw)
            still = still + 1 if grown == size else 0
            if still >= _STILL_FOR:
                return
            size = grown
            await asyncio.sleep(_LOOK_EVERY_S)


def _size(raw: Path) -> int:
    return raw.stat().st_size if raw.exists() else -1

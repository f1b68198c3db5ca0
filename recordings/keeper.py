"""Keeps recordings: knows which are being made, stores each when its talk is over, and shows the gap where one is not.

Asterisk says nothing when it has closed the file of a leg that hung up, so a file is taken once it has stopped growing.
"""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING, Protocol

from recordings.sound import keep, stored_path

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

    from recordings.sound import Sound

log = logging.getLogger(__name__)

_LOOK_EVERY_S = 0.1
_STILL_FOR = 3
"""Looks without growth after which a file is whole."""
_MOST_LOOKS = 100
_OWED_FROM_S = 0.5
"""A talk shorter than this may end before Asterisk has written a sample of it."""


class Index(Protocol):
    """Where recordings are written down, in its own time."""

    def begun(self, attempt_id: str, path: Path, now: datetime) -> None:
        """A recording is being made."""

    def stored(self, attempt_id: str, sound: Sound, now: datetime) -> None:
        """A recording is on disk, measured."""

    def missing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """A recording should be there and is not."""

    def nothing(self, attempt_id: str, detail: str, now: datetime) -> None:
        """The talk was over before any sound could be written."""


class Keeper:
    """The recordings of one node. `begin` and `finish` never wait; `run` does the work."""

    def __init__(self, spool: Path, store: Path, index: Index, clock: Callable[[], datetime]) -> None:
        self._spool = spool
        self._store = store
        self._index = index
        self._clock = clock
        self._campaigns: dict[str, str] = {}
        self._queue: asyncio.Queue[tuple[str, float]] = asyncio.Queue()
        self.on_kept: Callable[[bool], None] = lambda _stored: None
        """Told after each recording whether it was stored."""
        self.trouble: str | None = None

    def begin(self, attempt_id: str, campaign: str) -> Path:
        """A talk is about to begin: where Asterisk is to write it."""
        self._campaigns[attempt_id] = campaign
        return self._raw(attempt_id)

    def heard(self, attempt_id: str) -> None:
        """The talk has begun: from now on there should be a recording."""
        self._index.begun(attempt_id, self._raw(attempt_id), self._clock())

    def forget(self, attempt_id: str) -> None:
        """The talk never came about."""
        self._campaigns.pop(attempt_id, None)
        self._raw(attempt_id).unlink(missing_ok=True)

    def finish(self, attempt_id: str, talk_s: float) -> None:
        """The talk is over, after so many seconds."""
        self._queue.put_nowait((attempt_id, talk_s))

    def adopt(self, attempt_id: str, campaign: str) -> None:
        """A recording that a former run began: the talk is over, and how long it was is not known."""
        self._campaigns[attempt_id] = campaign
        self.finish(attempt_id, math.inf)

    def left_behind(self) -> list[str]:
        """The attempts whose raw files a former run left in the spool."""
        return sorted(path.stem for path in self._spool.glob("*.raw") if path.stem not in self._campaigns)

    async def run(self) -> None:
        """Store what is finished, for ever."""
        while True:
            await self.keep_next()

    async def keep_next(self) -> None:
        """Store the next finished recording."""
        attempt_id, talk_s = await self._queue.get()
        try:
            await self._keep(attempt_id, talk_s)
        finally:
            self._queue.task_done()

    async def drain(self) -> None:
        """Wait until all that is finished is stored."""
        await self._queue.join()

    async def _keep(self, attempt_id: str, talk_s: float) -> None:
        raw = self._raw(attempt_id)
        now = self._clock()
        target = stored_path(self._store, self._campaigns.pop(attempt_id, "unknown"), now.date(), attempt_id)
        try:
            await self._until_whole(raw)
            sound = await asyncio.to_thread(keep, raw, target)
        except (OSError, ValueError) as error:
            if talk_s < _OWED_FROM_S and _size(raw) <= 0:
                raw.unlink(missing_ok=True)
                self._index.nothing(attempt_id, f"the talk lasted {talk_s:.2f} s: no sound came to be written", now)
                return
            self.trouble = f"recording {attempt_id}: {error}"
            log.error("recording missing", extra={"attempt": attempt_id, "why": str(error)})  # noqa: TRY400
            self._index.missing(attempt_id, str(error), now)
            self.on_kept(False)  # noqa: FBT003 - the one fact it tells
            return
        self._index.stored(attempt_id, sound, now)
        self.trouble = None
        self.on_kept(True)  # noqa: FBT003

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

"""What Asterisk writes of one leg, for us to hear while it plays: a file that grows, and the order to end it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dialer.core.errors import RingpaceError
from dialer.hearing.frames import RATE_HZ

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from dialer.ports import SwitchPort

log = logging.getLogger(__name__)

_BLOCK_BYTES = 32 * 1024
"""Asterisk writes so much at a time, and the rest when it closes the file (main/file.c)."""
_LONGEST_S = 120


@dataclass(slots=True)
class Writing:
    """One leg's file. What reads it belongs into the thread that hears."""

    HZ: ClassVar[int]
    """At which it is written: a multiple of what a telephone carries."""

    leg_id: str
    path: Path
    monitor_id: str = field(default="", init=False)
    """By which this writing is ended, and no other; empty until Asterisk has told it."""
    read_bytes: int = field(default=0, init=False)

    async def end(self, switch: SwitchPort) -> None:
        """Have Asterisk end the writing of a leg that lives, if it began."""
        if not self.monitor_id:
            return
        try:
            await switch.stop_listening(self.leg_id, self.monitor_id)
        except RingpaceError as error:
            if not is_gone(error):  # else the leg has ended meanwhile, and the writing with it
                log.error("writing not ended", extra={"leg": self.leg_id, "why": str(error)})  # noqa: TRY400 - told

    def size(self) -> int:
        """Of the file, in bytes; -1 where it is not there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return -1

    async def until_whole(self, within_s: float, look_s: float) -> None:
        """Wait until the file is closed, but no longer than that: until then it is as long as whole blocks."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + within_s
        while max(0, self.size()) % _BLOCK_BYTES == 0 and loop.time() < deadline_s:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(look_s)

    def read(self) -> NDArray[np.int16]:
        """What was written since the last time, at 8 kHz; OSError if the disk says no.

        Asterisk has made so many samples of each, so each so many-th is what it was; of a wide-band call what lies
        above 4 kHz folds down, which no network's announcement has.
        """
        step = self.HZ // RATE_HZ
        try:
            with self.path.open("rb") as file:
                file.seek(self.read_bytes)
                written = file.read(_LONGEST_S * 2 * self.HZ - self.read_bytes)
        except FileNotFoundError:
            return np.empty(0, np.int16)
        whole = len(written) - len(written) % (2 * step)
        self.read_bytes += whole
        return np.frombuffer(written[:whole], dtype="<i2")[::step]


def is_gone(error: RingpaceError) -> bool:
    """Whether Asterisk refused an order because the leg had ended."""
    return "No such channel" in str(error)

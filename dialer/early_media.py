"""One leg's early media: the file that Asterisk writes and that grows while it plays, and the ear that hears it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from dialer.asterisk.switch import EARLY_MEDIA_HZ
from dialer.core.model import NumberState

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from dialer.hearing.ear import Ear, Heard

log = logging.getLogger(__name__)

_BLOCK_BYTES = 32 * 1024
"""Asterisk writes so much at a time, and the rest when it closes the file (main/file.c): 0.5 s of sound."""
_WHOLE_WITHIN_S, _WHOLE_LOOK_S = 0.3, 0.02
"""How long closing may take, and how often it is looked whether it is done: milliseconds as a rule."""
_ASK_EVERY_S = 2.0
"""Of sound: how often it is asked whether it rings, which ends no call."""
_LONGEST_S = 120
_STEP = EARLY_MEDIA_HZ // 8000
_BYTES = 2 * _STEP
"""Of one sample at 8 kHz in the file."""


@dataclass(slots=True)
class EarlyMedia:
    """A leg that is listened to, and how far it has been. What reads or hears belongs into the thread that hears."""

    leg_id: str
    path: Path
    ear: Ear
    since_s: float
    ordered: asyncio.Event = field(default_factory=asyncio.Event)
    """Asterisk has answered the order to write."""
    monitor_id: str = ""
    read_bytes: int = 0
    asked_at_s: float = 0.0
    rings: bool = False
    """It was heard for certain that it rings, and told."""
    fault: str | None = None
    """Why it is not listened to any more, though it should be."""

    def size(self) -> int:
        """Of the file, in bytes; -1 where it is not there."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return -1

    async def until_whole(self) -> None:
        """Wait until the file is closed: until then it is as long as whole blocks."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WHOLE_WITHIN_S
        while self.size() % _BLOCK_BYTES == 0 and loop.time() < deadline:  # noqa: ASYNC110 - Asterisk tells nobody
            await asyncio.sleep(_WHOLE_LOOK_S)

    def read(self) -> NDArray[np.int16]:
        """What was written since the last time, at 8 kHz; OSError if the disk says no.

        Asterisk has made four samples of each, so each fourth is what it was; of a wide-band call the upper half folds
        down, which no network's announcement has.
        """
        try:
            with self.path.open("rb") as file:
                file.seek(self.read_bytes)
                written = file.read(_LONGEST_S * 8000 * _BYTES - self.read_bytes)
        except FileNotFoundError:
            return np.empty(0, np.int16)
        whole = len(written) - len(written) % _BYTES
        self.read_bytes += whole
        return np.frombuffer(written[:whole], dtype="<i2")[::_STEP]

    def read_anew(self) -> NDArray[np.int16]:
        """All of it, as `read`."""
        self.read_bytes = 0
        return self.read()

    def hear(self, confident: float) -> Heard | None:
        """Take in what is new: a verdict, or that it rings for certain, each once; None else, and after a fault."""
        return self._guarded(lambda: self._hear(confident))

    def hear_out(self) -> Heard | None:
        """Take in the rest: the best that can be said; None after a fault."""
        return self._guarded(lambda: self.ear.hear(self.read()) or self.ear.so_far())

    def _hear(self, confident: float) -> Heard | None:
        samples = self.read()
        if not len(samples):
            return None
        if verdict := self.ear.hear(samples):
            return verdict
        if self.rings or self.ear.heard_s < self.asked_at_s + _ASK_EVERY_S:
            return None
        self.asked_at_s = self.ear.heard_s
        heard = self.ear.so_far()
        self.rings = heard.state is NumberState.RINGING and heard.confidence >= confident
        return heard if self.rings else None

    def _guarded(self, hear: Callable[[], Heard | None]) -> Heard | None:
        """A fault in one leg's hearing stays there: that leg is listened to no more."""
        if self.fault is not None:
            return None
        try:
            return hear()
        except OSError as error:
            self.fault = f"early media cannot be read: {error}"
        except Exception as error:
            log.exception("hearing broke", extra={"leg": self.leg_id})
            self.fault = f"hearing broke: {type(error).__name__}: {error}"
        return None

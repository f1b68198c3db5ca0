"""One leg's early media: what Asterisk writes of them, and the ear that hears it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.asterisk.switch import EARLY_MEDIA_HZ
from dialer.core.model import NumberState
from dialer.writing import Writing

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from dialer.hearing.ear import Ear, Heard

log = logging.getLogger(__name__)

_ASK_EVERY_S = 2.0
"""Of sound: how often it is asked whether it rings, which ends no call."""


@dataclass(slots=True)
class EarlyMedia(Writing):
    """A leg that is listened to, and how far it has been. What reads or hears belongs into the thread that hears."""

    HZ = EARLY_MEDIA_HZ

    ear: Ear
    since_s: float
    ordered: asyncio.Event = field(default_factory=asyncio.Event)
    """Asterisk has answered the order to write."""
    asked_at_s: float = 0.0
    rings: bool = False
    """It was heard for certain that it rings, and told."""
    fault: str | None = None
    """Why it is not listened to any more, though it should be."""

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

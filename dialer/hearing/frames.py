"""From samples to frames: the short-time spectra that tones and announcements are both heard in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE_HZ = 8000
"""Of every sound here: one channel of signed 16-bit samples, as a telephone line carries it."""
HOP = 160
WINDOW = 512
FRAME_S = HOP / RATE_HZ
"""From one frame to the next; each sees `WINDOW` samples (64 ms)."""
BINS = WINDOW // 2 + 1
BIN_HZ = RATE_HZ / WINDOW

_HANN = np.hanning(WINDOW + 1)[:-1].astype(np.float32)


class Framer:
    """Cuts a growing sound into power spectra; the same sound gives the same frames however it is handed in."""

    def __init__(self) -> None:
        self._rest = np.empty(0, np.int16)

    def take(self, samples: NDArray[np.int16]) -> NDArray[np.float32]:
        """The power spectra that the next samples complete; shape (frames, BINS)."""
        rest = np.concatenate((self._rest, samples))
        count = max(0, (len(rest) - WINDOW) // HOP + 1)
        self._rest = rest[count * HOP :]
        if not count:
            return np.empty((0, BINS), np.float32)
        cut = np.lib.stride_tricks.as_strided(rest, (count, WINDOW), (HOP * rest.itemsize, rest.itemsize))
        spectra = np.fft.rfft(cut * _HANN)
        return (spectra.real**2 + spectra.imag**2).astype(np.float32, copy=False)

"""From spectra to shapes: what of a sound is the same at any loudness, in any codec, and with noise in it.

A shape says how the energies of mel bands stand to one another and to what they were shortly before: the idea of
Haitsma & Kalker 2002, 'A highly robust audio fingerprinting system' (ISMIR), section 4.2, who keep the signs of such
differences; their sizes are kept here, as they tell announcements of one voice apart in half the time. They are
written as a cosine transform over the bands (Davis & Mermelstein 1980, 'Comparison of parametric representations for
monosyllabic word recognition') with the later terms raised, so that all vary alike (Juang, Rabiner & Wilpon 1987, 'On
the use of bandpass liftering in speech recognition').
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dialer.hearing.frames import BIN_HZ, BINS, HOP, WINDOW, Framer

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK = 8
"""Frames that are taken in at a time (160 ms), however the sound was handed in."""
TERMS = 12

_PART = 128
_BANDS = 16
_LOWEST_HZ, _HIGHEST_HZ = 200.0, 3500.0
_LIFT = 0.7
_SCALE = 45.4**-0.5
"""Brings the mean energy of a shape of speech to 1."""
_CAP = 1.6
"""The longest that a shape may be: a click weighs no more than a vowel."""
_SILENCE = 4e3
"""Power of a band below which nothing is heard: two steps of a sample."""
_BELOW_PEAK = 0.01
"""What lies 20 dB below the loudest of the last seconds is not looked at: there noise would speak."""
_PEAK_DECAY = 0.02
"""Nepers of power a frame: 4 dB a second."""
_FORGETS = 0.05
"""Share of a mean that each frame renews: what stays for a second is the line's or the voice's, not the words'."""


class Shaper:
    """Turns spectra into shapes, block by block: the same spectra give the same shapes however they are handed in."""

    def __init__(self) -> None:
        self._rest = np.empty((0, BINS), np.float32)
        self._peak = -np.inf
        self._mean = np.zeros(TERMS, np.float32)

    def take(self, power: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """The blocks of shapes that the next spectra complete; each of shape (BLOCK, TERMS)."""
        rest = np.concatenate((self._rest, power))
        whole = len(rest) // BLOCK * BLOCK
        self._rest = rest[whole:]
        return [self._block(rest[start : start + BLOCK]) for start in range(0, whole, BLOCK)]

    def _block(self, power: NDArray[np.float32]) -> NDArray[np.float32]:
        bands = power @ _FILTERS + _SILENCE
        peaks = np.maximum.accumulate(np.maximum(np.log(bands.max(axis=1)) + _RISE, self._peak)) - _RISE
        self._peak = float(peaks[-1]) - _PEAK_DECAY
        floor = np.exp(peaks) * _BELOW_PEAK
        terms = np.log1p(bands / floor[:, None]) @ _TRANSFORM
        means = _FADING[:, None] * self._mean + _RENEWAL @ terms
        self._mean = means[-1]
        shapes: NDArray[np.float32] = terms - means
        lengths = np.sqrt(np.einsum("ij,ij->i", shapes, shapes))
        shapes *= np.minimum(1, _CAP / np.maximum(lengths, _CAP))[:, None]
        return shapes


def shapes_of(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    """The shapes of a whole sound (8 kHz mono), its end filled up with silence; shape (frames, TERMS)."""
    blocks = Shaper().take(Framer().take(np.concatenate((samples, np.zeros(BLOCK * HOP + WINDOW, np.int16)))))
    return np.concatenate(blocks) if blocks else np.empty((0, TERMS), np.float32)


def products(some: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """The product of each of some shapes with each of others; shape (len(some), len(others)).

    In small parts: for larger ones the matrix library would start threads that wait for each other.
    """
    made = np.empty((len(some), len(others)), np.float32)
    for row in range(0, len(some), _PART):
        for column in range(0, len(others), _PART):
            np.matmul(
                some[row : row + _PART],
                others[column : column + _PART].T,
                out=made[row : row + _PART, column : column + _PART],
            )
    return made


def _filters() -> NDArray[np.float32]:
    """Triangles evenly spaced in mel, from 200 to 3500 Hz; shape (BINS, bands)."""
    low, high = (1127 * np.log1p(hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    corners = 700 * np.expm1(np.linspace(low, high, _BANDS + 2) / 1127)
    hz = np.arange(BINS)[:, None] * BIN_HZ
    rise = (hz - corners[:-2]) / (corners[1:-1] - corners[:-2])
    fall = (corners[2:] - hz) / (corners[2:] - corners[1:-1])
    filters: NDArray[np.float32] = np.clip(np.minimum(rise, fall), 0, None).astype(np.float32)
    return filters


def _transform() -> NDArray[np.float32]:
    """From bands to terms; the term 0, which is loudness, is left out."""
    order, band = np.arange(1, TERMS + 1)[None, :], np.arange(_BANDS)[:, None]
    waves = np.cos(np.pi * order * (band + 0.5) / _BANDS) * (2 / _BANDS) ** 0.5
    transform: NDArray[np.float32] = (waves * order**_LIFT * _SCALE).astype(np.float32)
    return transform


_FILTERS = _filters()
_TRANSFORM = _transform()
_RISE = (_PEAK_DECAY * np.arange(BLOCK)).astype(np.float32)
_FADING = ((1 - _FORGETS) ** np.arange(1, BLOCK + 1)).astype(np.float32)
_AGE = np.subtract.outer(np.arange(BLOCK), np.arange(BLOCK))
_RENEWAL = np.tril(_FORGETS * (1 - _FORGETS) ** np.maximum(_AGE, 0)).astype(np.float32)

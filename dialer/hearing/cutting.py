"""Cuts an announcement out of what was recorded: without the silence and the network's tones before and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dialer.hearing.frames import HOP, WINDOW, Framer

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FLOOR_DB = 35.0
"""So far below the loudest frames a frame counts as silent."""
_NOISE_SHARE, _ABOVE_NOISE_DB, _LEAST_DB = 0.1, 4.0, 8.0
"""The quietest tenth of all frames is the line's noise; what is hardly louder is silent, but nothing that is loud."""
_QUIETEST_DBFS = -60.0
_FULL_SCALE = 32768.0

_PURE = 0.9
"""Of a tone's power above the noise, so much lies within the lines of its one or two frequencies."""
_FLOOR_SHARE, _ABOVE_FLOOR = 0.25, 5.0
"""Noise in a bin: five times what a quarter of all frames have there, which is 1.4 times the mean of white noise."""
_LINE_BINS = 3
"""Half the width of a Hann window's main lobe, and one for a frequency between two bins."""
_AROUND, _TONE_FRAMES = 13, 8
"""So many frames of 13 (0.26 s) are of one tone: fewer may be a vowel, and some may be lost with their packets."""
_COLOUR = 30.0
"""So far above the others a bin may lie and still be noise: a tone that never stops is none."""
_LOUD_SHARE = 0.95


def cut_out(samples: NDArray[np.int16]) -> NDArray[np.int16]:
    """What is left of a sound (8 kHz mono) between the first and the last thing that is no silence and no steady tone.

    Silence is what lies 35 dB below the loudest frames or is hardly louder than the line's noise. A steady tone is one
    or two frequencies for a fifth of a second, as ring-back, busy and the special information tones are (ITU-T E.180).
    Nothing is left of tones and silence alone. A tone under other voices stays: they might be what is said.
    """
    power = Framer().take(np.pad(samples, (0, WINDOW)))
    if not len(power):
        return samples[:0]
    levels = 10 * np.log10(np.maximum(power.sum(axis=1, dtype=np.float64) / _full_power(), 1e-12))
    loud, noise = (float(np.quantile(levels, share)) for share in (_LOUD_SHARE, _NOISE_SHARE))
    silent = levels < max(loud - _FLOOR_DB, min(noise + _ABOVE_NOISE_DB, loud - _LEAST_DB), _QUIETEST_DBFS)
    floor = np.quantile(power, _FLOOR_SHARE, axis=0)
    floor = _ABOVE_FLOOR * np.minimum(floor, _COLOUR * np.median(floor)).astype(np.float32)
    kept = np.flatnonzero(~silent & ~_steady(np.maximum(power - floor, 0)))
    if not len(kept):
        return samples[:0]
    first, last = int(kept[0]) * HOP, int(kept[-1]) * HOP + WINDOW
    return samples[first:last]


def _full_power() -> float:
    """The summed power of a frame's half spectrum under a Hann window, for an effective value of full scale."""
    return _FULL_SCALE**2 * WINDOW * WINDOW * 0.375 / 2


def _steady(power: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Which frames belong to a tone that does not move."""
    bins = np.arange(power.shape[1])[None, :]
    first = power.argmax(axis=1)
    lines = np.abs(bins - first[:, None]) <= _LINE_BINS
    second = np.where(lines, 0, power).argmax(axis=1)
    lines |= np.abs(bins - second[:, None]) <= _LINE_BINS
    pure = np.where(lines, power, 0).sum(axis=1) >= _PURE * np.maximum(power.sum(axis=1), 1)
    steady = np.zeros(len(power), np.bool_)
    for bin_ in np.unique(first[pure]):
        # Of two frequencies that are equally loud, now one is the stronger and now the other.
        here = pure & (np.minimum(np.abs(first - bin_), np.abs(second - bin_)) <= 1)
        around = np.convolve(here, np.ones(_AROUND))[_AROUND // 2 :][: len(here)]  # also of fewer frames than _AROUND
        steady |= around >= _TONE_FRAMES
    return _widened(steady)


def _widened(steady: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With the frames at both ends that see the tone begin or end."""
    spread = WINDOW // HOP + 1
    wide = steady.copy()
    for step in range(1, spread + 1):
        wide[step:] |= steady[:-step]
        wide[:-step] |= steady[step:]
    return wide

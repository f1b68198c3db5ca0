"""Measures what a reviewer looks for in a recording: who speaks when, dead air, overlap, clipping, its shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FRAME_S = 0.02
DEAD_AIR_FROM_S = 3.0
"""So long must nobody speak for it to count as dead air."""
SKIPPED_FROM_S = 1.0
"""Silences as long as this may be skipped."""
PEAKS = 1000
"""Of each side, for drawing: as many as a screen has points."""
_WORDS_APART = 15
"""Frames (0.3 s): a shorter gap is a breath between two words, not silence."""
_SHORTEST_WORD = 3
"""Frames: a shorter sound is a click."""
_FLOOR_DB, _ABOVE_NOISE_DB, _SURELY_DB = -50.0, 10.0, -35.0
"""Speech is louder than the first and stands so far above the line's noise; above the last it is sound in any case."""
_CLIPPED_AT = 32_000
"""The largest values that mu-law (32124) and A-law (32256) can tell lie above it."""
_FULL_SCALE = 32768.0


@dataclass(frozen=True, slots=True)
class Measures:
    """Of one recording; shares (0..1) are of its whole length, left is the customer and right the agent."""

    talk_left: float
    talk_right: float
    overlap: float
    """Both speak at once."""
    dead_air_s: float
    """All the stretches of at least 3 s in which nobody speaks."""
    longest_silence_s: float
    clipped_left: float
    clipped_right: float
    """Of the samples, those at the top of what the line carries, two or more in a row."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What is drawn of a recording, and where nobody speaks."""

    silences: tuple[tuple[float, float], ...]
    """From and to, in seconds: the stretches of a second or more in which nobody speaks."""
    left: tuple[float, ...]
    right: tuple[float, ...]
    """The loudest of each piece, 0..1; the pieces are as long as one another."""


def measure(samples: NDArray[np.int16], rate_hz: int) -> Measures:
    """Measure samples of two columns, customer and agent."""
    left, right = (_speaks(samples[:, side], rate_hz) for side in (0, 1))
    frames = max(1, len(left))
    silences = [(end - start) * FRAME_S for start, end in _runs(~(left | right))]
    return Measures(
        talk_left=float(np.count_nonzero(left)) / frames,
        talk_right=float(np.count_nonzero(right)) / frames,
        overlap=float(np.count_nonzero(left & right)) / frames,
        dead_air_s=round(sum(one for one in silences if one >= DEAD_AIR_FROM_S), 2),
        longest_silence_s=round(max(silences, default=0.0), 2),
        clipped_left=_clipped(samples[:, 0]),
        clipped_right=_clipped(samples[:, 1]),
    )


def outline(samples: NDArray[np.int16], rate_hz: int) -> Outline:
    """The shape of both sides, and the silences that may be skipped."""
    speaks = _speaks(samples[:, 0], rate_hz) | _speaks(samples[:, 1], rate_hz)
    long_ones = ((start * FRAME_S, end * FRAME_S) for start, end in _runs(~speaks))
    silences = tuple((round(a, 2), round(b, 2)) for a, b in long_ones if b - a >= SKIPPED_FROM_S)
    return Outline(silences, _peaks(samples[:, 0]), _peaks(samples[:, 1]))


def _speaks(side: NDArray[np.int16], rate_hz: int) -> NDArray[np.bool_]:
    """Whether somebody speaks, frame by frame; what is left over at the end is no frame."""
    size = int(rate_hz * FRAME_S)
    framed = side[: len(side) - len(side) % size].reshape(-1, size).astype(np.float32)
    if not len(framed):
        return np.zeros(0, dtype=np.bool_)
    power = np.mean(np.square(framed), axis=1) / _FULL_SCALE**2
    level = 10 * np.log10(np.maximum(power, 1e-10))
    noise = float(np.percentile(level, 10))
    loud: NDArray[np.bool_] = level > min(max(noise + _ABOVE_NOISE_DB, _FLOOR_DB), _SURELY_DB)
    for start, end in _runs(~loud):
        if end - start < _WORDS_APART and start > 0 and end < len(loud):
            loud[start:end] = True
    for start, end in _runs(loud):
        if end - start < _SHORTEST_WORD:
            loud[start:end] = False
    return loud


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where a flag stands without a break: first frame and the one behind the last."""
    padded = np.concatenate(([False], flags, [False]))
    turns = np.flatnonzero(padded[1:] != padded[:-1])
    return [(int(start), int(end)) for start, end in turns.reshape(-1, 2)]


def _clipped(side: NDArray[np.int16]) -> float:
    top = (side >= _CLIPPED_AT) | (side <= -_CLIPPED_AT)
    lasting = sum(end - start for start, end in _runs(top) if end - start > 1)
    return lasting / max(1, len(side))


def _peaks(side: NDArray[np.int16]) -> tuple[float, ...]:
    if not len(side):
        return ()
    edges = np.linspace(0, len(side), min(PEAKS, len(side)), endpoint=False).astype(np.int64)
    loudest = np.maximum.reduceat(np.abs(side.astype(np.int32)), edges) / _FULL_SCALE
    return tuple(round(float(one), 3) for one in loudest)

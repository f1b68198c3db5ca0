"""Early media as Asterisk writes them: tones and noise, four samples for each that a telephone carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def busy_tone(seconds: float) -> bytes:
    """The Chinese one: 450 Hz, 0.35 s on and as long off."""
    times = np.arange(round(seconds * 8000)) / 8000
    return _written(np.sin(2 * np.pi * 450 * times) * (times % 0.7 < 0.35))


def noise(seconds: float) -> bytes:
    """What is no tone and no announcement."""
    return _written(np.clip(np.random.default_rng(1).normal(0, 0.2, round(seconds * 8000)), -1, 1))


def answered_by_a_beep() -> bytes:
    """After the answer, where six samples are written for each: half a second of silence, and of 1000 Hz."""
    beep = np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000)
    return np.repeat((np.concatenate((np.zeros(4000), beep)) * 20_000).astype("<i2"), 6).tobytes()


def _written(samples: NDArray[np.float64]) -> bytes:
    return np.repeat((samples * 20_000).astype("<i2"), 4).tobytes()

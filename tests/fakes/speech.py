"""Sounds that are like speech to a machine, each seed another sentence; and tones, as a network plays them."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

RATE_HZ = 8000
_SYLLABLE = 1400


def sentence(seed: int, length_s: float = 4.0, level: float = 6000.0) -> NDArray[np.int16]:
    """Voiced syllables with formants and a melody of their own; 8 kHz."""
    rng = np.random.default_rng(seed)
    count = round(length_s * RATE_HZ / _SYLLABLE)
    at_s = np.arange(_SYLLABLE) / RATE_HZ
    swell = np.sin(np.pi * np.arange(_SYLLABLE) / _SYLLABLE) ** 0.5
    syllables = []
    for _ in range(count):
        pitch = rng.uniform(140, 260) + rng.uniform(-60, 60) * at_s / at_s[-1]
        phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
        formants = rng.uniform((300, 900, 2200), (900, 2200, 3400))
        harmonics = np.arange(1, 16)
        far = (harmonics[:, None] * pitch.mean() - formants[None, :]) / 150.0
        weight = np.exp(-(far**2)).sum(axis=1)
        syllables.append(swell * (np.sin(harmonics[:, None] * phase) * weight[:, None]).sum(axis=0))
    said = np.concatenate(syllables) + rng.normal(0, 0.01, count * _SYLLABLE)
    scaled: NDArray[np.int16] = (said / np.abs(said).max() * level).astype(np.int16)
    return scaled


def tone(hz: tuple[float, ...], length_s: float, level: float = 4000.0) -> NDArray[np.int16]:
    """A steady tone of one or more frequencies."""
    at_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    waves = np.sin(2 * np.pi * np.array(hz)[:, None] * at_s)
    scaled: NDArray[np.int16] = (level * waves.sum(axis=0)).astype(np.int16)
    return scaled


def silence(length_s: float) -> NDArray[np.int16]:
    return np.zeros(round(length_s * RATE_HZ), np.int16)


def write_wav(file: Path, samples: NDArray[np.int16], rate_hz: int = RATE_HZ, channels: int = 1) -> Path:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(channels)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(np.repeat(samples, channels).astype("<i2").tobytes())
    return file

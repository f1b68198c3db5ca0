"""What a telephone line does to a sound: loudness, G.711, noise and lost packets; and tones in their rhythms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.hearing.frames import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_PACKET = 160


@dataclass(frozen=True, slots=True)
class Line:
    """`law` is 'a' or 'u' (ITU-T G.711) or '' for none; a lost packet is 20 ms of silence, or of nothing at all."""

    gain_db: float = 0.0
    law: str = "a"
    snr_db: float | None = None
    loss: float = 0.0
    squeezed: bool = False

    def carry(self, samples: NDArray[np.int16], seed: int = 0) -> NDArray[np.int16]:
        rng = np.random.default_rng(seed)
        sound = samples.astype(np.float64)
        if self.snr_db is not None:
            loud = sound[np.abs(sound) > 50]
            level = np.sqrt(np.mean(loud**2)) if len(loud) else 100.0
            sound += rng.standard_normal(len(sound)) * level * 10 ** (-self.snr_db / 20)
        sound = np.clip(sound * 10 ** (self.gain_db / 20), -32767, 32767)
        coded = _coded(sound / 32768, self.law) * 32767
        packets = np.array_split(coded.astype(np.int16), range(_PACKET, len(coded), _PACKET))
        lost = rng.random(len(packets)) < self.loss
        kept = [packet * (not gone) for packet, gone in zip(packets, lost, strict=True) if not (gone and self.squeezed)]
        return np.concatenate(kept)


def _coded(sound: NDArray[np.float64], law: str) -> NDArray[np.float64]:
    if law == "a":
        return _a_law(sound)
    return _mu_law(sound) if law == "u" else sound


def _a_law(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    size, bend = np.abs(sound), 1 + np.log(87.6)
    coded = np.where(size < 1 / 87.6, 87.6 * size, 1 + np.log(np.maximum(87.6 * size, 1))) / bend
    coded = (np.floor(coded * 128) + 0.5) / 128
    return np.asarray(np.sign(sound) * np.where(coded < 1 / bend, coded * bend, np.exp(coded * bend - 1)) / 87.6)


def _mu_law(sound: NDArray[np.float64]) -> NDArray[np.float64]:
    coded = np.round(np.log1p(255 * np.abs(sound)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(sound) * (256**coded - 1) / 255)


def in_rhythm(
    hz: Sequence[float], rhythm_s: Sequence[float], length_s: float, *, late_s: float = 0.0, longer: float = 0.0
) -> NDArray[np.int16]:
    """A tone, on and off in turn, from `late_s` into its period on; each part is longer by a share."""
    at_s = np.arange(round(length_s * RATE_HZ)) / RATE_HZ
    sound = np.sum([np.sin(2 * np.pi * each * at_s) for each in hz], axis=0) * (8000 / len(hz))
    ends = np.cumsum(rhythm_s) * (1 + longer)
    part = np.searchsorted(ends, (at_s + late_s) % ends[-1], side="right")
    return np.asarray(np.where(part % 2 == 0, sound, 0), np.int16)


def music(seed: int, length_s: float) -> NDArray[np.int16]:
    """Notes with overtones, one after the other and some at once, in a beat."""
    rng = np.random.default_rng(seed)
    sound = np.zeros(round(length_s * RATE_HZ))
    beat = int(rng.choice([0.25, 0.35, 0.5, 0.7]) * RATE_HZ)
    overtones = int(rng.integers(1, 6))
    for start in range(0, len(sound) - beat, beat):
        for _ in range(int(rng.integers(0, 4))):
            at_s = np.arange(beat) / RATE_HZ
            hz = 220 * 2 ** (rng.integers(0, 25) / 12)
            parts = [np.sin(2 * np.pi * hz * k * at_s) / k for k in range(1, overtones + 1)]
            sound[start : start + beat] += np.sum(parts, axis=0) * np.exp(-at_s * rng.uniform(0.2, 6))
    return np.asarray(sound / max(1e-9, np.abs(sound).max()) * 12000, np.int16)


def keys(length_s: float, on_s: float) -> NDArray[np.int16]:
    """DTMF digits (ITU-T Q.23), so long on and so long off."""
    parts = [
        in_rhythm((low, high), (on_s, on_s), 2 * on_s)
        for low, high in ((697, 1209), (770, 1336), (852, 1477), (941, 1336))
    ]
    return np.resize(np.concatenate(parts), round(length_s * RATE_HZ))

"""Tells whose voice is on which side of a recording."""

from __future__ import annotations

import io
import wave
from typing import TYPE_CHECKING

import numpy as np

from lab.installation import PROMPTS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Samples = NDArray[np.float64]

_STRETCH = 4000
"""Half a second: long enough that two voices are not alike by chance."""
_TONE = 6000.0
"""The height of a tone; full scale is 32768."""
_NEAR_HZ = 15
_LOUDEST = 4
"""So many stretches are looked for."""


def read(wav: Path | bytes) -> list[Samples]:
    """The samples of a WAV, channel by channel."""
    with wave.open(io.BytesIO(wav) if isinstance(wav, bytes) else str(wav)) as sound:
        assert (sound.getframerate(), sound.getsampwidth()) == (8000, 2)
        samples = np.frombuffer(sound.readframes(sound.getnframes()), dtype="<i2")
        return list(samples.reshape(-1, sound.getnchannels()).T.astype(np.float64))


def voice(name: str) -> Samples:
    """What one of the lab's speakers says, such as `far-end/person1`."""
    (only,) = read(PROMPTS / f"{name}.wav")
    return only


def likeness(side: Samples, voice: Samples) -> float:
    """How alike the most alike half second of a side is to some place of a voice: 1 is the same."""
    stretches = [side[start : start + _STRETCH] for start in range(0, len(side) - _STRETCH, _STRETCH)]
    loudest = sorted(stretches, key=_energy, reverse=True)[:_LOUDEST]
    sums = np.concatenate(([0.0], np.cumsum(np.square(voice))))
    loudness = np.sqrt(np.maximum(sums[_STRETCH:] - sums[:-_STRETCH], 1.0))
    found = (np.correlate(voice, one, "valid") / loudness / max(1.0, _energy(one) ** 0.5) for one in loudest)
    return max((float(place.max()) for place in found), default=0.0)


def _energy(stretch: Samples) -> float:
    return float(np.square(stretch).sum())


def write_tone(path: Path, hz: int, seconds: float = 4.0) -> None:
    """A voice that is one tone: it is found in a mixture without a doubt."""
    moments = np.arange(int(8000 * seconds)) / 8000
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes((_TONE * np.sin(2 * np.pi * hz * moments)).astype("<i2").tobytes())


def hears_tone(side: Samples, hz: int) -> bool:
    """Whether the tone is to be heard through at least half of what was heard."""
    moments = np.arange(_STRETCH) / 8000
    wave_ = np.exp(-2j * np.pi * hz * moments)
    stretches = [side[start : start + _STRETCH] for start in range(0, len(side) - _STRETCH, _STRETCH)]
    loud = [abs(2 * np.vdot(wave_.conj(), one) / _STRETCH) > _TONE / 4 for one in stretches]
    return bool(sum(loud) * 2 > len(loud))


def without_tones(side: Samples, *hz: int) -> Samples:
    """What is left of a mixture without these tones."""
    heights = np.fft.rfft(side)
    at = np.fft.rfftfreq(len(side), 1 / 8000)
    for one in hz:
        heights[np.abs(at - one) < _NEAR_HZ] = 0
    return np.asarray(np.fft.irfft(heights, len(side)))

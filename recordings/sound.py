"""From Asterisk's raw stereo to a WAV that is measured: customer left, agent right, 16 bit, 8 kHz. Touches no file."""

from __future__ import annotations

import hashlib
import io
import math
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recordings.measure import Measures, Outline, outline
from recordings.measure import measure as measures_of

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8000
_FRAME_BYTES = 4
_FULL_SCALE = 32768.0
SILENCE_DBFS = -100.0
"""What a channel without any sound is given in place of minus infinity."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A stored recording: where, and its WAV's length, size, SHA-256 and level of each side (RMS, dB of full scale)."""

    path: Path
    duration_s: float
    size_bytes: int
    sha256: str
    left_dbfs: float
    right_dbfs: float
    measures: Measures


def wav_of(raw: bytes) -> bytes:
    """Asterisk's raw frames as a WAV; half a frame at the end is left out. ValueError where there is no whole one."""
    frames = raw[: len(raw) - len(raw) % _FRAME_BYTES]
    if not frames:
        raise ValueError("the recording is empty")
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE_HZ)
        out.writeframesraw(frames)
    return made.getvalue()


def measure(path: Path, wav: bytes) -> Sound:
    """What a WAV of ours measures; `path` is where it is kept. ValueError for what is no such WAV."""
    try:
        samples = _samples(wav)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
    left, right = (level_dbfs(samples[:, side]) for side in (0, 1))
    duration_s, sha256 = len(samples) / SAMPLE_RATE_HZ, hashlib.sha256(wav).hexdigest()
    return Sound(path, duration_s, len(wav), sha256, left, right, measures_of(samples, SAMPLE_RATE_HZ))


def look_at(wav: bytes) -> tuple[Measures, Outline]:
    """What a WAV of ours measures, and its shape; ValueError for what is no such WAV."""
    samples = _samples(wav)
    return measures_of(samples, SAMPLE_RATE_HZ), outline(samples, SAMPLE_RATE_HZ)


def _samples(wav: bytes) -> NDArray[np.int16]:
    """All frames of a WAV of ours; shape (frames, 2)."""
    try:
        with wave.open(io.BytesIO(wav)) as stored:
            if (stored.getnchannels(), stored.getsampwidth()) != (2, 2):
                raise ValueError("the recording is not stereo with 16 bits")
            return np.frombuffer(stored.readframes(stored.getnframes()), dtype="<i2").reshape(-1, 2)
    except (wave.Error, EOFError) as error:
        raise ValueError(f"the recording is no WAV: {error}") from error


def level_dbfs(samples: NDArray[np.int16]) -> float:
    """The root mean square of 16-bit samples in dB of full scale, never below SILENCE_DBFS."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return max(SILENCE_DBFS, 20 * math.log10(rms / _FULL_SCALE)) if rms > 0 else SILENCE_DBFS

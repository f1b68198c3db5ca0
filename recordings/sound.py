"""From Asterisk's raw stereo to a measured WAV file: customer left, agent right, 16 bit, 8 kHz."""

from __future__ import annotations

import hashlib
import math
import os
import re
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 8000
_FRAME_BYTES = 4
_FULL_SCALE = 32768.0
_LONGEST_NAME_BYTES = 150
"""Of a campaign's name in a file name, which holds 255 bytes in all on every common file system."""
SILENCE_DBFS = -100.0
"""What a channel without any sound is given in place of minus infinity."""


Samples = np.ndarray[tuple[int, int], np.dtype[np.int16]]


@dataclass(frozen=True, slots=True)
class Sound:
    """A stored recording: where, how long, how large, its SHA-256, and each channel's level (RMS, dB of full scale)."""

    path: Path
    duration_s: float
    size_bytes: int
    sha256: str
    left_dbfs: float
    right_dbfs: float


def stored_path(store: Path, campaign: str, day: date, attempt_id: str) -> Path:
    """Where a recording is kept: `CAMPAIGN/DAY/CAMPAIGN_DAY_ATTEMPT.wav`; nothing in a name can leave the store."""
    safe = re.sub(r"[^\w-]+", "_", campaign).strip("_").encode()[:_LONGEST_NAME_BYTES].decode(errors="ignore") or "_"
    return store / safe / f"{day:%Y-%m-%d}" / f"{safe}_{day:%Y%m%d}_{_file_id(attempt_id)}.wav"


def _file_id(attempt_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "_", attempt_id)


def keep(raw: Path, target: Path) -> Sound:
    """Turn a raw recording into a WAV file at `target`, measure it, and remove the raw one.

    The file appears under its name only when it is whole. ValueError if the recording is empty; OSError if a disk
    says no: the raw file then stays where it is, and nothing half-written is left.
    """
    samples = np.frombuffer(_whole_frames(raw.read_bytes()), dtype="<i2").reshape(-1, 2)
    if not len(samples):
        raise ValueError("the recording is empty")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_suffix(".part")
    try:
        with wave.open(str(unfinished), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE_HZ)
            out.writeframes(samples.tobytes())
        unfinished.chmod(0o600)
        _sync(unfinished)
        content = unfinished.read_bytes()
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    unfinished.rename(target)
    raw.unlink()
    return _measured(target, samples, content)


def find(store: Path, attempt_id: str) -> Sound | None:
    """A recording that is in the store already, measured once more; None where there is none."""
    found = next(store.glob(f"*/*/*_{_file_id(attempt_id)}.wav"), None)
    if found is None:
        return None
    with wave.open(str(found), "rb") as stored:
        samples = np.frombuffer(stored.readframes(stored.getnframes()), dtype="<i2").reshape(-1, 2)
    return _measured(found, samples, found.read_bytes())


def _measured(path: Path, samples: Samples, content: bytes) -> Sound:
    left, right = (level_dbfs(samples[:, side]) for side in (0, 1))
    return Sound(path, len(samples) / SAMPLE_RATE_HZ, len(content), hashlib.sha256(content).hexdigest(), left, right)


def level_dbfs(samples: NDArray[np.int16]) -> float:
    """The root mean square of 16-bit samples in dB of full scale, never below SILENCE_DBFS."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return max(SILENCE_DBFS, 20 * math.log10(rms / _FULL_SCALE)) if rms > 0 else SILENCE_DBFS


def _sync(file: Path) -> None:
    """Some file systems say only now that there is no room; and a power cut must not take both copies."""
    with file.open("rb") as written:
        os.fsync(written.fileno())


def _whole_frames(content: bytes) -> bytes:
    return content[: len(content) - len(content) % _FRAME_BYTES]

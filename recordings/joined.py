"""The voice of a supervisor who joined a talk, put into the talk's recording: on the agent's side, where it began.

Asterisk does not record what is whispered into a leg: MixMonitor hears a frame before a supervisor's voice is mixed
into it (main/audiohook.c), so that voice is written by itself, at four times the telephone's rate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

_TIMES = 4
"""The voice is written at 32 kHz, the talk at 8 kHz."""
_BEGAN = re.compile(r"@([0-9]{1,9})\.sln32$")


def voice_path(raw: Path, after_s: float) -> Path:
    """Where the voice of somebody is to be written who joins `after_s` after the recording `raw` began."""
    return raw.with_name(f"{raw.stem}@{max(0, round(after_s * 1000))}.sln32")


def mix_in(raw: Path) -> None:
    """Put every voice that was written beside a raw recording into it; without any, nothing is touched."""
    voices = sorted(raw.parent.glob(f"{raw.stem}@*.sln32"))
    if not voices or not raw.exists():
        return
    content = raw.read_bytes()
    talk = np.frombuffer(content[: len(content) // 4 * 4], dtype="<i2").reshape(-1, 2).astype(np.int32)
    for file in voices:
        if began := _BEGAN.search(file.name):
            _add(talk[:, 1], file, int(began[1]) * 8)
    mixed = raw.with_suffix(".mixed")
    mixed.write_bytes(np.clip(talk, -32768, 32767).astype("<i2").tobytes())
    mixed.chmod(0o600)
    mixed.rename(raw)
    for file in voices:
        file.unlink(missing_ok=True)


def _add(side: np.ndarray[tuple[int], np.dtype[np.int32]], file: Path, begins: int) -> None:
    content = file.read_bytes()
    voice = np.frombuffer(content[: len(content) // (2 * _TIMES) * 2 * _TIMES], dtype="<i2").astype(np.int32)
    voice = voice.reshape(-1, _TIMES).mean(axis=1).astype(np.int32)[: max(0, len(side) - begins)]
    side[begins : begins + len(voice)] += voice

from __future__ import annotations

import io
import wave
from pathlib import Path

import numpy as np
import pytest

from recordings.sound import SILENCE_DBFS, level_dbfs, measure, wav_of

HERE = Path("a1.sealed")


def test_a_frame_cut_in_half_at_the_end_is_left_out() -> None:
    frames = bytes(8000 * 4)
    assert wav_of(frames + b"\x01\x02\x03") == wav_of(frames)
    assert measure(HERE, wav_of(frames)).duration_s == 1.0


@pytest.mark.parametrize("content", [b"", b"\x01\x02\x03"])
def test_an_empty_recording_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="empty"):
        wav_of(content)


def test_what_is_no_wav_of_ours_is_told() -> None:
    mono = io.BytesIO()
    with wave.open(mono, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(16))
    for content in (b"", b"RIFF", bytes(100), mono.getvalue()):
        with pytest.raises(ValueError, match=r"a1\.sealed"):
            measure(HERE, content)


def test_silence_has_a_level_and_full_scale_is_about_zero() -> None:
    assert level_dbfs(np.zeros(8000, np.int16)) == SILENCE_DBFS
    assert level_dbfs(np.full(8000, -32768, np.int16)) == 0.0

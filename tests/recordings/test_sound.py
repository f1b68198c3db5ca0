from __future__ import annotations

import errno
import hashlib
import math
import wave
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.sound import SAMPLE_RATE_HZ, SILENCE_DBFS, find, keep, level_dbfs, stored_path

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = date(2026, 11, 23)
STORE = Path("/store")


def tone(hertz: float, amplitude: float, seconds: float = 1.0) -> NDArray[np.int16]:
    at = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (amplitude * 32767 * np.sin(2 * math.pi * hertz * at)).astype("<i2")


def raw(path: Path, left: NDArray[np.int16], right: NDArray[np.int16], tail: bytes = b"") -> Path:
    path.write_bytes(np.stack([left, right], axis=1).tobytes() + tail)
    return path


def test_customer_left_agent_right_with_their_measures(tmp_path: Path) -> None:
    left, right = tone(440, 0.5), tone(1000, 0.05)
    spool = raw(tmp_path / "a1.raw", left, right)
    target = tmp_path / "store" / "autumn" / "a1.wav"
    sound = keep(spool, target)
    with wave.open(str(target)) as kept:
        assert (kept.getnchannels(), kept.getsampwidth(), kept.getframerate()) == (2, 2, 8000)
        both = np.frombuffer(kept.readframes(kept.getnframes()), "<i2").reshape(-1, 2)
    assert np.array_equal(both[:, 0], left)
    assert np.array_equal(both[:, 1], right)
    # The root mean square of a sine lies 3.01 dB below its peak.
    assert sound.left_dbfs == pytest.approx(20 * math.log10(0.5) - 3.01, abs=0.05)
    assert sound.right_dbfs == pytest.approx(20 * math.log10(0.05) - 3.01, abs=0.05)
    assert (sound.path, sound.duration_s, sound.size_bytes) == (target, 1.0, target.stat().st_size)
    assert sound.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()
    assert not spool.exists()


def test_only_its_owner_may_listen(tmp_path: Path) -> None:
    target = tmp_path / "store" / "autumn" / "a1.wav"
    keep(raw(tmp_path / "a1.raw", tone(440, 0.5), tone(440, 0.5)), target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.parent.stat().st_mode & 0o777 == 0o700


def test_a_frame_cut_in_half_at_the_end_is_left_out(tmp_path: Path) -> None:
    spool = raw(tmp_path / "a1.raw", tone(440, 0.5), tone(440, 0.5), tail=b"\x01\x02\x03")
    assert keep(spool, tmp_path / "a1.wav").duration_s == 1.0


@pytest.mark.parametrize("content", [b"", b"\x01\x02\x03"])
def test_an_empty_recording_is_told_and_left_where_it_is(tmp_path: Path, content: bytes) -> None:
    spool = tmp_path / "a1.raw"
    spool.write_bytes(content)
    with pytest.raises(ValueError, match="empty"):
        keep(spool, tmp_path / "a1.wav")
    assert spool.exists()
    assert not (tmp_path / "a1.wav").exists()


def test_a_store_that_cannot_be_written_keeps_the_raw_file(tmp_path: Path) -> None:
    spool = raw(tmp_path / "a1.raw", tone(440, 0.5), tone(440, 0.5))
    (tmp_path / "store").write_text("a file where a folder should be", "utf-8")
    with pytest.raises(OSError, match="store"):
        keep(spool, tmp_path / "store" / "a1.wav")
    assert spool.exists()


def test_silence_has_a_level_and_full_scale_is_about_zero() -> None:
    assert level_dbfs(np.zeros(8000, np.int16)) == SILENCE_DBFS
    assert level_dbfs(np.full(8000, -32768, np.int16)) == 0.0


@given(name=st.text(min_size=1, max_size=80), attempt_id=st.text(min_size=1, max_size=40))
def test_no_name_leaves_the_store(name: str, attempt_id: str) -> None:
    path = stored_path(STORE, name, DAY, attempt_id)
    assert path == Path(str(path))
    assert ".." not in path.parts
    folder, day, file = path.relative_to(STORE).parts
    assert (day, file[:1] != ".", folder[:1] != ".") == ("2026-11-23", True, True)
    assert not any(character in str(path) for character in "\n\r\x00,|\\\"'")


@pytest.mark.parametrize("name", ["..", "../../etc", "/etc/passwd", "a\nb", ".", "~", "秋季 & 冬季", "-rf"])
def test_names_that_were_meant_badly(name: str) -> None:
    path = stored_path(STORE, name, DAY, "a1")
    assert path.parent.parent.parent == STORE
    assert path.name.endswith("_20261123_a1.wav")


@settings(max_examples=30)
@given(name=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=60, max_size=80))
def test_the_longest_campaign_name_still_fits_a_file_name(name: str) -> None:
    path = stored_path(STORE, name, DAY, "019a1b2c3d4e5f60718293a4b5c6d7e8f9")
    assert all(len(part.encode()) <= 255 for part in path.with_suffix(".part").parts)


def test_a_disk_that_says_no_at_the_last_moment_leaves_the_raw_file_and_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    spool = raw(tmp_path / "a1.raw", tone(440, 0.5), tone(440, 0.5))
    monkeypatch.setattr("recordings.sound.os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        keep(spool, tmp_path / "store/a1.wav")
    assert spool.exists()
    assert list((tmp_path / "store").iterdir()) == []
    monkeypatch.undo()
    assert keep(spool, tmp_path / "store/a1.wav").duration_s == 1.0
    assert not spool.exists()


def test_what_is_in_the_store_is_found_and_measured_as_it_was_kept(tmp_path: Path) -> None:
    spool = raw(tmp_path / "a-1.raw", tone(440, 0.5), tone(1000, 0.05))
    kept = keep(spool, stored_path(tmp_path / "store", "秋 autumn", DAY, "a-1"))
    assert find(tmp_path / "store", "a-1") == kept
    assert find(tmp_path / "store", "a-2") is None
    assert find(tmp_path / "nowhere", "a-1") is None

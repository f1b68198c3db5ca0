from __future__ import annotations

import errno
import hashlib
import io
import math
import wave
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.errors import NotFoundError, SettingsError
from recordings.keys import KeyFile
from recordings.sealed import is_sealed
from recordings.sound import SAMPLE_RATE_HZ, wav_of
from recordings.store import Store

if TYPE_CHECKING:
    from numpy.typing import NDArray

DAY = date(2026, 11, 23)
FOLDER = Path("/store")
NOWHERE = Store(FOLDER, KeyFile(Path("/nowhere/recordings.keys")))


def tone(hertz: float, amplitude: float, seconds: float = 1.0) -> NDArray[np.int16]:
    at = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (amplitude * 32767 * np.sin(2 * math.pi * hertz * at)).astype("<i2")


def raw(path: Path, left: NDArray[np.int16], right: NDArray[np.int16], tail: bytes = b"") -> Path:
    path.write_bytes(np.stack([left, right], axis=1).tobytes() + tail)
    return path


def a_raw(tmp_path: Path) -> Path:
    return raw(tmp_path / "a1.raw", tone(440, 0.5), tone(1000, 0.05))


def test_customer_left_agent_right_with_their_measures(store: Store, tmp_path: Path) -> None:
    spool = a_raw(tmp_path)
    target = store.path_for("autumn", DAY, "a1")
    sound = store.keep(spool, target)
    wav = store.whole(target)
    with wave.open(io.BytesIO(wav)) as kept:
        assert (kept.getnchannels(), kept.getsampwidth(), kept.getframerate()) == (2, 2, 8000)
        both = np.frombuffer(kept.readframes(kept.getnframes()), "<i2").reshape(-1, 2)
    assert np.array_equal(both[:, 0], tone(440, 0.5))
    assert np.array_equal(both[:, 1], tone(1000, 0.05))
    # The root mean square of a sine lies 3.01 dB below its peak.
    assert sound.left_dbfs == pytest.approx(20 * math.log10(0.5) - 3.01, abs=0.05)
    assert sound.right_dbfs == pytest.approx(20 * math.log10(0.05) - 3.01, abs=0.05)
    assert (sound.path, sound.duration_s, sound.size_bytes) == (target, 1.0, len(wav))
    assert sound.sha256 == hashlib.sha256(wav).hexdigest()
    assert not spool.exists()


def test_on_disk_there_is_no_sound_and_only_its_owner_may_read_that(store: Store, tmp_path: Path) -> None:
    spool = a_raw(tmp_path)
    frames = spool.read_bytes()
    target = store.path_for("autumn", DAY, "a1")
    store.keep(spool, target)
    content = target.read_bytes()
    assert is_sealed(target)
    assert b"RIFF" not in content
    assert not any(frames[at : at + 16] in content for at in range(0, len(frames) - 16, 4000))
    assert target.stat().st_mode & 0o777 == 0o600
    assert target.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in store.folder.rglob("*") if path.is_file()] == [target.name]


@pytest.mark.parametrize("content", [b"", b"\x01\x02\x03"])
def test_an_empty_recording_is_told_and_left_where_it_is(store: Store, tmp_path: Path, content: bytes) -> None:
    spool = tmp_path / "a1.raw"
    spool.write_bytes(content)
    with pytest.raises(ValueError, match="empty"):
        store.keep(spool, store.path_for("autumn", DAY, "a1"))
    assert spool.exists()
    assert list(store.files()) == []


def test_a_store_that_cannot_be_written_keeps_the_raw_file(store: Store, tmp_path: Path) -> None:
    spool = a_raw(tmp_path)
    store.folder.write_text("a file where a folder should be", "utf-8")
    with pytest.raises(OSError, match="store"):
        store.keep(spool, store.path_for("autumn", DAY, "a1"))
    assert spool.exists()


def test_without_a_key_nothing_is_stored_in_the_clear_and_the_raw_file_stays(store: Store, tmp_path: Path) -> None:
    spool = a_raw(tmp_path)
    store.key_file.path.unlink()
    with pytest.raises(SettingsError, match="new-keys"):
        store.keep(spool, store.path_for("autumn", DAY, "a1"))
    assert spool.exists()
    assert not store.folder.exists()


def test_a_disk_that_says_no_at_the_last_moment_leaves_the_raw_file_and_nothing_half_written(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    spool, target = a_raw(tmp_path), store.path_for("autumn", DAY, "a1")
    monkeypatch.setattr("recordings.store.os.fsync", refuse)
    with pytest.raises(OSError, match="No space left"):
        store.keep(spool, target)
    assert spool.exists()
    assert list(target.parent.iterdir()) == []
    monkeypatch.undo()
    assert store.keep(spool, target).duration_s == 1.0
    assert not spool.exists()


def test_what_is_in_the_store_is_found_and_measured_as_it_was_kept_sealed_or_plain(
    store: Store, tmp_path: Path
) -> None:
    spool = a_raw(tmp_path)
    wav = wav_of(spool.read_bytes())
    kept = store.keep(spool, store.path_for("autumn", DAY, "a1"))
    assert store.find("a1") == kept
    assert store.find("1") is None
    old = store.path_for("autumn", DAY, "a2").with_suffix(".wav")
    old.write_bytes(wav)
    found = store.find("a2")
    assert found
    assert (found.path, found.sha256) == (old, kept.sha256)
    with store.open(old) as plain, store.open(kept.path) as sealed:
        assert plain.size_bytes == sealed.size_bytes
        for start, stop in ((0, 44), (-5, 3), (100, 70_000), (31_000, 99_000)):
            assert plain.read(start, stop) == sealed.read(start, stop)
    assert list(store.files()) == [kept.path, old]


def test_only_what_lies_in_the_store_is_opened(store: Store, tmp_path: Path) -> None:
    kept = store.keep(a_raw(tmp_path), store.path_for("autumn", DAY, "a1")).path
    (tmp_path / "secret.wav").write_bytes(b"secret")
    link = store.folder / "autumn/link.sealed"
    link.symlink_to(tmp_path / "secret.wav")
    assert store.inside(str(kept)) == kept.resolve()
    outside = (tmp_path / "secret.wav", store.folder / "../secret.wav", link, store.folder / "gone", store.folder)
    for path in (*map(str, outside), "a\x00b", "x" * 5000, ""):
        with pytest.raises(NotFoundError, match="not among the recordings"):
            store.inside(path)


def test_what_is_removed_is_gone_with_the_folder_of_its_day_if_nothing_else_is_there(
    store: Store, tmp_path: Path
) -> None:
    one = store.keep(a_raw(tmp_path), store.path_for("autumn", DAY, "a1")).path
    other = store.keep(a_raw(tmp_path), store.path_for("autumn", DAY, "a2")).path
    store.remove(one)
    assert list(store.files()) == [other]
    store.remove(one)  # again, as after a crash
    store.remove(other)
    assert not other.parent.exists()


@given(name=st.text(min_size=1, max_size=80), attempt_id=st.text(min_size=1, max_size=40))
def test_no_name_leaves_the_store(name: str, attempt_id: str) -> None:
    path = NOWHERE.path_for(name, DAY, attempt_id)
    assert path == Path(str(path))
    assert ".." not in path.parts
    folder, day, file = path.relative_to(FOLDER).parts
    assert (day, file[:1] != ".", folder[:1] != ".") == ("2026-11-23", True, True)
    assert not any(character in str(path) for character in "\n\r\x00,|\\\"'")


@pytest.mark.parametrize("name", ["..", "../../etc", "/etc/passwd", "a\nb", ".", "~", "秋季 & 冬季", "-rf"])
def test_names_that_were_meant_badly(name: str) -> None:
    path = NOWHERE.path_for(name, DAY, "a1")
    assert path.parent.parent.parent == FOLDER
    assert path.name.endswith("_20261123_a1.sealed")
    assert NOWHERE.path_for("autumn", DAY, "../../a1").parent == NOWHERE.path_for("autumn", DAY, "a1").parent


@settings(max_examples=30)
@given(name=st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=60, max_size=80))
def test_the_longest_campaign_name_still_fits_a_file_name(name: str) -> None:
    path = NOWHERE.path_for(name, DAY, "019a1b2c3d4e5f60718293a4b5c6d7e8f9")
    assert all(len(part.encode()) <= 255 for part in path.with_suffix(".part").parts)

"""The library takes in what can be told apart, survives what is broken, and notices what others change."""

from __future__ import annotations

import os
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dialer.core.errors import InputError, NotFoundError
from dialer.core.model import NumberState
from dialer.hearing.library import Library
from tests.fakes.speech import RATE_HZ, sentence, silence, tone, write_wav

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 22)
OFF, INVALID = NumberState.OFF, NumberState.INVALID


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "announcements")


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "recording.wav", sentence(1))


def add(library: Library, recording: Path, name: str = "off", state: NumberState = OFF, text: str = "") -> None:
    library.add(recording, name, state, language="zh", text=text, since=TODAY)


def test_no_folder_is_an_empty_library(library: Library) -> None:
    assert (library.load(), library.entries(), library.problems) == ([], [], ())


def test_what_was_added_is_loaded_with_all_that_is_known_of_it(library: Library, recording: Path) -> None:
    add(library, recording, text='已关机 "off" \\ end')
    (announcement,), (entry,) = library.load(), library.entries()
    assert (announcement.name, announcement.state) == ("off", OFF)
    assert (entry.language, entry.text, entry.since) == ("zh", '已关机 "off" \\ end', TODAY)
    assert entry.length_s == pytest.approx(len(sentence(1)) / RATE_HZ, abs=0.2)
    assert {file.name: oct(file.stat().st_mode & 0o777) for file in library.folder.iterdir()} == {
        "off.toml": "0o600",
        "off.wav": "0o600",
    }


def test_ring_back_that_was_recorded_before_it_does_not_come_along(library: Library, tmp_path: Path) -> None:
    ring_back = np.concatenate((tone((450,), 1.0), silence(4.0)))
    add(library, write_wav(tmp_path / "call.wav", np.concatenate((ring_back, sentence(1), silence(2.0)))))
    assert len(library.load()[0].samples) < len(sentence(1)) + 0.3 * RATE_HZ


@pytest.mark.parametrize("name", ["", "../off", "off.wav", "a/b", "-off", "off-", "关机", "a" * 65, "a\nb", ".off"])
def test_a_name_is_never_a_path(name: str, library: Library, recording: Path) -> None:
    with pytest.raises(InputError, match="name"):
        add(library, recording, name)
    with pytest.raises(InputError, match="name"):
        library.remove(name)
    assert not library.folder.exists()


def test_what_could_not_be_told_apart_or_says_nothing_is_refused(
    library: Library, recording: Path, tmp_path: Path
) -> None:
    add(library, recording)
    refused = {
        "too short": write_wav(tmp_path / "short.wav", sentence(2, 0.6)),
        "is silent": write_wav(tmp_path / "silent.wav", silence(3)),
        "tones alone": write_wav(
            tmp_path / "busy.wav", np.tile(np.concatenate((tone((450,), 0.35), silence(0.35))), 9)
        ),
        "sounds like 'off', which means OFF": write_wav(tmp_path / "same.wav", sentence(1, level=2000)),
    }
    for reason, file in refused.items():
        with pytest.raises(InputError, match=f"{file.name}: .*{reason}"):
            add(library, file, "invalid", INVALID)
    with pytest.raises(InputError, match="name 'off': is taken"):
        add(library, write_wav(tmp_path / "other.wav", sentence(3)))
    with pytest.raises(InputError, match="state: UNKNOWN"):
        add(library, recording, "nothing", NumberState.UNKNOWN)
    with pytest.raises(InputError, match="text: "):
        add(library, recording, "again", text="a\nb")
    assert [entry.name for entry in library.entries()] == ["off"]


def test_another_recording_of_the_same_state_and_another_announcement_are_welcome(
    library: Library, recording: Path, tmp_path: Path
) -> None:
    add(library, recording)
    add(library, write_wav(tmp_path / "same.wav", sentence(1, level=2000)), "off-2")
    add(library, write_wav(tmp_path / "other.wav", sentence(5)), "invalid", INVALID)
    assert [one.name for one in library.load()] == ["invalid", "off", "off-2"]


def test_one_that_is_broken_is_named_and_the_others_are_heard(library: Library, tmp_path: Path) -> None:
    for seed, name in enumerate(("good", "cut", "changed", "lost", "words", "word")):
        add(library, write_wav(tmp_path / f"{name}.wav", sentence(seed)), name)
    (library.folder / "cut.wav").write_bytes(b"RIFF")
    write_wav(library.folder / "changed.wav", sentence(9))
    (library.folder / "lost.wav").unlink()
    (library.folder / "words.toml").write_text("state = [", "utf-8")
    (library.folder / "word.toml").write_text('state = "OF"', "utf-8")
    (library.folder / "stray one.toml").write_text("", "utf-8")
    write_wav(library.folder / "alone.wav", sentence(9))
    assert [one.name for one in library.load()] == ["good"]
    told = "\n".join(library.problems)
    for part in (
        "cut.wav: not a sound",
        "changed.wav: not the sound",
        "lost.wav: cannot be read",
        "words.toml: not a TOML",
    ):
        assert part in told
    for part in ("word.toml: state", "'stray one'", "alone.wav: no alone.toml"):
        assert part in told


def test_a_change_on_disk_is_noticed_whoever_makes_it(library: Library, recording: Path, tmp_path: Path) -> None:
    assert library.changed()
    library.load()
    assert not library.changed()
    other = Library(library.folder)
    add(other, recording)
    assert library.changed()
    library.load()
    add(other, write_wav(tmp_path / "other.wav", sentence(5)), "invalid", INVALID)
    assert library.changed()
    library.load()
    os.utime(library.folder / "off.toml", (1, 1))
    assert library.changed()
    library.load()
    other.remove("off")
    assert library.changed()
    assert [one.name for one in library.load()] == ["invalid"]
    assert not library.changed()


def test_what_is_removed_leaves_nothing_and_cannot_be_removed_twice(library: Library, recording: Path) -> None:
    add(library, recording)
    library.remove("off")
    assert list(library.folder.iterdir()) == []
    with pytest.raises(NotFoundError, match="'off'"):
        library.remove("off")

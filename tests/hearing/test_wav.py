"""A sound file of any usual kind is read as what it is, and anything else is refused with its name."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dialer.core.errors import InputError
from dialer.hearing.wav import ALAW, MULAW, read, write
from tests.fakes.speech import RATE_HZ, sentence, tone, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SAID = sentence(1, 1.5)


def riff(tag: int, bits: int, data: bytes, rate_hz: int = RATE_HZ, channels: int = 1, more: bytes = b"") -> bytes:
    width = channels * bits // 8
    shape = struct.pack("<HHIIHH", tag, channels, rate_hz, rate_hz * width, width, bits) + more
    chunks = b"LIST" + struct.pack("<I", 3) + b"abc\0" + b"fmt " + struct.pack("<I", len(shape)) + shape
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(chunks) + 4) + b"WAVE" + chunks


def coded(levels: NDArray[np.float64]) -> bytes:
    return bytes(np.abs(levels[None, :] - SAID[:, None]).argmin(axis=1).astype(np.uint8))


def as_24_bit(samples: NDArray[np.int16]) -> bytes:
    return (samples.astype("<i4") << 8).view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


EXTENSIBLE = struct.pack("<HHI", 22, 16, 0) + struct.pack("<H", 1) + bytes(14)
KINDS = {
    "8 bit": (riff(1, 8, ((SAID >> 8) + 128).astype(np.uint8).tobytes()), 256),
    "16 bit": (riff(1, 16, SAID.tobytes()), 0),
    "24 bit": (riff(1, 24, as_24_bit(SAID)), 0),
    "32 bit": (riff(1, 32, (SAID.astype("<i4") << 16).tobytes()), 0),
    "float": (riff(3, 32, (SAID / 32768).astype("<f4").tobytes()), 0),
    "double": (riff(3, 64, (SAID / 32768).astype("<f8").tobytes()), 0),
    "A-law": (riff(6, 8, coded(ALAW)), 300),
    "mu-law": (riff(7, 8, coded(MULAW)), 300),
    "extensible": (riff(0xFFFE, 16, SAID.tobytes(), more=EXTENSIBLE), 0),
    "stereo": (riff(1, 16, np.repeat(SAID, 2).tobytes(), channels=2), 0),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_usual_kind_is_read(kind: str, tmp_path: Path) -> None:
    content, off_by = KINDS[kind]
    file = tmp_path / "sound.wav"
    file.write_bytes(content)
    samples = read(file)
    assert len(samples) == len(SAID)
    assert np.abs(samples.astype(int) - SAID).max() <= off_by


@pytest.mark.parametrize(("suffix", "levels"), [(".alaw", ALAW), (".ulaw", MULAW), (".sln", None), (".raw", None)])
def test_raw_sound_is_known_by_its_extension(suffix: str, levels: NDArray[np.float64] | None, tmp_path: Path) -> None:
    file = tmp_path / f"sound{suffix}"
    file.write_bytes(SAID.tobytes() if levels is None else coded(levels))
    assert np.abs(read(file).astype(int) - SAID).max() <= 300


def test_the_tables_are_those_of_g_711() -> None:
    # ITU-T G.711: the largest values of A-law and mu-law, in 16 bit, and their least.
    assert (ALAW.max(), ALAW.min(), np.abs(ALAW).min()) == (32256, -32256, 8)
    assert (MULAW.max(), MULAW.min(), np.abs(MULAW).min()) == (32124, -32124, 0)
    assert ALAW[0xD5] == 8
    assert MULAW[0x80] == 32124


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000])
def test_any_rate_keeps_pitch_level_and_length(rate_hz: int, tmp_path: Path) -> None:
    at_s = np.arange(rate_hz) / rate_hz
    sound = (8000 * np.sin(2 * np.pi * 1000 * at_s)).astype(np.int16)
    samples = read(write_wav(tmp_path / "tone.wav", sound, rate_hz)).astype(float)
    assert abs(len(samples) - RATE_HZ) <= 1
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert abs(int(spectrum.argmax()) - 1000) <= 1
    assert np.sqrt(np.mean(samples**2)) == pytest.approx(8000 / np.sqrt(2), rel=0.01)


def test_what_lies_above_the_telephone_band_does_not_come_back_below(tmp_path: Path) -> None:
    at_s = np.arange(48000) / 48000
    sound = (8000 * np.sin(2 * np.pi * 7000 * at_s)).astype(np.int16)
    assert np.abs(read(write_wav(tmp_path / "high.wav", sound, 48000)))[100:-100].max() < 100


def test_what_is_written_is_read_again_and_is_nobody_elses(tmp_path: Path) -> None:
    file = tmp_path / "a.wav"
    write(file, SAID)
    assert (read(file) == SAID).all()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["a.wav"]


BROKEN = {
    "not a sound": b"MZ\x90\x00" * 20,
    "no format or no data": b"RIFF\x04\x00\x00\x00WAVE",
    "cut short": b"RIFF\x04\x00\x00\x00WAVEfmt \x04\x00\x00\x00\x01\x00\x01\x00data\x00\x00\x00\x00",
    "format 85": riff(0x55, 16, SAID.tobytes()),
    "0 channels": riff(1, 16, SAID.tobytes(), channels=0),
    "samples a second": riff(1, 16, SAID.tobytes(), rate_hz=5),
    "no numbers": riff(3, 32, np.full(9, np.nan, "<f4").tobytes()),
    "longer than": riff(1, 8, bytes(8000 * 121)),
}


@pytest.mark.parametrize("reason", BROKEN)
def test_what_is_no_sound_is_refused_by_name(reason: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.wav"
    file.write_bytes(BROKEN[reason])
    with pytest.raises(InputError, match=rf"broken\.wav: .*{reason}"):
        read(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.wav: cannot be read"):
        read(tmp_path / "gone.wav")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=200), at=st.integers(0, 43))
def test_no_bytes_do_more_than_be_refused(noise: bytes, at: int, tmp_path: Path) -> None:
    whole = riff(1, 16, tone((450,), 0.01).tobytes())
    file = tmp_path / "fuzzed.wav"
    file.write_bytes(whole[:at] + noise + whole[at + len(noise) :])
    try:
        samples = read(file)
    except InputError as error:
        assert "fuzzed.wav" in str(error)  # noqa: PT017 - it may be refused, but never otherwise
    else:
        assert samples.dtype == np.int16

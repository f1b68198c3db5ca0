"""Reads a sound file of any usual kind as 8 kHz mono 16 bit, and writes such files whole or not at all."""

from __future__ import annotations

import struct
import wave
from contextlib import contextmanager
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.errors import InputError
from dialer.hearing.frames import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

LONGEST_S = 120.0
"""No announcement is longer; whoever hands in an hour of sound has taken the wrong file."""

_LARGEST_BYTES = 64 * 1024 * 1024
_LOWEST_HZ, _HIGHEST_HZ = 4000, 192_000
_MOST_CHANNELS = 8
_EXTENSIBLE = 0xFFFE
_FMT_BYTES = 16
_SUBFORMAT_AT = 24
"""Where the sub-format begins in the format chunk of an extensible WAV file (Microsoft, WAVEFORMATEXTENSIBLE)."""


def read(file: Path) -> NDArray[np.int16]:
    """The samples of a file at 8 kHz, its channels mixed: WAV, or raw `.sln`, `.raw`, `.alaw`, `.al`, `.ulaw`, `.ul`.

    InputError, which names the file and the reason, where it cannot be read, is no such file or is too long.
    """
    try:
        if file.stat().st_size > _LARGEST_BYTES:
            raise InputError(f"{file}: larger than {_LARGEST_BYTES // 1024**2} MB: cut out the announcement alone")
        content = file.read_bytes()
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    try:
        decode = _RAW.get(file.suffix.lower())
        samples = decode(content) * _FULL_SCALE if decode else _of_wav(content)
    except ValueError as error:
        raise InputError(f"{file}: {error}") from None
    if len(samples) > LONGEST_S * RATE_HZ:
        raise InputError(f"{file}: longer than {LONGEST_S:.0f} s: cut out the announcement alone")
    return np.clip(np.round(samples), -_FULL_SCALE, _FULL_SCALE - 1).astype(np.int16)


def write(file: Path, samples: NDArray[np.int16]) -> None:
    """Write samples (8 kHz mono) as a WAV file, `whole`."""
    with whole(file) as unfinished, wave.open(str(unfinished), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(samples.astype("<i2").tobytes())


@contextmanager
def whole(file: Path) -> Iterator[Path]:
    """Where to write a file that only its owner may read, and that appears when it is whole. OSError if it cannot."""
    unfinished = file.with_name(f".{file.name}.new")
    try:
        unfinished.touch(mode=0o600)
        yield unfinished
        unfinished.replace(file)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


# --- codes: each turns bytes into samples between -1 and 1 --------------------------------------------------------

_FULL_SCALE = 32768.0


def _alaw_levels() -> NDArray[np.float64]:
    """The 256 levels of A-law (ITU-T G.711, table 1), as 16-bit samples."""
    code = np.arange(256) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 0x108) << np.maximum(exponent - 1, 0))
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.float64)


def _mulaw_levels() -> NDArray[np.float64]:
    """The 256 levels of mu-law (ITU-T G.711, table 2), as 16-bit samples."""
    code = np.arange(256) ^ 0xFF
    magnitude = ((((code & 15) << 3) + 0x84) << ((code >> 4) & 7)) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.float64)


ALAW, MULAW = _alaw_levels(), _mulaw_levels()


def _alaw(content: bytes) -> NDArray[np.float64]:
    return ALAW[np.frombuffer(content, np.uint8)] / _FULL_SCALE


def _mulaw(content: bytes) -> NDArray[np.float64]:
    return MULAW[np.frombuffer(content, np.uint8)] / _FULL_SCALE


def _pcm8(content: bytes) -> NDArray[np.float64]:
    return (np.frombuffer(content, np.uint8).astype(np.float64) - 128) / 128


def _pcm16(content: bytes) -> NDArray[np.float64]:
    return np.frombuffer(_whole(content, 2), "<i2") / _FULL_SCALE


def _pcm24(content: bytes) -> NDArray[np.float64]:
    parts = np.frombuffer(_whole(content, 3), np.uint8).reshape(-1, 3)
    wide = np.zeros((len(parts), 4), np.uint8)
    wide[:, 1:] = parts
    return wide.reshape(-1).view("<i4") / 2.0**31


def _pcm32(content: bytes) -> NDArray[np.float64]:
    return np.frombuffer(_whole(content, 4), "<i4") / 2.0**31


def _float32(content: bytes) -> NDArray[np.float64]:
    return _finite(np.frombuffer(_whole(content, 4), "<f4").astype(np.float64))


def _float64(content: bytes) -> NDArray[np.float64]:
    return _finite(np.frombuffer(_whole(content, 8), "<f8").astype(np.float64))


def _finite(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(samples).all():
        raise ValueError("has samples that are no numbers")
    return np.clip(samples, -1.0, 1.0)


def _whole(content: bytes, width: int) -> bytes:
    return content[: len(content) - len(content) % width]


_RAW: dict[str, Callable[[bytes], NDArray[np.float64]]] = {
    ".alaw": _alaw,
    ".al": _alaw,
    ".ulaw": _mulaw,
    ".ul": _mulaw,
    ".sln": _pcm16,
    ".raw": _pcm16,
}
"""By extension, as Asterisk names them: 8 kHz mono without a header."""
_CODES: dict[tuple[int, int], Callable[[bytes], NDArray[np.float64]]] = {
    (1, 8): _pcm8,
    (1, 16): _pcm16,
    (1, 24): _pcm24,
    (1, 32): _pcm32,
    (3, 32): _float32,
    (3, 64): _float64,
    (6, 8): _alaw,
    (7, 8): _mulaw,
}
"""By format tag (RFC 2361, appendix A) and bits a sample."""


# --- WAV ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate_hz: int
    bits: int


def _of_wav(content: bytes) -> NDArray[np.float64]:
    """The samples of a WAV file at 8 kHz in 16-bit units; ValueError with the reason where it is none."""
    if content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise ValueError(f"not a sound: a WAV file, or raw 8 kHz sound named {', '.join(_RAW)}")
    chunks = dict(_chunks(content))
    if b"fmt " not in chunks or b"data" not in chunks:
        raise ValueError("not a whole WAV file: it has no format or no data")
    shape = _format(chunks[b"fmt "])
    decode = _CODES.get((shape.tag, shape.bits))
    if decode is None:
        raise ValueError(f"WAV of format {shape.tag} with {shape.bits} bits is not read: make it 16 bit PCM")
    samples = decode(chunks[b"data"])
    samples = samples[: len(samples) - len(samples) % shape.channels].reshape(-1, shape.channels).mean(axis=1)
    if len(samples) > LONGEST_S * shape.rate_hz:
        raise ValueError(f"longer than {LONGEST_S:.0f} s: cut out the announcement alone")
    return _at_8_khz(samples, shape.rate_hz) * _FULL_SCALE


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk's name and content. A file cut short, as one that is still being written, gives what is there."""
    at = 12
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        yield name, content[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _format(chunk: bytes) -> _Format:
    if len(chunk) < _FMT_BYTES:
        raise ValueError("not a whole WAV file: its format is cut short")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if tag == _EXTENSIBLE and len(chunk) >= _SUBFORMAT_AT + 2:
        (tag,) = struct.unpack_from("<H", chunk, _SUBFORMAT_AT)
    if not 1 <= channels <= _MOST_CHANNELS:
        raise ValueError(f"has {channels} channels: 1 to {_MOST_CHANNELS} are read")
    if not _LOWEST_HZ <= rate_hz <= _HIGHEST_HZ:
        raise ValueError(f"has {rate_hz} samples a second: {_LOWEST_HZ} to {_HIGHEST_HZ} are read")
    return _Format(tag, channels, rate_hz, bits)


def _at_8_khz(samples: NDArray[np.float64], rate_hz: int) -> NDArray[np.float64]:
    """Resampled through the spectrum, which cuts off at the lower of the two Nyquist frequencies."""
    if rate_hz == RATE_HZ or not len(samples):
        return samples
    common = gcd(rate_hz, RATE_HZ)
    step_in, step_out = rate_hz // common, RATE_HZ // common
    blocks = -(-len(samples) // step_in) + 1  # with a block of silence, so that the end does not ring into the start
    spectrum = np.fft.rfft(samples, blocks * step_in)
    length = blocks * step_out
    resampled = np.fft.irfft(spectrum[: length // 2 + 1], length) * (step_out / step_in)
    return resampled[: len(samples) * step_out // step_in]

"""The container: any range is the plain bytes, and what was changed, cut or moved about is never read as if whole."""

from __future__ import annotations

import contextlib
import io
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings import sealed
from recordings.keys import Key, Keys
from recordings.sealed import HEADER_BYTES, DamagedError, Sealed, UnknownKeyError, is_sealed, rewrap, seal
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

OLD, NEW, FOREIGN = (Key(MIDMORNING + timedelta(days=day), bytes([day]) * 32) for day in (1, 2, 3))
SIGN = (Key(MIDMORNING, bytes(32)),)
KEYS = Keys((OLD,), SIGN)
BOTH = Keys((NEW, OLD), SIGN)
CHUNK, TAG = 16, 16
SECOND_SLOT = range(36 + 68, HEADER_BYTES)
PLAIN = bytes(range(100))

plains = st.binary(max_size=200)


def made(plain: bytes, key: Key = OLD) -> bytes:
    file = io.BytesIO()
    seal(plain, file, key, CHUNK)
    return file.getvalue()


def read(path: Path, keys: Keys = KEYS) -> bytes:
    with Sealed(path, keys) as opened:
        return opened.read(0, opened.size_bytes)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("sealed") / "a.sealed"


@given(plain=plains, start=st.integers(-5, 220), stop=st.integers(-5, 220))
def test_any_range_is_the_plain_bytes(file: Path, plain: bytes, start: int, stop: int) -> None:
    file.write_bytes(made(plain))
    with Sealed(file, KEYS) as opened:
        assert opened.size_bytes == len(plain)
        assert opened.read(start, stop) == plain[max(0, start) : max(0, stop)]


@given(plain=plains, where=st.integers(0, 10_000), flip=st.integers(1, 255))
def test_any_changed_byte_is_an_error(file: Path, plain: bytes, where: int, flip: int) -> None:
    content = bytearray(made(plain))
    content[where % len(content)] ^= flip
    file.write_bytes(content)
    if where % len(content) in SECOND_SLOT:
        # The free slot may hold what an interrupted change of keys left there; it changes nothing of what is read.
        assert read(file) == plain
        return
    with pytest.raises((DamagedError, UnknownKeyError)):
        read(file)


@given(plain=plains, length=st.integers(0, 10_000))
def test_any_cut_is_an_error_also_between_two_chunks(file: Path, plain: bytes, length: int) -> None:
    content = made(plain)
    file.write_bytes(content[: length % len(content)])
    with pytest.raises((DamagedError, UnknownKeyError)):
        read(file)


@given(more=st.binary(min_size=1, max_size=50))
def test_what_was_appended_is_an_error(file: Path, more: bytes) -> None:
    file.write_bytes(made(PLAIN) + more)
    with pytest.raises(DamagedError):
        read(file)


@given(one=st.integers(0, 5), other=st.integers(0, 5))
def test_chunks_that_changed_places_are_an_error(file: Path, one: int, other: int) -> None:
    content = made(bytes(range(96)))
    chunks = [content[at : at + CHUNK + TAG] for at in range(HEADER_BYTES, len(content), CHUNK + TAG)]
    chunks[one], chunks[other] = chunks[other], chunks[one]
    file.write_bytes(content[:HEADER_BYTES] + b"".join(chunks))
    if one == other:
        assert read(file) == bytes(range(96))
    else:
        with pytest.raises(DamagedError, match="damaged in part"):
            read(file)


def test_a_chunk_of_another_file_is_an_error_though_its_key_is_the_same(file: Path) -> None:
    one, other = made(bytes(32)), made(bytes(32))
    file.write_bytes(one[: HEADER_BYTES + CHUNK + TAG] + other[HEADER_BYTES + CHUNK + TAG :])
    with pytest.raises(DamagedError):
        read(file)
    file.write_bytes(other[:36] + one[36:])  # another's id and length
    with pytest.raises(DamagedError):
        read(file)


def test_only_the_chunks_that_are_asked_for_are_read(file: Path) -> None:
    content = bytearray(made(PLAIN))
    content[-1] ^= 1  # the last chunk is damaged: the first ones are heard all the same
    file.write_bytes(content)
    with Sealed(file, KEYS) as opened:
        assert opened.read(0, 96) == PLAIN[:96]
        with pytest.raises(DamagedError):
            opened.read(95, 97)


def test_nothing_of_the_plain_bytes_is_in_the_file() -> None:
    plain = b"RIFF....WAVEfmt and then what was said" * 10
    content = made(plain)
    assert not any(plain[at : at + 4] in content for at in range(0, 36, 4))
    assert made(plain)[8:] != content[8:]


def test_the_wrong_key_is_named_and_the_right_one_is_not_shown(file: Path) -> None:
    file.write_bytes(made(PLAIN))
    with pytest.raises(UnknownKeyError, match=OLD.key_id.hex()) as told:
        read(file, Keys((FOREIGN,), SIGN))
    assert OLD.bits.hex() not in str(told.value)


def test_what_was_never_sealed_is_told_apart(file: Path) -> None:
    for content in (b"", b"RIFF", b"RIFF" + bytes(500)):
        file.write_bytes(content)
        assert not is_sealed(file)
        with pytest.raises(DamagedError):
            read(file)


# --- a change of the master key ---------------------------------------------------------------------


def test_a_rewrapped_file_needs_the_new_key_alone_and_its_sound_is_not_touched(file: Path) -> None:
    before = made(PLAIN)
    file.write_bytes(before)
    assert rewrap(file, BOTH)
    assert read(file, Keys((NEW,), SIGN)) == PLAIN
    with pytest.raises(UnknownKeyError):
        read(file)
    assert file.read_bytes()[HEADER_BYTES:] == before[HEADER_BYTES:]
    assert not rewrap(file, BOTH)
    assert rewrap(file, Keys((FOREIGN, NEW), SIGN))  # back into the first slot
    assert read(file, Keys((FOREIGN,), SIGN)) == PLAIN


def test_a_damaged_file_is_not_rewrapped(file: Path) -> None:
    content = bytearray(made(PLAIN))
    content[20] ^= 1
    file.write_bytes(content)
    with pytest.raises(DamagedError):
        rewrap(file, BOTH)
    assert file.read_bytes() == content


class PowerCut(Exception):  # noqa: N818 - it is one
    """The machine stopped here."""


def cut_after(written: int) -> Callable[..., None]:
    """Writes as the disk would have been left by a power cut after so many bytes of the header."""
    left = written

    def put(file: io.BufferedRandom, place: int, content: bytes) -> None:
        nonlocal left
        file.seek(36 + place * 68)
        file.write(content[:left])
        left -= len(content)
        if left < 0:
            raise PowerCut

    return put


@settings(max_examples=300)
@given(written=st.integers(0, 2 * 68), again=st.integers(0, 2 * 68))
def test_a_power_cut_at_any_byte_of_a_rewrap_loses_nothing_and_it_can_be_done_again(
    file: Path, written: int, again: int
) -> None:
    file.write_bytes(made(PLAIN))
    with pytest.MonkeyPatch.context() as patch:
        for limit in (written, again):
            patch.setattr(sealed, "_put", cut_after(limit))
            with contextlib.suppress(PowerCut):
                rewrap(file, BOTH)
            assert read(file, BOTH) == PLAIN
    rewrap(file, BOTH)
    assert not rewrap(file, BOTH)
    assert read(file, Keys((NEW,), SIGN)) == PLAIN

"""The evidence file: what is changed, left out, put in or signed by somebody else is found."""

from __future__ import annotations

import base64
import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.errors import InputError
from recordings.evidence import MANIFEST, SIGNATURE, SOUND, About, packed, verify
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

ABOUT = About("a1", MIDMORNING, "user:ada", "masked")
OURS, THEIRS = (Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32) for number in (1, 2))
TRUSTED = [OURS.public_key().public_bytes_raw()]
FILES = {"attempt.json": b"{}\n", "page.html": "通话".encode()}


class Memory:
    """A sound in memory."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size_bytes = len(content)

    def read(self, start: int, stop: int) -> bytes:
        return self._content[start:stop]

    def close(self) -> None:
        """Nothing is open."""


def made(signer: Ed25519PrivateKey = OURS, sound: bytes | None = b"RIFF" * 200_000) -> bytes:
    return b"".join(packed(ABOUT, FILES, None if sound is None else Memory(sound), signer))


WHOLE = made(sound=b"RIFF" * 50)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evidence") / "e.zip"


def rewritten(file: Path, members: Iterable[tuple[str, bytes]]) -> None:
    with zipfile.ZipFile(file, "w") as out:
        for name, content in members:
            out.writestr(name, content)


def members(content: bytes, file: Path) -> dict[str, bytes]:
    file.write_bytes(content)
    with zipfile.ZipFile(file) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("sound", [None, b"", b"RIFF", b"x" * 700_000])
def test_what_was_packed_is_whole_and_signed(file: Path, sound: bytes | None) -> None:
    found = members(made(sound=sound), file)
    assert found.get(SOUND) == sound
    verified = verify(file, TRUSTED)
    assert (verified.attempt_id, verified.made_by) == ("a1", "user:ada")
    assert set(verified.files) == found.keys() - {MANIFEST, SIGNATURE}


def test_anybody_can_check_the_signature_with_the_public_key_alone(file: Path) -> None:
    found = members(made(), file)
    key = base64.b64decode(json.loads(found[MANIFEST])["public_key"])
    assert key == TRUSTED[0]
    OURS.public_key().verify(base64.b64decode(found[SIGNATURE]), found[MANIFEST])


def test_a_long_sound_is_never_whole_in_memory() -> None:
    largest = max(len(part) for part in packed(ABOUT, FILES, Memory(bytes(5_000_000)), OURS))
    assert largest < 1_000_000


@given(where=st.integers(0, len(WHOLE) - 1), flip=st.integers(1, 255))
def test_a_changed_byte_is_found_or_changes_no_file(file: Path, where: int, flip: int) -> None:
    content = bytearray(WHOLE)
    content[where] ^= flip
    file.write_bytes(content)
    try:
        verified = verify(file, TRUSTED)
    except InputError:
        return
    # A date of the ZIP's own, say: what was signed is all there, byte for byte.
    assert verified.attempt_id == "a1"
    with zipfile.ZipFile(file) as opened:
        assert opened.read(SOUND) == b"RIFF" * 50


@given(length=st.integers(0, len(WHOLE) - 1))
def test_a_cut_file_is_found(file: Path, length: int) -> None:
    file.write_bytes(WHOLE[:length])
    with pytest.raises(InputError):
        verify(file, TRUSTED)


@pytest.mark.parametrize("spoil", ["changed", "longer", "shorter", "left out", "put in", "manifest", "no signature"])
def test_a_file_that_was_put_together_anew_is_found(file: Path, spoil: str) -> None:
    found = members(made(), file)
    sound = found[SOUND]
    changed = {
        "changed": {SOUND: b"X" + sound[1:]},
        "longer": {SOUND: sound + b"X"},
        "shorter": {SOUND: sound[:-1]},
        "put in": {"more.txt": b"more"},
        "manifest": {MANIFEST: found[MANIFEST].replace(b"user:ada", b"user:eve")},
    }
    gone = {"left out": "page.html", "no signature": SIGNATURE}.get(spoil)
    put = {name: content for name, content in (found | changed.get(spoil, {})).items() if name != gone}
    rewritten(file, put.items())
    with pytest.raises(InputError):
        verify(file, TRUSTED)


def test_what_another_signed_is_told_with_the_key_it_names(file: Path) -> None:
    file.write_bytes(made(THEIRS))
    theirs = base64.b64encode(THEIRS.public_key().public_bytes_raw()).decode()
    with pytest.raises(InputError, match="not signed by a key that is trusted here") as told:
        verify(file, TRUSTED)
    assert theirs in str(told.value)
    assert verify(file, [base64.b64decode(theirs)]).public_key == theirs


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_files_of_one_name_are_refused(file: Path) -> None:
    found = members(made(), file)
    rewritten(file, [*found.items(), (SOUND, b"other")])
    with pytest.raises(InputError, match="one name"):
        verify(file, TRUSTED)


@pytest.mark.parametrize(
    "manifest", [b"", b"[]", b"{", b"\xff", b'{"public_key": 1}', b"[" * 100_000, b"x" * 2_000_000]
)
def test_a_manifest_that_is_none_is_told_plainly(file: Path, manifest: bytes) -> None:
    rewritten(file, [(MANIFEST, manifest), (SIGNATURE, b"!")])
    with pytest.raises(InputError):
        verify(file, TRUSTED)


def test_what_is_no_zip_or_not_there_is_told(file: Path) -> None:
    file.write_bytes(b"no zip")
    with pytest.raises(InputError, match="ZIP"):
        verify(file, TRUSTED)
    with pytest.raises(InputError, match="no file"):
        verify(file.with_name("gone.zip"), TRUSTED)

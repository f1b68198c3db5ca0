"""The container of a recording on disk: encrypted in chunks, so that any part can be read without the rest.

    magic and version 8 | file id 16 | chunk bytes 4 | plain bytes 8 | slot 68 | slot 68 | chunk | chunk | ...
    slot: master key id 8 | nonce 12 | the file's own key, wrapped: 48

All numbers are big-endian. Every file has a key of its own (AES-256), which is wrapped by a master key (AES-256-GCM,
the 36 bytes before the slots as associated data): so the length and the id of the file are sealed with it, and a file
that was cut, lengthened or put together from two is an error. Chunk n is AES-256-GCM under the file's own key with n as
its nonce, which is never used twice because a file is written once; n and the file's id are its associated data, so
that no chunk can stand in another's place.

There are two slots so that a change of the master key can be interrupted at any byte: the new wrap is written into the
free slot and is on disk before the old one is wiped. A slot that holds no whole wrap is passed over.
"""

from __future__ import annotations

import os
import secrets
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dialer.core.errors import RingpaceError
from recordings.keys import ID_BYTES, KEY_BYTES

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from recordings.keys import Key, Keys

MAGIC = b"RPSEAL\x00\x01"
CHUNK_BYTES = 64 * 1024
_MOST_CHUNK_BYTES = 16 * 1024 * 1024
_HEAD = struct.Struct(">8s16sIQ")
_NONCE_BYTES = 12
_TAG_BYTES = 16
_SLOT_BYTES = ID_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
_SLOTS = 2
_EMPTY = bytes(_SLOT_BYTES)
HEADER_BYTES = _HEAD.size + _SLOTS * _SLOT_BYTES


class DamagedError(RingpaceError):
    """A sealed file is not what was sealed: changed, cut, lengthened, or put together from several."""


class UnknownKeyError(RingpaceError):
    """A sealed file cannot be opened with the keys at hand; the text names the one that it needs."""


@dataclass(frozen=True, slots=True)
class _Slot:
    place: int
    content: bytes

    @property
    def key_id(self) -> bytes:
        return self.content[:ID_BYTES]

    @property
    def nonce(self) -> bytes:
        return self.content[ID_BYTES:][:_NONCE_BYTES]

    @property
    def wrapped(self) -> bytes:
        return self.content[ID_BYTES + _NONCE_BYTES :]


def seal(plain: bytes, file: BinaryIO, key: Key, chunk_bytes: int = CHUNK_BYTES) -> None:
    """Write `plain` to `file`, closed under this master key."""
    own, file_id = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(16)
    head = _HEAD.pack(MAGIC, file_id, chunk_bytes, len(plain))
    file.write(head + _wrap(own, head, key) + _EMPTY)
    cipher = AESGCM(own)
    for place, start in enumerate(range(0, len(plain), chunk_bytes)):
        chunk = plain[start : start + chunk_bytes]
        file.write(cipher.encrypt(_nonce(place), chunk, _about(file_id, place)))


def is_sealed(path: Path) -> bool:
    """Whether a file says that it is sealed; OSError where it cannot be read."""
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


class Sealed:
    """A sealed file that is open for reading; DamagedError or UnknownKeyError where it cannot be."""

    def __init__(self, path: Path, keys: Keys) -> None:
        self._file = path.open("rb")
        self._name = path.name
        try:
            self._open(keys)
        except BaseException:
            self._file.close()
            raise

    def _open(self, keys: Keys) -> None:
        self._head = self._file.read(_HEAD.size)
        magic, self._file_id, self._chunk_bytes, self.size_bytes = _unpacked(self._head, self._name)
        if magic != MAGIC or not 0 < self._chunk_bytes <= _MOST_CHUNK_BYTES:
            raise DamagedError(f"{self._name} is no sealed file of a version that is known here")
        slots = [_Slot(place, self._file.read(_SLOT_BYTES)) for place in range(_SLOTS)]
        self._own, self.slot = _opened(self._head, slots, keys, self._name)
        self.half_changed = any(slot.content != _EMPTY for slot in slots if slot is not self.slot)
        """A change of its master key was interrupted, or is going on."""
        self._cipher = AESGCM(self._own)
        if os.fstat(self._file.fileno()).st_size != self._stored_bytes():
            raise DamagedError(f"{self._name} is damaged: it is not as long as it was")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def read(self, start: int, stop: int) -> bytes:
        """The plain bytes from `start` up to `stop`, as far as there are any."""
        start, stop = max(0, start), min(stop, self.size_bytes)
        if start >= stop:
            return b""
        first, last = start // self._chunk_bytes, (stop - 1) // self._chunk_bytes
        plain = b"".join(self._chunk(place) for place in range(first, last + 1))
        skipped = first * self._chunk_bytes
        return plain[start - skipped : stop - skipped]

    def _chunk(self, place: int) -> bytes:
        whole = self._chunk_bytes + _TAG_BYTES
        length = min(self._chunk_bytes, self.size_bytes - place * self._chunk_bytes) + _TAG_BYTES
        self._file.seek(HEADER_BYTES + place * whole)
        try:
            return self._cipher.decrypt(_nonce(place), self._file.read(length), _about(self._file_id, place))
        except (InvalidTag, ValueError):
            raise DamagedError(f"{self._name} is damaged in part {place + 1} of {self._chunks()}") from None

    def _chunks(self) -> int:
        return -(-self.size_bytes // self._chunk_bytes)

    def _stored_bytes(self) -> int:
        return HEADER_BYTES + self.size_bytes + self._chunks() * _TAG_BYTES

    def wrapped_by(self, key: Key) -> bytes:
        """The file's own key, wrapped by another master key: a new slot."""
        return _wrap(self._own, self._head, key)


def rewrap(path: Path, keys: Keys) -> bool:
    """Close a file under the newest master key alone; whether there was anything to do.

    Only the header is written, and at every moment it holds a whole wrap: interrupted, it is simply done again.
    """
    with Sealed(path, keys) as sealed:
        current, half_changed = sealed.slot, sealed.half_changed
        done = current.key_id == keys.newest.key_id
        fresh = sealed.wrapped_by(keys.newest)
    if done and not half_changed:
        return False
    with path.open("r+b", buffering=0) as file:
        kept = current.place
        if not done:
            kept = 1 - current.place
            _put(file, kept, fresh)
        _put(file, 1 - kept, _EMPTY)
    return True


def _put(file: BinaryIO, place: int, content: bytes) -> None:
    file.seek(_HEAD.size + place * _SLOT_BYTES)
    file.write(content)
    os.fsync(file.fileno())


def _unpacked(head: bytes, name: str) -> tuple[bytes, bytes, int, int]:
    try:
        magic, file_id, chunk_bytes, size_bytes = _HEAD.unpack(head)
    except struct.error:
        raise DamagedError(f"{name} is damaged: it ends within its header") from None
    return magic, file_id, chunk_bytes, size_bytes


def _opened(head: bytes, slots: list[_Slot], keys: Keys, name: str) -> tuple[bytes, _Slot]:
    """The file's own key and the slot that it was in; of two that can be opened, that of the newest master key."""
    known = [(key, slot) for key in keys.seal for slot in slots if slot.key_id == key.key_id]
    for key, slot in known:
        try:
            return AESGCM(key.bits).decrypt(slot.nonce, slot.wrapped, head), slot
        except (InvalidTag, ValueError):
            continue
    needed = [slot.key_id.hex() for slot in slots if slot.content != _EMPTY]
    if known or not needed:
        raise DamagedError(f"{name} is damaged in its header")
    raise UnknownKeyError(f"{name} needs the key {' or '.join(needed)}, which is not in the key file")


def _wrap(own: bytes, head: bytes, key: Key) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return key.key_id + nonce + AESGCM(key.bits).encrypt(nonce, own, head)


def _nonce(place: int) -> bytes:
    return place.to_bytes(_NONCE_BYTES, "big")


def _about(file_id: bytes, place: int) -> bytes:
    return file_id + place.to_bytes(8, "big")

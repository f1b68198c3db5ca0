"""The key file of an installation: the keys that close recordings, the newest first, and the one that signs evidence.

A text file of its owner alone, one key a line: `seal` or `sign`, when it was made, and 256 bits in base64. It is read
anew each time, so that a key that was made meanwhile is used at once. Nothing of a key is ever in an error or a log.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from dialer.core.errors import ConflictError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KEY_BYTES = 32
ID_BYTES = 8
_HEADING = """\
# The keys of the recordings, the newest first. Whoever has this file can hear every recording; without it nobody can.
# Keep a copy of it apart from the recordings, and a new one after each `dialer recordings rotate`.
"""
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Key:
    """256 bits and when they were made; `repr` shows neither the bits nor anything from which they could be told."""

    made_at: datetime
    bits: bytes

    def __repr__(self) -> str:
        return f"Key({self.key_id.hex()})"

    @property
    def key_id(self) -> bytes:
        """What names it in a recording: 8 bytes, by which it cannot be found out."""
        return hashlib.sha256(b"ringpace key id\x00" + self.bits).digest()[:ID_BYTES]


@dataclass(frozen=True, slots=True)
class Keys:
    """What is in the file: at least one key of each kind, the newest first."""

    seal: tuple[Key, ...]
    sign: tuple[Key, ...]

    @property
    def newest(self) -> Key:
        """The key that closes new recordings."""
        return self.seal[0]

    def find(self, key_id: bytes) -> Key | None:
        """The key that closes recordings under this id; None where it is not ours, or not any more."""
        return next((key for key in self.seal if key.key_id == key_id), None)

    def signer(self) -> Ed25519PrivateKey:
        """What signs evidence."""
        return Ed25519PrivateKey.from_private_bytes(self.sign[0].bits)

    def signers(self) -> list[bytes]:
        """The public keys, 32 bytes each, whose signatures are this installation's."""
        return [Ed25519PrivateKey.from_private_bytes(key.bits).public_key().public_bytes_raw() for key in self.sign]


class KeyFile:
    """The key file at a path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Keys:
        """The keys; SettingsError, which says what to do, where they are missing, cannot be read or are no keys."""
        try:
            text = self.path.read_text("ascii")
            mode = self.path.stat().st_mode
        except FileNotFoundError:
            raise SettingsError(
                f"recordings.key_file: {self.path} is not there: put your copy of it back, for without it no recording "
                "can be heard; in a new installation make it with `dialer recordings new-keys`"
            ) from None
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is no text"
            raise SettingsError(f"recordings.key_file: {self.path} cannot be read: {why}") from None
        if mode & _OTHERS:
            raise SettingsError(f"recordings.key_file: others may read {self.path}: chmod 600 {self.path}")
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line and line[0] != "#"]
        found: dict[str, list[Key]] = {"seal": [], "sign": []}
        for number, line in lines:
            kind, key = self._key(number, line)
            found[kind].append(key)
        for kind, keys in found.items():
            if not keys:
                raise SettingsError(f"recordings.key_file: {self.path} holds no key of the kind {kind!r}")
        return Keys(tuple(found["seal"]), tuple(found["sign"]))

    def create(self, now: datetime) -> Keys:
        """Make the file of a new installation; ConflictError where there is one."""
        if self.path.exists():
            raise ConflictError(f"{self.path} is there: nothing is changed")
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._write([_new(now)], [_new(now)])

    def add(self, now: datetime) -> Keys:
        """Put a new key before those there are; from now on it closes recordings."""
        keys = self.read()
        return self._write([_new(now), *keys.seal], keys.sign)

    def drop(self, dropped: Sequence[Key]) -> Keys:
        """Forget keys that close nothing any more; never the newest."""
        keys = self.read()
        return self._write([key for key in keys.seal if key == keys.newest or key not in dropped], keys.sign)

    def _key(self, number: int, line: str) -> tuple[str, Key]:
        try:
            kind, made_at, text = line.split()
            key = Key(datetime.fromisoformat(made_at), base64.b64decode(text, validate=True))
            if kind in {"seal", "sign"} and len(key.bits) == KEY_BYTES and key.made_at.tzinfo is not None:
                return kind, key
        except ValueError:
            pass
        # Not "from" the error, and not the line: both would repeat a key.
        raise SettingsError(f"recordings.key_file: {self.path}, line {number}: not a key") from None

    def _write(self, seal: Sequence[Key], sign: Sequence[Key]) -> Keys:
        """All or nothing: a power cut leaves the former file or this one. It keeps its owner."""
        lines = [f"{kind} {_line(key)}\n" for kind, keys in (("seal", seal), ("sign", sign)) for key in keys]
        unfinished = self.path.with_name(self.path.name + ".part")
        try:
            unfinished.unlink(missing_ok=True)
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                if self.path.exists() and os.geteuid() == 0:
                    owner = self.path.stat()
                    os.fchown(file.fileno(), owner.st_uid, owner.st_gid)
                file.write(_HEADING + "".join(lines))
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise SettingsError(f"recordings.key_file: {self.path} cannot be written: {error.strerror}") from None
        return self.read()


def sync_folder(folder: Path) -> None:
    """A name is safe from a power cut only when its folder is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _new(now: datetime) -> Key:
    return Key(now.astimezone(UTC).replace(microsecond=0), secrets.token_bytes(KEY_BYTES))


def _line(key: Key) -> str:
    return f"{key.made_at.isoformat()} {base64.b64encode(key.bits).decode()}"

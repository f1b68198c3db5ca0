"""The evidence file: a ZIP whose manifest names every file with its SHA-256 and is signed, written and checked here.

Signed with Ed25519 and not with a shared secret, so that whoever is shown the file can check it with the public key
alone, also without Ringpace: `manifest.sig` holds, in base64, the signature of the very bytes of `manifest.json`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from dialer.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from recordings.store import Reading

FORMAT = "ringpace evidence 1"
MANIFEST, SIGNATURE, SOUND = "manifest.json", "manifest.sig", "sound.wav"
_PIECE_BYTES = 256 * 1024
_MOST_MANIFEST_BYTES = 1024 * 1024
_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class About:
    """What a manifest says of its file as a whole."""

    attempt_id: str
    made_at: datetime
    made_by: str
    numbers: str
    """`masked` or `full`."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An evidence file that is whole and was signed by a key that is trusted."""

    attempt_id: str
    made_at: str
    made_by: str
    files: tuple[str, ...]
    public_key: str
    """In base64."""


class _Sink:
    """What a ZIP is written to, and taken from as it grows."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """There is nothing behind it."""

    def close(self) -> None:
        """Nor is there anything to give back."""

    def take(self) -> bytes:
        taken, self._parts = b"".join(self._parts), []
        return taken


def packed(
    about: About, documents: Mapping[str, bytes], sound: Reading | None, signer: Ed25519PrivateKey
) -> Iterator[bytes]:
    """The file, piece by piece; never more of the sound in memory than a piece. Errors of reading the sound pass."""
    sink = _Sink()
    listed: list[dict[str, Any]] = []
    moment = about.made_at.timetuple()[:6]
    with zipfile.ZipFile(sink, "w") as out:
        if sound is not None:
            digest = hashlib.sha256()
            with out.open(zipfile.ZipInfo(SOUND, moment), "w", force_zip64=True) as file:
                for at in range(0, sound.size_bytes, _PIECE_BYTES):
                    piece = sound.read(at, at + _PIECE_BYTES)
                    digest.update(piece)
                    file.write(piece)
                    yield sink.take()
            listed.append({"name": SOUND, "bytes": sound.size_bytes, "sha256": digest.hexdigest()})
        for name, content in documents.items():
            _put(out, name, content, moment)
            listed.append({"name": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        manifest = _manifest(about, listed, signer)
        _put(out, MANIFEST, manifest, moment)
        _put(out, SIGNATURE, base64.b64encode(signer.sign(manifest)) + b"\n", moment)
    yield sink.take()


def _put(out: zipfile.ZipFile, name: str, content: bytes, moment: tuple[int, ...]) -> None:
    out.writestr(zipfile.ZipInfo(name, moment), content, zipfile.ZIP_DEFLATED)  # type: ignore[arg-type]  # six of them


def _manifest(about: About, listed: list[dict[str, Any]], signer: Ed25519PrivateKey) -> bytes:
    told = {
        "format": FORMAT,
        "attempt_id": about.attempt_id,
        "made_at": about.made_at.isoformat(),
        "made_by": about.made_by,
        "numbers": about.numbers,
        "signed_with": "Ed25519",
        "public_key": base64.b64encode(signer.public_key().public_bytes_raw()).decode(),
        "files": listed,
    }
    return (json.dumps(told, ensure_ascii=False, indent=2) + "\n").encode()


# --- checking -----------------------------------------------------------------------------------------


def verify(path: Path, trusted: Collection[bytes]) -> Verified:
    """Check an evidence file from its first byte to its last; `trusted` are the public keys (32 bytes) that count.

    InputError, which says what is wrong, for whatever is not exactly what was signed. Nothing of it is unpacked.
    """
    try:
        with zipfile.ZipFile(path) as opened:
            return _verified(opened, trusted)
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except (OSError, zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"{path}: not a whole ZIP file: {error}") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    except zipfile.zlib.error as error:  # type: ignore[attr-defined]  # what it lets through of a damaged stream
        raise InputError(f"{path}: damaged: {error}") from None


def _verified(opened: zipfile.ZipFile, trusted: Collection[bytes]) -> Verified:
    names = opened.namelist()
    if len(names) > _MOST_FILES or len(set(names)) != len(names):
        raise ValueError("it has files of one name, or too many")
    if not {MANIFEST, SIGNATURE} <= set(names):
        raise ValueError(f"it has no {MANIFEST} or no {SIGNATURE}: not an evidence file")
    written, told = _signed(opened, trusted)
    files = {str(one["name"]): (int(one["bytes"]), str(one["sha256"])) for one in told["files"]}
    if files.keys() | {MANIFEST, SIGNATURE} != set(names):
        raise ValueError("its files are not those that the manifest names")
    for name, (size, sha256) in files.items():
        if _digest(opened, name, size) != sha256:
            raise ValueError(f"{name} is not what was signed")
    return Verified(
        str(told["attempt_id"]),
        str(told["made_at"]),
        str(told["made_by"]),
        tuple(files),
        base64.b64encode(written).decode(),
    )


def _signed(opened: zipfile.ZipFile, trusted: Collection[bytes]) -> tuple[bytes, dict[str, Any]]:
    """The key that signed the manifest, and what the manifest says."""
    manifest, signature = (_small(opened, name) for name in (MANIFEST, SIGNATURE))
    try:
        signed = base64.b64decode(signature.strip(), validate=True)
        told = json.loads(manifest)
        claimed = base64.b64decode(told["public_key"], validate=True)
        known = told["format"] == FORMAT and isinstance(told["files"], list)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise ValueError(f"{MANIFEST} or {SIGNATURE} cannot be read") from None
    if not known:
        raise ValueError(f"it is of a format that is not known here ({FORMAT} is)")
    for key in trusted:
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(signed, manifest)
        except InvalidSignature:
            continue
        return key, told
    if claimed in trusted:
        raise ValueError("its manifest is not what was signed")
    raise ValueError(f"it was not signed by a key that is trusted here; it says {base64.b64encode(claimed).decode()}")


def _small(opened: zipfile.ZipFile, name: str) -> bytes:
    with opened.open(name) as file:
        content = file.read(_MOST_MANIFEST_BYTES + 1)
    if len(content) > _MOST_MANIFEST_BYTES:
        raise ValueError(f"{name} is too long")
    return content


def _digest(opened: zipfile.ZipFile, name: str, size: int) -> str:
    """The SHA-256 of a file, of which no more is read than there should be."""
    digest, left = hashlib.sha256(), size
    with opened.open(name) as file:
        while piece := file.read(min(_PIECE_BYTES, left + 1)):
            left -= len(piece)
            if left < 0:
                raise ValueError(f"{name} is longer than what was signed")
            digest.update(piece)
    if left:
        raise ValueError(f"{name} is shorter than what was signed")
    return digest.hexdigest()

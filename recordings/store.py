"""The store of recordings: the one door through which every recording is kept, found and read, sealed or plain.

What is kept here is sealed before it touches the store's disk (recordings/sealed.py); what was kept before there were
keys is plain, and is read all the same. Measures and checksums are those of the WAV, whichever way it is on disk.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from dialer.core.errors import NotFoundError
from recordings.keys import sync_folder
from recordings.sealed import Sealed, is_sealed, seal
from recordings.sound import measure, wav_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from types import TracebackType
    from typing import Self

    from recordings.keys import KeyFile
    from recordings.sound import Sound

SUFFIX = ".sealed"
PLAIN_SUFFIX = ".wav"
_LONGEST_NAME_BYTES = 150
"""Of a campaign's name in a file name, which holds 255 bytes in all on every common file system."""


class Reading(Protocol):
    """A recording's WAV, open for reading at any place."""

    size_bytes: int

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop`; DamagedError where they are not what was stored."""

    def close(self) -> None:
        """Give the file back."""


class Plain:
    """A recording that was kept before there were keys."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("rb")
        self.size_bytes = os.fstat(self._file.fileno()).st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, start: int, stop: int) -> bytes:
        """The bytes from `start` up to `stop`."""
        self._file.seek(max(0, start))
        return self._file.read(max(0, stop - max(0, start)))

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


class Store:
    """The recordings in one folder, with the keys that close them."""

    def __init__(self, folder: Path, key_file: KeyFile) -> None:
        self.folder = folder
        self.key_file = key_file

    def path_for(self, campaign: str, day: date, attempt_id: str) -> Path:
        """Where a recording is to be: `CAMPAIGN/DAY/CAMPAIGN_DAY_ATTEMPT.sealed`; no name can leave the store."""
        safe = re.sub(r"[^\w-]+", "_", campaign).strip("_").encode()[:_LONGEST_NAME_BYTES]
        name = safe.decode(errors="ignore") or "_"
        return self.folder / name / f"{day:%Y-%m-%d}" / f"{name}_{day:%Y%m%d}_{_file_id(attempt_id)}{SUFFIX}"

    def keep(self, raw: Path, target: Path) -> Sound:
        """Seal a raw recording as a WAV at `target`, measure it, and remove the raw one.

        The file appears under its name only when it is whole. ValueError if the recording is empty; OSError if a disk
        says no, SettingsError if there is no key: the raw file then stays where it is, and nothing half-written.
        """
        wav = wav_of(raw.read_bytes())
        self.write(wav, target)
        raw.unlink()
        return measure(target, wav)

    def write(self, wav: bytes, target: Path) -> None:
        """Seal a WAV at `target`, all of it or nothing; OSError or SettingsError where that cannot be."""
        key = self.key_file.read().newest
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        unfinished = target.with_suffix(".part")
        try:
            with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                seal(wav, file, key)
                file.flush()
                # Some file systems say only now that there is no room; and a power cut must not take both copies.
                os.fsync(file.fileno())
            unfinished.rename(target)
            sync_folder(target.parent)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def find(self, attempt_id: str) -> Sound | None:
        """A recording that is in the store already, measured once more; None where there is none."""
        for suffix in (SUFFIX, PLAIN_SUFFIX):
            if found := next(self.folder.glob(f"*/*/*_{_file_id(attempt_id)}{suffix}"), None):
                return measure(found, self.whole(found))
        return None

    def inside(self, path: str) -> Path:
        """The file that a row names, links followed; NotFoundError for one that is gone, or is not in the store."""
        try:
            file = Path(path).resolve()
            if file.is_relative_to(self.folder.resolve()) and file.is_file():
                return file
        except (OSError, ValueError, RuntimeError):  # a circle of links, a name that no file can have
            pass
        raise NotFoundError("it is not among the recordings of this machine")

    def open(self, path: Path) -> Sealed | Plain:
        """A recording's WAV, to be closed again; DamagedError, UnknownKeyError, SettingsError, OSError."""
        return Sealed(path, self.key_file.read()) if is_sealed(path) else Plain(path)

    def whole(self, path: Path) -> bytes:
        """All of a recording's WAV; errors as of `open`."""
        with self.open(path) as sound:
            return sound.read(0, sound.size_bytes)

    def files(self) -> Iterator[Path]:
        """Every recording in the store, by name; what is unfinished is none."""
        for path in sorted(self.folder.glob("*/*/*")):
            if path.suffix in {SUFFIX, PLAIN_SUFFIX} and path.is_file() and not path.is_symlink():
                yield path

    def remove(self, path: Path) -> None:
        """Delete a recording for good, and the folder of its day where nothing else is in it; OSError."""
        path.unlink(missing_ok=True)
        try:
            path.parent.rmdir()
        except OSError:
            sync_folder(path.parent)  # others are in it; what was deleted must not come back with a power cut


def _file_id(attempt_id: str) -> str:
    return re.sub(r"[^A-Za-z0-9-]", "_", attempt_id)

"""The library of announcements, as data in a folder: NAME.wav is the sound, NAME.toml beside it says what it means.

This file reads and writes that folder; the rest of hearing is arithmetic. A sound that is added is cut of the silence
and the tones around it first: with the ring-back that was recorded before it, it would be like any call that rings.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - pydantic reads it at run time
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from dialer.core.errors import InputError, NotFoundError, problems_of
from dialer.core.model import NumberState
from dialer.hearing.cutting import cut_out
from dialer.hearing.fingerprints import Announcement, Fingerprints
from dialer.hearing.frames import RATE_HZ
from dialer.hearing.wav import read, whole, write
from recordings.sound import level_dbfs

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

SHORTEST_S = 1.0
"""Less than this is no announcement that could be told from another."""
QUIETEST_DBFS = -50.0
ALIKE = 0.8
"""From this likeness on two recordings are taken for the same announcement.

In bench/spoken.py's announcements two of one voice reach 0.60 at most, one and the same over a bad line 0.89 at least.
"""

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}[A-Za-z0-9])?")
_Signature = frozenset[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one announcement; `text` is what it says, `since` the day on which it was added."""

    name: str
    state: NumberState
    language: str
    text: str
    since: date
    sha256: str
    length_s: float


class _Written(BaseModel):
    """NAME.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: NumberState
    language: str = ""
    text: str = ""
    since: date
    sha256: str


class Library:
    """The announcements in one folder. What is added or removed there by anybody is noticed: see `changed`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: tuple[str, ...] = ()
        """What the last `load` left out, and why: each names its file."""
        self._seen: _Signature | None = None

    def load(self) -> list[Announcement]:
        """All announcements, by name; none where no folder is. A broken one is left out and told in `problems`."""
        return [Announcement(entry.name, entry.state, samples) for entry, samples in self._all()]

    def entries(self) -> list[Entry]:
        """What is known of all announcements that `load` gives."""
        return [entry for entry, _ in self._all()]

    def changed(self) -> bool:
        """Whether the folder is not what the last `load` found; true before the first. Reads no file."""
        return self._signature() != self._seen

    def add(
        self, recording: Path, name: str, state: NumberState, *, language: str = "", text: str = "", since: date
    ) -> Entry:
        """Take a recording in: any file that `wav.read` reads, cut of the silence and the tones around it.

        InputError, which names what is wrong, if the recording is silent, too short or no sound, if the name is no name
        or is taken, if the state is UNKNOWN, or if an announcement of another state sounds the same.
        """
        self._is_free(name)
        _is_meaning(state, language, text)
        samples = cut_out(read(recording))
        _is_announcement(recording, samples)
        self._is_like_no_other(recording, samples, state)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sound = self._path(name, "wav")
        write(sound, samples)
        digest = hashlib.sha256(sound.read_bytes()).hexdigest()
        entry = Entry(name, state, language, text, since, digest, len(samples) / RATE_HZ)
        with whole(self._path(name, "toml")) as unfinished:
            unfinished.write_text(_toml(entry), encoding="utf-8")
        return entry

    def remove(self, name: str) -> None:
        """Forget an announcement. NotFoundError if there is none of this name."""
        file = self._path(name, "toml")
        if not file.exists():
            raise NotFoundError(f"no announcement is named {name!r}: see `dialer announcements list`")
        file.unlink()  # first: without it the sound means nothing
        self._path(name, "wav").unlink(missing_ok=True)

    # --- the folder -----------------------------------------------------------------------------------------------

    def _path(self, name: str, kind: str) -> Path:
        if not _NAME.fullmatch(name):
            raise InputError(f"name {name!a}: letters, digits and hyphens only, 64 at most")
        return self.folder / f"{name}.{kind}"

    def _files(self, pattern: str) -> list[Path]:
        return sorted(file for file in self.folder.glob(pattern) if not file.name.startswith("."))

    def _names(self) -> list[str]:
        return sorted(file.stem for file in self._files("*.toml"))

    def _signature(self) -> _Signature:
        """Each file with its time and size; what vanishes while it is looked at is not there."""
        seen = set()
        for file in [*self._files("*.toml"), *self._files("*.wav")]:
            try:
                stat = file.stat()
            except FileNotFoundError:
                continue
            seen.add((file.name, stat.st_mtime_ns, stat.st_size))
        return frozenset(seen)

    def _all(self) -> list[tuple[Entry, NDArray[np.int16]]]:
        self._seen = self._signature()
        found, problems = [], []
        for name in self._names():
            try:
                found.append(self._read(name))
            except InputError as error:
                problems.append(str(error))
        problems += [
            f"{file}: no {file.stem}.toml says what it means; `dialer announcements add` makes both"
            for file in self._files("*.wav")
            if not file.with_suffix(".toml").exists()
        ]
        self.problems = tuple(problems)
        return found

    def _read(self, name: str) -> tuple[Entry, NDArray[np.int16]]:
        """One announcement; InputError, which names the file, if it is broken."""
        its, sound = _written(self._path(name, "toml")), self._path(name, "wav")
        samples = read(sound)
        if hashlib.sha256(sound.read_bytes()).hexdigest() != its.sha256:
            raise InputError(f"{sound}: not the sound that was added, its checksum differs: remove it and add it anew")
        length_s = len(samples) / RATE_HZ
        return Entry(name, its.state, its.language, its.text, its.since, its.sha256, length_s), samples

    # --- what may be added ----------------------------------------------------------------------------------------

    def _is_free(self, name: str) -> None:
        if self._path(name, "toml").exists():
            raise InputError(f"name {name!r}: is taken; remove that announcement first, or choose another name")

    def _is_like_no_other(self, recording: Path, samples: NDArray[np.int16], state: NumberState) -> None:
        others = [one for one in self.load() if one.state is not state]
        nearest = Fingerprints(others).nearest(samples) if others else None
        if nearest is not None and nearest[1] >= ALIKE:
            name, likeness = nearest
            meaning = next(one.state for one in others if one.name == name)
            raise InputError(
                f"{recording}: sounds like {name!r}, which means {meaning} (likeness {likeness:.2f}): one of "
                "the two is named wrongly; listen to both, and remove the one that is wrong"
            )


def _written(file: Path) -> _Written:
    try:
        return _Written.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except OSError as error:
        raise InputError(f"{file}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise InputError(f"{file}: {problems_of(error)}") from None
    except ValueError as error:  # no TOML, or no UTF-8
        raise InputError(f"{file}: not a TOML file: {error}") from error


def _is_meaning(state: NumberState, language: str, text: str) -> None:
    if state is NumberState.UNKNOWN:
        raise InputError("state: UNKNOWN is what is heard without an announcement; choose another")
    for field, value in (("language", language), ("text", text)):
        if not value.isprintable():
            raise InputError(f"{field}: has characters that cannot be printed")


def _is_announcement(recording: Path, samples: NDArray[np.int16]) -> None:
    if not len(samples) or level_dbfs(samples) < QUIETEST_DBFS:
        raise InputError(f"{recording}: is silent, or holds tones alone, which need no announcement")
    length_s = len(samples) / RATE_HZ
    if length_s < SHORTEST_S:
        raise InputError(f"{recording}: {length_s:.1f} s of sound are too short: {SHORTEST_S:g} s at least")


def _toml(entry: Entry) -> str:
    """A JSON string of printable text is a basic string of TOML (v1.0.0, String)."""
    language, text = (json.dumps(value, ensure_ascii=False) for value in (entry.language, entry.text))
    return (
        f'state = "{entry.state}"\nlanguage = {language}\ntext = {text}\n'
        f'since = {entry.since.isoformat()}\nsha256 = "{entry.sha256}"\n'
    )

"""Keeps the early media that nobody could make out, gathers what sounds alike, and lets an operator give it a name.

Before an answer no customer speaks as a rule, but a ring-back of a person's own may hold a voice or a name. So these
sounds are kept for a number of days only, may be read by nobody but the service, and at most a bounded number is kept.
Each cluster is a folder: the sounds, named by their attempts, and seen.json with how often it was heard, and when.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING

from dialer.core.errors import InputError, NotFoundError
from dialer.core.model import NumberState
from dialer.hearing.cutting import cut_out
from dialer.hearing.fingerprints import Announcement, Fingerprints
from dialer.hearing.frames import RATE_HZ
from dialer.hearing.library import ALIKE, QUIETEST_DBFS, SHORTEST_S
from dialer.hearing.wav import read, whole, write
from recordings.sound import level_dbfs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from dialer.hearing.library import Entry, Library

KEPT_S = 20.0
"""Of each sound, from its first word on: an announcement has been said once by then."""
COMPARED_S, EXAMPLE_S = 12.0, 8.0
"""So much of a new sound, which may have ring-back left in it, is compared with so much of each cluster's example."""

_ID = re.compile(r"[0-9a-f]{8}")
_SEEN = "seen.json"
_HEADER_BYTES = 44
"""Of the WAV files that we write."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """Sounds that are alike: how often they were heard, when first and last, and the longest of those that are kept."""

    name: str
    count: int
    first_seen: datetime
    last_seen: datetime
    example: Path
    length_s: float


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is kept: clusters, sounds in all, bytes on disk, and days (0: nothing is kept)."""

    clusters: int = 100
    sounds: int = 400
    size_bytes: int = 100 * 1024 * 1024
    days: float = 14.0


class Unknowns:
    """The unknown sounds in one folder. Reads and writes files: the service calls it in a thread."""

    def __init__(
        self, folder: Path, bounds: Bounds | None = None, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._folder = folder
        self._bounds = bounds or Bounds()
        self._clock = clock
        self._lock = Lock()
        self._examples: dict[Path, Announcement] = {}
        self._known = Fingerprints(())

    def offer(self, attempt_id: str, samples: NDArray[np.int16]) -> str | None:
        """Keep an unknown sound (8 kHz mono); returns its cluster, or None if it was let go.

        That is what holds next to nothing to hear, and what comes while another is compared with all that is kept, for
        up to two seconds: what is frequent comes again. OSError if the disk says no.
        """
        sound = cut_out(samples)[: round(KEPT_S * RATE_HZ)]
        if self._bounds.days <= 0 or len(sound) < SHORTEST_S * RATE_HZ or level_dbfs(sound) < QUIETEST_DBFS:
            return None
        if not self._lock.acquire(blocking=False):
            return None
        try:
            return self._keep(attempt_id, sound)
        finally:
            self._lock.release()

    def _keep(self, attempt_id: str, sound: NDArray[np.int16]) -> str:
        now = self._clock()
        cluster = (
            self._like(sound[: round(COMPARED_S * RATE_HZ)]) or hashlib.sha256(attempt_id.encode()).hexdigest()[:8]
        )
        folder = self._folder / cluster
        for each in (self._folder, folder):
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / f"{re.sub(r'[^A-Za-z0-9-]', '_', attempt_id)[:100]}.wav"
        before = _seen(folder)
        write(file, sound)
        os.utime(file, (now.timestamp(), now.timestamp()))
        _count(folder, before or (0, now, now), now)
        self._drop(now)
        return cluster

    def clusters(self) -> list[Cluster]:
        """What is kept, the most frequent first; what is older than the bounds allow is gone."""
        with self._lock:
            self._drop(self._clock())
            found = [cluster for folder in self._folders() if (cluster := _cluster(folder)) is not None]
        return sorted(found, key=lambda one: (-one.count, -one.last_seen.timestamp(), one.name))

    def cluster(self, name: str) -> Cluster:
        """One cluster; NotFoundError if there is none of this name."""
        found = _cluster(self._folder / name) if _ID.fullmatch(name) else None
        if found is None:
            raise NotFoundError(f"no cluster of unknown sounds is named {name!a}: see `dialer announcements unknown`")
        return found

    def name(
        self, cluster: str, name: str, state: NumberState, library: Library, *, language: str = "", text: str = ""
    ) -> Entry:
        """Put a cluster's example into the library and forget the cluster. Errors as of `cluster` and `Library.add`."""
        example = self.cluster(cluster).example
        entry = library.add(example, name, state, language=language, text=text, since=self._clock().date())
        self.forget(cluster)
        return entry

    def forget(self, cluster: str) -> None:
        """Delete a cluster's sounds; NotFoundError if there is none of this name."""
        with self._lock:
            shutil.rmtree(self.cluster(cluster).example.parent)

    # --- which are alike ------------------------------------------------------------------------------------------

    def _like(self, sound: NDArray[np.int16]) -> str | None:
        """The cluster whose example sounds like this."""
        examples = {example: example.parent.name for folder in self._folders() if (example := _example(folder))}
        if examples.keys() != self._examples.keys():
            still = {path: one for path, one in self._examples.items() if path in examples}
            self._examples = still | dict(_loaded({path: examples[path] for path in examples.keys() - still.keys()}))
            self._known = Fingerprints(tuple(self._examples.values()))
        nearest = self._known.nearest(sound) if self._examples else None
        return nearest[0] if nearest is not None and nearest[1] >= ALIKE else None

    # --- what is kept ---------------------------------------------------------------------------------------------

    def _folders(self) -> list[Path]:
        return sorted(one for one in self._folder.glob("*") if one.is_dir() and _ID.fullmatch(one.name))

    def _drop(self, now: datetime) -> None:
        """Delete what is too old, then the rarest clusters, then the oldest of the largest, until all bounds are kept.

        A cluster's longest sound goes last: it is the example.
        """
        oldest = (now - timedelta(days=self._bounds.days)).timestamp()
        kept: dict[Path, list[Path]] = {}
        for folder in self._folders():
            sounds = sorted(_sounds(folder), key=lambda file: file.stat().st_mtime)
            for file in [file for file in sounds if file.stat().st_mtime < oldest]:
                file.unlink()
                sounds.remove(file)
            if sounds:
                kept[folder] = sounds
            else:
                shutil.rmtree(folder)
        while len(kept) > self._bounds.clusters:
            rarest = min(kept, key=lambda one: (len(kept[one]), kept[one][-1].stat().st_mtime))
            shutil.rmtree(rarest)
            del kept[rarest]
        while kept and not self._are_within(kept):
            _drop_one(kept)

    def _are_within(self, kept: dict[Path, list[Path]]) -> bool:
        sizes = [file.stat().st_size for sounds in kept.values() for file in sounds]
        return len(sizes) <= self._bounds.sounds and sum(sizes) <= self._bounds.size_bytes


def _drop_one(kept: dict[Path, list[Path]]) -> None:
    """The oldest sound but the example of the largest cluster; of several as large, of the one longest not heard."""
    folder = min(kept, key=lambda one: (-len(kept[one]), kept[one][-1].stat().st_mtime))
    sounds = kept[folder]
    if len(sounds) == 1:
        shutil.rmtree(folder)
        del kept[folder]
        return
    example = _example(folder)
    oldest = next(file for file in sounds if file != example)
    oldest.unlink()
    sounds.remove(oldest)


def _sounds(folder: Path) -> list[Path]:
    return [file for file in folder.glob("*.wav") if not file.name.startswith(".")]


def _example(folder: Path) -> Path | None:
    """The longest sound; of several as long, the first by name, so that it does not change without need."""
    return min(_sounds(folder), key=lambda file: (-file.stat().st_size, file.name), default=None)


def _loaded(examples: dict[Path, str]) -> Iterator[tuple[Path, Announcement]]:
    for path, cluster in examples.items():
        try:
            yield path, Announcement(cluster, NumberState.UNKNOWN, read(path)[: round(EXAMPLE_S * RATE_HZ)])
        except InputError:  # gone meanwhile, or damaged: nothing is like it
            continue


def _cluster(folder: Path) -> Cluster | None:
    """None where there is none, or it has just been named or dropped."""
    try:
        example, seen = _example(folder), _seen(folder)
        if example is None or seen is None:
            return None
        length_s = max(0, example.stat().st_size - _HEADER_BYTES) / 2 / RATE_HZ
    except FileNotFoundError:
        return None
    return Cluster(folder.name, *seen, example, length_s)


def _count(folder: Path, before: tuple[int, datetime, datetime], now: datetime) -> None:
    count, first, _ = before
    seen = {"count": count + 1, "first_seen": first.isoformat(), "last_seen": now.isoformat()}
    with whole(folder / _SEEN) as unfinished:
        unfinished.write_text(json.dumps(seen), encoding="utf-8")


def _seen(folder: Path) -> tuple[int, datetime, datetime] | None:
    """How often, first and last; of a cluster whose seen.json is damaged, what its sounds tell."""
    try:
        seen = json.loads((folder / _SEEN).read_text(encoding="utf-8"))
        first, last = (datetime.fromisoformat(seen[key]).astimezone(UTC) for key in ("first_seen", "last_seen"))
        return int(seen["count"]), first, last
    except (OSError, ValueError, KeyError, TypeError):
        times = [datetime.fromtimestamp(file.stat().st_mtime, UTC) for file in _sounds(folder)]
        return (len(times), min(times), max(times)) if times else None

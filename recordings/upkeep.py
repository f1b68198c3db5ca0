"""A change of the master key over a whole store: file by file, to be interrupted and repeated at any moment."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from dialer.core.errors import ConflictError, RingpaceError
from recordings.sealed import is_sealed, rewrap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from recordings.keys import Key
    from recordings.store import Store

SETTLED = timedelta(minutes=1)
"""A key that was replaced so long ago closes nothing new any more: whatever was being stored then is stored."""


@dataclass(frozen=True, slots=True)
class Step:
    """One file that was dealt with: whether it was changed, and what is wrong with it, if anything."""

    path: Path
    changed: bool
    trouble: str | None = None


@contextmanager
def one_at_a_time(store: Store) -> Iterator[None]:
    """Nobody else changes keys or seals old recordings meanwhile; ConflictError where somebody does."""
    with store.key_file.path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ConflictError(
                "the recordings are being changed by another command just now: wait for its end"
            ) from None
        yield


def rewrap_all(store: Store, files: list[Path]) -> Iterator[Step]:
    """Close every one of these sealed files under the newest key alone; plain ones are left as they are."""
    for path in files:
        try:
            yield Step(path, is_sealed(path) and rewrap(path, store.key_file.read()))
        except FileNotFoundError:
            yield Step(path, changed=False)  # its time was over, and it was deleted meanwhile
        except (OSError, RingpaceError) as error:
            yield Step(path, changed=False, trouble=str(error))


def superseded(store: Store, now: datetime) -> list[Key]:
    """The keys that may be forgotten once they close no file; never the newest, nor what was replaced just now."""
    keys = store.key_file.read().seal
    return [old for new, old in pairwise(keys) if now - new.made_at > SETTLED]

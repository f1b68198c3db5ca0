from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import ConflictError
from recordings import upkeep
from recordings.sealed import UnknownKeyError, rewrap
from recordings.upkeep import one_at_a_time, rewrap_all, superseded
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from pathlib import Path

    from recordings.keys import Keys
    from recordings.store import Store

DAY = date(2026, 11, 23)
HOUR = timedelta(hours=1)
WAV = b"RIFF" + bytes(200_000)


def fill(store: Store, count: int = 4) -> list[Path]:
    for place in range(count):
        store.write(WAV, store.path_for("autumn", DAY, f"a{place}"))
    return list(store.files())


def test_a_rotation_that_broke_off_in_the_middle_is_finished_by_the_next(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = fill(store)
    former = store.key_file.read()
    keys = store.key_file.add(MIDMORNING + HOUR)

    def until_the_third(path: Path, keys: Keys) -> bool:
        if path == files[2]:
            raise KeyboardInterrupt
        return rewrap(path, keys)

    monkeypatch.setattr(upkeep, "rewrap", until_the_third)
    with pytest.raises(KeyboardInterrupt):
        list(rewrap_all(store, files))
    assert [store.whole(path) for path in files] == [WAV] * 4  # at every moment all of them can be heard
    monkeypatch.undo()
    assert [step.changed for step in rewrap_all(store, files)] == [False, False, True, True]
    assert not any(step.changed for step in rewrap_all(store, files))
    store.key_file.drop(former.seal)
    assert store.key_file.read().seal == (keys.newest,)
    assert [store.whole(path) for path in files] == [WAV] * 4


def test_a_damaged_file_is_named_and_the_others_are_done(store: Store) -> None:
    files = fill(store)
    files[1].write_bytes(files[1].read_bytes()[:100])
    store.key_file.add(MIDMORNING + HOUR)
    steps = list(rewrap_all(store, [*files, store.folder / "deleted meanwhile"]))
    assert [step.changed for step in steps] == [True, False, True, True, False]
    assert [step.path for step in steps if step.trouble] == [files[1]]


def test_what_is_closed_by_a_key_that_is_lost_says_so(store: Store) -> None:
    (file,) = fill(store, 1)
    lost = store.key_file.read().newest
    store.key_file.add(MIDMORNING + HOUR)
    store.key_file.drop([lost])
    (step,) = rewrap_all(store, [file])
    assert lost.key_id.hex() in str(step.trouble)
    with pytest.raises(UnknownKeyError):
        store.whole(file)


def test_a_key_that_was_replaced_just_now_may_still_be_closing_something(store: Store) -> None:
    first = store.key_file.read().newest
    store.key_file.add(MIDMORNING + HOUR)
    assert superseded(store, MIDMORNING + HOUR + timedelta(seconds=30)) == []
    assert superseded(store, MIDMORNING + 2 * HOUR) == [first]


def test_one_command_at_a_time_changes_keys(store: Store) -> None:
    with one_at_a_time(store), pytest.raises(ConflictError, match="another command"), one_at_a_time(store):
        pass
    with one_at_a_time(store):
        pass

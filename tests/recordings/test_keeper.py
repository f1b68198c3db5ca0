from __future__ import annotations

import asyncio
import errno
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from recordings.keeper import Keeper
from recordings.store import Store
from tests.fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from recordings.keys import KeyFile
    from recordings.sound import Sound

pytestmark = pytest.mark.virtual_time

FRAMES = b"\x10\x00\x20\x00" * 800


@dataclass
class Index:
    """What was written down, in order."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    sounds: list[Sound] = field(default_factory=list)
    details: list[str | None] = field(default_factory=list)

    def begun(self, attempt_id: str, path: Path, now: datetime) -> None:
        del path, now
        self.lines.append(("begun", attempt_id))

    def stored(self, attempt_id: str, sound: Sound, now: datetime, detail: str | None = None) -> None:
        del now
        self.lines.append(("stored", attempt_id))
        self.sounds.append(sound)
        self.details.append(detail)

    def missing(self, attempt_id: str, detail: str, now: datetime) -> None:
        del now
        self.lines.append(("missing", attempt_id))
        assert detail
        self.details.append(detail)

    def nothing(self, attempt_id: str, detail: str, now: datetime) -> None:
        del now
        self.lines.append(("nothing", attempt_id))
        assert detail


@pytest.fixture
def index() -> Index:
    return Index()


@pytest.fixture
async def keeper(tmp_path: Path, index: Index, store: Store) -> AsyncIterator[Keeper]:
    (tmp_path / "spool").mkdir()
    made = Keeper(tmp_path / "spool", store, index, virtual_now)
    running = asyncio.create_task(made.run())
    yield made
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_recording_is_stored_under_its_campaign_day_and_attempt(
    keeper: Keeper, index: Index, tmp_path: Path
) -> None:
    told: list[bool] = []
    keeper.on_kept = told.append
    raw = keeper.begin("a1", "秋季")
    assert index.lines == []  # nobody talks yet
    raw.write_bytes(FRAMES)
    keeper.heard("a1")
    keeper.finish("a1", 9)
    await keeper.drain()
    assert index.lines == [("begun", "a1"), ("stored", "a1")]
    assert index.sounds[0].path == tmp_path / "store/秋季/2026-11-23/秋季_20261123_a1.sealed"
    assert told == [True]
    assert keeper.left_behind() == []


async def test_a_file_is_taken_only_when_it_has_stopped_growing(keeper: Keeper, index: Index) -> None:
    raw = keeper.begin("a1", "autumn")
    raw.write_bytes(FRAMES)
    keeper.finish("a1", 9)
    for _ in range(20):
        await asyncio.sleep(0.15)
        with raw.open("ab") as growing:
            growing.write(FRAMES)
    assert index.lines == []
    await keeper.drain()
    assert index.sounds[0].duration_s == pytest.approx(21 * 0.1)


@pytest.mark.parametrize("content", [None, b""], ids=["no file", "an empty file"])
async def test_a_recording_that_is_not_there_is_told_and_the_next_one_is_kept(
    keeper: Keeper, index: Index, content: bytes | None
) -> None:
    told: list[bool] = []
    keeper.on_kept = told.append
    raw = keeper.begin("a1", "autumn")
    if content is not None:
        raw.write_bytes(content)
    keeper.finish("a1", 9)
    await keeper.drain()
    assert index.lines == [("missing", "a1")]
    assert "a1" in str(keeper.trouble)
    keeper.begin("a2", "autumn").write_bytes(FRAMES)
    keeper.finish("a2", 9)
    await keeper.drain()
    assert index.lines[-1] == ("stored", "a2")
    assert told == [False, True]
    assert keeper.trouble is None


class SmallStore(Store):
    """A store that refuses while `full`: every recording that it was asked to keep, in order."""

    full = False

    def __init__(self, folder: Path, key_file: KeyFile) -> None:
        super().__init__(folder, key_file)
        self.asked: list[str] = []

    def keep(self, raw: Path, target: Path) -> Sound:
        self.asked.append(raw.stem)
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        return super().keep(raw, target)


@pytest.fixture
def store(tmp_path: Path, key_file: KeyFile) -> SmallStore:
    return SmallStore(tmp_path / "store", key_file)


def finish(keeper: Keeper, *attempts: str, content: bytes = FRAMES, talk_s: float = 0.1) -> None:
    for attempt_id in attempts:
        keeper.begin(attempt_id, "autumn").write_bytes(content)
        keeper.finish(attempt_id, talk_s)


async def test_what_the_store_has_no_room_for_waits_in_the_spool_and_is_stored_in_the_end(
    keeper: Keeper, index: Index, store: SmallStore, tmp_path: Path
) -> None:
    store.full = True
    told: list[bool] = []
    keeper.on_kept = told.append
    finish(keeper, "a1", "a2")
    await keeper.drain()
    # Shown as missing at once, with the reason, and once only, however often it is tried.
    await asyncio.sleep(60)
    assert index.lines == [("missing", "a1"), ("missing", "a2")]
    assert "waits in the spool" in str(index.details[0])
    assert "No space left" in str(index.details[0])
    assert "2 recordings wait" in str(keeper.trouble)
    assert keeper.left_behind() == []
    assert store.asked.count("a1") > 5
    store.full = False
    await asyncio.sleep(10)
    assert index.lines[2:] == [("stored", "a1"), ("stored", "a2")]
    assert told == [False, False, True, True]
    assert keeper.trouble is None
    assert list((tmp_path / "spool").iterdir()) == []


async def test_what_cannot_be_sealed_waits_in_the_spool_until_the_key_is_back(
    keeper: Keeper, index: Index, store: Store, tmp_path: Path
) -> None:
    keys = store.key_file.path
    keys.rename(tmp_path / "elsewhere")
    finish(keeper, "a1")
    await keeper.drain()
    assert index.lines == [("missing", "a1")]
    assert "recordings.key_file" in str(index.details[0])
    assert not store.folder.exists()
    (tmp_path / "elsewhere").rename(keys)
    await asyncio.sleep(10)
    assert index.lines[1:] == [("stored", "a1")]


async def test_a_later_recording_that_fits_brings_on_those_that_wait_and_none_is_stored_twice(
    keeper: Keeper, index: Index, store: SmallStore
) -> None:
    store.full = True
    finish(keeper, "a1")
    await keeper.drain()
    store.full = False
    finish(keeper, "a2", "a3", "a4")
    await keeper.drain()
    await asyncio.sleep(60)
    assert sorted(index.lines) == [("missing", "a1"), *(("stored", one) for one in ("a1", "a2", "a3", "a4"))]


async def test_what_waits_when_the_service_ends_is_found_by_the_next_run(
    keeper: Keeper, index: Index, store: SmallStore, tmp_path: Path
) -> None:
    store.full = True
    finish(keeper, "a1")
    await keeper.drain()
    store.full = False
    later = Keeper(tmp_path / "spool", store, index, virtual_now)
    assert later.left_behind() == ["a1"]
    later.adopt("a1", "autumn")
    await later.keep_next()
    assert index.lines == [("missing", "a1"), ("stored", "a1")]


@pytest.mark.parametrize(
    ("talk_s", "lacks"),
    [(9, None), (0.1, None), (12, None), (12.2, "2 s"), (3600, "12 s"), (-3590, "12 s"), (math.inf, "12 s")],
)
async def test_a_recording_that_lacks_some_of_the_talk_says_so_whatever_the_wall_clock_did(
    keeper: Keeper, index: Index, talk_s: float, lacks: str | None
) -> None:
    keeper.begin("a1", "autumn").write_bytes(FRAMES * 100)  # ten seconds
    keeper.heard("a1")
    await asyncio.sleep(22 if lacks else 20)
    keeper.finish("a1", talk_s)
    await keeper.drain()
    assert index.lines[-1] == ("stored", "a1")
    if lacks is None:
        assert index.details == [None]
    else:
        assert lacks in str(index.details[0])


@pytest.mark.parametrize("content", [None, b""], ids=["no file", "an empty file"])
async def test_a_talk_too_short_for_a_sample_is_no_trouble(
    keeper: Keeper, index: Index, content: bytes | None, tmp_path: Path
) -> None:
    raw = keeper.begin("a1", "autumn")
    if content is not None:
        raw.write_bytes(content)
    keeper.finish("a1", 0.02)
    await keeper.drain()
    assert (index.lines, keeper.trouble) == ([("nothing", "a1")], None)
    assert list((tmp_path / "spool").iterdir()) == []


async def test_a_talk_that_never_came_about_leaves_nothing(keeper: Keeper, index: Index, tmp_path: Path) -> None:
    keeper.begin("a1", "autumn").write_bytes(b"")
    keeper.begin("a2", "autumn")
    keeper.forget("a1")
    keeper.forget("a2")
    assert index.lines == []
    assert list((tmp_path / "spool").iterdir()) == []


async def test_what_a_former_run_left_in_the_spool_is_known_and_can_be_adopted(
    keeper: Keeper, index: Index, tmp_path: Path
) -> None:
    (tmp_path / "spool/old.raw").write_bytes(FRAMES)
    keeper.begin("new", "autumn").write_bytes(FRAMES)
    assert keeper.left_behind() == ["old"]
    keeper.adopt("old", "spring")
    await keeper.drain()
    assert index.lines == [("stored", "old")]
    assert "spring" in str(index.sounds[0].path)


async def test_what_a_former_run_stored_and_could_not_write_down_is_found(
    keeper: Keeper, index: Index, store: Store, tmp_path: Path
) -> None:
    keeper.begin("a1", "autumn").write_bytes(FRAMES)
    keeper.finish("a1", 0.1)
    await keeper.drain()
    again = Keeper(tmp_path / "spool", store, index, virtual_now)
    assert again.is_ours(tmp_path / "spool/a1.raw")
    assert not again.is_ours(tmp_path / "other/a1.raw")
    again.adopt("a1", "autumn")
    await again.keep_next()
    assert index.lines == [("stored", "a1")] * 2
    assert index.sounds[0] == index.sounds[1]


async def test_an_empty_file_is_missed_once_and_not_by_every_run(keeper: Keeper, index: Index) -> None:
    keeper.begin("a1", "autumn").write_bytes(b"")
    keeper.finish("a1", 9)
    await keeper.drain()
    assert index.lines == [("missing", "a1")]
    assert keeper.left_behind() == []


async def test_a_burst_of_ended_talks_is_stored_side_by_side(keeper: Keeper, index: Index) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    finish(keeper, *(f"a{count}" for count in range(24)))
    await keeper.drain()
    assert len(index.sounds) == 24
    assert loop.time() - began < 24 * 0.3 / 4  # of the loop's own time: each waits three looks

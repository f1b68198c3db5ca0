from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core.model import RecordingState
from dialer.record.holds import LegalHold
from dialer.record.recordings import Measured

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World

MEASURED = Measured(3.25, 104_044, "f" * 64, -22.5, -30.0)


async def _stored(world: World, count: int) -> None:
    """Recordings a0, a1, ...: two of each second, the oldest first, on node1."""
    campaign = await world.campaign()
    leads = await world.leads(campaign, *(a_row(place + 1) for place in range(count)))
    placed = [world.attempt(lead, attempt_id=f"a{place}") for place, lead in enumerate(leads)]
    await world.record.attempts.claim(placed, "node1")
    for place in range(count):
        began = NOW + place // 2 * SECOND
        await world.record.recordings.begin(f"a{place}", "x.raw", began)
        await world.record.recordings.stored(f"a{place}", f"store/a{place}", MEASURED, began)


async def test_pages_lead_through_what_is_older_each_once_but_for_what_is_held_or_anothers(world: World) -> None:
    await _stored(world, 7)
    await world.record.holds.put(LegalHold("a2", NOW, "user:ada", "court"))
    await world.record.recordings.missing("a1", "the disk was full", NOW)
    expiry, found, after = world.record.expiry, [], None
    while page := await expiry.before("node1", NOW + 3 * SECOND, 2, after):
        found += [one.attempt_id for one in page]
        after = page[-1].place
    assert found == ["a0", "a3", "a4", "a5"]
    assert await expiry.before("node2", NOW + 3 * SECOND, 9) == []


async def test_what_is_marked_is_deleted_once_and_forgotten_when_its_file_is_gone(world: World) -> None:
    await _stored(world, 2)
    expiry = world.record.expiry
    assert await expiry.doom("a0", "kept for 30 days", NOW + SECOND)
    assert not await expiry.doom("a0", "again", NOW + SECOND)
    assert [one.path for one in await expiry.doomed("node1", 9)] == ["store/a0"]
    assert await expiry.doomed("node2", 9) == []
    await expiry.gone("a0")
    await expiry.gone("a1")  # it was never marked, and keeps its file
    assert await expiry.doomed("node1", 9) == []
    row, kept = await world.record.recordings.get("a0"), await world.record.recordings.get("a1")
    assert (row.state, row.path, row.detail) == (RecordingState.DELETED, "", "kept for 30 days")
    assert (row.deleted_at, row.duration_s) == (NOW + SECOND, 3.25)
    assert (kept.state, kept.path) == (RecordingState.STORED, "store/a1")
    assert [(line.what, line.subject) for line in await world.record.audit.about("a0")] == [("recording deleted", "a0")]


async def test_a_hold_that_comes_in_the_last_moment_counts(world: World) -> None:
    await _stored(world, 1)
    (due,) = await world.record.expiry.before("node1", NOW + SECOND, 9)
    await world.record.holds.put(LegalHold("a0", NOW, "user:ada", "court"))
    assert not await world.record.expiry.doom(due.attempt_id, "kept for 30 days", NOW)
    assert (await world.record.recordings.get("a0")).state is RecordingState.STORED


async def test_a_recording_moves_only_from_where_it_is(world: World) -> None:
    await _stored(world, 3)
    recordings = world.record.recordings
    assert not await recordings.moved("a0", "elsewhere", "store/new")
    assert await recordings.moved("a0", "store/a0", "store/new")
    assert [(row.attempt_id, row.path) async for row in recordings.all_stored()] == [
        ("a0", "store/new"),
        ("a1", "store/a1"),
        ("a2", "store/a2"),
    ]

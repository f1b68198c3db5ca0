from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import NotFoundError, RecordError
from dialer.core.model import RecordingState
from dialer.record.recordings import Measured

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World

MEASURED = Measured(3.25, 104_044, "f" * 64, -22.5, -30.0)


async def _four_attempts(world: World) -> int:
    campaign = await world.campaign()
    leads = await world.leads(campaign, a_row(1), a_row(2), a_row(3), a_row(4))
    placed = [world.attempt(lead, attempt_id=f"a{count}") for count, lead in enumerate(leads)]
    await world.record.attempts.claim(placed, "node1")
    return campaign.campaign_id


async def test_a_recording_begins_and_is_stored_or_missing(world: World) -> None:
    campaign_id = await _four_attempts(world)
    recordings = world.record.recordings
    for count in range(4):
        await recordings.begin(f"a{count}", f"spool/a{count}.raw", NOW + count * SECOND)
    await recordings.begin("a0", "other", NOW + SECOND)
    await recordings.stored("a0", "store/a0.wav", MEASURED, NOW + 9 * SECOND)
    await recordings.missing("a1", "the file never appeared", NOW + 9 * SECOND)
    await recordings.nothing("a3", "the talk lasted 0.01 s", NOW + 9 * SECOND)
    stored, missing = await recordings.get("a0"), await recordings.get("a1")
    assert (stored.state, stored.path, stored.started_at) == (RecordingState.STORED, "store/a0.wav", NOW)
    assert (stored.duration_s, stored.bytes, stored.sha256) == (3.25, 104_044, "f" * 64)
    assert (stored.level_left_dbfs, stored.level_right_dbfs) == (-22.5, -30.0)
    assert (missing.state, missing.detail) == (RecordingState.MISSING, "the file never appeared")
    assert stored.detail is None
    assert [one.attempt_id for one in await recordings.unfinished()] == ["a2"]
    assert await recordings.counts(campaign_id) == dict.fromkeys(set(RecordingState) - {RecordingState.DELETED}, 1)
    assert [one.attempt_id for one in await recordings.latest(campaign_id, limit=2)] == ["a3", "a2"]
    assert len(await recordings.latest()) == 4
    assert await recordings.latest(campaign_id + 1) == []


async def test_how_it_came_out_is_kept_even_if_its_beginning_was_lost(world: World) -> None:
    await _four_attempts(world)
    recordings = world.record.recordings
    await recordings.missing("a0", "empty", NOW)
    await recordings.stored("a0", "store/a0.wav", MEASURED, NOW + SECOND)  # it turned up after all
    found = await recordings.get("a0")
    assert (found.state, found.detail, found.stored_at) == (RecordingState.STORED, None, NOW + SECOND)


async def test_a_recording_without_an_attempt_is_refused(world: World) -> None:
    with pytest.raises(RecordError, match="refused"):
        await world.record.recordings.begin("ghost", "x", NOW)
    with pytest.raises(NotFoundError, match="ghost"):
        await world.record.recordings.get("ghost")


async def test_one_that_was_missing_and_is_stored_after_all_says_what_it_lacks(world: World) -> None:
    await _four_attempts(world)
    recordings = world.record.recordings
    await recordings.missing("a0", "not stored yet: No space left on device", NOW)
    await recordings.stored("a0", "store/a0.wav", MEASURED, NOW + SECOND, "3 s of the talk are not in it")
    found = await recordings.get("a0")
    assert (found.state, found.detail) == (RecordingState.STORED, "3 s of the talk are not in it")
    await recordings.stored("a0", "store/a0.wav", MEASURED, NOW + SECOND)
    assert (await recordings.get("a0")).detail is None

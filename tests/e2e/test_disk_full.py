"""The disk of the recordings runs full in mid-shift, with the record elsewhere and with the record on it too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Disposition, HungUpBy, Outcome, RecordingState
from lab.plan import LabPlan
from lab.process import until
from lab.small_disk import SmallDisk
from tests.e2e.scene import Scene, patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dialer.record.attempts import AttemptRow
    from dialer.record.recordings import RecordingRow

pytestmark = [
    pytest.mark.asterisk,
    pytest.mark.skipif(not SmallDisk.possible(), reason="only root may mount a disk to fill"),
]

DISK_MB = 40
CRAMPED_BYTES = 2 * 1024 * 1024
"""A minute of talk: less than a tenth of the disk, so that it is told."""


@pytest.fixture
async def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    plan = LabPlan(agents=2, drain_s=3, small_disk_mb=DISK_MB, record_on_small_disk=request.param)
    async with Scene(tmp_path_factory.mktemp("e2e") / "lab", plan) as running:
        yield running


def disk_of(scene: Scene) -> SmallDisk:
    disk = scene.parts.small_disk
    assert disk
    return disk


async def ill_says(scene: Scene, part: str) -> str:
    """What the doctor says of a part that is ill."""
    found = next(one for one in await scene.doctor() if one["part"] == part)
    assert not found["ok"]
    assert found["remedy"]
    return str(found["detail"])


async def recording_is(scene: Scene, row: AttemptRow, state: RecordingState) -> RecordingRow:
    async def so() -> bool:
        rows = await scene.record.recordings.latest()
        return any(one.attempt_id == row.attempt_id and one.state is state for one in rows)

    await until(so)
    return await scene.record.recordings.get(row.attempt_id)


@pytest.mark.parametrize("scene", [False], indirect=True, ids=["the record elsewhere"])
async def test_calls_go_on_and_what_was_said_is_stored_when_there_is_room(scene: Scene) -> None:
    before, during, after = patient(1), patient(2), patient(3)
    campaign = await scene.campaign("full", before, wrap_up_s=1)
    await scene.log_in("agent1", "agent2")
    await scene.start(campaign)
    disk_of(scene).fill(leave_bytes=CRAMPED_BYTES)
    await scene.until_ill("recordings")
    assert "MB are free" in await ill_says(scene, "recordings")
    first = await scene.bridged(before)
    await scene.recorded(first, seconds=3)

    disk_of(scene).fill()
    # Nothing more can be written: the talk goes on, and the next one begins.
    await scene.leads(campaign, during)
    second = await scene.bridged(during)
    first = await scene.end_talk(before)
    waits = await recording_is(scene, first, RecordingState.MISSING)
    assert "waits in the spool" in str(waits.detail)
    assert "No space left" in str(waits.detail)
    assert "wait" in await ill_says(scene, "recordings")
    assert list(scene.parts.settings.recordings_dir.rglob("*.part")) == []
    second = await scene.end_talk(during)
    lost = await recording_is(scene, second, RecordingState.MISSING)
    assert "is full" in str(lost.detail)

    disk_of(scene).free()
    # By itself; what the disk did not take in mid-talk is told.
    kept = await recording_is(scene, first, RecordingState.STORED)
    assert kept.duration_s
    assert kept.duration_s >= 3
    await scene.leads(campaign, after)
    third = await scene.bridged(after)
    await scene.recorded(third, seconds=2)
    await scene.end_talk(after)
    assert (await scene.stored(third)).detail is None
    await scene.until_healthy()
    await scene.pause(campaign)
    await scene.until_quiet()
    assert await scene.broken_promises() == []


@pytest.mark.parametrize("scene", [True], indirect=True, ids=["the record on it"])
async def test_nothing_is_dialled_that_cannot_be_recorded_and_all_is_written_when_there_is_room(scene: Scene) -> None:
    talks, waits = patient(1), patient(2)
    campaign = await scene.campaign("full", talks, waits, wrap_up_s=1, pacing={"mode": "progressive"})
    await scene.pause(campaign)
    await scene.log_in("agent1")
    await scene.start(campaign)
    talking = await scene.bridged(talks)
    await scene.recorded(talking, seconds=2)

    disk_of(scene).fill()
    await scene.log_in("agent2")
    await scene.until_ill("record")
    assert "full" in await ill_says(scene, "record")
    assert [row.e164 for row in await scene.rows()] == [talks]
    assert (await scene.bridged(talks)).ended_at is None
    await scene.tell_agent(str(talking.agent_id), "hangup")
    await scene.news.until_agent("agent1", "READY")
    assert [row.ended_at for row in await scene.rows()] == [None]

    disk_of(scene).free()
    row = await scene.attempt(talks)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    assert row.disposition is Disposition.NOT_RECORDED
    assert row.bridged_at
    assert row.ended_at
    await recording_is(scene, row, RecordingState.STORED)
    await scene.bridged(waits)
    await scene.end_talk(waits)
    await scene.until_healthy()
    await scene.until_quiet()
    assert await scene.broken_promises() == []

"""What was said is deleted when its time is over, not earlier, never under legal hold, and whatever breaks off."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Outcome, RecordingState
from dialer.core.plan import CampaignPlan
from dialer.record.holds import LegalHold
from dialer.record.recordings import Measured
from dialer.retention import Retention, kept_days
from tests.fakes.centre import Centre, settings_of
from tests.fakes.virtual_time import MIDMORNING, virtual_now
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

DAY = timedelta(days=1)
AGES = (40, 31, 29, 1)
MEASURED = Measured(2.5, 80_044, "ab", -20.5, -31.0)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ()}) as opened:
        yield opened


async def kept_for(centre: Centre, days: float | None, *, prefix: str = "") -> dict[str, Path]:
    """A campaign with a recording of each age, and where they are."""
    campaign = await centre.campaign(f"autumn{prefix}", running=False, keep_recordings_days=days)
    start = len(await centre.record.recordings.latest())
    numbers = [f"+86138000000{start + place:02}" for place in range(len(AGES))]
    leads = await import_list(centre.record, campaign, "list", numbers, MIDMORNING - 50 * DAY)
    calls = [Made(MIDMORNING - age * DAY, Outcome.ANSWERED, 20.0, agent_id="agent1") for age in AGES]
    await call(centre.record, campaign, list(zip(leads, calls, strict=True)), prefix=f"a{prefix}")
    ids = [f"a{prefix}{place:06}" for place in range(len(AGES))]
    files = {}
    for attempt_id, age in zip(ids, AGES, strict=True):
        file = centre.store.path_for(campaign.name, MIDMORNING.date(), attempt_id)
        centre.store.write(b"RIFF" + bytes(1000), file)
        began = MIDMORNING - age * DAY
        await centre.record.recordings.begin(attempt_id, "x.raw", began)
        await centre.record.recordings.stored(attempt_id, str(file), MEASURED, began)
        files[attempt_id] = file
    return files


def retention(centre: Centre) -> Retention:
    return Retention(settings=centre.settings, record=centre.record, store=centre.store, clock=virtual_now)


async def states(centre: Centre, files: dict[str, Path]) -> list[RecordingState]:
    return [(await centre.record.recordings.get(attempt_id)).state for attempt_id in files]


S, D = RecordingState.STORED, RecordingState.DELETED


async def test_what_is_too_old_is_deleted_and_its_row_says_when_and_why(centre: Centre) -> None:
    files = await kept_for(centre, 30)
    assert await retention(centre).sweep() == 2
    assert await states(centre, files) == [D, D, S, S]
    assert [file.exists() for file in files.values()] == [False, False, True, True]
    gone = await centre.record.recordings.get(next(iter(files)))
    assert (gone.detail, gone.path, gone.duration_s) == ("kept for 30 days", "", 2.5)
    assert gone.deleted_at
    lines = [line for line in await centre.record.audit.latest() if line.what == "recording deleted"]
    assert {(line.who, line.subject) for line in lines} == {("ringpace", one) for one in list(files)[:2]}
    assert await retention(centre).sweep() == 0


async def test_nothing_is_deleted_where_nobody_said_so_and_each_campaign_has_its_own_time(centre: Centre) -> None:
    forever, short = await kept_for(centre, None), await kept_for(centre, 10, prefix="2")
    await retention(centre).sweep()
    assert await states(centre, forever) == [S, S, S, S]
    assert await states(centre, short) == [D, D, D, S]


def test_a_plan_goes_before_the_settings(tmp_path: Path) -> None:
    silent, loud = settings_of(tmp_path), settings_of(tmp_path, recordings={"keep_days": 90})
    plan = CampaignPlan(name="a", trunk="carrier", caller_id="+862155550000")
    own = plan.model_copy(update={"keep_recordings_days": 30})
    assert [kept_days(plan, silent), kept_days(plan, loud), kept_days(own, loud)] == [None, 90, 30]


async def test_a_call_under_legal_hold_is_kept_until_the_hold_is_lifted(centre: Centre) -> None:
    files = await kept_for(centre, 30)
    held = next(iter(files))
    await centre.record.holds.put(LegalHold(held, virtual_now(), "user:ada", "court"))
    await retention(centre).sweep()
    assert await states(centre, files) == [S, D, S, S]
    assert files[held].exists()
    assert not await centre.record.expiry.doom(held, "whatever", virtual_now())  # a hold that came in the last moment
    await centre.record.holds.lift(held, "settled", "user:ada", virtual_now())
    await retention(centre).sweep()
    assert await states(centre, files) == [D, D, S, S]


async def test_what_was_marked_and_not_removed_is_removed_by_the_next_sweep(centre: Centre) -> None:
    files = await kept_for(centre, None)  # even if nobody wants anything deleted any more
    marked = next(iter(files))
    assert await centre.record.expiry.doom(marked, "kept for 30 days", virtual_now())
    assert files[marked].exists()
    await retention(centre).sweep()
    assert not files[marked].exists()
    assert (await centre.record.recordings.get(marked)).path == ""


async def test_a_file_outside_the_store_is_never_touched(centre: Centre, tmp_path: Path) -> None:
    files = await kept_for(centre, 30)
    first, second = list(files)[:2]
    precious = tmp_path / "precious.sealed"
    precious.write_bytes(b"precious")
    link = centre.settings.recordings_dir / "link.sealed"
    link.symlink_to(precious)
    long_ago = datetime(2026, 10, 1, tzinfo=UTC)
    await centre.record.recordings.stored(first, str(precious), MEASURED, long_ago)
    await centre.record.recordings.stored(second, str(link), MEASURED, long_ago)
    await retention(centre).sweep()
    assert precious.read_bytes() == b"precious"
    assert await states(centre, files) == [S, S, S, S]


async def test_a_file_that_is_gone_already_is_told_as_deleted(centre: Centre) -> None:
    files = await kept_for(centre, 30)
    next(iter(files.values())).unlink()
    assert await retention(centre).sweep() == 2
    assert (await states(centre, files))[:2] == [D, D]


async def test_another_nodes_recordings_are_its_own_to_delete(centre: Centre) -> None:
    files = await kept_for(centre, 30)
    other = centre.settings.model_copy(update={"node": "node2"})
    sweeper = Retention(settings=other, record=centre.record, store=centre.store, clock=virtual_now)
    assert await sweeper.sweep() == 0
    assert await states(centre, files) == [S, S, S, S]

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.core.model import NumberState, Outcome
from dialer.record import feedback as module
from dialer.record.feedback import DeadNumber, Feedback, page_query
from dialer.record.record import Record

from .bulk import Made, call, import_list
from .world import NOW, SECOND

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from dialer.record.campaigns import Campaign

    from .world import World

DAY = timedelta(days=1)


async def dead(record: Record, campaign: Campaign, **more: object) -> list[DeadNumber]:
    return [each async for each in Feedback(record.database).dead(campaign.campaign_id, **more)]  # type: ignore[arg-type]


async def test_a_dead_number_is_told_with_its_row_how_often_and_by_what(world: World, record: Record) -> None:
    campaign = await world.campaign()
    numbers = [f"+861380000{row:04}" for row in range(5)]
    leads = await import_list(record, campaign, "autumn", numbers, NOW, source="一批.csv")
    calls = [
        (leads[0], Made(NOW, Outcome.INVALID, sip_code=404)),
        (leads[1], Made(NOW, Outcome.SUSPENDED, state=NumberState.SUSPENDED, heard="cn/suspended")),
        (leads[1], Made(NOW + DAY, Outcome.SUSPENDED, state=NumberState.SUSPENDED, heard="cn/suspended-2")),
        (leads[2], Made(NOW, Outcome.INVALID, state=NumberState.CHANGED_NUMBER, heard="cn/changed")),
        (leads[3], Made(NOW, Outcome.POWERED_OFF, state=NumberState.OFF, heard="cn/off")),
        (leads[4], Made(NOW, Outcome.INVALID, state=NumberState.RINGING)),
    ]
    await call(record, campaign, calls)
    found = await dead(record, campaign)
    assert [(each.row, each.key, each.e164, each.state, each.times, each.last_at, each.by) for each in found] == [
        (2, "autumn-2", numbers[0], NumberState.INVALID, 1, NOW, "SIP 404"),
        (3, "autumn-3", numbers[1], NumberState.SUSPENDED, 2, NOW + DAY, "heard: cn/suspended-2"),
        (4, "autumn-4", numbers[2], NumberState.CHANGED_NUMBER, 1, NOW, "heard: cn/changed"),
        (6, "autumn-6", numbers[4], NumberState.INVALID, 1, NOW, "no code"),
    ]
    assert {(each.list_name, each.source) for each in found} == {("autumn", "一批.csv")}


async def test_a_number_that_was_reached_since_is_not_dead(world: World, record: Record) -> None:
    campaign = await world.campaign()
    lives, rang, died = await import_list(record, campaign, "autumn", [f"+861380000{row:04}" for row in range(3)], NOW)
    calls = [
        (lives, Made(NOW, Outcome.INVALID)),
        (lives, Made(NOW + DAY, Outcome.ANSWERED, 20.0)),
        (rang, Made(NOW, Outcome.SUSPENDED)),
        (rang, Made(NOW + DAY, Outcome.NO_ANSWER)),
        (died, Made(NOW, Outcome.SUSPENDED)),
        (died, Made(NOW + DAY, Outcome.NO_ANSWER)),
        (died, Made(NOW + 2 * DAY, Outcome.SUSPENDED)),
        (died, Made(NOW + 3 * DAY, Outcome.CONGESTION)),  # says nothing of the number
    ]
    await call(record, campaign, calls)
    (one,) = await dead(record, campaign)
    assert (one.key, one.times, one.last_at) == ("autumn-4", 1, NOW + 2 * DAY)


async def test_only_what_is_asked_for_is_told_however_small_the_pages(
    world: World, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LEADS_AT_ONCE", 2)
    campaign, other = await world.campaign(), await world.campaign()
    leads = await import_list(record, campaign, "autumn", [f"+861380000{row:04}" for row in range(5)], NOW)
    strangers = await import_list(record, other, "spring", [f"+861370000{row:04}" for row in range(3)], NOW)
    late = await import_list(record, campaign, "winter", [f"+861390000{row:04}" for row in range(3)], NOW)
    at = [NOW, NOW + DAY, NOW, NOW, NOW + DAY]
    await call(record, campaign, [(each, Made(when, Outcome.INVALID)) for each, when in zip(leads, at, strict=True)])
    await call(record, other, [(each, Made(NOW, Outcome.INVALID)) for each in strangers], prefix="b")
    await call(record, campaign, [(each, Made(NOW + DAY, Outcome.INVALID)) for each in late], prefix="c")
    assert [each.list_name for each in await dead(record, campaign)] == ["autumn"] * 5 + ["winter"] * 3
    assert len(await dead(record, campaign, since=NOW + SECOND)) == 5
    assert len(await dead(record, campaign, since=NOW + SECOND, lists=[1])) == 2
    assert await dead(record, campaign, lists=[]) == []


async def test_a_page_of_leads_is_read_in_their_order_without_sorting(tmp_path: Path) -> None:
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record, record.database.read() as connection:
        said = page_query(1, 7).compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}")).all())
    assert "ix_lead_list_id (list_id=? AND rowid>?)" in plan
    assert "TEMP B-TREE" not in plan

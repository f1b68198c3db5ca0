from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dialer.core.errors import InputError, NotFoundError
from dialer.intake import Accepted, Rejected
from dialer.record import imports
from dialer.record.schema import lead, lead_list, number, rejection

from .world import NOW, a_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.record.record import Record

    from .world import World


async def _count(record: Record, table: sa.Table) -> int:
    async with record.database.read() as connection:
        return (await connection.scalars(sa.select(sa.func.count()).select_from(table))).one()


def _breaks_off(*rows: Accepted) -> Iterator[Accepted]:
    yield from rows
    raise InputError("the file breaks off")


async def test_a_list_of_several_batches_goes_in_whole(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 10)
    campaign = await world.campaign()
    seen: list[int] = []
    rows = (a_row(row, f"+861380000{row:04}", f"+861390000{row:04}") for row in range(2, 27))
    report = await world.record.leads.add(campaign.campaign_id, "autumn", "a.csv", rows, NOW, seen.append)
    assert (report.accepted, report.total, report.rejected_count) == (25, 25, 0)
    assert seen == [10, 20, 25]
    assert await _count(world.record, lead) == 25
    assert await _count(world.record, number) == 50


async def test_a_lead_comes_back_as_its_row_had_it(world: World) -> None:
    campaign = await world.campaign()
    row = Accepted(
        row=2,
        key="K",
        person="P",
        name="欧阳 娜",
        numbers=(("+8613800138000", ("Asia/Shanghai",)), ("+12025550123", ("America/New_York", "America/Toronto"))),
        attributes={"城市": "上海", "note": "line\nbreak"},
        priority=2.5,
        owner="agent1",
    )
    (found,) = await world.leads(campaign, row)
    assert (found.key, found.person, found.name, found.owner, found.priority) == ("K", "P", "欧阳 娜", "agent1", 2.5)
    assert tuple((one.e164, one.time_zones) for one in found.numbers) == row.numbers
    assert [one.position for one in found.numbers] == [0, 1]
    assert found.attributes == row.attributes
    assert found.due_at == NOW


async def test_duplicates_are_refused_with_the_row_they_repeat(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 2)
    campaign, other = await world.campaign(), await world.campaign()
    first = await world.record.leads.add(campaign.campaign_id, "first", "1.csv", [a_row(2)], NOW)
    rows = [
        a_row(2, "+8613900000002", key="new"),
        a_row(3, "+8613900000002"),  # in the same batch
        a_row(4, key="new"),  # in an earlier batch
        a_row(5, "+8613900000009", "+8613800000002"),  # in another list, by its second number
        a_row(6, key="K2"),  # in another list, by its key
        a_row(7),
    ]
    report = await world.record.leads.add(campaign.campaign_id, "second", "2.csv", rows, NOW)
    assert [(one.row, one.field, one.reason) for one in report.rejected] == [
        (3, "phone", "duplicate number: it is already in row 2 of this list"),
        (4, "key", "duplicate key: it is already in row 2 of this list"),
        (5, "phone", "duplicate number: it is already in row 2 of list 'first'"),
        (6, "key", "duplicate key: it is already in row 2 of list 'first'"),
    ]
    assert "139****0002" in {one.raw for one in report.rejected}
    assert (first.accepted, report.accepted, report.total) == (1, 2, 6)
    again = await world.record.leads.add(other.campaign_id, "other", "2.csv", [a_row(2)], NOW)
    assert again.accepted == 1  # another campaign may have the same people


async def test_an_import_that_is_repeated_adds_nothing(world: World) -> None:
    campaign = await world.campaign()
    rows = [a_row(2), a_row(3)]
    await world.record.leads.add(campaign.campaign_id, "a", "a.csv", rows, NOW)
    report = await world.record.leads.add(campaign.campaign_id, "a", "a.csv", rows, NOW)
    assert (report.accepted, report.rejected_count) == (0, 2)


async def test_what_is_pushed_piece_by_piece_goes_on_one_list_for_each_sender(world: World) -> None:
    campaign = await world.campaign()

    async def push(row: Accepted, sender: str) -> int:
        add = world.record.leads.add
        report = await add(campaign.campaign_id, "pushed", sender, [row], NOW, standing=True)
        assert report.accepted == 1
        return report.list_id

    first, second = await push(a_row(2), "crm"), await push(a_row(3), "crm")
    assert first == second
    assert await push(a_row(4), "web shop") != first
    async with world.record.database.read() as connection:
        counts = await connection.execute(sa.select(lead_list.c.source, lead_list.c.accepted).order_by(lead_list.c.id))
        assert counts.all() == [("crm", 2), ("web shop", 1)]


async def test_refusals_are_kept_and_the_report_carries_the_first_of_them(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "KEPT", 3)
    campaign = await world.campaign()
    rows = [Rejected(row, "phone", "too short", "110") for row in range(2, 10)]
    report = await world.record.leads.add(campaign.campaign_id, "bad", "bad.csv", [a_row(1), *rows], NOW)
    assert report.rejected == tuple(rows[:3])
    assert (report.total, report.rejected_count) == (9, 8)
    async with world.record.database.read() as connection:
        kept = (await connection.execute(sa.select(rejection).order_by(rejection.c.row))).all()
        counts = (await connection.execute(sa.select(lead_list.c.accepted, lead_list.c.rejected))).one()
    assert [one.row for one in kept] == list(range(2, 10))
    assert (kept[0].field, kept[0].reason, kept[0].raw) == ("phone", "too short", "110")
    assert tuple(counts) == (1, 8)


async def test_a_file_that_is_no_table_leaves_no_trace(world: World) -> None:
    campaign = await world.campaign()
    with pytest.raises(InputError, match="breaks off"):
        await world.record.leads.add(campaign.campaign_id, "bad", "bad.csv", _breaks_off(), NOW)
    assert await _count(world.record, lead_list) == 0


async def test_a_file_that_breaks_off_keeps_its_whole_batches(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "BATCH", 2)
    campaign = await world.campaign()
    rows = _breaks_off(a_row(2), a_row(3), a_row(4))
    with pytest.raises(InputError, match="breaks off"):
        await world.record.leads.add(campaign.campaign_id, "half", "half.csv", rows, NOW)
    async with world.record.database.read() as connection:
        assert (await connection.scalars(sa.select(lead_list.c.accepted))).one() == 2
    assert await _count(world.record, lead) == 2


async def test_a_campaign_that_is_not_there_takes_no_leads(record: Record) -> None:
    with pytest.raises(NotFoundError, match="no campaign 7"):
        await record.leads.add(7, "a", "a.csv", [a_row(1)], NOW)

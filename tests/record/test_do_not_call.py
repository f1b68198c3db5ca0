from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.record.schema import do_not_call

from .world import NOW, SECOND

if TYPE_CHECKING:
    from dialer.record.record import Record

NUMBERS = [f"+861380000{count:04}" for count in range(2500)]


async def test_a_number_is_listed_from_the_first_time_on(record: Record) -> None:
    await record.do_not_call.add(NUMBERS[0], source="customer", reason="pressed 9", now=NOW)
    await record.do_not_call.add(NUMBERS[0], source="file", reason="again", now=NOW + SECOND)
    assert await record.do_not_call.listed(NUMBERS[:2]) == {NUMBERS[0]}
    async with record.database.read() as connection:
        (row,) = (await connection.execute(sa.select(do_not_call))).all()
    assert (row.added_at, row.source, row.reason) == (NOW, "customer", "pressed 9")


async def test_a_long_list_goes_in_and_only_what_is_new_is_counted(record: Record) -> None:
    await record.do_not_call.add(NUMBERS[7], source="customer", reason="asked", now=NOW)
    added = await record.do_not_call.add_many([*NUMBERS, *NUMBERS[:3]], source="register", reason="2026-11", now=NOW)
    assert added == len(NUMBERS) - 1
    assert await record.do_not_call.count() == len(NUMBERS)


async def test_taking_a_number_off_leaves_a_line_in_the_audit(record: Record) -> None:
    await record.do_not_call.add(NUMBERS[0], source="customer", reason="asked", now=NOW)
    assert await record.do_not_call.remove(NUMBERS[0], now=NOW, who="li", why="signed a new consent")
    assert not await record.do_not_call.remove(NUMBERS[0], now=NOW, who="li", why="again")
    (line,) = await record.audit.latest()
    assert (line.who, line.subject, line.detail) == ("li", NUMBERS[0], "signed a new consent")
    assert await record.do_not_call.count() == 0

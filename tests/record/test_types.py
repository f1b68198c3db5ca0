from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError

from dialer.record.audit import AuditLine
from dialer.record.schema import attempt, audit

from .world import NOW

if TYPE_CHECKING:
    from dialer.record.record import Record


async def test_a_moment_comes_back_in_utc_whatever_zone_it_went_in_with(record: Record) -> None:
    beijing = datetime(2026, 11, 23, 10, 30, 0, 123456, tzinfo=timezone(timedelta(hours=8)))
    await record.audit.add(AuditLine(beijing, "a", "b", "c"))
    (line,) = await record.audit.latest()
    assert line.at == beijing
    assert line.at.tzinfo is UTC


async def test_moments_are_ordered_and_compared_in_the_database(record: Record) -> None:
    for hours in (0, 12, -12):
        zone = timezone(timedelta(hours=hours))
        await record.audit.add(AuditLine((NOW + timedelta(minutes=hours)).astimezone(zone), str(hours), "b", "c"))
    async with record.database.read() as connection:
        query = sa.select(audit.c.who).where(audit.c.at >= NOW.astimezone(timezone(timedelta(hours=-5))))
        assert list(await connection.scalars(query.order_by(audit.c.at))) == ["0", "12"]


async def test_a_naive_time_is_refused(record: Record) -> None:
    with pytest.raises(StatementError, match="only times with a zone"):
        await record.audit.add(AuditLine(NOW.replace(tzinfo=None), "a", "b", "c"))
    with pytest.raises(StatementError, match="only times with a zone"):
        await record.leads.candidates(1, NOW.replace(tzinfo=None), 1)


async def test_a_word_that_is_none_is_refused(record: Record) -> None:
    with pytest.raises(StatementError, match="LIKELY"):
        async with record.database.write() as connection:
            await connection.execute(sa.update(attempt).values(outcome="LIKELY"))

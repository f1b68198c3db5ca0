from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.record.audit import AuditLine

from .world import NOW

if TYPE_CHECKING:
    from dialer.record.record import Record


async def test_lines_come_back_newest_first(record: Record) -> None:
    lines = [AuditLine(NOW, "li", "exported", f"campaign {count}", "full numbers") for count in range(3)]
    for line in lines:
        await record.audit.add(line)
    assert await record.audit.latest() == lines[::-1]
    assert await record.audit.latest(limit=1) == lines[2:]

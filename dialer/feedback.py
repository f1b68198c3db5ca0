"""The feedback list as a file for whoever supplied the leads: CSV that a spreadsheet opens and does not run."""

from __future__ import annotations

import csv
import io
import os
from typing import TYPE_CHECKING

from dialer.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from datetime import datetime
    from pathlib import Path
    from zoneinfo import ZoneInfo

    from dialer.record.feedback import DeadNumber

HEADER = ("list", "file", "row", "key", "number", "state", "times", "last", "by")
_RUN = ("=", "+", "-", "@", "\t", "\r")
"""With one of these in front a spreadsheet takes a cell for a formula (OWASP, "CSV Injection")."""
_LINES_AT_ONCE = 500
_OWNER_ALONE = 0o600
_MARK = "\ufeff"
"""By this mark spreadsheets know the file for UTF-8."""


async def lines(numbers: AsyncIterator[DeadNumber], zone: ZoneInfo) -> AsyncIterator[str]:
    """The file in pieces, its header first; times are local to `zone`."""
    yield _MARK + _csv([HEADER])
    rows: list[tuple[object, ...]] = []
    async for number in numbers:
        rows.append(_row(number, zone))
        if len(rows) == _LINES_AT_ONCE:
            yield _csv(rows)
            rows = []
    yield _csv(rows)


async def write(numbers: AsyncIterator[DeadNumber], zone: ZoneInfo, file: Path) -> int:
    """Write the list to a file that its owner alone may read; how many numbers it has.

    It appears under its name only when it is whole. InputError where it cannot be written.
    """
    part, count = file.with_name(f".{file.name}.part"), 0

    async def counted() -> AsyncIterator[DeadNumber]:
        nonlocal count
        async for number in numbers:
            count += 1
            yield number

    try:
        opened = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _OWNER_ALONE)
        with os.fdopen(opened, "w", encoding="utf-8", newline="") as out:
            async for piece in lines(counted(), zone):
                out.write(piece)
        part.replace(file)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)
    return count


def _row(number: DeadNumber, zone: ZoneInfo) -> tuple[object, ...]:
    return (
        number.list_name,
        number.source,
        number.row,
        number.key,
        number.e164,
        number.state.value,
        number.times,
        _local(number.last_at, zone),
        number.by,
    )


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _csv(rows: Iterable[tuple[object, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([harmless(cell) for cell in row] for row in rows)
    return text.getvalue()


def harmless(cell: object) -> object:
    """A cell that a spreadsheet would run as a formula is kept a text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_RUN) else cell

from __future__ import annotations

import csv
import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dialer.core.errors import InputError, RecordError
from dialer.core.model import NumberState
from dialer.feedback import HEADER, lines, write
from dialer.record.feedback import DeadNumber

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)


def number(row: int = 2, key: str = "K2", name: str = "autumn") -> DeadNumber:
    state = NumberState.INVALID
    return DeadNumber(name, "一批.csv", row, key, f"+861380000{row:04}", state, 1, AT, "SIP 404")


async def some(*numbers: DeadNumber) -> AsyncIterator[DeadNumber]:
    for each in numbers:
        yield each


async def test_a_file_is_what_a_spreadsheet_reads_and_its_owner_s_alone(tmp_path: Path) -> None:
    file = tmp_path / "back.csv"
    assert await write(some(number(2), number(3, "line\r\nbreak")), SHANGHAI, file) == 2
    assert file.read_bytes().startswith("\ufefflist,".encode())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with file.open(encoding="utf-8-sig", newline="") as opened:
        header, first, second = csv.reader(opened)
    assert header == list(HEADER)
    assert first == [
        "autumn",
        "一批.csv",
        "2",
        "K2",
        "'+8613800000002",
        "INVALID",
        "1",
        "2026-11-23T10:30:00+08:00",
        "SIP 404",
    ]
    assert second[3] == "line\r\nbreak"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
async def test_no_cell_is_run(cell: str) -> None:
    written = "".join([piece async for piece in lines(some(number(key=cell, name=cell)), SHANGHAI)])
    _header, row = csv.reader(written.removeprefix("\ufeff").splitlines(keepends=True))
    assert (row[0], row[3]) == (f"'{cell}", f"'{cell}")


async def test_a_long_list_comes_in_pieces_and_whole() -> None:
    pieces = [piece async for piece in lines(some(*(number(row) for row in range(1001))), SHANGHAI)]
    assert len(pieces) == 4
    assert len("".join(pieces).splitlines()) == 1002


async def test_a_list_that_breaks_off_leaves_no_half_file_and_the_old_one_as_it_was(tmp_path: Path) -> None:
    async def breaks_off() -> AsyncIterator[DeadNumber]:
        yield number()
        raise RecordError("away")

    file = tmp_path / "back.csv"
    file.write_text("old")
    with pytest.raises(RecordError):
        await write(breaks_off(), SHANGHAI, file)
    assert os.listdir(tmp_path) == ["back.csv"]  # noqa: PTH208 - a look at a folder of one file holds up nobody
    assert file.read_text() == "old"


async def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere/back\.csv: No such file"):
        await write(some(number()), SHANGHAI, tmp_path / "nowhere" / "back.csv")

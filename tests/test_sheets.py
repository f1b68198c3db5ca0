from __future__ import annotations

import csv
import io
import random
import zipfile
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from dialer import sheets
from dialer.core.errors import InputError
from dialer.sheets import BrokenRow, SheetRow, read_sheet

if TYPE_CHECKING:
    from pathlib import Path


def _read(path: Path, content: str | bytes) -> list[SheetRow | BrokenRow]:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_sheet(path))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "leads.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_is_read_in_the_encodings_and_line_ends_that_spreadsheets_write(
    path: Path, encoding: str, end: str
) -> None:
    text = f"姓名,电话{end}王小明,13800138000{end}欧阳娜𠮷,13900139000"
    assert _read(path, text.encode(encoding)) == [
        SheetRow(1, ("姓名", "电话")),
        SheetRow(2, ("王小明", "13800138000")),
        SheetRow(3, ("欧阳娜𠮷", "13900139000")),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_header_tells_the_delimiter(path: Path, delimiter: str) -> None:
    assert _read(path, f"name{delimiter}phone\na{delimiter}b\n")[1] == SheetRow(2, ("a", "b"))


def test_one_bad_byte_spoils_its_row_alone(path: Path) -> None:
    content = "姓名,电话\n王小明,1\n".encode() + b"\xff\xfe,2\n" + "李雷,3\n".encode()
    rows = _read(path, content)
    assert [row.cells[0] for row in rows if isinstance(row, SheetRow)] == ["姓名", "王小明", "\udcff\udcfe", "李雷"]


def test_empty_rows_are_left_out_and_counted(path: Path) -> None:
    assert [row.row for row in _read(path, "a,b\n\n  , \n1,2\n")] == [1, 4]
    assert _read(path, "") == []


def test_a_row_may_span_lines_inside_quotes(path: Path) -> None:
    rows = _read(path, 'a,b\n"one\r\ntwo ""quoted""",2\n3,4\n')
    assert rows[1:] == [SheetRow(2, ('one\r\ntwo "quoted"', "2")), SheetRow(3, ("3", "4"))]


def test_an_open_quote_spoils_its_row_alone(path: Path) -> None:
    rows = _read(path, 'a,b\n"open,1\n2,3\n"open too,4\n5,6\n"never closed,7')
    assert [row.row for row in rows if isinstance(row, BrokenRow)] == [2, 4, 6]
    assert rows[2] == SheetRow(3, ("2", "3"))
    assert "not valid CSV" in getattr(rows[1], "reason", "")


def test_a_stray_quote_inside_a_cell_is_a_character(path: Path) -> None:
    assert _read(path, 'a,b\n5" pipe,1\n6" pipe,2\n')[1:] == [
        SheetRow(2, ('5" pipe', "1")),
        SheetRow(3, ('6" pipe', "2")),
    ]


def test_an_open_quote_far_from_the_end_swallows_nothing(path: Path) -> None:
    lines = [f"row{count},1" for count in range(3 * sheets.MOST_LINES)]
    rows = _read(path, '"open,1\n' + "\n".join(lines))
    assert [row.cells[0] for row in rows if isinstance(row, SheetRow)] == [line[:-2] for line in lines]


def test_a_file_of_nothing_but_open_quotes_is_read_to_its_end(path: Path) -> None:
    rows = _read(path, '"x\n' * 3001)
    assert [row.row for row in rows if isinstance(row, BrokenRow)] == list(range(1, 3002))


def test_a_row_without_end_is_skipped_not_held(path: Path) -> None:
    content = "a,b\n" + "x" * (3 * sheets.LONGEST_ROW) + "\n1,2\n" + '"' + "y" * (2 * sheets.LONGEST_ROW)
    rows = _read(path, content)
    assert [type(row).__name__ for row in rows] == ["SheetRow", "BrokenRow", "SheetRow", "BrokenRow"]
    assert rows[2] == SheetRow(3, ("1", "2"))


def test_nul_bytes_and_very_many_columns_pass_through(path: Path) -> None:
    rows = _read(path, "a,b\nx\x00y,1\n" + "," * 5000 + "z\n")
    assert rows[1] == SheetRow(2, ("x\x00y", "1"))
    assert len(getattr(rows[2], "cells", ())) == 5001


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfen\x00a\x00", "UTF-16"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel file"),
        (b"PK\x03\x04 and nothing more", "not a readable .xlsx"),
    ],
)
def test_what_is_no_table_is_an_error_that_tells_what_to_do(path: Path, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
        _read(path, content)


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nowhere"):
        list(read_sheet(tmp_path / "nowhere.csv"))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)


@given(st.lists(st.lists(TEXTS, min_size=2, max_size=4)))
def test_what_the_csv_module_writes_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer).writerows([["name", "phone"], *table])
    _header, *read = _read(tmp_path_factory.mktemp("sheet") / "table.csv", buffer.getvalue())
    assert [list(getattr(row, "cells", ())) for row in read] == [
        row for row in table if any(cell.strip() for cell in row)
    ]


@given(st.binary(max_size=400))
def test_no_content_whatever_is_a_crash(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("sheet") / "noise.csv"
    with suppress(InputError):
        _read(path, content)


# --- XLSX ---------------------------------------------------------------------------------------


def _xlsx(path: Path, rows: list[list[object]]) -> Path:
    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    workbook.close()
    return path


def test_cells_of_a_workbook_come_as_their_reader_sees_them(tmp_path: Path) -> None:
    values: list[object] = ["王小明", 13800138000, 13800138000.0, 2.5, None, date(2026, 11, 23), "=1+1"]
    path = _xlsx(tmp_path / "leads.xlsx", [["h"] * 7, [], values])
    header, row = list(read_sheet(path))
    assert header.row == 1
    assert row == SheetRow(3, ("王小明", "13800138000", "13800138000", "2.5", "", "2026-11-23T00:00:00", "=1+1"))


def test_a_workbook_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "_LARGEST_XLSX", 1000)
    with pytest.raises(InputError, match="unpacks to more"):
        list(read_sheet(_xlsx(tmp_path / "leads.xlsx", [["name", "phone"]])))


def test_a_damaged_workbook_is_an_error_never_a_crash(tmp_path: Path) -> None:
    whole = _xlsx(tmp_path / "leads.xlsx", [["name", "phone"], ["a", 1]])
    rng = random.Random(3)
    damaged = tmp_path / "damaged.xlsx"
    for _ in range(60):
        with zipfile.ZipFile(whole) as source, zipfile.ZipFile(damaged, "w") as target:
            spoiled = rng.choice(source.namelist())
            for name in source.namelist():
                content = bytearray(source.read(name))
                if name == spoiled:
                    for _ in range(rng.randint(1, 9)):
                        content[rng.randrange(len(content))] = rng.randrange(256)
                target.writestr(name, bytes(content))
        with suppress(InputError):
            list(read_sheet(damaged))


def test_a_workbook_that_breaks_off_is_an_error(tmp_path: Path) -> None:
    content = _xlsx(tmp_path / "leads.xlsx", [["name", "phone"], ["a", 1]]).read_bytes()
    for size in (10, len(content) // 2, len(content) - 5):
        with pytest.raises(InputError, match=r"half\.xlsx"):
            _read(tmp_path / "half.xlsx", content[:size])

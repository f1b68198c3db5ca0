"""Whatever file is imported: each row is taken or refused with its reason, and nothing harmful or twice comes in."""

from __future__ import annotations

import csv
import io
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialer import sheets
from dialer.core.errors import InputError
from dialer.intake import Accepted, read_leads
from dialer.sheets import LONGEST_ROW, read_sheet
from tests.fakes.centre import Centre
from tests.fakes.virtual_time import virtual_now

from .leads import read
from .profile import examples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ENCODINGS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-32", "latin-1", "big5")
HEADINGS = (
    "name",
    "姓名",
    "phone",
    "手机",
    "手机 2",
    "phone1",
    "key",
    "person",
    "owner",
    "priority",
    "city",
    "",
    "\ufeffname",
)
CELLS = (
    "王小明",
    "13800138000",
    "+86 138 0013 8000",
    "021-55550000",
    "=1+1",
    "@SUM(A1)",
    "${SHELL(id)}",
    "a\r\nAction: Originate",
    "\0",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "\u202e",
    '"',
    "nan",
    "1e999",
    "-0",
    "9" * 5000,
    "x" * (LONGEST_ROW - 3),
    "",
    " ",
)
cells = st.sampled_from(CELLS) | st.text(max_size=20) | st.from_regex(r"\+?[0-9 -]{5,16}", fullmatch=True)
headers = st.lists(st.sampled_from(HEADINGS) | st.text(max_size=5), max_size=6)
tables = st.tuples(
    st.just(["name", "phone"]) | st.just(["姓名", "手机", "编号", "城市"]) | headers,
    st.lists(st.lists(cells, max_size=6), max_size=8),
).map(lambda found: [found[0], *found[1]])


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A table as somebody's spreadsheet may have written it, perhaps with a few bytes gone wrong."""
    text = io.StringIO()
    ends = draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\r\n"]))
    csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t|")),
        lineterminator=ends,
        quoting=csv.QUOTE_ALL if draw(st.booleans()) else csv.QUOTE_MINIMAL,
    ).writerows(draw(tables))
    data = bytearray(text.getvalue().encode(draw(st.sampled_from(ENCODINGS)), "replace"))
    for place, put in draw(st.lists(st.tuples(st.integers(0, 400), st.binary(max_size=3)), max_size=3)):
        data[place : place + draw(st.integers(0, 3))] = put
    return bytes(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@examples(60)
@given(data=st.binary(max_size=300) | files())
@example(data=b"")
@example(data=b"PK\x05\x06" + b"\0" * 18)
@example(data=b'name,phone\n"' + b"x" * 300_000 + b"\n\n13800138000")
def test_whatever_bytes_a_file_has_its_rows_are_taken_or_refused(folder: Path, data: bytes) -> None:
    read(folder / "leads.csv", data)


@examples(40)
@given(data=files(), wide=st.integers(1, 5000))
def test_a_good_row_behind_any_table_is_taken(folder: Path, data: bytes, wide: int) -> None:
    text = data.decode("utf-8", "replace").replace('"', "").replace("\0", "")
    lines = ["name,phone", *text.splitlines(), "x," * wide, "", "李雷,13900139000"]
    found = read(folder / "leads.csv", "\n".join(lines).encode())
    assert isinstance(found[-1], Accepted)
    assert (found[-1].name, found[-1].row) == ("李雷", len(lines))


@examples(40)
@given(
    length=st.integers(LONGEST_ROW - 3, LONGEST_ROW + 3) | st.integers(1, 4 * LONGEST_ROW),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
@example(length=LONGEST_ROW, end="\r\n")
@example(length=2 * LONGEST_ROW + 1, end="\r\n")
def test_a_row_too_long_is_one_row_however_long_it_is(folder: Path, length: int, end: str) -> None:
    path = folder / "leads.csv"
    path.write_bytes(end.join(["name,phone", "x" * length, "李雷,13900139000"]).encode())
    assert [row.row for row in read_sheet(path)] == [1, 2, 3]


def test_memory_stays_flat_in_a_file_without_end(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come out before the file is read to its end, and no row is held that is longer than rows may be."""
    path = folder / "long.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("name,phone\n")
        file.writelines('"' * (count % 3) + "x" * 1_000_000 + "\n" for count in range(20))
    held: list[int] = []
    parse = sheets._parse  # noqa: SLF001 - what is held at once is told nowhere else
    monkeypatch.setattr(sheets, "_parse", lambda lines, by: held.append(sum(map(len, lines))) or parse(lines, by))  # type: ignore[func-returns-value]
    assert len(list(read_sheet(path))) == 21
    assert held
    assert max(held) <= LONGEST_ROW * (sheets.MOST_LINES + 1)


# --- twice ---------------------------------------------------------------------------------------


names = count()


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path) as opened:
        yield opened


@pytest.mark.virtual_time
@examples(15)
@given(data=files())
async def test_a_file_that_is_imported_twice_brings_nothing_twice(centre: Centre, data: bytes) -> None:
    campaign = await centre.campaign(f"campaign {next(names)}", running=False)
    path = centre.settings.data_dir / "leads.csv"
    again = "\n李雷,13900139000,x\n李雷,13900139000,y"
    path.write_bytes(data + again.encode())
    reports = []
    for _ in range(2):
        try:
            reports.append(
                await centre.record.leads.add(
                    campaign.campaign_id, "list", path.name, read_leads(path, "CN"), virtual_now()
                )
            )
        except InputError:
            return
    first, second = reports
    assert first.total == second.total
    assert second.accepted == 0
    assert second.rejected_count == second.total
    assert all(refused.reason for refused in second.rejected)

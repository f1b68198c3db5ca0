"""Whatever is wrong with a workbook, its XML or its archive: its rows are taken or refused, or it is an InputError."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook

from dialer.core.errors import InputError
from dialer.intake import Accepted
from dialer.sheets import read_sheet

from .leads import read
from .profile import examples

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# openpyxl tells of damage that it got over; what matters here is what it hands on.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def workbook() -> bytes:
    """A good one."""
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (["name", "phone", "city"], ["王小明", 13800138000, "上海"], ["李雷", "13900139000", None]):
        sheet.append(row)
    file = io.BytesIO()
    made.save(file)
    return file.getvalue()


GOOD = workbook()


def rewritten(change: Callable[[str, bytes], bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The good workbook with its parts changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD)) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return file.getvalue()


def damaged(data: bytes, draw: st.DrawFn) -> bytes:
    """Bytes changed, put in and cut off."""
    found = bytearray(data)
    for place, put in draw(st.lists(st.tuples(st.integers(0, len(data)), st.binary(max_size=4)), max_size=4)):
        found[place : place + draw(st.integers(0, 8))] = put
    return bytes(found[: draw(st.just(len(found)) | st.integers(0, len(found)))])


ODD_XML = (
    ('r="2"', 'r="1000000000000"'),
    ('r="2"', 'r="-1"'),
    ('r="2"', 'r="x"'),
    ('r="A2"', 'r="ZZZZZ2"'),
    ('r="A2"', 'r="XFD2"'),
    ('r="A2"', ""),
    ("<v>", "<v>1e400"),
    ("<v>", "<v>-"),
    ('t="inlineStr"', 't="d"'),
    ('t="inlineStr"', 't="n"'),
    ('t="inlineStr"', 't="b"'),
    ('t="inlineStr"', 't="s"'),
    ('t="n"', 't="s"'),
    ("<c ", '<c s="99" '),
    ("<c ", "<c><f t='shared' si='0'/></c><c "),
    ("<c ", "<c r='B2'><f t='shared' si='0'>A1+1</f></c><c r='B3'><f t='shared' si='0'/></c><c "),
    ("<c ", "<c><f t='dataTable' x='y'/></c><c "),
    ('<c r="C2"', "<c r='C2'><f t='array' ref='C2'>A1</f></c><c "),
    ("<sheetData", "<sheetProtection password='x'/><sheetData"),
    ("<sheets>", "<sheets/><sheets>"),
    ("<Override", "<Default"),
    ("sheet1.xml", "../../sheet1.xml"),
    ("<is>", "<is><rPh/>"),
    ("<numFmts", "<numFmts count='x'"),
    ("<?xml", "<!DOCTYPE a [<!ENTITY b 'cc'><!ENTITY d '&b;&b;&b;'>]><?xml"),
)


@st.composite
def workbooks(draw: st.DrawFn) -> bytes:
    """The good workbook with its XML, its parts or its archive damaged."""
    changes = draw(st.lists(st.sampled_from(ODD_XML), max_size=3))
    target = draw(st.sampled_from(zipfile.ZipFile(io.BytesIO(GOOD)).namelist()))
    spoil = draw(st.booleans())

    def change(name: str, data: bytes) -> bytes:
        text = data.decode()
        for old, new in changes:
            text = text.replace(old, new, 1)
        return damaged(text.encode(), draw) if spoil and name == target else text.encode()

    methods = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA]
    data = rewritten(change, draw(st.sampled_from(methods)))
    return damaged(data, draw) if draw(st.booleans()) else data


def encrypted() -> bytes:
    """Its parts say that they need a password."""
    data = bytearray(GOOD)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(mark)
        while place != -1:
            data[place + offset] |= 1
            place = data.find(mark, place + 4)
    return bytes(data)


@examples(50)
@given(data=workbooks())
@example(data=encrypted())
@example(data=rewritten(lambda _name, data: data.replace(b'r="2"', b'r="1000000000000"')))
@example(data=rewritten(lambda _name, data: data.replace(b"<c r", b"<c><f t='array' ref='C2'>1</f></c><c r")))
def test_whatever_is_wrong_with_a_workbook_it_is_read_or_an_input_error(folder: Path, data: bytes) -> None:
    read(folder / "leads.xlsx", data)


def test_a_good_workbook_is_taken(folder: Path) -> None:
    assert [type(one) for one in read(folder / "leads.xlsx", GOOD)] == [Accepted, Accepted]


@pytest.mark.parametrize(
    "part",
    [
        b"<row>" + b"<c/>" * 400_000 + b"</row>",
        b"<row>" * 250_000,
        b"<row><c t='inlineStr'><is><t>" + b"x" * 2_000_000 + b"</t></is></c></row>",
    ],
    ids=["wide", "deep", "long"],
)
def test_a_small_file_does_not_unpack_to_a_row_that_fills_the_memory(folder: Path, part: bytes) -> None:
    data = rewritten(lambda _name, data: data.replace(b"</sheetData>", part + b"</sheetData>"))
    path = folder / "bomb.xlsx"
    path.write_bytes(data)
    assert len(data) < 20_000
    with pytest.raises(InputError, match=r"bomb\.xlsx: a row of the workbook"):
        list(read_sheet(path))


def test_a_small_file_does_not_unpack_to_a_large_one(folder: Path) -> None:
    data = rewritten(lambda name, data: data + b" " * 20_000_000 if name.endswith("styles.xml") else data)
    path = folder / "bomb.xlsx"
    path.write_bytes(data)
    assert len(data) < 50_000
    with pytest.raises(InputError, match=r"bomb\.xlsx: unpacks to more than 16 MiB"):
        list(read_sheet(path))

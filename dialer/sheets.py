"""Reads tables out of CSV and XLSX files, row by row, whatever state they are in; what the cells mean is intake's job.

A row that cannot be read is a `BrokenRow` and the next one is read as if nothing had happened; only a file that is no
table at all is an error. Memory stays flat however long the file is.
"""

from __future__ import annotations

import csv
import zipfile
from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import IO, TYPE_CHECKING, Any, TextIO
from xml.etree.ElementTree import iterparse

from openpyxl import load_workbook
from openpyxl.worksheet._reader import DATA_TAG, ROW_TAG, WorkSheetParser
from openpyxl.worksheet.formula import ArrayFormula, DataTableFormula

from dialer.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LONGEST_ROW = 64 * 1024
"""Characters in one row; longer ones are broken, and skipped without being held in memory."""

MOST_LINES = 50
"""Lines that one row may span inside quotes; past it, the quote was never meant to stay open."""

_LARGEST_XLSX = 512 * 1024 * 1024
_MOST_UNPACKED = 100
"""Times its size that a workbook may unpack to, beyond _FREELY_UNPACKED; real ones come to twenty."""
_FREELY_UNPACKED = 16 * 1024 * 1024
_LONGEST_XML = 1024 * 1024
"""Bytes of XML that one row may take: it is held in memory as a tree a hundred times as large."""
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
"""Excel's own limits; a row numbered beyond them is nowhere."""
_CHUNK = 1024 * 1024
_XLSX_MAGIC = b"PK\x03\x04"
_XLS_MAGIC = b"\xd0\xcf\x11\xe0"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row as the file has it; `row` counts from 1, the header included."""

    row: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row that could not be read, and why."""

    row: int
    reason: str


def read_sheet(path: Path) -> Iterator[SheetRow | BrokenRow]:
    """The rows of a file, the empty ones left out. InputError if it cannot be read at all."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise InputError(f"{path.name}: {error.strerror}") from error
    if magic == _XLS_MAGIC:
        raise InputError(f"{path.name}: an old Excel file (.xls); save it as .xlsx or as CSV")
    if magic.startswith(_UTF16_MARKS):
        raise InputError(f"{path.name}: written in UTF-16; save it as CSV UTF-8 or as .xlsx")
    return _read_xlsx(path) if magic == _XLSX_MAGIC else _read_csv(path)


# --- CSV ----------------------------------------------------------------------------------------


def _read_csv(path: Path) -> Iterator[SheetRow | BrokenRow]:
    encoding = _encoding(path)
    # A byte that does not belong becomes a lone surrogate: its row is refused, the others are read.
    with path.open(encoding=encoding, errors="surrogateescape", newline="") as file:
        lines = _Lines(file)
        first = lines.take()
        lines.put_back([first])
        # Whatever the header is written with; semicolons and tabs come from spreadsheets of other countries.
        delimiter = max(",;\t", key=(first or "").count)
        for number, record in enumerate(_records(lines, delimiter), start=1):
            if isinstance(record, str):
                yield BrokenRow(number, record)
            elif any(cell.strip() for cell in record):
                yield SheetRow(number, tuple(record))


def _encoding(path: Path) -> str:
    """UTF-8 or GB18030, by which of them more lines with Chinese in them can be read as.

    Text in GB18030 is hardly ever valid UTF-8, but much of UTF-8 passes for GB18030: one bad byte in a good file must
    not turn every name in it to nonsense.
    """
    utf8 = other = 0
    with path.open("rb") as file:
        for line in iter(lambda: file.readline(_CHUNK), b""):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                other += 1
            else:
                utf8 += 1
    return "utf-8-sig" if utf8 >= other else "gb18030"


class _Lines:
    """A file's lines with their ends, None for one that is too long to be a row; taken lines can be put back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._back: deque[str | None] = deque()
        self._cut_behind_cr = False
        """The last line ended where no more was asked for: a LF that follows is the other half of its end."""

    def take(self) -> str | None:
        """The next line, "" at the end."""
        if self._back:
            return self._back.popleft()
        line = self._file.readline(LONGEST_ROW + 1)
        if self._cut_behind_cr and line == "\n":
            line = self._file.readline(LONGEST_ROW + 1)
        self._cut_behind_cr = False
        if len(line) <= LONGEST_ROW:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._file.readline(LONGEST_ROW)
        self._cut_behind_cr = line.endswith("\r")
        return None

    def put_back(self, lines: Sequence[str | None]) -> None:
        """As if these had not been taken."""
        self._back.extendleft(reversed(lines))


def _records(lines: _Lines, delimiter: str) -> Iterator[list[str] | str]:
    """Each record's cells, or what is wrong with it.

    A quote left open would swallow all that follows, so a record that does not come out right is given up as its first
    line alone, and reading goes on with the second.
    """
    while (line := lines.take()) != "":
        if line is None:
            yield f"longer than {LONGEST_ROW} characters"
            continue
        record = _parse([line], delimiter)
        if isinstance(record, str) and _quote_is_open([line]):
            following = _up_to_closing_quote(line, lines)
            whole = _parse([line, *following], delimiter)
            if isinstance(whole, str):
                lines.put_back(following)
            else:
                record = whole
        yield record


def _up_to_closing_quote(line: str, lines: _Lines) -> list[str]:
    """The lines after this one until the quotes are even, or until it is plain that they never will be."""
    taken: list[str] = []
    while _quote_is_open([line, *taken]) and len(taken) < MOST_LINES:
        following = lines.take()
        if not following:
            lines.put_back([following])
            break
        taken.append(following)
    return taken


def _quote_is_open(lines: list[str]) -> bool:
    return sum(line.count('"') for line in lines) % 2 == 1


def _parse(lines: list[str], delimiter: str) -> list[str] | str:
    try:
        records = list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return f"not valid CSV: {error}".replace("\t", "\\t")
    if len(records) != 1:
        return "not valid CSV: a quotation mark is not closed"
    return records[0]


# --- XLSX ---------------------------------------------------------------------------------------


def _read_xlsx(path: Path) -> Iterator[SheetRow | BrokenRow]:
    """The first sheet. Formulas come as their text, so that they can be refused."""
    try:
        with path.open("rb") as file:  # opened here, because openpyxl leaves a damaged file open
            _refuse_bomb(file, path.stat().st_size)
            for number, values in _xlsx_rows(load_workbook(file, read_only=True).worksheets[0]):
                cells = tuple(_as_text(value) for value in values)
                if any(cell.strip() for cell in cells):
                    yield SheetRow(number, cells)
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
    except Exception as error:
        # zipfile, its unpackers, the XML parser and openpyxl raise whatever they stumble over in a damaged file.
        why = f"{type(error).__name__}: {error}".encode("unicode_escape").decode()
        raise InputError(f"{path.name}: not a readable .xlsx file: {why}") from error


def _refuse_bomb(file: IO[bytes], packed: int) -> None:
    with zipfile.ZipFile(file) as archive:
        size = sum(part.file_size for part in archive.infolist())
    most = min(_LARGEST_XLSX, max(_FREELY_UNPACKED, _MOST_UNPACKED * packed))
    if size > most:
        raise InputError(f"unpacks to more than {most >> 20} MiB; save it as CSV")


def _xlsx_rows(sheet: Any) -> Iterator[tuple[int, Sequence[object]]]:
    """Row numbers and values, with no more than one row in memory.

    openpyxl's own loop keeps a husk of every row, and fills each gap: a row that calls itself the billionth is reached
    in hours.
    """
    book = sheet.parent
    with sheet._get_source() as source:  # noqa: SLF001 - the one door to the sheet's bytes
        parser = WorkSheetParser(
            source,
            sheet._shared_strings,  # noqa: SLF001
            epoch=book.epoch,
            date_formats=book._date_formats,  # noqa: SLF001
            timedelta_formats=book._timedelta_formats,  # noqa: SLF001
        )
        bounded, number, rows = _Bounded(source), 0, None
        for event, element in iterparse(bounded, events=("start", "end")):  # noqa: S314 - expat bounds entities itself
            if event == "start":
                rows = element if element.tag == DATA_TAG else rows
            elif element.tag == ROW_TAG:
                said, cells = parser.parse_row(element)
                number = said if number < said <= _MOST_ROWS else number + 1
                yield number, _in_columns(cells)
                if rows is not None:
                    rows.clear()
                bounded.since_row = 0
            elif element.tag == DATA_TAG:
                return


class _Bounded:
    """A sheet's XML, as long as its rows are no longer than a row may be."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.since_row = 0
        """Bytes read since the last row ended."""

    def read(self, size: int = -1) -> bytes:
        """What iterparse asks for; InputError where no row ends in sight."""
        data = self._source.read(size)
        self.since_row += len(data)
        if self.since_row > _LONGEST_XML:
            raise InputError(f"a row of the workbook takes more than {_LONGEST_XML >> 20} MiB; save it as CSV")
        return data


def _in_columns(cells: Sequence[dict[str, Any]]) -> list[object]:
    width = max((cell["column"] for cell in cells), default=0)
    if width > _MOST_COLUMNS:
        raise InputError(f"a row of the workbook has {width} columns; at most {_MOST_COLUMNS} fit a sheet")
    values: list[object] = [None] * width
    for cell in cells:
        values[cell["column"] - 1] = cell["value"]
    return values


def _as_text(value: object) -> str:
    """A cell as its reader sees it: whole numbers without a decimal point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, ArrayFormula | DataTableFormula):
        return f"={value.ref}"  # what it says is in no cell; that it is a formula is what matters
    return str(value)

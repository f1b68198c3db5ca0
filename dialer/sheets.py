"""Reads tables out of CSV and XLSX files, row by row, whatever state they are in; what the cells mean is intake's job.

A row that cannot be read is a `BrokenRow` and the next one is read as if nothing had happened; only a file that is no
table at all is an error. Memory stays flat however long the file is.
"""

from __future__ import annotations

import csv
import zipfile
import zlib
from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TextIO
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from dialer.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

LONGEST_ROW = 64 * 1024
"""Characters in one row; longer ones are broken, and skipped without being held in memory."""

MOST_LINES = 50
"""Lines that one row may span inside quotes; past it, the quote was never meant to stay open."""

_LARGEST_XLSX = 512 * 1024 * 1024
_CHUNK = 1024 * 1024
_XLSX_MAGIC = b"PK\x03\x04"
_XLS_MAGIC = b"\xd0\xcf\x11\xe0"
_XLSX_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    InvalidFileException,
    ParseError,
    LookupError,
    ValueError,
    TypeError,
    AttributeError,
    NotImplementedError,
    EOFError,
    OSError,
)
"""What zipfile, the XML parser and openpyxl raise on damaged files."""

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

    def take(self) -> str | None:
        """The next line, "" at the end."""
        if self._back:
            return self._back.popleft()
        line = self._file.readline(LONGEST_ROW + 1)
        if len(line) <= LONGEST_ROW:
            return line
        while line and not line.endswith(("\n", "\r")):
            line = self._file.readline(LONGEST_ROW)
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
        return f"not valid CSV: {error}"
    if len(records) != 1:
        return "not valid CSV: a quotation mark is not closed"
    return records[0]


# --- XLSX ---------------------------------------------------------------------------------------


def _read_xlsx(path: Path) -> Iterator[SheetRow | BrokenRow]:
    """The first sheet. Formulas come as their text, so that they can be refused."""
    try:
        with path.open("rb") as file:  # opened here, because openpyxl leaves a damaged file open
            with zipfile.ZipFile(file) as archive:
                size = sum(part.file_size for part in archive.infolist())
            if size > _LARGEST_XLSX:
                raise InputError(f"{path.name}: unpacks to more than {_LARGEST_XLSX >> 20} MiB; save it as CSV")
            sheet = load_workbook(file, read_only=True).worksheets[0]
            sheet.reset_dimensions()  # some writers claim a size that the sheet does not have
            for number, values in enumerate(sheet.iter_rows(values_only=True), start=1):
                cells = tuple(_as_text(value) for value in values)
                if any(cell.strip() for cell in cells):
                    yield SheetRow(number, cells)
    except _XLSX_FAULTS as error:
        raise InputError(f"{path.name}: not a readable .xlsx file: {error}") from error


def _as_text(value: object) -> str:
    """A cell as its reader sees it: whole numbers without a decimal point, dates as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)

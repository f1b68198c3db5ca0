"""Turns the rows of a lead file into leads that can be dialled, or into refusals that name row, field and reason.

Columns are found by their English or Chinese names; every column that is not one of these becomes an attribute.
Duplicates are found where all of a campaign's leads are known: in the record.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.core import numbers
from dialer.core.errors import InputError
from dialer.sheets import BrokenRow, SheetRow, read_sheet

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_COLUMNS = {
    "key": ("key", "编号"),
    "name": ("name", "姓名"),
    "phone": ("phone", "电话", "手机", "手机号", "手机号码", "电话号码", "联系电话"),
    "person": ("person", "客户号"),
    "owner": ("owner", "归属坐席"),
    "priority": ("priority", "优先级"),
}
_FIELD_OF = {name: field_name for field_name, names in _COLUMNS.items() for name in names}
_PHONE_WITH_DIGIT = re.compile(r"(\D+?)[ _]?[1-9]")

_MOST_COLUMNS = 200
_MOST_PHONES = 9
_LONGEST = {"key": 100, "name": 200, "person": 100, "owner": 40}
_LONGEST_ATTRIBUTE = 4000
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_IN_ATTRIBUTE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_UNDECODABLE = re.compile(r"[\ud800-\udfff]")
_FORMULA = re.compile(r"[=+\-@]")
_SIGNED_NUMBER = re.compile(r"[+-][-0-9 .,()%/]*")
"""A negative amount, a telephone number, or the lone dash that stands for 'nothing'."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A lead as its row has it; `numbers` are E.164 with their possible time zones, in the order to try them."""

    row: int
    key: str
    person: str
    name: str
    numbers: tuple[tuple[str, tuple[str, ...]], ...]
    attributes: dict[str, str] = field(default_factory=dict)
    priority: float = 0.0
    owner: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was refused; `field` is its column's heading, `raw` a short hint at the value, digits masked."""

    row: int
    field: str
    reason: str
    raw: str = ""


class RefusedError(Exception):
    """Carries a refusal out of the reading of one row: the column's heading, why, and the value that is wrong."""

    def __init__(self, heading: str, reason: str, value: str = "") -> None:
        super().__init__(reason)
        self.heading, self.reason, self.value = heading, reason, value


@dataclass(frozen=True, slots=True)
class Header:
    """Which column holds what."""

    headings: tuple[str, ...]
    fields: dict[str, int]
    phones: tuple[int, ...]
    attributes: tuple[int, ...]


def read_leads(path: Path, region: str) -> Iterator[Accepted | Rejected]:
    """The leads of a CSV or XLSX file; numbers without a plus sign are of `region` (ISO 3166-1 alpha-2).

    InputError, at the first step, if the file has no usable header or is no table at all.
    """
    rows = read_sheet(path)
    header = _read_header(path.name, next(rows, None))
    for row in rows:
        if isinstance(row, BrokenRow):
            yield Rejected(row.row, "", row.reason)
            continue
        try:
            yield read_row(row, header, region)
        except RefusedError as refused:
            yield Rejected(row.row, refused.heading, refused.reason, _hint(refused.value))


def _read_header(file_name: str, row: SheetRow | BrokenRow | None) -> Header:
    if row is None:
        raise InputError(f"{file_name}: the file is empty")
    if isinstance(row, BrokenRow):
        raise InputError(f"{file_name}: row {row.row}, the header: {row.reason}")
    if len(row.cells) > _MOST_COLUMNS:
        raise InputError(f"{file_name}: the header has {len(row.cells)} columns; at most {_MOST_COLUMNS} are read")
    headings = tuple(_heading(file_name, cell) for cell in row.cells)
    fields: dict[str, int] = {}
    phones: list[int] = []
    attributes: dict[str, int] = {}
    for column, heading in enumerate(headings):
        known = _known_field(heading)
        if known == "phone":
            phones.append(column)
        elif heading:
            within, name = (attributes, heading) if known is None else (fields, known)
            if name in within:
                raise InputError(f"{file_name}: two columns of the header mean the same: {heading}")
            within[name] = column
    _refuse_unusable(file_name, row.row, fields, phones)
    return Header(headings, fields, tuple(phones), tuple(attributes.values()))


def _refuse_unusable(file_name: str, row: int, fields: dict[str, int], phones: list[int]) -> None:
    missing = [name for name, there in (("name", "name" in fields), ("phone", phones)) if not there]
    if missing:
        asked = " and no ".join("/".join(_COLUMNS[name][:3]) for name in missing)
        raise InputError(f"{file_name}: row {row} is no usable header: it has no column {asked}")
    if len(phones) > _MOST_PHONES:
        raise InputError(
            f"{file_name}: the header has {len(phones)} columns of numbers; at most {_MOST_PHONES} are read"
        )


def _heading(file_name: str, cell: str) -> str:
    heading = cell.strip("\ufeff \t\r\n")
    try:
        _refuse_formula_or_garbage(heading, heading, _CONTROL)
    except RefusedError as refused:
        raise InputError(f"{file_name}: a heading {refused.reason}") from refused
    return heading


def _known_field(heading: str) -> str | None:
    """Which field a heading names; phone2 and 手机 2 are numbers too."""
    name = heading.casefold()
    if found := _FIELD_OF.get(name):
        return found
    numbered = _PHONE_WITH_DIGIT.fullmatch(name)
    return "phone" if numbered and _FIELD_OF.get(numbered[1]) == "phone" else None


def read_row(row: SheetRow, header: Header, region: str) -> Accepted:
    """One row as a lead; RefusedError where it is none."""
    cells, width = row.cells, len(header.headings)
    if any(cell.strip() for cell in cells[width:]):
        raise RefusedError("", f"has {len(cells)} columns, but the header has {width}")
    cells = (*cells[:width], *[""] * (width - len(cells)))
    values = {name: _field(name, header.headings[column], cells[column]) for name, column in header.fields.items()}
    if not values["name"]:
        raise RefusedError(header.headings[header.fields["name"]], "empty")
    found = _numbers(cells, header, region)
    return Accepted(
        row=row.row,
        key=values.get("key") or found[0][0],
        person=values.get("person") or found[0][0],
        name=values["name"],
        numbers=found,
        attributes=_attributes(cells, header),
        priority=_priority(header, values.get("priority", "")),
        owner=values.get("owner") or None,
    )


def _field(name: str, heading: str, cell: str) -> str:
    value = cell.strip()
    _refuse_formula_or_garbage(heading, value, _CONTROL)
    longest = _LONGEST.get(name, _LONGEST_ATTRIBUTE)
    if len(value) > longest:
        raise RefusedError(heading, f"longer than {longest} characters", value)
    return value


def _attributes(cells: tuple[str, ...], header: Header) -> dict[str, str]:
    found = {}
    for column in header.attributes:
        heading, value = header.headings[column], cells[column].strip()
        _refuse_formula_or_garbage(heading, value, _CONTROL_IN_ATTRIBUTE)
        if len(value) > _LONGEST_ATTRIBUTE:
            raise RefusedError(heading, f"longer than {_LONGEST_ATTRIBUTE} characters", value)
        if value:
            found[heading] = value
    return found


def _refuse_formula_or_garbage(heading: str, value: str, control: re.Pattern[str]) -> None:
    """A formula would run where a report is opened; a control character may end a line of a protocol."""
    if _UNDECODABLE.search(value):
        raise RefusedError(heading, "contains bytes that are not text in the file's encoding", value)
    if control.search(value):
        raise RefusedError(heading, "contains a line break or another control character", value)
    if _FORMULA.match(value) and not _SIGNED_NUMBER.fullmatch(value):
        raise RefusedError(heading, "looks like a spreadsheet formula", value)


def _numbers(cells: tuple[str, ...], header: Header, region: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The row's numbers, in the order of their columns; the same one twice counts once."""
    found: dict[str, tuple[str, ...]] = {}
    for column in header.phones:
        text = cells[column].strip()
        if not text:
            continue
        heading = header.headings[column]
        if _UNDECODABLE.search(text):
            raise RefusedError(heading, "contains bytes that are not text in the file's encoding", text)
        try:
            parsed = numbers.parse(text, region)
        except InputError as error:
            raise RefusedError(heading, str(error), text) from error
        found[parsed.e164] = parsed.time_zones
    if not found:
        raise RefusedError(header.headings[header.phones[0]], "no number")
    return tuple(found.items())


def _priority(header: Header, text: str) -> float:
    if not text:
        return 0.0
    heading = header.headings[header.fields["priority"]]
    try:
        priority = float(text)
    except ValueError:
        raise RefusedError(heading, "not a number", text) from None
    if not math.isfinite(priority):
        raise RefusedError(heading, "not a finite number", text)
    return priority


def _hint(value: str) -> str:
    """Enough of a refused value to find it by, and no more: its first characters, digits but the first three masked."""
    shown = value.encode("ascii", "backslashreplace").decode("ascii") if _UNDECODABLE.search(value) else value
    shown = "".join(character if character.isprintable() else "·" for character in shown[:40])
    digits = 0
    masked = []
    for character in shown:
        digits += character.isdigit()
        masked.append("*" if character.isdigit() and digits > 3 else character)  # noqa: PLR2004 - see above
    return "".join(masked)

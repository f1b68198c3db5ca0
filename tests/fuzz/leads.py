"""What every import has to keep, whatever the file: nothing harmful comes in, and every refusal is well said."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from dialer.core.errors import InputError
from dialer.core.numbers import E164
from dialer.intake import Accepted, Rejected, read_leads

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, data: bytes) -> list[Accepted | Rejected]:
    """What becomes of a file, having made sure that it is well said."""
    path.write_bytes(data)
    found: list[Accepted | Rejected] = []
    try:
        found.extend(read_leads(path, "CN"))
    except InputError as error:
        told = str(error)
    else:
        told = path.name
    assert path.name in told
    assert is_text(told)
    for one in found:
        if isinstance(one, Accepted):
            is_harmless(one)
        else:
            is_reported(one)
    rows = [one.row for one in found]
    assert rows == sorted(set(rows))
    assert all(row > 1 for row in rows)
    return found


def is_text(text: str) -> bool:
    """Nothing in it ends a line, moves a cursor or has no bytes."""
    return not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in text)


def is_harmless(lead: Accepted) -> None:
    assert lead.numbers
    assert lead.name.strip() == lead.name != ""
    assert len({e164 for e164, _zones in lead.numbers}) == len(lead.numbers)
    assert all(E164.fullmatch(e164) for e164, _zones in lead.numbers)
    for text in (lead.key, lead.person, lead.name, lead.owner or ""):
        assert is_text(text)
        assert len(text) <= 200
    for text in (lead.key, lead.person, lead.name, *lead.attributes, *lead.attributes.values()):
        assert "\0" not in text
        assert not text.startswith(("=", "@", "<openpyxl"))
        text.encode()
    assert abs(lead.priority) < float("inf")


def is_reported(refused: Rejected) -> None:
    assert refused.reason
    for text in (refused.reason, refused.raw, refused.field):
        assert is_text(text)
    assert refused.raw.isprintable()
    assert sum(character.isdigit() for character in refused.raw) <= 3

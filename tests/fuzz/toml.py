"""Writes trees as TOML, right or wrong: the library only reads it."""

from __future__ import annotations

import json
import math
from datetime import date, time
from typing import Any


def toml(value: Any) -> str:
    """A value as TOML has it, tables inline."""
    match value:
        case dict():
            return f"{{{', '.join(pairs(value))}}}"
        case list():
            return "[" + ", ".join(toml(one) for one in value if one is not None) + "]"
        case bool():
            return str(value).lower()
        case date() | time():
            return value.isoformat()
        case float():
            return repr(value).replace("e+", "e") if math.isfinite(value) else str(value)
        case _:
            return json.dumps(value, ensure_ascii=False)


def document(tree: dict[str, Any]) -> str:
    return "\n".join(pairs(tree))


def pairs(tree: dict[str, Any]) -> list[str]:
    return [f"{toml(str(key))} = {toml(value)}" for key, value in tree.items() if value is not None]

"""A scenario as the text of a TOML file that `read_scenario` reads back the same."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dialer.simulation.scenario import Scenario

_PER_LINE = 12
"""Measured values."""
_UNFIT = re.compile(r"[\x00-\x1f\x7f]")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(scenario: Scenario, comments: tuple[str, ...] = ()) -> str:
    """The scenario with all of its keys, the comments on top. Keys without a value, such as caps, are left out."""
    lines = [f"# {_UNFIT.sub(' ', comment)}" for comment in comments]
    tables = []
    for key, value in scenario.model_dump(mode="json", exclude_none=True).items():
        if isinstance(value, dict) and "kind" not in value and "parts" not in value:
            tables += ["", f"[{key}]", *(f"{name} = {as_toml(of)}" for name, of in value.items())]
        else:
            lines.append(f"{key} = {as_toml(value)}")
    return "\n".join([*lines, *tables]) + "\n"


def as_toml(value: Any) -> str:
    """One value: a string, number, boolean, list or table of these, as it stands after `key =`."""
    if isinstance(value, dict):
        if "parts" in value:  # a mixture is written as its list
            return as_toml(value["parts"])
        inside = ", ".join(f"{_key(name)} = {as_toml(of)}" for name, of in value.items() if of is not None)
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return _listed([as_toml(each) for each in value])
    if isinstance(value, str):
        # JSON's escapes are TOML's too, but for those of the letters beyond 16 bits, which need none.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return json.dumps(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else as_toml(name)


def _listed(parts: list[str]) -> str:
    if len(parts) <= _PER_LINE:
        return f"[{', '.join(parts)}]"
    rows = (", ".join(parts[begin : begin + _PER_LINE]) for begin in range(0, len(parts), _PER_LINE))
    return "[\n  " + ",\n  ".join(rows) + ",\n]"

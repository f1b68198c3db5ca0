"""Puts the figures of results/*.json into the table of README.md; what is written around the markers stays."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.results import RESULTS

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- table: made by `make bench-table` -->", "<!-- table: end -->"
ROWS = ("originates", "bridges", "processor", "claims", "imports", "soak")
"""In the order of the table; a row that was never run is left out."""

_HEADER = (
    "| row | measured | median | beside it | its median | ratio | aim | met | command |",
    "|---|---|---|---|---|---|---|---|---|",
)


def read_results(folder: Path = RESULTS) -> list[dict[str, Any]]:
    """What the rows left, in the table's order."""
    files = [folder / f"{row}.json" for row in ROWS]
    return [json.loads(file.read_text(encoding="utf-8")) for file in files if file.exists()]


def table(results: list[dict[str, Any]]) -> str:
    """The table, and under it when and on what each row was run."""
    lines = [*_HEADER]
    for result in results:
        for position, figure in enumerate(result["figures"]):
            command = f"`{result['command']}`" if position == 0 else ""
            lines.append(_line(result["row"] if position == 0 else "", figure, command))
    return "\n".join([*lines, "", *(_machine(result) for result in results)])


def _line(row: str, figure: dict[str, Any], command: str) -> str:
    unit = figure["unit"]
    cells = (
        row,
        figure["what"],
        _with_unit(figure["median"], unit),
        figure["beside"],
        _with_unit(figure["beside_median"], unit),
        "" if figure["ratio"] is None else _short(figure["ratio"]),
        figure["aim"] or "",
        {True: "yes", False: "**no**", None: ""}[figure["met"]],
        command,
    )
    return f"| {' | '.join(cells)} |"


def _machine(result: dict[str, Any]) -> str:
    on = result["machine"]
    return (
        f"- {result['row']}: {on['ended_at']}, {on['cores']} cores of {on['processor']}, "
        f"Python {on['python']}, Asterisk {on['asterisk']}"
    )


def _with_unit(value: float | None, unit: str) -> str:
    return "" if value is None else f"{_short(value)} {unit}".strip()


def _short(value: float) -> str:
    """Three digits that count, and whole numbers as such."""
    if abs(value) >= 100 or value == int(value):  # noqa: PLR2004 - three digits
        return f"{value:.0f}"
    return f"{value:.3g}"


def with_table(readme: str, made: str) -> str:
    """The text with the new table between its markers; ValueError where they are missing."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the markers {BEGIN!r} and {END!r} are missing")
    return f"{before}{BEGIN}\n{made}\n{END}{after}"


def main() -> None:
    """Write the table where it belongs."""
    readme = README.read_text(encoding="utf-8")
    README.write_text(with_table(readme, table(read_results())), encoding="utf-8")
    sys.stdout.write(f"the table is in {README.relative_to(Path.cwd())}\n")


if __name__ == "__main__":
    main()

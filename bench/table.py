"""Puts the figures of results/*.json into the tables of README.md and docs/; what is written around them stays."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench.numberstate_table import markdown as numberstate_markdown
from bench.pacing_table import footing, overall_markdown, scenarios_markdown
from bench.results import RESULTS

README = Path(__file__).parent / "README.md"
DOCS = Path(__file__).parent.parent / "docs"


def markers(name: str) -> tuple[str, str]:
    """Between which lines of a page a table of this name stands."""
    return f"<!-- {name}: made by `make bench-table` -->", f"<!-- {name}: end -->"


BEGIN, END = markers("table")
ROWS = (
    "originates",
    "bridges",
    "processor",
    "claims",
    "imports",
    "soak",
    "reality",
    "numberstate",
    "greetings",
    "best_hour",
    "page_weight",
    "push_latency",
    "interface",
)
"""In the order of the table; a row that was never run is left out."""

PACING = {"pacing": "pacing", "aside": "pacing-aside"}
"""The tables of the pacing benchmark by their markers, and the files that they are made from."""
PAGES = {"pacing.md": "en", "pacing.zh.md": "zh"}
"""The pages in docs/ that show the short tables, and their languages."""

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


def with_table(page: str, made: str, name: str = "table") -> str:
    """The text with the new table between the markers of its name; ValueError where they are missing."""
    opening, closing = markers(name)
    before, begin, rest = page.partition(opening)
    _, end, after = rest.partition(closing)
    if not begin or not end:
        raise ValueError(f"the markers {opening!r} and {closing!r} are missing")
    return f"{before}{opening}\n{made}\n{closing}{after}"


def pacing_tables(folder: Path = RESULTS, language: str | None = None) -> dict[str, str]:
    """The tables of the pacing benchmark by their markers, of what was run; with a language the short ones alone."""
    made = {}
    for name, file in PACING.items():
        path = folder / f"{file}.json"
        if path.exists():
            result = json.loads(path.read_text(encoding="utf-8"))
            parts = [overall_markdown(result, language or "en")]
            parts += [] if language else [scenarios_markdown(result), footing(result)]
            made[name] = "\n\n".join(parts)
    return made


def numberstate_tables(folder: Path = RESULTS) -> dict[str, str]:
    """What was told as what in row `numberstate`, by its marker; nothing where it was never run."""
    path = folder / "numberstate.json"
    return {"numberstate": numberstate_markdown(json.loads(path.read_text(encoding="utf-8")))} if path.exists() else {}


def main() -> None:
    """Write the tables where they belong."""
    made = {README: {"table": table(read_results())} | numberstate_tables() | pacing_tables()}
    made |= {DOCS / page: pacing_tables(language=language) for page, language in PAGES.items()}
    for page, tables in made.items():
        text = page.read_text(encoding="utf-8")
        for name, one in tables.items():
            text = with_table(text, one, name)
        page.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{len(tables)} tables are in {page.relative_to(Path.cwd())}\n")


if __name__ == "__main__":
    main()

"""The table is made of what the rows left, and what people wrote around it stays."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from bench.results import Figure
from bench.table import BEGIN, END, README, ROWS, read_results, table, with_table

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = {"ended_at": "2026-11-22T01:02:03+00:00", "cores": 2, "processor": "P", "python": "3.11", "asterisk": "22"}
MET = Figure("calls", "/s", 9.5, "a bare socket", 10.0, 0.95, "at least 0.9", met=True)
MISSED = Figure("memory", "MB", 1234.5, "", aim="flat", met=False)


def result(row: str, *figures: Figure) -> dict[str, Any]:
    made = [asdict(figure) for figure in figures]
    return {"row": row, "command": f"make bench-{row}", "machine": MACHINE, "figures": made}


def test_a_line_for_each_figure_and_the_command_once() -> None:
    lines = table([result("originates", MET, MISSED)]).splitlines()
    assert lines[2] == (
        "| originates | calls | 9.5 /s | a bare socket | 10 /s | 0.95 | at least 0.9 | yes | `make bench-originates` |"
    )
    assert lines[3] == "|  | memory | 1234 MB |  |  |  | flat | **no** |  |"
    assert lines[-1] == "- originates: 2026-11-22T01:02:03+00:00, 2 cores of P, Python 3.11, Asterisk 22"


def test_rows_stand_in_their_order_and_those_never_run_are_left_out(tmp_path: Path) -> None:
    for row in ("soak", "originates"):
        (tmp_path / f"{row}.json").write_text(json.dumps(result(row, MET)), encoding="utf-8")
    assert [one["row"] for one in read_results(tmp_path)] == ["originates", "soak"]


def test_the_table_replaces_the_old_one_and_keeps_the_prose() -> None:
    readme = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    once = with_table(readme, "new")
    assert once == f"before\n{BEGIN}\nnew\n{END}\nafter\n"
    assert with_table(once, "new") == once


def test_without_markers_nothing_is_written() -> None:
    with pytest.raises(ValueError, match="markers"):
        with_table("no table here", "new")


def test_our_readme_has_room_for_the_table_and_explains_every_row() -> None:
    readme = README.read_text(encoding="utf-8")
    with_table(readme, "new")
    assert [row for row in ROWS if f"**{row}**" not in readme] == []


def test_our_readme_shows_the_results_that_are_kept() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme, table(read_results())) == readme

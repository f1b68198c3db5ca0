"""A row holds what the tables need, and stands only as long as what made it stays the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench import pacing_rows
from bench.pacing_policies import FIXED, Shift
from bench.pacing_rows import RowFile, row_of
from dialer.simulation.run import summaries
from dialer.simulation.scenario import standard

if TYPE_CHECKING:
    from pathlib import Path

SHORT = standard(2, 0.5, hours=0.1)
SHIFT = Shift(SHORT, "vicidial", 1, 0.7, FIXED["vicidial"])
HEAD = {"row": "pacing", "scenarios": {SHORT.name: {"u_mdp": 0.7}}}


def test_a_row_can_be_drawn_together_and_written() -> None:
    row = row_of(SHIFT)
    (summary,) = summaries([row, row | {"seed": 2}])
    assert (summary.scenario, summary.pacing, summary.shifts) == (SHORT.name, "vicidial", 2)
    assert row["eir"] == pytest.approx((1 - row["utilisation"]) / 0.3, rel=1e-4)
    assert json.loads(json.dumps(row)) == row
    assert "expected_actual_answers" not in row  # it foretells nothing


def test_ours_says_what_it_expected() -> None:
    row = row_of(replace(SHIFT, policy="predictive", settings=None, scenario=standard(4, 0.5, hours=0.2)))
    assert sum(answers for _, _, answers in row["expected_actual_answers"]) == row["live_answers"]


def test_rows_are_kept_a_line_each_in_the_order_of_the_tables(tmp_path: Path) -> None:
    file = tmp_path / "pacing.json"
    for shift in (SHIFT, replace(SHIFT, policy="predictive", settings=None)):
        RowFile(file).add([row_of(shift)], HEAD)
    read = json.loads(file.read_text(encoding="utf-8"))
    assert [row["pacing"] for row in read["rows"]] == ["predictive", "vicidial"]
    assert read["scenarios"] == HEAD["scenarios"]
    assert sum(line.lstrip().startswith('{"scenario"') for line in file.read_text().splitlines()) == 2


def test_a_row_stands_until_the_code_the_settings_or_the_scenario_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = RowFile(tmp_path / "pacing.json")
    rows.add([row_of(SHIFT)], HEAD)
    again = RowFile(tmp_path / "pacing.json")
    assert again.has(SHIFT)
    for other in (
        replace(SHIFT, seed=2),
        replace(SHIFT, u_mdp=0.8),
        replace(SHIFT, settings=None),
        replace(SHIFT, scenario=SHORT.changed(patience_s=3)),
    ):
        assert not again.has(other)
    monkeypatch.setattr(pacing_rows, "code", lambda _policy: "other code")
    assert not again.has(SHIFT)


def test_a_new_row_takes_the_place_of_the_old_one() -> None:
    rows = RowFile(None)
    rows.add([row_of(SHIFT) | {"code": "old"}], HEAD)
    rows.add([row_of(SHIFT)], HEAD)
    assert len(rows.of([SHORT.name])) == 1
    assert rows.has(SHIFT)

"""The rows of the pacing benchmark: one for each scenario, policy and seed, kept while what made it stays the same."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bench.pacing_policies import POLICIES, Shift, code, pacer
from dialer.simulation.floor import run_shift
from dialer.simulation.score import score

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Row = dict[str, Any]
Key = tuple[str, str, int]
"""Scenario, policy and seed."""

_LEFT_OUT = ("mean_wait_s", "placed", "dropped", "machines_to_agents", "buckets")
"""Of the figures that the rows' readers do not need, or that are written in another way."""


def row_of(shift: Shift) -> Row:
    """Run the shift: its figures, and the marks of what made it."""
    made = run_shift(shift.scenario, pacer(shift.policy, shift.settings, shift.scenario), shift.seed)
    figures = score(made, shift.scenario, shift.u_mdp)
    values = {name: _short(value) for name, value in asdict(figures).items() if name not in _LEFT_OUT}
    calls = {"placed": figures.placed, "dropped": figures.dropped, "mean_wait_s": _short(figures.mean_wait_s)}
    tenths = [[_short(one.expected), _short(one.actual), one.live_answers] for one in figures.buckets]
    foretold = {"expected_actual_answers": tenths} if any(one.expected for one in figures.buckets) else {}
    which = {"scenario": shift.scenario.name, "pacing": shift.policy, "seed": shift.seed}
    return which | {"code": code(shift.policy), "made_of": shift.made_of} | values | calls | foretold


def _short(value: Any) -> Any:
    """Six digits that count are more than any of these figures has."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


class RowFile:
    """results/pacing.json or its like: what was measured, under what it was measured, and the rows."""

    def __init__(self, file: Path | None) -> None:
        """`file` None keeps the rows in memory alone."""
        self._file = file
        self.rows: dict[Key, Row] = {}
        self._read()

    def has(self, shift: Shift) -> bool:
        """Whether the shift was run already, by the same code and with the same settings."""
        row = self.rows.get((shift.scenario.name, shift.policy, shift.seed))
        return row is not None and (row["code"], row["made_of"]) == (code(shift.policy), shift.made_of)

    def add(self, rows: Iterable[Row], head: dict[str, Any]) -> None:
        """Put these rows in the place of older ones and write the file anew; `head` is what stands before the rows."""
        self._read()  # anew: another run may have written since
        self.rows |= {_key(row): row for row in rows}
        if self._file is not None:
            self._write(self._file, head)

    def of(self, scenarios: Iterable[str]) -> list[Row]:
        """The rows of these scenarios, in the order of scenarios, policies and seeds."""
        order = {name: place for place, name in enumerate(scenarios)}
        rows = [row for row in self.rows.values() if row["scenario"] in order and row["pacing"] in POLICIES]
        return sorted(rows, key=lambda row: (order[row["scenario"]], POLICIES.index(row["pacing"]), row["seed"]))

    def _read(self) -> None:
        if self._file is not None and self._file.exists():
            self.rows |= {_key(row): row for row in json.loads(self._file.read_text(encoding="utf-8"))["rows"]}

    def _write(self, file: Path, head: dict[str, Any]) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        begin = json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
        # A row on a line of its own: a file of one and a half thousand rows is to be read, searched and compared.
        lines = ",\n".join(f"  {json.dumps(row, ensure_ascii=False)}" for row in self.of(head["scenarios"]))
        beside = file.with_suffix(".new")
        beside.write_text(f'{begin},\n "rows": [\n{lines}\n ]\n}}\n', encoding="utf-8")
        beside.replace(file)


def _key(row: Row) -> Key:
    return row["scenario"], row["pacing"], row["seed"]

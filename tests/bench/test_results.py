"""What a benchmark leaves can be read again, and tells on what machine it was made."""

from __future__ import annotations

import json
import os
import platform
from typing import TYPE_CHECKING

import pytest

from bench import results
from bench.results import Figure, Result

if TYPE_CHECKING:
    from pathlib import Path

FIGURE = Figure("calls", "/s", 9.5, "a bare socket", 10.0, 0.95, "at least 0.9", met=True)


@pytest.fixture(autouse=True)
def _no_asterisk_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "asterisk_version", lambda: "22.10.1")


def test_a_result_holds_machine_parameters_repeats_and_figures(tmp_path: Path) -> None:
    path = Result("calls", "make bench-calls", {"rate": 10}, [{"turn": 1, "per_s": 9.5}], (FIGURE,)).write(tmp_path)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "calls.json"
    assert written["parameters"] == {"rate": 10}
    assert written["repeats"] == [{"turn": 1, "per_s": 9.5}]
    assert written["figures"][0]["ratio"] == 0.95
    assert written["machine"]["cores"] == os.cpu_count()
    assert written["machine"]["python"] == platform.python_version()
    assert written["machine"]["asterisk"] == "22.10.1"


def test_the_newest_run_stands_and_nothing_else_is_left(tmp_path: Path) -> None:
    for rate in (10, 20):
        Result("calls", "make bench-calls", {"rate": rate}, [], ()).write(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["calls.json"]
    assert json.loads((tmp_path / "calls.json").read_text(encoding="utf-8"))["parameters"] == {"rate": 20}

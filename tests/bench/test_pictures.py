"""Pictures of results are well-formed and show what the results say."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from bench import pictures
from bench.pacing_policies import POLICIES
from bench.pacing_scenarios import SMALL, STATIONARY
from tests.bench.test_pacing_table import BROKEN, result, row

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tenths: dict[str, Any] = {"expected_actual_answers": [[0.01, 0.02, 50], [0.05, 0.04, 50]]}
    rows = [row(one.name, policy, **tenths) for one in (*STATIONARY, *SMALL) for policy in POLICIES[:2]]
    rows.append(row(STATIONARY[0].name, "issabel", **BROKEN))
    (tmp_path / "pacing.json").write_text(json.dumps(result(*rows)), encoding="utf-8")
    monkeypatch.setattr(pictures, "RESULTS", tmp_path)


def _circles(svg: str, kind: str) -> int:
    found = ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}circle")  # noqa: S314 - our own
    return sum(kind in (element.get("class") or "") for element in found)


def test_occupancy_has_a_dot_for_each_policy_and_cell_hollow_where_a_limit_was_broken() -> None:
    assert _circles(pictures.occupancy(), "dot") == 2 * len(STATIONARY)
    assert _circles(pictures.occupancy(), "ring") == 1


def test_calibration_keeps_every_answer() -> None:
    assert 2 <= _circles(pictures.calibration(), "dot") <= 12


def test_pooling_shows_the_optimum_and_the_simulated_teams() -> None:
    assert _circles(pictures.pooling(), "ring") == 7
    assert _circles(pictures.pooling(), "dot") == 5


def test_the_appetite_is_drawn_from_the_shipped_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    before = pictures.appetite()
    ET.fromstring(before)  # noqa: S314 - our own
    monkeypatch.setattr("dialer.core.budget._MOST", 1.0)
    assert pictures.appetite() != before


def test_the_look_ahead_is_of_an_instant_with_calls_ringing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_AT_S", 60.0)
    monkeypatch.setattr(pictures, "_WITHIN_H", 0.1)
    monkeypatch.setattr(pictures, "_RINGING", 4)
    monkeypatch.setattr(pictures, "_FEW_FREE", 30)
    assert "One instant: " in pictures.lookahead()

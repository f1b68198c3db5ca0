"""The tables say what the rows say: a broken limit shows, means are of the right kind, and pages are up to date."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from bench.pacing_policies import POLICIES
from bench.pacing_table import (
    WORDS,
    footing,
    overall,
    overall_markdown,
    overall_table,
    scenario_table,
    scenarios_markdown,
)
from bench.table import DOCS, PAGES, README, markers, pacing_tables, with_table

if TYPE_CHECKING:
    from pathlib import Path

MACHINE = {"ended_at": "2026-11-22T01:02:03+00:00", "cores": 2, "processor": "P", "python": "3.11"}


def row(scenario: str = "s", pacing: str = "predictive", /, seed: int = 1, **changes: Any) -> dict[str, Any]:
    made = {
        "utilisation": 0.9,
        "live_answers": 100,
        "abandoned": 2,
        "abandonment": 0.02,
        "worst_quarter": 0.05,
        "violated": False,
        "eir": 0.8,
        "score": 0.8,
        "answers_per_dial": 0.3,
        "dials_per_agent_hour": 80.0,
        "mean_wait_s": 10.0,
        "p95_wait_s": 30.0,
        "decision_mean_ms": 0.5,
        "decision_p99_ms": 2.0,
        "code": "c",
    }
    return {"scenario": scenario, "pacing": pacing, "seed": seed} | made | changes


def result(*rows: dict[str, Any], seeds: int = 1) -> dict[str, Any]:
    names = dict.fromkeys(one["scenario"] for one in rows)
    return {
        "machine": MACHINE,
        "parameters": {"hours": 4.0, "seeds": list(range(1, seeds + 1))},
        "scenarios": {name: {"u_mdp": 0.88} for name in names},
        "rows": list(rows),
    }


BROKEN: dict[str, Any] = {"violated": True, "score": 5.0, "abandonment": 0.031, "worst_quarter": None}


def test_over_scenarios_means_are_geometric_and_over_shifts_plain() -> None:
    (one,) = overall([row(), row(seed=2, eir=1.2, **BROKEN), row("t", eir=0.5, score=0.5)])
    assert one.score == pytest.approx(((0.8 + 5) / 2 * 0.5) ** 0.5)
    assert one.eir == pytest.approx((1.0 * 0.5) ** 0.5)
    assert (one.scenarios, one.shifts, one.broke) == (2, 3, 1)
    assert (one.worst_abandonment, one.worst_quarter) == (0.031, 0.05)


def test_a_line_for_each_policy_in_every_language() -> None:
    found = result(*(row("s", policy) for policy in POLICIES))
    for language, (names, columns, _) in WORDS.items():
        lines = overall_markdown(found, language).splitlines()
        assert [line.split(" | ")[0].removeprefix("| ") for line in lines[2:]] == [names[one] for one in POLICIES]
        assert {line.count("|") for line in lines} == {len(columns) + 1}


def test_a_scenario_shows_ours_in_full_and_strikes_out_who_broke_a_limit() -> None:
    rival = row("s", "issabel", eir=0.7, **BROKEN)
    line = scenarios_markdown(result(row(), rival)).splitlines()[2]
    assert line.startswith("| s | 88.0% | 90.0% | 2.00% | 2.00% | 5.0% | 0.300 | 0.80 |")
    assert "~~0.70~~ (1)" in line


def test_what_is_missing_or_of_several_pieces_is_said() -> None:
    whole = result(*(row("s", policy) for policy in POLICIES))
    assert "**" not in footing(whole)
    assert f"1 of {len(POLICIES)} shifts" in footing(result(row()))
    assert "several versions" in footing(result(row(), row(seed=2, code="d"), seeds=2))


def test_the_terminal_shows_every_policy() -> None:
    rows = [row("s", policy) for policy in POLICIES] + [row("t", worst_quarter=None)]
    console = Console(width=140, record=True, file=io.StringIO())
    console.print(scenario_table("s", 0.88, rows[:-1]), overall_table(overall(rows)))
    shown = console.export_text()
    assert all(shown.count(policy) >= 2 for policy in POLICIES)
    assert "88.0%" in shown


def test_tables_are_made_of_what_was_run(tmp_path: Path) -> None:
    assert pacing_tables(tmp_path) == {}
    (tmp_path / "pacing.json").write_text(json.dumps(result(row())), encoding="utf-8")
    assert list(pacing_tables(tmp_path)) == ["pacing"]
    assert "U_MDP" in pacing_tables(tmp_path)["pacing"]
    assert "U_MDP" not in pacing_tables(tmp_path, "zh")["pacing"]


@pytest.mark.parametrize("page", [README, *(DOCS / page for page in PAGES)], ids=lambda page: page.name)
def test_our_pages_have_room_for_the_tables_and_show_what_is_kept(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    made = pacing_tables(language=PAGES.get(page.name))
    for name in ("pacing", "aside"):
        opening, closing = markers(name)
        inside = re.escape(opening) + "\n(.*?)\n" + re.escape(closing)
        (shown,) = re.findall(inside, text, re.DOTALL)
        assert shown == made.get(name, shown)
        assert with_table(text, shown, name) == text

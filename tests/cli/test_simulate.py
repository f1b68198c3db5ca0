from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .conftest import Operator

SHORT = 'name = "short"\nagents = 6\nhours = 0.1\nanswers.p = 0.4\n'


def test_shifts_are_run_and_told_in_a_table(operator: Operator) -> None:
    said = operator.does("simulate", operator.writes("s.toml", SHORT), "--pacing", "progressive", "--seeds", "1")
    assert "short: 1 x 0.1 h" in said
    assert "utilisation" in said
    assert "progressive" in said
    assert "0 of 1" in said


def test_pacings_are_compared_on_the_same_seeds(operator: Operator) -> None:
    file = operator.writes("s.toml", SHORT)
    told = operator.reads("simulate", file, "--pacing", "progressive", "--pacing", "ratio", "--seeds", "2")
    assert [(row["pacing"], row["seed"]) for row in told["shifts"]] == [
        ("progressive", 1),
        ("progressive", 2),
        ("ratio", 1),
        ("ratio", 2),
    ]
    careful, bold = told["summaries"]
    assert (careful["shifts"], careful["abandonment"]) == (2, 0)
    assert bold["utilisation"] > careful["utilisation"]


def test_a_scenario_that_comes_with_ringpace_is_known_by_its_name_and_may_be_shorter(operator: Operator) -> None:
    told = operator.reads("simulate", "small-team", "--hours", "0.05", "--pacing", "progressive", "--seeds", "1")
    assert told["scenario"] == "small-team"
    assert told["shifts"][0]["placed"] < 100


def test_a_chart_is_drawn_where_it_is_asked_for(operator: Operator) -> None:
    chart = operator.folder / "chart.html"
    file = operator.writes("s.toml", SHORT)
    said = operator.does("simulate", file, "--pacing", "progressive", "--seeds", "1", "--chart", str(chart))
    assert str(chart) in said
    assert "<svg" in chart.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["ghost"], "give a TOML file, or one of"),
        (["standard", "--pacing", "reckless", "--seeds", "1"], "reckless"),
        (["standard", "--hours", "-1"], "hours"),
        (["standard", "--hours", "0.01", "--seeds", "1", "--pacing", "progressive", "--chart", "/"], "--chart"),
    ],
)
def test_what_cannot_be_simulated_is_refused_in_words(operator: Operator, words: list[str], error: str) -> None:
    assert error in operator.is_told("simulate", *words)

"""The figures and the table say what was told, and what was not run is left out."""

from __future__ import annotations

from typing import Any

from bench.numberstate_cases import KNOWN, MUSIC, TEXT
from bench.numberstate_table import figures, markdown, rows, terminal
from bench.table import README, numberstate_tables, with_table

COSTS = {"heard_s": 100.0, "processor_share": 0.002, "fft_share": 0.0005, "ratio": 4.0}


def row(kind: str, truth: str, told: dict[str, int], dead_wrong: int = 0, within: int = 0) -> dict[str, Any]:
    calls = sum(told.values())
    after_s = [2.0, 2.5, 4.0] if kind == KNOWN else []
    since_s = [0.5, 0.6, 1.0] if kind == KNOWN else []
    times = {"after_s": after_s, "since_telling_syllable_s": since_s}
    ends = {"after_median_s": 2.5 if after_s else None, "after_p98_s": 4.0 if after_s else None}
    counts = {"calls": calls, "told": told, "right_within_3_s": within, "dead_wrong": dead_wrong}
    return {"set": kind, "truth": truth, **counts, **times, **ends}


REPEATS = [
    row(KNOWN, "OFF", {"OFF": 3, "UNKNOWN": 1}, within=2),
    row(TEXT, "UNKNOWN", {"UNKNOWN": 2, "BUSY": 1}, dead_wrong=1),
    row(MUSIC, "RINGING", {"UNKNOWN": 5}),
]


def test_each_aim_is_met_or_missed_by_what_was_told() -> None:
    made = {one.what: one for one in figures(REPEATS, COSTS)}
    within = made["known announcements told right within 3 s of their start"]
    assert (within.median, within.met) == (50, False)
    assert made["ring-backs and persons taken for dead, of 5"].met is True
    assert made["announcements that the library lacks, taken for another, of 3"].met is False
    assert made["known announcements taken for another state, of 4"].met is True
    cost = made["processor time for a minute of early media"]
    assert (cost.median, cost.beside_median, cost.ratio) == (120, 30, 4.0)
    assert (made["cores for 200 ears at once"].median, made["cores for 200 ears at once"].met) == (0.4, True)


def test_what_was_not_run_is_not_told() -> None:
    assert [one.what for one in figures([], COSTS)] == [
        "processor time for a minute of early media",
        "cores for 200 ears at once",
    ]


def test_the_table_has_a_column_for_each_state_told_and_the_harmless_last() -> None:
    columns, lines = rows(REPEATS)
    assert columns == ["heard", "means", "calls", "BUSY", "OFF", "UNKNOWN", "p50", "p98"]
    assert lines[0] == [KNOWN, "OFF", "4", "", "3", "1", "2.5 s", "4.0 s"]
    assert lines[1] == [TEXT, "", "3", "1", "", "2", "", ""]


def test_our_readme_has_room_for_it_and_shows_the_result_that_is_kept() -> None:
    readme = README.read_text(encoding="utf-8")
    for name, made in numberstate_tables().items():
        assert with_table(readme, made, name) == readme
    assert with_table(readme, "new", "numberstate") != readme


def test_the_markdown_has_a_line_for_each_set_and_meaning() -> None:
    lines = markdown({"repeats": REPEATS}).splitlines()
    assert lines[1] == "|---|---|---:|---:|---:|---:|---:|---:|"
    assert lines[2] == f"| {KNOWN} | OFF | 4 |  | 3 | 1 | 2.5 s | 4.0 s |"
    assert len(lines) == 5
    told, said = terminal(REPEATS, list(figures(REPEATS, COSTS)))
    assert (told.row_count, said.row_count > 5) == (3, True)

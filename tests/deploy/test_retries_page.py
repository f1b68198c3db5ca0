"""The operator's page on retries shows the rules as they are in the code."""

from __future__ import annotations

from dialer.core.best_hour import REACH, WORTH_AFTER_A_DAY
from dialer.core.chances import KNOWS_FROM
from dialer.core.plan import DEFAULT_RETRIES, RetryRule
from tests.deploy.paths import DEPLOY

PAGE = (DEPLOY.parent / "docs/retries.md").read_text(encoding="utf-8")


def told(seconds: float) -> str:
    if seconds >= 3600:
        return f"{seconds / 3600:g} h"
    return f"{seconds:g} s" if 0 < seconds < 60 else f"{seconds / 60:g} min"


def row(rule: RetryRule) -> list[str]:
    flags = (rule.other_part_of_day, rule.best_hour, rule.next_number, rule.number_is_dead)
    times = told(rule.delay_s), str(rule.maximum), told(rule.floor_s)
    return [*times, *("yes" if flag else "" for flag in flags)]


def test_the_table_is_that_of_the_code() -> None:
    rows = {cells[1]: cells[2:-1] for line in PAGE.splitlines() if len(cells := _cells(line)) == 10}
    assert {outcome.value: row(rule) for outcome, rule in DEFAULT_RETRIES.items()} == {
        name: cells for name, cells in rows.items() if name.isupper()
    }


def test_its_figures_are_those_of_the_code() -> None:
    assert (REACH.days, KNOWS_FROM, round(1 - WORTH_AFTER_A_DAY, 3)) == (3, 100, 0.05)
    for words in ("next three days", "a hundred calls", "5 % less"):
        assert words in " ".join(PAGE.split())


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.split("|")]

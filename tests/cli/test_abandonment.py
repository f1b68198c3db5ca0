from __future__ import annotations

import asyncio
import csv
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.model import Attempt, Outcome
from dialer.record.record import Record
from tests.fakes.centre import CALLER_ID
from tests.fakes.virtual_time import MIDMORNING

from .conftest import _WIDE

if TYPE_CHECKING:
    from .conftest import Operator

SECOND = timedelta(seconds=1)
LATELY = MIDMORNING - timedelta(hours=2)
WINDOWS = """
[law]
machine_false_share = 0.5
[[law.abandonment]]
name = "24h"
kind = "rolling"
hours = 24
limit = 0.05
[[law.abandonment]]
name = "house"
kind = "rolling"
hours = 720
limit = 0.9
per = "all"
"""
IN_TIME: dict[str, Any] = {"outcome": Outcome.ANSWERED, "bridged_at": LATELY + SECOND}
LATE: dict[str, Any] = {"outcome": Outcome.ANSWERED, "bridged_at": LATELY + 2.5 * SECOND}
ABANDONED: dict[str, Any] = {"outcome": Outcome.ABANDONED, "message_at": LATELY + 2 * SECOND}
MACHINE: dict[str, Any] = {"outcome": Outcome.MACHINE}


async def _calls(operator: Operator) -> None:
    """Ten answers: two abandoned in autumn, and two calls taken for machines; one more abandoned in winter."""
    async with Record(f"sqlite:///{operator.folder}/record.db") as record:
        calls = [(1, values) for values in (LATE, ABANDONED, MACHINE, MACHINE, *[IN_TIME] * 8)] + [(2, ABANDONED)]
        for row, (campaign_id, values) in enumerate(calls):
            lead_id = 1 if campaign_id == 1 else 3
            lead = (await record.leads.facts(lead_id, LATELY)).lead
            number = lead.numbers[0]
            ids = (f"a{row:02}", campaign_id, lead_id, number.number_id, number.e164, lead.person, lead.name)
            await record.attempts.claim([Attempt(*ids, "carrier", CALLER_ID, LATELY - SECOND)], "node1")
            ended = {"answered_at": LATELY, "ended_at": LATELY + 30 * SECOND}
            await record.attempts.update(f"a{row:02}", **ended, **values)


@pytest.fixture(autouse=True)
def _two_campaigns(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.cli.abandonment.now", lambda: MIDMORNING)
    file = operator.folder / "ringpace.toml"
    file.write_text(file.read_text("utf-8") + WINDOWS, "utf-8")
    for name in ("autumn", "winter"):
        operator.has_campaign(name)
        operator.has_leads(name)
    asyncio.run(_calls(operator))


def test_each_window_shows_its_rate_with_bounds_and_what_it_can_bear(operator: Operator) -> None:
    day, house = operator.reads("abandonment", "autumn")["windows"]
    assert (day["name"], day["live_answers"], day["abandoned"], day["taken_for_machines"]) == ("24h", 10, 2, 2)
    assert (day["estimated_false"], day["rate"]) == (1.0, pytest.approx(3 / 11))
    assert day["lower_bound"] < day["rate"] < day["upper_bound"]
    assert (day["within"], day["slack"], day["limit"]) == (False, -3, 0.05)
    assert day["worst_quarter"]["over_limit"]
    assert (house["per"], house["live_answers"], house["abandoned"], house["within"]) == ("ALL", 11, 3, True)
    assert house["slack"] == 6


def test_people_see_it_at_a_glance(operator: Operator) -> None:
    printed = operator.does("abandonment", "1")
    day, house = (line for line in printed.splitlines() if line.startswith(("24h ", "house ")))
    assert "27.27%" in day
    assert "3 too many" in day
    assert "████████|████████" in day  # far over the limit in its middle
    assert "6 more" in house
    assert "███░░░  |" in house  # a third of the limit, surely below it
    assert "1.0 of 2 calls taken for machines count as persons" in printed


def test_the_evidence_names_each_call_with_its_delay_and_a_masked_number(operator: Operator) -> None:
    printed = operator.does("abandonment", "autumn", "--evidence")
    late, abandoned = (line for line in printed.splitlines() if line.startswith("a0"))
    assert "2.500 s" in late
    assert "too late" in late
    assert "2.000 s" in abandoned
    assert "nobody came" in abandoned
    assert "138****0001" in late
    assert "13800000001" not in printed
    assert "2 abandoned; 2 more were taken for machines" in printed
    rows = operator.reads("abandonment", "autumn", "--evidence")["evidence"]
    assert [(row["attempt_id"], row["fate"], row["counts_as"]) for row in rows] == [
        ("a00", "TOO_LATE", 1),
        ("a01", "NOBODY_CAME", 1),
        ("a02", "TAKEN_FOR_A_MACHINE", 0.5),
        ("a03", "TAKEN_FOR_A_MACHINE", 0.5),
    ]
    assert "evidence" not in operator.reads("abandonment", "autumn")


def test_one_window_alone_has_its_own_evidence(operator: Operator) -> None:
    shown = operator.reads("abandonment", "autumn", "--window", "house", "--evidence")
    assert [window["name"] for window in shown["windows"]] == ["house"]
    assert [row["attempt_id"] for row in shown["evidence"]] == ["a00", "a01", "a02", "a03", "a12"]


def test_evidence_in_a_file_is_whole_and_adds_up_to_the_count(operator: Operator) -> None:
    file = operator.folder / "evidence.csv"
    assert "4 calls written" in operator.does("abandonment", "autumn", "--csv", str(file))
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    (day, _house) = operator.reads("abandonment", "autumn")["windows"]
    assert sum(float(row["counts_as"]) for row in rows) == day["abandoned"] + day["estimated_false"]
    assert {row["number"] for row in rows} == {"138****0001"}
    assert rows[0]["bridged_at"] == (LATELY + 2.5 * SECOND).isoformat(timespec="milliseconds")


def test_full_numbers_leave_a_line_in_the_audit_and_are_no_formula(operator: Operator) -> None:
    file = operator.folder / "evidence.csv"
    operator.does("abandonment", "autumn", "--csv", str(file), "--full-numbers")
    assert "'+8613800000001" in file.read_text("utf-8")

    async def audit() -> list[str]:
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            return [line.what for line in await record.audit.latest()]

    assert "abandonment evidence with full numbers" in asyncio.run(audit())


def test_a_campaign_that_nobody_answered_yet_is_shown_empty(operator: Operator) -> None:
    operator.has_campaign("spring")
    shown = operator.reads("abandonment", "spring", "--window", "24h")["windows"][0]
    assert (shown["live_answers"], shown["rate"], shown["within"], shown["worst_quarter"]) == (0, 0, True, None)
    assert "0 more" in operator.does("abandonment", "spring", "--evidence", "--csv", str(operator.folder / "none.csv"))


def test_what_is_not_there_is_an_error_that_says_what_is(operator: Operator) -> None:
    assert "ghost" in operator.is_told("abandonment", "ghost")
    assert "24h, house" in operator.is_told("abandonment", "autumn", "--window", "fortnight")
    assert "--csv" in operator.is_told("abandonment", "autumn", "--csv", str(operator.folder / "no" / "where.csv"))


def test_a_window_that_makes_no_sense_is_refused_by_its_key(operator: Operator) -> None:
    file = operator.folder / "ringpace.toml"
    good = file.read_text("utf-8")
    for wrong, right, told in (
        ('kind = "rolling"', "kind = 3", "law.abandonment.0.kind"),
        ('name = "house"', 'name = "24h"', "two windows are named 24h"),
        ("machine_false_share = 0.5", "machine_false_share = nan", "law.machine_false_share"),
    ):
        file.write_text(good.replace(wrong, right, 1), "utf-8")
        assert told in operator.is_told("abandonment", "autumn")


def test_a_narrow_terminal_cuts_no_bar(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_WIDE, "COLUMNS", "80")
    assert "████████|████████" in operator.does("abandonment", "autumn")

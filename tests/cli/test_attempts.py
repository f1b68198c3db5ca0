from __future__ import annotations

import asyncio
import csv
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Attempt, NumberState, Outcome
from dialer.record.record import Record
from tests.fakes.centre import CALLER_ID
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from datetime import datetime

    from .conftest import Operator

LEADS = 'name,phone,note\n王小明,13800000001,"say ""hello"""\n'


async def _call(operator: Operator, attempt_id: str, outcome: Outcome | None, at: datetime = MIDMORNING) -> None:
    async with Record(f"sqlite:///{operator.folder}/record.db") as record:
        lead = (await record.leads.facts(1, MIDMORNING)).lead
        number = lead.numbers[0]
        attempt = Attempt(
            attempt_id=attempt_id,
            campaign_id=1,
            lead_id=1,
            number_id=number.number_id,
            e164=number.e164,
            person=lead.person,
            name=lead.name,
            trunk="carrier",
            caller_id=CALLER_ID,
            queued_at=at,
        )
        assert await record.attempts.claim([attempt], "node1")
        ended = {} if outcome is None else {"ended_at": at + timedelta(seconds=20), "outcome": outcome}
        heard = {"number_state": NumberState.BUSY, "state_confidence": 0.97, "heard": "busy tone", "detail": "heard it"}
        await record.attempts.update(attempt_id, sent_at=at, **ended, **heard)


@pytest.fixture(autouse=True)
def _a_call(operator: Operator) -> None:
    operator.has_campaign()
    operator.has_leads(text=LEADS)
    asyncio.run(_call(operator, "a1", Outcome.BUSY))


def test_every_attempt_is_exported_a_line_each_with_masked_numbers(operator: Operator) -> None:
    (line,) = operator.does("attempts", "export").splitlines()
    row = json.loads(line)
    assert (row["attempt_id"], row["campaign"], row["outcome"]) == ("a1", "autumn", "BUSY")
    assert row["sent_at"] == "2026-11-23T02:30:00.000+00:00"
    assert row["number"] == "138****0001"
    assert "13800000001" not in line


def test_the_newest_are_listed_with_what_was_heard_in_words(operator: Operator) -> None:
    printed = " ".join(operator.does("attempts", "list", "--campaign", "autumn").split())
    assert "13800000001" not in printed
    for said in ("a1", "138****0001", "BUSY", "97%", "heard it"):
        assert said in printed
    (row,) = operator.reads("attempts", "list", "--limit", "1")
    assert (row["number_state"], row["heard"], row["number"]) == ("BUSY", "busy tone", "138****0001")
    assert operator.reads("leads", "why", "1")["last_call"] == "2026-11-23 02:30:00 UTC, BUSY: heard it"


def test_full_numbers_leave_a_line_in_the_audit(operator: Operator) -> None:
    assert "+8613800000001" in operator.does("attempts", "export", "--full-numbers", "--campaign", "autumn")

    async def audit() -> list[str]:
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            return [line.what for line in await record.audit.latest()]

    assert "export with full numbers" in asyncio.run(audit())


def test_the_csv_has_a_header_and_no_cell_that_a_spreadsheet_would_run(operator: Operator) -> None:
    printed = operator.does("attempts", "export", "--format", "csv", "--full-numbers")
    header, row = csv.reader(printed.splitlines())
    cells = dict(zip(header, row, strict=True))
    assert cells["number"] == "'+8613800000001"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


def test_a_report_without_a_broken_promise_exits_with_0(operator: Operator) -> None:
    assert "BUSY 1" in operator.does("report")
    made = operator.reads("report", "--campaign", "autumn")
    assert (made["attempts"], made["outcomes"], made["invariants_broken"]) == (1, {"BUSY": 1}, [])


def test_a_report_with_a_broken_promise_names_it_and_exits_with_1(operator: Operator) -> None:
    asyncio.run(_call(operator, "a2", Outcome.BUSY))  # at the same time as a1, to the same number
    result = operator.types("report", "--json")
    assert result.exit_code == 1
    assert any("a1 and a2 rang one number" in finding for finding in json.loads(result.stdout)["invariants_broken"])


def test_a_call_that_is_on_breaks_no_promise_yet(operator: Operator) -> None:
    asyncio.run(_call(operator, "a2", None, at=MIDMORNING + timedelta(minutes=5)))
    made = operator.reads("report")
    assert (made["attempts"], made["invariants_broken"]) == (2, [])


def test_an_unknown_campaign_is_an_error(operator: Operator) -> None:
    assert "ghost" in operator.is_told("report", "--campaign", "ghost")
    assert "ghost" in operator.is_told("attempts", "export", "--campaign", "ghost")

from __future__ import annotations

import asyncio
import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from dialer.cli.quality import read_since
from dialer.core.errors import InputError
from dialer.core.model import Disposition, Outcome
from dialer.record.record import Record
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    from .conftest import Operator

SHANGHAI = ZoneInfo("Asia/Shanghai")
AT = datetime.now(UTC) - timedelta(hours=2)
BAND = "[answer_band]\nlower = 0.35\nupper = 0.5"


async def _work(operator: Operator) -> None:
    """Two lists of a hundred: one is mostly invalid, of the other two fifths answer."""
    async with Record(f"sqlite:///{operator.folder}/record.db") as record:
        campaign = await record.campaigns.get("autumn")
        for name, first, dead, answered in (("good", 0, 5, 40), ("bad", 500, 80, 5)):
            leads = await import_list(record, campaign, name, [f"+86138{first + n:08}" for n in range(100)], AT)
            agreed = Made(AT, Outcome.ANSWERED, 40.0, disposition=Disposition.AGREED, agent_id="agent1")
            made = [Made(AT, Outcome.INVALID, rang_s=1.0, sip_code=404)] * dead + [agreed] * answered
            made += [Made(AT, Outcome.NO_ANSWER)] * (100 - dead - answered)
            await call(record, campaign, list(zip(leads, made, strict=True)), prefix=name)


@pytest.fixture(autouse=True)
def _worked(operator: Operator) -> None:
    operator.has_campaign(more=BAND)
    asyncio.run(_work(operator))


def test_the_report_names_the_bad_list_and_what_to_do(operator: Operator) -> None:
    printed = operator.does("report", "--quality", "--campaign", "autumn")
    assert "35.0% to 50.0%: BELOW" in printed
    assert "BAD_LIST: list 'bad' (2): 80 of 100 calls met dead numbers, 80.0%; of the rest 5.0%" in printed
    assert "FEEDBACK_FILE" in printed
    assert "not measured: the record has no orders" in printed
    assert "INVALID 85" in printed


@pytest.mark.parametrize("by", ["list", "agent", "day", "hour", "prefix", "segment", "trunk", "caller_id"])
def test_the_table_is_by_what_is_asked_for(operator: Operator, by: str) -> None:
    made = operator.reads("report", "--quality", "--campaign", "1", "--by", by)
    assert made["by"] == by
    assert sum(group["answered"] for group in made["groups"]) == 45
    assert operator.does("report", "--quality", "--by", by)


def test_without_a_campaign_all_are_told(operator: Operator) -> None:
    operator.has_campaign("winter")
    assert [made["campaign"] for made in operator.reads("report", "--quality")] == ["autumn", "winter"]
    assert [made["position"] for made in operator.reads("report", "--quality")] == ["BELOW", "UNSET"]


def test_a_report_can_begin_at_a_date(operator: Operator) -> None:
    assert operator.reads("report", "--quality", "--campaign", "1", "--since", "2099-01-01")["calls"]["attempts"] == 0
    assert "since: 'soon' is no date" in operator.is_told("report", "--quality", "--since", "soon")
    assert operator.types("report", "--since", "2026-11-20").exit_code == 2


def test_the_feedback_list_is_written_and_leaves_a_line_in_the_audit(operator: Operator) -> None:
    file = operator.folder / "back.csv"
    assert "85 numbers written" in operator.does("leads", "feedback", "--campaign", "autumn", "-o", str(file))
    rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
    assert {row["list"] for row in rows} == {"good", "bad"}
    assert rows[0]["number"] == "'+8613800000000"
    assert {(row["state"], row["times"], row["by"]) for row in rows} == {("INVALID", "1", "SIP 404")}

    async def audit() -> list[str]:
        async with Record(f"sqlite:///{operator.folder}/record.db") as record:
            return [line.what for line in await record.audit.latest()]

    assert "feedback with full numbers" in asyncio.run(audit())


def test_the_feedback_list_may_be_of_one_source(operator: Operator) -> None:
    words = ("leads", "feedback", "--campaign", "autumn", "-o", str(operator.folder / "back.csv"), "--source")
    assert "80 numbers written" in operator.does(*words, "bad")
    assert "80 numbers written" in operator.does(*words, "bad.csv")
    assert "0 numbers written" in operator.does(*words, "2", "--since", "2099-01-01")
    assert "there is no list 'ghost' in this campaign; there are: 'good', 'bad'" in operator.is_told(*words, "ghost")


def test_a_date_is_local_to_the_campaign() -> None:
    assert read_since("2026-11-20", SHANGHAI) == datetime(2026, 11, 19, 16, tzinfo=UTC)
    assert read_since("2026-11-20T10:00", SHANGHAI) == datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert read_since("2026-11-20T10:00+00:00", SHANGHAI) == datetime(2026, 11, 20, 10, tzinfo=UTC)
    assert read_since(None, SHANGHAI) is None
    for text in ("20.11.2026", "", "0001-01-01"):
        with pytest.raises(InputError, match="since: "):
            read_since(text, SHANGHAI)

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.call import WITHDRAWN
from dialer.core.model import Attempt, FloorView, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.record.decisions import DecisionRow
from dialer.record.record import Record
from tests.fakes.centre import CALLER_ID
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from .conftest import Operator

SECOND = timedelta(seconds=1)
LATELY = MIDMORNING - timedelta(hours=2)
ANSWERED: dict[str, Any] = {"outcome": Outcome.ANSWERED, "answered_at": LATELY, "bridged_at": LATELY + SECOND}
ABANDONED: dict[str, Any] = {"outcome": Outcome.ABANDONED, "answered_at": LATELY, "message_at": LATELY + 2 * SECOND}
LATE: dict[str, Any] = {"outcome": Outcome.NO_ANSWER, "detail": WITHDRAWN}
REASON = "8 ring, 1 free: one more would risk 2.7% of 2.3%"


async def _calls(operator: Operator) -> None:
    """Twenty calls under one decision that expected 4 %: one was abandoned, two were withdrawn."""
    async with Record(f"sqlite:///{operator.folder}/record.db") as record:
        made = Decision(LATELY, 20, PacingMode.PREDICTIVE, REASON, 0.04)
        await record.decisions.add(DecisionRow("d1", 1, FloorView(1, 0, 0, 0, 0, 8, 0), made))
        lead = (await record.leads.facts(1, LATELY)).lead
        number = lead.numbers[0]
        for row, values in enumerate([ABANDONED, LATE, LATE, *[ANSWERED] * 17]):
            ids = (f"a{row:02}", 1, 1, number.number_id, number.e164, lead.person, lead.name)
            await record.attempts.claim([Attempt(*ids, "carrier", CALLER_ID, LATELY, decision_id="d1")], "node1")
            await record.attempts.update(f"a{row:02}", sent_at=LATELY, ended_at=LATELY + 30 * SECOND, **values)


@pytest.fixture
def dialled(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator whose campaign has dialled."""
    monkeypatch.setattr("dialer.cli.pacing.now", lambda: MIDMORNING)
    operator.has_campaign(more='[pacing]\nmode = "predictive"')
    operator.has_leads()
    asyncio.run(_calls(operator))
    return operator


def test_without_a_change_the_pacing_is_shown_in_words(dialled: Operator) -> None:
    shown = dialled.does("campaign", "pacing", "autumn")
    assert "autumn: PREDICTIVE, PAUSED; target 3.0%" in shown
    assert f"last decision: {REASON} (at 2026-11-23 00:30:00 UTC)" in shown
    assert "last day: 20 calls, 18 answered, 2 withdrawn while they rang" in shown
    day, month, *_ = [line.split() for line in shown.splitlines() if line.startswith(("24h", "30d"))]
    assert day[1:4] == month[1:4] == ["18", "1", "5.56%"]
    calibrated = next(line.split() for line in shown.splitlines() if line.startswith("all"))
    assert calibrated[:4] == ["all", "18", "4.00%", "5.56%"]
    assert calibrated[-1] == "yes"


def test_the_same_for_machines(dialled: Operator) -> None:
    shown = dialled.reads("campaign", "pacing", "autumn")
    assert shown["calls"] == {"sent": 20, "answered": 18, "withdrawn": 2}
    assert shown["pacing"]["mode"] == "PREDICTIVE"
    assert [window["name"] for window in shown["windows"]] == ["24h", "30d"]
    assert shown["windows"][0]["lower_bound"] < 1 / 18 < shown["windows"][0]["upper_bound"]
    assert shown["calibration"]["all"]["expected"] == pytest.approx(0.04)
    assert [part["live_answers"] for part in shown["calibration"]["tenths"]] == [18]


def test_a_campaign_that_never_dialled_has_nothing_to_show(operator: Operator) -> None:
    operator.has_campaign()
    assert "last decision: none yet" in operator.does("campaign", "pacing", "autumn")
    shown = operator.reads("campaign", "pacing", "autumn")
    assert (shown["decision"], shown["calibration"]) == (None, None)
    assert "ghost" in operator.is_told("campaign", "pacing", "ghost")


def test_the_running_loops_own_decision_is_newer_than_the_records(
    dialled: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def running(_method: str, _path: str) -> list[dict[str, object]]:
        return [{"campaign_id": 7, "decision": "another's"}, {"campaign_id": 1, "decision": "4 ring, 0 free"}]

    monkeypatch.setattr("dialer.cli.pacing.ask_service", running)
    assert dialled.reads("campaign", "pacing", "1")["decision"] == "4 ring, 0 free"


def test_predictive_mode_and_late_cancel_are_set_like_any_other_key(operator: Operator) -> None:
    operator.has_campaign()
    operator.does(
        "campaign", "pacing", "autumn", "--mode", "predictive", "--no-late-cancel", "--max-abandonment", "0.02"
    )
    pacing = operator.reads("campaign", "list")[0]["plan"]["pacing"]
    assert (pacing["mode"], pacing["late_cancel"], pacing["max_abandonment"]) == ("PREDICTIVE", False, 0.02)
    assert "max_abandonment" in operator.is_told("campaign", "pacing", "autumn", "--max-abandonment", "0.5")

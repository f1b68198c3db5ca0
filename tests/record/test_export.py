from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.core.model import FloorView, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.record import export as export_module
from dialer.record.decisions import DecisionRow
from dialer.record.recordings import Measured

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    import pytest

    from .world import World


async def test_a_row_has_all_that_belongs_to_an_attempt(world: World) -> None:
    record = world.record
    campaign = await world.campaign("秋季")
    (lead,) = await world.leads(campaign, a_row(1, "+8613800138000", key="+8613800138000", person="+8613800138000"))
    decision = Decision(NOW, 3, PacingMode.PROGRESSIVE, "3 free, 0 pending", 0.01)
    because = DecisionRow("d1", campaign.campaign_id, FloorView(3, 0, 0, 0, 0, 0, 0), decision)
    await record.attempts.claim([replace(world.attempt(lead, attempt_id="a1"), decision_id="d1")], "node1", because)
    moment = NOW + timedelta(milliseconds=250)
    await record.attempts.update("a1", sent_at=NOW, answered_at=moment, ended_at=moment, outcome=Outcome.ANSWERED)
    await record.recordings.stored("a1", "c/a1.wav", Measured(4.5, 144_044, "ab", -20.5, None), NOW)
    (row,) = [row async for row in record.attempts.export(campaign.campaign_id)]
    row = json.loads(json.dumps(row, allow_nan=False))
    expected = {
        "attempt_id": "a1",
        "campaign": "秋季",
        "lead_key": "138****8000",
        "lead_name": "王小明1",
        "person": "138****8000",
        "number": "138****8000",
        "queued_at": "2026-11-23T02:30:00.000+00:00",
        "answered_at": "2026-11-23T02:30:00.250+00:00",
        "bridged_at": None,
        "outcome": "ANSWERED",
        "disposition": None,
        "recording_state": "STORED",
        "recording_duration_s": 4.5,
        "recording_level_right_dbfs": None,
        "decision_mode": "PROGRESSIVE",
        "decision_reason": "3 free, 0 pending",
    }
    assert {name: row[name] for name in expected} == expected
    assert "+8613800138000" not in json.dumps(row)
    (full,) = [row async for row in record.attempts.export(full_numbers=True)]
    assert (full["number"], full["lead_key"], full["person"]) == ("+8613800138000",) * 3


async def test_an_attempt_without_recording_or_decision_has_the_same_columns(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await world.record.attempts.claim([world.attempt(lead)], "node1")
    (row,) = [row async for row in world.record.attempts.export()]
    assert (row["recording_state"], row["decision_reason"], row["lead_key"]) == (None, None, "K1")


async def test_pages_join_without_gap_or_repetition(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_module, "_CHUNK", 3)
    campaign, other = await world.campaign(), await world.campaign()
    leads = await world.leads(campaign, *(a_row(row) for row in range(9)))
    (elsewhere,) = await world.leads(other, a_row(20))
    # Several were queued in the same instant: the id tells them apart.
    placed = [
        replace(world.attempt(lead, attempt_id=f"a{count}"), queued_at=NOW + (count // 4) * SECOND)
        for count, lead in enumerate(leads)
    ]
    await world.record.attempts.claim([*placed[::-1], world.attempt(elsewhere, attempt_id="elsewhere")], "node1")
    rows = [row["attempt_id"] async for row in world.record.attempts.export(campaign.campaign_id)]
    assert rows == [f"a{count}" for count in range(9)]
    assert len([row async for row in world.record.attempts.export()]) == 10

"""Each promise is broken on purpose here, and the checker names the attempt; a storm's own doing is excused."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from dialer.core.model import AgentState, Disposition, Outcome, RecordingState
from dialer.core.plan import EVERY_DAY, CampaignPlan, Caps, Law, LegalHours, Window
from dialer.record.agents import Span
from lab.carrier import FarEnd, number
from lab.checker import (
    Evidence,
    again_too_soon,
    agents_left_at_work,
    beyond_caps,
    findings,
    outside_windows,
    reserved_for_nothing,
    talks_without_recordings,
    waited_too_long,
    wishes_lost,
)
from lab.witness import Absence
from tests.lab.test_witness import at, call, row

ZONES = {1: ("Asia/Shanghai",)}
"""At noon UTC it is 20:00 there."""


def plans(**values: Any) -> dict[int, CampaignPlan]:
    all_day = (Window(days=EVERY_DAY, opens=time(0), closes=time(0)),)
    rules: dict[str, Any] = {"name": "autumn", "trunk": "carrier", "caller_id": "+862166880000", "windows": all_day}
    return {1: CampaignPlan(**(rules | values))}


def test_a_call_after_the_window_has_closed() -> None:
    until_eight = plans(windows=(Window(days=EVERY_DAY, opens=time(9), closes=time(20)),))
    assert not outside_windows([row("a1", sent_at=-1)], until_eight, ZONES)
    assert outside_windows([row("a1", sent_at=0)], until_eight, ZONES) == [
        "attempt a1 was sent at 12:00:00 UTC, when the windows were closed in Asia/Shanghai"
    ]


@pytest.mark.parametrize(
    ("caps", "changed", "found"),
    [
        (Caps(per_number=1), {}, "call 2 of a number; the cap is 1"),
        (Caps(per_number=1), {"e164": "+8613800000002"}, None),
        (Caps(per_lead=1), {}, "call 2 of a lead; the cap is 1"),
        (Caps(per_lead=1), {"lead_id": 2}, None),
        (Caps(per_person=1), {"lead_id": 2}, "call 2 of a person; the cap is 1"),
        (Caps(lead_lifetime=1), {}, "beyond the 1 attempts of a lead's life"),
        (Caps(per_number=1), {"sent_at": None}, None),
        (Caps(per_number=1), {"sent_at": 24 * 3600}, None),
    ],
)
def test_a_call_beyond_a_cap(caps: Caps, changed: dict[str, Any], found: str | None) -> None:
    broken = beyond_caps([row("a1"), row("a2", **{"sent_at": 60, **changed})], plans(caps=caps), ZONES)
    assert [one for one in broken if found and found in one and "a2" in one] == broken
    assert bool(broken) == (found is not None)


def test_our_own_failures_use_up_nothing_of_a_lifetime() -> None:
    rows = [row("a1", outcome=Outcome.FAILED), row("a2", sent_at=60)]
    assert not beyond_caps(rows, plans(caps=Caps(lead_lifetime=1)), ZONES)


def test_a_lead_that_is_called_again_within_the_floor() -> None:
    rows = [row("a1", outcome=Outcome.BUSY), row("a2", queued_at=309, sent_at=309)]
    assert again_too_soon(rows, plans()) == ["attempt a2 was sent 299.0 s after a1 (BUSY); the floor is 300 s"]
    assert not again_too_soon([rows[0], row("a2", queued_at=310, sent_at=310)], plans())
    assert not again_too_soon([rows[0], row("a2", queued_at=309, sent_at=None)], plans())


def test_a_call_back_may_come_sooner() -> None:
    asked = row("a1", outcome=Outcome.ANSWERED, disposition=Disposition.CALL_BACK)
    assert not again_too_soon([asked, row("a2", queued_at=70, sent_at=70)], plans())
    assert again_too_soon([asked, row("a2", queued_at=69, sent_at=69)], plans())


def test_a_lead_that_is_called_again_after_the_matter_was_settled() -> None:
    settled = row("a1", outcome=Outcome.ANSWERED, disposition=Disposition.REFUSED, wrapped_up_at=20)
    day = 24 * 3600
    (finding,) = again_too_soon([settled, row("a2", queued_at=day, sent_at=day)], plans())
    assert finding == "attempt a2 was sent after a1 had ended in REFUSED"


def test_a_customer_who_waits() -> None:
    waits = row("a1", answered_at=3, message_at=9)
    assert waited_too_long([waits], plans(), [])
    assert not waited_too_long([row("a1", answered_at=3, message_at=5)], plans(), [])
    assert not waited_too_long([row("a1")], plans(), [])


@pytest.mark.parametrize(
    ("absence", "excused"),
    [
        (Absence("asterisk", at(0), at(3)), True),
        (Absence("asterisk", at(5), at(9)), True),
        (Absence("asterisk", at(6), at(9)), False),
        (Absence("controller node1", at(4), at(9)), True),
        (Absence("controller node2", at(4), at(9)), False),
    ],
)
def test_who_waits_is_excused_where_nobody_could_attend(absence: Absence, *, excused: bool) -> None:
    waits = row("a1", answered_at=3, message_at=12, ended_at=20)
    assert bool(waited_too_long([waits], plans(), [absence])) != excused


def test_a_talk_without_sound_and_without_a_gap() -> None:
    talk = row("a1", answered_at=3, bridged_at=3)
    assert talks_without_recordings([talk], plans(), {}) == [
        "attempt a1 was a talk, and its recording is not on record"
    ]
    assert talks_without_recordings([talk], plans(), {"a1": RecordingState.RECORDING})
    assert not talks_without_recordings([talk], plans(), {"a1": RecordingState.MISSING})
    assert not talks_without_recordings([talk], plans(record=False), {})
    assert not talks_without_recordings([row("a1")], plans(), {})


def test_an_agent_who_never_went_home() -> None:
    spans = [
        Span("agent1", AgentState.READY, None, None, at(0), at(5)),
        Span("agent1", AgentState.OFFLINE, None, None, at(5), None),
        Span("agent2", AgentState.TALKING, None, "a1", at(0), None),
    ]
    assert agents_left_at_work(spans) == ["agent agent2 is still TALKING (attempt a1) after all have gone home"]


def test_an_agent_who_was_reserved_for_nothing() -> None:
    spans = [Span("agent1", AgentState.RESERVED, None, "a1", at(0), at(3))]
    assert reserved_for_nothing(spans, [Absence("asterisk", at(4), at(9))])
    assert not reserved_for_nothing(spans, [Absence("asterisk", at(2), at(9))])
    assert not reserved_for_nothing([Span("agent1", AgentState.RESERVED, None, "a1", at(0), at(1))], [])
    assert not reserved_for_nothing([Span("agent1", AgentState.RESERVED, None, "a1", at(0), None)], [])


def test_a_wish_that_was_lost() -> None:
    nine = number(FarEnd.PRESSES_NINE)
    pressed = row("a1", e164=nine, answered_at=0, flow_at=0, ended_at=10)
    assert wishes_lost([pressed], {}, []) == ["attempt a1: the customer pressed 9 and is not on the do-not-call list"]
    assert not wishes_lost([pressed], {nine: at(11)}, [])
    assert not wishes_lost([pressed], {}, [Absence("controller node1", at(5), at(6))])
    assert wishes_lost([pressed], {}, [Absence("controller node1", at(11), at(12))])
    talked = row("a1", e164=nine, answered_at=0, bridged_at=0, ended_at=10)
    short = row("a1", e164=nine, answered_at=0, message_at=2, ended_at=8)
    silent = row("a1", e164=number(FarEnd.PERSON), answered_at=0, flow_at=0, ended_at=10)
    assert not wishes_lost([talked, short, silent], {}, [])


def test_all_is_looked_at() -> None:
    law = Law(legal_hours=LegalHours(opens=time(8), closes=time(21)))
    good = Evidence([row("a1")], plans(), law, ZONES, {}, [], {}, [call(0, 5)], [call(0, 5)], [])
    assert findings(good, []) == []
    bad = [row("a1", e164="+8613800000009", sent_at=3600, outcome=None, ended_at=None, answered_at=3601)]
    broken = Evidence(bad, plans(), law, ZONES, {"+8613800000009": at(0)}, [], {}, [], [call(0, 5)], [])
    told = " | ".join(findings(broken, ["the network says more"]))
    own = Evidence([], {}, law, {}, {}, [], {}, [], [], [], frozenset({"+862166880000"}))
    assert findings(own, []) == ["our own number +862166880000 is on the do-not-call list"]
    for part in ("the network says more", "no attempt was under way", "no such leg", "legal hours", "do-not-call list"):
        assert part in told
    assert "a1 has no outcome" in told
    assert "waited past the limit" in told

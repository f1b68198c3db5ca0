"""Each promise is broken on purpose here, and the finding names the attempts."""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest

from dialer import invariants
from dialer.core.model import AgentState, Outcome
from dialer.core.plan import Law
from dialer.record.agents import Span
from dialer.record.attempts import AttemptRow

from .fakes.virtual_time import MIDMORNING

SECOND = timedelta(seconds=1)


def row(attempt_id: str, **values: Any) -> AttemptRow:
    """An attempt that kept every promise, but for the values given; times are seconds after mid-morning."""
    good: dict[str, Any] = dict.fromkeys(field.name for field in fields(AttemptRow)) | {
        "attempt_id": attempt_id,
        "campaign_id": 1,
        "lead_id": 1,
        "number_id": 1,
        "e164": "+8613800000001",
        "agent_id": "agent1",
        "outcome": Outcome.ANSWERED,
        "queued_at": 0,
        "sent_at": 0,
        "answered_at": 10,
        "bridged_at": 10,
        "unbridged_at": 60,
        "ended_at": 60,
    }
    given = good | values
    times = {key: MIDMORNING + at * SECOND for key, at in given.items() if key.endswith("_at") and at is not None}
    return AttemptRow(**(given | times))


def test_a_number_that_rings_twice_at_once() -> None:
    later = row("a2", sent_at=59)
    assert invariants.never_twice_at_once([later, row("a1")]) == ["attempts a1 and a2 rang one number at once"]
    assert invariants.never_twice_at_once([row("a1", ended_at=None), row("a2", sent_at=7200)])
    assert not invariants.never_twice_at_once([row("a1"), row("a2", sent_at=60)])
    assert not invariants.never_twice_at_once([row("a1"), row("a2", sent_at=59, e164="+8613800000002")])
    assert not invariants.never_twice_at_once([row("a1"), row("a2", sent_at=None)])


@pytest.mark.parametrize(
    ("zones", "found"),
    [(["Asia/Shanghai"], 0), (["Asia/Shanghai", "America/New_York"], 1), ([], 0)],
    ids=["by day", "at night in one of its zones", "no zone known"],
)
def test_a_call_outside_legal_hours(zones: list[str], found: int) -> None:
    broken = invariants.never_outside_legal_hours([row("a1"), row("a2", sent_at=None)], {1: zones}, Law())
    assert len(broken) == found
    assert all("a1" in finding and "America/New_York" in finding for finding in broken)


def test_a_call_to_a_number_that_was_listed_before() -> None:
    number = row("a1").e164
    listed = invariants.never_when_listed([row("a1")], {number: MIDMORNING - SECOND})
    assert listed == ["attempt a1 was sent though its number was on the do-not-call list"]
    assert not invariants.never_when_listed([row("a1")], {number: MIDMORNING + SECOND})
    assert not invariants.never_when_listed([row("a1", sent_at=None)], {number: MIDMORNING - SECOND})


def test_an_attempt_without_an_outcome() -> None:
    assert invariants.always_an_outcome([row("a1", outcome=None), row("a2")]) == ["attempt a1 has no outcome"]


@pytest.mark.parametrize(
    ("values", "broken"),
    [
        ({}, False),
        ({"bridged_at": 12.4}, False),
        ({"bridged_at": 12.6}, True),
        ({"bridged_at": None, "message_at": 12}, False),
        ({"bridged_at": None, "message_at": 13}, True),
        ({"bridged_at": None, "ended_at": 11}, False),
        ({"bridged_at": None, "ended_at": 14}, True),
        ({"bridged_at": None, "ended_at": None}, True),
        ({"answered_at": None, "bridged_at": None}, False),
    ],
)
def test_a_customer_who_waits_past_the_limit(values: dict[str, Any], broken: bool) -> None:  # noqa: FBT001
    found = invariants.nobody_waits_past_the_limit([row("a1", **values)], limit_s=2.0)
    assert found == (["attempt a1: the customer waited past the limit"] if broken else [])


def test_an_agent_in_two_talks() -> None:
    said = ["agent agent1 was in attempts a1 and a2 at once"]
    assert invariants.one_call_per_agent([row("a2", bridged_at=59, unbridged_at=90), row("a1")]) == said
    still_on = row("a1", unbridged_at=None, ended_at=None)
    assert invariants.one_call_per_agent([still_on, row("a2", bridged_at=59)]) == said
    assert not invariants.one_call_per_agent([row("a1"), row("a2", bridged_at=60, unbridged_at=90)])
    assert not invariants.one_call_per_agent([row("a1"), row("a2", agent_id="agent2")])
    assert not invariants.one_call_per_agent([row("a1"), row("a2", bridged_at=None)])


def test_an_agent_who_stays_reserved() -> None:
    def span(state: AgentState, seconds: float | None, attempt_id: str | None = "a1") -> Span:
        until = None if seconds is None else MIDMORNING + seconds * SECOND
        return Span("agent1", state, None, attempt_id, MIDMORNING, until)

    nobody: frozenset[str] = frozenset()
    assert len(invariants.no_agent_stays_reserved([span(AgentState.RESERVED, 1.6)], nobody)) == 1
    assert not invariants.no_agent_stays_reserved([span(AgentState.RESERVED, 1.4)], nobody)
    assert not invariants.no_agent_stays_reserved([span(AgentState.RESERVED, None)], nobody)
    assert not invariants.no_agent_stays_reserved([span(AgentState.RESERVED, 20)], frozenset({"a1"}))
    assert not invariants.no_agent_stays_reserved([span(AgentState.TALKING, 20)], nobody)

"""A real shift is counted as a simulated one is: by times, cut at both ends, late bridges abandoned."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest

from bench.observed import Shift, agent_waits_s, figures_of, overheads_of
from dialer.core.call import WITHDRAWN
from dialer.core.model import AgentState, Outcome
from dialer.record.agents import Span
from dialer.record.attempts import AttemptRow
from lab.carrier import FarEnd, number

BEGIN = datetime(2026, 11, 22, 3, tzinfo=UTC)
SHIFT = Shift(BEGIN, BEGIN + timedelta(seconds=100), limit_s=2.0)
READY, RESERVED, TALKING, WRAP_UP = (
    AgentState.READY,
    AgentState.RESERVED,
    AgentState.TALKING,
    AgentState.WRAP_UP,
)


def at(second: float) -> datetime:
    return BEGIN + timedelta(seconds=second)


def call(e164: str, outcome: Outcome, *, detail: str | None = None, **seconds: float) -> AttemptRow:
    """An attempt that was sent at `sent_at` seconds, by a decision 0.1 s before it, and so on."""
    unset = dict.fromkeys((field.name for field in fields(AttemptRow)), None)
    known = {"e164": e164, "outcome": outcome, "detail": detail, "decision_id": f"{seconds['sent_at']:g}"}
    return AttemptRow(**{**unset, **known, **{name: at(second) for name, second in seconds.items()}})  # type: ignore[arg-type]


def day(agent_id: str, *states: tuple[AgentState, float]) -> list[Span]:
    """An agent's log; the last state is still on."""
    ends = [*(at(since) for _, since in states[1:]), None]
    return [Span(agent_id, state, None, None, at(since), end) for (state, since), end in zip(states, ends, strict=True)]


PERSON, SILENCE, BUSY = number(FarEnd.PERSON, 4, 9), number(FarEnd.RINGS_FOR_EVER), number(FarEnd.BUSY, 3)
TALK = call(
    PERSON,
    Outcome.ANSWERED,
    sent_at=10,
    ringing_at=10.05,
    answered_at=14.06,
    bridged_at=14.08,
    unbridged_at=23.07,
    ended_at=23.07,
)
LOST = call(PERSON, Outcome.ABANDONED, sent_at=20, ringing_at=20, answered_at=24, message_at=26, ended_at=30)
RANG_OUT = call(SILENCE, Outcome.NO_ANSWER, sent_at=30, ringing_at=30.1, ended_at=48.1)
FAILED = call(BUSY, Outcome.BUSY, sent_at=40, ringing_at=40, ended_at=43.1)
AT_WORK = day("agent1", (READY, -5), (TALKING, 14.08), (WRAP_UP, 23.07), (READY, 27.37))


def test_the_agents_time_is_cut_at_both_ends_of_the_shift() -> None:
    figures = figures_of([TALK], AT_WORK, SHIFT)
    assert figures.utilisation == pytest.approx((27.37 - 14.08) / 100)
    assert figures.dials_per_agent_hour == pytest.approx(3600 / 100)
    assert figures.mean_wait_s == pytest.approx(14.08)


def test_pauses_and_time_logged_out_are_not_asked_of_anybody() -> None:
    away = day("agent2", (AgentState.OFFLINE, -5), (AgentState.CALLING_IN, 40), (READY, 50), (AgentState.PAUSED, 75))
    assert figures_of([], away, SHIFT).dials_per_agent_hour == 0
    assert figures_of([TALK], away, SHIFT).dials_per_agent_hour == pytest.approx(3600 / 25)


def test_who_met_an_agent_too_late_is_abandoned_as_who_met_nobody() -> None:
    late = replace(TALK, bridged_at=at(16.2))
    figures = figures_of([TALK, late, LOST, RANG_OUT, FAILED], AT_WORK, SHIFT)
    assert (figures.placed, figures.live_answers, figures.abandoned, figures.too_late) == (5, 3, 2, 1)
    assert figures.abandonment == pytest.approx(2 / 3)
    assert figures.answers_per_dial == pytest.approx(3 / 5)


def test_what_is_settled_after_the_end_is_left_out_as_the_simulator_does() -> None:
    waits = replace(LOST, answered_at=at(98.5), message_at=at(100.5), ended_at=at(104))
    just = replace(LOST, answered_at=at(97.5), message_at=at(99.5), ended_at=at(104))
    assert figures_of([waits], AT_WORK, SHIFT).live_answers == 0
    assert figures_of([just], AT_WORK, SHIFT).abandoned == 1
    assert figures_of([replace(TALK, sent_at=at(-1), answered_at=at(-1), bridged_at=at(-0.5))], [], SHIFT).placed == 0


def test_what_pacing_withdrew_is_counted_and_teaches_nothing_of_how_long_it_would_have_rung() -> None:
    withdrawn = call(SILENCE, Outcome.NO_ANSWER, detail=WITHDRAWN, sent_at=50, ringing_at=50, ended_at=65.5)
    assert figures_of([withdrawn, RANG_OUT], AT_WORK, SHIFT).dropped == 1
    rows = [TALK, RANG_OUT, FAILED, withdrawn]
    decided = {row.decision_id or "": row.sent_at or BEGIN for row in rows}
    assert overheads_of(rows, AT_WORK, decided).rings_out_s == pytest.approx(18.0)


def test_a_reservation_that_came_to_nothing_does_not_end_the_wait() -> None:
    log = day("agent1", (READY, 1), (RESERVED, 5), (READY, 6), (RESERVED, 9), (TALKING, 9.1), (WRAP_UP, 20))
    other = day("agent2", (TALKING, 30), (WRAP_UP, 40), (READY, 44), (TALKING, 120))
    assert agent_waits_s([*log, *other], SHIFT) == pytest.approx([8.1])


def test_overheads_are_what_lies_beyond_what_was_asked() -> None:
    decided = {"10": at(9.9), "30": at(29.9), "40": at(39.9)}
    over = overheads_of([TALK, RANG_OUT, FAILED], AT_WORK, decided)
    assert over.dial_delay_s == pytest.approx((0.1, 0.15, 0.2))
    assert over.ring_s == pytest.approx(0.01)
    assert over.failure_s == pytest.approx(0.2)
    assert over.rings_out_s == pytest.approx(18.0)
    assert over.talk_s == pytest.approx(-0.01)
    assert over.wrap_up_s == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("missing", "kind"), [(TALK, "was answered"), (RANG_OUT, "rang out"), (FAILED, "failed early")]
)
def test_a_shift_too_short_to_tell_says_so(missing: AttemptRow, kind: str) -> None:
    rows = [row for row in (TALK, RANG_OUT, FAILED) if row is not missing]
    with pytest.raises(ValueError, match=kind):
        overheads_of(rows, AT_WORK, {"10": at(9.9), "30": at(29.9), "40": at(39.9)})

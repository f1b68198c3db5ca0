"""What a real shift was by its record: the simulator's figures of it, and what the real parts added to each call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import TYPE_CHECKING

from bench.customers import WRAP_UP_S, Overheads, asked_ring_s, asked_talk_s
from dialer.core.abandonment import Fate
from dialer.core.call import WITHDRAWN
from dialer.core.model import AgentState, Outcome
from dialer.rows import fate_of_row
from dialer.simulation.lives import thinned

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dialer.record.agents import Span
    from dialer.record.attempts import AttemptRow

_BUSY = frozenset({AgentState.TALKING, AgentState.WRAP_UP})
_AWAY = frozenset({AgentState.OFFLINE, AgentState.CALLING_IN, AgentState.PAUSED})
_FAILED_EARLY = frozenset({Outcome.BUSY, Outcome.REJECTED})
_IN_TIME, _LATE = Fate.IN_TIME, frozenset({Fate.TOO_LATE, Fate.NOBODY_CAME})


@dataclass(frozen=True, slots=True)
class Shift:
    """What is counted: from the first decision that placed a call, for so long."""

    begin: datetime
    end: datetime
    limit_s: float
    """How long a customer who answered may wait for an agent."""

    def within_s(self, since: datetime, until: datetime | None) -> float:
        """How much of a stretch lies in the shift, in seconds; one without an end goes on beyond it."""
        return max(0.0, (min(until or self.end, self.end) - max(since, self.begin)).total_seconds())

    def has(self, moment: datetime | None) -> bool:
        """Whether something happened in the shift."""
        return moment is not None and self.begin <= moment < self.end


@dataclass(frozen=True, slots=True)
class Figures:
    """One shift, under the names that the simulator's `Score` has for the same figures."""

    utilisation: float
    """(talk + wrap-up) / (logged in - pauses asked for), 0..1, by the agents' log."""
    abandonment: float
    """Of the live answers whose fate was settled in the shift, 0..1, by the times: a late bridge is none."""
    answers_per_dial: float
    mean_wait_s: float
    """An agent's wait for a call, up to the bridge."""
    dials_per_agent_hour: float
    placed: int
    live_answers: int
    abandoned: int
    too_late: int
    """Of the abandoned, those to whom an agent came, but after the limit."""
    dropped: int
    """Calls that pacing withdrew while they rang."""


def figures_of(rows: Sequence[AttemptRow], spans: Sequence[Span], shift: Shift) -> Figures:
    """The figures of a shift; `spans` are the agents' log, by agent and time."""
    fates = [fate for row in rows if (fate := _settled(row, shift))]
    late = [fate for fate in fates if fate in _LATE]
    asked_s = sum(shift.within_s(span.since, span.until) for span in spans if span.state not in _AWAY)
    busy_s = sum(shift.within_s(span.since, span.until) for span in spans if span.state in _BUSY)
    placed = sum(shift.has(row.sent_at) for row in rows)
    waits_s = agent_waits_s(spans, shift)
    return Figures(
        utilisation=busy_s / asked_s if asked_s else 0.0,
        abandonment=len(late) / len(fates) if fates else 0.0,
        answers_per_dial=len(fates) / placed if placed else 0.0,
        mean_wait_s=fmean(waits_s) if waits_s else 0.0,
        dials_per_agent_hour=placed / (asked_s / 3600) if asked_s else 0.0,
        placed=placed,
        live_answers=len(fates),
        abandoned=len(late),
        too_late=sum(fate is Fate.TOO_LATE for fate in late),
        dropped=sum(row.detail == WITHDRAWN and shift.has(row.ended_at) for row in rows),
    )


def _settled(row: AttemptRow, shift: Shift) -> Fate | None:
    """What a live answer of the shift came to; None for other calls, and where that was settled after the end.

    As in the simulator: who has no agent by the limit is abandoned at that moment, also where one comes later.
    """
    fate = fate_of_row(row, shift.limit_s)
    if row.answered_at is None or fate is None or fate is Fate.TAKEN_FOR_A_MACHINE:
        return None
    settled = row.bridged_at or row.ended_at if fate is _IN_TIME else row.answered_at + timedelta(seconds=shift.limit_s)
    return fate if shift.has(settled) else None


def agent_waits_s(spans: Iterable[Span], shift: Shift) -> list[float]:
    """How long agents had been free before each talk that began in the shift, in seconds, from its begin on.

    A reservation that came to nothing does not end the wait.
    """
    waits_s, free_since, agent = [], None, None
    for span in spans:
        if span.agent_id != agent:
            agent, free_since = span.agent_id, None
        if span.state is AgentState.READY:
            free_since = free_since or max(span.since, shift.begin)
        elif span.state is not AgentState.RESERVED:
            if span.state is AgentState.TALKING and free_since and shift.has(span.since):
                waits_s.append((span.since - free_since).total_seconds())
            free_since = None
    return waits_s


def overheads_of(rows: Iterable[AttemptRow], spans: Iterable[Span], decided: Mapping[str, datetime]) -> Overheads:
    """What the real parts added; `decided` is when each decision was made, by its id.

    ValueError where a kind of call that the scenario has did not occur: the shift was too short to tell.
    """
    delays, rings, failures, rung_out, talks = [], [], [], [], []
    for row in rows:
        at = decided.get(row.decision_id or "")
        if at and row.ringing_at:
            delays.append(_seconds(at, row.ringing_at))
        if row.ringing_at and row.answered_at:
            rings.append(_seconds(row.ringing_at, row.answered_at) - asked_ring_s(row.e164))
        if at and row.ended_at and row.outcome in _FAILED_EARLY:
            failures.append(_seconds(at, row.ended_at) - asked_ring_s(row.e164))
        if row.ringing_at and row.ended_at and row.outcome is Outcome.NO_ANSWER and row.detail != WITHDRAWN:
            rung_out.append(_seconds(row.ringing_at, row.ended_at))
        if row.bridged_at and row.unbridged_at:
            talks.append(_seconds(row.bridged_at, row.unbridged_at) - asked_talk_s(row.e164))
    wraps = [_seconds(span.since, span.until) for span in spans if span.state is AgentState.WRAP_UP and span.until]
    return Overheads(
        dial_delay_s=thinned(_some(delays, "rang"), most=100),
        ring_s=_mean(rings, "was answered"),
        failure_s=_mean(failures, "failed early"),
        rings_out_s=round(median(_some(rung_out, "rang out")), 3),
        talk_s=_mean(talks, "was talked in"),
        wrap_up_s=round(fmean(_some(wraps, "was wrapped up")) - fmean(WRAP_UP_S), 3),
    )


def _some(values: list[float], what: str) -> list[float]:
    if not values:
        raise ValueError(f"no call {what}: let the shift be longer")
    return values


def _mean(values: list[float], what: str) -> float:
    return round(fmean(_some(values, what)), 3)


def _seconds(since: datetime, until: datetime) -> float:
    return (until - since).total_seconds()

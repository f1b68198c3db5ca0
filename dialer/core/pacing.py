"""How many calls to place now, and why: the one door `decide`, pure.

Progressive and ratio react to the floor alone. The predictive mode looks ahead (predictive.py) with what has been
learned (forecast.py), within what the ledger of the legal windows bears (budget.py).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from math import floor as whole
from math import isfinite
from typing import TYPE_CHECKING

from dialer.core.abandonment import Tally, may_dial_ahead
from dialer.core.budget import NOTHING_LATELY, NOTHING_SPENT, Quarter, Spent
from dialer.core.forecast import Ages
from dialer.core.model import PacingMode
from dialer.core.predictive import MOST_AT_ONCE, look_ahead

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.forecast import Forecaster
    from dialer.core.model import FloorView
    from dialer.core.plan import Pacing


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is known of the near future: the ledger of the legal window, and the answer rate heard so far."""

    tally: Tally
    answer_rate: float | None = None
    """Answers per attempt that ended or was answered; None before there were any."""
    learned: Forecaster | None = None
    """What the predictive mode looks ahead with."""
    ages: Ages = field(default_factory=Ages)
    window: Spent = NOTHING_SPENT
    """The legal window with the least slack."""
    quarter: Quarter = NOTHING_LATELY
    """The last quarter of an hour."""
    doubt: str | None = None
    """Why the ledger or what is known of the floor is not to be relied on; then one call per free agent."""
    elsewhere: int = 0
    """Of the calls in flight, those of other campaigns that want the same agents: `max_in_flight` is not on them."""
    sent_at_once: int = MOST_AT_ONCE
    """The most calls that the trunk sends on one decision."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How many calls to place now, why in words, and the abandonment that is expected of them (0..1)."""

    at: datetime
    place: int
    mode: PacingMode
    reason: str
    expected_abandonment: float = 0.0
    drop: int = 0
    """Calls to withdraw, of those that have rung longest: nobody would be free to take their answers."""


def decide(floor: FloorView, forecast: Forecast, policy: Pacing, now: datetime) -> Decision:
    """How many more calls to place at this instant.

    Never negative, never more than `policy.max_in_flight` in all, and nothing without an agent who is logged in.
    """
    if floor.logged_in == 0 and policy.mode is not PacingMode.AGENTLESS:
        return Decision(now, 0, policy.mode, "nobody is logged in: nothing is dialled")
    if policy.mode is PacingMode.PREDICTIVE:
        return _predictive(floor, forecast, policy, now)
    place, reason = _BY_MODE[policy.mode](floor, forecast, policy)
    place, reason = _held(place, reason, floor.in_flight - forecast.elsewhere, policy)
    if policy.mode is PacingMode.AGENTLESS:
        return Decision(now, place, policy.mode, reason)
    expected = _chance_of_too_many(place + floor.in_flight + floor.waiting, floor.ready, forecast.answer_rate)
    return Decision(now, place, policy.mode, reason, expected if place else 0.0)


def _preview(floor: FloorView, _forecast: Forecast, _policy: Pacing) -> tuple[int, str]:
    return floor.previews_asked, f"{floor.previews_asked} asked for by agents after seeing the lead"


def _agentless(_floor: FloorView, _forecast: Forecast, policy: Pacing) -> tuple[int, str]:
    return policy.max_in_flight, "as many as the limits allow: nobody has to be free"


def _progressive(floor: FloorView, _forecast: Forecast, _policy: Pacing) -> tuple[int, str]:
    pending = floor.in_flight + floor.waiting
    return max(0, floor.ready - pending), f"{floor.ready} free, {pending} pending: one call per free agent"


def _ratio(floor: FloorView, forecast: Forecast, policy: Pacing) -> tuple[int, str]:
    if doubt := _doubt(forecast):
        place, reason = _progressive(floor, forecast, policy)
        return place, f"{doubt}: progressive; {reason}"
    if not may_dial_ahead(forecast.tally, policy.max_abandonment):
        place, reason = _progressive(floor, forecast, policy)
        over = f"abandonment {forecast.tally.rate:.1%} is over {policy.max_abandonment:.1%}"
        return place, f"{over}: progressive until it recovers; {reason}"
    pending = floor.in_flight + floor.waiting
    # Rounded down, but never below one call per free agent: a ratio of 1.5 must not starve a single one.
    wanted = max(floor.ready, whole(policy.ratio * floor.ready))
    return max(0, wanted - pending), f"{floor.ready} free x {policy.ratio:g} = {wanted} wanted, {pending} pending"


def _predictive(floor: FloorView, forecast: Forecast, policy: Pacing, now: datetime) -> Decision:
    doubt = _doubt(forecast)
    if forecast.learned is None or doubt:
        place, reason = _progressive(floor, forecast, policy)
        reason = f"{doubt or 'nothing is learned yet'}: progressive; {reason}"
        place, reason = _held(place, reason, floor.in_flight - forecast.elsewhere, policy)
        return Decision(now, place, policy.mode, reason)
    allowed = forecast.learned.budget.appetite(forecast.window, forecast.quarter, policy.max_abandonment)
    ahead = look_ahead(
        forecast.learned,
        forecast.ages,
        ready=floor.ready,
        waiting=max(0, floor.waiting - len(forecast.ages.detecting_s)),
        appetite=allowed.risk,
        bearable=allowed.bearable,
        drop_late=policy.late_cancel,
        now_s=now.timestamp(),
        most=min(MOST_AT_ONCE, forecast.sent_at_once),
    )
    reason = (
        f"{floor.in_flight} ring, {floor.ready} free: {ahead.answers:.1f} answers and {ahead.freeing:.1f} more agents"
        f" expected; one more would risk {ahead.risk:.1%} of {allowed.risk:.1%}"
    )
    if allowed.reason:
        reason = f"{reason} ({allowed.reason})"
    if ahead.crowded:
        reason = f"{reason}; no more, lest too many in a row find nobody"
    if ahead.drop:
        reason = f"{reason}; {ahead.drop} withdrawn that have rung for long"
    place, reason = _held(ahead.place, reason, floor.in_flight - forecast.elsewhere, policy)
    return Decision(now, place, policy.mode, reason, ahead.expected_abandonment, ahead.drop)


def _doubt(forecast: Forecast) -> str | None:
    """Why what is known is not to be relied on, or None."""
    ages, window, quarter = forecast.ages, forecast.window, forecast.quarter
    if forecast.doubt:
        return forecast.doubt
    spent = (window.answers, window.abandoned, quarter.answers, quarter.abandoned)
    told = chain(spent, ages.ringing_s, ages.detecting_s, ages.talking_s, ages.wrap_up_s)
    return None if all(map(isfinite, told)) else "a count or an age on the floor is no number"


def _held(place: int, reason: str, in_flight: int, policy: Pacing) -> tuple[int, str]:
    room = max(0, policy.max_in_flight - in_flight)
    if place > room:
        return room, f"{reason}; held to {room} by max_in_flight {policy.max_in_flight}"
    return place, reason


def _chance_of_too_many(calls: int, free: int, answer_rate: float | None) -> float:
    """The share of answers expected to find nobody: E[max(0, A - free)] / E[A] for A binomial(calls, answer rate).

    Calls that end and agents who come free meanwhile are left out, so this is the upper side of the truth.
    """
    if not answer_rate or calls <= free:
        return 0.0
    probability, excess = (1 - answer_rate) ** calls, 0.0
    if answer_rate >= 1:
        return (calls - free) / calls
    for answers in range(calls + 1):
        excess += max(0, answers - free) * probability
        probability *= (calls - answers) / (answers + 1) * answer_rate / (1 - answer_rate)
    return excess / (calls * answer_rate)


_BY_MODE = {
    PacingMode.AGENTLESS: _agentless,
    PacingMode.PREVIEW: _preview,
    PacingMode.PROGRESSIVE: _progressive,
    PacingMode.RATIO: _ratio,
}

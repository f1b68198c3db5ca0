"""Calls by the record from their sending until they are picked up or over: how long, how likely, how they fail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.call import WITHDRAWN
from dialer.core.model import Outcome
from dialer.simulation.lives import thinned, weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from dialer.record.behaviour import CallTimes

ENOUGH = 50
"""Of anything that is learned: with fewer, a mean is off by a seventh or more."""
_CLOCKS_DIFFER_S = 1.0
"""Between ours, by which the sending is written, and that of Asterisk's events."""
_HOUR_S = 3600.0

Values = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Flights:
    """Calls, each at its place in arrays of one length; ages are seconds since the sending."""

    ages_s: NDArray[np.float64]
    """At the pick-up or the end."""
    alerted_s: NDArray[np.float64]
    """When it began to ring; nan where nobody said so, and for all where that was said of fewer than ENOUGH."""
    picked_up: NDArray[np.bool_]
    cut_off: NDArray[np.bool_]
    """We withdrew it: what would have come of it is not known."""
    failed: NDArray[np.bool_]
    """It was over before it had rung for as long as we let it."""
    weights: NDArray[np.float64]
    """What share of all calls each stands for, those that were cut off being handed on to those that went on."""
    timeout_s: float
    """The plan's, counted from the sending."""

    @property
    def p(self) -> float:
        """The probability that a call is picked up, had none been withdrawn."""
        return float(self.weights[self.picked_up].sum())

    @property
    def lost(self) -> float:
        """The share of calls of which no other rang on for as long: all that lived longer were withdrawn too.

        They count as not picked up, so that `p` is the least it can be.
        """
        return float(max(0.0, 1 - self.weights.sum()))

    @property
    def unanswered(self) -> int:
        """How many ended by themselves without an answer."""
        return int((~self.picked_up & ~self.cut_off).sum())

    @property
    def failing_share(self) -> float:
        """Of the calls that are not picked up, the share that fails early."""
        return float(self.weights[self.failed].sum() / max(1 - self.p, 1e-9))

    @property
    def failures_s(self) -> Values:
        """How soon these fail, after the sending; empty where none does."""
        return thinned(self.ages_s[self.failed], self.weights[self.failed]) if self.failed.any() else ()

    @property
    def delays_s(self) -> Values | None:
        """From sending to ringing; None where it is not known."""
        known = self.alerted_s[~np.isnan(self.alerted_s)]
        return thinned(known) if len(known) else None

    @property
    def ring_timeout_s(self) -> float:
        """How long calls ring, as measured; else what the plan's timeout leaves of it."""
        rang_out = self.ages_s - self.alerted_s
        rang_out = rang_out[~self.picked_up & ~self.cut_off & ~self.failed & ~np.isnan(rang_out)]
        return float(np.median(rang_out)) if len(rang_out) else max(1.0, self.timeout_s - self._usual_delay_s)

    @property
    def rings_s(self) -> Values:
        """From ringing to picking up; a ringing that was not told is taken to have come after the usual delay."""
        alerted = np.where(np.isnan(self.alerted_s), self._usual_delay_s, self.alerted_s)
        rung = np.clip(self.ages_s - alerted, 0.0, self.ring_timeout_s)
        return thinned(rung[self.picked_up], self.weights[self.picked_up])

    @property
    def _usual_delay_s(self) -> float:
        delays = self.delays_s
        return float(np.median(delays)) if delays else 0.0

    def by_hour(self, sent_s: NDArray[np.float64]) -> tuple[tuple[float, float], ...]:
        """Steps of [hour, p], each of whole hours with ENOUGH answers; `sent_s` is when each was sent, in the day."""
        hours = (sent_s // _HOUR_S).astype(int)
        answers = np.bincount(hours, weights=self.picked_up)
        begins, seen = [0], 0.0
        for hour, more in enumerate(answers):
            if seen >= ENOUGH and answers[hour:].sum() >= ENOUGH:
                begins.append(hour)
                seen = 0.0
            seen += more
        which = np.searchsorted(begins, hours, side="right") - 1
        return tuple((float(begin), self._p_of(which == step)) for step, begin in enumerate(begins))

    def _p_of(self, chosen: NDArray[np.bool_]) -> float:
        share = weights(self.ages_s[chosen], self.cut_off[chosen])
        return round(float(share[self.picked_up[chosen]].sum()), 4)


def flights_of(calls: Sequence[CallTimes], timeout_s: float) -> Flights:
    """The flights of calls under a plan's ring timeout."""
    ages = np.array([_since_sent_s(call, call.answered_at or call.ended_at) for call in calls])
    alerted = np.array(
        [_since_sent_s(call, call.ringing_at) if call.ringing_at else np.nan for call in calls], dtype=np.float64
    )
    if np.count_nonzero(~np.isnan(alerted)) < ENOUGH:
        alerted = np.full(len(calls), np.nan)
    picked_up = np.array([call.answered_at is not None for call in calls], dtype=np.bool_)
    withdrawn = np.array([_was_withdrawn(call) for call in calls], dtype=np.bool_)
    cut_off = ~picked_up & withdrawn
    failed = ~picked_up & ~cut_off & (ages < timeout_s - _CLOCKS_DIFFER_S)
    return Flights(ages, alerted, picked_up, cut_off, failed, weights(ages, cut_off), timeout_s)


def _was_withdrawn(call: CallTimes) -> bool:
    """By pacing, because nobody would have been free, or by a rule or an order at the last moment."""
    return call.outcome is Outcome.CANCELLED or call.detail == WITHDRAWN


def _since_sent_s(call: CallTimes, moment: datetime) -> float:
    return max(0.0, (moment - call.sent_at).total_seconds())

"""How late Asterisk is heard, by which clock it speaks, and whether what is heard is fresh enough to dial ahead by.

Measured by pings, and told by the time on each event. Pure.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SILENT_S = 10.0
"""Asterisk answers a ping every two seconds, whatever else it has to tell."""
LATE_S = 1.0
"""Half of what a customer waits for an agent."""
_HOLD_S = 5.0
"""One word in time does not end a doubt: the next may be late again."""
_PINGS_KEPT = 30
_MOST_LAG_S = 10.0
"""Beyond what a living connection can lag, it is a clock that was stepped."""


class Timing:
    """What the last pings and the last event tell; times of day are in seconds since 1970."""

    def __init__(self) -> None:
        self.rtt_s: float | None = None
        """Round trip of the last ping that was answered."""
        self.clock_offset_s: float | None = None
        """Asterisk's clock less ours, as of that ping; None where Asterisk did not tell its time."""
        self.lag_s = 0.0
        """How long after it happened the last event was read."""
        self._pings: deque[tuple[float, float]] = deque(maxlen=_PINGS_KEPT)
        """Round trip and clock offset: the fastest ping tells the offset best (RFC 5905, section 10)."""

    def pong(self, answer: Mapping[str, Any], rtt_s: float, now: float) -> None:
        """A ping was answered after so long."""
        self.rtt_s = rtt_s
        told = _time_of(answer)
        self.clock_offset_s = None if told is None else told - (now - rtt_s / 2)
        if self.clock_offset_s is not None:
            self._pings.append((rtt_s, self.clock_offset_s))

    def event(self, message: Mapping[str, Any], now: float) -> None:
        """An event was read."""
        told = _time_of(message)
        _, offset_s = min(self._pings, default=(0.0, 0.0))
        lag_s = 0.0 if told is None else now + offset_s - told
        self.lag_s = lag_s if 0 < lag_s < _MOST_LAG_S else 0.0

    def forget_clock(self) -> None:
        """The connection is lost; the next one may lead to another Asterisk."""
        self.clock_offset_s = None
        self._pings.clear()


class Freshness:
    """When Asterisk was heard last, and whether that is in time. Times are seconds of a clock that nobody can set."""

    def __init__(self) -> None:
        self._heard_s: float | None = None
        self._round_trip_s: float | None = None
        self._doubted_until_s = float("-inf")
        self._doubt = ""

    def heard(self, now_s: float) -> None:
        """The switch has said something."""
        self._heard_s = now_s

    def doubt(self, now_s: float, *, lag_s: float, round_trip_s: float | None, calls: int) -> str | None:
        """Why the floor may not be as it looks, in words, or None.

        `lag_s`: from the last event until it was heard; `round_trip_s`: of the last ping, None before any was answered;
        `calls` that are on, of which something is to be heard.
        """
        if round_trip_s != self._round_trip_s:
            self._round_trip_s = round_trip_s  # another ping was answered since
            self.heard(now_s)
        if fresh := self._fresh_doubt(now_s, lag_s, round_trip_s or 0.0, calls):
            self._doubt, self._doubted_until_s = fresh, now_s + _HOLD_S
        return self._doubt if now_s < self._doubted_until_s else None

    def _fresh_doubt(self, now_s: float, lag_s: float, round_trip_s: float, calls: int) -> str | None:
        if self._heard_s is not None and calls and now_s - self._heard_s > SILENT_S:
            return f"Asterisk has said nothing for {now_s - self._heard_s:.0f} s while {calls} calls are on"
        if lag_s > LATE_S:
            return f"Asterisk is heard {lag_s:.1f} s late"
        if round_trip_s > LATE_S:
            return f"Asterisk takes {round_trip_s:.1f} s to answer"
        return None


def _time_of(message: Mapping[str, Any]) -> float | None:
    try:
        told = float(message.get("Timestamp", ""))
    except (TypeError, ValueError):
        return None
    return told if math.isfinite(told) else None

"""How late Asterisk is heard, and by which clock it speaks: measured by pings, and told by the time on each event."""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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


def _time_of(message: Mapping[str, Any]) -> float | None:
    try:
        told = float(message.get("Timestamp", ""))
    except (TypeError, ValueError):
        return None
    return told if math.isfinite(told) else None

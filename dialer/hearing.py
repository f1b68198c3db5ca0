"""Whether what is heard of the switch is fresh enough to dial ahead by: told late, or not at all, the floor is old.

Pure: told of every word from the switch, asked at every decision. Times are seconds of a clock that nobody can set.
"""

from __future__ import annotations

SILENT_S = 10.0
"""Asterisk answers a ping every two seconds, whatever else it has to tell."""
LATE_S = 1.0
"""Half of what a customer waits for an agent."""
_HOLD_S = 5.0
"""One word in time does not end a doubt: the next may be late again."""


class Hearing:
    """How late the switch is heard, and when it was heard last."""

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

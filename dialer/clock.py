"""Whether the wall clock can be believed: it must not jump, and must agree with Asterisk's; else nothing is dialled.

Timers run on the event loop's monotonic clock, so a wall clock that is set forward or back hurries no ring and cuts no
talk. What it falsifies is the time of day: whether it is legal to call, how often somebody was called today, when a
retry is due. A step cannot be told from its mending, so each is waited out: a clock that is being put right is usually
put right within seconds, and whoever stepped it on purpose loses ten seconds of dialling.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

STEP_S = 2.0
"""A wall clock that moves by more than this against the monotonic one was set; NTP's own corrections are far slower."""
STEADY_S = 10.0
"""How long it must not be set again before it is believed."""
APART_S = 5.0
"""More than this between Asterisk's clock and ours: one of them is wrong, and it is not known which."""


class ClockWatch:
    """Compares the wall clock with the monotonic one from look to look, and with Asterisk's."""

    def __init__(self) -> None:
        self._ahead_s: float | None = None
        """Seconds since 1970 on the wall clock, less those on the monotonic one: constant while nobody sets it."""
        self._stepped_at = 0.0
        self._step_s = 0.0
        self.steps = 0
        """How often it was set so far."""

    def look(self, wall: datetime, monotonic: float, switch_offset_s: float | None) -> str | None:
        """What makes the clock doubtful now, in words, or None.

        `monotonic` is in seconds from any beginning; `switch_offset_s` is Asterisk's clock less ours, None where it is
        not known. A machine that was suspended looks like one whose clock was set forward, and is doubted likewise.
        """
        ahead_s = wall.timestamp() - monotonic
        moved_s = 0.0 if self._ahead_s is None else ahead_s - self._ahead_s
        self._ahead_s = ahead_s
        if abs(moved_s) > STEP_S:
            self.steps += 1
            self._stepped_at, self._step_s = monotonic, moved_s
        if self.steps and monotonic - self._stepped_at < STEADY_S:
            steady = f"nothing is dialled until it has been steady for {STEADY_S:g} s"
            return f"the clock was stepped by {self._step_s:+.0f} s: {steady}"
        if switch_offset_s is not None and abs(switch_offset_s) > APART_S:
            return f"Asterisk's clock differs from ours by {switch_offset_s:+.0f} s: nothing is dialled while it does"
        return None

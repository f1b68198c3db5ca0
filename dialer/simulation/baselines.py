"""The rivals: what other diallers do, as pacers, written from descriptions of their behaviour in words.

None of them withdraws a call, and none looks at the chances that a lead model gives. VICIdial has a file of its own.
`detect` of their settings is whether calls go through answering-machine detection where the campaign has it.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.simulation.pacer import Move

if TYPE_CHECKING:
    from dialer.simulation.pacer import Floor


class Deaf:
    """Hears of nothing: what follows decides by the floor, or hears only what it needs."""

    def placed(self, call: int, chance: float, now_s: float) -> None:
        """A call was sent."""

    def answered(self, call: int, now_s: float) -> None:
        """Somebody or a machine picked up."""

    def ended(self, call: int, now_s: float) -> None:
        """Over unanswered."""

    def dropped(self, call: int, now_s: float) -> None:
        """Withdrawn while it rang."""

    def machine(self, call: int, now_s: float) -> None:
        """Detection or the agent says machine."""

    def connected(self, call: int, agent: int, waited_s: float, now_s: float) -> None:
        """Bridged to an agent."""

    def abandoned(self, call: int, now_s: float) -> None:
        """Nobody came in time."""

    def talk_over(self, agent: int, now_s: float) -> None:
        """The talk is over."""

    def wrapped_up(self, agent: int, now_s: float) -> None:
        """The wrap-up is over."""


@dataclass(frozen=True, slots=True)
class ProgressiveSettings:
    """Nothing to set but the detection."""

    detect: bool = True

    def pacer(self) -> Progressive:
        """A fresh pacer with these settings."""
        return Progressive(self)


class Progressive(Deaf):
    """A call for each free agent: new calls = free agents - calls in flight.

    Source: what every dialler documents under this name (problem statement "Pacing", section Baselines).
    """

    def __init__(self, settings: ProgressiveSettings | None = None) -> None:
        self._settings = settings or ProgressiveSettings()

    def decide(self, floor: Floor, now_s: float) -> Move:
        """As many as are free, less those that may yet answer or are answered."""
        del now_s
        under_way = pending(floor)
        wanted = max(0, floor.ready - under_way)
        return Move(wanted, detect=self._settings.detect, reason=f"{floor.ready} free, {under_way} under way")


@dataclass(frozen=True, slots=True)
class RatioSettings:
    """A fixed ratio of calls to free agents."""

    ratio: float
    detect: bool = True

    def pacer(self) -> FixedRatio:
        """A fresh pacer with these settings."""
        return FixedRatio(self)


class FixedRatio(Deaf):
    """New calls = round-down(ratio x free agents) - calls in flight.

    Source: problem statement "Pacing", section Baselines. With the ratio tuned in hindsight it is the honest rival
    where nothing changes: it needs no estimate of anything.
    """

    def __init__(self, settings: RatioSettings) -> None:
        self._settings = settings

    def decide(self, floor: Floor, now_s: float) -> Move:
        """So many for each who is free, less those that are under way."""
        del now_s
        # 2.3 x 10 is 22.999... in floating point.
        goal, under_way = math.floor(self._settings.ratio * floor.ready + 1e-9), pending(floor)
        return Move(max(0, goal - under_way), detect=self._settings.detect, reason=f"{goal} - {under_way} under way")


@dataclass(frozen=True, slots=True)
class IssabelSettings:
    """Issabel's call centre module has one switch."""

    over_commit: bool = True
    """Divide by the answer rate."""
    detect: bool = True

    def pacer(self) -> IssabelPredictor:
        """A fresh pacer with these settings."""
        return IssabelPredictor(self)


class IssabelPredictor(Deaf):
    """The predictor of Issabel's call centre module, by its behaviour in words (no code of it is here).

    Source: problem statement "Pacing", section Baselines. Every 5 s: free agents, and busy ones whose talk will, with
    1 - exp(-(elapsed + mean answer time) / mean talk) >= 0.97, be over by the time that a call is answered, less the
    waiting; with over-commit divided by max(answer rate of 30 minutes, 0.2); less the calls in flight. Abandonment
    changes nothing.

    Where the words leave a choice: in-flight calls are taken off after the division (before it, no floor would reach
    the utilisation that was measured of it); prediction and over-commit start after ten talks, until then it is
    progressive; a call counts in the answer rate when it is answered or over; halves are rounded to even.
    """

    _EVERY_S = 5.0
    _SURE = 0.97
    _RATE_WINDOW_S = 1800.0
    _LEAST_RATE = 0.2
    _ENOUGH_TALKS = 10

    def __init__(self, settings: IssabelSettings | None = None) -> None:
        self._settings = settings or IssabelSettings()
        self._next_at = 0.0
        self._placed_at: dict[int, float] = {}
        self._talks_since: dict[int, float] = {}
        self._finished: deque[tuple[float, bool]] = deque()
        self._answers_in_window = 0
        self._answers_s, self._answers = 0.0, 0
        self._talks_s, self._talks = 0.0, 0

    def placed(self, call: int, chance: float, now_s: float) -> None:
        """Begin to measure the answer time."""
        del chance
        self._placed_at[call] = now_s

    def answered(self, call: int, now_s: float) -> None:
        """An answer time, and an answer for the rate."""
        self._answers_s += now_s - self._placed_at.pop(call, now_s)
        self._answers += 1
        self._finished.append((now_s, True))
        self._answers_in_window += 1

    def ended(self, call: int, now_s: float) -> None:
        """A call that was not answered, for the rate."""
        self._placed_at.pop(call, None)
        self._finished.append((now_s, False))

    def connected(self, call: int, agent: int, waited_s: float, now_s: float) -> None:
        """Begin to measure the talk."""
        del call, waited_s
        self._talks_since[agent] = now_s

    def talk_over(self, agent: int, now_s: float) -> None:
        """The length of a talk."""
        if (since := self._talks_since.pop(agent, None)) is not None:
            self._talks_s += now_s - since
            self._talks += 1

    def decide(self, floor: Floor, now_s: float) -> Move:
        """Every five seconds, what the prediction asks for."""
        if now_s < self._next_at:
            return Move(0, detect=self._settings.detect, reason="between two rounds")
        self._next_at = (math.floor(now_s / self._EVERY_S) + 1) * self._EVERY_S
        wanted: float = floor.ready - len(floor.waiting_s)
        in_flight = len(floor.ringing_s) + len(floor.detecting_s)
        if self._talks >= self._ENOUGH_TALKS:
            wanted += self._soon_free(floor)
            if self._settings.over_commit:
                wanted /= max(self._answer_rate(now_s), self._LEAST_RATE)
        return Move(
            max(0, round(wanted) - in_flight),
            detect=self._settings.detect,
            reason=f"{wanted:.1f} wanted, {in_flight} in flight",
        )

    def _soon_free(self, floor: Floor) -> int:
        mean_answer_s = self._answers_s / self._answers if self._answers else 0.0
        least_s = -math.log(1 - self._SURE) * self._talks_s / self._talks - mean_answer_s
        return sum(talked_s >= least_s for talked_s in floor.talking_s)

    def _answer_rate(self, now_s: float) -> float:
        while self._finished and self._finished[0][0] < now_s - self._RATE_WINDOW_S:
            self._answers_in_window -= self._finished.popleft()[1]
        return self._answers_in_window / max(1, len(self._finished))


def pending(floor: Floor) -> int:
    """Calls that ring, are listened to, or wait for an agent."""
    return len(floor.ringing_s) + len(floor.detecting_s) + len(floor.waiting_s)

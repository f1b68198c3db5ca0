"""VICIdial's adaptive dial methods, as a pacer written from their behaviour in words."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from enum import auto
from typing import TYPE_CHECKING

from dialer.core.model import Word
from dialer.simulation.baselines import Deaf, pending
from dialer.simulation.pacer import Move

if TYPE_CHECKING:
    from dialer.simulation.pacer import Floor

_LIMIT = 0.03
"""Of drops / answers: VICIdial's default."""
_ENOUGH_CALLS = 50
_MANY_IN_A_MINUTE = 20
_HALF = 0.5


class DropRule(Word):
    """What VICIdial's adaptive dial methods do when drops exceed the limit."""

    HARD_LIMIT = auto()
    """Back to one call per agent at once."""
    AVERAGE = auto()
    """Halve the level."""
    TAPERED = auto()
    """Lower it the later in the day it is: lenient early, strict towards nine in the evening."""


@dataclass(frozen=True, slots=True)
class VicidialSettings:
    """A campaign's adaptive settings, with VICIdial's defaults."""

    method: DropRule = DropRule.HARD_LIMIT
    intensity: int = 0
    """Per cent: above 0 the level rises faster and falls faster, below 0 both are slower."""
    dl_diff: float = 0.0
    """Agents that are wanted to be busy beyond those there are; below 0, agents that are wanted to wait."""
    available_only: bool = False
    """Count only agents who are READY when the level is applied (available_only_ratio_tally)."""
    maximum: float = 3.0
    """Of the dial level."""
    shift_begins_h: float = 9.0
    """By the clock on the wall, for TAPERED."""
    detect: bool = True

    def pacer(self) -> VicidialAdaptive:
        """A fresh pacer with these settings."""
        return VicidialAdaptive(self)


@dataclass(frozen=True, slots=True)
class _Drops:
    """Counters since the begin of the shift: calls sent, persons who answered, those of them who were dropped."""

    calls: int = 0
    answers: int = 0
    drops: int = 0

    def since(self, before: _Drops) -> _Drops:
        return _Drops(self.calls - before.calls, self.answers - before.answers, self.drops - before.drops)

    @property
    def share(self) -> float:
        return self.drops / self.answers if self.answers else 0.0


class VicidialAdaptive(Deaf):
    """VICIdial's adaptive predictive dialling, as documented and as its 2024 release behaves (no code of it is here).

    Source: problem statement "Pacing", section Baselines. Two loops. The dial loop tops up, every 2.5 s, to level x
    agents. The level loop looks each second, and every 15 s multiplies the level by 1 + (mean ready - mean waiting +
    dl_diff) / mean agents, then applies the drop rule by statistics that are drawn up once a minute.

    Where the words leave a choice: agents of the mean are those of the dial loop (READY + INCALL), whatever the tally;
    drops are shares of the persons who answered; the last minute is that of the statistics; the day begins with the
    shift; a second is sampled at the first decision after it.
    """

    _DIAL_EVERY_S = 2.5
    _WINDOW_S = 15
    _STATISTICS_EVERY_S = 60

    def __init__(self, settings: VicidialSettings | None = None) -> None:
        self._settings = settings or VicidialSettings()
        self.level = 1.0
        self._dial_at, self._second = 0.0, 0
        self._samples: deque[tuple[int, int, int]] = deque(maxlen=self._WINDOW_S)
        self._calls = self._answers = self._drops = 0
        self._served: set[int] = set()
        self._today = self._minute = _Drops()

    def placed(self, call: int, chance: float, now_s: float) -> None:
        """Count it."""
        del call, chance, now_s
        self._calls += 1

    def connected(self, call: int, agent: int, waited_s: float, now_s: float) -> None:
        """Count an answer."""
        del agent, waited_s, now_s
        self._answers += 1
        self._served.add(call)

    def machine(self, call: int, now_s: float) -> None:
        """An agent's word takes an answer back; detection's was never counted."""
        del now_s
        if call in self._served:
            self._served.remove(call)
            self._answers -= 1

    def abandoned(self, call: int, now_s: float) -> None:
        """Count an answer and a drop."""
        del call, now_s
        self._answers += 1
        self._drops += 1

    def decide(self, floor: Floor, now_s: float) -> Move:
        """Move the level where that is due, and top up where that is."""
        while self._second < math.floor(now_s):
            self._second += 1
            self._each_second(floor)
        if now_s < self._dial_at:
            return Move(0, detect=self._settings.detect, reason="between two rounds of the dial loop")
        self._dial_at = (math.floor(now_s / self._DIAL_EVERY_S) + 1) * self._DIAL_EVERY_S
        talking, only = len(floor.talking_s), self._settings.available_only
        goal = round(self.level * (floor.ready if only else floor.ready + talking)) + (talking if only else 0)
        under_way = pending(floor) + talking
        return Move(
            max(0, goal - under_way),
            detect=self._settings.detect,
            reason=f"level {self.level:.2f}: {goal} - {under_way}",
        )

    def _each_second(self, floor: Floor) -> None:
        self._samples.append((floor.ready, len(floor.waiting_s), floor.ready + len(floor.talking_s)))
        if self._second % self._STATISTICS_EVERY_S == 0:
            now = _Drops(self._calls, self._answers, self._drops)
            self._minute, self._today = now.since(self._today), now
        if self._second % self._WINDOW_S == 0:
            self._move_level()

    def _move_level(self) -> None:
        ready, waiting, agents = (sum(column) / len(self._samples) for column in zip(*self._samples, strict=True))
        its = self._settings
        if agents:
            change = (ready - waiting + its.dl_diff) / agents
            change *= 1 + its.intensity / 100 if change >= 0 else abs(its.intensity / 100 - 1)
            self.level = min(max(self.level * (1 + change), 1.0), its.maximum)
        if self._minute.calls > _MANY_IN_A_MINUTE and self._minute.share > _HALF:
            self.level /= 2
        if self._today.calls > _ENOUGH_CALLS and self._today.share > _LIMIT:
            self.level = self._after_drops()
        self.level = max(1.0, self.level)

    def _after_drops(self) -> float:
        match self._settings.method:
            case DropRule.HARD_LIMIT:
                return 1.0
            case DropRule.AVERAGE:
                return self.level / 2
            case DropRule.TAPERED:
                minutes = self._settings.shift_begins_h * 60 + self._second // 60
                hhmm = minutes // 60 % 24 * 100 + minutes % 60
                return self.level * min(1.0, (2100 - hhmm) / 1000)

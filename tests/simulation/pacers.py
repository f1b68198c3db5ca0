"""Pacers for tests: they keep the Protocol, remember what they were told, and decide by a rule of one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.simulation.pacer import Floor, Move

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.simulation.scenario import Scenario


class Scripted:
    """Decides by a rule of the floor and the time; `told` is everything it heard, as (word, number, now_s)."""

    def __init__(self, rule: Callable[[Floor, float], Move]) -> None:
        self.rule = rule
        self.told: list[tuple[str, int, float]] = []
        self.floors: list[tuple[float, Floor]] = []
        self.chances: list[float] = []
        self.waits_s: list[float] = []
        self.agents: list[int] = []
        """Who was given a call, in order."""

    def placed(self, call: int, chance: float, now_s: float) -> None:
        self.chances.append(chance)
        self.told.append(("placed", call, now_s))

    def answered(self, call: int, now_s: float) -> None:
        self.told.append(("answered", call, now_s))

    def ended(self, call: int, now_s: float) -> None:
        self.told.append(("ended", call, now_s))

    def dropped(self, call: int, now_s: float) -> None:
        self.told.append(("dropped", call, now_s))

    def machine(self, call: int, now_s: float) -> None:
        self.told.append(("machine", call, now_s))

    def connected(self, call: int, agent: int, waited_s: float, now_s: float) -> None:
        self.agents.append(agent)
        self.waits_s.append(waited_s)
        self.told.append(("connected", call, now_s))

    def abandoned(self, call: int, now_s: float) -> None:
        self.told.append(("abandoned", call, now_s))

    def talk_over(self, agent: int, now_s: float) -> None:
        self.told.append(("talk_over", agent, now_s))

    def wrapped_up(self, agent: int, now_s: float) -> None:
        self.told.append(("wrapped_up", agent, now_s))

    def decide(self, floor: Floor, now_s: float) -> Move:
        self.floors.append((now_s, floor))
        return self.rule(floor, now_s)

    def heard(self, word: str) -> list[tuple[int, float]]:
        """When this was heard, and of whom."""
        return [(number, now_s) for said, number, now_s in self.told if said == word]


def progressive() -> Scripted:
    """One call for each free agent."""
    return Scripted(lambda floor, _now_s: Move(floor.ready - _pending(floor)))


def ratio(calls: float) -> Scripted:
    """So many calls for each free agent."""
    return Scripted(lambda floor, _now_s: Move(int(calls * floor.ready) - _pending(floor)))


def steady(calls: int) -> Scripted:
    """So many calls in flight whatever happens."""
    return Scripted(lambda floor, _now_s: Move(calls - len(floor.ringing_s)))


def at(*moments_s: float, calls: int = 1) -> Scripted:
    """So many calls at each of these moments, or at the first decision after them."""
    left = sorted(moments_s, reverse=True)

    def rule(_floor: Floor, now_s: float) -> Move:
        if not left or now_s < left[-1]:
            return Move(0)
        left.pop()
        return Move(calls)

    return Scripted(rule)


def _pending(floor: Floor) -> int:
    return len(floor.ringing_s) + len(floor.detecting_s) + len(floor.waiting_s)


def make(name: str, scenario: Scenario) -> Scripted:
    """By name, as the registry of the real ones does it."""
    del scenario
    return {"progressive": progressive(), "ratio": ratio(1.5), "rash": steady(40)}[name]

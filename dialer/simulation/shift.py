"""What a simulated shift leaves behind: who did what when, who answered, who was abandoned, what each decision took."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import auto

from dialer.core.model import Word


class Doing(Word):
    """What an agent of a simulated floor does."""

    READY = auto()
    """Waits for a call."""
    TALKING = auto()
    """Talks with a customer of the campaign."""
    WRAP_UP = auto()
    """Notes down what came of it."""
    MACHINE = auto()
    """Was given an answering machine, and notices."""
    PAUSED = auto()
    """On a pause that was asked for."""
    INBOUND = auto()
    """Lent to a call from outside."""


@dataclass(frozen=True, slots=True)
class LiveAnswer:
    """A person who picked up: when, whether nobody came, and the abandonment that was expected when it was placed."""

    at_s: float
    abandoned: bool
    expected: float


@dataclass(frozen=True, slots=True)
class Sample:
    """The floor at one instant: calls in flight (unanswered), calls in detection or waiting, the true p."""

    at_s: float
    in_flight: int
    unserved: int
    p: float


@dataclass(slots=True)
class ShiftResult:
    """A shift from its begin to `end_s`. Two shifts are equal if all but the time that decisions took is."""

    scenario: str
    seed: int
    end_s: float
    spans: dict[Doing, list[tuple[float, float]]] = field(default_factory=lambda: {doing: [] for doing in Doing})
    """From when to when some agent did this; whose span it is does not matter."""
    live_answers: list[LiveAnswer] = field(default_factory=list)
    """In the order in which their fate was settled; who still waits at the end of the shift is not among them."""
    waits_s: list[float] = field(default_factory=list)
    """How long agents were READY before each call that they were given, machines included."""
    placed: int = 0
    dropped: int = 0
    """Withdrawn while they rang."""
    machines: int = 0
    """Machines that picked up."""
    false_positives: int = 0
    """Persons who were taken for machines: they are among the live answers, as abandoned."""
    machines_to_agents: int = 0
    samples: list[Sample] = field(default_factory=list)
    decision_s: list[float] = field(default_factory=list, compare=False)
    """What each decision took on this machine: data, never input."""

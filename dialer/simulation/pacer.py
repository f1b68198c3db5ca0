"""What a simulated floor asks of whoever decides how many calls to place: the Protocol, what it sees, what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


class Pacer(Protocol):
    """Whoever decides how many calls to place: told of what happens, asked at every event and tick.

    `call` and `agent` are numbers that the floor gives, `now_s` the virtual clock in seconds since the shift began: the
    moment at which the dialler hears of the event, which may be later than it happened.
    """

    def placed(self, call: int, chance: float, now_s: float) -> None:
        """A call was sent; `chance` is the P(answer) that the lead model gives, or nan."""

    def answered(self, call: int, now_s: float) -> None:
        """Somebody or a machine picked up."""

    def ended(self, call: int, now_s: float) -> None:
        """Over unanswered: failed fast, busy, rang out."""

    def dropped(self, call: int, now_s: float) -> None:
        """We withdrew it while it rang."""

    def machine(self, call: int, now_s: float) -> None:
        """Detection (or the agent) says machine."""

    def connected(self, call: int, agent: int, waited_s: float, now_s: float) -> None:
        """Bridged to an agent; `waited_s` is counted from the ANSWER."""

    def abandoned(self, call: int, now_s: float) -> None:
        """Answered by a person (as far as the dialler can tell), and nobody came within the limit."""

    def talk_over(self, agent: int, now_s: float) -> None:
        """The talk is over, the agent is in wrap-up."""

    def wrapped_up(self, agent: int, now_s: float) -> None:
        """The wrap-up is over."""

    def decide(self, floor: Floor, now_s: float) -> Move:
        """What to do now."""


@dataclass(frozen=True, slots=True)
class Move:
    """What a pacer wants done at one instant. `reason` is in words, `expected_abandonment` a share of 0..1."""

    place: int
    """New calls now."""
    drop: int = 0
    """Withdraw so many of the calls that have rung longest (only those past the ring floor of 15 s)."""
    detect: bool = True
    """Whether the new calls go through answering-machine detection where the campaign has it."""
    expected_abandonment: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Floor:
    """What a pacer sees; ages are in seconds, unordered unless said."""

    ready: int
    talking_s: list[float]
    """How long each talking agent has talked."""
    wrap_up_s: list[float]
    paused: int
    ringing_s: list[float]
    """How long ago each call in flight was sent, OLDEST FIRST."""
    chances: list[float]
    """P(answer) of each of these, by the lead model; nan where it says nothing."""
    detecting_s: list[float]
    """How long ago each call in detection was answered."""
    waiting_s: list[float]
    """How long ago each answered customer without an agent answered."""

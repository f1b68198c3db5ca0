"""Draws the talks to review: by chance or by risk, the same for the same seed, no agent forgotten. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import auto
from hashlib import blake2b
from heapq import heappush, heapreplace, nlargest
from typing import TYPE_CHECKING

from dialer.core.errors import InputError
from dialer.core.model import Disposition, Outcome, Word

if TYPE_CHECKING:
    from collections.abc import Iterable

_BYTES = 8
_SHORT_S = 20.0
_DEAD_SHARE = 0.2
_OVERLAP = 0.1
_ONE_SIDED = 0.8


class DrawnBy(Word):
    """How talks are drawn."""

    RANDOM = auto()
    """All are as likely."""
    RISK = auto()
    """Those that more speaks against are likelier, in proportion; none is impossible."""


class Risk(Word):
    """What makes a talk worth a look."""

    SHORT = auto()
    """Customer and agent talked less than 20 s."""
    DEAD_AIR = auto()
    """For a fifth of the recording or more nobody spoke."""
    OVERLAP = auto()
    """For a tenth of the recording or more both spoke at once."""
    ONE_SIDED = auto()
    """The agent spoke for four fifths of what was spoken, or more."""
    REFUSED = auto()
    """The customer refused."""
    DO_NOT_CALL = auto()
    """The customer asked never to be called again."""
    NOT_RECORDED = auto()
    """The agent did not say what came of it."""
    NEW_AGENT = auto()
    """The agent has worked here for two weeks at most."""
    ABANDONED = auto()
    """A customer answered and nobody was there."""


POINTS = {
    Risk.SHORT: 2.0,
    Risk.DEAD_AIR: 2.0,
    Risk.OVERLAP: 1.0,
    Risk.ONE_SIDED: 1.0,
    Risk.REFUSED: 1.0,
    Risk.DO_NOT_CALL: 3.0,
    Risk.NOT_RECORDED: 2.0,
    Risk.NEW_AGENT: 2.0,
    Risk.ABANDONED: 2.0,
}
"""How many times likelier each makes a talk, beside the one that every talk has."""
_SAID = {
    Disposition.REFUSED: Risk.REFUSED,
    Disposition.DO_NOT_CALL: Risk.DO_NOT_CALL,
    Disposition.NOT_RECORDED: Risk.NOT_RECORDED,
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A talk that may be drawn; what was not measured is None."""

    attempt_id: str
    agent_id: str | None
    outcome: Outcome | None
    disposition: Disposition | None
    talk_s: float | None
    dead_air_share: float | None = None
    overlap_share: float | None = None
    agent_share: float | None = None
    """Of what was spoken, 0..1."""
    new_agent: bool = False

    def risks(self) -> tuple[Risk, ...]:
        """What speaks for a look, in a fixed order."""
        found = {_SAID.get(self.disposition)} if self.disposition is not None else set()
        if self.outcome is Outcome.ABANDONED:
            found.add(Risk.ABANDONED)
        if self.talk_s is not None and self.talk_s < _SHORT_S:
            found.add(Risk.SHORT)
        measures = ((self.dead_air_share, _DEAD_SHARE, Risk.DEAD_AIR), (self.overlap_share, _OVERLAP, Risk.OVERLAP))
        found |= {
            risk
            for value, limit, risk in (*measures, (self.agent_share, _ONE_SIDED, Risk.ONE_SIDED))
            if value is not None and value >= limit
        }
        if self.new_agent:
            found.add(Risk.NEW_AGENT)
        return tuple(risk for risk in Risk if risk in found)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A talk that was drawn, and what speaks for a look."""

    attempt_id: str
    agent_id: str | None
    risks: tuple[Risk, ...]


class Draw:
    """Takes candidates one after the other and keeps only those that may still be drawn: a month's talks fit in."""

    def __init__(self, size: int, by: DrawnBy, seed: int) -> None:
        self._size, self._by, self._seed = size, by, seed
        self._best: list[tuple[float, str, Drawn]] = []
        """The best so far, as many as are wanted, the worst of them on top."""
        self._of_agent: dict[str, tuple[float, str, Drawn]] = {}
        self.seen = 0

    def offer(self, candidates: Iterable[Candidate]) -> None:
        """These may be drawn too; the order in which they come does not matter."""
        for one in candidates:
            self.seen += 1
            risks = one.risks()
            ticket = (self._luck(one.attempt_id, risks), one.attempt_id, Drawn(one.attempt_id, one.agent_id, risks))
            if len(self._best) < self._size:
                heappush(self._best, ticket)
            elif ticket[:2] > self._best[0][:2]:
                heapreplace(self._best, ticket)
            if one.agent_id is not None:
                first = self._of_agent.get(one.agent_id)
                if first is None or ticket[:2] > first[:2]:
                    self._of_agent[one.agent_id] = ticket

    def drawn(self) -> list[Drawn]:
        """The sample, the luckiest first, with each agent's luckiest in it; InputError where there is no room."""
        if len(self._of_agent) > self._size:
            raise InputError(f"size: there are {len(self._of_agent)} agents, and each is to be in the sample")
        chosen = {ticket[1]: ticket for ticket in self._of_agent.values()}
        for ticket in nlargest(self._size, self._best, key=lambda one: one[:2]):
            if len(chosen) >= self._size:
                break
            chosen.setdefault(ticket[1], ticket)
        return [ticket[2] for ticket in sorted(chosen.values(), key=lambda one: one[:2], reverse=True)]

    def _luck(self, attempt_id: str, risks: tuple[Risk, ...]) -> float:
        """A number in 0..1 by the seed and the id; u^(1/weight) draws by weight (Efraimidis & Spirakis, 2006)."""
        digest = blake2b(f"{self._seed} {attempt_id}".encode(), digest_size=_BYTES, person=b"review sample").digest()
        luck = (int.from_bytes(digest, "big") + 1) / 2.0 ** (8 * _BYTES)
        if self._by is DrawnBy.RANDOM:
            return luck
        return float(luck ** (1.0 / (1.0 + sum(POINTS[risk] for risk in risks))))

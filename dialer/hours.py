"""The agents' time as pacing sees it: since when each is as they are, how long they wait, and what it adds up to.

Times are seconds of the event loop's own clock, which nobody can set.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.core.model import AgentState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dialer.metrics import Metrics

log = logging.getLogger(__name__)

Moved = Callable[[str, frozenset[str], AgentState, AgentState], None]
"""Told of an agent's change of state: id, skills, the state before and the state now."""


@dataclass(frozen=True, slots=True)
class AgentsSeen:
    """Some of the agents; since when they talk or wrap up, by agent."""

    states: Counter[AgentState] = field(default_factory=Counter)
    """A READY one to whom a call is being connected counts as RESERVED."""
    talking: dict[str, float] = field(default_factory=dict)
    wrapping_up: dict[str, float] = field(default_factory=dict)


class Hours:
    """The time of all agents of a node. `listeners` hear of every change of state."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._since: dict[str, float] = {}
        self._waiting_since: dict[str, float] = {}
        self._counts: Counter[AgentState] = Counter()
        self._counted_s = 0.0
        metrics.on_shown = self.add_up
        self.listeners: list[Moved] = []

    def moved(self, agent_id: str, skills: frozenset[str], before: AgentState, now: AgentState) -> None:
        """An agent has changed state."""
        now_s = self._since[agent_id] = asyncio.get_running_loop().time()
        if now is AgentState.READY:
            # A reservation that came to nothing does not end the wait.
            self._waiting_since.setdefault(agent_id, now_s)
        elif now is not AgentState.RESERVED:
            waiting_since = self._waiting_since.pop(agent_id, None)
            if now is AgentState.TALKING and waiting_since is not None:
                self._metrics.agent_wait.observe(now_s - waiting_since)
        for tell in self.listeners:
            try:
                tell(agent_id, skills, before, now)
            except Exception:  # whatever is learned of it: an agent's work goes on
                log.exception("an agent's move was not learned from", extra={"agent": agent_id})

    def count(self, states: Iterable[AgentState]) -> None:
        """All agents are in these states from now on; what was until now is added to the sums."""
        self.add_up()
        self._counts = Counter(states)
        for state in AgentState:
            self._metrics.agents.labels(state=state.value).set(self._counts[state])

    def add_up(self) -> None:
        """Add the time until now to the sums: between two changes of state it passes as well."""
        now_s = asyncio.get_running_loop().time()
        for state, count in self._counts.items():
            self._metrics.agent_seconds.labels(state=state.value).inc(count * (now_s - self._counted_s))
        self._counted_s = now_s

    def see(self, into: AgentsSeen, agent_id: str, state: AgentState, *, taken: bool) -> None:
        """Add an agent to what is seen; `taken` where a call is being connected to them."""
        into.states[AgentState.RESERVED if taken and state is AgentState.READY else state] += 1
        if state is AgentState.TALKING:
            into.talking[agent_id] = self._since[agent_id]
        elif state is AgentState.WRAP_UP:
            into.wrapping_up[agent_id] = self._since[agent_id]

"""An agent's card: shown on the floor and in the news at every change, and again while the floor does not hear it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core.errors import FloorError
from dialer.core.model import AgentState
from dialer.core.telephone import Telephone
from dialer.floor.floor import AgentCard

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.core.agent import Agent
    from dialer.live import Live, Spawn
    from dialer.ports import FloorPort, NewsPort

log = logging.getLogger(__name__)

_SHOW_AGAIN_S = 1.0
"""How soon a floor that did not answer is told again."""


@dataclass(slots=True)
class AtWork:
    """An agent's machine with the leg it stands on; a new leg id for every call-in, for ids are never used twice."""

    agent: Agent
    live: Live
    skills: frozenset[str]
    leg_id: str = ""
    telephone: Telephone = Telephone.DESK
    """With which the agent has logged in: the one that is called, and called again."""
    shown: tuple[object, ...] = ()
    to_show: bool = False
    """The floor is to be told, or told again."""
    being_shown: bool = False
    """Somebody is at it, and looks again afterwards."""


class Cards:
    """Shows agents as they are. `on_free` is told once the floor knows of an agent who has come free."""

    def __init__(
        self, *, node: str, floor: FloorPort, news: NewsPort, spawn: Spawn, on_free: Callable[[], None]
    ) -> None:
        self._node = node
        self._floor = floor
        self._news = news
        self._spawn = spawn
        self._on_free = on_free

    def show(self, at_work: AtWork) -> None:
        """Tell everybody where the agent stands now; never waits."""
        agent = at_work.agent
        at_work.shown = shown_of(agent)
        self._news.tell(f"agents/{agent.agent_id}", self._card(at_work).to_values() | in_hand(agent), retain=True)
        at_work.to_show = True
        if not at_work.being_shown:
            at_work.being_shown = True
            self._spawn(self._put(at_work), name=f"show {agent.agent_id}")

    async def put(self, at_work: AtWork) -> None:
        """Tell the floor alone, and wait for it; FloorError where it does not hear."""
        await self._floor.put_agent(self._card(at_work))

    async def _put(self, at_work: AtWork) -> None:
        """One at a time for each agent: two on their way at once could arrive in the other order."""
        try:
            while at_work.to_show:
                at_work.to_show = False
                await self.put(at_work)
        except FloorError as error:
            at_work.to_show = True
            log.warning("agent not shown on the floor", extra={"agent": at_work.agent.agent_id, "why": str(error)})
            # A timer, not a task: a floor that stays away must not keep the service from ending.
            asyncio.get_running_loop().call_later(_SHOW_AGAIN_S, self._put_again, at_work)
            return
        at_work.being_shown = False
        if at_work.agent.state is AgentState.READY:
            self._on_free()

    def _put_again(self, at_work: AtWork) -> None:
        self._spawn(self._put(at_work), name=f"show {at_work.agent.agent_id} again")

    def _card(self, at_work: AtWork) -> AgentCard:
        agent = at_work.agent
        return AgentCard(
            agent_id=agent.agent_id,
            node=self._node,
            state=agent.state,
            since=agent.since,
            skills=at_work.skills,
            waiting_since=agent.waiting_since if agent.state is AgentState.READY else None,
            attempt_id=agent.attempt_id,
            reason=reason_of(agent),
            telephone=at_work.telephone,
        )


def shown_of(agent: Agent) -> tuple[object, ...]:
    """All of an agent that is shown: the state first, the attempt last."""
    handled = (agent.held_since, agent.muted, agent.wrap_up_until)
    return (agent.state, agent.since, agent.waiting_since, *handled, agent.attempt_id)


def in_hand(agent: Agent) -> dict[str, object]:
    """What the agent does with the call, times in seconds since 1970: for the screens, the floor needs none of it."""
    return {
        "muted": agent.muted,
        "held_since": agent.held_since.timestamp() if agent.held_since else None,
        "wrap_up_until": agent.wrap_up_until.timestamp() if agent.wrap_up_until else None,
    }


def reason_of(agent: Agent) -> str | None:
    """Why the agent is where they are, if there is more to say than the state does."""
    return agent.pause_reason or agent.trouble

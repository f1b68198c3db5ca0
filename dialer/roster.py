"""The agents at work: their machines by id, told by the switch and by the agents, shown on the floor and as news."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from dialer.cards import AtWork, Cards, reason_of, shown_of
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.agent import Agent
from dialer.core.errors import ConflictError, NotFoundError, SwitchError
from dialer.core.model import AgentState
from dialer.core.telephone import RINGS_AT_MOST_S, Telephone, endpoint_of, standing_leg, telephone_of
from dialer.hours import AgentsSeen, Hours
from dialer.live import Live

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from dialer.books import Books
    from dialer.core.commands import Command
    from dialer.live import Spawn
    from dialer.metrics import Metrics
    from dialer.ports import Clock, FloorPort, NewsPort, SwitchPort
    from dialer.settings import AgentSettings

log = logging.getLogger(__name__)

CONNECT_LIMIT_S = 1.0
"""A reserved agent without a bridge is free again after this long."""


class Roster:
    """All agents of this node. Their order in line is the floor's; their states are decided here."""

    def __init__(
        self,
        agents: Mapping[str, AgentSettings],
        *,
        node: str,
        switch: SwitchPort,
        floor: FloorPort,
        books: Books,
        news: NewsPort,
        metrics: Metrics,
        spawn: Spawn,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        self._node = node
        self._switch = switch
        self._cards = Cards(node=node, floor=floor, news=news, spawn=spawn, on_free=self._shown_free)
        self._books = books
        self._news = news
        self._metrics = metrics
        self._clock = clock
        self._new_id = new_id
        self._spawn = spawn
        self._by_leg: dict[str, AtWork] = {}
        self.on_ready: Callable[[], None] = lambda: None
        """Told whenever an agent has come free: a waiting call is served first."""
        self.on_free: Callable[[], None] = lambda: None
        """Told after it: a moment to pace."""
        self.on_talk_left: Callable[[str], None] = lambda _attempt_id: None
        """Told the attempt whose agent's telephone is gone, or hung up, in mid-call."""
        self.on_changed: Callable[[str], None] = lambda _agent_id: None
        """Told the agent whenever one has another state."""
        self.closed_because: str | None = None
        """Set: nobody can log in, and why; for as long as it is being found out who is logged in already."""
        self.hours = Hours(metrics)
        self._agents: dict[str, AtWork] = {}
        for agent_id, settings in agents.items():
            self._agents[agent_id] = self._start(agent_id, settings.skills)

    def _start(self, agent_id: str, skills: frozenset[str]) -> AtWork:
        agent = Agent(agent_id, wrap_up_s=30, since=self._clock())

        async def carry_out(command: Command) -> None:
            await self._carry_out(self._agents[agent_id], command)

        def changed(event: ev.Event) -> None:
            self._changed(self._agents[agent_id], event)

        live = Live(
            agent_id,
            agent,
            carry_out=carry_out,
            changed=changed,
            hearing=self._switch,
            spawn=self._spawn,
            clock=self._clock,
        )
        return AtWork(agent, live, skills)

    # --- what agents and calls ask ----------------------------------------------------------------

    def agent(self, agent_id: str) -> Agent:
        """The agent's machine, to be read; NotFoundError for an unknown id."""
        return self._find(agent_id).agent

    def agents(self) -> list[Agent]:
        """All agents of this node, by id."""
        return [self._agents[agent_id].agent for agent_id in sorted(self._agents)]

    def standing_leg(self, agent_id: str) -> str:
        """The id of the agent's standing leg; ConflictError where it is not up."""
        at_work = self._logged_in(agent_id)
        if at_work.agent.state is AgentState.CALLING_IN:
            raise ConflictError(f"the telephone of agent {agent_id} is only being called")
        return at_work.leg_id

    def seen(self, needed: frozenset[str], *, taken: Collection[str]) -> AgentsSeen:
        """The agents who have these skills; `taken` are those to whom calls are being connected."""
        found = AgentsSeen()
        for agent_id, at_work in self._agents.items():
            if at_work.skills >= needed:
                self.hours.see(found, agent_id, at_work.agent.state, taken=agent_id in taken)
        return found

    def skill_sets(self, needed: frozenset[str]) -> frozenset[frozenset[str]]:
        """The different sets of skills of the agents at work who have these, and these themselves."""
        at_work = (one for one in self._agents.values() if one.agent.state is not AgentState.OFFLINE)
        return frozenset({needed, *(one.skills for one in at_work if one.skills >= needed)})

    def login(self, agent_id: str, telephone: Telephone = Telephone.DESK) -> None:
        """Call the agent on this telephone; ConflictError if the agent is logged in already."""
        at_work = self._find(agent_id)
        if self.closed_because:
            raise ConflictError(f"not now: {self.closed_because}; try again in a moment")
        if at_work.agent.state is not AgentState.OFFLINE:
            raise ConflictError(f"agent {agent_id} is logged in already ({at_work.agent.state})")
        at_work.telephone = telephone
        at_work.live.feed(ev.LoginAsked(self._clock()))

    def logout(self, agent_id: str) -> None:
        """Log the agent out, after the present call and its wrap-up."""
        self._logged_in(agent_id).live.feed(ev.LogoutAsked(self._clock()))

    def pause(self, agent_id: str, reason: str) -> None:
        """No calls for the agent, after the present call and its wrap-up."""
        self._logged_in(agent_id).live.feed(ev.PauseAsked(self._clock(), reason))

    def ready(self, agent_id: str) -> None:
        """Calls for the agent again."""
        self._logged_in(agent_id).live.feed(ev.ReadyAsked(self._clock()))

    def dismiss(self, agent_id: str) -> None:
        """Log the agent out for good, whatever the state: the node goes down."""
        at_work = self._find(agent_id)
        at_work.live.feed(ev.LogoutAsked(self._clock()))
        if at_work.agent.state is not AgentState.OFFLINE and at_work.leg_id:
            self._spawn(self._hang_up(at_work.leg_id), name=f"dismiss {agent_id}")

    def disposed(self, agent_id: str, event: ev.DispositionGiven) -> None:
        """The agent has recorded what came of the talk."""
        self.tell(agent_id, event)

    def tell(self, agent_id: str, event: ev.Event) -> None:
        """Something has happened to the agent that no leg tells of."""
        self._find(agent_id).live.feed(event)

    def leg_in(self, agent_id: str, attempt_id: str) -> str | None:
        """The standing leg of an agent who is in this attempt; None where they are not, or not any more."""
        at_work = self._agents.get(agent_id)
        there = at_work is not None and at_work.agent.attempt_id == attempt_id
        return at_work.leg_id if at_work and there and at_work.agent.state is not AgentState.WRAP_UP else None

    def reserve(
        self,
        agent_id: str,
        attempt_id: str,
        *,
        wrap_up_s: float,
        limit_s: float = CONNECT_LIMIT_S,
        even_paused: bool = False,
    ) -> str:
        """Reserve an agent whom the floor gave us; the id of the standing leg.

        ConflictError if the agent is not free after all: the floor's card was stale, and is shown anew.
        """
        at_work = self._find(agent_id)
        if at_work.agent.attempt_id == attempt_id and at_work.agent.state is AgentState.RESERVED:
            return at_work.leg_id
        at_work.agent.wrap_up_s = wrap_up_s
        at_work.live.feed(ev.Reserved(self._clock(), attempt_id, limit_s, even_paused))
        if at_work.agent.attempt_id != attempt_id:
            self._show(at_work)
            raise ConflictError(f"agent {agent_id} is not free ({at_work.agent.state})")
        return at_work.leg_id

    def release(self, agent_id: str, attempt_id: str) -> None:
        """The attempt needs the agent no more."""
        at_work = self._agents.get(agent_id)
        if at_work is None:
            return
        at_work.live.feed(ev.Released(self._clock(), attempt_id))
        if at_work.agent.state is AgentState.READY:
            # The floor may have reserved the agent without the machine ever hearing of it.
            self._show(at_work)

    def show_free(self) -> None:
        """Show all free agents anew: a floor whose answer was lost may have taken one for nobody."""
        for at_work in self._agents.values():
            if at_work.agent.state is AgentState.READY:
                self._show(at_work)

    async def doubt(self, agent_id: str) -> None:
        """A bridge to the agent was refused: where the switch knows the leg no more, the agent is called in again."""
        leg_id = self._find(agent_id).leg_id
        if leg_id and leg_id not in await self._switch.channels():
            self.hear(ev.LegVanished(self._clock(), leg_id))

    # --- after a restart --------------------------------------------------------------------------

    def adopt(self, agent_id: str, leg_id: str, event: ev.AgentAdopted, wrap_up_s: float) -> None:
        """Take over the living leg of an agent whom a former run called in."""
        at_work = self._find(agent_id)
        at_work.leg_id, at_work.telephone = leg_id, telephone_of(agent_id, leg_id) or Telephone.DESK
        self._by_leg[leg_id] = at_work
        at_work.agent.wrap_up_s = wrap_up_s
        at_work.live.feed(event)

    def agent_on(self, leg_id: str) -> str | None:
        """Whose standing leg this is."""
        at_work = self._by_leg.get(leg_id)
        return at_work.agent.agent_id if at_work else None

    def call_back(self, agent_id: str, telephone: Telephone) -> None:
        """Call in again, on this telephone, an agent of a former run whose leg did not outlive it."""
        at_work = self._find(agent_id)
        at_work.telephone = telephone
        at_work.live.feed(ev.LoginAsked(self._clock()))

    # --- what the switch says ---------------------------------------------------------------------

    def hear(self, event: ev.LegEvent) -> bool:
        """Take an event of an agent's leg; False if the leg is none of ours."""
        at_work = self._by_leg.get(event.leg_id)
        if at_work is None:
            return False
        if event.leg_id == at_work.leg_id:
            leaves = isinstance(event, ev.LegHangupAsked | ev.LegEnded | ev.LegVanished)
            if leaves and at_work.agent.state is AgentState.TALKING and at_work.agent.attempt_id:
                self.on_talk_left(at_work.agent.attempt_id)
            at_work.live.feed(event)
        if isinstance(event, ev.LegEnded | ev.LegVanished):
            self._by_leg.pop(event.leg_id, None)
        return True

    def legs(self) -> list[str]:
        """The ids of all agents' legs that should be alive."""
        return [a.leg_id for a in self._agents.values() if a.agent.state is not AgentState.OFFLINE and a.leg_id]

    async def show_all(self) -> None:
        """Tell an empty floor who is where; whoever waits for an agent asks it again."""
        for at_work in self._agents.values():
            await self._cards.put(at_work)
        self._shown_free()

    # --- inside -----------------------------------------------------------------------------------

    def _find(self, agent_id: str) -> AtWork:
        if agent_id not in self._agents:
            raise NotFoundError(f"no agent {agent_id!r} in the settings of node {self._node}")
        return self._agents[agent_id]

    def _logged_in(self, agent_id: str) -> AtWork:
        at_work = self._find(agent_id)
        if at_work.agent.state is AgentState.OFFLINE:
            raise ConflictError(f"agent {agent_id} is not logged in")
        return at_work

    async def _carry_out(self, at_work: AtWork, command: Command) -> None:
        agent_id = at_work.agent.agent_id
        match command:
            case do.CallAgent():
                at_work.leg_id = standing_leg(agent_id, at_work.telephone, self._new_id())
                self._by_leg[at_work.leg_id] = at_work
                endpoint, rings_s = endpoint_of(agent_id, at_work.telephone), RINGS_AT_MOST_S[at_work.telephone]
                await self._switch.call_agent(at_work.leg_id, endpoint, rings_s)
            case do.HangUpAgent():
                leg_id, at_work.leg_id = at_work.leg_id, ""
                if leg_id:
                    await self._hang_up(leg_id)
            case do.Unmute():
                if at_work.leg_id:
                    await self._switch.mute(at_work.leg_id, on=False)
            case do.GapInRecord(attempt_id):
                self._books.gap(attempt_id, self._clock())
            case _:
                raise NotImplementedError(command)

    async def _hang_up(self, leg_id: str) -> None:
        try:
            await self._switch.hang_up(leg_id)
        except SwitchError as error:
            # Gone already, or the switch is: either way the leg is no longer ours.
            log.info("agent leg not hung up", extra={"leg": leg_id, "why": str(error)})

    def _changed(self, at_work: AtWork, event: ev.Event) -> None:
        agent = at_work.agent
        if shown_of(agent) == at_work.shown:
            return
        if at_work.shown and at_work.shown[-1] is not None and agent.attempt_id is None:
            self._news.tell(f"agents/{agent.agent_id}/screen", None, retain=True)
        before = AgentState(str(at_work.shown[0])) if at_work.shown else None
        if before is not agent.state:
            self._books.agent_state(agent.agent_id, agent.state, event.at, agent.attempt_id, reason_of(agent))
            self.hours.moved(agent.agent_id, at_work.skills, before or AgentState.OFFLINE, agent.state)
        self._show(at_work)
        if before is not agent.state:
            self.on_changed(agent.agent_id)

    def _show(self, at_work: AtWork) -> None:
        self.hours.count(other.agent.state for other in self._agents.values())
        self._cards.show(at_work)

    def _shown_free(self) -> None:
        self.on_ready()
        self.on_free()

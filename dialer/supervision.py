"""Supervisors on agents' lines: who hears whom and how, from the call of the supervisor's telephone to its end.

Theory. A supervisor is somebody who works as an agent and is logged out: their telephone is free, and is called onto
the standing leg of the agent whom they want to hear. That leg lasts through many talks, and so does the listening. It
ends with either leg. Whoever listens is written down before the telephone rings, and told to all who may know.

Nothing of it outlives the controller: a supervisor's leg that nobody here knows is hung up (dialer.recovery), for
nobody may be listened to unseen.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core import events as ev
from dialer.core.errors import ConflictError, RingpaceError, SwitchError
from dialer.core.model import AgentState, SupervisionMode
from dialer.record.audit import AuditLine

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from dialer.books import Books
    from dialer.joining import Joining
    from dialer.live import Spawn
    from dialer.ports import Clock, NewsPort, SwitchPort
    from dialer.record.record import Record
    from dialer.roster import Roster

log = logging.getLogger(__name__)

RING_LIMIT_S = 20.0
"""How long a supervisor's telephone may ring."""
LEG_PREFIX = "supervisor-"
BEGUN, CHANGED, ENDED = "listening begun", "listening changed", "listening ended"
"""Words of the audit trail."""
_OVER = (ev.LegEnded, ev.LegVanished, ev.OriginateFailed)


@dataclass(slots=True)
class Supervisor:
    """One supervisor on an agent's line."""

    supervisor_id: str
    """The agent that the supervisor works as: whose telephone it is."""
    who: str
    """As it stands in the audit trail."""
    agent_id: str
    mode: SupervisionMode
    leg_id: str
    since: datetime
    up: bool = False
    """The telephone has been answered."""

    def shown(self) -> dict[str, object]:
        """As the floor sees it; the moment is in seconds since 1970."""
        return {
            "agent_id": self.agent_id,
            "supervisor_id": self.supervisor_id,
            "who": self.who,
            "mode": self.mode.value,
            "since": self.since.timestamp(),
            "up": self.up,
        }


class Supervision:
    """All supervisors on lines of this node: one to an agent, and each on one line."""

    def __init__(
        self,
        *,
        announced: bool,
        switch: SwitchPort,
        roster: Roster,
        record: Record,
        books: Books,
        news: NewsPort,
        spawn: Spawn,
        clock: Clock,
        new_id: Callable[[], str],
    ) -> None:
        """`announced`: agents see that somebody listens."""
        self._announced = announced
        self._switch = switch
        self._roster = roster
        self._record = record
        self._books = books
        self._news = news
        self._spawn = spawn
        self._clock = clock
        self._new_id = new_id
        self._by_agent: dict[str, Supervisor] = {}
        self.joining: Joining | None = None
        """What writes down the voice of those who join a talk; None where nothing does."""

    # --- to be read -------------------------------------------------------------------------------

    def supervisors(self) -> list[Supervisor]:
        """All of them, by the agents whom they hear."""
        return [self._by_agent[agent_id] for agent_id in sorted(self._by_agent)]

    def of(self, agent_id: str) -> Supervisor | None:
        """Who hears this agent."""
        return self._by_agent.get(agent_id)

    def legs(self) -> list[str]:
        """The ids of all supervisors' legs that should be alive."""
        return [one.leg_id for one in self._by_agent.values()]

    # --- what supervisors ask ---------------------------------------------------------------------

    async def listen(self, who: str, supervisor_id: str | None, agent_id: str, mode: SupervisionMode) -> Supervisor:
        """Be on this agent's line in this mode: begins it, or changes the mode of one's own.

        ConflictError says why not now; SwitchError where Asterisk refuses; RecordError where it cannot be written down.
        """
        agent_leg = self._roster.standing_leg(agent_id)
        if mode is SupervisionMode.BARGE and self._roster.agent(agent_id).state is not AgentState.TALKING:
            raise ConflictError(f"agent {agent_id} is in no talk that could be joined")
        if supervisor_id is None:
            raise ConflictError(f"{who} works as no agent: the user needs one, whose telephone is called")
        there = self._by_agent.get(agent_id)
        if there is None:
            return await self._begin(who, supervisor_id, agent_id, agent_leg, mode)
        if there.supervisor_id != supervisor_id:
            raise ConflictError(f"{there.who} listens to agent {agent_id} already")
        await self._change(there, who, agent_leg, mode)
        return there

    async def end(self, who: str, agent_id: str) -> None:
        """Nobody is on this agent's line any more; where nobody was, nothing is to be done."""
        supervisor = self._by_agent.get(agent_id)
        if supervisor is not None:
            self._forget(supervisor, who)
            await self._switch.hang_up(supervisor.leg_id)

    async def _begin(
        self, who: str, supervisor_id: str, agent_id: str, agent_leg: str, mode: SupervisionMode
    ) -> Supervisor:
        if supervisor_id == agent_id:
            raise ConflictError(f"{who} works as agent {agent_id}, and cannot listen to themselves")
        if other := next((one for one in self._by_agent.values() if one.supervisor_id == supervisor_id), None):
            raise ConflictError(f"the telephone of {supervisor_id} is on the line of agent {other.agent_id}: end that")
        if (state := self._roster.agent(supervisor_id).state) is not AgentState.OFFLINE:
            raise ConflictError(f"agent {supervisor_id} is at work ({state}): log out first, the telephone is needed")
        leg_id = f"{LEG_PREFIX}{supervisor_id}-{self._new_id()}"
        supervisor = Supervisor(supervisor_id, who, agent_id, mode, leg_id, self._clock())
        # Known before anything is waited for, so that nobody else takes the place and no early event is lost.
        self._by_agent[agent_id] = supervisor
        try:
            # Before the telephone rings: who cannot be written down does not listen.
            await self._record.audit.add(self._line(supervisor, who, BEGUN))
            await self._switch.call_supervisor(leg_id, supervisor_id, agent_leg, mode, RING_LIMIT_S)
        except RingpaceError:
            if self._forget(supervisor, who):
                self._spawn(self._hang_up(leg_id), name=f"hang up {leg_id}")  # an order without an answer may be done
            raise
        self._tell(supervisor)
        return supervisor

    async def _change(self, supervisor: Supervisor, who: str, agent_leg: str, mode: SupervisionMode) -> None:
        if supervisor.mode is mode:
            return
        if not supervisor.up:
            raise ConflictError(f"the telephone of {supervisor.supervisor_id} has not been answered yet")
        await self._record.audit.add(self._line(supervisor, who, CHANGED, f"{supervisor.mode} to {mode}"))
        await self._switch.supervise(supervisor.leg_id, agent_leg, mode)
        if self._is_there(supervisor):
            supervisor.mode = mode
            self._tell(supervisor)
            self._write_down(supervisor)
            self._end_barge(supervisor)  # the talk may have ended meanwhile

    # --- what happens -----------------------------------------------------------------------------

    def hear(self, event: ev.LegEvent) -> bool:
        """Take an event of a supervisor's leg; False if the leg is none of ours."""
        supervisor = next((one for one in self._by_agent.values() if one.leg_id == event.leg_id), None)
        if supervisor is None:
            return False
        if isinstance(event, ev.LegAnswered) and not supervisor.up:
            supervisor.up = True
            self._tell(supervisor)
            self._write_down(supervisor)
        elif isinstance(event, _OVER):
            self._forget(supervisor, supervisor.who if supervisor.up else "ringpace")
        return True

    def agent_moved(self, agent_id: str) -> None:
        """An agent is in another state: one who left is heard no more, nor does one who came listen any more."""
        state = self._roster.agent(agent_id).state
        supervisor = self._by_agent.get(agent_id)
        if supervisor is not None and state in {AgentState.OFFLINE, AgentState.CALLING_IN}:
            self._end_by_itself(supervisor)
        elif supervisor is not None:
            self._end_barge(supervisor)
        if state is not AgentState.OFFLINE:
            for own in [one for one in self._by_agent.values() if one.supervisor_id == agent_id]:
                self._end_by_itself(own)

    def _end_barge(self, supervisor: Supervisor) -> None:
        """Joining is for one talk: the next customer must not be met by somebody who does not know it."""
        talks = self._roster.agent(supervisor.agent_id).state is AgentState.TALKING
        if supervisor.mode is SupervisionMode.BARGE and not talks:
            self._spawn(self._only_listen(supervisor), name=f"end barge of {supervisor.leg_id}")

    async def _only_listen(self, supervisor: Supervisor) -> None:
        try:
            leg_id = self._roster.standing_leg(supervisor.agent_id)
            await self._switch.supervise(supervisor.leg_id, leg_id, SupervisionMode.LISTEN)
        except RingpaceError as error:
            log.warning("barge not ended: the leg goes", extra={"leg": supervisor.leg_id, "why": str(error)})
            self._end_by_itself(supervisor)
            return
        if self._is_there(supervisor) and supervisor.mode is SupervisionMode.BARGE:
            self._books.audited(self._line(supervisor, "ringpace", CHANGED, "BARGE to LISTEN: the talk is over"))
            supervisor.mode = SupervisionMode.LISTEN
            self._tell(supervisor)
            self._write_down(supervisor)

    def _end_by_itself(self, supervisor: Supervisor) -> None:
        if self._forget(supervisor, "ringpace"):
            self._spawn(self._hang_up(supervisor.leg_id), name=f"hang up {supervisor.leg_id}")

    async def _hang_up(self, leg_id: str) -> None:
        try:
            await self._switch.hang_up(leg_id)
        except SwitchError as error:
            # Found by the next look at what lives: a leg that nobody knows is hung up.
            log.info("supervisor's leg not hung up", extra={"leg": leg_id, "why": str(error)})

    # --- inside -----------------------------------------------------------------------------------

    def _write_down(self, supervisor: Supervisor) -> None:
        """The voice of whoever joins a talk belongs into its recording, that of others does not."""
        if self.joining is None:
            return
        self.joining.end(supervisor.leg_id)
        if supervisor.mode is SupervisionMode.BARGE:
            attempt_id = self._roster.agent(supervisor.agent_id).attempt_id
            self._spawn(self.joining.begin(supervisor.leg_id, attempt_id), name=f"write down {supervisor.leg_id}")

    def _is_there(self, supervisor: Supervisor) -> bool:
        return self._by_agent.get(supervisor.agent_id) is supervisor

    def _forget(self, supervisor: Supervisor, who: str) -> bool:
        """Whether it was there until now."""
        if not self._is_there(supervisor):
            return False
        del self._by_agent[supervisor.agent_id]
        if self.joining is not None:
            self.joining.end(supervisor.leg_id)
        # Later than the moment where the record is away: nothing may keep a listening from ending.
        self._books.audited(self._line(supervisor, who, ENDED))
        self._tell_all(supervisor.agent_id, None, None)
        return True

    def _line(self, supervisor: Supervisor, who: str, what: str, how: str = "") -> AuditLine:
        attempt_id = self._roster.agent(supervisor.agent_id).attempt_id
        told = (how or supervisor.mode.value, supervisor.leg_id, f"attempt {attempt_id}" if attempt_id else "")
        return AuditLine(self._clock(), who, what, supervisor.agent_id, ", ".join(filter(None, told)))

    def _tell(self, supervisor: Supervisor) -> None:
        shown = supervisor.shown()
        heard = {key: shown[key] for key in ("mode", "since")} if self._announced and supervisor.up else None
        self._tell_all(supervisor.agent_id, shown, heard)

    def _tell_all(self, agent_id: str, shown: dict[str, object] | None, heard: dict[str, object] | None) -> None:
        self._news.tell(f"supervision/{agent_id}", shown, retain=True)
        if self._announced:
            self._news.tell(f"agents/{agent_id}/supervised", heard, retain=True)

"""What an agent does with the customer on the line: hold, mute, press keys, hand over to another agent."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.call import CONNECT_LIMIT_S, CallState
from dialer.core.errors import ConflictError, SwitchError
from dialer.core.model import AgentState, HungUpBy
from dialer.record.handovers import Handover

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from dialer.books import Books
    from dialer.core.agent import Agent
    from dialer.core.commands import Command
    from dialer.line import Calling
    from dialer.ports import Clock, FloorPort, SwitchPort
    from dialer.roster import Roster

log = logging.getLogger(__name__)

_BETWEEN_KEYS_S = 0.08
"""Of silence, so that the same key twice is two keys (ITU-T Q.24: 40 ms)."""


class Handling:
    """The talks of this node in their agents' hands: `live` are the calls by attempt, `show` fills a screen."""

    def __init__(
        self,
        *,
        switch: SwitchPort,
        floor: FloorPort,
        roster: Roster,
        books: Books,
        show: Callable[[str, Calling], None],
        clock: Clock,
        live: Mapping[str, Calling],
    ) -> None:
        self._switch = switch
        self._floor = floor
        self._roster = roster
        self._books = books
        self._show = show
        self._clock = clock
        self._live = live

    # --- what agents ask: ConflictError where it does not fit, SwitchError where Asterisk does not do it ------------

    async def mute(self, agent_id: str, *, on: bool) -> None:
        """Keep what the agent says from the customer until the talk ends, or let it through again."""
        calling = self._talk_of(agent_id)
        leg_id = self._roster.leg_in(agent_id, calling.attempt.attempt_id)
        if not leg_id:
            raise ConflictError(f"agent {agent_id} has no telephone on the line")
        await self._switch.mute(leg_id, on=on)
        self._roster.tell(agent_id, ev.Muted(self._clock(), on))

    async def press(self, agent_id: str, keys: str) -> None:
        """Press keys of a telephone, one after the other, for whatever is at the customer's side."""
        calling = self._talk_of(agent_id, CallState.TALKING)
        for number, key in enumerate(keys):
            if number:
                await asyncio.sleep(_BETWEEN_KEYS_S)
            if calling.call.state is not CallState.TALKING or calling.call.agent_id != agent_id:
                raise ConflictError(f"the talk was over, or on hold, after {number} of {len(keys)} keys")
            await self._switch.press(calling.attempt.attempt_id, key)

    def hold(self, agent_id: str) -> None:
        """Let the customer hear the hold tone instead of the agent."""
        calling = self._talk_of(agent_id, CallState.TALKING)
        now = self._clock()
        self._roster.tell(agent_id, ev.CustomerHeld(now, calling.attempt.attempt_id))
        calling.live.feed(ev.HoldAsked(now))

    def resume(self, agent_id: str) -> None:
        """Let the agent and the customer who is on hold talk again."""
        self._talk_of(agent_id, CallState.HELD).live.feed(ev.ResumeAsked(self._clock()))

    def takers(self, agent_id: str) -> list[Agent]:
        """The agents to whom this one may hand a customer over now."""
        return [one for one in self._roster.agents() if one.state is AgentState.READY and one.agent_id != agent_id]

    async def hand_over(self, agent_id: str, to_agent: str, by: str, *, even_paused: bool) -> str:
        """Give the agent's customer to another agent, who is READY, or `even_paused` where it is their own wish.

        Returns the attempt. The first agent wraps up once the other one has the customer, and keeps them if not.
        """
        calling = self._talk_of(agent_id, CallState.TALKING, CallState.HELD)
        attempt_id = calling.attempt.attempt_id
        taker = self._roster.agent(to_agent)
        if to_agent == agent_id:
            raise ConflictError(f"to_agent: agent {to_agent} has the customer already")
        paused = even_paused and taker.state is AgentState.PAUSED
        if not paused and await self._floor.take_agent(attempt_id, (), only=to_agent) is None:
            raise ConflictError(f"to_agent: agent {to_agent} is not free ({taker.state})")
        self._roster.reserve(to_agent, attempt_id, wrap_up_s=calling.plan.wrap_up_s, even_paused=paused)
        now, call = self._clock(), calling.call
        # While the floor was asked the talk may have ended, or gone to somebody else.
        if call.state not in {CallState.TALKING, CallState.HELD} or call.agent_id != agent_id:
            self._roster.release(to_agent, attempt_id)
            raise ConflictError(f"the talk of agent {agent_id} is over already")
        self._roster.tell(agent_id, ev.CustomerHeld(now, attempt_id))
        calling.live.feed(ev.HandOverAsked(now, to_agent, by))
        return attempt_id

    # --- what calls ask -----------------------------------------------------------------------------------------------

    async def carry_out(self, calling: Calling, command: Command) -> None:
        """Carry out a command of a call that concerns a talk."""
        attempt_id = calling.attempt.attempt_id
        match command:
            case do.HoldCustomer():
                await self._in_time(self._switch.hold(attempt_id))
            case do.Resume(agent_id):
                await self._resume(calling, agent_id)
            case do.HandOver(agent_id):
                await self._hand_over(calling, agent_id)
            case do.LeaveTalk(agent_id):
                self._roster.tell(agent_id, ev.TalkLeft(self._clock(), attempt_id))
            case do.HandedOver(at, from_agent, to_agent, by):
                log.info("handed over", extra={"attempt": attempt_id, "from": from_agent, "to": to_agent, "by": by})
                self._books.handed_over(Handover(attempt_id, at, from_agent, to_agent, by))
            case _:
                raise NotImplementedError(command)

    async def _resume(self, calling: Calling, agent_id: str) -> None:
        attempt_id = calling.attempt.attempt_id
        leg_id = self._roster.leg_in(agent_id, attempt_id)
        if leg_id:
            await self._in_time(self._switch.bridge(attempt_id, leg_id))
        else:  # the telephone is gone, or the controller was, and the agent with it: as in a talk, the call ends
            calling.live.feed(ev.HangUpAsked(self._clock(), HungUpBy.AGENT))

    async def _hand_over(self, calling: Calling, agent_id: str) -> None:
        attempt_id = calling.attempt.attempt_id
        leg_id = self._roster.leg_in(agent_id, attempt_id)
        if not leg_id:
            raise SwitchError(f"agent {agent_id} is not there any more")
        # The screen is filled before the voices meet.
        self._show(agent_id, calling)
        await self._in_time(self._switch.bridge(attempt_id, leg_id))

    async def _in_time(self, order: Coroutine[None, None, None]) -> None:
        """The call's own timer says what follows a lost answer; that must not stand in line behind it."""
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S + self._switch.round_trip_s()):
                await order
        except TimeoutError:
            raise SwitchError("Asterisk did not answer in time") from None

    def _talk_of(self, agent_id: str, *states: CallState) -> Calling:
        agent = self._roster.agent(agent_id)
        calling = self._live.get(agent.attempt_id or "")
        if calling is None or agent.state is not AgentState.TALKING or calling.call.agent_id != agent_id:
            raise ConflictError(f"agent {agent_id} is in no talk ({agent.state})")
        if states and calling.call.state not in states:
            raise ConflictError(f"not now: the customer of agent {agent_id} is {calling.call.state}")
        return calling

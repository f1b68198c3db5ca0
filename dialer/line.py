"""The line of answered calls that wait for an agent, longest first; whoever comes free serves it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core import events as ev
from dialer.core.call import Call, CallState
from dialer.core.errors import FloorError

if TYPE_CHECKING:
    from dialer.core.model import Attempt
    from dialer.core.plan import CampaignPlan
    from dialer.live import Live, Spawn
    from dialer.ports import Clock, FloorPort
    from dialer.roster import Roster

log = logging.getLogger(__name__)

_ASK_AGAIN_S = 0.1
"""How soon a floor that did not answer is asked again for an agent."""


@dataclass(slots=True)
class Calling:
    """A live call with what it was made from."""

    attempt: Attempt
    plan: CampaignPlan
    call: Call
    live: Live
    state_told: CallState = CallState.QUEUED
    recording: bool = False
    """The switch was asked to record; once a leg, however many agents are tried."""


class Line:
    """Calls in line, by attempt. A call is told of its agent by AgentTaken."""

    def __init__(self, *, floor: FloorPort, roster: Roster, spawn: Spawn, clock: Clock) -> None:
        self._floor = floor
        self._roster = roster
        self._spawn = spawn
        self._clock = clock
        self._waiting: dict[str, Calling] = {}
        roster.on_ready = self._serve_all_soon

    def join(self, calling: Calling) -> None:
        """Wait for an agent, and ask for one that is free already.

        Beside the call's own commands: a floor that does not answer must not hold up the message at the limit.
        """
        # In line first: an agent who comes free while the floor is asked must find the call waiting.
        self._waiting[calling.attempt.attempt_id] = calling
        self._spawn(self._serve_first(calling), name=f"agent for {calling.attempt.attempt_id}")

    def leave(self, attempt_id: str) -> None:
        """Wait no more."""
        self._waiting.pop(attempt_id, None)

    async def _serve_first(self, calling: Calling) -> None:
        failed = False
        while calling.call.state is CallState.WAITING:
            try:
                await self._serve(calling)
                break
            except FloorError as error:
                failed = True
                log.warning("no agent could be asked for", extra={"why": str(error)})
                await asyncio.sleep(_ASK_AGAIN_S)
        if failed:
            self._roster.show_free()

    def _serve_all_soon(self) -> None:
        if self._waiting:
            self._spawn(self._serve_all(), name="serve the line")

    async def _serve_all(self) -> None:
        for calling in list(self._waiting.values()):
            try:
                await self._serve(calling)
            except FloorError as error:
                log.warning("line not served", extra={"why": str(error)})
                return

    async def _serve(self, calling: Calling) -> None:
        attempt = calling.attempt
        if calling.call.state is not CallState.WAITING:
            self.leave(attempt.attempt_id)
            return
        taken = await self._floor.take_agent(
            attempt.attempt_id, calling.plan.skills, only=calling.call.preassigned, owner=attempt.owner
        )
        if taken is not None:
            self.leave(attempt.attempt_id)
            calling.live.feed(ev.AgentTaken(self._clock(), taken))

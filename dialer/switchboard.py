"""Live calls by id: an event goes to its call, the call's commands go to Asterisk, the floor and the books."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.books import Closing
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.call import Call, CallRules, CallState, Timeline
from dialer.core.errors import FloorError, RingpaceError, SwitchError
from dialer.core.model import HungUpBy, Outcome
from dialer.core.numbers import mask
from dialer.core.plan import AnsweringMachines
from dialer.live import Live

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Iterable
    from datetime import datetime
    from pathlib import Path

    from dialer.books import Books
    from dialer.core.commands import Command
    from dialer.core.model import Attempt
    from dialer.core.plan import CampaignPlan
    from dialer.live import Spawn
    from dialer.metrics import Metrics
    from dialer.ports import Clock, FloorPort, NewsPort, SwitchPort
    from dialer.roster import Roster
    from dialer.settings import TrunkSettings
    from recordings.keeper import Keeper

log = logging.getLogger(__name__)

_ASK_AGAIN_S = 0.1
"""How soon a floor that did not answer is asked again for an agent."""
_REMEMBERED = 1000
"""Calls that are over and still known: a flow's last word can come after the Hangup."""


@dataclass(slots=True)
class _Calling:
    """A live call with what it was made from."""

    attempt: Attempt
    plan: CampaignPlan
    call: Call
    live: Live
    state_told: CallState = CallState.QUEUED
    recording: bool = False
    """The switch was asked to record; once a leg, however many agents are tried."""


class Switchboard:
    """All live calls of this node. `place` is the only way out to a telephone."""

    def __init__(
        self,
        *,
        switch: SwitchPort,
        floor: FloorPort,
        roster: Roster,
        books: Books,
        keeper: Keeper,
        news: NewsPort,
        metrics: Metrics,
        trunks: dict[str, TrunkSettings],
        spawn: Spawn,
        clock: Clock,
    ) -> None:
        self._switch = switch
        self._floor = floor
        self._roster = roster
        self._books = books
        self._keeper = keeper
        self._news = news
        self._metrics = metrics
        self._trunks = trunks
        self._spawn = spawn
        self._clock = clock
        self._calls: dict[str, _Calling] = {}
        self._line: dict[str, _Calling] = {}
        """Answered calls that wait for an agent, longest first."""
        self._over: OrderedDict[str, Attempt] = OrderedDict()
        self._unreleased: defaultdict[str, set[str]] = defaultdict(set)
        """By trunk: attempts that need their channel no more and still hold it on the floor."""
        self.on_moved: Callable[[int], None] = lambda _campaign_id: None
        """Told the campaign whenever one of its calls has moved on: a moment to pace."""
        roster.on_ready = self._serve_line
        roster.on_talk_left = self._agent_left

    # --- placing ----------------------------------------------------------------------------------

    async def place(
        self, attempt: Attempt, plan: CampaignPlan, last_check: Callable[[Attempt], Awaitable[str | None]]
    ) -> None:
        """Place a recorded attempt, unless `last_check` has a reason against it at this very moment.

        Always ends in the call's machine: a refusal or a failure is an outcome, never an exception.
        """
        calling = self._register(attempt, plan)
        objection = await self._objection(attempt, last_check)
        if objection is not None:
            calling.live.feed(ev.Forbidden(self._clock(), objection))
            return
        calling.live.feed(ev.Sent(self._clock()))
        if calling.call.state is not CallState.PLACED:
            return  # withdrawn while the rules were asked
        self._metrics.placed.labels(campaign=plan.name, trunk=attempt.trunk).inc()
        try:
            await self._switch.place(
                attempt.attempt_id,
                attempt.e164,
                self._trunks[attempt.trunk].endpoint,
                attempt.caller_id,
                plan.ring_timeout_s,
                "amd" if plan.answering_machines is AnsweringMachines.ASTERISK else "answered",
                plan.language,
            )
        except RingpaceError as error:
            calling.live.feed(ev.CommandFailed(self._clock(), "Place", str(error)))

    async def _objection(self, attempt: Attempt, last_check: Callable[[Attempt], Awaitable[str | None]]) -> str | None:
        try:
            return await last_check(attempt)
        except Exception as error:  # whatever it is: what cannot be checked is not dialled
            if not isinstance(error, RingpaceError):
                log.exception("last check broke", extra={"attempt": attempt.attempt_id})
            return f"the rules could not be checked: {error!r}"

    def hang_up(self, attempt_id: str, by: HungUpBy) -> bool:
        """End a call; False if it is not (or no longer) live."""
        calling = self._calls.get(attempt_id)
        if calling is None:
            return False
        calling.live.feed(ev.HangUpAsked(self._clock(), by))
        return True

    def hear(self, event: ev.LegEvent) -> bool:
        """Take an event of a customer's leg; False if the leg is none of ours."""
        calling = self._calls.get(event.leg_id)
        if calling is None:
            return False
        calling.live.feed(event)
        return True

    # --- to be read -------------------------------------------------------------------------------

    def states(self, campaign_id: int) -> Counter[CallState]:
        """How many calls of a campaign are in each state."""
        return Counter(c.call.state for c in self._calls.values() if c.attempt.campaign_id == campaign_id)

    def states_competing_for(self, agents: Collection[frozenset[str]]) -> Counter[CallState]:
        """How many calls that any of these agents (given by their skills) could take are in each state."""
        return Counter(c.call.state for c in self._calls.values() if any(skills >= c.plan.skills for skills in agents))

    def attempt(self, attempt_id: str) -> Attempt | None:
        """The attempt of a call that is live, or was until lately."""
        calling = self._calls.get(attempt_id)
        return calling.attempt if calling else self._over.get(attempt_id)

    def legs(self) -> list[str]:
        """The ids of all customers' legs that should be alive."""
        return [attempt_id for attempt_id, c in self._calls.items() if c.call.state is not CallState.QUEUED]

    def is_talking(self, attempt_id: str) -> bool:
        """Whether a call is bridged to an agent now."""
        calling = self._calls.get(attempt_id)
        return calling is not None and calling.call.state is CallState.TALKING

    async def claim_trunks(self) -> None:
        """Tell an empty floor which trunk channels are in use."""
        for name, trunk in self._trunks.items():
            ids = [c.attempt.attempt_id for c in self._calls.values() if c.attempt.trunk == name]
            if ids:
                await self._floor.acquire_trunk(name, ids, channels=trunk.channels, calls_per_second=float(len(ids)))

    async def free_trunks(self, trunk: str | None = None, attempt_ids: Iterable[str] = ()) -> None:
        """Give back the channels of these attempts, and any that a former try could not; FloorError is for the log."""
        if trunk is not None:
            self._unreleased[trunk].update(attempt_ids)
        for name, ids in self._unreleased.items():
            giving = sorted(ids)
            try:
                await self._floor.release_trunk(name, giving)
            except FloorError as error:
                log.warning("channels not given back yet", extra={"trunk": name, "why": str(error)})
                return
            ids.difference_update(giving)

    def live_attempts(self) -> list[Attempt]:
        """The attempts of all live calls."""
        return [calling.attempt for calling in self._calls.values()]

    # --- inside -----------------------------------------------------------------------------------

    def _register(self, attempt: Attempt, plan: CampaignPlan) -> _Calling:
        rules = CallRules(
            ring_timeout_s=plan.ring_timeout_s,
            abandon_limit_s=plan.abandon_limit_s,
            detect_machines=plan.answering_machines is AnsweringMachines.ASTERISK,
            abandoned_flow=plan.abandoned_flow,
        )
        call = Call(attempt.attempt_id, rules, Timeline(queued_at=attempt.queued_at), preassigned=attempt.agent_id)

        async def carry_out(command: Command) -> None:
            await self._carry_out(calling, command)

        def changed(event: ev.Event) -> None:
            self._changed(calling, event)

        live = Live(
            attempt.attempt_id, call, carry_out=carry_out, changed=changed, spawn=self._spawn, clock=self._clock
        )
        calling = _Calling(attempt, plan, call, live)
        self._calls[attempt.attempt_id] = calling
        self._metrics.calls_live.labels(campaign=plan.name, state=call.state.value).inc()
        return calling

    async def _carry_out(self, calling: _Calling, command: Command) -> None:
        attempt_id = calling.attempt.attempt_id
        match command:
            case do.TakeAgent(agent_id):
                await self._take_agent(calling, agent_id)
            case do.StopWaiting():
                self._line.pop(attempt_id, None)
            case do.Connect(agent_id):
                await self._connect(calling, agent_id)
            case do.ReleaseAgent(agent_id):
                self._roster.release(agent_id, attempt_id)
            case do.PlayFlow(flow):
                await self._switch.play_flow(attempt_id, flow)
            case do.HangUp():
                await self._hang_up(attempt_id)
            case do.CheckLeg():
                if attempt_id not in await self._switch.channels():
                    calling.live.feed(ev.LegVanished(self._clock(), attempt_id))
            case do.Finish():
                await self._finish(calling)
            case _:
                raise NotImplementedError(command)

    async def _take_agent(self, calling: _Calling, agent_id: str | None) -> None:
        attempt = calling.attempt
        if agent_id is not None and self._roster.agent(agent_id).attempt_id == attempt.attempt_id:
            calling.live.feed(ev.AgentTaken(self._clock(), agent_id))  # reserved since the agent asked for this call
            return
        # In line first: an agent who comes free while the floor is asked must find the call waiting.
        self._line[attempt.attempt_id] = calling
        # Beside the call's own commands: a floor that does not answer must not hold up the message at the limit.
        self._spawn(self._serve_first(calling), name=f"agent for {attempt.attempt_id}")

    async def _serve_first(self, calling: _Calling) -> None:
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

    async def _serve(self, calling: _Calling) -> None:
        attempt = calling.attempt
        if calling.call.state is not CallState.WAITING:
            self._line.pop(attempt.attempt_id, None)
            return
        taken = await self._floor.take_agent(
            attempt.attempt_id, calling.plan.skills, only=calling.call.preassigned, owner=attempt.owner
        )
        if taken is not None:
            self._line.pop(attempt.attempt_id, None)
            calling.live.feed(ev.AgentTaken(self._clock(), taken))

    def _serve_line(self) -> None:
        if self._line:
            self._spawn(self._serve_all(), name="serve the line")

    async def _serve_all(self) -> None:
        for calling in list(self._line.values()):
            try:
                await self._serve(calling)
            except RingpaceError as error:
                log.warning("line not served", extra={"why": str(error)})
                return

    async def _connect(self, calling: _Calling, agent_id: str) -> None:
        attempt = calling.attempt
        agent_leg = self._roster.reserve(agent_id, attempt.attempt_id, wrap_up_s=calling.plan.wrap_up_s)
        # The screen is filled before the voices meet.
        self._news.tell(f"agents/{agent_id}/screen", screen_of(attempt, calling.plan), retain=True)
        if calling.plan.record and not calling.recording:
            calling.recording = True
            path = self._keeper.begin(attempt.attempt_id, calling.plan.name)
            await self._record(attempt.attempt_id, path)
        try:
            await self._switch.bridge(attempt.attempt_id, agent_leg)
        except SwitchError:
            await self._roster.doubt(agent_id)
            raise

    async def _record(self, leg_id: str, path: Path) -> None:
        try:
            await self._switch.record(leg_id, path)
        except SwitchError as error:
            # The customer must not wait for it: the talk goes on, and the keeper will show the gap.
            log.error("recording not started", extra={"attempt": leg_id, "why": str(error)})  # noqa: TRY400

    async def _hang_up(self, attempt_id: str) -> None:
        try:
            await self._switch.hang_up(attempt_id)
        except SwitchError as error:
            log.info("leg not hung up", extra={"attempt": attempt_id, "why": str(error)})

    def _agent_left(self, attempt_id: str) -> None:
        self.hang_up(attempt_id, HungUpBy.AGENT)

    async def _finish(self, calling: _Calling) -> None:
        attempt, call = calling.attempt, calling.call
        calling.live.stop_timers()
        if attempt.agent_id and call.timeline.bridged_at is None:
            self._roster.release(attempt.agent_id, attempt.attempt_id)
        self._calls.pop(attempt.attempt_id, None)
        self._over[attempt.attempt_id] = attempt
        while len(self._over) > _REMEMBERED:
            self._over.popitem(last=False)
        self._books.closed(Closing(attempt, calling.plan, call))
        if calling.recording and call.timeline.bridged_at is not None:
            self._keeper.finish(attempt.attempt_id)
        elif calling.recording:
            self._keeper.forget(attempt.attempt_id)
        self._count(calling)
        self.on_moved(attempt.campaign_id)
        await self.free_trunks(attempt.trunk, [attempt.attempt_id])

    def _count(self, calling: _Calling) -> None:
        call, campaign = calling.call, calling.plan.name
        outcome = call.outcome or Outcome.FAILED
        self._metrics.outcomes.labels(campaign=campaign, outcome=outcome.value).inc()
        if not call.answered:
            code = str(call.sip_code) if call.sip_code else "none"
            self._metrics.causes.labels(trunk=calling.attempt.trunk, sip_code=code).inc()
        if outcome in {Outcome.ANSWERED, Outcome.ABANDONED}:
            self._metrics.live_answers.labels(campaign=campaign).inc()
        if outcome is Outcome.ABANDONED:
            self._metrics.abandoned.labels(campaign=campaign).inc()

    def _count_state(self, calling: _Calling, state: CallState) -> None:
        gauge, campaign = self._metrics.calls_live, calling.plan.name
        gauge.labels(campaign=campaign, state=calling.state_told.value).dec()
        if state is not CallState.ENDED:
            gauge.labels(campaign=campaign, state=state.value).inc()
        calling.state_told = state

    def _changed(self, calling: _Calling, event: ev.Event) -> None:
        call = calling.call
        self._books.changed(call)
        if call.state is calling.state_told:
            return
        self._count_state(calling, call.state)
        if call.state is CallState.TALKING and calling.recording:
            self._keeper.heard(call.attempt_id)
        if call.state is CallState.TALKING and call.timeline.answered_at and call.timeline.bridged_at:
            waited = (call.timeline.bridged_at - call.timeline.answered_at).total_seconds()
            self._metrics.answer_to_bridge.labels(campaign=calling.plan.name).observe(waited)
        self._news.tell(f"calls/{call.attempt_id}", call_news(calling.attempt, call, event.at))
        self.on_moved(calling.attempt.campaign_id)


def call_news(attempt: Attempt, call: Call, at: datetime) -> dict[str, object]:
    """What goes out when a call has moved on; the number is masked."""
    return {
        "attempt_id": call.attempt_id,
        "campaign_id": attempt.campaign_id,
        "lead_id": attempt.lead_id,
        "number": mask(attempt.e164),
        "state": call.state.value,
        "at": at.timestamp(),
        "agent_id": call.agent_id,
        "outcome": call.outcome.value if call.outcome else None,
    }


def screen_of(attempt: Attempt, plan: CampaignPlan) -> dict[str, object]:
    """The customer's card and script, as the agent's screen shows them the moment the voices meet."""
    return {
        "attempt_id": attempt.attempt_id,
        "campaign": plan.name,
        "lead_id": attempt.lead_id,
        "name": attempt.name,
        "number": mask(attempt.e164),
        "attributes": attempt.attributes,
        "script": plan.script,
    }

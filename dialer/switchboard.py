"""Live calls by id: an event goes to its call, the call's commands go to Asterisk, the floor and the books."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import TYPE_CHECKING

from dialer.books import Closing
from dialer.core import commands as do
from dialer.core import events as ev
from dialer.core.call import CONNECT_LIMIT_S, WITHDRAWN, Call, CallRules, CallState, Timeline
from dialer.core.errors import RingpaceError, SwitchError
from dialer.core.model import HungUpBy, Outcome
from dialer.core.plan import AnsweringMachines
from dialer.core.sampling import is_sampled
from dialer.handling import Handling
from dialer.line import Calling, Line
from dialer.live import Live
from dialer.screens import call_news, screen_of
from dialer.traffic import Traffic, judged
from dialer.trunks import Trunks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from dialer.books import Books
    from dialer.core.commands import Command
    from dialer.core.model import Attempt
    from dialer.core.plan import CampaignPlan
    from dialer.greetings import Greetings
    from dialer.listening import Listening
    from dialer.live import Spawn
    from dialer.metrics import Metrics
    from dialer.ports import Clock, FloorPort, NewsPort, SwitchPort
    from dialer.roster import Roster
    from dialer.settings import TrunkSettings
    from dialer.shelf import Shelf
    from recordings.keeper import Keeper

log = logging.getLogger(__name__)

UNATTENDED_GRACE_S = 1.0
"""So long after our own limit the dialplan concludes that nobody here can act, and plays the message itself."""


def rules_of(
    plan: CampaignPlan,
    listening: Listening | None = None,
    greetings: Greetings | None = None,
    attempt_id: str | None = None,
) -> CallRules:
    """What a campaign's plan says about one call; early media and greetings are heard only where somebody can.

    Without an `attempt_id` it is not sampled.
    """
    hears = plan.answering_machines is AnsweringMachines.OWN and greetings is not None
    return CallRules(
        listen=plan.listen and listening is not None,
        confident=listening.confident if listening else 1.0,
        ring_timeout_s=plan.ring_timeout_s,
        abandon_limit_s=plan.abandon_limit_s,
        detect_machines=hears or plan.answering_machines is AnsweringMachines.ASTERISK,
        hear_greeting=hears,
        sample_machine=attempt_id is not None and is_sampled(attempt_id, plan.machine_sampling),
        abandoned_flow=plan.abandoned_flow,
        agentless_flow=plan.agentless_flow,
        hold_longest_s=plan.hold_longest_s,
    )


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
        listening: Listening | None = None,
        greetings: Greetings | None = None,
        shelf: Shelf | None = None,
    ) -> None:
        """`listening` is None where nothing is listened to before an answer, `greetings` where nothing is after it."""
        self._switch = switch
        self._floor = floor
        self._roster = roster
        self._books = books
        self._keeper = keeper
        self._news = news
        self._metrics = metrics
        self.trunks = Trunks(floor, trunks)
        self._spawn = spawn
        self._clock = clock
        self._listening = listening
        if listening:
            listening.on_heard = self.hear
        self._greetings = greetings
        if greetings:
            greetings.on_heard = self.hear
        self._shelf = shelf
        self._calls: dict[str, Calling] = {}
        self.traffic = Traffic()
        self.handling = Handling(
            switch=switch,
            floor=floor,
            roster=roster,
            books=books,
            show=lambda agent_id, calling: self._show(agent_id, calling.attempt, calling.plan),
            clock=clock,
            live=self._calls,
        )
        self._line = Line(floor=floor, roster=roster, spawn=spawn, clock=clock)
        self.on_moved: Callable[[int], None] = lambda _campaign_id: None
        """Told the campaign whenever one of its calls has moved on: a moment to pace."""
        roster.on_talk_left = self._agent_left

    # --- placing ----------------------------------------------------------------------------------

    async def place(
        self, attempt: Attempt, plan: CampaignPlan, last_check: Callable[[Attempt], Awaitable[str | None]]
    ) -> None:
        """Place a recorded attempt, unless `last_check` has a reason against it at this very moment.

        Always ends in the call's machine: a refusal or a failure is an outcome, never an exception.
        """
        call = Call(
            attempt.attempt_id,
            rules_of(plan, self._listening, self._greetings, attempt.attempt_id),
            Timeline(queued_at=attempt.queued_at),
            preassigned=attempt.agent_id,
        )
        calling = self._register(attempt, plan, call)
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
                self.trunks.endpoint(attempt.trunk),
                attempt.caller_id,
                plan.ring_timeout_s,
                "amd" if plan.answering_machines is AnsweringMachines.ASTERISK else "answered",
                plan.language,
                plan.abandon_limit_s + UNATTENDED_GRACE_S,
                plan.abandoned_flow,
            )
        except RingpaceError as error:
            calling.live.feed(ev.CommandFailed(self._clock(), "Place", str(error)))

    def room(self) -> int:
        """How many more calls the switch takes now; SwitchError where it takes none at all."""
        return self._switch.room()

    def adopt(self, attempt: Attempt, plan: CampaignPlan, call: Call) -> None:
        """Take over a living call of a former run: `call` is its machine as the record and the switch tell of it."""
        calling = self._register(attempt, plan, call)
        calling.recording = plan.record and call.timeline.bridged_at is not None
        if calling.recording:
            self._keeper.begin(attempt.attempt_id, plan.name)
            self._keeper.heard(attempt.attempt_id)
        if call.state in {CallState.TALKING, CallState.HELD}:
            self._show(str(call.agent_id), attempt, plan)
        calling.live.feed(ev.Adopted(self._clock()))

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

    def withdraw(self, attempt_id: str) -> bool:
        """Let a call ring no longer, because nobody would be free to take its answer; False if it rings no more.

        It ends as one that rang out: it rang for as long as we let it, and nobody answered. So it counts for the caps
        on calls to that number, and is tried again when such a call would be, not a minute later.
        """
        calling = self._calls.get(attempt_id)
        if calling is None or calling.call.state not in {CallState.PLACED, CallState.RINGING}:
            return False
        calling.call.detail = WITHDRAWN
        calling.live.feed(ev.TimerFired(self._clock(), ev.Timer.RING))
        self._metrics.withdrawn.labels(campaign=calling.plan.name).inc()
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

    def taken_agents(self) -> frozenset[str]:
        """The agents to whom a call is being connected, whether their machines have heard of it yet or not."""
        connecting = (c.call for c in self._calls.values() if c.call.state is CallState.CONNECTING)
        return frozenset(call.agent_id for call in connecting if call.agent_id is not None)

    def legs(self) -> list[str]:
        """The ids of all customers' legs that should be alive."""
        return [attempt_id for attempt_id, c in self._calls.items() if c.call.state is not CallState.QUEUED]

    def call(self, attempt_id: str) -> Call | None:
        """The machine of a live call, to be read."""
        calling = self._calls.get(attempt_id)
        return calling.call if calling else None

    def records(self, attempt_id: str) -> bool:
        """Whether a live call is recorded."""
        calling = self._calls.get(attempt_id)
        return calling is not None and calling.recording

    async def keep_trunks(self) -> None:
        """Tell the floor which trunk channels are in use."""
        await self.trunks.keep([calling.attempt for calling in self._calls.values()])

    def live_attempts(self) -> list[Attempt]:
        """The attempts of all live calls."""
        return [calling.attempt for calling in self._calls.values()]

    # --- inside -----------------------------------------------------------------------------------

    def _register(self, attempt: Attempt, plan: CampaignPlan, call: Call) -> Calling:
        async def carry_out(command: Command) -> None:
            await self._carry_out(calling, command)

        def changed(event: ev.Event) -> None:
            self._changed(calling, event)

        live = Live(
            attempt.attempt_id,
            call,
            carry_out=carry_out,
            changed=changed,
            hearing=self._switch,
            spawn=self._spawn,
            clock=self._clock,
        )
        calling = Calling(attempt, plan, call, live, state_told=call.state)
        self._calls[attempt.attempt_id] = calling
        self.traffic.joined(calling, self._clock())
        self._metrics.call_moved(plan.name, None, call.state.value)
        return calling

    async def _carry_out(self, calling: Calling, command: Command) -> None:
        attempt_id = calling.attempt.attempt_id
        match command:
            case do.TakeAgent(agent_id):
                self._take_agent(calling, agent_id)
            case do.StopWaiting():
                self._line.leave(attempt_id)
            case do.Connect(agent_id):
                await self._connect(calling, agent_id)
            case do.ReleaseAgent(agent_id):
                self._roster.release(agent_id, attempt_id)
            case do.Listen() | do.StopListening() | do.HearGreeting():
                self._listen(calling, command)
            case do.PlayFlow(flow):
                await self._switch.play_flow(attempt_id, flow)
            case do.HangUp():
                await self._hang_up(attempt_id)
            case do.CheckLeg():
                await self._check(calling)
            case do.Finish():
                await self._finish(calling)
            case _:
                await self.handling.carry_out(calling, command)

    def _listen(self, calling: Calling, command: do.Listen | do.StopListening | do.HearGreeting) -> None:
        if isinstance(command, do.HearGreeting) and self._greetings is not None:
            self._greetings.begin(calling.attempt.attempt_id, command.limit_s)
            return
        if self._listening is None:
            raise NotImplementedError(command)
        if isinstance(command, do.Listen):
            self._listening.begin(calling.attempt.attempt_id)
        elif isinstance(command, do.StopListening):
            # Whoever was not answered is gone, or about to be: the writing ends with the leg.
            self._listening.stop(calling.attempt.attempt_id, lives=calling.call.answered)

    def _take_agent(self, calling: Calling, agent_id: str | None) -> None:
        if agent_id is not None and self._roster.agent(agent_id).attempt_id == calling.attempt.attempt_id:
            calling.live.feed(ev.AgentTaken(self._clock(), agent_id))  # reserved since the agent asked for this call
        else:
            self._line.join(calling)

    async def _connect(self, calling: Calling, agent_id: str) -> None:
        attempt = calling.attempt
        agent_leg = self._roster.reserve(agent_id, attempt.attempt_id, wrap_up_s=calling.plan.wrap_up_s)
        # The screen is filled before the voices meet.
        self._show(agent_id, attempt, calling.plan)
        orders = [self._bridge(attempt.attempt_id, agent_id, agent_leg)]
        if calling.plan.record and not calling.recording:
            calling.recording = True
            path = self._keeper.begin(attempt.attempt_id, calling.plan.name)
            orders.insert(0, self._record(attempt.attempt_id, path))
        # Given in one breath and carried out in this order: the customer does not wait for the first one's answer.
        try:
            async with asyncio.timeout(CONNECT_LIMIT_S + self._switch.round_trip_s()):
                await asyncio.gather(*orders)
        except TimeoutError:
            # The call's own timer says what follows; whatever that is must not stand in line behind a lost answer.
            log.warning("no word of a bridge", extra={"attempt": attempt.attempt_id, "agent": agent_id})

    def _show(self, agent_id: str, attempt: Attempt, plan: CampaignPlan) -> None:
        flow = self._shelf.flow(attempt, plan) if self._shelf else None
        self._news.tell(f"agents/{agent_id}/screen", screen_of(attempt, plan, flow), retain=True)

    async def _bridge(self, attempt_id: str, agent_id: str, agent_leg: str) -> None:
        try:
            await self._switch.bridge(attempt_id, agent_leg)
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

    async def _check(self, calling: Calling) -> None:
        attempt_id = calling.attempt.attempt_id
        if attempt_id not in await self._switch.channels():
            calling.live.feed(ev.LegVanished(self._clock(), attempt_id))

    async def _forget_note(self, attempt_id: str) -> None:
        """The dialplan noted whoever left before anybody was there; this call is in the books."""
        try:
            await self._switch.forget_unattended(attempt_id)
        except SwitchError as error:
            log.debug("no note to forget", extra={"attempt": attempt_id, "why": str(error)})

    def _agent_left(self, attempt_id: str) -> None:
        call = self.call(attempt_id)
        if call is not None and call.state is CallState.HANDING_OVER:
            return  # the next agent is about to have the customer; if not, there is nobody to give them back to
        self.hang_up(attempt_id, HungUpBy.AGENT)

    async def _finish(self, calling: Calling) -> None:
        attempt, call = calling.attempt, calling.call
        calling.live.stop_timers()
        if attempt.agent_id and call.timeline.bridged_at is None:
            self._roster.release(attempt.agent_id, attempt.attempt_id)
        self._calls.pop(attempt.attempt_id, None)
        self.traffic.left(attempt.attempt_id)
        self._books.closed(Closing(attempt, calling.plan, call))
        if calling.recording and call.timeline.bridged_at is not None:
            talk = (call.timeline.unbridged_at or self._clock()) - call.timeline.bridged_at
            # On hold nothing is recorded, so nothing of that is missing.
            self._keeper.finish(attempt.attempt_id, talk.total_seconds() - call.held_s)
        elif calling.recording:
            self._keeper.forget(attempt.attempt_id)
        if call.answered and call.timeline.bridged_at is None and call.timeline.flow_at is None:
            self._spawn(self._forget_note(attempt.attempt_id), name=f"note of {attempt.attempt_id}")
        outcome = call.outcome or Outcome.FAILED
        self._metrics.call_ended(calling.plan.name, attempt.trunk, outcome, call.sip_code, answered=call.answered)
        self._metrics.call_judged(calling.plan.name, judged(calling))
        if call.heard is not None:
            self._metrics.call_heard(call.believed, call.line_saved_s or 0.0)
        self.on_moved(attempt.campaign_id)
        await self.trunks.free(attempt.trunk, [attempt.attempt_id])

    def _changed(self, calling: Calling, event: ev.Event) -> None:
        call = calling.call
        self._books.changed(call)
        if call.state is calling.state_told:
            return
        ended = call.state is CallState.ENDED
        self._metrics.call_moved(calling.plan.name, calling.state_told.value, None if ended else call.state.value)
        before, calling.state_told = calling.state_told, call.state
        self.traffic.moved(call.attempt_id, before, event)
        begins = call.state is CallState.TALKING and before not in {CallState.HELD, CallState.HANDING_OVER}
        if begins and calling.recording:
            self._keeper.heard(call.attempt_id)
        if begins and call.timeline.answered_at and call.timeline.bridged_at:
            waited = (call.timeline.bridged_at - call.timeline.answered_at).total_seconds()
            self._metrics.answer_to_bridge.labels(campaign=calling.plan.name).observe(waited)
        self._news.tell(f"calls/{call.attempt_id}", call_news(calling.attempt, call, event.at))
        self.on_moved(calling.attempt.campaign_id)

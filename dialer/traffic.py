"""The calls of this node as pacing sees them: what competes for the same agents, since when, and what is promised.

Times are seconds of the event loop's own clock, which nobody can set: how long a call has rung does not change because
the time of day does.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from dialer.core.abandonment import fate_of
from dialer.core.call import CallState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from dialer.core import events as ev
    from dialer.core.abandonment import Fate
    from dialer.core.model import Disposition
    from dialer.line import Calling

log = logging.getLogger(__name__)

_QUEUED, _PLACED, _RINGING = CallState.QUEUED, CallState.PLACED, CallState.RINGING
_DETECTING, _WAITING = CallState.DETECTING, CallState.WAITING
_SILENT_S = 5.0
"""An order to call is heard of within milliseconds."""


@dataclass(slots=True)
class Seen:
    """A live call, and when each step of it was heard of; None where it was not yet."""

    calling: Calling
    campaign_id: int
    skills: frozenset[str] | None
    """What an agent must have to take it; None where none is to: whoever answers hears a flow."""
    own_agent: bool
    """An agent has asked for it and waits for it: it takes nobody else."""
    sent_s: float | None = None
    ringing_s: float | None = None
    answered_s: float | None = None

    @property
    def takes_agent(self) -> bool:
        """Whoever answers it is to meet an agent, and any agent may take it."""
        return self.skills is not None and not self.own_agent

    def rung_s(self, now_s: float) -> float:
        """How long the telephone has surely rung: not at all where the network has not said that it rings."""
        return now_s - self.ringing_s if self.ringing_s is not None else 0.0


@dataclass(frozen=True, slots=True)
class Competing:
    """The calls that want the same agents; not those whose agent is reserved already."""

    in_flight: list[Seen]
    """The one that was sent first stands first."""
    detecting: list[Seen]
    waiting: int
    promised: int
    """Calls that have been decided on and are being claimed."""


class Pacer(Protocol):
    """Whoever paces a campaign: is told of its calls, and foretells them to those who want the same agents."""

    def call_moved(self, seen: Seen, before: CallState, event: ev.Event) -> None:
        """A call of the campaign has changed its state."""

    def disposed(self, before: Disposition | None, now: Disposition) -> None:
        """An agent says what came of a talk of the campaign; `before` is what was said of it until now."""

    def lost_count(self, why: str) -> None:
        """It has failed to take in what it was told."""

    def foretell(self, now_s: float) -> NDArray[np.float64]:
        """How likely each of the campaign's calls in flight is to be answered by each instant looked ahead to."""


class Traffic:
    """All live calls of this node. `pacers` are those of the campaigns that run here, by campaign."""

    def __init__(self) -> None:
        self.pacers: dict[int, Pacer] = {}
        self._calls: dict[str, Seen] = {}
        self._promised: dict[object, tuple[frozenset[str], int]] = {}

    # --- what happens -----------------------------------------------------------------------------

    def joined(self, calling: Calling, now: datetime) -> None:
        """A call has begun, or one of a former run is taken over in mid-course."""
        timeline, steady_s = calling.call.timeline, _now_s()

        def heard(moment: datetime | None) -> float | None:
            return None if moment is None else steady_s - max(0.0, (now - moment).total_seconds())

        self._calls[calling.attempt.attempt_id] = Seen(
            calling,
            calling.attempt.campaign_id,
            calling.plan.skills if calling.call.rules.agentless_flow is None else None,
            calling.call.preassigned is not None,
            heard(timeline.sent_at),
            heard(timeline.ringing_at),
            heard(timeline.answered_at),
        )

    def moved(self, attempt_id: str, before: CallState, event: ev.Event) -> None:
        """A call has changed its state."""
        seen, now_s = self._calls[attempt_id], _now_s()
        call = seen.calling.call
        if call.state is CallState.PLACED:
            seen.sent_s = now_s
        elif call.state is CallState.RINGING:
            seen.ringing_s = now_s
        if call.answered and seen.answered_s is None:
            seen.answered_s = now_s
        if pacer := self.pacers.get(seen.campaign_id):
            try:
                pacer.call_moved(seen, before, event)
            except Exception as error:
                # Whatever pacing makes of it: the call goes on. Who has lost count dials ahead no more.
                log.exception("a call's move was not counted", extra={"attempt": attempt_id})
                pacer.lost_count(f"{type(error).__name__}: {error}")

    def disposed(self, campaign_id: int, before: Disposition | None, now: Disposition) -> None:
        """An agent has said what came of a talk of this campaign; `before` is what was said of it until now."""
        if pacer := self.pacers.get(campaign_id):
            pacer.disposed(before, now)

    def left(self, attempt_id: str) -> None:
        """A call is over, and in the books."""
        self._calls.pop(attempt_id, None)

    @contextmanager
    def promised(self, skills: frozenset[str], calls: int) -> Iterator[None]:
        """So many calls have been decided on: until they are placed, others who want the same agents count them."""
        key = object()
        self._promised[key] = (skills, calls)
        try:
            yield
        finally:
            del self._promised[key]

    # --- to be read -------------------------------------------------------------------------------

    def unanswered(self, campaign_id: int) -> list[Seen]:
        """All calls of a campaign that are placed, or about to be, and neither answered nor over; oldest first."""
        ours = (seen for seen in self._calls.values() if seen.campaign_id == campaign_id)
        return sorted((seen for seen in ours if seen.calling.call.in_flight), key=_since_sent)

    def competing(self, skill_sets: Collection[frozenset[str]]) -> Competing:
        """The calls that an agent with any of these sets of skills could take."""
        kinds = {seen.skills for seen in self._calls.values()} | {skills for skills, _ in self._promised.values()}
        wanted = {skills for skills in kinds if skills is not None and any(one >= skills for one in skill_sets)}
        in_flight, detecting, waiting = [], [], 0
        for seen in self._calls.values():
            if seen.own_agent or seen.skills not in wanted:
                continue
            state = seen.calling.call.state
            if state is _RINGING or state is _PLACED or state is _QUEUED:
                in_flight.append(seen)
            elif state is _DETECTING:
                detecting.append(seen)
            elif state is _WAITING:
                waiting += 1
        in_flight.sort(key=_since_sent)
        promised = sum(calls for skills, calls in self._promised.values() if skills in wanted)
        return Competing(in_flight, detecting, waiting, promised)

    def unheard(self, now_s: float) -> int:
        """How many calls were ordered of which the switch should long have told something, and has not."""
        return sum(
            seen.sent_s is not None and now_s - seen.sent_s > _SILENT_S
            for seen in self._calls.values()
            if seen.calling.call.state is CallState.PLACED and not seen.calling.call.leg_exists
        )


def judged(calling: Calling) -> Fate | None:
    """What a call is to the law, as far as it has come; None where that is not decided yet, or nobody answered."""
    call, times = calling.call, calling.call.timeline
    return fate_of(
        call.outcome,
        times.answered_at,
        bridged_at=times.bridged_at,
        message_at=times.message_at,
        flow_at=times.flow_at,
        ended_at=times.ended_at,
        limit_s=calling.plan.abandon_limit_s,
        previewed=calling.attempt.agent_id is not None,
    )


def _since_sent(seen: Seen) -> float:
    return float("inf") if seen.sent_s is None else seen.sent_s


def _now_s() -> float:
    return asyncio.get_running_loop().time()

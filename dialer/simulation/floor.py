"""The simulated floor: one shift of one campaign on a virtual clock, paced by whoever is given.

No tasks and no waiting: a heap of events. Agents who are free are served longest-waiting first, customers
longest-answered first. The pacer sees the floor as it is now; what it is told of events may be late or lost, as the
scenario says, and the clock it is told is that of its hearing.
"""

from __future__ import annotations

import math
from time import perf_counter
from typing import TYPE_CHECKING

from dialer.simulation.crew import Crew
from dialer.simulation.draw import generator, stream
from dialer.simulation.fate import Fates, Luck, PickedUp
from dialer.simulation.pacer import Floor
from dialer.simulation.shift import LiveAnswer, Sample, ShiftResult
from dialer.simulation.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.simulation.crew import Agent
    from dialer.simulation.pacer import Move, Pacer
    from dialer.simulation.scenario import Scenario

BREATH_S = 0.2
"""The pacer is never asked more often than this: a burst of events is one decision."""
TICK_S = 0.5
"""And never more seldom; a breath where the last move was held back by the calls a second."""
_SAMPLE_S = 5.0
_ROUNDING = 1e-9
"""Of a call that the bucket has but for the last digits."""


def run_shift(scenario: Scenario, pacer: Pacer, seed: int) -> ShiftResult:
    """One shift from a cold start; the same scenario, pacer and seed give the same result to the last digit.

    The pacer must be a fresh one. What is under way when the shift ends is cut off: talks count up to then, customers
    who wait at that moment count neither as live answers nor as abandoned.
    """
    return _Shift(scenario, pacer, seed).run()


class _Call:
    """A call from its sending to its end. `rings_at` is infinite where it never rings."""

    __slots__ = ("answered_at", "detect", "expected", "is_machine", "number", "rings_at")

    def __init__(self, number: int, rings_at: float, expected: float, *, detect: bool, is_machine: bool) -> None:
        self.number, self.rings_at, self.expected = number, rings_at, expected
        self.detect, self.is_machine = detect, is_machine
        self.answered_at = math.nan


class _Shift:
    def __init__(self, scenario: Scenario, pacer: Pacer, seed: int) -> None:
        self._scenario, self._pacer = scenario, pacer
        self._timeline = Timeline()
        self._result = ShiftResult(scenario.name, seed, scenario.end_s)
        self._fates = Fates(scenario, seed)
        self._detection_luck = stream(generator(seed, Luck.DETECTION.value).random)
        self._loss_luck = stream(generator(seed, Luck.LOSS.value).random)
        self._decided_at, self._decide_at, self._sample_at = -math.inf, 0.0, 0.0
        self._tokens, self._tokens_at, self._held_back = 0.0, -math.inf, False
        self._hears_late = scenario.events.delay_s > 0 or scenario.events.loss > 0
        # Dicts keep the order in which things came in: the first is the one that was sent longest ago.
        self._in_flight: dict[int, _Call] = {}
        self._sent_at: dict[int, float] = {}
        self._chances: dict[int, float] = {}
        self._detecting: dict[int, _Call] = {}
        self._waiting: dict[int, _Call] = {}
        self._crew = Crew(
            scenario, seed, self._timeline, self._result, pacer, tell=self._tell, stir=self._stir, serve=self._serve
        )

    def run(self) -> ShiftResult:
        timeline, end = self._timeline, self._result.end_s
        while min(timeline.next_at, self._decide_at) < end:
            if timeline.next_at <= self._decide_at:
                timeline.step()
            else:
                timeline.now = self._decide_at
                self._decide()
        timeline.now = end
        self._crew.close()
        return self._result

    # --- what the pacer hears -----------------------------------------------------------------------

    def _stir(self) -> None:
        """The floor has changed: the pacer is asked as soon as it may be."""
        soon = max(self._timeline.now, self._decided_at + BREATH_S)
        self._decide_at = min(self._decide_at, soon)

    def _tell(self, hear: Callable[..., None], *what: float) -> None:
        """Report an event to the pacer: now, later, or never."""
        if not self._hears_late:
            hear(*what, self._timeline.now)
        elif self._loss_luck() >= self._scenario.events.loss:
            self._timeline.at(self._timeline.now + self._scenario.events.delay_s, self._is_heard, (hear, what))

    def _is_heard(self, report: tuple[Callable[..., None], tuple[float, ...]]) -> None:
        hear, what = report
        hear(*what, self._timeline.now)
        self._stir()

    # --- what the pacer decides ---------------------------------------------------------------------

    def _decide(self) -> None:
        now, crew = self._timeline.now, self._crew
        floor = Floor(
            ready=len(crew.ready),
            talking_s=[now - since for since in crew.talking_since.values()],
            wrap_up_s=[now - since for since in crew.wrap_up_since.values()],
            paused=crew.away,
            ringing_s=[now - sent for sent in self._sent_at.values()],
            chances=list(self._chances.values()),
            detecting_s=[now - call.answered_at for call in self._detecting.values()],
            waiting_s=[now - call.answered_at for call in self._waiting.values()],
        )
        began = perf_counter()
        move = self._pacer.decide(floor, now)
        self._result.decision_s.append(perf_counter() - began)
        self._decided_at, self._held_back = now, False
        if move.drop > 0:
            self._drop(move.drop)
        if move.place > 0:
            self._place(move)
        self._decide_at = now + (BREATH_S if self._held_back else TICK_S)
        if now >= self._sample_at:
            self._sample_at = now + _SAMPLE_S
            unserved = len(self._detecting) + len(self._waiting)
            self._result.samples.append(Sample(now, len(self._in_flight), unserved, self._fates.p(now)))

    def _place(self, move: Move) -> None:
        now, machines = self._timeline.now, self._scenario.machines
        detect = move.detect and machines.detection and machines.share > 0
        for _ in range(self._room(move.place)):
            number = self._result.placed
            self._result.placed += 1
            by, after_s, rings_s, chance = self._fates.next(now)
            is_machine = by is PickedUp.BY_MACHINE
            call = _Call(number, now + rings_s, move.expected_abandonment, detect=detect, is_machine=is_machine)
            self._in_flight[number], self._sent_at[number], self._chances[number] = call, now, chance
            self._timeline.at(now + after_s, self._ends if by is PickedUp.BY_NOBODY else self._is_answered, call)
            self._pacer.placed(number, chance, now)

    def _room(self, wanted: int) -> int:
        """How many of the calls wanted the list and the caps allow; they use up their tokens."""
        caps, in_flight = self._scenario.caps, len(self._in_flight)
        room = min(wanted, caps.max_in_flight - in_flight)
        if self._scenario.leads.length is not None:
            room = min(room, self._scenario.leads.length - self._result.placed)
        if caps.channels is not None:
            held = in_flight + len(self._detecting) + len(self._waiting) + len(self._crew.talking_since)
            room = min(room, caps.channels - held)
        rate = caps.calls_per_second
        if rate is None:
            return room
        now = self._timeline.now
        self._tokens = min(max(1.0, rate), self._tokens + (now - self._tokens_at) * rate)
        self._tokens_at = now
        granted = max(0, min(room, int(self._tokens + _ROUNDING)))
        self._tokens -= granted
        self._held_back = granted < room
        return granted

    def _drop(self, wanted: int) -> None:
        rung_since = self._timeline.now - self._scenario.ring_floor_s
        old = [number for number, call in self._in_flight.items() if call.rings_at <= rung_since]
        for number in old[:wanted]:
            self._leaves_flight(number)
            self._result.dropped += 1
            self._pacer.dropped(number, self._timeline.now)

    # --- what becomes of calls ----------------------------------------------------------------------

    def _leaves_flight(self, number: int) -> bool:
        """Whether it was in flight still: a call that was dropped neither ends nor is answered."""
        if self._in_flight.pop(number, None) is None:
            return False
        del self._sent_at[number], self._chances[number]
        return True

    def _ends(self, call: _Call) -> None:
        if self._leaves_flight(call.number):
            self._tell(self._pacer.ended, call.number)
            self._stir()

    def _is_answered(self, call: _Call) -> None:
        if not self._leaves_flight(call.number):
            return
        now = call.answered_at = self._timeline.now
        self._result.machines += call.is_machine
        self._tell(self._pacer.answered, call.number)
        if call.detect:
            self._detecting[call.number] = call
            self._timeline.at(now + self._scenario.machines.delay_s, self._is_detected, call)
        else:
            self._seeks_agent(call)
        self._stir()

    def _is_detected(self, call: _Call) -> None:
        del self._detecting[call.number]
        machines = self._scenario.machines
        wrong = self._detection_luck() < (machines.false_negative if call.is_machine else machines.false_positive)
        if call.is_machine is wrong:
            self._seeks_agent(call)
        else:
            if wrong:
                self._result.false_positives += 1
                self._settle(call, abandoned=True)
            self._tell(self._pacer.machine, call.number)
        self._stir()

    def _seeks_agent(self, call: _Call) -> None:
        self._waiting[call.number] = call
        if self._crew.ready:
            self._serve(next(iter(self._crew.ready.values())))
            return
        # Detection may have used the patience up: then an agent had to be there at this instant.
        until = max(self._timeline.now, call.answered_at + self._scenario.patience_s)
        self._timeline.at(until, self._gives_up, call)

    def _serve(self, agent: Agent) -> None:
        """Give a free agent the customer who answered first, if one waits."""
        if not self._waiting:
            return
        call = min(self._waiting.values(), key=_answered_at)
        del self._waiting[call.number]
        if call.is_machine:
            self._result.machines_to_agents += 1
        else:
            self._settle(call, abandoned=False)
        self._crew.take(agent, call.number, is_machine=call.is_machine)
        self._tell(self._pacer.connected, call.number, agent.number, self._timeline.now - call.answered_at)
        self._stir()

    def _gives_up(self, call: _Call) -> None:
        """Nobody came. The dialler cannot know a machine that it has not detected: it hears of an abandoned call."""
        if self._waiting.pop(call.number, None) is None:
            return
        if not call.is_machine:
            self._settle(call, abandoned=True)
        self._tell(self._pacer.abandoned, call.number)
        self._stir()

    def _settle(self, call: _Call, *, abandoned: bool) -> None:
        self._result.live_answers.append(LiveAnswer(call.answered_at, abandoned, call.expected))


def _answered_at(call: _Call) -> float:
    return call.answered_at

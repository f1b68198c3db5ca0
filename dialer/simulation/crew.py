"""The agents of a simulated shift: who is logged in, what each does and for how long, who is free to take a call."""

from __future__ import annotations

import math
from itertools import count
from typing import TYPE_CHECKING

from dialer.simulation.answers import HOUR_S
from dialer.simulation.draw import generator, stream, times
from dialer.simulation.fate import Luck
from dialer.simulation.shift import Doing

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.simulation.pacer import Pacer
    from dialer.simulation.scenario import Scenario
    from dialer.simulation.shift import ShiftResult
    from dialer.simulation.timeline import Timeline


class Agent:
    """Somebody who is logged in. `slowness` multiplies talk and wrap-up."""

    __slots__ = ("doing", "leaving", "number", "since", "slowness", "wants_pause")

    def __init__(self, number: int, slowness: float, now: float) -> None:
        self.number, self.slowness, self.since = number, slowness, now
        self.doing = Doing.READY
        self.leaving = self.wants_pause = False


class Crew:
    """All who are logged in. What stands in `ready` is in the order in which they came free.

    `tell` reports an event to the pacer, `stir` says that the floor has changed, `serve` gives an agent who has just
    come free to a customer who waits, if one does.
    """

    def __init__(
        self,
        scenario: Scenario,
        seed: int,
        timeline: Timeline,
        result: ShiftResult,
        pacer: Pacer,
        *,
        tell: Callable[..., None],
        stir: Callable[[], None],
        serve: Callable[[Agent], None],
    ) -> None:
        self._scenario, self._timeline, self._result, self._pacer = scenario, timeline, result, pacer
        self._tell, self._stir, self._serve = tell, stir, serve
        self.ready: dict[int, Agent] = {}
        self.talking_since: dict[int, float] = {}
        """By agent; whoever was given a machine is among them."""
        self.wrap_up_since: dict[int, float] = {}
        self.away = 0
        """On a pause, or lent to a call from outside."""
        self._agents: dict[int, Agent] = {}
        self._numbers = count()
        self._inbound_waiting = 0
        self._set_up_luck(scenario, seed)
        for hour, wanted in scenario.agents:
            timeline.at(hour * HOUR_S, self._staff, wanted)
        if scenario.inbound.per_hour:
            self._await_inbound()

    def _set_up_luck(self, scenario: Scenario, seed: int) -> None:
        self._rng = generator(seed, Luck.AGENTS.value)
        self._next_talk = times(scenario.talk, generator(seed, Luck.TALK.value))
        self._next_wrap_up = times(scenario.wrap_up, generator(seed, Luck.WRAP_UP.value))
        self._next_machine_talk = times(scenario.machines.talk, generator(seed, Luck.MACHINE_TALK.value))
        self._next_pause = stream(generator(seed, Luck.PAUSES.value).standard_exponential)
        self._next_pause_length = times(scenario.pauses.length, generator(seed, Luck.PAUSE_LENGTH.value))
        self._next_inbound = stream(generator(seed, Luck.INBOUND.value).standard_exponential)
        self._next_handle = times(scenario.inbound.handle, generator(seed, Luck.INBOUND_HANDLE.value))

    def close(self) -> None:
        """The shift is over: what everybody does is cut off now."""
        for agent in self._agents.values():
            self._spend(agent)

    # --- at work ------------------------------------------------------------------------------------

    def _spend(self, agent: Agent) -> None:
        now = self._timeline.now
        if now > agent.since:
            self._result.spans[agent.doing].append((agent.since, now))
        agent.since = now

    def _begin(self, agent: Agent, doing: Doing) -> None:
        self._spend(agent)
        agent.doing = doing

    def take(self, agent: Agent, call: int, *, is_machine: bool) -> None:
        """A free agent takes a call."""
        now = self._timeline.now
        self.ready.pop(agent.number, None)
        self._result.waits_s.append(now - agent.since)
        self.talking_since[agent.number] = now
        if is_machine:
            self._begin(agent, Doing.MACHINE)
            self._timeline.at(now + self._next_machine_talk(), self._machine_over, (agent, call))
        else:
            self._begin(agent, Doing.TALKING)
            self._timeline.at(now + self._next_talk() * agent.slowness, self._talk_over, agent)

    def _talk_over(self, agent: Agent) -> None:
        now = self._timeline.now
        del self.talking_since[agent.number]
        self.wrap_up_since[agent.number] = now
        self._begin(agent, Doing.WRAP_UP)
        self._timeline.at(now + self._next_wrap_up() * agent.slowness, self._wrapped_up, agent)
        self._tell(self._pacer.talk_over, agent.number)
        self._stir()

    def _machine_over(self, who: tuple[Agent, int]) -> None:
        agent, call = who
        del self.talking_since[agent.number]
        self._tell(self._pacer.machine, call)
        self._tell(self._pacer.talk_over, agent.number)
        self._tell(self._pacer.wrapped_up, agent.number)
        self._is_free(agent)

    def _wrapped_up(self, agent: Agent) -> None:
        del self.wrap_up_since[agent.number]
        self._tell(self._pacer.wrapped_up, agent.number)
        self._is_free(agent)

    def _is_free(self, agent: Agent) -> None:
        """What comes first for an agent who could take a call."""
        self._begin(agent, Doing.READY)
        if agent.leaving:
            del self._agents[agent.number]
        elif agent.wants_pause:
            self._pause(agent)
        elif self._inbound_waiting:
            self._inbound_waiting -= 1
            self._lend(agent)
        else:
            self.ready[agent.number] = agent
            self._serve(agent)
        self._stir()

    # --- logging in and out -------------------------------------------------------------------------

    def _staff(self, wanted: int) -> None:
        staying = [agent for agent in self._agents.values() if not agent.leaving]
        for _ in range(wanted - len(staying)):
            self._log_in()
        if wanted < len(staying):
            for index in self._rng.permutation(len(staying))[wanted:]:
                self._log_out(staying[index])
        self._stir()

    def _log_in(self) -> None:
        slowness = 1.0
        if self._scenario.speed_cv:
            variance = math.log1p(self._scenario.speed_cv**2)
            slowness = float(self._rng.lognormal(-variance / 2, math.sqrt(variance)))
        agent = Agent(next(self._numbers), slowness, self._timeline.now)
        self._agents[agent.number] = agent
        self._await_pause(agent)
        self._is_free(agent)

    def _log_out(self, agent: Agent) -> None:
        """At once, or when the call and its wrap-up are done."""
        agent.leaving = True
        if agent.doing is Doing.PAUSED:
            self.away -= 1
        elif self.ready.pop(agent.number, None) is None:
            return
        self._spend(agent)
        del self._agents[agent.number]

    # --- pauses -------------------------------------------------------------------------------------

    def _await_pause(self, agent: Agent) -> None:
        if self._scenario.pauses.per_hour:
            after_s = self._next_pause() * HOUR_S / self._scenario.pauses.per_hour
            self._timeline.at(self._timeline.now + after_s, self._wants_pause, agent)

    def _wants_pause(self, agent: Agent) -> None:
        agent.wants_pause = True
        if self.ready.pop(agent.number, None) is not None:
            self._pause(agent)
            self._stir()

    def _pause(self, agent: Agent) -> None:
        self._begin(agent, Doing.PAUSED)
        self.away += 1
        self._timeline.at(self._timeline.now + self._next_pause_length(), self._pause_over, agent)

    def _pause_over(self, agent: Agent) -> None:
        if agent.leaving:
            return  # went home from the pause
        self.away -= 1
        agent.wants_pause = False
        self._await_pause(agent)
        self._is_free(agent)

    # --- calls from outside -------------------------------------------------------------------------

    def _await_inbound(self) -> None:
        after_s = self._next_inbound() * HOUR_S / self._scenario.inbound.per_hour
        self._timeline.at(self._timeline.now + after_s, self._inbound_call, None)

    def _inbound_call(self, _: None) -> None:
        self._await_inbound()
        if not self.ready:
            self._inbound_waiting += 1
            return
        self._lend(self.ready.pop(next(iter(self.ready))))
        self._stir()

    def _lend(self, agent: Agent) -> None:
        self._begin(agent, Doing.INBOUND)
        self.away += 1
        self._timeline.at(self._timeline.now + self._next_handle() * agent.slowness, self._lent_back, agent)

    def _lent_back(self, agent: Agent) -> None:
        self.away -= 1
        self._is_free(agent)

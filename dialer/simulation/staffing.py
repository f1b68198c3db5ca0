"""How many agents by when: dates, calls, results and costs of a list for any number of agents, and the least number.

An agent-hour brings as many talks as the floor keeps the agent busy, and that grows with the team: see `pooling`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.errors import InputError
from dialer.simulation.draw import LogNormal, generator
from dialer.simulation.reference import segments_of
from dialer.simulation.workload import funnel

if TYPE_CHECKING:
    from datetime import date

    from dialer.simulation.pooling import Pooling
    from dialer.simulation.reference import Segment
    from dialer.simulation.scenario import Scenario
    from dialer.simulation.workload import Funnel, Workload

_HOUR_S = 3600.0
_MOST_AGENTS = 100_000
_DRAWS = 20_000
_MESSAGE_S = 10.0
"""How long whoever is abandoned is on the line: the message of 16 CFR 310.4(b)(4)(iii) is short."""
_SPREADS = 3.0
"""Lines are reckoned at the mean and so many square roots of it: calls in flight vary like a Poisson number."""
_USUAL_CV = {"talk": 1.0, "wrap_up": 0.5}
_SIMULATED_H = 2.0


@dataclass(frozen=True, slots=True)
class Case:
    """A workload with nothing left open, the scenario that stands for its calls, and what that means on average."""

    workload: Workload
    scenario: Scenario
    means: Segment
    talk_s: float
    billed_talk_s: float
    """The mean of a talk, rounded up to what is billed."""
    away: float
    """Agents who are lent to calls from outside, on average."""

    @property
    def at_work(self) -> float:
        """The share of paid hours that is no pause."""
        return self.workload.at_work or 1.0

    def present(self, agents: float) -> float:
        """How many of so many agents are there for the campaign at any time."""
        return max(0.0, agents * self.at_work - self.away)


@dataclass(frozen=True, slots=True)
class Money:
    """What a plan costs and brings; `profit` is None where no value of a success is known."""

    agents: float
    lines: float
    complaints: float
    fixed: float
    brought: float | None

    @property
    def cost(self) -> float:
        """All together."""
        return self.agents + self.lines + self.complaints + self.fixed

    @property
    def profit(self) -> float | None:
        """What is left; a loss is below 0."""
        return None if self.brought is None else self.brought - self.cost


@dataclass(frozen=True, slots=True)
class Staffing:
    """What so many agents make of a list, expected."""

    agents: int
    utilisation: float
    """Of the time that they are there: talk and wrap-up, 0..1."""
    abandonment: float
    days: float
    """Working days at full strength; the last is not worked to its end."""
    finishes_on: date | None
    """None where that lies beyond the year that a calendar is looked at."""
    agent_hours: float
    """Paid, pauses included."""
    funnel: Funnel
    line_minutes: float
    """Billed."""
    ringing_minutes: float
    """Of the lines, until somebody answers or it ends; mostly not billed."""
    lines: int
    """That are hardly ever all in use, at full strength."""
    calls_per_second: float
    """On average, at full strength."""
    money: Money

    @property
    def talks_per_day(self) -> float:
        """On a full day."""
        return self.funnel.talks / self.days


def case_of(workload: Workload, scenario: Scenario, *, told: bool = True) -> Case:
    """A workload on a scenario, each filled up from the other.

    What the workload says of answers, talks and abandonment goes into the scenario; what it does not say is taken from
    there, but for the answer rate unless the scenario was `told` to hold: a standard population's is nobody's. Pauses
    and calls from outside are taken out of the scenario: they count as absence.
    """
    persons = scenario.mean_p * (1 - scenario.machines.share)
    known: dict[str, float] = {}
    if told and workload.answer_rate is None and not workload.reached:
        known["answer_rate"] = round(persons, 4)
    pauses, inbound = scenario.pauses, scenario.inbound
    paused = pauses.per_hour * pauses.length.mean_s / _HOUR_S
    known |= {
        "talk_s": workload.talk_s or scenario.talk.mean_s,
        "wrap_up_s": scenario.wrap_up.mean_s if workload.wrap_up_s is None else workload.wrap_up_s,
        "max_abandonment": workload.max_abandonment or scenario.max_abandonment,
        "at_work": workload.at_work or round(1 / (1 + paused), 4),
    }
    full = workload.model_copy(update=known)
    played = _played(full, workload, scenario).changed(hours=min(_SIMULATED_H, scenario.hours), agents=1)
    talks_s = played.talk.draw(generator(0), _DRAWS)
    return Case(
        workload=full,
        scenario=played,
        means=segments_of(played.changed(answers={"p": played.mean_p}))[0],
        talk_s=played.talk.mean_s,
        billed_talk_s=float(np.ceil(talks_s / full.billed_step_s).mean()) * full.billed_step_s,
        away=inbound.per_hour * inbound.handle.mean_s / _HOUR_S,
    )


def _played(full: Workload, given: Workload, scenario: Scenario) -> Scenario:
    """The scenario with what was given; answers over time keep their shape."""
    endless = scenario.leads.model_copy(update={"length": None})
    changes: dict[str, object] = {"pauses": {}, "inbound": {}, "leads": endless}
    changes["max_abandonment"] = full.max_abandonment
    picked_up = full.answers_per_call / max(1e-9, 1 - scenario.machines.share)
    if picked_up > 1:
        raise InputError(f"answer_rate: with {scenario.machines.share:.0%} machines, more than all would pick up")
    factor = picked_up / scenario.mean_p if scenario.mean_p else 0.0
    flips = scenario.answers.flips
    if max(scenario.answers.levels) * factor > 1 or not factor:
        changes["answers"] = {"p": picked_up}
    elif flips:
        changes["answers"] = {"flips": {"between": [p * factor for p in flips.between], "minutes": flips.minutes}}
    else:
        changes["answers"] = {"p": [(hour, p * factor) for hour, p in scenario.answers.p]}
    for key, mean_s in (("talk", given.talk_s), ("wrap_up", given.wrap_up_s)):
        if mean_s:
            changes[key] = LogNormal(mean=mean_s, cv=_USUAL_CV[key])
        elif mean_s == 0:
            changes[key] = {"kind": "constant", "value": 0}
    return scenario.changed(**changes)


def staffed(case: Case, pooling: Pooling, agents: int, today: date) -> Staffing:
    """What so many agents make of the list; InputError where they are all taken by calls from outside."""
    present = case.present(agents)
    if present <= 0:
        raise InputError(f"agents: {agents} are all taken by calls from outside")
    workload, handle_s = case.workload, case.means.handle_s
    utilisation = pooling.utilisation(present)
    abandonment = pooling.abandonment(present)
    if abandonment is None:
        abandonment = case.means.limit
    work = funnel(workload, abandonment)
    if not utilisation:
        raise InputError(f"agents: {agents} would not be kept busy at all: the list answers too seldom")
    busy_hours = work.talks * handle_s / _HOUR_S
    days = busy_hours / (present * utilisation * workload.hours_per_day)
    talks_per_s = present * utilisation / handle_s
    calls_per_s = talks_per_s * work.calls / work.talks
    in_use = calls_per_s * case.means.in_flight_s + talks_per_s * case.talk_s
    billed_s = work.talks * case.billed_talk_s + work.abandoned * _billed(_MESSAGE_S, workload.billed_step_s)
    agent_hours = days * workload.hours_per_day * agents
    return Staffing(
        agents=agents,
        utilisation=utilisation,
        abandonment=abandonment,
        days=days,
        finishes_on=_finish(workload, days, today),
        agent_hours=agent_hours,
        funnel=work,
        line_minutes=billed_s / 60,
        ringing_minutes=work.calls * case.means.in_flight_s / 60,
        lines=math.ceil(in_use + _SPREADS * math.sqrt(in_use)),
        calls_per_second=calls_per_s,
        money=_money(workload, work, agent_hours, billed_s / 60),
    )


def _billed(length_s: float, step_s: float) -> float:
    return math.ceil(length_s / step_s) * step_s


def _money(workload: Workload, work: Funnel, agent_hours: float, line_minutes: float) -> Money:
    brought = None
    if workload.value_per_success is not None and work.successes is not None:
        brought = work.successes * workload.value_per_success
    return Money(
        agents=agent_hours * workload.cost_per_agent_hour,
        lines=line_minutes * workload.cost_per_line_minute,
        complaints=work.complaints * workload.cost_per_complaint,
        fixed=workload.fixed_cost,
        brought=brought,
    )


def _needed_days(workload: Workload, days: float) -> int:
    """Whole working days: those of the work, and those that the attempts take anyway."""
    return max(math.ceil(days - 1e-9), workload.least_days)


def _finish(workload: Workload, days: float, today: date) -> date | None:
    needed = _needed_days(workload, days)
    return next(islice(workload.working_days(today), needed - 1, None), None)


def needed(case: Case, pooling: Pooling, today: date) -> Staffing:
    """The fewest agents who are done in the days that there are; InputError where no number is."""
    left = case.workload.days_left(today)
    if left is None:
        raise InputError("agents: give how many there are, or deadline or days, by when it is to be done")
    if left < case.workload.least_days:
        raise InputError(
            f"{'days' if case.workload.deadline is None else 'deadline'}: {len(case.workload.reached_after)} calls to "
            f"a lead, {case.workload.attempts_per_day:g} a day, take {case.workload.least_days} working days, and "
            f"there are {left}"
        )

    def done(agents: int) -> bool:
        working = case.present(agents) > 0 and pooling.utilisation(case.present(agents)) > 0
        return working and staffed(case, pooling, agents, today).days <= left

    enough = 1
    while not done(enough):
        enough *= 2
        if enough > _MOST_AGENTS:
            raise InputError(f"deadline: not even {_MOST_AGENTS} agents would be done in {left} working days")
    few = enough // 2
    while enough - few > 1:
        middle = (enough + few) // 2
        few, enough = (few, middle) if done(middle) else (middle, enough)
    return staffed(case, pooling, enough, today)

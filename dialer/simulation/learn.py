"""A scenario from this installation's own record: tomorrow's pacing is tried on the customers and agents of last week.

What the record does not hold, or too little of, is an error that names it, or is taken from the standard population
where that is asked for. Times are rounded to the millisecond.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dialer.core.abandonment import MACHINE_FALSE_SHARE
from dialer.core.errors import InputError
from dialer.core.model import AgentState, Disposition, Outcome, PacingMode
from dialer.core.plan import AnsweringMachines
from dialer.record.behaviour import MOST_CALLS, Behaviour
from dialer.simulation.flights import ENOUGH, flights_of
from dialer.simulation.lives import thinned
from dialer.simulation.rota import agents_by_time, typical_day
from dialer.simulation.scenario import Scenario, checked, read_scenario
from dialer.simulation.written import as_toml

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.core.plan import CampaignPlan
    from dialer.record.behaviour import CallTimes, Spent
    from dialer.record.record import Record
    from dialer.settings import TrunkSettings
    from dialer.simulation.rota import Day, Stretch

_ENOUGH_MACHINES = 10
_LITTLE = 0.02
"""Of the calls: what cannot be known of so few changes nothing."""
_HOUR_S = 3600.0
_AWAY = frozenset({AgentState.OFFLINE, AgentState.CALLING_IN})
_ON_A_CALL = frozenset({AgentState.TALKING, AgentState.WRAP_UP})


@dataclass(frozen=True, slots=True)
class Learned:
    """A scenario, what it rests on in words, and what of it is not learned but the standard population's."""

    scenario: Scenario
    notes: tuple[str, ...]
    filled: tuple[str, ...] = ()


@dataclass(slots=True)
class _Notebook:
    """What was learned so far: keys of the scenario, remarks, and what there is too little of, in words by its key."""

    keys: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)

    def lacks(self, key: str, what: str, count: int, least: int = ENOUGH) -> bool:
        """Whether too few were seen to learn this key; it is then noted."""
        if count < least:
            self.missing[key] = f"{what}: {count}, {least} are needed"
        return count < least


async def scenario_of(
    record: Record, campaign_id: int, since: datetime, *, trunk: TrunkSettings | None = None, fill: bool = False
) -> Learned:
    """The typical day of a campaign since then, with the caps of its plan and of its trunk where that is given.

    NotFoundError for an unknown campaign; InputError names what there is too little of. With `fill` the standard
    population stands in for that.
    """
    campaign = await record.campaigns.get(campaign_id)
    if campaign.plan.pacing.mode is PacingMode.AGENTLESS:
        raise InputError(f"campaign {campaign.plan.name!r} is agentless: there is no floor to simulate")
    behaviour = Behaviour(record.database)
    calls = await behaviour.calls(campaign_id, since)
    spent = await behaviour.spent(campaign_id, since)
    return learned(campaign.plan, calls, spent, trunk=trunk, fill=fill)


def learned(
    plan: CampaignPlan,
    calls: Sequence[CallTimes],
    spent: Sequence[Spent],
    *,
    trunk: TrunkSettings | None = None,
    fill: bool = False,
) -> Learned:
    """The same from what was read of the record already."""
    keys = {
        "name": plan.name,
        "patience_s": plan.abandon_limit_s,
        "max_abandonment": plan.pacing.max_abandonment,
        "ring_timeout_s": plan.ring_timeout_s,
    }
    notebook = _Notebook(keys)
    _learn_caps(notebook, plan, trunk)
    told = [call for call in calls if call.answered_at or call.outcome is not Outcome.FAILED]
    if failed := len(calls) - len(told):
        notebook.notes.append(f"{failed} calls that failed on our own side are left out")
    if told:
        day = _learn_day(notebook, told)
        _learn_flights(notebook, told, day)
        _learn_agents(notebook, spent, day, max(call.ended_at for call in told))
    else:
        notebook.missing |= dict.fromkeys(("answers", "fast_failures", "agents"), "calls: 0")
    _learn_handling(notebook, told, plan.wrap_up_s)
    _learn_machines(notebook, told, detection=plan.answering_machines is not AnsweringMachines.OFF)
    notebook.notes.append("outages, late events and unequal agents are not learned: none are simulated")
    if notebook.missing and not fill:
        raise InputError(
            f"campaign {plan.name!r}: too little in the record to learn from: "
            f"{'; '.join(dict.fromkeys(notebook.missing.values()))}. "
            "Look further back with --since, or let --fill take these from the standard population"
        )
    return _finished(notebook)


def _finished(notebook: _Notebook) -> Learned:
    """The scenario; what is missing is the standard population's."""
    if "agents" in notebook.missing:
        notebook.keys["agents"] = read_scenario("standard").agents
    scenario = checked(notebook.keys)
    plain = scenario.model_dump(mode="json", exclude_none=True)
    filled = [f"{key} = {as_toml(plain[key])} ({why})" for key, why in notebook.missing.items()]
    return Learned(scenario, tuple(notebook.notes), tuple(filled))


def _learn_caps(notebook: _Notebook, plan: CampaignPlan, trunk: TrunkSettings | None) -> None:
    caps: dict[str, Any] = {"max_in_flight": plan.pacing.max_in_flight}
    if trunk is None:
        notebook.notes.append(f"trunk {plan.trunk!r} is not in the settings: its channels and its pace do not bind")
    else:
        caps |= {"channels": trunk.channels, "calls_per_second": trunk.calls_per_second}
    notebook.keys["caps"] = caps


# --- calls ------------------------------------------------------------------------------------------


def _learn_day(notebook: _Notebook, calls: Sequence[CallTimes]) -> Day:
    day = typical_day([(call.sent_at, call.ended_at) for call in calls])
    first, last = min(call.sent_at for call in calls), max(call.sent_at for call in calls)
    which = "the newest " if len(calls) >= MOST_CALLS else ""
    notebook.keys["hours"] = round(day.length_s / _HOUR_S, 4)
    notebook.keys["about"] = f"Learned from {len(calls)} calls, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC."
    days = "one day" if len(day.days) == 1 else f"{len(day.days)} days, laid over each other"
    notebook.notes.append(f"{which}{len(calls)} calls of {days}; hour 0 is {day.begins_at}")
    return day


def _learn_flights(notebook: _Notebook, calls: Sequence[CallTimes], day: Day) -> None:
    flights = flights_of(calls, notebook.keys["ring_timeout_s"])
    withdrawn, answers = int(flights.cut_off.sum()), int(flights.picked_up.sum())
    if withdrawn:
        lost = "" if flights.lost < _LITTLE else f"; of {flights.lost:.0%} of the calls nothing is known after that"
        notebook.notes.append(f"{withdrawn} calls that we withdrew count by what came of those that rang on{lost}")
    notebook.keys["ring_timeout_s"] = round(flights.ring_timeout_s, 3)
    if flights.delays_s is None:
        notebook.notes.append("the network hardly told when it rang: rings are counted from the sending")
    else:
        notebook.keys["dial_delay"] = _empirical(flights.delays_s)
    if not notebook.lacks("answers", "answers", answers):
        notebook.keys["answers"] = {"p": flights.by_hour(np.array([day.place(call.sent_at)[1] for call in calls]))}
        notebook.keys["ring"] = _empirical(flights.rings_s)
    if not notebook.lacks("fast_failures", "calls that ended unanswered", flights.unanswered):
        failures = {"after": _empirical(flights.failures_s)} if flights.failures_s else {}
        notebook.keys["fast_failures"] = {"share": round(flights.failing_share, 4), **failures}


def _learn_handling(notebook: _Notebook, calls: Sequence[CallTimes], most_wrap_up_s: float) -> None:
    """Talks with persons, and what comes after; a disposition that was given in the talk leaves no wrap-up."""
    talks = [call for call in calls if call.bridged_at and call.disposition is not Disposition.MACHINE]
    if not notebook.lacks("talk", "talks", len(talks)):
        notebook.keys["talk"] = _empirical([_talk_s(call) for call in talks])
    # One that was corrected hours later does not mean that the agent wrapped up until then: a timer saw to that.
    wrap_ups = [
        min(most_wrap_up_s, _seconds(call.unbridged_at or call.ended_at, call.wrapped_up_at))
        for call in talks
        if call.wrapped_up_at
    ]
    if not notebook.lacks("wrap_up", "wrap-ups", len(wrap_ups)):
        notebook.keys["wrap_up"] = _empirical(wrap_ups)


def _learn_machines(notebook: _Notebook, calls: Sequence[CallTimes], *, detection: bool) -> None:
    """Machines that detection heard, and those that an agent did."""
    detected = [call for call in calls if call.answered_at and call.outcome is Outcome.MACHINE]
    heard = [call for call in calls if call.bridged_at and call.disposition is Disposition.MACHINE]
    answers = sum(call.answered_at is not None for call in calls)
    if not detected and not heard:
        return
    false = len(detected) * MACHINE_FALSE_SHARE
    machines = len(detected) - false + len(heard)
    found: dict[str, Any] = {"share": round(machines / answers, 4), "detection": detection}
    if detected:
        delays_s = [_seconds(call.answered_at or call.ended_at, call.ended_at) for call in detected]
        found["delay_s"] = round(float(np.median(delays_s)), 3)
        found["false_positive"] = round(false / max(1.0, answers - machines), 4)
        found["false_negative"] = round(len(heard) / machines, 4)
        notebook.notes.append(
            f"{MACHINE_FALSE_SHARE:.0%} of the {len(detected)} calls taken for machines are assumed to be persons"
        )
    if len(heard) >= _ENOUGH_MACHINES:
        found["talk"] = _empirical([_talk_s(call) for call in heard])
    notebook.keys["machines"] = found


# --- agents -----------------------------------------------------------------------------------------


def _learn_agents(notebook: _Notebook, spent: Sequence[Spent], day: Day, until: datetime) -> None:
    """Who was there when, how often they paused, and what else they did."""
    logged_in = [_stretch(each, until) for each in spent if each.state not in _AWAY]
    steps = agents_by_time(day, logged_in)
    if notebook.lacks("agents", "agents", max(count for _, count in steps), least=1):
        return
    notebook.keys["agents"] = steps
    paused = [_stretch(each, until) for each in spent if each.state is AgentState.PAUSED]
    lengths_s = [(end - begin).total_seconds() for begin, end in paused if day.within_s([(begin, end)])]
    if lengths_s:
        asked_h = (day.within_s(logged_in) - day.within_s(paused)) / _HOUR_S
        notebook.keys["pauses"] = {
            "per_hour": round(len(lengths_s) / max(asked_h, 1e-3), 4),
            "length": _empirical(lengths_s),
        }
    _learn_inbound(notebook, [each for each in spent if each.state in _ON_A_CALL and not each.ours], day, until)


def _learn_inbound(notebook: _Notebook, elsewhere: Sequence[Spent], day: Day, until: datetime) -> None:
    """Calls of others that these agents took, from outside or of other campaigns, are all alike to the campaign."""
    handled_s: dict[tuple[str, str | None], float] = {}
    for each in elsewhere:
        lasted_s = day.within_s([_stretch(each, until)])
        if lasted_s:
            call = each.agent_id, each.attempt_id
            handled_s[call] = handled_s.get(call, 0.0) + lasted_s
    if handled_s:
        per_hour = len(handled_s) / (len(day.days) * day.length_s / _HOUR_S)
        notebook.keys["inbound"] = {"per_hour": round(per_hour, 4), "handle": _empirical([*handled_s.values()])}
        notebook.notes.append(
            f"{len(handled_s)} calls of other campaigns or from outside are simulated as calls from outside"
        )


def _stretch(spent: Spent, until: datetime) -> Stretch:
    return spent.since, max(spent.since, spent.until or until)


def _talk_s(call: CallTimes) -> float:
    return _seconds(call.bridged_at or call.ended_at, call.unbridged_at or call.ended_at)


def _seconds(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())


def _empirical(values_s: Sequence[float]) -> dict[str, Any]:
    return {"kind": "empirical", "values": thinned(values_s)}

"""Where each number of a plan comes from: what was assumed, learned or reckoned, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core.plan import WORKDAYS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.cli.planned import Answer

_HOLIDAYS = {"cn": "the Chinese calendar of holidays", "none": "no holidays"}


def sources(answer: Answer) -> Iterator[str]:
    """Every number that was assumed or reckoned, a line each."""
    yield from answer.remarks
    yield from _of_the_list(answer)
    yield from _of_the_floor(answer)
    yield from _of_the_dates(answer)
    yield from _of_the_money(answer)


def _of_the_list(answer: Answer) -> Iterator[str]:
    given, workload, scenario = answer.given, answer.case.workload, answer.case.scenario.name
    if given.reached:
        shares = ", ".join(f"{share:.0%}" for share in given.reached)
        yield f"reached after 1, 2, ... calls: {shares} of the leads"
    else:
        if given.answer_rate is None:
            yield f"answer rate {workload.answer_rate:.1%}: of the scenario {scenario!r} (--answer-rate)"
        if given.contactable is None:
            yield f"{workload.reachable:.0%} of the leads can be reached at all: assumed (--contactable)"
        if "attempts" not in given.model_fields_set:
            yield f"{workload.attempts} calls at most to a lead who does not answer: assumed (--attempts)"
        if workload.attempts > 1:
            yield "retries: whoever can be reached answers each call with the same probability"
    yield "whoever is abandoned is counted as lost: not called again"
    if given.success_rate is None:
        yield "no success rate is given: successes and profit are left out (--success-rate)"
    if not given.complaint_rate:
        yield "complaints: none are assumed (--complaint-rate)"


def _of_the_floor(answer: Answer) -> Iterator[str]:
    given, case, pooling = answer.given, answer.case, answer.pooling
    scenario = case.scenario
    if given.talk_s is None:
        yield f"talk {case.talk_s:.0f} s: of the scenario {scenario.name!r} (--talk-s)"
    if given.wrap_up_s is None:
        yield f"wrap-up {scenario.wrap_up.mean_s:.0f} s: of the scenario {scenario.name!r} (--wrap-up-s)"
    yield (
        f"rings, failures and machines: of the scenario {scenario.name!r}; a call is in flight for "
        f"{case.means.in_flight_s:.1f} s on average"
    )
    seen = ", ".join(str(point.agents) for point in pooling.points)
    if pooling.points[0].abandonment is None:
        yield (
            f"utilisation: the square-root law, c = {pooling.constant:.2f}, fitted to the best that pacing could do "
            f"(Markov model, {seen} agents); leave out --quick to simulate the pacing itself"
        )
        yield f"abandonment: the limit of {case.means.limit:.1%}, for it was not simulated"
    else:
        yield (
            f"utilisation and abandonment: pacing {answer.pacing!r} in {answer.seeds} simulated shifts of "
            f"{scenario.hours:g} h from a cold start for each of {seen} agents; between them by c / sqrt(agents)"
        )
    yield "lines: the mean in use at full strength and three of its square roots"


def _of_the_dates(answer: Answer) -> Iterator[str]:
    given, case = answer.given, answer.case
    fields = given.model_fields_set
    if "hours_per_day" not in fields:
        yield f"{given.hours_per_day:g} paid hours a day: assumed (--hours-per-day)"
    if given.at_work is None:
        paused = 1 - case.at_work
        yield f"pauses: {f'{paused:.1%} of the hours, of the scenario' if paused else 'none are assumed'} (--at-work)"
    if case.away:
        yield f"{case.away:.1f} agents are taken by calls from outside on average: of the scenario"
    if "starts_on" not in fields:
        yield f"work starts today, {answer.today} (--starts-on)"
    days = "Monday to Friday and make-up days" if given.weekdays == WORKDAYS else ", ".join(given.weekdays)
    yield f"working days: {days}, with {_HOLIDAYS[given.calendar]} (weekdays, calendar in the file)"
    if "attempts_per_day" not in fields and case.workload.least_days > 1:
        yield (
            f"{given.attempts_per_day:g} calls a day to a lead at most, so at least {case.workload.least_days} days: "
            "assumed (--attempts-per-day)"
        )
    until = max((each.finishes_on for each in answer.beside if each.finishes_on), default=answer.today)
    for year in given.unknown_years(until, answer.today):
        yield f"the holidays of {year} are not known yet: its weekdays count as worked"


def _of_the_money(answer: Answer) -> Iterator[str]:
    given = answer.given
    if not given.cost_per_agent_hour:
        yield "agents cost nothing here (--cost-per-agent-hour)"
    if not given.cost_per_line_minute:
        yield "lines cost nothing here (--cost-per-line-minute)"
    else:
        yield f"answered calls are billed in steps of {given.billed_step_s:g} s; ringing is not billed"
    if given.value_per_success is None and given.success_rate is not None:
        yield "what a success brings is not given: no profit is reckoned (--value-per-success)"
    yield "agents are paid for the hours of the work, not for what is left of the last day"

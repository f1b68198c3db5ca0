from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.errors import InputError
from dialer.simulation.floor import run_shift
from dialer.simulation.policies import pacer_named
from dialer.simulation.pooling import Point, Pooling
from dialer.simulation.scenario import Scenario, read_scenario, standard
from dialer.simulation.score import score
from dialer.simulation.staffing import Case, case_of, needed, staffed
from dialer.simulation.workload import Workload

FRIDAY = date(2026, 11, 20)
POOLING = Pooling((Point(4, 0.75, 0.02), Point(100, 0.95, 0.01)))
EVEN = Pooling((Point(100, 1.0, 0.0),))
"""Nobody ever idles, and nobody is abandoned: all is plain arithmetic."""


def a_workload(**more: Any) -> Workload:
    plain = {"leads": 6000, "answer_rate": 0.25, "contactable": 0.5, "attempts": 1, "talk_s": 90, "wrap_up_s": 10}
    return Workload.model_validate(plain | more)


def a_case(scenario: Scenario | None = None, **more: Any) -> Case:
    return case_of(a_workload(**more), scenario or standard(1, 0.3))


def test_days_hours_and_dates_are_plain_arithmetic() -> None:
    # 1500 talks of 100 s are 41.7 agent-hours: five agents of 8 h need 1.04 days, Friday and Monday.
    found = staffed(a_case(), EVEN, 5, FRIDAY)
    assert found.funnel.talks == 1500
    assert found.agent_hours == pytest.approx(1500 * 100 / 3600)
    assert found.days == pytest.approx(found.agent_hours / 40)
    assert found.finishes_on == date(2026, 11, 23)
    assert found.talks_per_day == pytest.approx(1440)
    # 5 agents talk 90 of 100 s; they take 5 calls each 100 s, of four placed ones each.
    assert found.calls_per_second == pytest.approx(5 / 100 * 4)
    in_use = 5 * 0.9 + found.calls_per_second * found.ringing_minutes * 60 / found.funnel.calls
    assert found.lines == pytest.approx(in_use + 3 * in_use**0.5, abs=1)


def test_money_is_counted_by_hour_minute_and_success() -> None:
    case = a_case(
        success_rate=0.1,
        complaint_rate=0.01,
        cost_per_agent_hour=30,
        cost_per_line_minute=0.5,
        billed_step_s=1,
        cost_per_complaint=20,
        fixed_cost=100,
        value_per_success=40,
    )
    money = staffed(case, EVEN, 5, FRIDAY).money
    assert money.agents == pytest.approx(30 * 1500 / 36)
    assert money.lines == pytest.approx(0.5 * 1500 * 1.5, rel=0.03)
    assert [money.complaints, money.fixed, money.brought] == pytest.approx([300, 100, 6000])
    assert money.profit == pytest.approx(6000 - money.cost)
    unknown = staffed(a_case(), EVEN, 5, FRIDAY).money
    assert (unknown.cost, unknown.profit) == (0, None)


def test_talks_are_billed_by_the_step_and_the_abandoned_too() -> None:
    constant = standard(1, 0.3, talk={"kind": "constant", "value": 70})
    work = Workload(leads=1000, answer_rate=0.5, attempts=1)
    found = staffed(case_of(work, constant), POOLING, 100, FRIDAY)
    assert found.line_minutes == pytest.approx(495 * 2 + 5)


def test_pauses_and_calls_from_outside_take_agents_away() -> None:
    away = standard(1, 0.3).changed(
        pauses={"per_hour": 1, "length": {"kind": "constant", "value": 900}},
        inbound={"per_hour": 36, "handle": {"kind": "constant", "value": 100}},
    )
    case = a_case(away)
    assert [case.at_work, case.away, case.present(10)] == pytest.approx([0.8, 1, 7])
    assert a_case(away, at_work=0.5).present(10) == pytest.approx(4)
    # They are not simulated a second time.
    assert (case.scenario.pauses.per_hour, case.scenario.inbound.per_hour) == (0, 0)
    plain = staffed(a_case(), EVEN, 7, FRIDAY)
    found = staffed(case, EVEN, 10, FRIDAY)
    assert found.days == pytest.approx(plain.days)
    assert found.agent_hours == pytest.approx(plain.agent_hours / 7 * 10)
    with pytest.raises(InputError, match="agents: 1 are all taken by calls from outside"):
        staffed(case, EVEN, 1, FRIDAY)


def test_the_fewest_agents_are_done_in_time_and_one_fewer_is_not() -> None:
    case = a_case(leads=60_000, days=5)
    found = needed(case, POOLING, FRIDAY)
    assert found.days <= 5 < staffed(case, POOLING, found.agents - 1, FRIDAY).days
    assert found.finishes_on == date(2026, 11, 26)
    by_date = needed(a_case(leads=60_000, deadline=date(2026, 11, 26)), POOLING, FRIDAY)
    assert by_date.agents == found.agents


@given(st.integers(1, 60), st.floats(0.02, 0.9), st.integers(200, 300_000))
@settings(max_examples=20, deadline=None)
def test_more_time_never_takes_more_agents(days: int, p: float, leads: int) -> None:
    def fewest(days: int) -> int:
        return needed(a_case(leads=leads, answer_rate=p, contactable=1.0, days=days), POOLING, FRIDAY).agents

    assert fewest(days + 1) <= fewest(days)


@given(st.integers(1, 400))
@settings(max_examples=20, deadline=None)
def test_an_agent_more_is_done_sooner_with_fewer_hours_in_all(agents: int) -> None:
    one, more = (staffed(a_case(), POOLING, count, FRIDAY) for count in (agents, agents + 1))
    assert more.days < one.days
    assert more.utilisation >= one.utilisation
    assert more.agent_hours <= one.agent_hours * (1 + 1e-9)


def test_retries_take_their_days_however_many_agents_there_are() -> None:
    case = a_case(attempts=6, attempts_per_day=2, days=2)
    with pytest.raises(InputError, match=r"days: 6 calls to a lead, 2 a day, take 3 working days, and there are 2"):
        needed(case, POOLING, FRIDAY)
    assert staffed(case, POOLING, 5000, FRIDAY).finishes_on == date(2026, 11, 24)


def test_without_agents_or_a_date_there_is_no_question() -> None:
    with pytest.raises(InputError, match="agents: give how many there are, or deadline or days"):
        needed(a_case(), POOLING, FRIDAY)


def test_what_takes_longer_than_a_year_has_no_date() -> None:
    assert staffed(a_case(leads=10_000_000), POOLING, 1, FRIDAY).finishes_on is None


def test_where_abandonment_was_not_simulated_the_limit_is_taken() -> None:
    unknown = Pooling((Point(10, 0.9),))
    assert staffed(a_case(max_abandonment=0.02), unknown, 5, FRIDAY).abandonment == 0.02


# --- the scenario that is simulated ---------------------------------------------------------------


def test_the_scenario_has_the_answers_of_all_rounds_and_the_talks_that_were_given() -> None:
    case = a_case(attempts=3)
    assert case.scenario.mean_p == pytest.approx(case.workload.answers_per_call)
    assert case.scenario.mean_p < 0.25
    assert (case.scenario.talk.mean_s, case.scenario.wrap_up.mean_s) == (90, 10)
    assert case.means.handle_s == 100
    assert case.means.chance == pytest.approx(case.workload.answers_per_call)


def test_what_is_not_given_is_the_scenarios() -> None:
    base = standard(1, 0.4, hours=1, max_abandonment=0.02)
    case = case_of(Workload(leads=10), base)
    assert (case.workload.answer_rate, case.workload.talk_s, case.workload.wrap_up_s) == (0.4, 120, 15)
    assert (case.means.limit, case.scenario.hours) == (0.02, 1)
    assert case.scenario.talk == base.talk
    with pytest.raises(InputError, match="answer_rate"):
        case_of(Workload(leads=10), base, told=False)


def test_answers_over_time_keep_their_shape_and_machines_are_no_persons() -> None:
    base = standard(1, 0.4, hours=2, machines={"share": 0.5}).changed(answers={"p": [[0, 0.4], [1, 0.2]]})
    case = case_of(a_workload(), base)
    assert [p for _, p in case.scenario.answers.p] == pytest.approx([2 / 3, 1 / 3])
    assert case.means.chance == pytest.approx(0.25)
    # Where one of them would come to more than 1, they do not.
    flat = case_of(a_workload(answer_rate=0.45), base)
    assert flat.scenario.mean_p == pytest.approx(0.9)
    with pytest.raises(InputError, match=r"answer_rate: with 50% machines"):
        case_of(a_workload(answer_rate=0.51, contactable=0.6), base)
    flips = case_of(a_workload(), read_scenario("flips"))
    assert flips.scenario.answers.flips is not None
    assert flips.scenario.mean_p == pytest.approx(0.25)


def test_a_list_that_ends_in_the_scenario_does_not_end_the_simulation() -> None:
    assert case_of(a_workload(), read_scenario("narrow-trunk")).scenario.leads.length is None


def test_a_wrap_up_of_nothing_is_nothing() -> None:
    assert a_case(wrap_up_s=0).means.handle_s == 90


def test_a_simulated_floor_does_in_an_hour_what_the_plan_says() -> None:
    """The plan's arithmetic against the simulator: talks, calls and lines of ten agents in two hours."""
    case = a_case(attempts=1)
    shift = run_shift(case.scenario.changed(agents=10), pacer_named("progressive", case.scenario), 3)
    figures = score(shift, case.scenario)
    seen = Pooling((Point(10, figures.utilisation, figures.abandonment),))
    planned = staffed(replace(case, workload=a_workload(leads=1_000_000)), seen, 10, FRIDAY)
    talks = figures.live_answers - figures.abandoned
    assert planned.talks_per_day / 8 * case.scenario.hours == pytest.approx(talks, rel=0.05)
    assert planned.calls_per_second * shift.end_s == pytest.approx(shift.placed, rel=0.05)
    in_use = [sample.in_flight for sample in shift.samples]
    assert max(in_use) + 10 <= planned.lines * 1.2

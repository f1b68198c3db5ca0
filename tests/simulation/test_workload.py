from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dialer.core.errors import InputError
from dialer.core.plan import CampaignPlan, DayKind, Window
from dialer.record.behaviour import Results, Try
from dialer.simulation.workload import Workload, funnel, told_by

FRIDAY = date(2026, 11, 20)


def a_workload(**more: Any) -> Workload:
    return Workload.model_validate({"leads": 1000, "answer_rate": 0.3, "contactable": 0.6, "attempts": 3} | more)


def test_who_is_contactable_answers_each_call_alike() -> None:
    # Half of those who can be reached answer a call: of 60 %, then, 30, 45 and 52.5 % after one, two and three.
    work = a_workload()
    assert work.reached_after == pytest.approx((0.3, 0.45, 0.525))
    assert work.calls_per_lead == pytest.approx(1 + 0.7 + 0.55)
    assert work.answers_per_call == pytest.approx(0.525 / 2.25)


def test_the_shares_may_be_given_as_they_were_seen() -> None:
    work = Workload(leads=100, reached=(0.2, 0.3, 0.3))
    assert work.reached_after == (0.2, 0.3, 0.3)
    assert work.calls_per_lead == pytest.approx(1 + 0.8 + 0.7)


def test_without_an_answer_rate_nothing_can_be_told() -> None:
    with pytest.raises(InputError, match="answer_rate: give it"):
        _ = Workload(leads=100).reached_after


@given(st.floats(0.01, 1), st.floats(0.01, 1), st.integers(1, 30))
def test_more_attempts_reach_more_but_never_more_than_can_be_reached(p: float, more: float, attempts: int) -> None:
    contactable = p + (1 - p) * more
    one = a_workload(answer_rate=p, contactable=min(1.0, contactable), attempts=attempts)
    two = a_workload(answer_rate=p, contactable=min(1.0, contactable), attempts=attempts + 1)
    assert p - 1e-9 <= one.reached_after[-1] <= two.reached_after[-1] <= contactable + 1e-9
    assert 1 <= one.calls_per_lead <= two.calls_per_lead <= attempts + 1
    assert two.answers_per_call <= one.answers_per_call + 1e-9 <= p + 2e-9


def test_the_funnel_loses_the_abandoned_and_stops_at_the_target() -> None:
    whole = funnel(a_workload(success_rate=0.1, complaint_rate=0.02), 0.04)
    assert [whole.leads, whole.calls, whole.answers] == pytest.approx([1000, 2250, 525])
    assert [whole.abandoned, whole.talks, whole.successes] == pytest.approx([21, 504, 50.4])
    assert whole.complaints == pytest.approx(10.08)
    part = funnel(a_workload(success_rate=0.1, success_target=25), 0.04)
    assert part.successes == pytest.approx(25)
    assert part.calls / whole.calls == pytest.approx(25 / 50.4)
    assert funnel(a_workload(), 0.0).successes is None


def test_a_target_that_the_list_cannot_give_tells_how_many_leads_it_takes() -> None:
    with pytest.raises(InputError, match=r"success_target: the list gives 50 successes at most, 101 need 2004 leads"):
        funnel(a_workload(success_rate=0.1, success_target=101), 0.04)


def test_working_days_leave_out_weekends_and_holidays_and_count_make_up_days() -> None:
    work = a_workload(starts_on=date(2026, 9, 24))
    days = [day for day in work.working_days(FRIDAY) if day < date(2026, 10, 13)]
    # Mid-autumn and the National Day; 20 September and 10 October 2026 are worked for it.
    assert date(2026, 9, 25) not in days
    assert date(2026, 10, 1) not in days
    assert date(2026, 10, 10) in days
    plain = a_workload(starts_on=date(2026, 9, 24), calendar="none", weekdays=["fri", "sat"])
    weekend = [day for day in plain.working_days(FRIDAY) if day < date(2026, 10, 4)]
    assert weekend == [date(2026, 9, 25), date(2026, 9, 26), date(2026, 10, 2), date(2026, 10, 3)]
    moved = a_workload(calendar_overrides={"2026-11-23": "holiday"})
    assert next(moved.working_days(FRIDAY)) == FRIDAY
    assert list(moved.working_days(FRIDAY))[1] == date(2026, 11, 24)


def test_days_left_are_counted_to_the_deadline_and_it_included() -> None:
    assert a_workload(deadline=date(2026, 11, 24)).days_left(FRIDAY) == 3
    assert a_workload(days=7).days_left(FRIDAY) == 7
    assert a_workload().days_left(FRIDAY) is None
    with pytest.raises(InputError, match="deadline: no working day lies between 2026-11-21 and 2026-11-22"):
        a_workload(starts_on=date(2026, 11, 21), deadline=date(2026, 11, 22)).days_left(FRIDAY)


def test_attempts_take_their_days() -> None:
    assert a_workload(attempts=5, attempts_per_day=2).least_days == 3
    assert a_workload(attempts=1, attempts_per_day=0.5).least_days == 2


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"leads": 0}, "leads"),
        ({"answer_rate": 0}, "answer_rate"),
        ({"answer_rate": 1.2}, "answer_rate"),
        ({"answer_rate": float("nan")}, "answer_rate"),
        ({"talk_s": -1}, "talk_s"),
        ({"hours_per_day": 25}, "hours_per_day"),
        ({"contactable": 0.2}, "contactable: lies below answer_rate"),
        ({"success_target": 5}, "success_rate: a success_target needs one"),
        ({"value_per_success": 5}, "success_rate: a value_per_success needs one"),
        ({"days": 5, "deadline": "2026-12-01"}, "days: give either"),
        ({"reached": [0.2, 0.3]}, "reached: give either"),
        ({"weekdays": []}, "weekdays"),
        ({"weekdays": ["someday"]}, "weekdays"),
        ({"speed": 1}, "speed"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_key(more: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        a_workload(**more)


def test_shares_that_were_reached_cannot_fall() -> None:
    for reached, words in (((0.3, 0.2), "must not fall"), ((0.0, 0.0), "nobody is reached")):
        with pytest.raises(ValidationError, match=words):
            Workload(leads=1, reached=reached)


def test_a_campaign_tells_what_its_record_has_enough_of() -> None:
    saturday = Window.model_validate({"days": ["SAT", "MON"]})
    plan = CampaignPlan(name="autumn", trunk="t", caller_id="+862155550000", windows=(Window(), saturday))
    tries = [Try(1, 400, 100), Try(2, 200, 20), Try(3, 49, 40)]
    told = told_by(plan, tries, Results(talks=120, agreed=6, waiting=5000))
    assert told["reached"] == (0.25, 0.325)  # a quarter, then a tenth of the others
    assert (told["success_rate"], told["leads"], told["max_abandonment"]) == (0.05, 5000, 0.03)
    assert DayKind.SAT in told["weekdays"]
    assert Workload.model_validate(told).calls_per_lead == pytest.approx(1.75)
    little = told_by(plan, tries[2:], Results(talks=49, agreed=6, waiting=0))
    assert little.keys().isdisjoint({"reached", "success_rate", "leads"})

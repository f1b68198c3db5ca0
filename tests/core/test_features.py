from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from dialer.core.eligibility import Facts, SentCall
from dialer.core.features import Past, features_at, features_of, in_words, part_of, person_answered
from dialer.core.model import Lead, LeadState, NumberRef, Outcome
from dialer.core.plan import CampaignPlan

MONDAY = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
"""10:30 in Shanghai."""
NUMBER = NumberRef(1, "+8613800000001", ("Asia/Shanghai",), 0, 0, dead=False)
PLAN = CampaignPlan(name="autumn", trunk="carrier", caller_id="+862155550000")


def a_lead(*, attempts: int = 0, priority: float = 0.0, attributes: dict[str, str] | None = None) -> Lead:
    return Lead(
        lead_id=1,
        campaign_id=1,
        key="K1",
        person="P1",
        name="王小明",
        numbers=(NUMBER,),
        attributes=attributes or {},
        priority=priority,
        owner=None,
        state=LeadState.WAITING,
        finished_because=None,
        due_at=MONDAY,
        due_number_id=None,
        attempts=attempts,
    )


def terms(
    lead: Lead,
    past: Past | None = None,
    *,
    sent: tuple[SentCall, ...] = (),
    number: NumberRef = NUMBER,
    now: datetime = MONDAY,
) -> list[str]:
    facts = Facts(lead, in_flight=False, listed=frozenset(), sent=sent)
    return list(features_of(facts, number, past or Past(), PLAN, now).terms)


def test_a_fresh_lead_is_told_by_its_hour_day_list_priority_and_columns() -> None:
    fresh = a_lead(priority=5, attributes={"城市": "上海", "a=b": "c"})
    assert terms(fresh, Past(list_name="spring")) == [
        "base=all",
        "tries=0",
        "today=0",
        "last=NEVER",
        "day=WORKDAY",
        "hour=10",
        "span=10",
        "span=9",
        "span=8",
        "priority=5",
        "list=spring",
        "@城市=上海",
        "@a:b=c",
    ]


def test_what_became_of_earlier_calls_is_told() -> None:
    found = terms(a_lead(attempts=7), Past(Outcome.BUSY, answered=True))
    assert {"tries=4", "last=BUSY", "answered=yes"} <= set(found)
    assert "answered=no" in terms(a_lead(attempts=1), Past(Outcome.NO_ANSWER))


def test_calls_of_today_are_those_of_this_lead_since_its_own_midnight() -> None:
    # 10:30 there: midnight was 16:00 UTC of the day before.
    since = [timedelta(hours=1), timedelta(hours=10), timedelta(hours=10, minutes=31)]
    sent = [SentCall(NUMBER.e164, 1, "P1", MONDAY - ago) for ago in since]
    assert "today=2" in terms(a_lead(), sent=tuple(sent))
    assert "today=1" in terms(a_lead(), sent=tuple(sent[1:]))
    assert "today=0" in terms(a_lead(), sent=(SentCall(NUMBER.e164, 2, "P1", MONDAY),))


@pytest.mark.parametrize(
    ("day", "said"),
    [(21, "day=SAT"), (22, "day=SUN"), (23, "day=WORKDAY"), (27, "day=WORKDAY")],
)
def test_days_are_of_four_kinds(day: int, said: str) -> None:
    assert said in terms(a_lead(), now=MONDAY.replace(day=day))


def test_holidays_and_the_days_worked_for_them_are_known() -> None:
    assert "day=HOLIDAY" in terms(a_lead(), now=datetime(2026, 10, 1, 2, tzinfo=UTC))
    assert "day=WORKDAY" in terms(a_lead(), now=datetime(2026, 10, 10, 2, tzinfo=UTC))  # a Saturday that is worked


def test_neighbouring_hours_have_spans_in_common_also_over_midnight() -> None:
    def spans(hour: int) -> set[str]:
        in_utc = NumberRef(1, "+1", ("UTC",), 0, 0, dead=False)
        return {term for term in terms(a_lead(), number=in_utc, now=MONDAY.replace(hour=hour)) if "span" in term}

    assert [len(spans(10) & spans(hour)) for hour in (10, 11, 12, 13)] == [3, 2, 1, 0]
    assert len(spans(23) & spans(0)) == 2


def test_what_is_no_category_is_left_out() -> None:
    odd = a_lead(priority=float("nan"), attributes={"remark": "x" * 41, "tag": "prime"})
    assert terms(odd)[-1] == "@tag=prime"
    assert not any(term.startswith(("priority", "list", "@remark")) for term in terms(odd))
    assert sum(term.startswith("@") for term in terms(a_lead(attributes={str(n): "x" for n in range(99)}))) == 32
    assert "list=" + "x" * 40 in terms(odd, Past(list_name="x" * 500))


OFF_AT_NOON = Past().after(Outcome.POWERED_OFF, datetime(2026, 11, 20, 4, 0, tzinfo=UTC))


@pytest.mark.parametrize(("hour", "said"), [(9, "apart"), (10, "near"), (12, "near"), (14, "near"), (15, "apart")])
def test_what_calls_at_about_this_hour_of_other_days_found_is_told(hour: int, said: str) -> None:
    found = terms(a_lead(attempts=1), OFF_AT_NOON, now=datetime(2026, 11, 23, hour - 8, 0, tzinfo=UTC))
    assert [term for term in found if term.startswith("off=")] == [f"off={said}"]


def test_hours_are_near_also_over_midnight_and_of_two_calls_the_nearer_counts() -> None:
    in_utc, night = NumberRef(1, "+1", (), 0, 0, dead=False), datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
    past = Past().after(Outcome.NO_ANSWER, night).after(Outcome.MACHINE, night - timedelta(hours=9))
    for now, said in ((night + timedelta(hours=2), "near"), (night + timedelta(hours=5), "apart")):
        found = terms(a_lead(attempts=2), past, number=in_utc, now=now)
        assert [term for term in found if term.startswith("rang=")] == [f"rang={said}"]


def test_one_more_call_is_added_to_a_past_unless_it_tells_nothing_of_the_customer() -> None:
    before = Past(Outcome.BUSY, answered=False, list_name="spring", heard=((Outcome.BUSY, MONDAY),))
    assert before.after(Outcome.CONGESTION, MONDAY) is before
    after = before.after(Outcome.ANSWERED, MONDAY)
    assert (after.last, after.answered, after.list_name) == (Outcome.ANSWERED, True, "spring")
    assert dict(after.heard) == {Outcome.BUSY: MONDAY, Outcome.ANSWERED: MONDAY}
    later = MONDAY + timedelta(hours=1)
    assert dict(after.after(Outcome.BUSY, later).heard)[Outcome.BUSY] == later
    assert after.after(Outcome.BUSY, later).answered


def test_several_moments_are_told_as_each_alone_is() -> None:
    sent = tuple(SentCall(NUMBER.e164, 1, "P1", MONDAY - timedelta(hours=ago)) for ago in (1, 30))
    facts = Facts(a_lead(attempts=2), in_flight=False, listed=frozenset(), sent=sent)
    moments = [MONDAY + timedelta(hours=ahead) for ahead in range(0, 60, 5)]
    together = features_at(facts, NUMBER, OFF_AT_NOON, PLAN, moments)
    assert together == [features_of(facts, NUMBER, OFF_AT_NOON, PLAN, moment) for moment in moments]
    assert len(set(together)) > 8


@pytest.mark.parametrize(
    ("hour", "part"), [(7, None), (8, "morning"), (12, "afternoon"), (18, "evening"), (20, "evening"), (21, None)]
)
def test_the_day_has_three_parts_and_a_night(hour: int, part: str | None) -> None:
    assert part_of(time(hour)) == part


def test_every_term_of_a_group_that_is_ours_has_words() -> None:
    past = Past()
    for outcome in Outcome:
        past = past.after(outcome, MONDAY)
    for now in (MONDAY, MONDAY + timedelta(hours=9)):
        for term in terms(a_lead(attempts=3), past, now=now):
            assert "=" not in in_words(term)
            assert in_words(term) != term


def test_a_number_without_a_zone_is_told_in_utc() -> None:
    assert "hour=2" in terms(a_lead(), number=NumberRef(1, "+1", (), 0, 0, dead=False))


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("tries=2", "third try"),
        ("today=2", "third try today or later"),
        ("answered=yes", "answered before"),
        ("last=NEVER", "number never called before"),
        ("last=BUSY", "last call BUSY"),
        ("hour=10", "10-11 h"),
        ("day=SAT", "on a Saturday"),
        ("priority=2.5", "priority 2.5"),
        ("list=spring", "list spring"),
        ("@tag=prime", "tag 'prime'"),
        ("@tag=a=b", "tag 'a=b'"),
    ],
)
def test_terms_are_told_as_people_say_them(term: str, words: str) -> None:
    assert in_words(term) == words


def test_only_what_tells_of_the_customer_teaches() -> None:
    taught = {outcome: person_answered(outcome) for outcome in Outcome}
    assert {outcome for outcome, answered in taught.items() if answered} == {Outcome.ANSWERED, Outcome.ABANDONED}
    silent = {outcome for outcome, answered in taught.items() if answered is None}
    assert silent == {Outcome.CANCELLED, Outcome.FAILED, Outcome.CONGESTION}

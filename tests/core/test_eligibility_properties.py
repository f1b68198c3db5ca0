"""Who may be called, said anew as properties over leads, plans and hours of any shape."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core import calendar
from dialer.core.eligibility import Facts, SentCall, Verdict, check
from dialer.core.model import CampaignStatus, Lead, LeadState, NumberRef
from dialer.core.plan import EVERY_DAY, CampaignPlan, Caps, Law, Window

CALLER_ID = "+862112345678"
MONDAY_NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # noon in Shanghai
E164S = ("+8613812340001", "+8613812340002", "+12125550123")


def plan(**more: Any) -> CampaignPlan:
    return CampaignPlan(name="spring", trunk="main", caller_id=CALLER_ID, **more)


def judge(about: Facts, campaign: CampaignPlan, now: datetime, **last_moment: Any) -> Verdict:
    return check(about, campaign, Law(), CampaignStatus.RUNNING, {CALLER_ID}, now, **last_moment)


numbers = st.lists(
    st.builds(
        NumberRef,
        number_id=st.just(0),
        e164=st.sampled_from(E164S),
        time_zones=st.sampled_from(
            [(), ("Asia/Shanghai",), ("America/New_York", "America/Los_Angeles"), ("Europe/London",)]
        ),
        attempts=st.integers(0, 3),
        dead=st.booleans(),
    ),
    max_size=3,
).map(lambda drawn: tuple(replace(each, number_id=index, position=index) for index, each in enumerate(drawn)))
hours = st.integers(-80, 80).map(lambda count: timedelta(hours=count))
sent_lists = st.lists(
    st.builds(
        SentCall,
        e164=st.sampled_from(E164S),
        lead_id=st.sampled_from([7, 8]),
        person=st.sampled_from(["p7", "p8"]),
        at=hours.map(lambda away: MONDAY_NOON - abs(away)),
    ),
    max_size=6,
).map(tuple)
all_facts = st.builds(
    Facts,
    lead=st.builds(
        Lead,
        lead_id=st.just(7),
        campaign_id=st.just(1),
        key=st.just("k7"),
        person=st.just("p7"),
        name=st.just("王芳"),
        numbers=numbers,
        attributes=st.just({}),
        state=st.sampled_from([LeadState.WAITING, LeadState.WAITING, LeadState.FINISHED]),
        due_at=st.none() | hours.map(lambda away: MONDAY_NOON + away),
        due_number_id=st.none() | st.integers(0, 2),
        attempts=st.integers(0, 13),
    ),
    in_flight=st.booleans(),
    listed=st.frozensets(st.sampled_from(E164S)),
    sent=sent_lists,
)
plans = st.builds(
    plan,
    caps=st.builds(Caps, per_number=st.integers(1, 4), per_days=st.integers(1, 4)),
    windows=st.sampled_from([(Window(),), (Window(days=EVERY_DAY, opens=time(0), closes=time(0)),)]),
    starts_on=st.none() | st.just(date(2026, 11, 23)),
    ends_on=st.none() | st.just(date(2026, 11, 24)),
)


def time_allows(number: NumberRef, campaign: CampaignPlan, now: datetime) -> bool:
    """Said anew, without the code under test: inside dates, windows and legal hours in all of the number's zones."""
    locals_ = [now.astimezone(ZoneInfo(zone)) for zone in number.time_zones]
    return bool(locals_) and all(
        time(8) <= there.time() < time(21) and calendar.is_open(campaign, there) for there in locals_
    )


def calls_counted(about: Facts, number: NumberRef, campaign: CampaignPlan, now: datetime) -> tuple[int, int, int]:
    zone = ZoneInfo(number.time_zones[0])
    today = now.astimezone(zone).date()
    counted = [c for c in about.sent if (today - c.at.astimezone(zone).date()).days < campaign.caps.per_days]
    return (
        sum(call.e164 == number.e164 for call in counted),
        sum(call.lead_id == about.lead.lead_id for call in counted),
        sum(call.person == about.lead.person for call in counted),
    )


@settings(deadline=None, max_examples=400)
@given(about=all_facts, campaign=plans, away=hours.map(abs))
def test_whoever_may_be_called_breaks_no_rule(about: Facts, campaign: CampaignPlan, away: timedelta) -> None:
    now = MONDAY_NOON + away
    verdict = judge(about, campaign, now)
    assert verdict.detail
    if not verdict.eligible:
        assert verdict.until is None or verdict.until > now
        return
    number = verdict.number
    assert number in about.lead.numbers
    assert number
    assert not number.dead
    assert number.e164 not in about.listed
    assert time_allows(number, campaign, now)
    caps = campaign.caps
    for count, cap in zip(
        calls_counted(about, number, campaign, now), (caps.per_number, caps.per_lead, caps.per_person), strict=True
    ):
        assert count < cap
    assert about.lead.due_at is None or about.lead.due_at <= now
    assert about.lead.attempts < caps.lead_lifetime
    assert not about.in_flight
    assert about.lead.state is LeadState.WAITING
    pinned = judge(about, campaign, now, own_attempt=True, number_id=number.number_id)
    assert pinned.number == number


@settings(deadline=None, max_examples=400)
@given(about=all_facts, campaign=plans, away=hours.map(abs))
def test_until_is_when_it_may_be_called_if_nothing_else_happens(
    about: Facts, campaign: CampaignPlan, away: timedelta
) -> None:
    verdict = judge(about, campaign, MONDAY_NOON + away)
    if verdict.until is None:
        return
    then = judge(about, campaign, verdict.until)
    assert verdict.number
    assert time_allows(verdict.number, campaign, verdict.until)
    # By then the due number may be free again, and be waited for instead of the one that stood in for it.
    assert then.eligible or (then.number != verdict.number and about.lead.due_number_id is not None)

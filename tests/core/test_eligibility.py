"""Who may be called: each hold for its own reason, in order of finality, and none that only seems to be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dialer.core.eligibility import Facts, SentCall, Verdict, check
from dialer.core.model import CampaignStatus, Hold, Lead, LeadState, NumberRef
from dialer.core.plan import EVERY_DAY, CampaignPlan, Caps, Law, Window

CALLER_ID = "+862112345678"
SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_NOON = datetime(2026, 11, 23, 12, 0, tzinfo=SHANGHAI).astimezone(UTC)
FIRST = NumberRef(1, "+8613812340001", ("Asia/Shanghai",), position=0)
SECOND = NumberRef(2, "+8613812340002", ("Asia/Shanghai",), position=1)
NEW_YORK = NumberRef(3, "+12125550123", ("America/New_York",), position=2)
NOWHERE = NumberRef(4, "+80012345678", (), position=3)


def plan(**more: Any) -> CampaignPlan:
    return CampaignPlan(name="spring", trunk="main", caller_id=CALLER_ID, **more)


def facts(
    *numbers: NumberRef,
    in_flight: bool = False,
    listed: set[str] | None = None,
    sent: tuple[SentCall, ...] = (),
    **lead: Any,
) -> Facts:
    about = Lead(7, 1, "k7", "p7", "王芳", numbers or (FIRST,), **lead)
    return Facts(about, in_flight, frozenset(listed or ()), sent)


def sent(
    e164: str = FIRST.e164, *, lead_id: int = 7, person: str = "p7", ago: timedelta = timedelta(hours=1)
) -> SentCall:
    return SentCall(e164, lead_id, person, MONDAY_NOON - ago)


def judge(
    about: Facts,
    campaign: CampaignPlan | None = None,
    *,
    status: CampaignStatus = CampaignStatus.RUNNING,
    now: datetime = MONDAY_NOON,
    caller_ids: frozenset[str] = frozenset({CALLER_ID}),
    **last_moment: Any,
) -> Verdict:
    return check(about, campaign or plan(), Law(), status, caller_ids, now, **last_moment)


def local(*when: int) -> datetime:
    return datetime(*when, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]


def test_a_fresh_lead_in_its_window_may_be_called() -> None:
    verdict = judge(facts())
    assert verdict.eligible
    assert (verdict.number, verdict.until) == (FIRST, MONDAY_NOON)
    assert verdict.detail == "may be called now at 138****0001"


ENDED = {"starts_on": date(2026, 10, 1), "ends_on": date(2026, 11, 22)}


@pytest.mark.parametrize(
    ("about", "campaign", "more", "hold", "says"),
    [
        (facts(state=LeadState.FINISHED, finished_because="AGREED"), plan(), {}, Hold.FINISHED, "finished: AGREED"),
        (facts(in_flight=True), plan(), {}, Hold.IN_FLIGHT, "being called now"),
        (facts(replace(FIRST, dead=True)), plan(), {}, Hold.NO_NUMBER, "none of its numbers"),
        (facts(listed={FIRST.e164}), plan(), {}, Hold.DO_NOT_CALL, "do-not-call list"),
        (
            facts(FIRST, replace(SECOND, dead=True), listed={FIRST.e164}),
            plan(),
            {},
            Hold.DO_NOT_CALL,
            "do-not-call list",
        ),
        (facts(attempts=12), plan(), {}, Hold.CAP_LEAD, "called 12 times in all"),
        (facts(), plan(), {"caller_ids": frozenset({"+8610"})}, Hold.NO_CALLER_ID, CALLER_ID),
        (facts(), plan(**ENDED), {}, Hold.CAMPAIGN_ENDED, "ended on 2026-11-22"),
        (facts(), plan(), {"status": CampaignStatus.PAUSED}, Hold.CAMPAIGN_PAUSED, "the campaign is paused"),
        (facts(), plan(), {"status": CampaignStatus.STOPPED}, Hold.CAMPAIGN_PAUSED, "the campaign is stopped"),
        (facts(NOWHERE), plan(), {}, Hold.OUTSIDE_LEGAL_HOURS, "time zone unknown for +800"),
    ],
)
def test_holds_that_no_clock_lifts(
    about: Facts, campaign: CampaignPlan, more: dict[str, Any], hold: Hold, says: str
) -> None:
    verdict = judge(about, campaign, **more)
    assert (verdict.hold, verdict.until) == (hold, None)
    assert says in verdict.detail
    assert not verdict.eligible


def test_the_start_date_holds_until_its_first_opening() -> None:
    verdict = judge(facts(), plan(starts_on=date(2026, 12, 5)))
    assert verdict.hold is Hold.CAMPAIGN_NOT_STARTED
    assert verdict.until == local(2026, 12, 7, 9)  # the 5th is a Saturday
    assert verdict.detail == "the campaign starts on 2026-12-05; opens Mon 2026-12-07 09:00 Asia/Shanghai"


def test_a_closed_window_says_when_it_opens() -> None:
    verdict = judge(facts(), now=local(2026, 11, 20, 20, 30))
    assert verdict.hold is Hold.OUTSIDE_WINDOW
    assert verdict.until == local(2026, 11, 23, 9)
    assert verdict.detail == "window closed; opens Mon 2026-11-23 09:00 Asia/Shanghai"


def test_the_law_speaks_before_the_window() -> None:
    verdict = judge(facts(), now=local(2026, 11, 23, 21, 0))
    assert verdict.hold is Hold.OUTSIDE_LEGAL_HOURS
    assert (
        verdict.detail == "outside legal hours: it is 21:00 in Asia/Shanghai; opens Tue 2026-11-24 09:00 Asia/Shanghai"
    )


def test_one_zone_where_it_is_too_early_is_enough() -> None:
    wide = replace(NEW_YORK, time_zones=("America/New_York", "America/Los_Angeles"))
    morning = datetime(2026, 11, 23, 10, 30, tzinfo=ZoneInfo("America/New_York"))
    verdict = judge(facts(wide), now=morning)
    assert verdict.hold is Hold.OUTSIDE_LEGAL_HOURS
    assert "it is 07:30 in America/Los_Angeles" in verdict.detail
    assert verdict.until == datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/Los_Angeles"))


def test_windows_that_never_open_say_so() -> None:
    never = plan(windows=[Window(days=EVERY_DAY, opens=time(22), closes=time(23))])
    verdict = judge(facts(), never)
    assert (verdict.hold, verdict.until) == (Hold.OUTSIDE_WINDOW, None)
    assert verdict.detail == "window closed; never opens again before the campaign ends"


def test_a_retry_waits_for_its_time_and_then_for_an_opening() -> None:
    soon = judge(facts(due_at=MONDAY_NOON + timedelta(hours=2)))
    assert (soon.hold, soon.until) == (Hold.RETRY_NOT_DUE, MONDAY_NOON + timedelta(hours=2))
    late = judge(facts(due_at=local(2026, 11, 27, 23, 0)))
    assert (late.hold, late.until) == (Hold.RETRY_NOT_DUE, local(2026, 11, 30, 9))
    assert late.detail == "retry due Fri 2026-11-27 23:00 Asia/Shanghai; opens Mon 2026-11-30 09:00 Asia/Shanghai"
    assert judge(facts(due_at=MONDAY_NOON)).eligible


@pytest.mark.parametrize(
    ("calls", "hold"),
    [
        ((sent(), sent(), sent()), Hold.CAP_NUMBER),
        ((sent(lead_id=99, person="other"),) * 3, Hold.CAP_NUMBER),
        ((sent(SECOND.e164),) * 4, Hold.CAP_LEAD),
        ((sent("+8613900000000", lead_id=8),) * 4, Hold.CAP_PERSON),
    ],
)
def test_caps_hold_until_the_next_opening_after_midnight(calls: tuple[SentCall, ...], hold: Hold) -> None:
    verdict = judge(facts(sent=calls))
    assert (verdict.hold, verdict.until) == (hold, local(2026, 11, 24, 9))
    assert f"was called {len(calls)} times today" in verdict.detail
    assert judge(facts(sent=calls[1:])).eligible


def test_a_cap_over_days_counts_local_days_and_frees_as_many_as_it_must() -> None:
    campaign = plan(caps=Caps(per_number=2, per_days=3))
    day = timedelta(days=1)
    # Saturday's first minute is the third day back; a minute before is not counted any more.
    assert judge(facts(sent=(sent(), sent(ago=2 * day + timedelta(hours=12, minutes=1)))), campaign).eligible
    held = judge(facts(sent=(sent(), sent(ago=2 * day + timedelta(hours=12)))), campaign)
    assert (held.hold, held.until) == (Hold.CAP_NUMBER, local(2026, 11, 24, 9))
    over = judge(facts(sent=(sent(), sent(ago=day), sent(ago=2 * day))), campaign)
    assert over.until == local(2026, 11, 25, 9)
    assert over.detail.startswith("this number was called 3 times in 3 days; the cap is 2; opens Wed")


def test_a_capped_lead_with_a_later_retry_waits_for_the_retry() -> None:
    verdict = judge(facts(sent=(sent(),) * 3, due_at=local(2026, 11, 25, 15)))
    assert (verdict.hold, verdict.until) == (Hold.CAP_NUMBER, local(2026, 11, 25, 15))


def test_the_number_tried_least_is_called_first_then_the_order_of_the_list() -> None:
    assert judge(facts(SECOND, FIRST)).number == FIRST
    tried = replace(FIRST, attempts=1)
    assert judge(facts(tried, SECOND)).number == SECOND


def test_the_due_number_is_called_unless_it_cannot_be() -> None:
    tried = replace(SECOND, attempts=3)
    assert judge(facts(FIRST, tried, due_number_id=2)).number == tried
    assert judge(facts(FIRST, tried, due_number_id=2, listed={tried.e164})).number == FIRST
    assert judge(facts(FIRST, replace(tried, dead=True), due_number_id=2)).number == FIRST
    assert judge(facts(FIRST, tried, due_number_id=2, sent=(sent(tried.e164),) * 3)).number == FIRST


def test_a_call_back_is_not_moved_to_a_number_that_happens_to_be_open() -> None:
    verdict = judge(facts(FIRST, NEW_YORK, due_number_id=3))
    assert (verdict.hold, verdict.number) == (Hold.OUTSIDE_LEGAL_HOURS, NEW_YORK)


def test_a_number_that_is_closed_gives_way_to_one_that_is_open() -> None:
    assert judge(facts(NEW_YORK, replace(FIRST, attempts=5))).number == replace(FIRST, attempts=5)


def test_of_several_holds_the_one_that_ends_first_is_told() -> None:
    verdict = judge(facts(FIRST, NEW_YORK, NOWHERE, sent=(sent(),) * 3))
    assert (verdict.number, verdict.hold) == (NEW_YORK, Hold.OUTSIDE_LEGAL_HOURS)
    assert verdict.until == datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("America/New_York"))


def test_a_campaign_ends_where_the_date_is_over() -> None:
    campaign = plan(ends_on=date(2026, 11, 23))
    over_here = local(2026, 11, 24, 0, 0)
    assert judge(facts(FIRST), campaign, now=over_here).hold is Hold.CAMPAIGN_ENDED
    assert judge(facts(FIRST, NEW_YORK), campaign, now=over_here).number == NEW_YORK


def test_the_last_moment_tolerates_its_own_attempt_and_nothing_else() -> None:
    about = facts(FIRST, SECOND, in_flight=True, attempts=12)
    assert judge(about, own_attempt=True, number_id=2).number == SECOND
    assert judge(facts(in_flight=True, attempts=13), own_attempt=True).hold is Hold.CAP_LEAD
    assert judge(facts(state=LeadState.FINISHED), own_attempt=True).hold is Hold.FINISHED


def test_the_last_moment_judges_the_very_number_that_will_be_called() -> None:
    listed = facts(FIRST, SECOND, listed={SECOND.e164})
    assert judge(listed, own_attempt=True, number_id=2).hold is Hold.DO_NOT_CALL
    assert judge(listed, own_attempt=True, number_id=1).eligible
    dead = facts(FIRST, replace(SECOND, dead=True), listed={FIRST.e164})
    assert judge(dead, own_attempt=True, number_id=2).hold is Hold.NO_NUMBER
    assert judge(facts(), own_attempt=True, number_id=99).hold is Hold.NO_NUMBER
    capped = facts(FIRST, SECOND, sent=(sent(SECOND.e164),) * 3)
    assert judge(capped, own_attempt=True, number_id=2).hold is Hold.CAP_NUMBER

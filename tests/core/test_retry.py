"""What follows an attempt: every row of the table, the floors, and an answer for everything."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.best_hour import Insight, OpenHours
from dialer.core.chances import KNOWS_FROM, Chances
from dialer.core.eligibility import Facts, SentCall
from dialer.core.features import Past, features_of
from dialer.core.model import Disposition, Ended, Lead, NumberRef, NumberState, Outcome
from dialer.core.outcome import BY_STATE
from dialer.core.plan import DEFAULT_RETRIES, CampaignPlan, Caps, Law, RetryRule
from dialer.core.retry import CALL_BACK_FLOOR_S, OWN_FAULTS, Finish, Retry, next_step

if TYPE_CHECKING:
    from collections.abc import Sequence

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)
HOUR = timedelta(hours=1)


def plan(**more: Any) -> CampaignPlan:
    return CampaignPlan(name="spring", trunk="main", caller_id="+862112345678", **more)


def number(number_id: int, attempts: int = 0, *, dead: bool = False, zone: str = "Asia/Shanghai") -> NumberRef:
    return NumberRef(number_id, f"+861381234000{number_id}", (zone,), number_id, attempts, dead)


def lead(*numbers: NumberRef) -> Lead:
    return Lead(7, 1, "k7", "p7", "王芳", numbers or (number(1, attempts=1),))


def after(
    outcome: Outcome,
    disposition: Disposition | None = None,
    *,
    talked: bool = False,
    of: Lead | None = None,
    history: Sequence[Outcome] | None = None,
    campaign: CampaignPlan | None = None,
    at: datetime = MORNING,
    call_back_at: datetime | None = None,
) -> Retry | Finish:
    ended = Ended(outcome, disposition, call_back_at)
    return next_step(ended, talked, of or lead(), 1, history or [outcome], campaign or plan(), at)


def retry(step: Retry | Finish) -> Retry:
    assert isinstance(step, Retry)
    assert step.due_at.tzinfo is UTC
    return step


@pytest.mark.parametrize("disposition", [Disposition.AGREED, Disposition.REFUSED, Disposition.DO_NOT_CALL])
@pytest.mark.parametrize("outcome", [Outcome.ANSWERED, Outcome.FAILED])
def test_a_talk_that_settled_it_finishes_the_lead(outcome: Outcome, disposition: Disposition) -> None:
    two = lead(number(1, 1), number(2))
    assert after(outcome, disposition, talked=True, of=two) == Finish(disposition)


def test_pressing_nine_finishes_the_lead_without_a_talk() -> None:
    assert after(Outcome.ABANDONED, Disposition.DO_NOT_CALL) == Finish("DO_NOT_CALL")


def test_an_agentless_call_that_was_heard_finishes_the_lead() -> None:
    ended = Ended(Outcome.ANSWERED, heard_flow=True)
    assert next_step(ended, False, lead(), 1, [Outcome.ANSWERED], plan(), MORNING) == Finish("HEARD_FLOW")  # noqa: FBT003


def test_a_disposition_without_a_talk_settles_nothing_else() -> None:
    assert after(Outcome.BUSY, Disposition.AGREED) == after(Outcome.BUSY)


def test_the_wrong_person_kills_the_number_and_tries_another() -> None:
    step = retry(
        after(
            Outcome.ANSWERED, Disposition.WRONG_PERSON, talked=True, of=lead(number(1, 1), number(2, 5), number(3, 4))
        )
    )
    assert (step.number_id, step.dead_number, step.due_at) == (3, True, MORNING + HOUR)


def test_the_wrong_person_at_the_only_number_finishes_the_lead() -> None:
    step = after(Outcome.ANSWERED, Disposition.WRONG_PERSON, talked=True, of=lead(number(1, 1), number(2, dead=True)))
    assert step == Finish("WRONG_PERSON: no other number", dead_number=True)


def test_a_call_back_comes_when_asked_at_the_same_number() -> None:
    asked = MORNING + 5 * HOUR
    two = lead(number(1, 1), number(2))
    step = retry(after(Outcome.ANSWERED, Disposition.CALL_BACK, talked=True, of=two, call_back_at=asked))
    assert (step.due_at, step.number_id) == (asked, 1)


def test_a_call_back_without_a_time_comes_next_day_at_the_same_hour_on_the_wall() -> None:
    eve = datetime(2026, 3, 7, 9, 30, tzinfo=ZoneInfo("America/New_York"))  # its clocks change in the night
    there = lead(number(1, 1, zone="America/New_York"))
    step = retry(after(Outcome.ANSWERED, Disposition.CALL_BACK, talked=True, of=there, at=eve.astimezone(UTC)))
    assert step.due_at == datetime(2026, 3, 8, 13, 30, tzinfo=UTC)
    assert step.due_at - eve == 23 * HOUR


def test_a_call_back_is_never_sooner_than_a_minute() -> None:
    step = retry(after(Outcome.ANSWERED, Disposition.CALL_BACK, talked=True, call_back_at=MORNING - HOUR))
    assert step.due_at == MORNING + timedelta(seconds=CALL_BACK_FLOOR_S)


@pytest.mark.parametrize("disposition", [None, Disposition.UNDECIDED, Disposition.NOT_RECORDED])
def test_a_talk_that_came_to_nothing_follows_the_rule_of_answered(disposition: Disposition | None) -> None:
    dropped = after(Outcome.ANSWERED)
    assert after(Outcome.ANSWERED, disposition, talked=True) == dropped
    assert retry(dropped).due_at == datetime(2026, 11, 24, 12, 0, tzinfo=SHANGHAI)


def test_a_machine_that_the_agent_heard_follows_the_rule_of_machine() -> None:
    heard = after(Outcome.ANSWERED, Disposition.MACHINE, talked=True)
    assert heard == after(Outcome.MACHINE)
    four = [Outcome.ANSWERED, Outcome.MACHINE, Outcome.ANSWERED, Outcome.ANSWERED]
    assert isinstance(after(Outcome.ANSWERED, Disposition.MACHINE, talked=True, history=four), Finish)


def test_no_answer_tries_the_number_that_was_tried_less_after_the_floor() -> None:
    step = retry(after(Outcome.NO_ANSWER, of=lead(number(1, 1), number(2, 0), number(3, 0))))
    assert (step.number_id, step.due_at, step.dead_number) == (2, MORNING + HOUR, False)


def test_no_answer_tries_again_once_all_numbers_were_tried_as_often() -> None:
    step = retry(after(Outcome.NO_ANSWER, of=lead(number(1, 1), number(2, 1), number(3, 0, dead=True))))
    assert (step.number_id, step.due_at) == (1, MORNING + 4 * HOUR)


@pytest.mark.parametrize(
    ("failed", "delay_s", "due"),
    [
        ((23, 9, 30), 4 * 3600, (23, 13, 30)),  # already another part
        ((23, 9, 30), 3600, (23, 12, 0)),  # morning: wait for the afternoon
        ((23, 13, 0), 3600, (23, 18, 0)),  # afternoon: wait for the evening
        ((23, 19, 0), 3600, (24, 8, 0)),  # evening: the night is skipped
        ((23, 9, 30), 23 * 3600, (24, 12, 0)),  # tomorrow morning is morning still
        ((23, 9, 30), 16 * 3600, (24, 12, 0)),  # due in the night: the next morning is the part that failed
        ((23, 22, 0), 3600, (24, 8, 0)),  # a call in the night failed in no part
    ],
)
def test_another_part_of_the_day(failed: tuple[int, int, int], delay_s: float, due: tuple[int, int, int]) -> None:
    rule = RetryRule(delay_s=delay_s, maximum=3, other_part_of_day=True)
    day, hour, minute = failed
    step = retry(
        after(
            Outcome.NO_ANSWER,
            campaign=plan(retries={Outcome.NO_ANSWER: rule}),
            at=datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI).astimezone(UTC),
        )
    )
    assert step.due_at == datetime(2026, 11, *due, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("off", "due"),
    [
        ((23, 9, 0), (23, 13, 0)),
        ((23, 11, 30), (23, 15, 30)),  # off in the morning: the afternoon
        ((23, 13, 0), (23, 18, 0)),
        ((23, 16, 30), (23, 20, 30)),  # off in the afternoon: the evening
        ((23, 17, 30), (24, 8, 0)),
        ((23, 19, 0), (24, 8, 0)),  # off in the evening: the next morning
    ],
)
def test_a_number_that_is_off_is_tried_in_the_next_part_of_a_day(
    off: tuple[int, int, int], due: tuple[int, int, int]
) -> None:
    day, hour, minute = off
    step = retry(after(Outcome.POWERED_OFF, at=datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)))
    assert step.due_at == datetime(2026, 11, *due, tzinfo=SHANGHAI)


def test_a_suspended_number_is_tried_once_more_after_three_days_and_never_again() -> None:
    assert retry(after(Outcome.SUSPENDED)).due_at == MORNING + 72 * HOUR
    assert after(Outcome.SUSPENDED, history=[Outcome.SUSPENDED] * 2) == Finish("SUSPENDED: 2 times, 1 retries allowed")


@pytest.mark.parametrize("state", [NumberState.INVALID, NumberState.CHANGED_NUMBER])
def test_a_number_that_was_heard_to_be_nobodys_is_dead_whatever_the_plan_says(state: NumberState) -> None:
    campaign = plan(retries={Outcome.INVALID: RetryRule(delay_s=60, maximum=9)})
    ended = Ended(Outcome.INVALID, number_state=state)
    step = next_step(ended, False, lead(), 1, [Outcome.INVALID], campaign, MORNING)  # noqa: FBT003
    assert step == Finish("INVALID: no other number", dead_number=True)
    other = lead(number(1, 1), number(2, 3))
    step = next_step(ended, False, other, 1, [Outcome.INVALID], campaign, MORNING)  # noqa: FBT003
    assert (retry(step).number_id, step.dead_number) == (2, True)


@given(state=st.sampled_from(NumberState), outcome=st.sampled_from(Outcome), talked=st.booleans())
def test_what_was_heard_kills_no_number_that_ended_otherwise(
    state: NumberState,
    outcome: Outcome,
    talked: bool,  # noqa: FBT001
) -> None:
    ended = Ended(outcome, number_state=state)
    step = next_step(ended, talked, lead(), 1, [outcome], plan(), MORNING)
    nobodys = outcome is Outcome.INVALID and not talked
    assert step.dead_number == nobodys
    if BY_STATE.get(state) is not outcome:
        assert step == next_step(Ended(outcome), talked, lead(), 1, [outcome], plan(), MORNING)


def insight(outcomes: int) -> Insight:
    """Of a campaign that has learned that people answer from 19 to 20 h."""
    model, campaign = Chances(), plan()
    facts = Facts(lead(), in_flight=False, listed=frozenset(), sent=())
    for call in range(outcomes):
        at = MORNING.replace(hour=9 + call % 11)
        model.learn(features_of(facts, number(1), Past(), campaign, at), at.hour == 19)
    sent = (SentCall(number(1).e164, 7, "p7", MORNING),)
    return Insight(model, OpenHours(campaign, Law()), sent, {})


def test_once_it_is_known_who_answers_when_the_likeliest_hour_is_taken_and_told() -> None:
    goes_by_it = {outcome for outcome, rule in DEFAULT_RETRIES.items() if rule.best_hour}
    assert goes_by_it == {Outcome.NO_ANSWER, Outcome.MACHINE, Outcome.POWERED_OFF, Outcome.REJECTED}
    for outcome in DEFAULT_RETRIES:
        steps = [
            next_step(Ended(outcome), False, lead(), 1, [outcome], plan(), MORNING, known)  # noqa: FBT003
            for known in (None, insight(KNOWS_FROM - 1), insight(330))
        ]
        assert steps[0] == steps[1]
        assert (steps[1] == steps[2]) == (outcome not in goes_by_it)
        if outcome in goes_by_it:
            assert retry(steps[2]).due_at == MORNING.replace(hour=19, minute=0)
            assert "Mon 19-20 h is " in steps[2].because


def test_other_rules_come_before_the_best_hour() -> None:
    known = insight(330)
    two = lead(number(1, 1), number(2, 0))
    step = retry(next_step(Ended(Outcome.NO_ANSWER), False, two, 1, [Outcome.NO_ANSWER], plan(), MORNING, known))  # noqa: FBT003
    assert (step.number_id, step.due_at) == (2, MORNING + HOUR)
    five = [Outcome.NO_ANSWER] * 5
    over = next_step(Ended(Outcome.NO_ANSWER), False, lead(), 1, five, plan(), MORNING, known)  # noqa: FBT003
    assert isinstance(over, Finish)


def test_the_floor_wins_over_a_shorter_delay() -> None:
    rule = RetryRule(delay_s=1, maximum=3, floor_s=300)
    step = retry(after(Outcome.BUSY, campaign=plan(retries={Outcome.BUSY: rule})))
    assert step.due_at == MORNING + timedelta(seconds=300)


def test_more_than_the_maximum_finishes_the_lead() -> None:
    assert isinstance(after(Outcome.BUSY, history=[Outcome.BUSY] * 5), Retry)
    assert after(Outcome.BUSY, history=[Outcome.BUSY] * 6) == Finish("BUSY: 6 times, 5 retries allowed")


def test_more_than_the_maximum_passes_to_a_number_that_was_tried_less() -> None:
    six = [Outcome.BUSY] * 6
    assert retry(after(Outcome.BUSY, history=six, of=lead(number(1, 6), number(2, 0)))).number_id == 2
    assert isinstance(after(Outcome.BUSY, history=six, of=lead(number(1, 6), number(2, 6))), Finish)


def test_an_invalid_number_is_dead_and_another_is_tried() -> None:
    step = retry(after(Outcome.INVALID, of=lead(number(1, 1), number(2, 9))))
    assert (step.number_id, step.dead_number) == (2, True)
    assert after(Outcome.INVALID) == Finish("INVALID: no other number", dead_number=True)


def test_a_lead_s_lifetime_ends() -> None:
    short = plan(caps=Caps(lead_lifetime=3))
    used = [Outcome.BUSY, Outcome.NO_ANSWER, Outcome.BUSY]
    step = after(Outcome.BUSY, history=used, campaign=short)
    assert step == Finish("BUSY: the lead's 3 attempts are used up")
    spared = [Outcome.BUSY, Outcome.CANCELLED, Outcome.FAILED, Outcome.BUSY]
    assert isinstance(after(Outcome.BUSY, history=spared, campaign=short), Retry)


def test_an_abandoned_customer_is_left_alone_for_three_days() -> None:
    assert retry(after(Outcome.ABANDONED)).due_at == MORNING + 72 * HOUR


rules = st.builds(
    RetryRule,
    delay_s=st.floats(0, 300_000),
    maximum=st.integers(0, 6),
    floor_s=st.floats(0, 300_000),
    other_part_of_day=st.booleans(),
    next_number=st.booleans(),
    number_is_dead=st.booleans(),
)
number_lists = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=4).map(
    lambda drawn: tuple(number(index + 1, tried, dead=dead) for index, (tried, dead) in enumerate(drawn))
)


@given(
    outcome=st.sampled_from(Outcome),
    disposition=st.none() | st.sampled_from(Disposition),
    talked=st.booleans(),
    numbers=number_lists,
    earlier=st.lists(st.sampled_from(Outcome), max_size=14),
    retries=st.dictionaries(st.sampled_from(Outcome), rules),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    call_back_at=st.none() | st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_everything_has_an_answer_and_none_is_sooner_than_its_floor(
    outcome: Outcome,
    disposition: Disposition | None,
    talked: bool,  # noqa: FBT001
    numbers: tuple[NumberRef, ...],
    earlier: list[Outcome],
    retries: dict[Outcome, RetryRule],
    at: datetime,
    call_back_at: datetime | None,
) -> None:
    campaign = plan(retries=retries)
    history = [*earlier, outcome]
    step = next_step(Ended(outcome, disposition, call_back_at), talked, lead(*numbers), 1, history, campaign, at)
    if isinstance(step, Finish):
        assert step.because
        return
    due = {each.number_id: each for each in numbers}[step.number_id]
    floor_s = campaign.retry_rule(outcome).floor_s
    if talked:
        kind = Outcome.MACHINE if disposition is Disposition.MACHINE else Outcome.ANSWERED
        floor_s = CALL_BACK_FLOOR_S if disposition is Disposition.CALL_BACK else campaign.retry_rule(kind).floor_s
    assert step.due_at >= at + timedelta(seconds=floor_s)
    assert not (step.dead_number and step.number_id == 1)
    assert not due.dead or disposition is Disposition.CALL_BACK
    assert sum(each not in OWN_FAULTS for each in history) < campaign.caps.lead_lifetime

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dialer.core.budget import NOTHING_LATELY, Spent
from dialer.core.call import WITHDRAWN
from dialer.core.forecast import ANY_AGE_S, INSTANTS_S, Ages, Forecaster
from dialer.core.model import Outcome
from dialer.core.predictive import RING_FLOOR_S
from dialer.foreteller import Foreteller, SharedAges
from dialer.record.decisions import PastCall

NAN = float("nan")


def taught(answer_s: float | None, calls: int = 300) -> Foreteller:
    """One whose calls are all answered after so long, or all ring out after 25 s."""
    made = Foreteller(2.0, detects=False)
    for call in range(calls):
        made.placed(call, NAN, 0.0)
        if answer_s is None:
            made.ended(call, 25.0)
        else:
            made.answered(call, answer_s)
            made.person(call, abandoned=False)
    made.outlook(Ages(), 0, 1000.0)
    return made


def test_calls_of_another_campaign_are_foretold_by_what_that_one_learned() -> None:
    never, always = taught(None), taught(5.0)
    theirs = always.outlook(Ages(ringing_s=(4.0, 4.0)), 0, 1001.0).answers
    ages = SharedAges(ringing_s=(4.0, 4.0, 4.0), own=Ages(ringing_s=(4.0,)), others=[theirs])
    seen = never.outlook(ages, 0, 1001.0)
    assert seen.answers.shape == (3, len(INSTANTS_S))
    assert seen.answers[0, -1] < 0.05
    assert seen.answers[1:, -1] == pytest.approx([1, 1], abs=0.1)


def test_answers_that_another_campaign_hears_do_not_look_as_if_nobody_answered_ours_any_more() -> None:
    """What `SharedAges` is for: with all calls in one row the level would sink, and too many would be placed."""
    alone, shared, mixed = (taught(5.0) for _ in range(3))
    before = alone.level.mean
    for step in range(400):
        now_s = 1001.0 + step * 0.5
        theirs = [step * 0.5 % 6] * 20  # twenty calls of another campaign ring, and somebody else hears the answers
        alone.outlook(Ages(), 0, now_s)
        shared.outlook(SharedAges(ringing_s=theirs, others=[np.zeros((20, len(INSTANTS_S)))]), 0, now_s)
        mixed.outlook(Ages(ringing_s=theirs), 0, now_s)
    assert shared.level.mean == alone.level.mean == pytest.approx(before)
    assert mixed.level.mean < before / 2


def test_a_call_that_nobody_foretells_counts_as_a_new_one() -> None:
    forecaster = taught(5.0)
    seen = forecaster.outlook(SharedAges(ringing_s=(0.0, 0.0), strangers=2), 0, 1001.0)
    assert np.array_equal(seen.answers, np.stack([seen.new, seen.new]))


def test_the_ring_floor_is_counted_from_the_ringing_not_from_the_sending() -> None:
    """Where it takes four seconds until a telephone rings, none is withdrawn before nineteen seconds."""
    slow, quick = taught(17.0), taught(17.0)
    for _ in range(200):
        slow.rang(4.0)
        quick.rang(0.1)
    late = Ages(ringing_s=(16.0,))
    counted = [one.outlook(late, 0, 1001.0, until_s=RING_FLOOR_S).answers[0, -1] for one in (slow, quick)]
    assert counted[0] > 0.8
    assert counted[1] < 0.1


def test_what_detection_takes_is_not_left_for_an_agent_to_come() -> None:
    detecting = Foreteller(2.0, detects=True)
    assert detecting.patience_s == pytest.approx(0.2)  # until it is known better
    for _ in range(300):
        detecting.detected(1.2)
    assert detecting.patience_s == pytest.approx(0.8)
    assert Foreteller(2.0, detects=False).patience_s == 2.0


def test_silence_of_a_switch_that_cannot_be_heard_teaches_nothing() -> None:
    deaf, hearing = taught(5.0), taught(5.0)
    before = deaf.level.mean
    ringing = Ages(ringing_s=(4.0,) * 20)
    for step in range(100):
        deaf.hear_nothing(ringing, 1001.0 + step * 0.5)
        hearing.outlook(Ages(ringing_s=(step * 0.5 % 6,) * 20), 0, 1001.0 + step * 0.5)
    assert deaf.level.mean == pytest.approx(before)
    assert hearing.level.mean < before / 2


def test_an_hour_without_dialling_ahead_does_not_make_a_risk_look_free() -> None:
    spent = Spent(1000, 20)
    rested, forgotten = Foreteller(2.0, detects=False), Forecaster(2.0)
    for one in (rested, forgotten):
        one.budget.appetite(spent, NOTHING_LATELY, 0.03)  # what was allowed last
    before = rested.budget.yields
    rested.rest()
    for call in range(1000):
        rested.person(call, abandoned=False)
        forgotten.person(call, abandoned=False)
    assert rested.budget.yields == pytest.approx(before)
    assert forgotten.budget.yields < before / 2


def test_whoever_cannot_be_withdrawn_may_answer_past_the_ring_floor() -> None:
    """One rings for an agent's ears alone, one was told of late: both are counted to the end; the third can go."""
    made = taught(20.0)
    ringing = Ages(ringing_s=(17.0, 17.0, 17.0))
    ages = SharedAges(own=ringing, withdrawable=[False, True, False], takes_agent=[True, True, False])
    seen = made.outlook(ages, 0, 1001.0, until_s=RING_FLOOR_S).answers
    assert seen.shape == (2, len(INSTANTS_S))
    assert seen[0, -1] > 0.8
    assert seen[1, -1] == 0


def test_where_no_ringing_is_told_nobody_is_taken_to_be_withdrawn() -> None:
    made = taught(20.0)
    young = SharedAges(own=Ages(ringing_s=(3.0,)), withdrawable=[False])
    assert made.outlook(young, 0, 1001.0, until_s=RING_FLOOR_S).new[-1] < 0.05
    for _ in range(10):
        made.rang_before(told=False)
    seen = made.outlook(young, 0, 1001.0, until_s=RING_FLOOR_S)
    assert seen.answers[0, -1] > 0.8
    assert seen.new[-1] > 0.8
    for _ in range(60):
        made.rang_before(told=True)
    assert made.outlook(young, 0, 1001.0, until_s=RING_FLOOR_S).new[-1] < 0.05


# --- what earlier calls teach -------------------------------------------------------------------

SENT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def a_call(number: int, outcome: Outcome, rung_s: float, *, talk_s: float = 0, wrap_s: float = 0) -> PastCall:
    """One that was answered if there was a talk."""
    ended = SENT + timedelta(seconds=rung_s + talk_s)
    answered = SENT + timedelta(seconds=rung_s) if outcome in {Outcome.ANSWERED, Outcome.MACHINE} else None
    bridged = answered if talk_s else None
    wrapped = ended + timedelta(seconds=wrap_s) if talk_s else None
    return PastCall(f"a{number}", SENT, answered, bridged, ended if talk_s else None, ended, wrapped, outcome, None)


def learned(*past: PastCall, wrap_up_s: float = 30) -> Foreteller:
    made = Foreteller(2.0, detects=False)
    made.teach(past, wrap_up_s=wrap_up_s)
    made.begin_anew(1000.0)
    made.outlook(Ages(), 0, 1000.5)
    return made


def test_rings_talks_and_wrap_ups_are_learned() -> None:
    talks = [a_call(n, Outcome.ANSWERED, 8, talk_s=200, wrap_s=20) for n in range(300)]
    silent = [a_call(1000 + n, Outcome.NO_ANSWER, 25) for n in range(700)]
    made = learned(*talks, *silent)
    seen = made.outlook(Ages(), 0, 1001.0, until_s=ANY_AGE_S)
    assert seen.answer_rate == pytest.approx(0.3, abs=0.03)
    assert seen.new[2] < 0.05  # after three seconds
    assert made.talks.mean_s == pytest.approx(200, rel=0.15)
    assert made.wrap_ups.mean_s == pytest.approx(20, rel=0.25)


def test_what_was_withdrawn_or_was_our_own_fault_is_no_sign_that_nobody_answers() -> None:
    answered = [a_call(n, Outcome.ANSWERED, 8, talk_s=60) for n in range(200)]
    withdrawn = [a_call(500 + n, Outcome.NO_ANSWER, 6)._replace(detail=WITHDRAWN) for n in range(200)]
    failed = [a_call(900 + n, Outcome.FAILED, 0.1) for n in range(200)]
    assert learned(*answered, *withdrawn, *failed).answer_rate == pytest.approx(1.0, abs=0.1)
    rang_out = [one._replace(detail=None) for one in withdrawn]
    assert learned(*answered, *rang_out).answer_rate < 0.6


def test_machines_are_told_from_persons() -> None:
    calls = [
        a_call(n, Outcome.ANSWERED, 8, talk_s=60) if n % 4 == 0 else a_call(n, Outcome.MACHINE, 8) for n in range(400)
    ]
    assert learned(*calls).person_share == pytest.approx(0.25, abs=0.08)


def test_a_disposition_given_hours_later_is_no_wrap_up_of_hours() -> None:
    made = learned(*(a_call(n, Outcome.ANSWERED, 8, talk_s=60, wrap_s=7200) for n in range(100)), wrap_up_s=30)
    assert made.wrap_ups.mean_s < 45


def test_a_talk_without_a_disposition_teaches_no_wrap_up_and_is_not_remembered() -> None:
    talks = [a_call(n, Outcome.ANSWERED, 8, talk_s=60)._replace(wrapped_up_at=None) for n in range(100)]
    made = learned(*talks)
    assert made.wrap_ups.mean_s == Foreteller(2.0, detects=False).wrap_ups.mean_s
    assert made._wraps_since == {}  # noqa: SLF001 - it would grow for ever


def test_today_may_be_another_day() -> None:
    """The table is learned; how many answer today is doubted as if a dozen answers had shown it."""
    made = learned(*(a_call(n, Outcome.NO_ANSWER, 25) for n in range(2000)))
    assert made.level.mean == pytest.approx(1.0, abs=0.1)
    assert 0.2 < made.level.variance**0.5 < 0.4


def test_abandonments_of_earlier_days_do_not_price_todays_risk() -> None:
    abandoned = [a_call(n, Outcome.ANSWERED, 8)._replace(outcome=Outcome.ABANDONED) for n in range(100)]
    assert learned(*abandoned).budget.yields == Forecaster().budget.yields

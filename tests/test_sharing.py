from __future__ import annotations

import numpy as np
import pytest

from dialer.core.budget import NOTHING_SPENT, Spent
from dialer.core.forecast import INSTANTS_S, Ages, Forecaster
from dialer.core.predictive import RING_FLOOR_S
from dialer.sharing import Foreteller, SharedAges

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
        one.budget.appetite(spent, NOTHING_SPENT, 0.03)  # what was allowed last
    before = rested.budget.yields
    rested.rest()
    for call in range(1000):
        rested.person(call, abandoned=False)
        forgotten.person(call, abandoned=False)
    assert rested.budget.yields == pytest.approx(before)
    assert forgotten.budget.yields < before / 2

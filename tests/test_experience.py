from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dialer.core.forecast import ANY_AGE_S, Ages, Forecaster
from dialer.core.model import Outcome
from dialer.experience import begin_anew, teach
from dialer.record.decisions import PastCall
from dialer.switchboard import WITHDRAWN

SENT = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)


def a_call(number: int, outcome: Outcome, rung_s: float, *, talk_s: float = 0, wrap_s: float = 0) -> PastCall:
    """One that was answered if there was a talk."""
    ended = SENT + timedelta(seconds=rung_s + talk_s)
    answered = SENT + timedelta(seconds=rung_s) if outcome in {Outcome.ANSWERED, Outcome.MACHINE} else None
    bridged = answered if talk_s else None
    wrapped = ended + timedelta(seconds=wrap_s) if talk_s else None
    return PastCall(f"a{number}", SENT, answered, bridged, ended if talk_s else None, ended, wrapped, outcome, None)


def learned(*past: PastCall, wrap_up_s: float = 30) -> Forecaster:
    made = Forecaster()
    teach(made, past, wrap_up_s=wrap_up_s)
    begin_anew(made, 1000.0)
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


def test_today_may_be_another_day() -> None:
    """The table is learned; how many answer today is doubted as if a dozen answers had shown it."""
    made = learned(*(a_call(n, Outcome.NO_ANSWER, 25) for n in range(2000)))
    assert made.level.mean == pytest.approx(1.0, abs=0.1)
    assert 0.2 < made.level.variance**0.5 < 0.4


def test_abandonments_of_earlier_days_do_not_price_todays_risk() -> None:
    abandoned = [a_call(n, Outcome.ANSWERED, 8)._replace(outcome=Outcome.ABANDONED) for n in range(100)]
    assert learned(*abandoned).budget.yields == Forecaster().budget.yields

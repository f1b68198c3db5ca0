from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.calibration import calibrate
from dialer.core.model import Outcome
from dialer.record.decisions import Answer

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
LIMIT_S = 2.0


def an_answer(expected: float, *, waited_s: float | None = 0.1, outcome: Outcome | None = Outcome.ANSWERED) -> Answer:
    """One that was bridged after so long; None: nobody came."""
    bridged = None if waited_s is None else NOW + timedelta(seconds=waited_s)
    message = NOW + timedelta(seconds=2) if waited_s is None else None
    return Answer(expected, False, NOW, bridged, message, None, NOW + timedelta(minutes=1), outcome)  # noqa: FBT003 - a column


def test_what_was_expected_is_held_against_what_the_law_counts() -> None:
    served = [an_answer(0.01) for _ in range(97)]
    late = [an_answer(0.2, waited_s=2.5), an_answer(0.2, waited_s=None, outcome=Outcome.ABANDONED)]
    undecided = an_answer(0.9, waited_s=None, outcome=None)._replace(message_at=None)
    machine = an_answer(0.9, waited_s=None, outcome=Outcome.MACHINE)
    found = calibrate([*served, *late, an_answer(0.2), undecided, machine], LIMIT_S)
    assert found
    assert (found.whole.tally.live_answers, found.whole.tally.abandoned) == (100, 2)
    assert found.whole.expected == pytest.approx(0.0157)
    assert [part.tally.abandoned for part in found.tenths] == [0, 2]
    assert found.whole.fits
    assert found.tenths[0].fits


def test_promises_that_are_not_kept_show() -> None:
    found = calibrate([an_answer(0.0, waited_s=3.0) for _ in range(20)], LIMIT_S)
    assert found
    assert not found.whole.fits


def test_a_previewed_call_that_meets_its_agent_late_is_not_abandoned() -> None:
    found = calibrate([an_answer(0.0, waited_s=3.0)._replace(previewed=True)], LIMIT_S)
    assert found
    assert found.whole.tally.abandoned == 0


def test_without_an_answer_there_is_nothing_to_compare() -> None:
    assert calibrate([], LIMIT_S) is None


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.01, 0.02, 0.05, 0.3]) | st.floats(0, 1), st.booleans()), min_size=1))
def test_the_tenths_are_all_answers_in_order_and_equal_ones_stay_together(many: list[tuple[float, bool]]) -> None:
    answers = [an_answer(expected, waited_s=3.0 if late else 0.1) for expected, late in many]
    found = calibrate(answers, LIMIT_S)
    assert found
    assert 1 <= len(found.tenths) <= 10
    assert sum(part.tally.live_answers for part in found.tenths) == len(many)
    assert sum(part.tally.abandoned for part in found.tenths) == sum(late for _, late in many)
    means = [part.expected for part in found.tenths]
    assert means == sorted(means)
    distinct = len({expected for expected, _ in many})
    assert len(found.tenths) <= distinct

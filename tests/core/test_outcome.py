"""What the network's codes mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.model import Outcome
from dialer.core.outcome import of_unanswered


@pytest.mark.parametrize(
    ("cause", "sip_code", "rang", "outcome"),
    [
        (17, None, True, Outcome.BUSY),
        (19, 486, True, Outcome.BUSY),
        (20, None, False, Outcome.UNREACHABLE),
        (28, 484, False, Outcome.INVALID),
        (16, None, True, Outcome.NO_ANSWER),
        (16, None, False, Outcome.FAILED),
        (0, 418, False, Outcome.FAILED),
        (17, 499, True, Outcome.BUSY),
        (42, None, False, Outcome.CONGESTION),
    ],
)
def test_codes(*, cause: int, sip_code: int | None, rang: bool, outcome: Outcome) -> None:
    assert of_unanswered(cause, sip_code, rang=rang) is outcome


@given(st.integers(0, 200), st.none() | st.integers(100, 699), st.booleans())
def test_codes_alone_never_tell_of_a_person_or_a_machine(cause: int, sip_code: int | None, rang: bool) -> None:  # noqa: FBT001
    answered = {Outcome.ANSWERED, Outcome.MACHINE, Outcome.ABANDONED, Outcome.CANCELLED}
    assert of_unanswered(cause, sip_code, rang=rang) not in answered

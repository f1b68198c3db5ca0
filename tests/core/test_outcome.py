"""What the network's codes mean."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.model import NumberState, Outcome
from dialer.core.outcome import BY_STATE, IN_WORDS, Evidence, Heard, judge, of_unanswered


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


def test_every_state_has_its_words_and_all_but_ringing_and_unknown_an_outcome() -> None:
    assert set(IN_WORDS) == set(NumberState)
    assert set(NumberState) - set(BY_STATE) == {NumberState.RINGING, NumberState.UNKNOWN}


@given(st.sampled_from(NumberState), st.none() | st.integers(300, 699), st.integers(0, 127), st.booleans())
def test_what_is_heard_beats_every_code_and_what_tells_nothing_leaves_it(
    state: NumberState,
    sip_code: int | None,
    cause: int,
    rang: bool,  # noqa: FBT001 - a parameter
) -> None:
    judged = judge(Evidence(cause, sip_code, rang, Heard(state, 0.97, "it")))
    assert judged.outcome is BY_STATE.get(state, of_unanswered(cause, sip_code, rang=rang))
    assert judged.because
    if sip_code is not None:
        assert str(sip_code) in judged.because


@pytest.mark.parametrize(
    ("evidence", "outcome"),
    [
        (Evidence(19, 480, rang=True, rang_out=True), Outcome.NO_ANSWER),
        (Evidence(19, 480, rang_out=True), Outcome.UNREACHABLE),
        (Evidence(19, 480, rang_out=True, heard=Heard(NumberState.OFF, 1, "off")), Outcome.POWERED_OFF),
        (Evidence(machine="MAXWORDS", heard=Heard(NumberState.OFF, 1, "off")), Outcome.MACHINE),
    ],
)
def test_our_own_ring_time_and_detection(evidence: Evidence, outcome: Outcome) -> None:
    assert judge(evidence).outcome is outcome

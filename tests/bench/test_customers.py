"""Whoever is found at a number is whom the simulator's luck drew, and measured delays do not change that luck."""

from __future__ import annotations

import math
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.customers import Overheads, P, as_asked, as_measured, asked_ring_s, asked_talk_s, numbers
from dialer.simulation.draw import generator, times
from dialer.simulation.fate import Fates, Luck, PickedUp
from lab.carrier import FarEnd, far_end_of, number

ASKED = as_asked(agents=10, minutes=20)
OVER = Overheads(dial_delay_s=(0.03, 0.05), ring_s=0.02, failure_s=0.1, rings_out_s=18.02, talk_s=-0.01, wrap_up_s=0.03)


@given(st.integers(0, 10**6))
def test_the_nth_number_asks_for_the_fate_of_the_nth_simulated_call(seed: int) -> None:
    fates, talks = Fates(ASKED, seed), times(ASKED.talk, generator(seed, Luck.TALK.value))
    for dialled in islice(numbers(ASKED, seed), 60):
        by, after_s, rings_s, _ = fates.next(0.0)
        talk_s = talks()
        if by is PickedUp.BY_PERSON:
            assert (asked_ring_s(dialled), asked_talk_s(dialled)) == (after_s, talk_s)
        elif math.isinf(rings_s):
            assert far_end_of(dialled) in {FarEnd.BUSY, FarEnd.REJECTS}
            assert asked_ring_s(dialled) == after_s
        else:
            assert far_end_of(dialled) is FarEnd.RINGS_FOR_EVER


def test_nobody_is_called_twice_and_as_many_answer_as_the_scenario_says() -> None:
    dialled = list(islice(numbers(ASKED, 1), 4000))
    assert len(set(dialled)) == len(dialled)
    persons = sum(far_end_of(one) is FarEnd.PERSON for one in dialled)
    assert persons / len(dialled) == pytest.approx(P, abs=0.025)


def test_measured_delays_shift_every_call_and_change_nobody_s_luck() -> None:
    before, after = Fates(ASKED, 7), Fates(as_measured(ASKED, OVER), 7)
    for _ in range(500):
        by, was_s, rang_s, _ = before.next(0.0)
        now_by, is_s, rings_s, _ = after.next(0.0)
        assert now_by is by
        assert math.isinf(rings_s) is math.isinf(rang_s)
        if by is PickedUp.BY_PERSON:
            assert is_s - rings_s == pytest.approx(was_s + OVER.ring_s)
        elif math.isinf(rings_s):
            assert is_s == pytest.approx(was_s + OVER.failure_s)
        else:
            assert is_s - rings_s == pytest.approx(OVER.rings_out_s)


def test_where_nobody_talks_no_talk_is_made_up() -> None:
    with pytest.raises(ValueError, match="nobody talks"):
        asked_talk_s(number(FarEnd.BUSY))

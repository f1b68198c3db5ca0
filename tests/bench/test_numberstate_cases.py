"""Every case is labelled, seeded, and sounds as its label says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from bench.numberstate_cases import ALIVE, HARMLESS, KNOWN, MUSIC, NOTHING, SETS, TEXT, TONE, VOICE, Case, call, cases
from bench.sounds import HELD_OUT_NOISES, KNOWN_NOISES, Noises
from dialer.core.model import NumberState
from dialer.hearing.frames import RATE_HZ


@pytest.fixture(scope="module")
def noises() -> Noises:
    return Noises(np.random.default_rng(1))


def first(kind: str) -> Case:
    return next(case for case in cases() if case.kind == kind)


def test_there_are_enough_of_every_set_and_numbers_are_unique() -> None:
    counted = Counter(case.kind for case in cases())
    assert set(counted) == set(SETS)
    assert sum(counted[kind] for kind in ALIVE) >= 2000
    assert len({case.number for case in cases()}) == len(cases())
    assert len({case.name for case in cases() if case.kind == KNOWN}) >= 12


def test_a_share_is_spread_over_all_sets() -> None:
    assert {case.kind for case in cases(0.02)} == set(SETS)
    assert len(cases(0.02)) == pytest.approx(0.02 * len(cases()), abs=2)


def test_what_may_be_told() -> None:
    known, voice, text = first(KNOWN), first(VOICE), first(TEXT)
    assert known.right == {known.truth}
    assert voice.right == HARMLESS | {voice.truth}
    assert text.right == first(MUSIC).right == HARMLESS
    assert {case.truth for case in cases() if case.kind in ALIVE} <= HARMLESS


def test_a_case_sounds_the_same_every_time_and_two_of_a_kind_do_not(noises: Noises) -> None:
    one, other = [case for case in cases() if case.kind == KNOWN][:2]
    assert one.name == other.name
    assert (call(one, noises).samples == call(one, noises).samples).all()
    first_call, second_call = call(one, noises), call(other, noises)
    assert first_call.line != second_call.line


def test_what_stands_before_is_counted_out(noises: Noises) -> None:
    calls = [call(case, noises) for case in [case for case in cases() if case.kind == KNOWN][:30]]
    assert {one.ring_backs for one in calls} == {0, 1, 2}
    assert all(one.ring_backs or one.start_s < 1 for one in calls)
    assert all(one.lost_s == 0 or one.start_s == 0 for one in calls)
    assert any(one.lost_s > 0 for one in calls)
    assert all(len(one.samples) / RATE_HZ > one.start_s + 10 for one in calls)


def test_held_out_noises_are_not_on_the_lines_of_the_known_set(noises: Noises) -> None:
    heard = {call(case, noises).line.noise for case in [case for case in cases() if case.kind == KNOWN][:40]}
    assert heard <= {None, *KNOWN_NOISES}
    assert not heard & set(HELD_OUT_NOISES)


@pytest.mark.parametrize("kind", [TONE, MUSIC, NOTHING])
def test_every_other_set_can_be_heard(kind: str, noises: Noises) -> None:
    heard = call(first(kind), noises)
    assert heard.samples.dtype == np.int16
    assert len(heard.samples) > 11 * RATE_HZ


def test_a_case_without_a_sound_is_an_error(noises: Noises) -> None:
    with pytest.raises(ValueError, match="nothing is to be heard"):
        call(Case(0, KNOWN, "empty", NumberState.OFF), noises)

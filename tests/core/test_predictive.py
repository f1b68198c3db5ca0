"""Predictive pacing: dials ahead as far as the appetite goes, never below one call per free agent, and withdraws."""

from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.forecast import Ages, Forecaster
from dialer.core.predictive import MOST_AT_ONCE, RING_FLOOR_S, Ahead, look_ahead
from tests.core.test_forecast import taught

LEARNED = taught(0.3)
"""Looked at only: an outlook at one and the same moment teaches it nothing."""
NOW_S = 907.0
PLENTY = 100
"""More than any team is feared to lose in a row."""

ages_s = st.lists(st.floats(0, 40), max_size=40).map(lambda drawn: sorted(drawn, reverse=True))
floors = st.builds(
    Ages,
    ringing_s=ages_s,
    detecting_s=st.lists(st.floats(0, 2), max_size=4),
    talking_s=st.lists(st.floats(0, 600), max_size=30),
    wrap_up_s=st.lists(st.floats(0, 60), max_size=5),
)


def ahead(  # one floor, one question
    ages: Ages,
    *,
    ready: int = 0,
    waiting: int = 0,
    appetite: float = 0.03,
    bearable: int = PLENTY,
    drop_late: bool = True,
    learned: Forecaster = LEARNED,
    most: int = MOST_AT_ONCE,
) -> Ahead:
    return look_ahead(
        learned,
        ages,
        ready=ready,
        waiting=waiting,
        appetite=appetite,
        bearable=bearable,
        drop_late=drop_late,
        now_s=NOW_S,
        most=most,
    )


def test_it_dials_ahead_of_agents_who_will_come_free() -> None:
    few, many = (ahead(Ages(talking_s=[100.0] * talking), ready=4) for talking in (10, 100))
    assert 4 < few.place < many.place
    assert many.risk > 0.03
    # Both exponential: a talk of 120 s on average, then a wrap-up of 15 s, within 25 s and the 2 s of patience.
    assert many.freeing == pytest.approx(100 * 0.112, rel=0.2)
    assert many.answers == pytest.approx(0.3 * many.place, rel=0.3)
    assert many.expected_abandonment < many.risk


def test_the_likelier_an_answer_the_fewer_calls() -> None:
    seldom, often = (ahead(Ages(talking_s=[100.0] * 60), ready=4, learned=taught(p)).place for p in (0.1, 0.6))
    assert seldom > 2.5 * often > 0


def test_what_rings_already_is_counted() -> None:
    first = ahead(Ages(talking_s=[100.0] * 60), ready=4).place
    assert first > 4
    assert ahead(Ages(ringing_s=[0.0] * first, talking_s=[100.0] * 60), ready=4).place == 0


@pytest.mark.parametrize("appetite", [0.0, 0.03, 0.5])
@pytest.mark.parametrize("waiting", [0, 3])
def test_nobody_free_nobody_freeing_and_nothing_expected_means_nothing(appetite: float, waiting: int) -> None:
    assert ahead(Ages(), appetite=appetite, waiting=waiting).place == 0


@settings(max_examples=60, deadline=None)
@given(floors, st.integers(0, 8), st.integers(0, 4), st.floats(0, 0.5), st.floats(0, 0.5), st.booleans())
def test_a_greater_appetite_never_places_fewer_and_never_withdraws_more(
    ages: Ages,
    ready: int,
    waiting: int,
    one: float,
    two: float,
    drop_late: bool,  # noqa: FBT001 - drawn
) -> None:
    less, more = (
        ahead(ages, ready=ready, waiting=waiting, appetite=each, drop_late=drop_late) for each in sorted((one, two))
    )
    assert less.place <= more.place
    assert less.drop >= more.drop


@settings(max_examples=60, deadline=None)
@given(floors, st.integers(0, 8), st.integers(0, 4), st.floats(0, 0.5), st.booleans())
def test_never_fewer_than_one_for_each_free_agent_and_never_more_at_once_than_60_beyond(
    ages: Ages,
    ready: int,
    waiting: int,
    appetite: float,
    drop_late: bool,  # noqa: FBT001 - drawn
) -> None:
    made = ahead(ages, ready=ready, waiting=waiting, appetite=appetite, drop_late=drop_late)
    pending = len(ages.ringing_s) + len(ages.detecting_s) + waiting - made.drop
    least = max(0, ready - pending)
    assert least <= made.place <= least + 60
    late = sum(age_s >= RING_FLOOR_S for age_s in ages.ringing_s)
    assert made.drop in ({0, late} if drop_late else {0})
    assert 0 <= made.risk <= 1 + 1e-9
    assert 0 <= made.expected_abandonment <= 1 + 1e-9


def test_late_callers_are_withdrawn_only_where_nobody_would_be_free() -> None:
    ringing = [20.0, 16.0, 15.0, 14.9, 3.0]
    assert ahead(Ages(ringing_s=ringing, talking_s=[20.0] * 2), waiting=2).drop == 3
    assert ahead(Ages(ringing_s=ringing, talking_s=[20.0] * 2), waiting=2, drop_late=False).drop == 0
    assert ahead(Ages(ringing_s=ringing), ready=10).drop == 0
    assert ahead(Ages(ringing_s=[14.9] * 5, talking_s=[20.0] * 2), waiting=2).drop == 0


def test_who_may_be_withdrawn_leaves_room_for_more() -> None:
    ages = Ages(ringing_s=[16.0] * 20, talking_s=[100.0] * 60)
    assert ahead(ages, ready=3).place > ahead(ages, ready=3, drop_late=False).place


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from([nan, -inf, -3600.0, -1.0]), min_size=1, max_size=6),
    st.integers(0, 3),
    st.floats(0, 0.5),
)
def test_ages_that_are_none_are_taken_for_what_has_just_begun(odd_s: list[float], ready: int, appetite: float) -> None:
    odd = Ages(ringing_s=odd_s, chances=[nan] * len(odd_s), talking_s=odd_s, wrap_up_s=odd_s, next_chance=nan)
    begun_s = [0.0] * len(odd_s)
    begun = Ages(ringing_s=begun_s, talking_s=begun_s, wrap_up_s=begun_s)
    assert ahead(odd, ready=ready, appetite=appetite) == ahead(begun, ready=ready, appetite=appetite)


def test_an_appetite_that_is_no_number_is_none() -> None:
    made = ahead(Ages(ringing_s=[3.0], talking_s=[100.0] * 30), ready=4, appetite=nan)
    assert (made.place, made.drop) == (3, 0)


@pytest.mark.parametrize("bearable", [2, 1, 0])
def test_a_small_team_is_not_given_more_in_a_row_than_its_quarter_of_an_hour_bears(bearable: int) -> None:
    ages = Ages(ringing_s=[4.0] * 8, talking_s=[60.0] * 6)
    free, held = (ahead(ages, ready=4, appetite=0.5, bearable=one) for one in (PLENTY, bearable))
    assert not free.crowded
    assert held.crowded
    assert held.place < free.place


def test_who_can_bear_no_more_still_dials_ahead_where_it_is_safe() -> None:
    ages = Ages(talking_s=[60.0] * 2)
    assert ahead(ages, ready=8, appetite=0.05, bearable=0, learned=taught(0.1)).place > 8


def test_who_can_bear_no_more_places_no_call_for_which_nobody_may_be_free() -> None:
    # Nothing rings: if one more is lost, it is the very call that is asked for.
    ages = Ages(talking_s=[60.0] * 4, wrap_up_s=[14.0] * 2)
    assert ahead(ages, appetite=0.5, bearable=0).place == 0
    assert ahead(ages, appetite=0.5, bearable=2).place > 0


def test_calls_that_could_all_be_answered_at_once_are_never_too_many() -> None:
    ages = Ages(ringing_s=[4.0] * 3, talking_s=[60.0] * 2)
    assert ahead(ages, ready=6, appetite=0.5, bearable=1).place >= 4


def test_who_can_bear_no_more_waits_for_no_late_caller_at_any_risk() -> None:
    ages = Ages(ringing_s=[16.0] * 4, talking_s=[60.0] * 8)
    assert ahead(ages, ready=2, appetite=0.5, bearable=0).drop == 4
    assert ahead(ages, ready=2, appetite=0.5).drop == 0


@given(floors, st.integers(0, 30), st.integers(0, 5), st.floats(0.001, 0.5), st.integers(0, 12), st.integers(0, 8))
@settings(deadline=None)
def test_no_more_is_reckoned_than_the_trunk_sends_and_as_many_as_without_it(
    ages: Ages, ready: int, waiting: int, appetite: float, bearable: int, most: int
) -> None:
    free = ahead(ages, ready=ready, waiting=waiting, appetite=appetite, bearable=bearable)
    held = ahead(ages, ready=ready, waiting=waiting, appetite=appetite, bearable=bearable, most=most)
    none = ahead(ages, ready=ready, waiting=waiting, appetite=appetite, bearable=bearable, most=0)
    assert held.place == min(free.place, none.place + most)
    assert held.drop == free.drop

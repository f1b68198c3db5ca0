"""Pacing: how many calls each mode places, and the bounds that hold for all of them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.abandonment import Tally
from dialer.core.budget import Quarter, Spent
from dialer.core.forecast import Ages, Forecaster
from dialer.core.model import FloorView, PacingMode
from dialer.core.pacing import Decision, Forecast, decide
from dialer.core.plan import Pacing
from tests.core.test_forecast import taught

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CALM = Forecast(Tally(100, 1), 0.4)


def a_floor(**counts: int) -> FloorView:
    empty = dict.fromkeys(("ready", "reserved", "talking", "wrap_up", "paused", "in_flight", "waiting"), 0)
    return FloorView(**(empty | counts))


def decided(floor: FloorView, mode: PacingMode, forecast: Forecast = CALM, **policy: object) -> Decision:
    return decide(floor, forecast, Pacing(mode=mode, **policy), NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize("mode", [mode for mode in PacingMode if mode is not PacingMode.AGENTLESS])
def test_nobody_logged_in_means_nothing_is_dialled(mode: PacingMode) -> None:
    decision = decided(a_floor(previews_asked=3), mode)
    assert decision.place == 0
    assert "nobody is logged in" in decision.reason


def test_progressive_places_one_call_for_each_free_agent() -> None:
    assert decided(a_floor(ready=5, in_flight=2, waiting=1), PacingMode.PROGRESSIVE).place == 2
    assert decided(a_floor(ready=1, in_flight=4), PacingMode.PROGRESSIVE).place == 0


def test_ratio_places_more_than_one_but_never_starves_a_single_agent() -> None:
    assert decided(a_floor(ready=4, in_flight=1), PacingMode.RATIO, ratio=2.5).place == 9
    assert decided(a_floor(ready=1), PacingMode.RATIO, ratio=1.5).place == 1
    assert decided(a_floor(talking=5), PacingMode.RATIO, ratio=3.0).place == 0


def test_ratio_falls_back_to_progressive_while_abandonment_is_over_the_limit() -> None:
    decision = decided(a_floor(ready=4), PacingMode.RATIO, Forecast(Tally(100, 10), 0.4), ratio=3.0)
    assert decision.place == 4
    assert "progressive until it recovers" in decision.reason
    assert decision.expected_abandonment == 0


def test_in_doubt_ratio_is_progressive_as_well() -> None:
    doubtful = replace(CALM, doubt="the switch is heard 9 s late")
    decision = decided(a_floor(ready=4, in_flight=1), PacingMode.RATIO, doubtful, ratio=3.0)
    assert decision.place == 3
    assert "9 s late: progressive" in decision.reason


def test_what_others_have_in_flight_is_not_under_our_own_limit() -> None:
    shared = replace(CALM, elsewhere=8)
    decision = decided(a_floor(ready=15, in_flight=10), PacingMode.PROGRESSIVE, shared, max_in_flight=5)
    assert decision.place == 3  # two of the ten are ours
    assert "held to 3 by max_in_flight 5" in decision.reason


def test_agentless_places_what_the_limits_allow_with_nobody_logged_in() -> None:
    assert decided(a_floor(in_flight=3), PacingMode.AGENTLESS, max_in_flight=10).place == 7
    assert decided(a_floor(in_flight=10), PacingMode.AGENTLESS, max_in_flight=10).place == 0


def test_preview_places_what_agents_asked_for() -> None:
    assert decided(a_floor(ready=4, previews_asked=2), PacingMode.PREVIEW).place == 2


def test_the_expected_abandonment_is_the_binomial_excess() -> None:
    # Two calls, one agent, half answer: both answer in 1 of 4 cases, of 1 expected answer.
    decision = decided(a_floor(ready=1), PacingMode.RATIO, Forecast(Tally(0, 0), 0.5), ratio=2.0)
    assert decision.place == 2
    assert decision.expected_abandonment == pytest.approx(0.25)


_COUNTS = st.integers(0, 50)


@given(
    st.builds(FloorView, *([_COUNTS] * 8)),
    st.sampled_from(PacingMode),
    st.floats(1, 5),
    st.integers(1, 60),
    st.none() | st.floats(0, 1),
)
def test_never_negative_never_over_the_limit_and_always_explained(
    floor: FloorView, mode: PacingMode, ratio: float, limit: int, rate: float | None
) -> None:
    decision = decided(floor, mode, Forecast(Tally(0, 0), rate), ratio=ratio, max_in_flight=limit)
    assert decision.place >= 0
    assert decision.place == 0 or decision.place + floor.in_flight <= limit
    assert decision.reason
    assert -1e-9 <= decision.expected_abandonment <= 1 + 1e-9


# --- predictive -------------------------------------------------------------------------------------

LEARNED = taught(0.3)
"""Looked at only: an outlook at one and the same moment teaches it nothing."""
LATER = datetime.fromtimestamp(907, tz=UTC)
FAIR = Spent(1000, 20)
CALM_QUARTER = Quarter(200, 2, 12)


def floor_of(ages: Ages, *, ready: int = 0, waiting: int = 0, reserved: int = 0, paused: int = 0) -> FloorView:
    """The counts that belong to these ages."""
    return a_floor(
        ready=ready,
        reserved=reserved,
        paused=paused,
        talking=len(ages.talking_s),
        wrap_up=len(ages.wrap_up_s),
        in_flight=len(ages.ringing_s),
        waiting=waiting + len(ages.detecting_s),
    )


def predicted(floor: FloorView, forecast: Forecast, **policy: object) -> Decision:
    return decide(floor, forecast, Pacing(mode=PacingMode.PREDICTIVE, **policy), LATER)  # type: ignore[arg-type]


def knowing(ages: Ages, **changes: object) -> Forecast:
    known = {"learned": LEARNED, "ages": ages, "window": FAIR, "quarter": CALM_QUARTER}
    return Forecast(Tally(1000, 20), 0.3, **(known | changes))  # type: ignore[arg-type]


BUSY = Ages(ringing_s=[8.0, 2.0], talking_s=[100.0] * 60, wrap_up_s=[3.0] * 5)
AHEAD = floor_of(BUSY, ready=4)
ages_of_floors = st.builds(
    Ages,
    ringing_s=st.lists(st.floats(0, 40), max_size=40).map(lambda drawn: sorted(drawn, reverse=True)),
    detecting_s=st.lists(st.floats(0, 2), max_size=4),
    talking_s=st.lists(st.floats(0, 600), max_size=30),
    wrap_up_s=st.lists(st.floats(0, 60), max_size=5),
)
quarters = st.builds(Quarter, st.integers(0, 500), st.integers(0, 40), st.integers(0, 30))
spent = st.integers(0, 5000).flatmap(lambda answers: st.builds(Spent, st.just(answers), st.integers(0, answers // 10)))


def test_predictive_dials_ahead_and_says_why_in_numbers() -> None:
    decision = predicted(AHEAD, knowing(BUSY))
    assert decision.place > 4 - 2
    assert 0 < decision.expected_abandonment < 0.1
    allowed = LEARNED.budget.appetite(FAIR, CALM_QUARTER, 0.03).risk
    assert decision.reason.startswith("2 ring, 4 free: ")
    assert f"of {allowed:.1%}" in decision.reason
    answers, agents, risk = map(float, re.findall(r"(\d+\.\d)(?: answers| more agents|% of)", decision.reason))
    assert answers == pytest.approx(0.3 * (decision.place + 2), rel=0.3)
    assert 6 < agents < 16
    assert risk / 100 > allowed - 0.001


def test_predictive_says_where_the_limit_or_the_quarter_of_an_hour_holds_it_and_what_it_withdraws() -> None:
    assert "max_in_flight 3" in predicted(AHEAD, knowing(BUSY), max_in_flight=3).reason
    tight = predicted(AHEAD, knowing(BUSY, quarter=Quarter(100, 6, 0)))
    assert "quarter of an hour" in tight.reason
    late = Ages(ringing_s=[20.0, 18.0, 4.0], talking_s=[20.0] * 2)
    decision = predicted(floor_of(late, waiting=3), knowing(late))
    assert (decision.drop, "2 withdrawn" in decision.reason) == (2, True)


@settings(max_examples=60, deadline=None)
@given(ages_of_floors, st.integers(0, 8), st.integers(0, 4), st.integers(1, 60), spent, quarters, st.booleans())
def test_predictive_keeps_every_bound(
    ages: Ages,
    ready: int,
    waiting: int,
    limit: int,
    window: Spent,
    quarter: Quarter,
    late_cancel: bool,  # noqa: FBT001
) -> None:
    floor = floor_of(ages, ready=ready, waiting=waiting)
    forecast = knowing(ages, window=window, quarter=quarter)
    decision = predicted(floor, forecast, max_in_flight=limit, late_cancel=late_cancel)
    assert decision.place >= 0
    assert decision.place == 0 or decision.place + floor.in_flight <= limit
    assert decision.drop <= (sum(age_s >= 15 for age_s in ages.ringing_s) if late_cancel else 0)
    assert 0 <= decision.expected_abandonment <= 1 + 1e-9
    careful = decided(floor, PacingMode.PROGRESSIVE, max_in_flight=limit)
    assert decision.place >= careful.place
    if floor.logged_in == 0:
        assert (decision.place, decision.drop) == (0, 0)


@settings(max_examples=60, deadline=None)
@given(
    ages_of_floors, st.integers(0, 8), st.integers(0, 4), spent, quarters, st.floats(0.001, 0.1), st.floats(0.001, 0.1)
)
def test_a_higher_limit_on_abandonment_never_places_fewer(
    ages: Ages, ready: int, waiting: int, window: Spent, quarter: Quarter, one: float, two: float
) -> None:
    floor, forecast = floor_of(ages, ready=ready, waiting=waiting), knowing(ages, window=window, quarter=quarter)
    low, high = (predicted(floor, forecast, max_abandonment=each) for each in sorted((one, two)))
    assert low.place <= high.place
    assert low.drop >= high.drop


@pytest.mark.parametrize("away", [{"paused": 5}, {"reserved": 5}])
def test_with_nobody_free_nor_freeing_predictive_places_nothing(away: dict[str, int]) -> None:
    assert predicted(floor_of(Ages(), **away), knowing(Ages(), window=Spent(10_000, 0))).place == 0


def test_a_quarter_of_an_hour_that_has_borne_enough_lets_next_to_nobody_be_abandoned() -> None:
    over, fair = (predicted(AHEAD, knowing(BUSY, quarter=Quarter(100, 8, bearable))) for bearable in (0, 12))
    assert decided(AHEAD, PacingMode.PROGRESSIVE).place <= over.place < fair.place
    assert over.expected_abandonment < 0.1 * fair.expected_abandonment


def test_a_window_that_is_over_lets_hardly_any_be_abandoned() -> None:
    over, fair = (predicted(AHEAD, knowing(BUSY, window=each)) for each in (Spent(1000, 40), FAIR))
    assert over.place < fair.place
    assert over.expected_abandonment < 0.005


@settings(max_examples=40, deadline=None)
@given(ages_of_floors, st.integers(0, 8), st.integers(0, 4), st.integers(1, 60))
def test_in_doubt_predictive_is_progressive_and_says_so(ages: Ages, ready: int, waiting: int, limit: int) -> None:
    floor = floor_of(ages, ready=ready, waiting=waiting, paused=1)
    careful = decided(floor, PacingMode.PROGRESSIVE, max_in_flight=limit)
    for forecast, word in (
        (knowing(ages, doubt="the switch is heard 9 s late"), "9 s late"),
        (knowing(ages, learned=None), "nothing is learned yet"),
    ):
        decision = predicted(floor, forecast, max_in_flight=limit)
        assert (decision.place, decision.drop, decision.expected_abandonment) == (careful.place, 0, 0)
        assert word in decision.reason
        assert "progressive" in decision.reason


def with_odd(where: str, odd: float) -> Ages:
    """The busy floor with two more of some kind, of these ages or chances."""
    if where == "chances":
        return replace(BUSY, chances=[odd, odd])
    if where == "next_chance":
        return replace(BUSY, next_chance=odd)
    ages: dict[str, Any] = {where: [odd, odd]}
    return replace(BUSY, **ages)


@pytest.mark.parametrize("odd", [nan, inf, -inf, -5.0])
@pytest.mark.parametrize("where", ["chances", "next_chance"])
def test_a_chance_that_is_none_leaves_a_decision_within_its_bounds(where: str, odd: float) -> None:
    decision = predicted(AHEAD, knowing(with_odd(where, odd), learned=taught(0.3)), max_in_flight=50)
    assert 2 <= decision.place <= 48
    assert 0 <= decision.expected_abandonment <= 1


_AGES = ("ringing_s", "detecting_s", "talking_s", "wrap_up_s")


def test_where_an_age_is_no_number_nothing_is_dialled_ahead() -> None:
    for odd in (nan, inf, -inf):
        for where in _AGES:
            ages = with_odd(where, odd)
            floor = floor_of(ages, ready=4)
            decision = predicted(floor, knowing(ages, learned=taught(0.3)))
            assert decision.place == decided(floor, PacingMode.PROGRESSIVE).place
            assert "no number" in decision.reason


def test_ages_below_nothing_leave_a_decision_within_its_bounds() -> None:
    for where in _AGES:
        ages = with_odd(where, -5.0)
        floor = floor_of(ages, ready=4)
        decision = predicted(floor, knowing(ages, learned=Forecaster()), max_in_flight=50)
        assert decided(floor, PacingMode.PROGRESSIVE).place <= decision.place <= 50


def test_where_a_window_is_no_number_nothing_is_dialled_ahead() -> None:
    for window, quarter in ((Spent(nan, 0), CALM_QUARTER), (Spent(1000, nan), CALM_QUARTER), (FAIR, Quarter(nan, nan))):
        decision = predicted(AHEAD, knowing(BUSY, window=window, quarter=quarter))
        assert decision.place == 2
        assert "no number" in decision.reason


def test_more_in_detection_than_are_said_to_wait_is_no_error() -> None:
    ages = replace(BUSY, detecting_s=[0.5] * 3)
    assert predicted(AHEAD, knowing(ages)).place >= 0

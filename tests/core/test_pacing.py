"""Pacing: how many calls each mode places, and the bounds that hold for all of them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.abandonment import Tally
from dialer.core.model import FloorView, PacingMode
from dialer.core.pacing import Decision, Forecast, decide
from dialer.core.plan import Pacing

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

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from dialer.simulation.timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable


@given(st.lists(st.integers(0, 5), max_size=30))
def test_things_happen_by_time_and_then_in_the_order_in_which_they_were_asked_for(moments: list[int]) -> None:
    timeline = Timeline()
    happened: list[tuple[int, int]] = []
    for number, moment in enumerate(moments):
        timeline.at(float(moment), happened.append, (moment, number))
    while timeline.next_at < math.inf:
        timeline.step()
        assert timeline.now == happened[-1][0]
    assert happened == sorted(happened)
    assert len(happened) == len(moments)


def test_what_happens_may_ask_for_more_at_the_same_moment() -> None:
    timeline = Timeline()
    happened: list[float] = []

    def again(left: int) -> None:
        happened.append(timeline.now)
        if left:
            timeline.at(timeline.now, act, left - 1)

    act: Callable[[int], None] = again
    timeline.at(3.0, act, 2)
    while timeline.next_at < math.inf:
        timeline.step()
    assert happened == [3.0, 3.0, 3.0]

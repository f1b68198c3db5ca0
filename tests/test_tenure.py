"""One controller at a time works under a node's name."""

from __future__ import annotations

import asyncio

import pytest

from dialer.core.errors import TenureLostError
from dialer.tenure import HOLD_S, Tenure

from .fakes.floor import FakeFloor, SharedFloor
from .fakes.virtual_time import until

pytestmark = pytest.mark.virtual_time


async def test_the_second_waits_until_the_first_is_gone() -> None:
    shared = SharedFloor()
    first, second = (Tenure(FakeFloor(shared=shared), "node1", run) for run in ("run 1", "run 2"))
    await first.renew()
    await second.renew()
    first.told()
    assert first.doubt() is None
    assert "another controller" in (second.doubt() or "")
    await asyncio.sleep(HOLD_S + 0.1)
    assert "lapsed" in (first.doubt() or "")
    await second.renew()
    assert "agents" in (second.doubt() or "")  # the floor does not show them yet
    second.told()
    assert second.doubt() is None


async def test_who_gives_up_the_name_lets_the_next_one_in_at_once() -> None:
    shared = SharedFloor()
    first, second = (Tenure(FakeFloor(shared=shared), "node1", run) for run in ("run 1", "run 2"))
    await first.renew()
    await first.give_up()
    assert not first.held
    await second.renew()
    assert second.held


async def test_names_do_not_get_in_each_others_way() -> None:
    shared = SharedFloor()
    tenures = [Tenure(FakeFloor(name, shared), name, "run") for name in ("node1", "node2")]
    for tenure in tenures:
        await tenure.renew()
    assert all(tenure.held for tenure in tenures)


async def test_whose_calls_were_taken_over_ends_and_touches_nothing() -> None:
    shared = SharedFloor()
    stalled, next_one = (Tenure(FakeFloor(shared=shared), "node1", run) for run in ("run 1", "run 2"))
    await stalled.renew()
    stalled.taken_over()
    await asyncio.sleep(HOLD_S + 0.1)
    await next_one.renew()
    with pytest.raises(TenureLostError, match="node1"):
        await stalled.keep()


async def test_a_floor_that_is_away_leaves_the_name_in_doubt_and_comes_back_to_it() -> None:
    shared = SharedFloor()
    tenure = Tenure(FakeFloor(shared=shared), "node1", "run 1")
    keeping = asyncio.create_task(tenure.keep())
    await until(lambda: tenure.held)
    shared.down = True
    await until(lambda: not tenure.held)
    tenure.told()
    shared.restart()
    await until(lambda: tenure.held)
    assert tenure.untold  # it came back empty
    keeping.cancel()

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.core import events as ev
from dialer.core.model import AgentState, Disposition
from dialer.hours import AgentsSeen, Hours
from dialer.metrics import Metrics

from .fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

NOBODY = frozenset[str]()


def sample(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(name, labels) or 0.0


async def test_the_time_in_each_state_adds_up_to_the_time_that_passed(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1", "agent2")
    began = asyncio.get_running_loop().time()
    before = {state: sample(centre.metrics, "ringpace_agent_seconds_total", state=state) for state in AgentState}
    await asyncio.sleep(20)
    attempt_id = await centre.talking(campaign, lead)
    await asyncio.sleep(100)
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    await asyncio.sleep(10)
    centre.roster.disposed("agent1", ev.DispositionGiven(virtual_now(), attempt_id, Disposition.AGREED))
    passed = asyncio.get_running_loop().time() - began
    spent = {
        state: sample(centre.metrics, "ringpace_agent_seconds_total", state=state) - before[state]
        for state in AgentState
    }
    assert spent[AgentState.TALKING] == pytest.approx(100, abs=0.5)
    assert spent[AgentState.WRAP_UP] == pytest.approx(10, abs=0.5)
    assert sum(spent.values()) == pytest.approx(2 * passed, abs=0.1)


async def test_time_passes_also_while_nobody_changes_state(centre: Centre) -> None:
    await centre.log_in("agent1")
    before = sample(centre.metrics, "ringpace_agent_seconds_total", state=AgentState.READY)
    await asyncio.sleep(600)
    centre.metrics.exposition()
    assert sample(centre.metrics, "ringpace_agent_seconds_total", state=AgentState.READY) == pytest.approx(
        before + 600, abs=0.1
    )


async def test_the_wait_for_a_call_is_measured_and_a_reservation_in_vain_does_not_end_it() -> None:
    metrics = Metrics()
    hours = Hours(metrics)
    for state, then_s in (
        (AgentState.READY, 5),
        (AgentState.RESERVED, 1),
        (AgentState.READY, 6),
        (AgentState.RESERVED, 0.5),
        (AgentState.TALKING, 60),
        (AgentState.WRAP_UP, 10),
        (AgentState.READY, 4),
        (AgentState.PAUSED, 500),
        (AgentState.READY, 2),
        (AgentState.TALKING, 1),
    ):
        hours.moved("agent1", NOBODY, AgentState.OFFLINE, state)
        await asyncio.sleep(then_s)
    assert sample(metrics, "ringpace_agent_wait_seconds_count") == 2
    assert sample(metrics, "ringpace_agent_wait_seconds_sum") == pytest.approx(12.5 + 2)


async def test_who_talks_and_wraps_up_is_seen_with_since_when_and_whom_a_call_waits_for_is_not_free() -> None:
    hours, now_s = Hours(Metrics()), asyncio.get_running_loop().time()
    hours.moved("agent1", NOBODY, AgentState.RESERVED, AgentState.TALKING)
    await asyncio.sleep(7)
    hours.moved("agent2", NOBODY, AgentState.TALKING, AgentState.WRAP_UP)
    seen = AgentsSeen()
    hours.see(seen, "agent1", AgentState.TALKING, taken=False)
    hours.see(seen, "agent2", AgentState.WRAP_UP, taken=False)
    hours.see(seen, "agent3", AgentState.READY, taken=True)
    hours.see(seen, "agent4", AgentState.READY, taken=False)
    assert (seen.talking, seen.wrapping_up) == ({"agent1": now_s}, {"agent2": now_s + 7})
    assert (seen.states[AgentState.READY], seen.states[AgentState.RESERVED]) == (1, 1)


async def test_a_listener_that_fails_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    hours, heard = Hours(Metrics()), []

    def fail(*_moved: object) -> None:
        raise ZeroDivisionError

    hours.listeners += [fail, lambda *moved: heard.append(moved)]
    hours.moved("agent1", NOBODY, AgentState.TALKING, AgentState.WRAP_UP)
    assert heard == [("agent1", NOBODY, AgentState.TALKING, AgentState.WRAP_UP)]
    assert "not learned from" in caplog.text

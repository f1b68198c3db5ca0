from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.call import CallState
from dialer.core.model import AgentState

from .fakes.virtual_time import until

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

SECOND = timedelta(seconds=1)


async def test_a_customer_waits_until_an_agent_comes_free_inside_the_limit(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(1.9)
    assert centre.switchboard.states(campaign.campaign_id) == {CallState.WAITING: 1}
    centre.roster.login("agent1")
    await until(lambda: centre.is_talking(attempt_id), within_s=0.09)


async def test_a_floor_that_does_not_answer_keeps_nobody_waiting_past_the_limit(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    centre.floor.shared.stuck = asyncio.Event()
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(2.01)
    assert "play_flow" in centre.switch.verbs(attempt_id)
    centre.floor.shared.stuck.set()  # the floor's late answer gives an agent to nobody
    await asyncio.sleep(1)
    assert centre.roster.agent("agent1").state is AgentState.READY
    await until(lambda: "agent1" in centre.floor.shared.ready)


async def test_a_floor_that_comes_back_in_time_serves_who_waits(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    await centre.log_in("agent1")
    centre.floor.shared.down = True
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(0.5)
    centre.floor.shared.down = False
    await until(lambda: centre.is_talking(attempt_id), within_s=1)


async def test_an_agent_taken_by_an_answer_that_was_lost_is_free_again(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.log_in("agent1")
    centre.floor.shared.mute = True
    attempt_id = await centre.answered(campaign, lead)
    await asyncio.sleep(0.05)
    assert "agent1" not in centre.floor.shared.ready
    centre.floor.shared.mute = False
    centre.switch.leave(attempt_id)
    await until(lambda: "agent1" in centre.floor.shared.ready, within_s=1)

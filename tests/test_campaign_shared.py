"""Several campaigns' loops that want the same agents: none is counted on twice, and each keeps its own limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import AgentState, PacingMode
from dialer.core.plan import Pacing
from dialer.core.predictive import RING_FLOOR_S

from .fakes.centre import Centre
from .fakes.virtual_time import until
from .test_campaign_predictive import PREDICTIVE, PROGRESSIVE, begin, busy_with_ringing_calls, seldom_answered

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": (), "agent3": ()}, channels=40) as opened:
        yield opened


async def test_calls_of_another_campaign_are_not_withdrawn_but_those_of_ours_are(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    other = await centre.campaign("other", record=False)
    strangers = [await centre.place(other, lead) for lead in await centre.leads(other, 3)]
    for attempt_id in strangers:
        centre.switch.ring(attempt_id)
    begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)
    await asyncio.sleep(RING_FLOOR_S + 1)
    living = {attempt.attempt_id for attempt in centre.switchboard.live_attempts()}
    assert not living & set(ringing)
    assert set(strangers) <= living


@pytest.mark.parametrize("pacing", [PROGRESSIVE, PREDICTIVE], ids=lambda pacing: str(pacing.mode))
async def test_campaigns_that_want_the_same_agent_do_not_both_call_for_it(centre: Centre, pacing: Pacing) -> None:
    """Both are woken by the same moment; whoever decides second must see what the first is about to place."""
    campaigns = [await centre.campaign(name, pacing=pacing) for name in ("one", "other")]
    for campaign in campaigns:
        await centre.leads(campaign, 5)
    loops = begin(centre, *campaigns)
    await asyncio.sleep(5)
    await centre.log_in("agent1")
    for loop in loops:
        loop.wake()
    await asyncio.sleep(5)
    assert len(centre.switch.placed()) == 1


async def test_an_agentless_campaign_takes_nobodys_turn(centre: Centre) -> None:
    robot = await centre.campaign("robot", pacing=Pacing(mode=PacingMode.AGENTLESS), agentless_flow="survey")
    person = await centre.campaign("person", pacing=PROGRESSIVE)
    for campaign in (robot, person):
        await centre.leads(campaign, 12)
    begin(centre, robot, person)
    await until(lambda: len(centre.switch.placed()) == 12)
    await centre.log_in("agent1", "agent2")
    await until(lambda: len(centre.switch.placed()) == 14, within_s=3)


@pytest.mark.parametrize("pacing", [PROGRESSIVE, PREDICTIVE], ids=lambda pacing: str(pacing.mode))
async def test_an_agent_of_two_skills_is_free_for_one_of_two_campaigns_only(tmp_path: Path, pacing: Pacing) -> None:
    async with Centre(tmp_path, {"both": ("wine", "tea"), "tea": ("tea",)}) as centre:
        campaigns = [await centre.campaign(name, skills={name}, pacing=pacing) for name in ("wine", "tea")]
        for campaign in campaigns:
            await centre.leads(campaign, 5)
        loops = begin(centre, *campaigns)
        await asyncio.sleep(5)
        await centre.log_in("both")
        for loop in loops:
            loop.wake()
        await asyncio.sleep(5)
        assert len(centre.switch.placed()) == 1
        await centre.log_in("tea")
        await asyncio.sleep(5)
        assert len(centre.switch.placed()) == 2


@pytest.mark.parametrize("mode", [PacingMode.PREDICTIVE, PacingMode.RATIO])
async def test_max_in_flight_is_a_campaigns_own(centre: Centre, mode: PacingMode) -> None:
    """The other has more in flight than this one may have: that is no reason to call nobody, nor to call more."""
    campaign = await seldom_answered(centre, pacing=Pacing(mode=mode, ratio=5.0, max_in_flight=4))
    other = await centre.campaign("other", record=False)
    for lead in await centre.leads(other, 5):
        await centre.place(other, lead)
    (loop,) = begin(centre, campaign)
    await centre.log_in("agent1", "agent2", "agent3")
    await until(lambda: len(centre.switch.placed()) == 9, within_s=10)
    await asyncio.sleep(2)
    assert len(centre.switch.placed()) == 9
    assert "held to 0 by max_in_flight 4" in str(loop.summary()["decision"])


async def test_a_preview_of_another_campaign_takes_its_own_agent_and_no_second_one(centre: Centre) -> None:
    asked = await centre.campaign("asked", pacing=Pacing(mode=PacingMode.PREVIEW))
    campaign = await centre.campaign(pacing=PROGRESSIVE)
    await centre.leads(asked, 2)
    await centre.leads(campaign, 9)
    await centre.log_in("agent1", "agent2", "agent3")
    (previews,) = begin(centre, asked)
    lead = await previews.preview("agent1")
    await previews.dial_preview("agent1", lead.lead_id)
    await centre.agent_is("agent1", AgentState.RESERVED)
    begin(centre, campaign)
    await asyncio.sleep(3)
    assert len(centre.switch.placed()) == 1 + 2

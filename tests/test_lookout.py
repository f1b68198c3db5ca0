from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dialer.core.model import AgentState, PacingMode
from dialer.core.plan import Pacing
from dialer.core.predictive import RING_FLOOR_S
from dialer.lookout import Lookout

from .fakes.centre import Centre
from .fakes.virtual_time import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from numpy.typing import NDArray

    from dialer.record.campaigns import Campaign

pytestmark = pytest.mark.virtual_time


class Foretelling:
    """Another campaign's pacer."""

    rows = np.full((2, 10), 0.25)

    def call_moved(self, *_told: Any) -> None:
        pass

    def disposed(self, *_told: Any) -> None:
        pass

    def lost_count(self, why: str) -> None:
        raise AssertionError(why)

    def foretell(self, now_s: float) -> NDArray[np.float64]:
        del now_s
        return self.rows


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": (), "agent3": ()}) as opened:
        yield opened


@pytest.fixture
def lookout(centre: Centre) -> Lookout:
    return Lookout(centre.parts, {})


async def placed(centre: Centre, campaign: Campaign, calls: int = 1, *, rings: bool = True, **fields: Any) -> list[str]:
    leads = await centre.leads(campaign, calls)
    made = [await centre.place(campaign, lead, **fields) for lead in leads]
    for attempt_id in made:
        if rings:
            centre.switch.ring(attempt_id)
    await asyncio.sleep(0.01)
    return made


async def test_everything_is_as_old_as_it_is(centre: Centre, campaign: Campaign, lookout: Lookout) -> None:
    await centre.log_in("agent1", "agent2", "agent3")
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.talking(campaign, lead)
    await placed(centre, campaign)
    await asyncio.sleep(20)
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    (lead,) = await centre.leads(campaign)
    await centre.talking(campaign, lead)
    await placed(centre, campaign)
    await asyncio.sleep(4)
    look = lookout.look(campaign)
    assert (look.view.ready, look.view.talking, look.view.wrap_up, look.view.in_flight) == (1, 1, 1, 2)
    assert look.ages.ringing_s == pytest.approx([24, 4], abs=0.2)
    assert look.ages.talking_s == pytest.approx([4], abs=0.2)
    assert look.ages.wrap_up_s == pytest.approx([4], abs=0.2)
    assert look.now_s == pytest.approx(asyncio.get_running_loop().time(), abs=1e-5)


async def test_a_clock_that_is_set_makes_nothing_older(centre: Centre, campaign: Campaign, lookout: Lookout) -> None:
    (attempt_id,) = await placed(centre, campaign)
    await asyncio.sleep(5)
    call = centre.switchboard.call(attempt_id)
    assert call
    assert call.timeline.sent_at
    call.timeline.sent_at -= timedelta(hours=1)  # as it looks to a wall clock that was set forward
    assert lookout.look(campaign).ages.ringing_s == pytest.approx([5], abs=0.1)


async def test_a_call_that_is_about_to_be_sent_counts_as_new(
    centre: Centre, campaign: Campaign, lookout: Lookout
) -> None:
    (lead,) = await centre.leads(campaign)
    attempt, asked = await centre.claim(campaign, lead), asyncio.Event()

    async def ask(_attempt: object) -> str | None:
        asked.set()
        await asyncio.sleep(3)
        return None

    centre.spawn(centre.switchboard.place(attempt, campaign.plan, ask), name="place")
    await asked.wait()
    await asyncio.sleep(2)
    look = lookout.look(campaign)
    assert (look.view.in_flight, look.ages.ringing_s) == (1, [0.0])
    await asyncio.sleep(5)


async def test_only_what_has_rung_long_enough_and_is_ours_is_shown_past_the_ring_floor(
    centre: Centre, campaign: Campaign, lookout: Lookout
) -> None:
    other = await centre.campaign("other")
    (late,) = await placed(centre, campaign)
    await placed(centre, other)
    (slow,) = await placed(centre, campaign, rings=False)
    await asyncio.sleep(6)
    centre.switch.ring(slow)  # it took the network six seconds
    await asyncio.sleep(RING_FLOOR_S - 5)
    look = lookout.look(campaign)
    assert [age_s >= RING_FLOOR_S for age_s in look.ages.ringing_s] == [True, False, False]
    assert look.ages.own.ringing_s == pytest.approx([16, 16], abs=0.1)
    assert [one.calling.attempt.attempt_id for one in lookout.withdrawable(campaign.campaign_id, look.now_s)] == [late]
    await asyncio.sleep(6)
    withdrawable = lookout.withdrawable(campaign.campaign_id, asyncio.get_running_loop().time())
    assert [one.calling.attempt.attempt_id for one in withdrawable] == [late, slow]


async def test_whose_ringing_nobody_told_is_never_withdrawn(
    centre: Centre, campaign: Campaign, lookout: Lookout
) -> None:
    """Where the network says nothing of it, the telephone may have begun to ring just now."""
    await placed(centre, campaign, rings=False)
    await asyncio.sleep(RING_FLOOR_S + 7)
    look = lookout.look(campaign)
    assert lookout.withdrawable(campaign.campaign_id, look.now_s) == []
    assert look.ages.ringing_s[0] < RING_FLOOR_S
    assert list(look.ages.withdrawable) == [False]


async def test_a_call_that_takes_no_agent_who_is_free_is_not_withdrawn_either(
    centre: Centre, campaign: Campaign, lookout: Lookout
) -> None:
    """The mode was changed while they rang: those of an agentless campaign, and one that an agent asked for."""
    agentless = {"pacing": Pacing(mode=PacingMode.AGENTLESS), "agentless_flow": "survey"}
    before = replace(campaign, plan=campaign.plan.model_copy(update=agentless))
    await placed(centre, before, 3)
    await placed(centre, campaign, agent_id="agent2")
    (ours,) = await placed(centre, campaign)
    await asyncio.sleep(RING_FLOOR_S + 1)
    look = lookout.look(campaign)
    withdrawable = lookout.withdrawable(campaign.campaign_id, look.now_s)
    assert [one.calling.attempt.attempt_id for one in withdrawable] == [ours]
    assert (look.view.in_flight, len(look.ages.ringing_s)) == (1, 1)
    assert look.ages.own.ringing_s == pytest.approx([16] * 5, abs=0.2)
    assert list(look.ages.takes_agent) == [False, False, False, False, True]
    assert look.view.in_flight - look.elsewhere == 5  # the campaign's own limit is on all of them


async def test_others_who_want_the_same_agents_foretell_their_calls_and_the_rest_are_strangers(
    centre: Centre, campaign: Campaign, lookout: Lookout
) -> None:
    known, stranger = await centre.campaign("known"), await centre.campaign("stranger")
    centre.switchboard.traffic.pacers[known.campaign_id] = Foretelling()
    await placed(centre, known, 2)
    await placed(centre, stranger)
    await placed(centre, campaign)
    with centre.switchboard.traffic.promised(frozenset(), 3):
        look = lookout.look(campaign)
    assert look.view.in_flight == len(look.ages.ringing_s) == 7
    assert len(look.ages.own.ringing_s) == 1
    assert [rows is Foretelling.rows for rows in look.ages.others] == [True]
    assert look.ages.strangers == 1 + 3


async def test_a_previewed_call_takes_no_agent_but_its_own_and_counts_for_its_campaigns_limit(
    centre: Centre, campaign: Campaign, lookout: Lookout
) -> None:
    await placed(centre, campaign, agent_id="agent2")
    look = lookout.look(campaign, previews_asked=1)
    assert (look.view.in_flight, look.view.previews_asked, look.ages.ringing_s) == (0, 1, [])
    assert look.elsewhere == -1
    assert list(look.ages.takes_agent) == [False]


async def test_an_agentless_campaign_sees_its_own_calls_those_who_listen_included(centre: Centre) -> None:
    robot = await centre.campaign("robot", pacing=Pacing(mode=PacingMode.AGENTLESS), agentless_flow="survey")
    await placed(centre, await centre.campaign("other"), 2)
    hears, _rings = await placed(centre, robot, 2)
    centre.switch.answer(hears)
    await asyncio.sleep(1)
    look = Lookout(centre.parts, {}).look(robot)
    assert (look.view.in_flight, look.view.waiting) == (2, 0)


async def test_what_the_lead_model_said_goes_with_the_call(centre: Centre, campaign: Campaign) -> None:
    chances: dict[str, float] = {}
    lookout = Lookout(centre.parts, chances)
    first, _second = await placed(centre, campaign, 2)
    assert lookout.look(campaign).ages.own.chances == ()
    chances[first] = 0.7
    assert lookout.look(campaign).ages.own.chances == pytest.approx([0.7, float("nan")], nan_ok=True)


async def test_who_a_call_is_being_connected_to_is_not_free(
    centre: Centre, campaign: Campaign, lookout: Lookout
) -> None:
    await centre.log_in("agent1")
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.answered(campaign, lead)
    for _ in range(20):
        if centre.switchboard.taken_agents():
            break
        await asyncio.sleep(0)
    assert centre.roster.agent("agent1").state is AgentState.READY
    assert lookout.look(campaign).view.ready == 0
    await until(lambda: centre.is_talking(attempt_id))

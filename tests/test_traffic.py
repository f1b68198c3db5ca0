from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dialer.core.call import CallState
from dialer.core.model import Disposition, PacingMode
from dialer.core.plan import Pacing

from .fakes.centre import Centre
from .fakes.virtual_time import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from numpy.typing import NDArray

    from dialer.core import events as ev
    from dialer.record.campaigns import Campaign
    from dialer.traffic import Competing, Seen

pytestmark = pytest.mark.virtual_time


class Listening:
    """A pacer that remembers, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.heard: list[tuple[CallState, CallState]] = []
        self.lost: list[str] = []
        self.said: list[tuple[Disposition | None, Disposition]] = []
        self._fails = fails

    def call_moved(self, seen: Seen, before: CallState, event: ev.Event) -> None:
        del event
        if self._fails:
            raise ZeroDivisionError("a fault of ours")
        self.heard.append((before, seen.calling.call.state))

    def disposed(self, before: Disposition | None, now: Disposition) -> None:
        self.said.append((before, now))

    def lost_count(self, why: str) -> None:
        self.lost.append(why)

    def foretell(self, now_s: float) -> NDArray[np.float64]:
        del now_s
        return np.zeros((0, 10))


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ("wine",), "agent2": ()}) as opened:
        yield opened


async def placed(centre: Centre, campaign: Campaign, **fields: Any) -> str:
    (lead,) = await centre.leads(campaign)
    return await centre.place(campaign, lead, **fields)


def competing(centre: Centre, *skills: str) -> Competing:
    return centre.switchboard.traffic.competing(centre.roster.skill_sets(frozenset(skills)))


def ids(seen: list[Seen]) -> list[str]:
    return [one.calling.attempt.attempt_id for one in seen]


async def test_what_any_agent_of_ours_could_take_competes_oldest_first(centre: Centre) -> None:
    await centre.log_in("agent1", "agent2")
    wine, tea = await centre.campaign("wine", skills={"wine"}), await centre.campaign("tea")
    first = await placed(centre, tea)
    await asyncio.sleep(3)
    second = await placed(centre, wine)
    await asyncio.sleep(2)
    centre.switch.ring(first)
    await until(lambda: competing(centre).in_flight[0].ringing_s is not None)
    seen = competing(centre).in_flight
    assert ids(seen) == [first, second]
    now_s = asyncio.get_running_loop().time()
    assert [one.rung_s(now_s) for one in seen] == pytest.approx([0, 0], abs=0.05)  # of the second no ringing is told
    # agent2 alone could not take the call for wine; whoever needs wine competes with all that agent1 could take.
    assert ids(competing(centre, "wine").in_flight) == [first, second]
    only_agent2 = centre.switchboard.traffic.competing([frozenset()])
    assert ids(only_agent2.in_flight) == [first]


async def test_whoever_is_not_at_work_ties_no_campaigns_together(centre: Centre) -> None:
    """Could agent1 take both, each campaign would have to leave agents to the other: but agent1 is at home."""
    wine = await centre.campaign("wine", skills={"wine"})
    await centre.log_in("agent2")
    attempt_id = await placed(centre, wine)
    assert competing(centre).in_flight == []
    assert ids(competing(centre, "wine").in_flight) == [attempt_id]  # its own, whoever is there
    await centre.log_in("agent1")
    assert ids(competing(centre).in_flight) == [attempt_id]
    centre.roster.logout("agent1")
    assert competing(centre).in_flight == []


async def test_answered_calls_leave_the_flight_and_those_of_no_agent_or_their_own_are_apart(centre: Centre) -> None:
    campaign = await centre.campaign("tea")
    robot = await centre.campaign("robot", pacing=Pacing(mode=PacingMode.AGENTLESS), agentless_flow="survey")
    detecting = await centre.campaign("detects", answering_machines="asterisk")
    waiting, looked_at, hears = await placed(centre, campaign), await placed(centre, detecting), None
    hears = await placed(centre, robot)
    await placed(centre, campaign, agent_id="agent2")
    assert ids(competing(centre).in_flight) == [waiting, looked_at]
    for attempt_id in (waiting, looked_at, hears):
        centre.switch.answer(attempt_id)
    await until(lambda: competing(centre).waiting == 1)
    seen = competing(centre)
    assert (seen.in_flight, ids(seen.detecting)) == ([], [looked_at])


async def test_what_is_promised_counts_for_those_who_want_the_same_agents_until_it_is_kept(centre: Centre) -> None:
    await centre.log_in("agent1")
    with centre.switchboard.traffic.promised(frozenset({"wine"}), 4):
        assert competing(centre).promised == 4
        assert centre.switchboard.traffic.competing([frozenset()]).promised == 0
    assert competing(centre).promised == 0


async def test_a_campaigns_pacer_hears_of_its_calls_alone(centre: Centre) -> None:
    one, other = await centre.campaign("one"), await centre.campaign("other")
    listening = centre.switchboard.traffic.pacers[one.campaign_id] = Listening()
    attempt_id = await placed(centre, one)
    await placed(centre, other)
    centre.switch.leave(attempt_id, 17, 486)
    await centre.over(attempt_id)
    assert listening.heard == [(CallState.QUEUED, CallState.PLACED), (CallState.PLACED, CallState.ENDED)]


async def test_a_campaigns_pacer_hears_what_is_said_of_its_talks_alone(centre: Centre) -> None:
    one = await centre.campaign("one")
    listening = centre.switchboard.traffic.pacers[one.campaign_id] = Listening()
    centre.switchboard.traffic.disposed(one.campaign_id, None, Disposition.MACHINE)
    centre.switchboard.traffic.disposed(one.campaign_id + 1, None, Disposition.AGREED)
    assert listening.said == [(None, Disposition.MACHINE)]


async def test_a_pacer_that_breaks_costs_no_call(centre: Centre, caplog: pytest.LogCaptureFixture) -> None:
    campaign = await centre.campaign()
    failing = centre.switchboard.traffic.pacers[campaign.campaign_id] = Listening(fails=True)
    await centre.log_in("agent1")
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.talking(campaign, lead)
    centre.switch.leave(attempt_id)
    assert (await centre.over(attempt_id)).bridged_at
    assert failing.lost[0] == "ZeroDivisionError: a fault of ours"
    assert "not counted" in caplog.text


async def test_an_order_that_the_switch_never_mentions_is_noticed(centre: Centre) -> None:
    campaign, traffic = await centre.campaign(), centre.switchboard.traffic
    await placed(centre, campaign)
    centre.switch.on_event = lambda _event: None  # from now on it is silent
    await placed(centre, campaign)
    await asyncio.sleep(4)
    now_s = asyncio.get_running_loop().time
    assert traffic.unheard(now_s()) == 0
    await asyncio.sleep(2)
    assert traffic.unheard(now_s()) == 1


async def test_a_call_taken_over_from_a_former_run_is_as_old_as_it_is(tmp_path: Path) -> None:
    async with Centre(tmp_path, {"agent1": ()}) as killed:
        campaign = await killed.campaign()
        attempt_id = await placed(killed, campaign)
        killed.switch.ring(attempt_id)
        await killed.row(attempt_id)
        legs, shared = killed.switch.legs, killed.floor.shared
        await asyncio.sleep(4)
        await killed.row(attempt_id)
        await killed.crash()
        async with Centre(tmp_path, {"agent1": ()}, shared) as again:
            again.switch.legs.update(legs)
            await again.recovery().take_over()
            (seen,) = competing(again).in_flight
            assert seen.sent_s is not None
            assert asyncio.get_running_loop().time() - seen.sent_s == pytest.approx(4, abs=0.3)

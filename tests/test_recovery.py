"""Taking over from a former run, between a switch and a floor that have lived on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import AgentState, Disposition, HungUpBy, Outcome, RecordingState
from dialer.core.telephone import Telephone

from .fakes.centre import Centre
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

AGENTS = ("agent1", "agent2")


class Shift:
    """A centre in which work is under way, and the next run of its controller."""

    def __init__(self, folder: Path, centre: Centre) -> None:
        self.folder = folder
        self.before = centre

    async def lost(self) -> Centre:
        """The controller is killed; the next one finds the same switch, floor and record."""
        await self.before.books.flush()
        await self.before.floor.hold_node("run 1", 1)
        await self.before.crash()
        after = Centre(self.folder, dict.fromkeys(AGENTS, ()), self.before.floor.shared)
        after.switch.legs, after.switch.notes = self.before.switch.legs, self.before.switch.notes
        self.after = after
        return await after.__aenter__()


@pytest.fixture
async def shift(tmp_path: Path) -> AsyncIterator[Shift]:
    centre = Centre(tmp_path, dict.fromkeys(AGENTS, ()))
    await centre.__aenter__()
    running = Shift(tmp_path, centre)
    yield running
    await running.after.__aexit__(None, None, None)


pytestmark = pytest.mark.virtual_time


async def test_a_talk_goes_on_and_ends_as_if_nothing_had_been(shift: Shift) -> None:
    campaign = await shift.before.campaign(wrap_up_s=10)
    (lead,) = await shift.before.leads(campaign)
    await shift.before.log_in(*AGENTS)
    attempt_id = await shift.before.talking(campaign, lead)
    after = await shift.lost()
    await after.recovery().take_over()
    talks = after.roster.agent("agent1")
    assert (talks.state, talks.attempt_id) == (AgentState.TALKING, attempt_id)
    assert after.is_talking(attempt_id)
    assert after.roster.agent("agent2").state is AgentState.READY
    assert after.floor.shared.calls["carrier"] == {attempt_id}
    after.switch.leave(attempt_id)
    row = await after.over(attempt_id)
    assert (row.outcome, row.hung_up_by, row.agent_id) == (Outcome.ANSWERED, HungUpBy.CUSTOMER, "agent1")
    await after.agent_is("agent1", AgentState.WRAP_UP)
    await after.keeper.drain()
    await after.books.flush()
    assert (await after.record.recordings.get(attempt_id)).path.endswith(".sealed")


async def test_what_rings_is_bridged_to_an_agent_who_was_kept(shift: Shift) -> None:
    campaign = await shift.before.campaign()
    (lead,) = await shift.before.leads(campaign)
    await shift.before.log_in(*AGENTS)
    attempt_id = await shift.before.place(campaign, lead)
    shift.before.switch.ring(attempt_id)
    after = await shift.lost()
    await after.recovery().take_over()
    after.switch.answer(attempt_id)
    await until(lambda: after.is_talking(attempt_id))
    after.switch.leave(attempt_id)
    assert (await after.over(attempt_id)).agent_id == "agent1"


async def test_whoever_answered_meanwhile_is_served_or_counted(shift: Shift) -> None:
    campaign = await shift.before.campaign()
    served, noted = await shift.before.leads(campaign, 2)
    await shift.before.log_in(*AGENTS)
    served_id, noted_id = [await shift.before.place(campaign, lead) for lead in (served, noted)]
    after = await shift.lost()
    after.switch.answer(served_id)  # this very moment
    after.switch.lose(noted_id)
    after.switch.notes[noted_id] = virtual_now()
    await after.recovery().take_over()
    await until(lambda: after.is_talking(served_id))
    assert (await after.over(noted_id)).outcome is Outcome.ABANDONED
    assert after.switch.notes == {}


async def test_an_agent_is_called_back_where_the_leg_is_gone_and_left_alone_after_a_long_absence(shift: Shift) -> None:
    await shift.before.log_in(*AGENTS)
    for leg_id in shift.before.roster.legs():
        shift.before.switch.lose(leg_id)
    after = await shift.lost()
    await after.recovery().take_over()
    for agent_id in AGENTS:
        await after.agent_is(agent_id, AgentState.READY)


@pytest.mark.parametrize("leg_lives", [True, False])
async def test_an_agent_keeps_the_telephone_they_worked_with(shift: Shift, *, leg_lives: bool) -> None:
    shift.before.roster.login("agent1", Telephone.PAGE)
    await shift.before.agent_is("agent1", AgentState.READY)
    await until(lambda: "agent1" in shift.before.floor.shared.ready)
    after = await shift.lost()
    if not leg_lives:
        after.switch.legs.clear()
    await after.recovery().take_over()
    await after.agent_is("agent1", AgentState.READY)
    assert after.news.retained["agents/agent1"]["telephone"] == "PAGE"
    (leg_id,) = after.roster.legs()
    assert leg_id.startswith("agent-agent1.page-")
    called = [order.what for order in after.switch.orders if order.verb == "call_agent"]
    assert called == ([] if leg_lives else ["agent1.page"])


async def test_after_a_long_absence_nobodys_telephone_rings(shift: Shift) -> None:
    await shift.before.log_in(*AGENTS)
    for leg_id in shift.before.roster.legs():
        shift.before.switch.lose(leg_id)
    after = await shift.lost()
    after.floor.shared.seen.clear()
    await after.recovery().take_over()
    assert all(agent.state is AgentState.OFFLINE for agent in after.roster.agents())
    await after.books.flush()
    assert {one.state for one in await after.record.agents.now()} == {AgentState.OFFLINE}


async def test_wrap_up_goes_on_and_a_lost_leg_leaves_a_gap(shift: Shift) -> None:
    campaign = await shift.before.campaign(wrap_up_s=600)
    leads = await shift.before.leads(campaign, 2)
    await shift.before.log_in(*AGENTS)
    attempts = [await shift.before.talking(campaign, lead) for lead in leads]
    for attempt_id in attempts:
        shift.before.switch.leave(attempt_id)
        await shift.before.over(attempt_id)
    for agent_id in AGENTS:
        await shift.before.agent_is(agent_id, AgentState.WRAP_UP)
    shift.before.switch.lose(next(leg for leg in shift.before.roster.legs() if "agent2" in leg))
    after = await shift.lost()
    await after.recovery().take_over()
    kept = after.roster.agent("agent1")
    assert (kept.state, kept.attempt_id) == (AgentState.WRAP_UP, attempts[0])
    assert (await after.row(attempts[0])).disposition is None
    assert (await after.row(attempts[1])).disposition is Disposition.NOT_RECORDED


async def test_what_belongs_to_nobody_is_hung_up_and_what_is_anothers_is_left(shift: Shift) -> None:
    campaign = await shift.before.campaign()
    (lead,) = await shift.before.leads(campaign)
    await shift.before.log_in("agent1")
    over = await shift.before.place(campaign, lead)
    shift.before.switch.leave(over, 17, 486)
    await shift.before.over(over)
    for leg_id in ("agent-agent1-2", over, "agent-another-1", "inbound"):
        await shift.before.switch.call_agent(leg_id, "agent1", 10)
    after = await shift.lost()
    await after.recovery().take_over()
    left = set(after.switch.legs)
    assert left >= {"agent-another-1", "inbound"}
    assert over not in left
    assert len([leg_id for leg_id in left if leg_id.startswith("agent-agent1-")]) == 1


async def test_another_nodes_recording_is_left_to_it(shift: Shift) -> None:
    campaign = await shift.before.campaign()
    (lead,) = await shift.before.leads(campaign)
    await shift.before.log_in("agent1")
    attempt_id = await shift.before.talking(campaign, lead)
    after = await shift.lost()
    neighbour = replace(after.recovery(), node="neighbour", agents={})
    await neighbour.take_over()
    await after.keeper.drain()
    await after.books.flush()
    assert (await after.record.recordings.get(attempt_id)).state is RecordingState.RECORDING


async def test_a_part_that_fails_in_the_middle_is_asked_again_and_nothing_is_adopted_twice(shift: Shift) -> None:
    campaign = await shift.before.campaign()
    (lead,) = await shift.before.leads(campaign)
    await shift.before.log_in("agent1")
    attempt_id = await shift.before.talking(campaign, lead)
    after = await shift.lost()
    taking_over = after.recovery()
    keep = after.switchboard.keep_trunks

    async def away() -> None:
        after.switchboard.keep_trunks = keep  # type: ignore[method-assign]
        after.floor.shared.down = True
        await keep()

    after.switchboard.keep_trunks = away  # type: ignore[method-assign]
    with pytest.raises(Exception, match="Redis"):
        await taking_over.take_over()
    after.floor.shared.down = False
    await taking_over.take_over()
    assert [attempt.attempt_id for attempt in after.switchboard.live_attempts()] == [attempt_id]


async def test_an_agent_who_asked_for_a_previewed_call_gets_it(shift: Shift) -> None:
    campaign = await shift.before.campaign(pacing={"mode": "PREVIEW"})
    (lead,) = await shift.before.leads(campaign)
    await shift.before.log_in(*AGENTS)
    attempt = await shift.before.claim(campaign, replace(lead), agent_id="agent2")
    shift.before.roster.reserve("agent2", attempt.attempt_id, wrap_up_s=5, limit_s=30)
    await shift.before.switchboard.place(attempt, campaign.plan, _nothing_against)
    shift.before.switch.ring(attempt.attempt_id)
    after = await shift.lost()
    await after.recovery().take_over()
    assert after.roster.agent("agent2").state is AgentState.RESERVED
    after.switch.answer(attempt.attempt_id)
    await until(lambda: after.is_talking(attempt.attempt_id))
    assert after.roster.agent("agent2").state is AgentState.TALKING


async def _nothing_against(_attempt: object) -> str | None:
    return None

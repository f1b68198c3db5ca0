"""Customers in their agents' hands: what the switch is told, what the screens show, and what the record keeps."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.call import CallState
from dialer.core.errors import ConflictError, SwitchError
from dialer.core.model import AgentState, HungUpBy, Outcome

from .fakes.centre import Centre
from .fakes.virtual_time import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": ()}) as opened:
        yield opened


async def talk(centre: Centre, *agents: str, **plan: Any) -> str:
    """A talk of agent1; the other agents are ready."""
    campaign = await centre.campaign(**plan)
    (lead,) = await centre.leads(campaign)
    await centre.log_in("agent1", *agents)
    attempt_id = await centre.talking(campaign, lead)
    await centre.agent_is("agent1", AgentState.TALKING)
    return attempt_id


def state_of(centre: Centre, attempt_id: str) -> CallState | None:
    call = centre.switchboard.call(attempt_id)
    return call.state if call else None


async def held(centre: Centre, attempt_id: str) -> None:
    centre.switchboard.handling.hold("agent1")
    await until(lambda: centre.switch.legs[attempt_id].held)


def card(centre: Centre, agent_id: str) -> dict[str, object]:
    return dict(centre.news.retained[f"agents/{agent_id}"])


async def test_a_customer_on_hold_is_still_the_agents_and_is_brought_back(centre: Centre) -> None:
    attempt_id = await talk(centre)
    await held(centre, attempt_id)
    await asyncio.sleep(5)
    assert state_of(centre, attempt_id) is CallState.HELD
    assert (card(centre, "agent1")["state"], card(centre, "agent1")["attempt_id"]) == ("TALKING", attempt_id)
    assert card(centre, "agent1")["held_since"] is not None
    centre.switchboard.handling.resume("agent1")
    await until(lambda: centre.is_talking(attempt_id))
    assert card(centre, "agent1")["held_since"] is None
    centre.switch.leave(attempt_id)
    assert (await centre.over(attempt_id)).outcome is Outcome.ANSWERED
    await centre.agent_is("agent1", AgentState.WRAP_UP)


async def test_a_forgotten_customer_comes_back_by_themselves(centre: Centre) -> None:
    attempt_id = await talk(centre, hold_longest_s=60)
    await held(centre, attempt_id)
    await asyncio.sleep(59)
    assert state_of(centre, attempt_id) is CallState.HELD
    await until(lambda: centre.is_talking(attempt_id), within_s=3)


async def test_a_bridge_back_that_fails_is_tried_again(centre: Centre) -> None:
    attempt_id = await talk(centre)
    await held(centre, attempt_id)
    centre.switch.refuse("bridge", SwitchError("no"))
    centre.switchboard.handling.resume("agent1")
    await until(lambda: centre.is_talking(attempt_id), within_s=10)


async def test_a_customer_who_hangs_up_on_hold_is_wrapped_up(centre: Centre) -> None:
    attempt_id = await talk(centre)
    await held(centre, attempt_id)
    await asyncio.sleep(60)
    centre.switch.leave(attempt_id)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.hung_up_by, row.agent_id) == (Outcome.ANSWERED, HungUpBy.CUSTOMER, "agent1")
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    await centre.keeper.drain()
    await centre.books.flush()
    # A minute on hold is no minute that the recording lacks.
    assert (await centre.record.recordings.get(attempt_id)).detail is None


async def test_a_telephone_that_vanishes_on_hold_ends_the_call(centre: Centre) -> None:
    attempt_id = await talk(centre)
    await held(centre, attempt_id)
    (leg,) = centre.roster.legs()
    centre.switch.leave(leg)
    row = await centre.over(attempt_id)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)


async def test_a_mute_shows_on_the_card_and_ends_with_the_talk_even_if_the_switch_refuses_once(centre: Centre) -> None:
    attempt_id = await talk(centre)
    (leg,) = centre.roster.legs()
    await centre.switchboard.handling.mute("agent1", on=True)
    assert (centre.switch.legs[leg].muted, card(centre, "agent1")["muted"]) == (True, True)
    centre.switch.refuse("mute", SwitchError("busy"))
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    await until(lambda: not centre.switch.legs[leg].muted, within_s=5)
    assert card(centre, "agent1")["muted"] is False


async def test_a_mute_that_the_switch_refuses_is_not_shown(centre: Centre) -> None:
    await talk(centre)
    centre.switch.refuse("mute", SwitchError("no module"))
    with pytest.raises(SwitchError):
        await centre.switchboard.handling.mute("agent1", on=True)
    assert card(centre, "agent1")["muted"] is False


async def test_keys_go_to_the_customers_leg_in_order(centre: Centre) -> None:
    attempt_id = await talk(centre)
    await centre.switchboard.handling.press("agent1", "12#*0")
    assert centre.switch.legs[attempt_id].keys == "12#*0"
    await held(centre, attempt_id)
    with pytest.raises(ConflictError, match="HELD"):
        await centre.switchboard.handling.press("agent1", "1")


async def test_a_customer_is_handed_over_with_card_and_script_and_the_record_tells_who_had_them(
    centre: Centre,
) -> None:
    attempt_id = await talk(centre, "agent2")
    handling = centre.switchboard.handling
    assert [one.agent_id for one in handling.takers("agent1")] == ["agent2"]
    await handling.hand_over("agent1", "agent2", "user:li", even_paused=False)
    await centre.agent_is("agent2", AgentState.TALKING)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    assert centre.roster.agent("agent1").attempt_id == centre.roster.agent("agent2").attempt_id == attempt_id
    assert centre.news.retained["agents/agent2/screen"]["attempt_id"] == attempt_id
    assert centre.is_talking(attempt_id)
    centre.switch.leave(attempt_id)
    assert (await centre.over(attempt_id)).agent_id == "agent2"
    await centre.agent_is("agent2", AgentState.WRAP_UP)
    (one,) = await centre.record.handovers.of(attempt_id)
    assert (one.from_agent, one.to_agent, one.by) == ("agent1", "agent2", "user:li")


async def test_a_bridge_that_fails_leaves_the_customer_with_the_first_agent(centre: Centre) -> None:
    attempt_id = await talk(centre, "agent2")
    centre.switch.refuse("bridge", SwitchError("no"))
    await centre.switchboard.handling.hand_over("agent1", "agent2", "user:li", even_paused=False)
    await centre.agent_is("agent2", AgentState.READY)
    await until(lambda: centre.is_talking(attempt_id), within_s=5)
    call = centre.switchboard.call(attempt_id)
    assert call
    assert call.agent_id == "agent1"
    assert centre.roster.agent("agent1").held_since is None
    assert centre.news.retained.get("agents/agent2/screen") is None
    await centre.books.flush()
    assert await centre.record.handovers.of(attempt_id) == []


async def test_only_who_is_ready_is_given_a_customer_but_a_paused_one_may_take_them(centre: Centre) -> None:
    attempt_id = await talk(centre, "agent2")
    handling = centre.switchboard.handling
    centre.roster.pause("agent2", "tea")
    with pytest.raises(ConflictError, match="agent2 is not free"):
        await handling.hand_over("agent1", "agent2", "user:li", even_paused=False)
    with pytest.raises(ConflictError, match="already"):
        await handling.hand_over("agent1", "agent1", "user:li", even_paused=True)
    assert state_of(centre, attempt_id) is CallState.TALKING
    await handling.hand_over("agent1", "agent2", "user:bo", even_paused=True)
    await centre.agent_is("agent2", AgentState.TALKING)
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    await centre.agent_is("agent2", AgentState.WRAP_UP)
    await centre.agent_is("agent2", AgentState.PAUSED, within_s=60)


@pytest.mark.parametrize("ask", ["hold", "resume"])
async def test_nobody_holds_whom_they_do_not_have(centre: Centre, ask: str) -> None:
    await centre.log_in("agent1")
    with pytest.raises(ConflictError, match="in no talk"):
        getattr(centre.switchboard.handling, ask)("agent1")


async def test_a_controller_that_is_lost_in_mid_hold_gives_the_customer_back(tmp_path: Path) -> None:
    before = await Centre(tmp_path, {"agent1": ()}).__aenter__()
    attempt_id = await talk(before)
    await held(before, attempt_id)
    await before.books.flush()
    await before.floor.hold_node("run 1", 1)
    await before.crash()
    async with Centre(tmp_path, {"agent1": ()}, before.floor.shared) as after:
        after.switch.legs = before.switch.legs
        await after.recovery().take_over()
        assert after.roster.agent("agent1").state is AgentState.TALKING
        await until(lambda: after.is_talking(attempt_id), within_s=5)
        assert after.switch.legs[attempt_id].partner in after.roster.legs()
        after.switch.leave(attempt_id)
        row = await after.over(attempt_id)
        assert (row.outcome, row.hung_up_by, row.agent_id) == (Outcome.ANSWERED, HungUpBy.CUSTOMER, "agent1")
        await after.agent_is("agent1", AgentState.WRAP_UP)


async def test_where_the_agent_did_not_outlive_the_controller_the_customer_on_hold_is_let_go(tmp_path: Path) -> None:
    before = await Centre(tmp_path, {"agent1": ()}).__aenter__()
    attempt_id = await talk(before)
    await held(before, attempt_id)
    await before.books.flush()
    await before.floor.hold_node("run 1", 1)
    before.switch.lose(next(iter(before.roster.legs())))
    await before.crash()
    async with Centre(tmp_path, {"agent1": ()}, before.floor.shared) as after:
        after.switch.legs = before.switch.legs
        await after.recovery().take_over()
        assert (await after.over(attempt_id)).outcome is Outcome.ANSWERED
        assert attempt_id not in after.switch.legs

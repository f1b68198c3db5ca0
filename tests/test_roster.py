from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.core import events as ev
from dialer.core.agent import CALL_IN_LIMIT_S, CALL_IN_TRIES
from dialer.core.errors import ConflictError, NotFoundError, SwitchError
from dialer.core.model import AgentState, Disposition
from dialer.core.telephone import Telephone

from .fakes.centre import Centre
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ("wine",), "agent2": ()}) as opened:
        yield opened


async def talk(centre: Centre, agent_id: str = "agent1") -> str:
    """A bridged call of this agent."""
    campaign = await centre.campaign()
    (lead,) = await centre.leads(campaign, owner=agent_id)
    attempt_id = await centre.place(campaign, lead, owner=agent_id)
    centre.switch.answer(attempt_id)
    await centre.agent_is(agent_id, AgentState.TALKING)
    return attempt_id


async def test_logging_in_calls_the_telephone_and_shows_the_agent_everywhere(centre: Centre) -> None:
    await centre.log_in("agent1")
    card = centre.floor.shared.cards["agent1"]
    assert (card.state, card.node, card.skills) == (AgentState.READY, "node1", frozenset({"wine"}))
    nothing_in_hand = {"muted": False, "held_since": None, "wrap_up_until": None}
    assert centre.news.retained["agents/agent1"] == card.to_values() | nothing_in_hand
    assert centre.metrics.registry.get_sample_value("ringpace_agents", {"state": "READY"}) == 1
    assert centre.metrics.registry.get_sample_value("ringpace_agents", {"state": "OFFLINE"}) == 1
    await centre.books.flush()
    assert [span.state for span in await centre.record.agents.now()] == [AgentState.READY]


async def test_a_telephone_that_does_not_answer_is_tried_a_few_times_and_then_said_so(centre: Centre) -> None:
    centre.switch.dead_phones.add("agent1")
    began = virtual_now()
    centre.roster.login("agent1")
    await centre.agent_is("agent1", AgentState.OFFLINE, within_s=200)
    assert (virtual_now() - began).total_seconds() == pytest.approx(CALL_IN_TRIES * CALL_IN_LIMIT_S, abs=0.1)
    assert centre.roster.agent("agent1").trouble == "the telephone does not answer"
    await until(lambda: centre.news.retained["agents/agent1"]["reason"] == "the telephone does not answer")
    called = [order.leg_id for order in centre.switch.orders if order.verb == "call_agent"]
    assert len(set(called)) == CALL_IN_TRIES  # an id is never used twice
    await until(lambda: centre.switch.legs == {})


async def test_a_switch_that_refuses_to_call_an_agent_is_asked_again(centre: Centre) -> None:
    centre.switch.refuse("call_agent", SwitchError("the connection is down"))
    await centre.log_in("agent1")


async def test_a_reserved_agent_without_a_call_is_free_again_within_a_second_and_keeps_the_place_in_line(
    centre: Centre,
) -> None:
    await centre.log_in("agent1", "agent2")
    taken = await centre.floor.take_agent("a1", ())
    assert taken == "agent1"
    centre.roster.reserve("agent1", "a1", wrap_up_s=30)
    await asyncio.sleep(0.99)
    assert centre.roster.agent("agent1").state is AgentState.RESERVED
    await asyncio.sleep(0.02)
    assert centre.roster.agent("agent1").state is AgentState.READY
    await until(lambda: "agent1" in centre.floor.shared.ready)
    assert await centre.floor.take_agent("a2", ()) == "agent1"


async def test_an_agent_whom_the_floor_gave_by_mistake_is_refused_and_shown_anew(centre: Centre) -> None:
    await centre.log_in("agent1")
    ready = centre.floor.shared.cards["agent1"]
    await talk(centre)
    await centre.floor.put_agent(ready)  # a card that came late
    assert await centre.floor.take_agent("a2", ()) == "agent1"
    with pytest.raises(ConflictError, match="TALKING"):
        centre.roster.reserve("agent1", "a2", wrap_up_s=30)
    await until(lambda: centre.floor.shared.cards["agent1"].state is AgentState.TALKING)
    assert "agent1" not in centre.floor.shared.ready


async def test_a_release_puts_an_agent_back_whom_only_the_floor_had_reserved(centre: Centre) -> None:
    await centre.log_in("agent1")
    assert await centre.floor.take_agent("a1", ()) == "agent1"
    centre.roster.release("agent1", "a1")
    await until(lambda: "agent1" in centre.floor.shared.ready)
    centre.roster.release("an agent of another node", "a1")


async def test_wrap_up_ends_by_its_time_with_a_gap_that_is_shown(centre: Centre) -> None:
    await centre.log_in("agent1")
    attempt_id = await talk(centre)
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    await asyncio.sleep(29.9)
    assert centre.roster.agent("agent1").state is AgentState.WRAP_UP
    await asyncio.sleep(0.2)
    assert centre.roster.agent("agent1").state is AgentState.READY
    row = await centre.row(attempt_id)
    assert row.disposition is Disposition.NOT_RECORDED
    assert row.wrapped_up_at


async def test_the_customers_card_leaves_the_screen_when_the_call_is_wrapped_up(centre: Centre) -> None:
    await centre.log_in("agent1")
    attempt_id = await talk(centre)
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    assert "agents/agent1/screen" in centre.news.retained
    given = ev.DispositionGiven(virtual_now(), attempt_id, Disposition.AGREED)
    centre.roster.disposed("agent1", given)
    assert centre.roster.agent("agent1").state is AgentState.READY
    assert "agents/agent1/screen" not in centre.news.retained


async def test_a_pause_asked_for_in_a_talk_begins_after_the_wrap_up(centre: Centre) -> None:
    await centre.log_in("agent1")
    attempt_id = await talk(centre)
    centre.roster.pause("agent1", "lunch")
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.PAUSED)
    await until(lambda: centre.floor.shared.cards["agent1"].reason == "lunch")
    assert "agent1" not in centre.floor.shared.ready
    centre.roster.ready("agent1")
    await until(lambda: "agent1" in centre.floor.shared.ready)


async def test_a_logout_asked_for_in_a_talk_waits_for_it(centre: Centre) -> None:
    await centre.log_in("agent1")
    attempt_id = await talk(centre)
    centre.roster.logout("agent1")
    await asyncio.sleep(5)
    assert centre.is_talking(attempt_id)
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.OFFLINE)
    await until(lambda: centre.switch.legs == {})


@pytest.mark.parametrize("state", ["offline", "calling in", "ready", "talking"])
async def test_dismissing_ends_the_leg_whatever_the_state(centre: Centre, state: str) -> None:
    if state == "calling in":
        centre.switch.dead_phones.add("agent1")
        centre.roster.login("agent1")
        await until(lambda: bool(centre.switch.legs))
    elif state != "offline":
        await centre.log_in("agent1")
    if state == "talking":
        await talk(centre)
    centre.roster.dismiss("agent1")
    await centre.agent_is("agent1", AgentState.OFFLINE)
    await until(lambda: centre.switch.legs == {})


async def test_a_floor_that_was_away_for_a_moment_learns_what_it_missed(centre: Centre) -> None:
    await centre.log_in("agent1")
    centre.roster.pause("agent1", "break")
    await until(lambda: "agent1" not in centre.floor.shared.ready)
    centre.floor.shared.down = True
    centre.roster.ready("agent1")
    await asyncio.sleep(5)
    centre.floor.shared.down = False  # the same Redis, with what it knew before
    await until(lambda: "agent1" in centre.floor.shared.ready, within_s=5)


async def test_an_empty_floor_is_told_who_is_where(centre: Centre) -> None:
    await centre.log_in("agent1")
    centre.floor.shared.restart()
    await centre.roster.show_all()
    assert {card.agent_id: card.state for card in await centre.floor.agents()} == {
        "agent1": AgentState.READY,
        "agent2": AgentState.OFFLINE,
    }
    assert await centre.floor.take_agent("a1", ()) == "agent1"


async def test_what_makes_no_sense_is_refused_with_the_reason(centre: Centre) -> None:
    with pytest.raises(NotFoundError, match="'ghost'"):
        centre.roster.login("ghost")
    for ask in (centre.roster.logout, centre.roster.ready):
        with pytest.raises(ConflictError, match="not logged in"):
            ask("agent1")
    with pytest.raises(ConflictError, match="not logged in"):
        centre.roster.pause("agent1", "break")
    await centre.log_in("agent1")
    with pytest.raises(ConflictError, match="READY"):
        centre.roster.login("agent1")
    assert [agent.agent_id for agent in centre.roster.agents()] == ["agent1", "agent2"]


async def test_events_of_a_former_leg_do_not_touch_the_present_one(centre: Centre) -> None:
    await centre.log_in("agent1")
    (former,) = centre.roster.legs()
    centre.switch.leave(former)
    await until(lambda: centre.roster.legs() != [former])
    await centre.agent_is("agent1", AgentState.READY)
    assert not centre.roster.hear(ev.LegEnded(virtual_now(), former, 16, "Normal Clearing", None))
    assert centre.roster.agent("agent1").state is AgentState.READY
    assert not centre.roster.hear(ev.LegRinging(virtual_now(), "a customer's leg"))


async def test_the_floor_is_told_in_order_however_slow_it_is(centre: Centre) -> None:
    await centre.log_in("agent1")
    centre.floor.shared.stuck = asyncio.Event()
    centre.roster.pause("agent1", "tea")
    await asyncio.sleep(0)
    centre.roster.ready("agent1")
    centre.roster.pause("agent1", "tea again")
    centre.floor.shared.stuck.set()
    await until(lambda: centre.floor.shared.cards["agent1"].reason == "tea again")
    await asyncio.sleep(0.1)
    assert centre.floor.shared.cards["agent1"].state is AgentState.PAUSED
    assert "agent1" not in centre.floor.shared.ready


async def test_an_agent_is_called_on_the_telephone_they_log_in_with_and_again_on_the_same(centre: Centre) -> None:
    centre.roster.login("agent1", Telephone.PAGE)
    await centre.agent_is("agent1", AgentState.READY)
    assert centre.news.retained["agents/agent1"]["telephone"] == "PAGE"
    await until(lambda: centre.floor.shared.cards["agent1"].telephone is Telephone.PAGE)
    (first,) = centre.roster.legs()
    centre.switch.leave(first)
    await until(lambda: centre.roster.legs() != [first] and centre.roster.agent("agent1").state is AgentState.READY)
    called = [order.what for order in centre.switch.orders if order.verb == "call_agent"]
    assert called == ["agent1.page", "agent1.page"]
    centre.roster.logout("agent1")
    await centre.agent_is("agent1", AgentState.OFFLINE)
    await centre.log_in("agent1")
    assert centre.news.retained["agents/agent1"]["telephone"] == "DESK"

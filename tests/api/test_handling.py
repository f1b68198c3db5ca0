"""What agents ask for in a talk, over HTTP: refused by its field or by the state, and done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.access import Role
from dialer.core.model import AgentState, Disposition
from tests.api.people import add_user, logged_in
from tests.fakes.virtual_time import until

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def talk(centre: Centre, *agents: str, **plan: Any) -> str:
    """A talk of agent1; the other agents are ready."""
    campaign = await centre.campaign(running=False, **plan)
    (lead,) = await centre.leads(campaign)
    await centre.log_in("agent1", *agents)
    attempt_id = await centre.place(campaign, lead)
    centre.switch.answer(attempt_id)
    await centre.agent_is("agent1", AgentState.TALKING)
    return attempt_id


async def test_a_talk_is_muted_held_and_dialled_into(console: httpx.AsyncClient, centre: Centre) -> None:
    attempt_id = await talk(centre)
    muted = (await console.post("/api/agents/agent1/mute", json={"on": True})).json()
    assert (muted["muted"], muted["attempt_id"]) == (True, attempt_id)
    assert (await console.post("/api/agents/agent1/mute", json={"on": False})).json()["muted"] is False
    await console.post("/api/agents/agent1/keys", json={"keys": "1#"})
    assert centre.switch.legs[attempt_id].keys == "1#"
    assert (await console.post("/api/agents/agent1/hold", json={"on": True})).json()["held_since"]
    twice = await console.post("/api/agents/agent1/hold", json={"on": True})
    assert (twice.status_code, "HELD" in twice.json()["detail"]) == (409, True)
    await until(lambda: centre.switch.legs[attempt_id].held)
    await console.post("/api/agents/agent1/hold", json={"on": False})
    await until(lambda: centre.is_talking(attempt_id))


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("keys", {"keys": "1,2"}, "keys"),
        ("keys", {"keys": "A"}, "keys"),
        ("keys", {"keys": ""}, "keys"),
        ("keys", {"keys": "1" * 21}, "keys"),
        ("mute", {}, "on"),
        ("hold", {"on": True, "music": "loud"}, "music"),
        ("transfer", {"to_agent": "a b"}, "to_agent"),
        ("wrap-up", {"seconds": 14}, "seconds"),
        ("wrap-up", {"seconds": 301}, "seconds"),
    ],
)
async def test_what_makes_no_sense_is_refused_by_its_field(
    console: httpx.AsyncClient, centre: Centre, path: str, body: dict[str, Any], field: str
) -> None:
    attempt_id = await talk(centre)
    answer = await console.post(f"/api/agents/agent1/{path}", json=body)
    assert (answer.status_code, field in answer.json()["detail"]) == (422, True)
    assert centre.switch.legs[attempt_id].keys == ""


async def test_a_wrap_up_is_extended_up_to_what_the_plan_allows(console: httpx.AsyncClient, centre: Centre) -> None:
    attempt_id = await talk(centre, wrap_up_s=30, wrap_up_longest_s=60)
    asked = {"seconds": 30}
    assert (await console.post("/api/agents/agent1/wrap-up", json=asked)).status_code == 409
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    first = centre.roster.agent("agent1").wrap_up_until
    assert first
    until_s = (await console.post("/api/agents/agent1/wrap-up", json=asked)).json()["wrap_up_until"]
    assert until_s == first.timestamp() + 30
    assert centre.news.retained["agents/agent1"]["wrap_up_until"] == until_s
    refused = await console.post("/api/agents/agent1/wrap-up", json=asked)
    assert (refused.status_code, "wrap_up_longest_s" in refused.json()["detail"]) == (409, True)


async def test_a_transfer_leaves_each_agent_their_own_word_and_the_last_agents_counts(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    attempt_id = await talk(centre, "agent2", wrap_up_s=600)
    takers = (await console.get("/api/agents/agent1/transfer")).json()
    assert takers == [{"agent_id": "agent2", "name": centre.settings.agents["agent2"].name}]
    done = await console.post("/api/agents/agent1/transfer", json={"to_agent": "agent2"})
    assert (done.status_code, done.json()["attempt_id"]) == (202, attempt_id)
    await centre.agent_is("agent2", AgentState.TALKING)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    # Whoever gave the customer away cannot end the other one's talk.
    refused = await console.post("/api/agents/agent1/hangup")
    assert (refused.status_code, "handed this call over" in refused.json()["detail"]) == (409, True)
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    for agent, word in (("agent2", "AGREED"), ("agent1", "UNDECIDED")):
        body = {"disposition": word, "note": agent, "attempt_id": attempt_id}
        assert (await console.post(f"/api/agents/{agent}/disposition", json=body)).status_code == 200
        await centre.agent_is(agent, AgentState.READY)
    row = await centre.row(attempt_id)
    assert (row.disposition, row.note, row.agent_id) == (Disposition.AGREED, "agent2", "agent2")
    (one,) = await centre.record.handovers.of(attempt_id)
    assert (one.disposition, one.note) == (Disposition.UNDECIDED, "agent1")
    assert ("transfer", attempt_id, "agent1 -> agent2") in {
        (line.what, line.subject, line.detail) for line in await centre.record.audit.latest()
    }


async def test_a_wish_never_to_be_called_holds_even_from_the_agent_who_gave_the_customer_away(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    attempt_id = await talk(centre, "agent2", wrap_up_s=600)
    await console.post("/api/agents/agent1/transfer", json={"to_agent": "agent2"})
    await centre.agent_is("agent2", AgentState.TALKING)
    centre.switch.leave(attempt_id)
    await centre.over(attempt_id)
    for agent, word in (("agent2", "UNDECIDED"), ("agent1", "DO_NOT_CALL")):
        body = {"disposition": word, "attempt_id": attempt_id}
        assert (await console.post(f"/api/agents/{agent}/disposition", json=body)).status_code == 200
    assert await centre.record.do_not_call.count() == 1


async def test_a_team_leader_takes_a_call_over_in_their_own_pause_and_nobody_elses(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    attempt_id = await talk(centre, "agent2")
    centre.roster.pause("agent2", "meeting")
    refused = await console.post("/api/agents/agent1/transfer", json={"to_agent": "agent2"})
    assert (refused.status_code, "to_agent" in refused.json()["detail"]) == (409, True)
    await add_user(centre.record, "mei", Role.TEAM_LEADER, agent_id="agent2")
    await add_user(centre.record, "li", Role.AGENT)
    del console.headers["authorization"]
    async with logged_in(console, "li") as other:
        assert (await other.post("/api/agents/agent1/transfer", json={"to_agent": "agent2"})).status_code == 403
    async with logged_in(console, "mei") as leader:
        done = await leader.post("/api/agents/agent1/transfer", json={"to_agent": "agent2"})
        assert done.status_code == 202, done.text
    await centre.agent_is("agent2", AgentState.TALKING)
    await centre.books.flush()
    assert [one.by for one in await centre.record.handovers.of(attempt_id)] == ["user:mei"]

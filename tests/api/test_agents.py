from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.model import AgentState, Disposition, LeadState, Outcome
from dialer.core.plan import Pacing
from tests.fakes.virtual_time import until
from tests.test_traffic import Listening

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def talk(centre: Centre) -> str:
    """A talk of agent1."""
    campaign = await centre.campaign(running=False)
    (lead,) = await centre.leads(campaign)
    await centre.log_in("agent1")
    attempt_id = await centre.place(campaign, lead)
    centre.switch.answer(attempt_id)
    await centre.agent_is("agent1", AgentState.TALKING)
    return attempt_id


async def test_an_agents_day(console: httpx.AsyncClient, centre: Centre) -> None:
    answer = await console.post("/api/agents/agent1/login")
    assert (answer.status_code, answer.json()["state"]) == (202, "CALLING_IN")
    await centre.agent_is("agent1", AgentState.READY)
    assert (await console.post("/api/agents/agent1/login")).status_code == 409
    paused = await console.post("/api/agents/agent1/pause", json={"reason": "午休"})
    assert (paused.json()["state"], paused.json()["reason"]) == ("PAUSED", "午休")
    assert (await console.post("/api/agents/agent1/ready")).json()["state"] == "READY"
    states = {card["agent_id"]: card["state"] for card in (await console.get("/api/agents")).json()}
    assert states == {"agent1": "READY", "agent2": "OFFLINE"}
    assert (await console.post("/api/agents/agent1/logout")).json()["state"] == "OFFLINE"


async def test_hanging_up_ends_the_customers_leg_and_keeps_the_agents(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    attempt_id = await talk(centre)
    answer = await console.post("/api/agents/agent1/hangup")
    assert answer.json() == {"attempt_id": attempt_id}
    assert (await centre.over(attempt_id)).hung_up_by == "AGENT"
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    again = await console.post("/api/agents/agent1/hangup")
    assert (again.status_code, "over already" in again.json()["detail"]) == (409, True)
    nothing = await console.post("/api/agents/agent2/hangup")
    assert (nothing.status_code, "in no call" in nothing.json()["detail"]) == (409, True)


async def test_a_disposition_in_wrap_up_frees_the_agent_and_settles_the_lead(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    attempt_id = await talk(centre)
    centre.switch.leave(attempt_id)
    await centre.agent_is("agent1", AgentState.WRAP_UP)
    body = {"disposition": "REFUSED", "reason": "too_expensive", "note": "太贵了"}
    answer = await console.post("/api/agents/agent1/disposition", json=body)
    assert answer.json() == {"attempt_id": attempt_id, "disposition": "REFUSED"}
    assert centre.roster.agent("agent1").state is AgentState.READY
    row = await centre.row(attempt_id)
    assert (row.outcome, row.disposition, row.note) == (Outcome.ANSWERED, Disposition.REFUSED, "太贵了")
    assert (await centre.lead(row.lead_id)).state is LeadState.FINISHED


async def test_pacing_hears_what_agents_say_of_talks_and_what_they_said_before(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    attempt_id = await talk(centre)
    row = await centre.row(attempt_id)
    listening = centre.switchboard.traffic.pacers[row.campaign_id] = Listening()
    for word in ("MACHINE", "REFUSED"):
        body = {"disposition": word, "attempt_id": attempt_id}
        assert (await console.post("/api/agents/agent1/disposition", json=body)).status_code == 200
    assert listening.said == [(None, Disposition.MACHINE), (Disposition.MACHINE, Disposition.REFUSED)]


async def test_the_last_word_counts_even_when_it_comes_late(console: httpx.AsyncClient, centre: Centre) -> None:
    attempt_id = await talk(centre)
    centre.switch.leave(attempt_id)
    await asyncio.sleep(60)
    assert (await centre.row(attempt_id)).disposition is Disposition.NOT_RECORDED
    wanted = datetime(2099, 1, 5, 2, 0, tzinfo=UTC)
    body = {"disposition": "CALL_BACK", "attempt_id": attempt_id, "call_back_at": "2099-01-05T10:00:00+08:00"}
    assert (await console.post("/api/agents/agent1/disposition", json=body)).status_code == 200
    row = await centre.row(attempt_id)
    assert (row.disposition, row.call_back_at) == (Disposition.CALL_BACK, wanted)
    assert (await centre.lead(row.lead_id)).due_at == wanted


PAST = (datetime.now(UTC) - timedelta(hours=1)).isoformat()


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        ({"disposition": "CALL_BACK"}, 422, "call_back_at"),
        ({"disposition": "CALL_BACK", "call_back_at": PAST}, 422, "past"),
        ({"disposition": "CALL_BACK", "call_back_at": "2099-01-05T10:00:00"}, 422, "call_back_at"),
        ({"disposition": "HAPPY"}, 422, "disposition"),
        ({"disposition": "AGREED", "mood": "fine"}, 422, "mood"),
        ({"disposition": "AGREED", "note": "x" * 2001}, 422, "note"),
        ({"disposition": "AGREED", "attempt_id": "ghost"}, 404, "ghost"),
    ],
)
async def test_a_disposition_that_makes_no_sense_is_refused_by_its_key(
    console: httpx.AsyncClient, centre: Centre, body: dict[str, Any], status: int, words: str
) -> None:
    attempt_id = await talk(centre)
    answer = await console.post("/api/agents/agent1/disposition", json=body)
    assert answer.status_code == status
    assert words in str(answer.json()["detail"])
    assert (await centre.row(attempt_id)).disposition is None


@pytest.mark.parametrize(("agent_id", "status"), [("agent2", 409), ("ghost", 404)])
async def test_nobody_speaks_of_anothers_call(
    console: httpx.AsyncClient, centre: Centre, agent_id: str, status: int
) -> None:
    attempt_id = await talk(centre)
    await centre.books.flush()
    body = {"disposition": "AGREED", "attempt_id": attempt_id}
    assert (await console.post(f"/api/agents/{agent_id}/disposition", json=body)).status_code == status
    assert (await centre.row(attempt_id)).disposition is None


async def test_an_unknown_agent_records_nothing_of_a_call_that_was_nobodys(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    campaign = await centre.campaign(running=False)
    (lead,) = await centre.leads(campaign)
    attempt_id = await centre.place(campaign, lead)
    body = {"disposition": "DO_NOT_CALL", "attempt_id": attempt_id}
    assert (await console.post("/api/agents/ghost/disposition", json=body)).status_code == 404
    assert (await centre.row(attempt_id)).disposition is None
    assert await centre.record.do_not_call.count() == 0


async def test_an_agent_previews_a_lead_and_calls_it(console: httpx.AsyncClient, centre: Centre) -> None:
    campaign = await centre.campaign(pacing=Pacing.model_validate({"mode": "preview"}))
    (lead,) = await centre.leads(campaign, attributes={"城市": "上海"})
    await centre.log_in("agent1")
    await until(lambda: bool(centre.campaigns.summaries()))
    shown = (await console.post("/api/agents/agent1/preview", json={"campaign": "autumn"})).json()
    assert (shown["lead_id"], shown["attributes"]) == (lead.lead_id, {"城市": "上海"})
    asked = await console.post("/api/agents/agent1/preview", json={"campaign": "autumn", "lead_id": lead.lead_id})
    await until(lambda: centre.switch.placed() == [asked.json()["attempt_id"]])
    refused = await console.post("/api/agents/agent2/preview", json={"campaign": "autumn"})
    assert refused.status_code == 409
    assert (await console.post("/api/agents/agent1/preview", json={"campaign": "winter"})).status_code == 404


@pytest.mark.parametrize(
    ("body", "telephone"),
    [(None, "DESK"), ({}, "DESK"), ({"telephone": "page"}, "PAGE"), ({"telephone": "PAGE"}, "PAGE")],
)
async def test_an_agent_logs_in_with_the_telephone_they_name(
    console: httpx.AsyncClient, centre: Centre, body: object, telephone: str
) -> None:
    answer = await console.post("/api/agents/agent1/login", json=body)
    assert answer.status_code == 202
    await centre.agent_is("agent1", AgentState.READY)
    assert centre.news.retained["agents/agent1"]["telephone"] == telephone
    answer = await console.post("/api/agents/agent2/login", json={"telephone": "mobile"})
    assert (answer.status_code, "telephone" in answer.json()["detail"]) == (422, True)

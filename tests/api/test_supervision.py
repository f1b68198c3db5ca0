from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in
from tests.fakes.virtual_time import until

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def people(centre: Centre) -> None:
    """Two teams of one agent each; Ada leads the first, and works as agent2 when she takes calls herself."""
    await add_user(centre.record, "li", Role.AGENT, team="north", agent_id="agent1")
    await add_user(centre.record, "ada", Role.TEAM_LEADER, team="north", agent_id="agent2")
    await add_user(centre.record, "eve", Role.TEAM_LEADER, team="south")
    await add_user(centre.record, "olga", Role.OPERATOR)
    await centre.log_in("agent1")


@pytest.mark.usefixtures("people")
async def test_a_team_leader_listens_whispers_and_leaves(centre: Centre, stranger: httpx.AsyncClient) -> None:
    async with logged_in(stranger, "ada") as ada, logged_in(stranger, "eve") as eve:
        begun = await ada.post("/api/agents/agent1/listen", json={"mode": "LISTEN"})
        assert (begun.status_code, begun.json()["who"]) == (202, "user:ada"), begun.text
        supervisor = centre.supervision.of("agent1")
        assert supervisor
        await until(lambda: supervisor.up)
        assert (await ada.post("/api/agents/agent1/listen", json={"mode": "WHISPER"})).json()["mode"] == "WHISPER"
        assert [one["mode"] for one in (await ada.get("/api/supervision")).json()] == ["WHISPER"]
        assert (await eve.get("/api/supervision")).json() == []
        assert (await eve.delete("/api/agents/agent1/listen")).status_code == 403
        assert (await ada.post("/api/agents/agent1/listen", json={"mode": "BARGE"})).status_code == 409
        assert (await ada.delete("/api/agents/agent1/listen")).status_code == 204
        assert (await ada.get("/api/supervision")).json() == []


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("username", ["li", "eve", "olga"])
async def test_whoever_may_not_listen_is_refused(centre: Centre, stranger: httpx.AsyncClient, username: str) -> None:
    async with logged_in(stranger, username) as browser:
        refused = await browser.post("/api/agents/agent1/listen", json={})
        assert refused.status_code == 403, refused.text
    assert centre.supervision.supervisors() == []


@pytest.mark.usefixtures("people")
async def test_a_system_without_a_telephone_cannot_listen(console: httpx.AsyncClient) -> None:
    refused = await console.post("/api/agents/agent1/listen", json={"mode": "LISTEN"})
    assert (refused.status_code, "works as no agent" in refused.text) == (409, True)
    assert (await console.post("/api/agents/nobody/listen", json={})).status_code == 404


@pytest.mark.usefixtures("people")
async def test_a_message_goes_to_the_agent_who_says_that_it_was_read(stranger: httpx.AsyncClient) -> None:
    async with logged_in(stranger, "ada") as ada, logged_in(stranger, "li") as li, logged_in(stranger, "eve") as eve:
        assert (await eve.post("/api/agents/agent1/message", json={"text": "hello"})).status_code == 403
        sent = await ada.post("/api/agents/agent1/message", json={"text": "慢一点"})
        assert sent.status_code == 201, sent.text
        where = f"/api/agents/agent1/message/{sent.json()['message_id']}/read"
        assert (await ada.post(where)).status_code == 403  # nobody else can have read it
        assert (await li.post(where)).json()["read_at"]
        assert (await li.post("/api/agents/agent1/message/none/read")).status_code == 404


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize("text", ["", "  ", "x" * 501, "a\x00b"])
async def test_a_message_that_says_nothing_or_too_much_is_refused(console: httpx.AsyncClient, text: str) -> None:
    refused = await console.post("/api/agents/agent1/message", json={"text": text})
    assert (refused.status_code, "text" in refused.json()["detail"]) == (422, True)

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time
ADA = {"username": "ada", "name": "王爱达", "role": "AGENT", "agent_id": "agent1", "team": "north"}


async def test_a_user_is_made_and_must_choose_a_password_first(
    console: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    made = await console.post("/api/users", json=ADA)
    assert made.status_code == 201
    password = made.json()["password"]
    assert (await console.post("/api/users", json=ADA)).status_code == 409
    listed = (await console.get("/api/users")).json()
    assert [(one["username"], one["name"]) for one in listed] == [("ada", "王爱达")]
    assert "password" not in str(listed)
    del stranger.headers["authorization"]
    entered = await stranger.post("/api/session", json={"username": "ada", "password": password})
    assert (entered.json()["password_is_new"], entered.json()["rights"]) == (True, [])
    assert (await stranger.post("/api/agents/agent1/login")).status_code == 403


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"agent_id": "ghost"}, "agent_id"),
        ({"username": "a b"}, "username"),
        ({"name": ""}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"role": "KING"}, "role"),
        ({"rights": ["MANAGE_USERS"]}, "rights"),
    ],
)
async def test_what_is_no_user_is_refused_by_its_field(
    console: httpx.AsyncClient, change: dict[str, object], named: str
) -> None:
    answer = await console.post("/api/users", json=ADA | change)
    assert answer.status_code == 422
    assert named in answer.text
    assert (await console.get("/api/users")).json() == []


async def test_a_user_is_changed_disabled_and_given_a_password(console: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.AGENT, agent_id="agent1")
    changed = await console.patch("/api/users/ada", json={"role": "REVIEWER", "agent_id": None})
    assert (changed.json()["role"], changed.json()["agent_id"], changed.json()["name"]) == ("REVIEWER", None, "Ada")
    assert (await console.patch("/api/users/ada", json={"disabled": True})).json()["disabled_at"] is not None
    assert (await console.patch("/api/users/ada", json={"disabled": False})).json()["disabled_at"] is None
    assert (await console.patch("/api/users/ada", json={})).status_code == 422
    assert len((await console.post("/api/users/ada/password")).json()["password"]) >= 16
    assert (await console.patch("/api/users/ghost", json={"disabled": True})).status_code == 404
    assert (await console.post("/api/users/ghost/password")).status_code == 404


async def test_nobody_locks_themselves_out(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "root", Role.ADMIN)
    async with logged_in(stranger, "root") as root:
        for change in ({"disabled": True}, {"role": "AGENT"}):
            assert (await root.patch("/api/users/root", json=change)).status_code == 409
        assert (await root.patch("/api/users/root", json={"name": "Root"})).status_code == 200


async def test_sessions_are_seen_and_ended(
    console: httpx.AsyncClient, stranger: httpx.AsyncClient, centre: Centre
) -> None:
    await add_user(centre.record, "ada", Role.REVIEWER)
    async with logged_in(stranger, "ada") as ada:
        (open_now,) = (await console.get("/api/sessions")).json()
        assert open_now["username"] == "ada"
        path = f"/api/sessions/{open_now['session_id']}"
        assert (await console.delete(path)).status_code == 204
        assert (await console.delete(path)).status_code == 404
        assert (await ada.get("/api/session")).status_code == 401


async def test_a_token_opens_what_it_was_made_for_and_nothing_once_revoked(
    console: httpx.AsyncClient, stranger: httpx.AsyncClient
) -> None:
    made = await console.post("/api/tokens", json={"name": "wallboard", "rights": ["SEE_FLOOR"]})
    assert made.status_code == 201
    headers = {"authorization": f"Bearer {made.json()['token']}"}
    assert (await stranger.get("/api/agents", headers=headers)).status_code == 200
    assert (await stranger.get("/api/users", headers=headers)).status_code == 403
    assert "token" not in (await console.get("/api/tokens")).json()[0]
    assert (await console.delete("/api/tokens/wallboard")).status_code == 204
    assert (await stranger.get("/api/agents", headers=headers)).status_code == 401
    assert (await console.delete("/api/tokens/wallboard")).status_code == 404
    assert (await console.post("/api/tokens", json={"name": "none", "rights": []})).status_code == 422


async def test_the_audit_trail_tells_who_did_it(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "root", Role.ADMIN)
    async with logged_in(stranger, "root") as root:
        await root.post("/api/users", json=ADA)
        newest = (await root.get("/api/audit", params={"limit": 1})).json()
    assert [(line["who"], line["what"], line["subject"]) for line in newest] == [("user:root", "user made", "ada")]

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.api.interface import COOKIE
from dialer.core.access import Role
from tests.api.people import PASSWORD, add_user, logged_in

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def test_a_session_is_begun_used_and_ended(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.OPERATOR, team="north")
    assert (await stranger.get("/api/session")).status_code == 401
    answer = await stranger.post("/api/session", json={"username": "ada", "password": PASSWORD})
    assert answer.status_code == 200
    assert {"username": "ada", "role": "OPERATOR", "team": "north", "password_is_new": False}.items() <= (
        answer.json().items()
    )
    assert "STEER_CAMPAIGNS" in answer.json()["rights"]
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert (await stranger.get("/api/session")).json() == answer.json()
    assert (await stranger.get("/api/campaigns")).status_code == 200
    secret = stranger.cookies[COOKIE]
    assert (await stranger.delete("/api/session")).status_code == 204
    stranger.cookies.set(COOKIE, secret)
    assert (await stranger.get("/api/session")).status_code == 401
    assert (await stranger.get("/api/campaigns")).status_code == 401


async def test_over_tls_the_cookie_never_travels_in_the_clear(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.OPERATOR)
    answer = await stranger.post("https://ringpace/api/session", json={"username": "ada", "password": PASSWORD})
    assert "Secure" in answer.headers["set-cookie"]


async def test_wrong_passwords_are_refused_and_then_have_to_wait(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.OPERATOR)
    for _ in range(5):
        answer = await stranger.post("/api/session", json={"username": "ada", "password": "wrong"})
        assert (answer.status_code, COOKIE in stranger.cookies) == (401, False)
    answer = await stranger.post("/api/session", json={"username": "ada", "password": PASSWORD})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("body", [{}, {"username": "a b", "password": "x"}, {"username": "ada"}, [], "x"])
async def test_what_is_no_log_in_is_refused(stranger: httpx.AsyncClient, body: object) -> None:
    assert (await stranger.post("/api/session", json=body)).status_code == 422


async def test_a_password_is_changed_by_its_owner(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.OPERATOR)
    async with logged_in(stranger, "ada") as ada:
        wrong = await ada.post("/api/session/password", json={"old": "wrong", "new": "a new one, long enough"})
        assert wrong.status_code == 401
        short = await ada.post("/api/session/password", json={"old": PASSWORD, "new": "short"})
        assert short.status_code == 422
        assert "short" not in short.text
        changed = await ada.post("/api/session/password", json={"old": PASSWORD, "new": "a new one, long enough"})
        assert changed.status_code == 204
        assert (await ada.get("/api/session")).status_code == 401
    answer = await stranger.post("/api/session", json={"username": "ada", "password": "a new one, long enough"})
    assert answer.status_code == 200


async def test_a_page_of_another_site_changes_nothing(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.OPERATOR)
    async with logged_in(stranger, "ada") as ada:
        order = {"do": "pause"}
        path = "/api/campaigns/ghost/commands"
        assert (await ada.post(path, json=order, headers={"origin": "http://evil.example"})).status_code == 403
        assert (await ada.post(path, json=order, headers={"origin": "null"})).status_code == 403
        assert (await ada.post(path, json=order, headers={"origin": "http://ringpace"})).status_code == 404
        assert (await ada.get("/api/campaigns", headers={"origin": "http://evil.example"})).status_code == 200


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.AGENT, "/api/campaigns", 403),
        (Role.AGENT, "/api/agents", 403),
        (Role.REVIEWER, "/api/agents", 403),
        (Role.REVIEWER, "/api/users", 403),
        (Role.OPERATOR, "/api/users", 403),
        (Role.OPERATOR, "/api/audit", 403),
        (Role.OPERATOR, "/api/agents", 200),
        (Role.TEAM_LEADER, "/api/campaigns", 200),
        (Role.ADMIN, "/api/users", 200),
        (Role.ADMIN, "/api/audit", 200),
    ],
)
async def test_who_may_see_what(
    stranger: httpx.AsyncClient, centre: Centre, role: Role, path: str, status: int
) -> None:
    await add_user(centre.record, "ada", role, agent_id="agent1")
    async with logged_in(stranger, "ada") as ada:
        answer = await ada.get(path)
        assert answer.status_code == status
        assert status == 200 or "user:ada may not do this" in answer.json()["detail"]


async def test_an_agent_works_as_one_agent_only(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.AGENT, agent_id="agent1")
    await add_user(centre.record, "lee", Role.TEAM_LEADER)
    async with logged_in(stranger, "ada") as ada, logged_in(stranger, "lee") as lee:
        assert (await ada.post("/api/agents/agent2/login")).status_code == 403
        assert (await ada.post("/api/agents/agent1/login")).status_code == 202
        assert (await lee.post("/api/agents/agent2/login")).status_code == 202

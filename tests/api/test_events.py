from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from dialer.api.app import listen, serve_http
from dialer.api.events import PING_S, may_see
from dialer.core.access import RIGHTS, Caller, Right, Role
from dialer.core.errors import RecordError
from dialer.settings import HttpSettings
from lab.plan import Ports
from tests.api.people import add_user, logged_in
from tests.fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from fastapi import FastAPI

    from dialer.news.push import Push
    from tests.fakes.centre import Centre

    Way = Callable[[httpx.AsyncClient, Centre], Awaitable[object]]

PATIENCE_S = 10
PING = ": nothing new"

OWN = (
    *("agents/agent1", "agents/agent1/screen", "agents/agent1/message", "agents/agent1/supervised"),
    "campaigns/1",
)
FLOOR = (
    *OWN,
    "supervision/agent1",
    "agents/agent2",
    "agents/agent2/screen",
    "campaigns/1/quality",
    "calls/a1",
    "service/node1",
)
NOBODYS = ("supervised/agent1", "replies/campaigns/1", "commands/campaigns/1", "agentsfile/agent1", "")


def told(text: str) -> list[tuple[str, Any]]:
    """The events of a stream as `(event, what the JSON says)`, pings left out."""
    frames = [frame for frame in text.split("\n\n") if frame and frame != PING]
    lines = [frame.split("\n") for frame in frames]
    assert all(len(pair) == 2 for pair in lines), frames
    return [(event.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for event, data in lines]


def topics(events: list[tuple[str, Any]]) -> set[str]:
    return {topic for kind, one in events for topic in (one if kind == "snapshot" else [one["topic"]])}


@asynccontextmanager
async def reading(client: httpx.AsyncClient, push: Push) -> AsyncIterator[asyncio.Task[httpx.Response]]:
    """A stream that is being read; the transport hands it over once it has ended."""
    answer = asyncio.ensure_future(client.get("/api/events"))
    await until(lambda: push.readers == 1 or answer.done())
    yield answer
    push.close()
    await answer


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (Caller("user:a", RIGHTS[Role.AGENT], agent_id="agent1"), set(OWN)),
        (Caller("user:a", RIGHTS[Role.AGENT]), {"campaigns/1"}),
        (Caller("user:a", RIGHTS[Role.AGENT], agent_id="agent"), {"campaigns/1"}),
        (Caller("user:l", RIGHTS[Role.TEAM_LEADER]), set(FLOOR)),
        (Caller("user:o", RIGHTS[Role.OPERATOR]), set(FLOOR)),
        (Caller("user:x", RIGHTS[Role.ADMIN], agent_id="agent1"), set(FLOOR)),
        (Caller("user:r", RIGHTS[Role.REVIEWER], agent_id="agent1"), set()),
        (Caller("token:crm", frozenset({Right.LOAD_LEADS})), set()),
    ],
)
def test_everybody_sees_their_own_part_of_the_floor(caller: Caller, seen: set[str]) -> None:
    assert {topic for topic in (*FLOOR, *NOBODYS) if may_see(caller, topic)} == seen


def test_whoever_leads_a_team_sees_no_agents_of_others() -> None:
    leader = Caller("user:l", RIGHTS[Role.TEAM_LEADER], agent_id="agent9", team="north")
    seen = {topic for topic in (*FLOOR, *NOBODYS) if may_see(leader, topic, {"agent1"})}
    others = {topic for topic in FLOOR if topic.startswith(("agents/", "supervision/")) and "/agent1" not in topic}
    assert others
    assert seen == set(FLOOR) - others


@pytest.mark.virtual_time
async def test_strangers_see_nothing_nor_do_those_without_the_right(
    stranger: httpx.AsyncClient, centre: Centre
) -> None:
    assert (await stranger.get("/api/events")).status_code == 401
    await add_user(centre.record, "rita", Role.REVIEWER)
    async with logged_in(stranger, "rita") as browser:
        refused = await browser.get("/api/events")
    assert (refused.status_code, "SEE_FLOOR or TAKE_CALLS" in refused.json()["detail"]) == (403, True)


@pytest.mark.virtual_time
@pytest.mark.parametrize(("role", "seen"), [(Role.AGENT, set(OWN)), (Role.OPERATOR, set(FLOOR))])
async def test_a_stream_begins_with_a_snapshot_and_goes_on_with_the_news(
    stranger: httpx.AsyncClient, centre: Centre, push: Push, role: Role, seen: set[str]
) -> None:
    await add_user(centre.record, "ada", role, agent_id="agent1")
    for topic in FLOOR:
        push.tell(topic, {"of": topic}, retain=True)
    async with logged_in(stranger, "ada") as browser, reading(browser, push) as stream:
        for topic in (*FLOOR, *NOBODYS):
            push.tell(topic, {"now": topic})
        push.tell("agents/agent1/screen", None, retain=True)
    answer = await stream
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
    snapshot, *news, cleared = [event for event in told(answer.text) if event[1].get("topic") != "service/node1"]
    assert snapshot == ("snapshot", {topic: {"of": topic} for topic in FLOOR if topic in seen})
    expected = [topic for topic in FLOOR if topic in seen - {"service/node1"}]
    assert news == [("news", {"topic": topic, "payload": {"now": topic}}) for topic in expected]
    assert cleared == ("news", {"topic": "agents/agent1/screen", "payload": None})


async def _log_out(browser: httpx.AsyncClient, _centre: Centre) -> None:
    assert (await browser.delete("/api/session")).status_code == 204


async def _another_role(_browser: httpx.AsyncClient, centre: Centre) -> None:
    await centre.record.users.change("ada", {"role": Role.REVIEWER}, who="test", now=virtual_now())


async def _another_agent(_browser: httpx.AsyncClient, centre: Centre) -> None:
    await centre.record.users.change("ada", {"agent_id": "agent2"}, who="test", now=virtual_now())


async def _disable(_browser: httpx.AsyncClient, centre: Centre) -> None:
    await centre.record.users.change("ada", {"disabled_at": virtual_now()}, who="test", now=virtual_now())


@pytest.mark.virtual_time
@pytest.mark.parametrize("way", [_log_out, _another_role, _another_agent, _disable])
async def test_a_stream_ends_soon_after_its_session_also_when_it_is_busy(
    stranger: httpx.AsyncClient, centre: Centre, push: Push, way: Way
) -> None:
    await add_user(centre.record, "ada", Role.AGENT, agent_id="agent1")
    async with logged_in(stranger, "ada") as browser, reading(browser, push) as stream:
        for second in range(int(PING_S * 3)):
            if second == PING_S * 2:
                assert push.readers == 1
                await way(browser, centre)
            push.tell("campaigns/1", {"second": second}, retain=True)
            await asyncio.sleep(1)
        await until(lambda: push.readers == 0, within_s=2)
    text = (await stream).text
    assert PING in text
    *_, last = told(text)
    assert PING_S * 2 - 1 <= last[1]["payload"]["second"] <= PING_S * 3


@pytest.mark.virtual_time
async def test_the_stream_of_a_token_ends_when_it_is_revoked(
    console: httpx.AsyncClient, centre: Centre, push: Push
) -> None:
    made = await console.post("/api/tokens", json={"name": "wallboard", "rights": ["SEE_FLOOR"]})
    console.headers["authorization"] = f"Bearer {made.json()['token']}"
    async with reading(console, push):
        await asyncio.sleep(PING_S * 4)
        assert push.readers == 1
        await centre.record.users.revoke("wallboard", who="test", now=virtual_now())
        await until(lambda: push.readers == 0, within_s=PING_S + 2)


@pytest.mark.virtual_time
async def test_a_record_that_is_away_ends_no_stream(
    stranger: httpx.AsyncClient, centre: Centre, push: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RecordError("the database is away")

    await add_user(centre.record, "olga", Role.OPERATOR)
    async with logged_in(stranger, "olga") as browser, reading(browser, push) as stream:
        monkeypatch.setattr(centre.record.users, "of_session", fail)
        await asyncio.sleep(PING_S * 2 + 1)
        push.tell("calls/a1", {})
    answer = await stream
    assert answer.text.count(PING) == 2
    assert "calls/a1" in topics(told(answer.text))


# --- over a socket ----------------------------------------------------------------------------------


@asynccontextmanager
async def served(app: FastAPI, token: str) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.Task[None]]]:
    """Somebody with the token, and the server they ask."""
    settings = HttpSettings.model_validate({"port": Ports.free().http, "token": token})
    serving = asyncio.create_task(serve_http(app, listen(settings)))
    headers = {"authorization": f"Bearer {token}"}
    base_url = f"http://127.0.0.1:{settings.port}"
    try:
        async with asyncio.timeout(PATIENCE_S), httpx.AsyncClient(base_url=base_url, headers=headers) as client:
            yield client, serving
    finally:
        serving.cancel()
        await asyncio.wait([serving])


@pytest.fixture
async def server(app: FastAPI, centre: Centre) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.Task[None]]]:
    async with served(app, centre.settings.http.token.get_secret_value()) as both:
        yield both


async def test_news_comes_at_once_and_whoever_goes_is_forgotten_at_once(
    server: tuple[httpx.AsyncClient, asyncio.Task[None]], push: Push
) -> None:
    client, _serving = server
    async with client.stream("GET", "/api/events") as answer:
        lines = answer.aiter_lines()
        assert await anext(lines) == "event: snapshot"
        for count in range(3):
            push.tell("calls/a1", {"count": count})
            assert await _next_news(lines) == {"topic": "calls/a1", "payload": {"count": count}}
        assert push.readers == 1
    await until(lambda: push.readers == 0, within_s=PING_S / 3)


async def _next_news(lines: AsyncIterator[str]) -> Any:
    async for line in lines:
        if line == "event: news":
            return json.loads((await anext(lines)).removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_a_stream_ends_in_order_when_the_service_goes_down(
    server: tuple[httpx.AsyncClient, asyncio.Task[None]], push: Push
) -> None:
    client, serving = server
    async with client.stream("GET", "/api/events") as answer:
        await until(lambda: push.readers == 1)
        push.close()
        serving.cancel()
        text = (await answer.aread()).decode()
    assert told(text)[-1] == ("news", {"topic": "service/node1", "payload": {"state": "down"}})
    await asyncio.wait([serving], timeout=1)
    assert serving.done()


async def test_an_open_stream_does_not_hold_up_a_server_that_is_cancelled(
    server: tuple[httpx.AsyncClient, asyncio.Task[None]], push: Push
) -> None:
    client, serving = server
    async with client.stream("GET", "/api/events") as answer:
        await until(lambda: push.readers == 1)
        serving.cancel()
        with pytest.raises(httpx.RemoteProtocolError):  # cut off in the middle: nobody told the stream to end
            await answer.aread()
    await asyncio.wait([serving], timeout=3)
    assert (serving.done(), push.readers) == (True, 0)

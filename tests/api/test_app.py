from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, cast

import httpx
import pytest
from pydantic import SecretStr

from dialer.api.app import build_app, listen, serve_http
from dialer.core.errors import RecordError
from dialer.settings import HttpSettings
from lab.plan import Ports

if TYPE_CHECKING:
    from dialer.api.interface import Interface
    from tests.fakes.centre import Centre


def test_answers_do_not_wait_for_the_other_sides_acknowledgement() -> None:
    door = listen(HttpSettings(port=0, token=SecretStr("of this test")))
    with door.socket as listening, socket.create_connection(listening.getsockname()), listening.accept()[0] as taken:
        assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


@pytest.mark.virtual_time
@pytest.mark.parametrize("path", ["/api/agents", "/api/campaigns"])
@pytest.mark.parametrize("header", [None, "Bearer wrong", "Bearer ", "Bearer \u00e9", "Basic a25vd24="])
async def test_who_does_not_know_the_token_is_not_let_in(
    stranger: httpx.AsyncClient, path: str, header: str | None
) -> None:
    headers = {} if header is None else {b"authorization": header.encode()}
    answer = await stranger.get(path, headers=headers)
    assert answer.status_code == 401
    assert "token" in answer.json()["detail"]


@pytest.mark.virtual_time
async def test_errors_keep_their_words_and_get_the_status_that_fits(
    console: httpx.AsyncClient, centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {
        "/api/agents/ghost/login": (404, "ghost"),
        "/api/agents/agent1/logout": (409, "not logged in"),
        "/api/agents/no such id!/login": (422, None),
    }
    for path, (status, words) in asked.items():
        answer = await console.post(path)
        assert answer.status_code == status
        assert words is None or words in answer.json()["detail"]

    async def fail(_name: str) -> None:
        raise RecordError("the database is away")

    monkeypatch.setattr(centre.record.campaigns, "get", fail)
    answer = await console.post("/api/campaigns/autumn/commands", json={"do": "pause"})
    assert (answer.status_code, answer.json()) == (503, {"detail": "the database is away"})


async def test_it_is_served_until_it_is_cancelled() -> None:
    settings = HttpSettings.model_validate({"port": Ports.free().http, "token": "known"})
    app = build_app(cast("Interface", None))  # what is asked for here needs no service
    serving = asyncio.create_task(serve_http(app, listen(settings)))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{settings.port}") as client, asyncio.timeout(15):
        while True:
            try:
                answer = await client.get("/api/openapi.json")
                break
            except httpx.TransportError:
                await asyncio.sleep(0.02)
    assert answer.json()["info"]["title"] == "Ringpace"
    serving.cancel()
    await asyncio.wait([serving], timeout=15)
    assert serving.done()

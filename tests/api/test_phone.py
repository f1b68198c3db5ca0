"""The door of the telephone in the page: a real server, real WebSockets, and somebody who plays Asterisk behind it."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from dialer.api import phone
from dialer.api.app import listen, serve_http
from dialer.api.interface import COOKIE
from dialer.core.access import Role
from dialer.core.telephone import page_password
from dialer.settings import HttpSettings
from lab.plan import Ports
from lab.process import until
from tests.api.people import add_user, logged_in
from tests.fakes.centre import Centre
from tests.fakes.certificates import authority, issued

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx
    from fastapi import FastAPI
    from websockets.asyncio.client import ClientConnection

SIP = Subprotocol("sip")
_TOO_BIG = 1009
"""RFC 6455, section 7.4.1."""


class PlayedAsterisk:
    """Answers every message with its own words turned into capitals, and hangs up when it is told to."""

    def __init__(self, settings: dict[str, object]) -> None:
        self.settings = settings
        self.connections: list[ServerConnection] = []

    async def hear(self, connection: ServerConnection) -> None:
        assert connection.subprotocol == "sip"
        self.connections.append(connection)
        async for message in connection:
            if message == "GO":
                return
            await connection.send(message.upper())


@pytest.fixture
def wire() -> str:
    """How Asterisk is reached: in the clear, in TLS, or in TLS where a stranger has its place."""
    return "clear"


@pytest.fixture
async def asterisk(wire: str, tmp_path: Path) -> AsyncIterator[PlayedAsterisk]:
    port, settings, tls = Ports.free().phone, dict[str, object](), None
    if wire != "clear":
        ca, stranger = authority(tmp_path / "ca"), authority(tmp_path / "stranger")
        shown = issued(ca if wire == "tls" else stranger, tmp_path / "shown", "IP:127.0.0.1")
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(shown.cert, shown.key)
        settings = {"tls": True, "ca_file": ca.cert}
    played = PlayedAsterisk(settings | {"port": port})
    async with serve(played.hear, "127.0.0.1", port, subprotocols=[SIP], ssl=tls):
        yield played


@pytest.fixture
async def centre(tmp_path: Path, asterisk: PlayedAsterisk) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": ()}, telephone=asterisk.settings) as opened:
        yield opened


@pytest.fixture
async def host(app: FastAPI) -> AsyncIterator[str]:
    """Where the application is served."""
    settings = HttpSettings.model_validate({"port": Ports.free().http, "token": "known"})
    serving = asyncio.create_task(serve_http(app, listen(settings)))
    yield f"127.0.0.1:{settings.port}"
    serving.cancel()
    await asyncio.wait([serving], timeout=15)


@pytest.fixture
async def ada(stranger: httpx.AsyncClient, centre: Centre) -> AsyncIterator[httpx.AsyncClient]:
    await add_user(centre.record, "ada", Role.AGENT, agent_id="agent1")
    async with logged_in(stranger, "ada") as browser:
        yield browser


@asynccontextmanager
async def page(host: str, browser: httpx.AsyncClient, origin: str | None = None) -> AsyncIterator[ClientConnection]:
    """The telephone of a page of this browser."""
    cookie = {"cookie": f"{COOKIE}={browser.cookies.get(COOKIE, '')}"}
    asked = connect(
        f"ws://{host}/api/phone",
        origin=Origin(origin or f"http://{host}"),
        subprotocols=[SIP],
        additional_headers=cookie,
        proxy=None,
    )
    async with asyncio.timeout(20), asked as connection:
        yield connection


async def code_of(connection: ClientConnection) -> int | None:
    """With which word the door was shut."""
    async with asyncio.timeout(20):
        await connection.wait_closed()
    return connection.close_code


@pytest.mark.parametrize("wire", ["clear", "tls"])
async def test_a_page_speaks_with_asterisk(host: str, ada: httpx.AsyncClient) -> None:
    async with page(host, ada) as connection:
        assert connection.subprotocol == "sip"
        await connection.send("register sip:王@ringpace")
        assert await connection.recv() == "REGISTER SIP:王@RINGPACE"
        await connection.send("go")  # capitals alone are an order
        assert await connection.recv() == "GO"
        await connection.send("GO")
        assert await code_of(connection) == phone.FAR_END_GONE


async def test_only_an_agents_own_page_is_let_in(host: str, stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.AGENT, agent_id="agent1")
    await add_user(centre.record, "olga", Role.OPERATOR)
    async with logged_in(stranger, "ada") as ada, logged_in(stranger, "olga") as olga:
        for browser, origin in ((stranger, None), (olga, None), (ada, "https://elsewhere.example"), (ada, "null")):
            with pytest.raises(InvalidStatus) as refused:
                async with page(host, browser, origin):
                    pass
            assert refused.value.response.status_code == 403


async def test_the_page_that_came_last_has_the_telephone(host: str, ada: httpx.AsyncClient) -> None:
    async with page(host, ada) as first, page(host, ada) as second:
        assert await code_of(first) == phone.ELSEWHERE
        await second.send("still here")
        assert await second.recv() == "STILL HERE"


async def test_what_is_too_long_or_no_text_ends_it(host: str, ada: httpx.AsyncClient) -> None:
    async with page(host, ada) as connection:
        await connection.send(b"\x00\x01")
        assert await code_of(connection) == phone.NOT_TEXT
    async with page(host, ada) as connection:
        await connection.send("x" * (phone.MOST_BYTES + 1))
        assert await code_of(connection) == _TOO_BIG


async def test_it_ends_with_the_session(host: str, ada: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phone, "LOOK_S", 0.01)
    async with page(host, ada) as connection:
        await connection.send("here")
        assert await connection.recv() == "HERE"
        await ada.delete("/api/session")
        assert await code_of(connection) == phone.NOT_ALLOWED


async def test_a_page_that_leaves_leaves_nothing_behind(
    host: str, ada: httpx.AsyncClient, asterisk: PlayedAsterisk, app: FastAPI
) -> None:
    async def nobody_there() -> bool:
        return not app.state.doors.pages

    async with page(host, ada) as connection:
        await connection.send("here")
        await connection.recv()
    (behind,) = asterisk.connections
    async with asyncio.timeout(20):
        await behind.wait_closed()
    await until(nobody_there)


@pytest.mark.parametrize("wire", ["stranger"])
async def test_where_somebody_else_is_in_asterisks_place_nothing_is_said(
    host: str, ada: httpx.AsyncClient, asterisk: PlayedAsterisk
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with page(host, ada):
            pass
    assert refused.value.response.status_code == 503
    assert asterisk.connections == []


async def test_the_password_is_for_the_agent_alone(
    console: httpx.AsyncClient, ada: httpx.AsyncClient, centre: Centre
) -> None:
    told = await ada.get("/api/agents/agent1/phone")
    secret = centre.settings.agents["agent1"].sip_secret.get_secret_value()
    assert told.json() == {
        "uri": "sip:agent1.page@ringpace",
        "user": "agent1.page",
        "password": page_password("agent1", secret),
    }
    assert told.headers["cache-control"] == "private, no-store"
    assert (await ada.get("/api/agents/agent2/phone")).status_code == 403
    # Whoever may steer every agent may still not speak in their place.
    assert (await console.get("/api/agents/agent1/phone")).status_code == 403

"""The composition root on real Redis, Mosquitto and SQLite, with a manager interface that does as it is told.

Calls through a real Asterisk are tested in tests/e2e.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt
import httpx
import pytest

from dialer.service import Service, new_id, utc_now
from lab.plan import Ports
from recordings.keys import KeyFile

from .asterisk.fake_ami import FakeAmi, FakeConnection
from .fakes.centre import settings_of
from .fakes.servers import Broker, mosquitto, redis_server
from .fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.settings import Settings

PATIENCE_S = 20


def no_channels(connection: FakeConnection, action: dict[str, str]) -> None:
    connection.answer(action, EventList="start")
    connection.event("CoreShowChannelsComplete", ActionID=action["ActionID"], EventList="Complete")


def no_notes(connection: FakeConnection, action: dict[str, str]) -> None:
    connection.answer(action, "Error", Message="Database entry not found")


def call_in(connection: FakeConnection, action: dict[str, str]) -> None:
    """The agent's telephone answers at once and stands in the waiting room."""
    connection.answer(action)
    leg = {"Uniqueid": action["ChannelId"], "Channel": action["Channel"]}
    connection.event("Newchannel", **leg, ChannelState="0")
    connection.event("Newstate", **leg, ChannelState="6")
    connection.event("BridgeEnter", **leg, BridgeUniqueid="room", BridgeTechnology="holding_bridge")


def hang_up(connection: FakeConnection, action: dict[str, str]) -> None:
    connection.answer(action)
    connection.event("Hangup", **{"Uniqueid": action["Channel"], "Cause": "16", "Cause-txt": "Normal Clearing"})


@pytest.fixture
async def ami() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as fake:
        fake.scripts |= {"CoreShowChannels": no_channels, "DBGetTree": no_notes}
        fake.scripts |= {"Originate": call_in, "Hangup": hang_up}
        yield fake


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with mosquitto(tmp_path) as running:
        yield running


@pytest.fixture
async def settings(tmp_path: Path, ami: FakeAmi, broker: Broker) -> AsyncIterator[Settings]:
    ports = Ports.free()
    KeyFile(tmp_path / "recordings.keys").create(MIDMORNING)
    async with redis_server(tmp_path) as redis:
        yield settings_of(
            tmp_path,
            {"agent1": ()},
            redis_url=redis.url,
            mqtt=broker.settings.model_dump(),
            ami=ami.settings().model_dump(),
            http={"port": ports.http, "token": "known"},
            agi={"port": ports.agi},
            drain_s=2,
        )


class Console:
    """Asks the running service over HTTP."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def until(self, path: str, status: int, **wanted: object) -> Any:
        """The answer at this path, once it has this status and its object, or one of its list, has these values."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    answer = await self._client.get(path)
                    body = answer.json()
                    found = body if isinstance(body, list) else [body]
                    if answer.status_code == status and any(wanted.items() <= one.items() for one in found):
                        return body
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.02)

    async def post(self, path: str) -> httpx.Response:
        return await self._client.post(path)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Console]:
    stop = asyncio.Event()
    running = asyncio.create_task(Service(settings).run(stop))
    headers = {"authorization": f"Bearer {settings.http.token.get_secret_value()}"}
    base = f"http://127.0.0.1:{settings.http.port}"
    try:
        async with httpx.AsyncClient(base_url=base, headers=headers) as client:
            yield Console(client)
    finally:
        stop.set()
        async with asyncio.timeout(PATIENCE_S):
            await running


async def test_it_serves_and_drains_and_leaves_nothing_standing(
    settings: Settings, ami: FakeAmi, broker: Broker
) -> None:
    async with serving(settings) as console:
        health = await console.until("/health", 200, ok=True)
        assert {part["part"] for part in health["parts"]} == {
            *("asterisk", "clock", "redis", "record", "mqtt", "recordings", "phones", "ivr", "node", "campaigns"),
            *("hearing", "webhooks"),
        }
        assert (await console.post("/api/agents/agent1/login")).status_code == 202
        await console.until("/api/agents", 200, agent_id="agent1", state="READY")
        (order,) = [action for action in ami.received if action["Action"] == "Originate"]
    ended = [action["Channel"] for action in ami.received if action["Action"] == "Hangup"]
    assert ended == [order["ChannelId"]]
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username="monitor", password=broker.passwords["monitor"]
    ) as screen:
        await screen.subscribe("ringpace/test/service/node1")
        async with asyncio.timeout(PATIENCE_S):
            assert (await anext(screen.messages)).payload == b'{"state": "down"}'


async def test_without_asterisk_the_rest_works_and_it_says_which_part_is_ill(settings: Settings) -> None:
    nowhere = settings.ami.model_copy(update={"port": 1})
    async with serving(settings.model_copy(update={"ami": nowhere})) as console:
        await console.until("/health", 503, ill=["asterisk", "node"])
        # Who is logged in already cannot be known yet.
        refused = await console.post("/api/agents/agent1/login")
        assert (refused.status_code, "not taken over" in refused.text) == (409, True)


def test_ids_sort_by_their_time_and_are_never_used_twice() -> None:
    ids = [new_id() for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert [one[:11] for one in ids] == sorted(one[:11] for one in ids)
    assert {len(one) for one in ids} == {21}


def test_the_clock_is_aware() -> None:
    assert utc_now().tzinfo is not None

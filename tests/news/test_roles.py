"""What each account may say and hear, on a real Mosquitto with the rules that are shipped."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import aiomqtt
import pytest
import pytest_asyncio

from tests.fakes.servers import Broker, mosquitto

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCREEN = "ringpace/main/agents/agent1/screen"
MESSAGE = "ringpace/main/agents/agent1/message"
NEWS = (
    "ringpace/main/service/node1",
    "ringpace/main/agents/agent1",
    "ringpace/main/campaigns/1",
    "ringpace/main/calls/a1",
    "ringpace/main/replies/campaigns/1",
)
COMMAND = "ringpace/main/commands/campaigns/1"
EVERY = (*NEWS, SCREEN, MESSAGE, COMMAND)
LAST = "ringpace/main/calls/last"
ELSEWHERE = ("other/topic", "$SYS/broker/version")
PATIENCE_S = 15


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def broker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Broker]:
    async with mosquitto(tmp_path_factory.mktemp("broker")) as running:
        yield running


@dataclass(frozen=True, slots=True)
class May:
    """The rights of a role: what it hears of all topics, and what it says that the others hear."""

    hear: frozenset[str]
    say: frozenset[str]


RIGHTS = {
    "dialer": May(hear=frozenset({COMMAND}), say=frozenset(EVERY)),
    "operator": May(hear=frozenset(EVERY), say=frozenset({COMMAND})),
    "monitor": May(hear=frozenset({*NEWS, COMMAND}), say=frozenset()),
}


def client(broker: Broker, account: str) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", broker.port, username=account, password=broker.passwords[account])


async def heard(listener: aiomqtt.Client, last: str) -> dict[str, str]:
    """All payloads by topic until the last one is there: the broker keeps what one client says in order."""
    found: dict[str, str] = {}
    async with asyncio.timeout(PATIENCE_S):
        async for message in listener.messages:
            found[str(message.topic)] = bytes(message.payload).decode()
            if str(message.topic) == last:
                return found
    raise AssertionError("the connection ended")


async def test_every_account_has_its_rights_told_here(broker: Broker) -> None:
    assert set(RIGHTS) == set(broker.passwords)


@pytest.mark.parametrize("role", RIGHTS)
@pytest.mark.parametrize("asked_for", [("#", "$SYS/#"), (*EVERY, *ELSEWHERE, "ringpace/+/agents/+/screen")])
async def test_a_role_hears_what_it_may_and_nothing_else(broker: Broker, role: str, asked_for: tuple[str, ...]) -> None:
    async with client(broker, role) as listener, client(broker, "dialer") as dialer:
        for topic in asked_for:
            await listener.subscribe(topic, qos=1)
        for topic in (*ELSEWHERE, *EVERY):
            await dialer.publish(topic, "said", qos=1)
        # All may hear commands, so the last topic comes through to everybody.
        assert await heard(listener, EVERY[-1]) == dict.fromkeys(RIGHTS[role].hear, "said")


@pytest.mark.parametrize("role", RIGHTS)
async def test_what_is_retained_is_no_way_around(broker: Broker, role: str) -> None:
    async with client(broker, "dialer") as dialer:
        await dialer.publish(SCREEN, "a customer's name", qos=1, retain=True)
        try:
            async with client(broker, role) as listener:
                await listener.subscribe("ringpace/#", qos=1)
                await dialer.publish(COMMAND, "said", qos=1)
                assert (SCREEN in await heard(listener, COMMAND)) is (SCREEN in RIGHTS[role].hear)
        finally:
            await dialer.publish(SCREEN, b"", qos=1, retain=True)


@pytest.mark.parametrize("role", RIGHTS)
async def test_a_role_says_what_it_may_and_nothing_else(broker: Broker, role: str) -> None:
    async with client(broker, "operator") as listener, client(broker, role) as speaker:
        await listener.subscribe("ringpace/#", qos=1)
        for topic in (*EVERY, *ELSEWHERE):
            await speaker.publish(topic, "said", qos=1)
        async with client(broker, "dialer") as dialer:
            await dialer.publish(LAST, "last", qos=1)
        told = await heard(listener, LAST)
        del told[LAST]
        assert told == dict.fromkeys(RIGHTS[role].say, "said")


@pytest.mark.parametrize(("user", "password"), [(None, None), ("monitor", None), ("monitor", "guessed"), ("root", "x")])
async def test_nobody_comes_in_without_an_account(broker: Broker, user: str | None, password: str | None) -> None:
    with pytest.raises(aiomqtt.MqttError, match=r"(?i)not authori[sz]ed"):
        async with aiomqtt.Client("127.0.0.1", broker.port, username=user, password=password):
            pass

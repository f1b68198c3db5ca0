"""The news through a real Mosquitto with the project's own access rules."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiomqtt
import pytest
from pydantic import SecretStr

from dialer.news.broker import News
from tests.fakes.servers import Broker, mosquitto
from tests.fakes.virtual_time import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

PATIENCE_S = 15


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with mosquitto(tmp_path) as running:
        yield running


class Listener:
    """Hears everything that the monitor's account may hear."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client
        self.heard: list[tuple[str, Any, bool]] = []

    async def until(self, topic: str, **wanted: object) -> Any:
        """The payload on this topic that has these values, heard already or yet to come; None for an empty one."""
        for heard_topic, payload, _retained in self.heard:
            if heard_topic == topic and _fits(payload, wanted):
                return payload
        async with asyncio.timeout(PATIENCE_S):
            async for message in self._client.messages:
                payload = json.loads(message.payload) if message.payload else None
                self.heard.append((str(message.topic), payload, message.retain))
                if str(message.topic) == topic and _fits(payload, wanted):
                    return payload
        raise AssertionError("the connection ended")


def _fits(payload: Any, wanted: dict[str, object]) -> bool:
    return (not wanted) if payload is None else wanted.items() <= payload.items()


@asynccontextmanager
async def listener(broker: Broker, account: str = "monitor", topic: str = "ringpace/#") -> AsyncIterator[Listener]:
    async with client(broker, account) as connected:
        await connected.subscribe(topic, qos=1)
        yield Listener(connected)


def client(broker: Broker, account: str) -> aiomqtt.Client:
    return aiomqtt.Client("127.0.0.1", broker.port, username=account, password=broker.passwords[account])


class Commands:
    """What came in, and a reply to each."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, Any]]] = []

    async def __call__(self, campaign: str, command: dict[str, Any]) -> None:
        self.heard.append((campaign, command))


@asynccontextmanager
async def at_work(broker: Broker, commands: Commands | None = None, node: str = "node1") -> AsyncIterator[News]:
    news = News(broker.settings, node)
    task = asyncio.create_task(news.run(commands or Commands()))
    try:
        await reached(lambda: news.connected)
        yield news
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def reached(happened: Callable[[], bool]) -> None:
    await until(happened, within_s=PATIENCE_S)


async def test_what_is_retained_greets_whoever_comes_later_and_events_do_not(broker: Broker) -> None:
    async with at_work(broker) as news, listener(broker) as early:
        news.tell("agents/agent1", {"state": "READY", "reason": "午休"}, retain=True)
        news.tell("calls/a1", {"state": "RINGING"})
        assert await early.until("ringpace/test/calls/a1") == {"state": "RINGING"}
        async with listener(broker) as late:
            assert await late.until("ringpace/test/agents/agent1") == {"state": "READY", "reason": "午休"}
            await late.until("ringpace/test/service/node1", state="up")
            news.tell("calls/a2", {"state": "RINGING"})
            await late.until("ringpace/test/calls/a2")
            assert "ringpace/test/calls/a1" not in {topic for topic, _payload, _retained in late.heard}


async def test_a_cleared_topic_is_gone(broker: Broker) -> None:
    async with at_work(broker) as news, listener(broker, "operator") as early:
        news.tell("agents/agent1/screen", {"name": "王小明"}, retain=True)
        news.tell("agents/agent1/screen", None, retain=True)
        news.tell("calls/a1", {})
        await early.until("ringpace/test/calls/a1")
        async with listener(broker, "operator") as late:
            await late.until("ringpace/test/service/node1")
            news.tell("calls/a2", {})
            await late.until("ringpace/test/calls/a2")
            assert "ringpace/test/agents/agent1/screen" not in {topic for topic, _payload, _ in late.heard}


async def test_a_node_that_is_cut_off_is_told_of_by_its_last_will(broker: Broker) -> None:
    same_id = aiomqtt.Client(
        "127.0.0.1",
        broker.port,
        username="dialer",
        password=broker.passwords["dialer"],
        identifier="ringpace-test-node1",
    )
    async with listener(broker) as screen, at_work(broker):
        await screen.until("ringpace/test/service/node1", state="up")
        # Whoever connects under the same id cuts the first one off, and the broker speaks for it.
        async with same_id:
            await screen.until("ringpace/test/service/node1", state="down")


async def test_a_goodbye_says_that_the_node_is_down(broker: Broker) -> None:
    async with listener(broker) as screen:
        async with at_work(broker) as news:
            await news.say_goodbye()
        await screen.until("ringpace/test/service/node1", state="down")
    async with listener(broker) as late:
        await late.until("ringpace/test/service/node1", state="down")


async def test_a_goodbye_does_not_wait_for_a_broker_that_is_away(broker: Broker) -> None:
    news = News(broker.settings, "node1")
    for count in range(20_000):
        news.tell("calls/a1", {"count": count})
    assert news.dropped == 10_000
    await news.say_goodbye()


async def test_commands_come_in_from_operators(broker: Broker) -> None:
    commands = Commands()
    async with at_work(broker, commands), client(broker, "operator") as operator:
        await operator.publish("ringpace/test/commands/campaigns/autumn", '{"do": "pause"}', qos=1)
        await operator.publish("ringpace/test/commands/campaigns/秋季", '{"do": "resume"}', qos=1)
        await reached(lambda: len(commands.heard) == 2)
    assert commands.heard == [("autumn", {"do": "pause"}), ("秋季", {"do": "resume"})]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"pause",
        b'["pause"]',
        b"\xff\xfe\x00",
        b'{"do": "pause"' + b" " * 5000 + b"}",
        b"[" * 4000,
        b'{"a":' * 800,
    ],
    ids=["empty", "no JSON", "no object", "no text", "too long", "deep list", "deep object"],
)
async def test_a_command_that_is_none_is_answered_and_the_next_one_heard(broker: Broker, payload: bytes) -> None:
    commands = Commands()
    async with (
        at_work(broker, commands),
        listener(broker, "operator") as replies,
        client(broker, "operator") as operator,
    ):
        await operator.publish("ringpace/test/commands/campaigns/autumn", payload, qos=1)
        answer = await until_reply(replies)
        assert "not a command" in answer["error"]
        await operator.publish("ringpace/test/commands/campaigns/autumn", '{"do": "pause"}', qos=1)
        await reached(lambda: commands.heard == [("autumn", {"do": "pause"})])


async def until_reply(replies: Listener) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        async for message in replies._client.messages:  # noqa: SLF001 - commands may be no JSON: read past them
            if str(message.topic) == "ringpace/test/replies/campaigns/autumn":
                return json.loads(message.payload or b"null")
    raise AssertionError("the connection ended")


async def test_a_broker_that_restarts_empty_is_told_what_is_retained_again(broker: Broker) -> None:
    async with at_work(broker) as news:
        news.tell("agents/agent1", {"state": "READY"}, retain=True)
        await reached(lambda: not news._queue)  # noqa: SLF001 - that it was sent before is the point
        await broker.part.kill()
        await reached(lambda: not news.connected)
        assert "out of reach" in str(news.trouble)
        news.tell("agents/agent2", {"state": "PAUSED"}, retain=True)
        news.tell("calls/a1", {"state": "ENDED"})
        await broker.part.start()
        async with listener(broker) as screen:
            await screen.until("ringpace/test/agents/agent1", state="READY")
            await screen.until("ringpace/test/agents/agent2", state="PAUSED")
            await screen.until("ringpace/test/service/node1", state="up")
        await reached(lambda: news.trouble is None)


async def test_the_monitors_account_gives_no_commands_and_tells_no_news(broker: Broker) -> None:
    commands = Commands()
    async with at_work(broker, commands) as news, client(broker, "monitor") as monitor, listener(broker) as screen:
        await monitor.publish("ringpace/test/commands/campaigns/autumn", '{"do": "stop"}', qos=1)
        await monitor.publish("ringpace/test/service/node1", '{"state": "forged"}', qos=1, retain=True)
        async with client(broker, "operator") as operator:
            await operator.publish("ringpace/test/service/node1", '{"state": "forged"}', qos=1, retain=True)
            await operator.publish("ringpace/test/commands/campaigns/autumn", '{"do": "pause"}', qos=1)
        await reached(lambda: bool(commands.heard))
        news.tell("calls/a1", {})
        await screen.until("ringpace/test/calls/a1")
    assert commands.heard == [("autumn", {"do": "pause"})]
    assert {"state": "forged"} not in [payload for _topic, payload, _retained in screen.heard]


async def test_without_the_password_the_trouble_says_so(broker: Broker) -> None:
    settings = broker.settings.model_copy(update={"password": SecretStr("wrong")})
    news = News(settings, "node1")
    task = asyncio.create_task(news.run(Commands()))
    await reached(lambda: "out of reach" in str(news.trouble))
    assert not news.connected
    assert "wrong" not in str(news.trouble)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

"""Whatever comes over MQTT as a command is done or refused with an answer, and the next one is heard."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import aiomqtt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dialer.core.errors import FloorError, RingpaceError
from dialer.core.model import CampaignStatus
from dialer.news.broker import News
from tests.fakes.servers import Broker, mosquitto
from tests.fakes.virtual_time import until

from .profile import examples

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.record.campaigns import Campaign
    from tests.fakes.centre import Centre

PATIENCE_S = 30
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(
        ["pause", "resume", "stop", "pacing", "ratio", "preview", "agentless", "\ud800", "\0", 10**300, 2.5]
    )
)
nested = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
commands = st.fixed_dictionaries(
    {},
    optional={
        "do": st.sampled_from(["pause", "resume", "stop", "pacing", "pacing", "pacing"]) | nested,
        "mode": st.sampled_from(["ratio", "PREVIEW", "agentless"]) | nested,
        "ratio": st.floats(1, 5) | nested,
        "max_in_flight": st.integers(1, 100) | nested,
        "max_abandonment": st.floats(0.001, 0.1) | nested,
        "\ud800": nested,
        "speed": nested,
    },
)
payloads = (
    commands.map(lambda command: json.dumps(command).encode())
    | st.binary(max_size=60)
    | nested.map(lambda value: json.dumps(value).encode())
    | st.tuples(st.sampled_from([b"[", b'{"do":', b'{"do":[']), st.integers(1, 1500)).map(
        lambda deep: deep[0] * deep[1]
    )
    | st.integers(1, 1500).map(lambda deep: b'{"do":' + b"[" * deep + b"]" * deep + b"}")
    | st.integers(4000, 5000).map(lambda long: b'{"do": "stop"}' + b" " * long + b"x")
    | st.sampled_from([b'{"do":"pause","do":"stop"}', b"\xef\xbb\xbf{}", b'{"do":"pacing","ratio":1e999}', b"9" * 5000])
)
topics = st.sampled_from(["autumn", "1", "秋季", "", " ", "0", "9" * 400, "' OR 1=1 --", "\x85"]) | st.text(max_size=10)


@dataclass(frozen=True, slots=True)
class Message:
    """What aiomqtt hands over, as far as it is looked at."""

    topic: str
    payload: object


class Client:
    """A broker's client that has heard these messages, and nothing since."""

    def __init__(self, *messages: Message) -> None:
        self._messages = messages

    @property
    async def messages(self) -> AsyncIterator[Message]:
        for message in self._messages:
            yield message


class Desk:
    """Where commands come in: the news' own ears, and what the service does with what they hear."""

    def __init__(self, centre: Centre, news: News) -> None:
        self._centre = centre
        self._news = news

    async def hear(self, topic: str, payload: object) -> dict[str, Any]:
        """The one answer to a message."""
        self._news._queue.clear()  # noqa: SLF001 - there is no broker to tell
        client = Client(Message(f"ringpace/main/commands/campaigns/{topic}", payload))
        await self._news._listen(cast("aiomqtt.Client", client), self.do)  # noqa: SLF001 - as above
        ((reply_topic, body, retained),) = self._news._queue  # noqa: SLF001 - as above
        assert not retained
        assert reply_topic == f"replies/campaigns/{topic.rsplit('/', 1)[-1]}"
        return cast("dict[str, Any]", json.loads(body or b""))

    async def do(self, campaign: str, command: dict[str, Any]) -> None:
        """As the service does it."""
        try:
            await self._centre.campaigns.command(campaign, command, "mqtt")
            answer: dict[str, object] = {"ok": True}
        except RingpaceError as error:
            answer = {"ok": False, "error": str(error)}
        self._news.tell(f"replies/campaigns/{campaign}", answer)

    async def standing(self) -> list[Campaign]:
        """Every campaign as the record has it."""
        return await self._centre.record.campaigns.all()


@pytest.fixture
async def desk(centre: Centre) -> Desk:
    await centre.campaign()
    return Desk(centre, News(centre.settings.mqtt, "node1"))


@pytest.mark.virtual_time
@examples(150)
@given(topic=topics, payload=payloads | st.sampled_from([None, "pause", 1]))
@example(topic="autumn", payload=b'{"do": "pacing", "\\ud800": 1}')
@example(topic="autumn", payload=b'{"do": ["\\ud800"]}')
@example(topic="autumn", payload=b'{"do": "stop"}' + b" " * 5000 + b"x")
@example(topic="autumn", payload=b'{"do": "pacing", "max_in_flight": ' + b"9" * 4000 + b"}")
async def test_a_message_is_answered_and_a_refused_one_changes_nothing(desk: Desk, topic: str, payload: object) -> None:
    before = await desk.standing()
    answer = await desk.hear(topic, payload)
    after = await desk.standing()
    if answer["ok"]:
        assert answer == {"ok": True}
        command = json.loads(cast("bytes", payload))
        assert is_done(command, after[0])
    else:
        assert answer["error"]
        assert "fault" not in answer["error"]
        assert after == before


def is_done(command: dict[str, Any], campaign: Campaign) -> bool:
    wanted = {"pause": CampaignStatus.PAUSED, "resume": CampaignStatus.RUNNING, "stop": CampaignStatus.STOPPED}
    if command["do"] in wanted:
        return campaign.status is wanted[command["do"]]
    return campaign.plan.pacing == campaign.plan.pacing.changed({k: v for k, v in command.items() if k != "do"})


@pytest.mark.virtual_time
@examples(20)
@given(depth=st.integers(700, 1000))
async def test_no_depth_is_too_deep_to_be_refused(desk: Desk, depth: int) -> None:
    """There is a depth that the parser just bears and whoever repeats the value does not."""
    answer = await desk.hear("autumn", b'{"do":' + b"[" * depth + b"]" * depth + b"}")
    assert answer["ok"] is False
    assert "fault" not in answer["error"]


@pytest.mark.virtual_time
@pytest.mark.parametrize("do", ["pause", "pacing"])
async def test_what_the_record_has_is_not_called_refused_because_the_floor_is_away(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, centre: Centre, do: str
) -> None:
    centre.spawn(centre.campaigns.run(), name="campaigns")
    await until(lambda: bool(centre.campaigns.summaries()))

    async def away(*_arguments: object) -> bool:
        raise FloorError("Redis is away")

    monkeypatch.setattr(centre.floor, "hold_lease", away)
    answer = await desk.hear("autumn", json.dumps({"do": do, **({"ratio": 3} if do == "pacing" else {})}).encode())
    (standing,) = await desk.standing()
    assert answer == {"ok": True}
    assert standing.status is CampaignStatus.PAUSED or standing.plan.pacing.ratio == 3


@pytest.mark.virtual_time
async def test_a_fault_of_ours_is_answered_and_the_next_command_heard(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    do = desk.do

    async def fail(campaign: str, command: dict[str, Any]) -> None:
        raise ZeroDivisionError(campaign, command)

    monkeypatch.setattr(desk, "do", fail)
    assert "fault" in (await desk.hear("autumn", b'{"do": "pause"}'))["error"]
    assert "command not handled" in caplog.text
    monkeypatch.setattr(desk, "do", do)
    assert await desk.hear("autumn", b'{"do": "pause"}') == {"ok": True}


@examples(100)
@given(st.dictionaries(st.text(max_size=5), nested, max_size=4))
@example({"reason": "\ud83d"})
async def test_whatever_is_told_is_told(payload: dict[str, Any]) -> None:
    news = News(await _settings(), "node1")
    news.tell("calls/a1", payload, retain=True)
    ((_topic, body, _retained),) = news._queue  # noqa: SLF001 - there is no broker to tell
    assert isinstance(json.loads(body or b""), dict)


async def _settings() -> Any:
    return Broker(cast("Any", None), 1, {"dialer": "untold"}).settings


# --- through a real broker -------------------------------------------------------------------------


def plain(topic: str) -> bool:
    """What Mosquitto lets pass as one level of a topic."""
    return not any(character in "+#/" or ord(character) < 32 or 127 <= ord(character) < 160 for character in topic)


async def test_hundreds_of_messages_through_a_real_broker_do_not_end_the_listening(tmp_path: Path) -> None:
    heard: list[tuple[str, dict[str, Any]]] = []
    drawn: list[tuple[str, bytes]] = []

    @examples(300)
    @given(topics.filter(plain), payloads | st.just(b"x" * 1_000_000))
    def draw(topic: str, payload: bytes) -> None:
        drawn.append((topic, payload))

    draw()

    async def take(campaign: str, command: dict[str, Any]) -> None:
        heard.append((campaign, command))

    async with mosquitto(tmp_path) as broker:
        news = News(broker.settings, "node1")
        task = asyncio.create_task(news.run(take))
        try:
            await until(lambda: news.connected, within_s=PATIENCE_S)
            async with operator(broker) as client:
                for topic, payload in drawn:
                    await client.publish(f"ringpace/test/commands/campaigns/{topic}", payload, qos=1)
                await client.publish("ringpace/test/commands/campaigns/last", b'{"do": "pause"}', qos=1)
            await until(lambda: ("last", {"do": "pause"}) in heard or task.done(), within_s=PATIENCE_S)
            assert not task.done()
            assert news.connected
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert len(drawn) >= 300


@asynccontextmanager
async def operator(broker: Broker) -> AsyncIterator[aiomqtt.Client]:
    async with aiomqtt.Client(
        "127.0.0.1", broker.port, username="operator", password=broker.passwords["operator"], timeout=PATIENCE_S
    ) as client:
        yield client

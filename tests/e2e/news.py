"""All news of a site, as a wallboard hears it; the tests wait for what is told instead of sleeping."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import TYPE_CHECKING, Any

import aiomqtt

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.parts import Parts

_CONNECT_AGAIN_S = 0.1


class News:
    """`last` is the last message of each topic, by its name below the site's root."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.last: dict[str, Any] = {}
        self._changed = asyncio.Condition()

    async def run(self) -> None:
        """Listen until cancelled; a broker that was away is heard again once it is back."""
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                async with self.connection("monitor") as client:
                    await client.subscribe(f"{self.root}/#", qos=1)
                    async for message in client.messages:
                        await self._hear(str(message.topic).removeprefix(f"{self.root}/"), bytes(message.payload))
            await asyncio.sleep(_CONNECT_AGAIN_S)

    @property
    def root(self) -> str:
        """Under what all topics of this site are."""
        return f"ringpace/{self._parts.settings.mqtt.site}"

    def connection(self, user: str) -> aiomqtt.Client:
        """A connection to the broker as one of the lab's users."""
        mqtt = self._parts.settings.mqtt
        return aiomqtt.Client(mqtt.host, mqtt.port, username=user, password=self._parts.secrets.mqtt[user])

    async def command(self, campaign_id: int, **command: object) -> dict[str, Any]:
        """An operator's command over MQTT, and the answer to it."""
        topic = f"replies/campaigns/{campaign_id}"
        self.last.pop(topic, None)
        async with self.connection("operator") as client:
            await client.publish(f"{self.root}/commands/campaigns/{campaign_id}", json.dumps(command), qos=1)
        await self.until(lambda: topic in self.last)
        answer: dict[str, Any] = self.last[topic]
        return answer

    def agent(self, name: str) -> dict[str, Any]:
        """The agent's card as last told; empty where none was."""
        card: dict[str, Any] = self.last.get(f"agents/{name}") or {}
        return card

    def campaign(self, campaign_id: int) -> dict[str, Any]:
        """The campaign as last told; empty where nothing was."""
        told: dict[str, Any] = self.last.get(f"campaigns/{campaign_id}") or {}
        return told

    async def until(self, reached: Callable[[], object], within_s: float = 30) -> None:
        """Wait until `reached()` is true of what was told; TimeoutError with what was told last if it never is."""
        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(lambda: bool(reached()))
        except TimeoutError:
            raise TimeoutError(f"it was never told: {json.dumps(self.last, ensure_ascii=False)}") from None

    async def until_agent(self, name: str, state: str, within_s: float = 30) -> None:
        """Wait until the agent is told to be in this state."""
        await self.until(lambda: self.agent(name).get("state") == state, within_s)

    async def _hear(self, topic: str, payload: bytes) -> None:
        async with self._changed:
            self.last[topic] = json.loads(payload or b"null")
            self._changed.notify_all()

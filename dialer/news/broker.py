"""The connection to the MQTT broker: publishes what happens, hands commands in, and never holds up a call.

Topics, all under `ringpace/SITE/` (QoS 1):

    service/NODE          retained  {"state": "up" | "down"}; "down" is also the last will
    agents/ID             retained  the agent's card: state, since, attempt
    agents/ID/screen      retained  the customer's card of the present call; cleared when it is wrapped up
    campaigns/ID          retained  status, pacing, last decision, counts
    calls/ATTEMPT         an event of a call: placed, ringing, answered, bridged, abandoned, ended
    commands/campaigns/ID in        {"do": "pause" | "resume" | "stop"} or {"do": "pacing", "mode": ..., "ratio": ...}
    replies/campaigns/ID  the answer to a command: {"ok": true} or {"ok": false, "error": ...}
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

import aiomqtt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from dialer.settings import MqttSettings

log = logging.getLogger(__name__)

_KEPT = 10_000
"""News kept while the broker is away; older news is dropped and counted, retained topics are told again."""
_BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
_LONGEST_COMMAND = 4096


class News:
    """Publishes under the site's root and listens for commands. `tell` never waits and never fails."""

    def __init__(self, settings: MqttSettings, node: str) -> None:
        self._settings = settings
        self._tls = settings.tls_context()
        self._root = f"ringpace/{settings.site}"
        self._node = node
        self._queue: deque[tuple[str, bytes | None, bool]] = deque()
        self._retained: dict[str, bytes] = {}
        self._something = asyncio.Event()
        self.connected = False
        self.dropped = 0
        self.on_dropped: Callable[[], None] = lambda: None
        self.trouble: str | None = "not connected yet"

    def tell(self, topic: str, payload: Mapping[str, Any] | None, *, retain: bool = False) -> None:
        """Publish under the site's root; None clears a retained topic."""
        # "replace": half a surrogate pair, which JSON may spell, has no bytes of its own.
        body = json.dumps(payload, ensure_ascii=False).encode(errors="replace") if payload is not None else None
        if retain:
            if body is None:
                self._retained.pop(topic, None)
            else:
                self._retained[topic] = body
        if len(self._queue) >= _KEPT:
            self._queue.popleft()
            self.dropped += 1
            self.on_dropped()
        self._queue.append((topic, body, retain))
        self._something.set()

    async def run(self, on_command: Callable[[str, dict[str, Any]], Awaitable[None]]) -> None:
        """Stay connected for ever: publish what is told, hand in `(campaign, command)` as they come."""
        failures = 0
        while True:
            try:
                async with self._client() as client:
                    failures = 0
                    await self._greet(client)
                    async with asyncio.TaskGroup() as both:
                        both.create_task(self._publish(client))
                        both.create_task(self._listen(client, on_command))
            except* (aiomqtt.MqttError, OSError) as errors:
                self.trouble = f"the broker is out of reach: {errors.exceptions[0]}"
                log.warning("news lost", extra={"why": self.trouble})
            finally:
                self.connected = False
            await asyncio.sleep(_BACK_OFF_S[min(failures, len(_BACK_OFF_S) - 1)])
            failures += 1

    async def say_goodbye(self) -> None:
        """Publish what is still queued, and that this node goes down, within a second or not at all."""
        self.tell(f"service/{self._node}", {"state": "down"}, retain=True)
        for _ in range(20):
            if not self._queue or not self.connected:
                return
            await asyncio.sleep(0.05)

    def _client(self) -> aiomqtt.Client:
        return aiomqtt.Client(
            self._settings.host,
            self._settings.port,
            username=self._settings.username,
            password=self._settings.password.get_secret_value(),
            identifier=f"ringpace-{self._settings.site}-{self._node}",
            will=aiomqtt.Will(f"{self._root}/service/{self._node}", b'{"state": "down"}', qos=1, retain=True),
            keepalive=10,
            timeout=5,
            tls_context=self._tls,
        )

    async def _greet(self, client: aiomqtt.Client) -> None:
        await client.publish(f"{self._root}/service/{self._node}", b'{"state": "up"}', qos=1, retain=True)
        # The broker may have restarted empty: what is retained is told again.
        for topic, body in list(self._retained.items()):
            await client.publish(f"{self._root}/{topic}", body, qos=1, retain=True)
        await client.subscribe(f"{self._root}/commands/campaigns/+", qos=1)
        self.connected, self.trouble = True, None

    async def _publish(self, client: aiomqtt.Client) -> None:
        while True:
            self._something.clear()
            while self._queue:
                item = self._queue.popleft()
                try:
                    await client.publish(f"{self._root}/{item[0]}", item[1], qos=1, retain=item[2])
                except (aiomqtt.MqttError, OSError):
                    self._queue.appendleft(item)
                    raise
            await self._something.wait()

    async def _listen(
        self, client: aiomqtt.Client, on_command: Callable[[str, dict[str, Any]], Awaitable[None]]
    ) -> None:
        async for message in client.messages:
            campaign = str(message.topic).rsplit("/", 1)[-1]
            payload = message.payload if isinstance(message.payload, bytes | bytearray) else b""
            try:
                command = _command(payload)
            except (ValueError, RecursionError) as error:
                self.tell(f"replies/campaigns/{campaign}", {"ok": False, "error": f"not a command: {error}"})
                continue
            try:
                await on_command(campaign, command)
            except Exception:
                # One command that we cannot handle must not cost the ones behind it, nor the news.
                log.exception("command not handled", extra={"campaign": campaign})
                self.tell(
                    f"replies/campaigns/{campaign}", {"ok": False, "error": "a fault of the service; see its log"}
                )


def _command(payload: bytes | bytearray) -> dict[str, Any]:
    """The JSON object in a message; ValueError or RecursionError where there is none."""
    if len(payload) > _LONGEST_COMMAND:
        raise ValueError(f"longer than {_LONGEST_COMMAND} bytes")
    command = json.loads(payload)
    if not isinstance(command, dict):
        raise ValueError("a command is a JSON object")  # noqa: TRY004 - same answer as broken JSON
    json.dumps(command, ensure_ascii=False).encode()  # half a surrogate pair can be neither stored nor answered
    return command

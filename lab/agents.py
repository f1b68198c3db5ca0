"""Headless agents: each answers the calls that the floor gives them, talks, hangs up or is hung up on, and records it.

They know what a console would know: the agent's card and the customer's card, as news; and do what a console would do,
over HTTP.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import aiomqtt
import httpx

from dialer.core.model import AgentState, Disposition

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from random import Random

    from lab.controller import Controller
    from lab.parts import Parts

_DISPOSITIONS: dict[Disposition, float] = {
    Disposition.AGREED: 0.2,
    Disposition.REFUSED: 0.5,
    Disposition.CALL_BACK: 0.1,
    Disposition.UNDECIDED: 0.15,
    Disposition.WRONG_PERSON: 0.05,
}
"""Shares of what comes of a talk, assumed for the lab."""

_REFUSALS = "ABCDEFG"
"""A not changing phone, B no minimum spend, C distrusts quality, D will go to the shop, E wants to see it, F prefers
another model, G other."""


_CONNECT_AGAIN_S = 0.2


class HeadlessAgents:
    """Agents without a face. `talk_s` and `wrap_up_s` are the spans from which their times are drawn, in seconds.

    `names` are those who work at this controller; None for all that are told of.
    """

    def __init__(
        self,
        parts: Parts,
        controller: Controller,
        rng: Random,
        *,
        talk_s: tuple[float, float] = (5, 16),
        wrap_up_s: tuple[float, float] = (1, 4),
        names: Collection[str] | None = None,
    ) -> None:
        self._names = names
        self._parts = parts
        self._controller = controller
        self._rng = rng
        self._talk_s = talk_s
        self._wrap_up_s = wrap_up_s
        self.cards: dict[str, dict[str, Any]] = {}
        self.screens: dict[str, dict[str, Any]] = {}
        self._working: dict[str, asyncio.Task[None]] = {}
        self._changed = asyncio.Condition()

    async def log_in(self, names: Sequence[str]) -> None:
        """Log in and wait until all are in line."""
        for name in names:
            (await self._controller.ask("POST", f"/api/agents/{name}/login")).raise_for_status()
        await self.until(lambda: all(self.state(name) == AgentState.READY for name in names))

    async def log_out(self, names: Sequence[str]) -> None:
        """Log out; a talk is finished first."""
        for name in names:
            await self._controller.ask("POST", f"/api/agents/{name}/logout")

    def state(self, name: str) -> str:
        """Where an agent stands, as last told."""
        return str(self.cards.get(name, {}).get("state", AgentState.OFFLINE))

    async def until(self, reached: Any, within_s: float = 30) -> None:
        """Wait until `reached()` is true of what was told; TimeoutError if it never is."""
        async with asyncio.timeout(within_s), self._changed:
            await self._changed.wait_for(reached)

    async def run(self) -> None:
        """Hear the news of the floor and act on it, until cancelled; a broker that was away is heard again."""
        while True:
            with contextlib.suppress(aiomqtt.MqttError):
                await self._listen()
            await asyncio.sleep(_CONNECT_AGAIN_S)

    async def _listen(self) -> None:
        mqtt, site = self._parts.settings.mqtt, self._parts.settings.mqtt.site
        password = self._parts.secrets.mqtt["operator"]  # wallboards may not see who the customers are
        client = aiomqtt.Client(mqtt.host, mqtt.port, username="operator", password=password)
        async with client:
            await client.subscribe(f"ringpace/{site}/agents/#", qos=1)
            async for message in client.messages:
                await self._hear(str(message.topic).split("/")[3:], json.loads(bytes(message.payload) or b"null"))

    async def _hear(self, topic: list[str], news: dict[str, Any] | None) -> None:
        agent = topic[0]
        if self._names is not None and agent not in self._names:
            return
        if topic[1:] == ["screen"]:
            self.screens[agent] = news or {}
            return
        async with self._changed:
            before = self._doing(agent)
            self.cards[agent] = news or {}
            self._changed.notify_all()
        now = self.state(agent)
        # Another attempt in the same state: what lay between was told while the broker was away.
        if self._doing(agent) != before and now in {AgentState.TALKING, AgentState.WRAP_UP}:
            act = self._talk if now == AgentState.TALKING else self._wrap_up
            if working := self._working.get(agent):
                working.cancel()
            self._working[agent] = asyncio.create_task(act(agent, str(self.cards[agent]["attempt_id"])))

    def _doing(self, agent: str) -> tuple[str, object]:
        return self.state(agent), self.cards.get(agent, {}).get("attempt_id")

    async def _talk(self, agent: str, attempt_id: str) -> None:
        await asyncio.sleep(self._rng.uniform(*self._talk_s))
        if self.cards[agent].get("attempt_id") == attempt_id:
            with contextlib.suppress(httpx.HTTPError):
                await self._controller.ask("POST", f"/api/agents/{agent}/hangup")

    async def _wrap_up(self, agent: str, attempt_id: str) -> None:
        await asyncio.sleep(self._rng.uniform(*self._wrap_up_s))
        disposition = self._rng.choices(tuple(_DISPOSITIONS), tuple(_DISPOSITIONS.values()))[0]
        body: dict[str, Any] = {"attempt_id": attempt_id, "disposition": disposition.value}
        if disposition is Disposition.REFUSED:
            body["reason"] = self._rng.choice(_REFUSALS)
        if disposition is Disposition.CALL_BACK:
            body["call_back_at"] = (datetime.now(UTC) + timedelta(hours=self._rng.randint(1, 48))).isoformat()
        with contextlib.suppress(httpx.HTTPError):
            await self._controller.ask("POST", f"/api/agents/{agent}/disposition", body)

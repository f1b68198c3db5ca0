"""The demo's live table: what an operator would see, from the same news that wallboards hear."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import aiomqtt
from rich.live import Live
from rich.table import Table

if TYPE_CHECKING:
    from rich.console import Console

    from lab.agents import HeadlessAgents
    from lab.parts import Parts

_EVERY_S = 0.5
_LINE_EVERY_S = 10.0
"""Where nobody watches (no terminal), a line is printed this often instead."""


class Screen:
    """Hears the campaigns and calls, and draws them."""

    def __init__(self, parts: Parts, agents: HeadlessAgents, console: Console) -> None:
        self._parts = parts
        self._agents = agents
        self._console = console
        self._campaign: dict[str, Any] = {}
        self._calls: dict[str, str] = {}
        self._outcomes: Counter[str] = Counter()
        self._placed: set[str] = set()
        self._moved = asyncio.Condition()

    async def hear(self) -> None:
        """Listen until cancelled."""
        async with self._client("monitor") as client:
            await client.subscribe([(f"{self._root}/campaigns/1", 1), (f"{self._root}/calls/+", 1)])
            async for message in client.messages:
                news = json.loads(bytes(message.payload))
                if "/campaigns/" in str(message.topic):
                    self._campaign = news
                    continue
                async with self._moved:
                    self._call(news)
                    self._moved.notify_all()

    async def command(self, campaign: str, command: dict[str, Any]) -> None:
        """Send an operator's command over MQTT."""
        async with self._client("operator") as client:
            await client.publish(f"{self._root}/commands/campaigns/{campaign}", json.dumps(command), qos=1)

    async def until_quiet(self, within_s: float) -> None:
        """Wait until no call is live any more; TimeoutError if that takes too long."""
        async with asyncio.timeout(within_s), self._moved:
            await self._moved.wait_for(lambda: not self._calls)

    async def show(self, seconds: float) -> None:
        """Draw until cancelled."""
        began = asyncio.get_running_loop().time()
        if not self._console.is_terminal:
            while True:
                await asyncio.sleep(_LINE_EVERY_S)
                passed = asyncio.get_running_loop().time() - began
                self._console.print(
                    f"      {passed:4.0f} s  {self._line()}", markup=False, highlight=False, soft_wrap=True
                )
        with Live(console=self._console, refresh_per_second=4) as live:
            while True:
                live.update(self._table(asyncio.get_running_loop().time() - began, seconds))
                await asyncio.sleep(_EVERY_S)

    @property
    def _root(self) -> str:
        return f"ringpace/{self._parts.settings.mqtt.site}"

    def _client(self, user: str) -> aiomqtt.Client:
        mqtt = self._parts.settings.mqtt
        return aiomqtt.Client(mqtt.host, mqtt.port, username=user, password=self._parts.secrets.mqtt[user])

    def _call(self, news: dict[str, Any]) -> None:
        attempt_id, state = news["attempt_id"], news["state"]
        if state == "ENDED":
            self._calls.pop(attempt_id, None)
            self._outcomes[news["outcome"]] += 1
            return
        self._calls[attempt_id] = state
        self._placed.add(attempt_id)

    def _figures(self) -> dict[str, str]:
        calls, agents = (
            Counter(self._calls.values()),
            Counter(card.get("state") for card in self._agents.cards.values()),
        )
        rate, abandonment = self._campaign.get("answer_rate"), self._campaign.get("abandonment", 0.0)
        return {
            "placed": str(len(self._placed)),
            "ringing": str(calls["PLACED"] + calls["RINGING"]),
            "talking": str(calls["TALKING"]),
            "free agents": f"{agents['READY']} of {sum(agents.values()) - agents['OFFLINE']}",
            "answer rate": "unknown" if rate is None else f"{rate:.0%}",
            "abandonment": f"{abandonment:.1%} of {self._campaign.get('live_answers', 0)}",
            "expected of the next": f"{self._campaign.get('expected_abandonment') or 0.0:.1%}",
        }

    def _line(self) -> str:
        holds = ", ".join(f"{name} {count}" for name, count in self._campaign.get("holds", {}).items())
        figures = " · ".join(f"{name} {value}" for name, value in self._figures().items())
        return f"{figures} · leads wait: {holds or '-'} · {self._pacing()}"

    def _pacing(self) -> str:
        """The present decision in words."""
        return f"{self._campaign.get('mode', '')}: {self._campaign.get('decision') or '-'}"

    def _table(self, passed: float, seconds: float) -> Table:
        table = Table(title=f"{self._campaign.get('name', '')}   {passed:.0f} of {seconds:.0f} s", title_justify="left")
        table.add_column("now", style="bold")
        table.add_column("")
        table.add_column("outcomes", style="bold")
        table.add_column("")
        table.add_column("leads wait for", style="bold")
        table.add_column("")
        left = list(self._figures().items())
        middle = [(name, str(count)) for name, count in self._outcomes.most_common()]
        right = [(name, str(count)) for name, count in self._campaign.get("holds", {}).items()]
        for row in range(max(len(left), len(middle), len(right))):
            cells = (side[row] if row < len(side) else ("", "") for side in (left, middle, right))
            table.add_row(*(cell for pair in cells for cell in pair))
        table.caption = self._pacing()
        table.caption_justify = "left"
        return table

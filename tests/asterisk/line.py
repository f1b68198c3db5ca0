"""A client under test, with all that it was told, and the back-offs that tests want."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from dialer.asterisk.client import AmiClient, BackOff, SwitchState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from .fake_ami import FakeAmi

AT_ONCE = BackOff(0.001, 0.002)


@dataclass(frozen=True, slots=True)
class ForEver(BackOff):
    """Never tries again, and tells the test that it has come to that."""

    least_s: float = 3600
    most_s: float = 3600
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    def delay_s(self, failures: int, rng: Random) -> float:
        self.begun.set()
        return super(ForEver, self).delay_s(failures, rng)


class Line:
    """A client with all that it was told."""

    def __init__(
        self,
        fake: FakeAmi,
        lost: BackOff = AT_ONCE,
        refused: BackOff = AT_ONCE,
        boot_timeout_s: float = 60,
        **settings: Any,
    ) -> None:
        self.events: asyncio.Queue[Mapping[str, str]] = asyncio.Queue()
        self.ups: asyncio.Queue[None] = asyncio.Queue()
        self.downs: asyncio.Queue[None] = asyncio.Queue()
        self.client = AmiClient(
            fake.settings(**settings),
            on_event=self.take,
            on_up=lambda: self.ups.put_nowait(None),
            on_down=lambda: self.downs.put_nowait(None),
            rng=Random(1),
            lost=lost,
            refused=refused,
            boot_timeout_s=boot_timeout_s,
        )

    def take(self, event: Mapping[str, str]) -> None:
        if event["Event"] == "Poison":
            raise ValueError("poison")
        self.events.put_nowait(event)

    def state(self) -> SwitchState:
        return self.client.state

    async def next_named(self, name: str) -> Mapping[str, str]:
        while (event := await self.events.get())["Event"] != name:
            pass
        return event


@asynccontextmanager
async def running(client: AmiClient) -> AsyncIterator[None]:
    task = asyncio.create_task(client.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def connected(fake: FakeAmi, **settings: Any) -> AsyncIterator[Line]:
    line = Line(fake, **settings)
    async with running(line.client):
        await line.ups.get()
        yield line

"""A manager connection as bare as can be, so that the lab is tested without the controller's own client."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

PATIENCE_S = 20.0


class Ami:
    """Logs in on entry; `send` an action, and wait `until` an event with these values has come."""

    def __init__(self, port: int, secret: str) -> None:
        self._port, self._secret = port, secret
        self.events: list[dict[str, str]] = []

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        await self._reader.readline()
        await self.send(Action="Login", Username="dialer", Secret=self._secret)
        await self.until(Event="FullyBooted")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    async def send(self, **action: str) -> None:
        lines = "".join(f"{key}: {value}\r\n" for key, value in action.items())
        self._writer.write(f"{lines}\r\n".encode())
        await self._writer.drain()

    async def until(self, **wanted: str) -> dict[str, str]:
        """The first event with these values, whether it has come already or is yet to come."""
        for event in self.events:
            if wanted.items() <= event.items():
                return event
        async with asyncio.timeout(PATIENCE_S):
            while True:
                message = (await self._reader.readuntil(b"\r\n\r\n")).decode()
                event = dict(line.split(": ", 1) for line in message.split("\r\n") if ": " in line)
                self.events.append(event)
                if wanted.items() <= event.items():
                    return event

    async def call(self, channel: str, leg: str, context: str, extension: str) -> None:
        """Originate, as the controller does it."""
        place = {"Context": context, "Exten": extension, "Priority": "1", "Timeout": "15000"}
        place["Variable"] = "UNATTENDED_AFTER_S=30"  # without it the dialplan sends the customer away at once
        await self.send(Action="Originate", Channel=channel, ChannelId=leg, Async="true", **place)

"""A bare AMI socket: no library, no state, no checks; what is left of an AMI client when only the bytes remain.

It stands beside the dialler in the benchmarks: whatever it reaches is what this Asterisk and this machine give.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.settings import AmiSettings

_LOGIN_S = 10.0


class BareSocket(asyncio.Protocol):
    """`open` gives one that is logged in; `say` sends an action and waits for nothing; events go to `on_event`."""

    def __init__(self, on_event: Callable[[dict[str, str]], None]) -> None:
        self._on_event = on_event
        self._heard = b""
        self._transport: asyncio.Transport | None = None
        self.booted = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, ami: AmiSettings, on_event: Callable[[dict[str, str]], None]) -> BareSocket:
        """Connect and log in; TimeoutError if Asterisk does not let us in."""
        loop = asyncio.get_running_loop()
        _, socket = await loop.create_connection(lambda: cls(on_event), ami.host, ami.port)
        socket.say("Login", Username=ami.username, Secret=ami.secret.get_secret_value(), Events="on")
        async with asyncio.timeout(_LOGIN_S):
            await socket.booted
        return socket

    def say(self, action: str, **headers: str | int) -> None:
        """Send an action; the answer is not waited for."""
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
        if self._transport is not None:
            self._transport.write("\r\n".join(lines).encode())

    def close(self) -> None:
        """Hang up on Asterisk."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """We are connected; called by asyncio."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a TCP connection has no other kind
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Asterisk said something: whole messages go on, the rest waits for its end; called by asyncio."""
        *messages, self._heard = (self._heard + data).split(b"\r\n\r\n")
        for message in messages:
            headers = dict(line.partition(": ")[::2] for line in message.decode(errors="replace").split("\r\n"))
            if headers.get("Event") == "FullyBooted" and not self.booted.done():
                self.booted.set_result(None)
            if "Event" in headers:
                self._on_event(headers)


def originate(socket: BareSocket, leg_id: str, channel: str, context: str, exten: str, caller_id: str) -> None:
    """The same Originate that the dialler sends."""
    socket.say(
        "Originate",
        Channel=channel,
        ChannelId=leg_id,
        Context=context,
        Exten=exten,
        Priority=1,
        Async="true",
        Timeout=15000,
        CallerID=f"<{caller_id}>",
        Variable="CHANNEL(language)=zh",
    )

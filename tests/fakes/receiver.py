"""Another system that webhooks post to: a real HTTP server on this machine, which does as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

OK = b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
BROKEN = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(slots=True)
class Request:
    """One request as it came."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """The body, read."""
        found: dict[str, Any] = json.loads(self.body)
        return found


@dataclass(slots=True)
class Receiver:
    """Answers each request with the next of `answers`, else with `otherwise`; None closes without a word."""

    url: str = ""
    port: int = 0
    answers: list[bytes | None] = field(default_factory=list)
    otherwise: bytes | None = OK
    silent: bool = False
    """Takes requests and never answers."""
    endless: bool = False
    """After the answer comes a body that does not end."""
    got: list[Request] = field(default_factory=list)
    live: int = 0
    most_live: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.live += 1
        self.most_live = max(self.most_live, self.live)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            line, *rest = head.strip().split("\r\n")
            headers = {key.lower(): value for key, _, value in (one.partition(": ") for one in rest)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            self.got.append(Request(line, headers, body))
            if self.silent:
                await reader.read()
            answer = self.answers.pop(0) if self.answers else self.otherwise
            writer.write(answer or b"")
            while self.endless:
                writer.write(b"x" * 65536)
                await writer.drain()
            await writer.drain()
        self.live -= 1
        writer.close()


@asynccontextmanager
async def receiver(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """One that listens."""
    made = Receiver()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    made.url = f"{'https' if tls else 'http'}://127.0.0.1:{made.port}/hook?from=ringpace"
    try:
        yield made
    finally:
        server.close()

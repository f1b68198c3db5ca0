"""A manager interface that does as a test's script says: it answers, keeps silent, refuses, floods or hangs up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr

from dialer.settings import AmiSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    Script = Callable[["FakeConnection", dict[str, str]], None]

SECRET = "right"  # noqa: S105 - of a server that lives for one test
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def block(**headers: str) -> bytes:
    """One event or response as Asterisk writes it."""
    return "".join(f"{key}: {value}\r\n" for key, value in headers.items()).encode() + b"\r\n"


class FakeConnection:
    """The server's end of one connection."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.gone = asyncio.Event()
        self.was_reset = False
        """The client went without a goodbye, and took with it what it had not delivered."""

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._writer.write(data)

    async def sent(self) -> None:
        """Wait until most of what was written is on its way."""
        await self._writer.drain()

    def event(self, name: str, **headers: str) -> None:
        """Write one event."""
        self.send(block(Event=name, **headers))

    def answer(self, action: dict[str, str], response: str = "Success", **headers: str) -> None:
        """Write the response to an action."""
        self.send(block(Response=response, ActionID=action["ActionID"], **headers))

    def drop(self) -> None:
        """Hang up."""
        self._writer.close()


def login(connection: FakeConnection, action: dict[str, str]) -> None:
    """What Asterisk does with a login."""
    if action["Secret"] == SECRET:
        connection.answer(action, Message="Authentication accepted")
        connection.event("FullyBooted", Status="Fully Booted")
    else:
        connection.answer(action, "Error", Message="Authentication failed")
        connection.drop()


def succeed(connection: FakeConnection, action: dict[str, str]) -> None:
    """The plainest answer."""
    connection.answer(action)


def ignore(_connection: FakeConnection, _action: dict[str, str]) -> None:
    """No answer at all."""


class FakeAmi:
    """The server; `scripts` says by action what is done, and `received` holds every action in order."""

    def __init__(self, banner: bytes = BANNER) -> None:
        self.scripts: dict[str, Script] = {"Login": login}
        self.received: list[dict[str, str]] = []
        self.connections: list[FakeConnection] = []
        self._banner = banner
        self._news = asyncio.Condition()
        self._server: asyncio.Server | None = None

    @property
    def connection(self) -> FakeConnection:
        """The newest connection."""
        return self.connections[-1]

    def settings(
        self, *, secret: str = SECRET, action_timeout_s: float = 5, ping_interval_s: float = 60
    ) -> AmiSettings:
        """How a client reaches this server."""
        assert self._server
        port = self._server.sockets[0].getsockname()[1]
        return AmiSettings(
            port=port,
            secret=SecretStr(secret),
            action_timeout_s=action_timeout_s,
            ping_interval_s=ping_interval_s,
        )

    def names(self) -> list[str]:
        """The names of all actions received."""
        return [action["Action"] for action in self.received]

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until something holds that depends on what was received."""
        async with self._news:
            await self._news.wait_for(what)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connection = FakeConnection(writer)
        connection.send(self._banner)
        self.connections.append(connection)
        await self._tell()
        try:
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in text.strip().split("\r\n"))
                self.received.append(action)
                self.scripts.get(action["Action"], succeed)(connection, action)
                await self._tell()
        except ConnectionResetError:
            connection.was_reset = True
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            connection.gone.set()
            writer.close()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server
        self._server.close()
        for connection in self.connections:
            connection.drop()
            await connection.gone.wait()
        await self._server.wait_closed()

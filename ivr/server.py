"""The FastAGI server: Asterisk connects once for each leg in a flow, and is told what to play."""

from __future__ import annotations

import asyncio
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from dialer.core.errors import SettingsError
from ivr.flow import Play, Walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from types import TracebackType

    from ivr.flow import Flow

log = logging.getLogger(__name__)

HEADERS_S = 5.0
"""Asterisk sends its headers at once; whoever does not is no Asterisk."""
PROMPT_S = 120.0
"""No prompt is longer."""
GRACE_S = 5.0
"""How much later than its own time limit Asterisk may answer."""
MOST_HEADERS = 200
SOUNDS = "ringpace"
"""The folder of our prompts below each language's sounds."""

REPLY = re.compile(r"200 result=(-?[0-9]{1,3})\b(?: .*endpos=([0-9]{1,12}))?")


@dataclass(frozen=True, slots=True)
class Visit:
    """One leg in one flow; `caller` is who rang, where they rang us, and our own number where we rang them."""

    leg_id: str
    flow: str
    caller: str


class _GoneError(Exception):
    """The person hung up, or Asterisk closed the connection or kept silent."""


class IvrServer:
    """Serves `flows` at agi://host:port/<flow's name>; use it as an async context manager.

    `on_started` and `on_ended` (with whether the person opted out, and the digits pressed by question) are called
    once each for every visit, also when the person hangs up in the middle. `on_opted_out` is awaited before the person
    is told that the wish is fulfilled.
    """

    def __init__(
        self,
        flows: Mapping[str, Flow],
        host: str,
        port: int,
        *,
        on_started: Callable[[Visit], None],
        on_opted_out: Callable[[Visit], Awaitable[None]],
        on_ended: Callable[[Visit, bool, Mapping[str, str]], None],
    ) -> None:
        self._flows = flows
        self._host = host
        self._port = port
        self._on_started = on_started
        self._on_opted_out = on_opted_out
        self._on_ended = on_ended
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()

    @property
    def port(self) -> int:
        """The port that is listened on; tells which one was found when 0 was asked for."""
        if self._server is None:
            return self._port
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def listening(self) -> bool:
        """Whether Asterisk can reach the flows."""
        return self._server is not None and self._server.is_serving()

    async def __aenter__(self) -> Self:
        try:
            self._server = await asyncio.start_server(self._serve, self._host, self._port)
        except OSError as error:
            raise SettingsError(f"agi.port: cannot listen on {self._host}:{self._port}: {error}") from error
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop listening and end every visit; each is still reported."""
        if self._server is not None:
            self._server.close()
            for visit in self._visits:
                visit.cancel()
            await asyncio.gather(*self._visits, return_exceptions=True)
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: asyncio.Server knows its connections' tasks, but does not end them.
        task = asyncio.create_task(self._visit(reader, writer))
        self._visits.add(task)
        task.add_done_callback(self._visits.discard)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            headers = await _read_headers(reader)
            visit = Visit(
                headers.get("agi_uniqueid", ""), headers.get("agi_network_script", ""), headers.get("agi_callerid", "")
            )
            flow = self._flows.get(visit.flow)
            if flow is None or not visit.leg_id:
                log.error("no such flow", extra={"flow": visit.flow, "leg_id": visit.leg_id})
                return
            await self._walk(Walk(flow), visit, _Line(reader, writer))
        except _GoneError as error:
            log.info("flow cut short", extra={"reason": str(error)})
        finally:
            writer.close()

    async def _walk(self, walk: Walk, visit: Visit, line: _Line) -> None:
        self._tell(visit, lambda: self._on_started(visit))
        try:
            instruction, wished = walk.next(), False
            while isinstance(instruction, Play):
                instruction = walk.next(await line.play(instruction))
                if walk.opted_out and not wished:
                    wished = True
                    await self._opt_out(visit)
        finally:
            self._tell(visit, lambda: self._on_ended(visit, walk.opted_out, walk.answers))

    async def _opt_out(self, visit: Visit) -> None:
        try:
            await self._on_opted_out(visit)
        except Exception:
            log.exception("a flow's callback failed", extra={"flow": visit.flow, "leg_id": visit.leg_id})

    def _tell(self, visit: Visit, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            log.exception("a flow's callback failed", extra={"flow": visit.flow, "leg_id": visit.leg_id})


async def _read_headers(reader: asyncio.StreamReader) -> dict[str, str]:
    headers: dict[str, str] = {}
    try:
        async with asyncio.timeout(HEADERS_S):
            for _ in range(MOST_HEADERS):
                line = (await reader.readline()).decode(errors="replace")
                if line == "\n":
                    return headers
                if not line.endswith("\n"):
                    break
                key, _, value = line.rstrip("\r\n").partition(": ")
                headers[key] = value
    except (TimeoutError, ValueError, ConnectionError) as error:  # ValueError: a line longer than the reader's limit
        raise _GoneError("no AGI request") from error
    raise _GoneError("no AGI request")


class _Line:
    """Asterisk's end of one visit: a command out, its one reply in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def play(self, play: Play) -> str | None:
        """Play a prompt, and wait for one of its digits if it has any; returns the digit, or None."""
        digit, played = await self._command(f'STREAM FILE {SOUNDS}/{play.prompt} "{play.digits}"', PROMPT_S)
        if digit is None and not played:
            # Asterisk passes over a file that is not there in silence; the law wants the message heard.
            log.error("prompt missing or empty", extra={"prompt": play.prompt})
        loop = asyncio.get_running_loop()
        until = loop.time() + play.wait_s
        while (digit is None or digit not in play.digits) and (left_s := until - loop.time()) > 0:
            digit, _ = await self._command(f"WAIT FOR DIGIT {max(1, round(left_s * 1000))}", left_s + GRACE_S)
            if digit is None:
                break
        return digit

    async def _command(self, command: str, deadline_s: float) -> tuple[str | None, int]:
        """Returns the digit that was pressed, if any, and how many samples were played."""
        try:
            async with asyncio.timeout(deadline_s):
                self._writer.write(f"{command}\n".encode())
                await self._writer.drain()
                reply = (await self._reader.readline()).decode(errors="replace")
        except (TimeoutError, ValueError, ConnectionError) as error:
            raise _GoneError(f"{command}: {error or 'no reply'}") from error
        match = REPLY.match(reply)
        if match is None or match[1].startswith("-"):  # also HANGUP, `511 dead channel`, and the end of the stream
            raise _GoneError(f"{command}: {reply.strip() or 'closed'}")
        return (chr(int(match[1])) if match[1] != "0" else None), int(match[2] or 0)

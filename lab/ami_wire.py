"""The cable between the dialler and Asterisk's manager interface: passes every byte on, until told to misbehave.

dialer serve <── near ──> AmiWire <── far ──> Asterisk
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lab.plan import HOST

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

_END = b"\r\n\r\n"
_LONGEST_BLOCK = 1 << 20
_NEIGHBOUR_S = 0.05
"""How long an event that is to change places waits for the one behind it."""
_REFUSED = "Response: Error\r\nActionID: {}\r\nMessage: Authentication failed\r\n\r\n"

UNKNOWN_EVENT = b"Event: StarAligned\r\nPrivilege: call,all\r\nUniqueid: 1\r\nHouse: seventh\r\n\r\n"
"""One that no Asterisk says today."""
GARBLED_EVENT = b"Event: Newchannel\r\nUniqueid: \xff\xfe\r\nCallerIDName: \xd5\xc5\xce\xb0\xc0\r\n\r\n"
"""Bytes that are not UTF-8: a name in GB 18030, and nonsense."""


def long_event(size: int = 10_000_000) -> bytes:
    """An event with one header of so many bytes."""
    return b"Event: Newchannel\r\nUniqueid: 2\r\nCallerIDName: " + b"x" * size + _END


@dataclass(slots=True)
class _Faults:
    """What the wire does wrong now; as made here, nothing."""

    refuses: bool = False
    refuses_logins: bool = False
    delay_s: float = 0.0
    swallowed: frozenset[str] = frozenset()
    twice: bool = False
    swaps: Random | None = None


class AmiWire:
    """Listens on `port` between `start` and `stop`. Every fault lasts until `mend`.

    Faults add up. What goes to Asterisk is never changed, only held back or lost with its connection.
    """

    def __init__(self, port: int, asterisk_port: int) -> None:
        self.port = port
        self._asterisk_port = asterisk_port
        self._faults = _Faults()
        self._version: str | None = None
        self._flows = asyncio.Event()
        self._flows.set()
        self._sessions: dict[asyncio.Task[None], _Session] = {}
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._accept, HOST, self.port, limit=_LONGEST_BLOCK)

    async def stop(self) -> None:
        """Cut every connection, and listen no more."""
        if self._server is None:
            return
        self._server.close()
        ending = list(self._sessions)
        self.cut()
        await asyncio.gather(*ending, return_exceptions=True)
        await self._server.wait_closed()
        self._server = None

    def mend(self) -> None:
        """Behave. What a frozen connection held back goes on its way, unless its sender has reset it meanwhile."""
        self._faults = _Faults()
        self._flows.set()

    def cut(self, *, refuse: bool = False) -> None:
        """Close every connection on both sides; what was on its way is lost. `refuse`: and let nobody in again."""
        self._faults.refuses = refuse
        for task in self._sessions:
            task.cancel()

    def freeze(self) -> None:
        """Half-open: nothing passes either way, not even a goodbye; new connections are accepted and hear nothing."""
        self._flows.clear()

    def delay(self, seconds: float) -> None:
        """Whatever Asterisk says arrives so much later, in its order."""
        self._faults.delay_s = seconds

    def swallow(self, *actions: str) -> None:
        """Asterisk acts on these, and nothing that it says with their ActionID arrives: neither answer nor list."""
        self._faults.swallowed |= {action.lower() for action in actions}

    def duplicate_events(self) -> None:
        """Every event comes twice."""
        self._faults.twice = True

    def reorder_events(self, rng: Random) -> None:
        """Neighbouring events change places, every other time; none overtakes an answer, or is overtaken by one."""
        self._faults.swaps = rng

    def refuse_logins(self) -> None:
        """No account is good enough."""
        self._faults.refuses_logins = True

    def greet_as(self, version: str) -> None:
        """From the next connection on the banner tells this version; `mend` does not change it back."""
        self._version = version

    def inject(self, *blocks: bytes) -> None:
        """Say this to the dialler, between two blocks of Asterisk's own; nobody is told where nobody is connected."""
        for session in self._sessions.values():
            for block in blocks:
                session.say(block)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._faults.refuses:
            writer.transport.abort()
            return
        session = _Session(reader, writer, self)
        task = asyncio.get_running_loop().create_task(session.run())
        self._sessions[task] = session
        task.add_done_callback(lambda done: self._sessions.pop(done, None))

    # --- what a session asks ----------------------------------------------------------------------

    @property
    def faults(self) -> _Faults:
        """What to do wrong now."""
        return self._faults

    async def flowing(self) -> None:
        """Wait while the wire is frozen."""
        await self._flows.wait()

    async def call(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A new connection to Asterisk."""
        return await asyncio.open_connection(HOST, self._asterisk_port, limit=_LONGEST_BLOCK)

    def banner(self, own: bytes) -> bytes:
        """The banner to greet with; `own` is Asterisk's."""
        return own if self._version is None else f"Asterisk Call Manager/{self._version}\r\n".encode()


@dataclass(slots=True)
class _Session:
    """One connection of the dialler, and the one to Asterisk that goes with it."""

    near_reader: asyncio.StreamReader
    near: asyncio.StreamWriter
    wire: AmiWire
    _to_say: asyncio.Queue[tuple[float, bytes]] = field(default_factory=asyncio.Queue)
    _unanswered: set[bytes] = field(default_factory=set)
    """ActionIDs of which nothing more is to be heard."""
    _held: bytes = b""
    """An event that lets its successor go first."""

    async def run(self) -> None:
        """Pass on what both sides say until one of them leaves, or the wire is cut."""
        try:
            await self.wire.flowing()
            with contextlib.suppress(OSError):
                await self._pass_on(*await self.wire.call())
        finally:
            self.near.transport.abort()

    async def _pass_on(self, far_reader: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        pumps = [
            asyncio.ensure_future(pump)
            for pump in (self._from_dialler(far), self._from_asterisk(far_reader), self._speak())
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            await self.wire.flowing()  # a frozen wire does not even tell that somebody has left
        finally:
            self.near.transport.abort()
            far.transport.abort()
            for pump in pumps:
                pump.cancel()
            ended = await asyncio.gather(*pumps, return_exceptions=True)
        for error in ended:
            if isinstance(error, Exception) and not isinstance(error, OSError | asyncio.IncompleteReadError):
                raise error

    async def _from_dialler(self, far: asyncio.StreamWriter) -> None:
        while True:
            action = await self.near_reader.readuntil(_END)
            await self.wire.flowing()
            if error := self.near_reader.exception():
                raise error  # reset while it was frozen: what the sender's side had not delivered is dropped with it
            name, action_id = _header(action, b"action").decode().lower(), _header(action, b"actionid")
            if name == "login" and self.wire.faults.refuses_logins:
                self.say(_REFUSED.format(action_id.decode()).encode())
                continue
            if action_id and name in self.wire.faults.swallowed:
                self._unanswered.add(action_id)
            far.write(action)
            await far.drain()

    async def _from_asterisk(self, far_reader: asyncio.StreamReader) -> None:
        self.say(self.wire.banner(await far_reader.readuntil(b"\r\n")))
        while True:
            self._hear(await far_reader.readuntil(_END))

    def _hear(self, block: bytes) -> None:
        faults = self.wire.faults
        if _header(block, b"actionid") in self._unanswered:
            return
        if not _is_event(block):
            self._let_go()
            self.say(block)
            return
        if faults.swaps is not None and not self._held and faults.swaps.random() < 0.5:  # noqa: PLR2004 - a fair coin
            self._held = block
            asyncio.get_running_loop().call_later(_NEIGHBOUR_S, self._let_go)
            return
        self._say_event(block)
        self._let_go()

    def _let_go(self) -> None:
        held, self._held = self._held, b""
        if held:
            self._say_event(held)

    def _say_event(self, block: bytes) -> None:
        for _ in range(1 + self.wire.faults.twice):
            self.say(block)

    def say(self, data: bytes) -> None:
        """Put it at the end of what the dialler is to hear."""
        due = asyncio.get_running_loop().time() + self.wire.faults.delay_s
        self._to_say.put_nowait((due, data))

    async def _speak(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due, data = await self._to_say.get()
            await asyncio.sleep(due - loop.time())
            await self.wire.flowing()
            self.near.write(data)
            await self.near.drain()


def _headers(block: bytes) -> Iterator[tuple[bytes, bytes]]:
    for line in block.split(b"\r\n"):
        name, _, value = line.partition(b":")
        yield name.strip().lower(), value.strip()


def _header(block: bytes, wanted: bytes) -> bytes:
    """The value of a header; empty where there is none."""
    return next((value for name, value in _headers(block) if name == wanted), b"")


def _is_event(block: bytes) -> bool:
    """An event of its own, and none of the rows that answer a list action."""
    name = _header(block, b"event")
    return bool(name) and (name == b"OriginateResponse" or not _header(block, b"actionid"))

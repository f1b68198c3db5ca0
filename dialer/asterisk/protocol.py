"""One AMI connection: bytes to messages, and each answer to the action that asked for it.

The parts of panoramisk that are kept are its parser (`Message`) and its actions; what it does around them is
replaced, because there an undecodable byte, an exception in a callback or a lost connection costs calls.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from dialer.core.errors import InputError, SwitchError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    Headers: TypeAlias = Mapping[str, str | int | Sequence[str]]

log = logging.getLogger(__name__)

END_OF_BLOCK = b"\r\n\r\n"
BANNER = b"Asterisk Call Manager/"
LONGEST_BLOCK = 1_000_000
"""Bytes; Asterisk's own events stay below 10 kB."""
_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER: a close throws away what was not delivered."""
LONGEST_LINE = 1000
"""Bytes of one header that we send; Asterisk throws away lines of 1024 and more (manager.c, get_input)."""


@dataclass(slots=True)
class Counters:
    """What happened on the edge since the start; the metrics read these."""

    connects: int = 0
    losses: int = 0
    refusals: int = 0
    """Logins that Asterisk refused."""
    events: int = 0
    dropped_blocks: int = 0
    """Longer than LONGEST_BLOCK."""
    garbled_blocks: int = 0
    """Not UTF-8 throughout; read all the same, with replacement characters."""
    callback_errors: int = 0
    timeouts: int = 0
    """Actions that Asterisk did not answer within their deadline."""


class Connection(AMIProtocol):  # type: ignore[misc]  # panoramisk publishes no types
    """One connection from its banner to its loss; `lost` is done, with the reason as its result, when it is over."""

    encoding = "utf-8"

    def __init__(self, on_event: Callable[[Mapping[str, str]], None], counters: Counters) -> None:
        loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[str] = loop.create_future()
        self.booted: asyncio.Future[None] = loop.create_future()
        self._on_event = on_event
        self._counters = counters
        self._buffer = bytearray()
        self._searched = 0
        self._greeted = False
        self._skipping = False

    def connection_lost(self, exc: Exception | None) -> None:
        """Asyncio has lost the connection: everything that waited for an answer fails, and is never sent again."""
        self.end(f"connection lost: {exc}" if exc else "Asterisk closed the connection")

    def end(self, reason: str) -> None:
        """Close without waiting for a peer that may be gone; the first reason given is the one kept."""
        if self.lost.done():
            return
        self.lost.set_result(reason)
        self.booted.cancel()
        self.closed = True
        self.transport.abort()
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(SwitchError(f"{action['action']}: {reason}"))
        self.responses.clear()

    def ask(self, name: str, headers: Headers, *, as_list: bool) -> Action:
        """Send an action; its `future` resolves to the messages of its answer.

        Raises InputError, before a byte is written, where a header could not be sent as it is.
        """
        _check(name, headers)
        action = Action({"Action": name, **headers}, as_list=as_list)
        self.send(action, as_list)
        return action

    def forget(self, action: Action) -> None:
        """Nobody waits for this answer any more."""
        self.responses.pop(action.id, None)

    def data_received(self, data: bytes) -> None:
        """Take in bytes, however they were cut, and handle every block that is complete."""
        self._buffer += data
        if not self._greeted and not self._take_banner():
            return
        begin, search = 0, self._searched
        while (end := self._buffer.find(END_OF_BLOCK, search)) != -1:
            self._take_block(bytes(self._buffer[begin:end]))
            begin = search = end + len(END_OF_BLOCK)
        del self._buffer[:begin]
        # The delimiter may be cut in two: its first three bytes are looked at again, and count for no block.
        keep = len(END_OF_BLOCK) - 1
        if len(self._buffer) > LONGEST_BLOCK + keep:
            self._skipping = True
            del self._buffer[:-keep]
        self._searched = max(0, len(self._buffer) - keep)

    def _take_banner(self) -> bool:
        line, found, rest = self._buffer.partition(b"\r\n")
        begun = line.startswith(BANNER) if found else line.startswith(BANNER[: len(line)]) and len(line) < LONGEST_LINE
        if not begun:
            self.end("what answers there is not Asterisk's manager interface")
        elif found:
            self._greeted = True
            self.version = line[len(BANNER) :].decode("ascii", "replace")
            self._buffer = rest
        return self._greeted

    def _take_block(self, block: bytes) -> None:
        if self._skipping or len(block) > LONGEST_BLOCK:
            self._skipping = False
            self._counters.dropped_blocks += 1
            log.warning("AMI block dropped", extra={"reason": "too long"})
            return
        try:
            text = block.decode()
        except UnicodeDecodeError:
            # A caller's name in another encoding must not cost us the Hangup that carries it.
            self._counters.garbled_blocks += 1
            text = block.decode(errors="replace")
        if (message := Message.from_line(text.strip())) is not None:
            self._take_message(message)

    def _take_message(self, message: Message) -> None:
        action = self.responses.get(str(message.id))
        # Of the events only those of a list answer an action: an OriginateResponse carries its ActionID too.
        if action is not None and (action.as_list or "event" not in message):
            self._answer(action, message)
            return
        if "event" not in message:
            return  # the answer to an action whose deadline has passed
        self._counters.events += 1
        if message.event == "FullyBooted" and not self.booted.done():
            self.booted.set_result(None)
        try:
            self._on_event(message)
        except Exception:
            # One event that we cannot handle must not cost the ones behind it.
            self._counters.callback_errors += 1
            log.exception("event not handled", extra={"event": message.event, "leg_id": message.uniqueid})

    def _answer(self, action: Action, message: Message) -> None:
        """A list is one response, its events and their Complete; short of that it is no list, but a wait.

        panoramisk's own reading takes a response that comes twice, or that says Message twice, for a whole list; and
        whoever is told that there are no channels ends every call.
        """
        answer: Message | list[Message] = message
        if action.as_list and message.success:  # as every event is; a refusal has no list behind it
            is_event = "event" in message
            if is_event is not bool(action.responses):
                return
            action.responses.append(message)
            if not str(message.event).endswith("Complete"):
                return
            answer = action.responses
        self.forget(action)
        if not action.future.done():
            action.future.set_result(answer)


async def connect(
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    on_event: Callable[[Mapping[str, str]], None],
    counters: Counters,
) -> Connection:
    """Open a connection, with TLS where there is a context for it; SwitchError where the other end cannot be trusted.

    Nothing is said to a server whose certificate does not check.
    """
    loop = asyncio.get_running_loop()
    try:
        transport, connection = await loop.create_connection(
            lambda: Connection(on_event, counters), host, port, ssl=tls
        )
    except ssl.SSLCertVerificationError as error:
        why = error.verify_message
        raise SwitchError(f"no trust in the certificate of {host}:{port} ({why}): check ami.ca_file") from error
    except ssl.SSLError as error:
        raise SwitchError(
            f"{host}:{port} does not answer in TLS ({error.reason}): check ami.tls and ami.port"
        ) from error
    # However it ends it is reset: of a half-open connection the kernel would go on delivering what is still on its way
    # once the network is back, and an Originate among it would ring for a call that is long closed.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    return connection


def rows(name: str, answer: Sequence[Message]) -> list[Message]:
    """The events between a list's beginning and its end.

    SwitchError where there are fewer than the end counts: what is not in a list of channels counts as gone.
    """
    _, *events, end = answer
    promised = str(end.get("ListItems", ""))
    if promised.isdecimal() and len(events) < int(promised):
        raise SwitchError(f"{name}: only {len(events)} of {promised} rows came")
    return events


def _check(name: str, headers: Headers) -> None:
    for key, values in {"Action": name, **headers}.items():
        if not key.isascii() or not key.replace("-", "").isalnum():
            raise InputError(f"AMI header {key!r}: not a header's name")
        for value in values if isinstance(values, (list, tuple)) else (values,):
            text = str(value)
            if any(character < " " for character in text):  # CR LF would begin a header of its own, or an action
                raise InputError(f"AMI header {key}: control characters cannot be sent")
            if len(f"{key}: {text}".encode()) > LONGEST_LINE:
                raise InputError(f"AMI header {key}: longer than {LONGEST_LINE} bytes")

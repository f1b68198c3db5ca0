"""The push: passes every piece of news on to the broker, and to whoever reads along in this process.

A reader that is slow costs nobody anything: its news waits in a queue of its own, and where that overflows it is
dropped, for a snapshot of all that is retained says the same in less.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    Filter = Callable[[str], bool]
    """Whether a reader may see what is told under this topic; always the same answer for the same one."""

_MOST_WAITING = 1000
_MOST_REMEMBERED = 10_000


class Teller(Protocol):
    """Where the news is passed on to."""

    def tell(self, topic: str, payload: Mapping[str, Any] | None, *, retain: bool = False) -> None:
        """Publish under the site's root; None clears a retained topic."""


@dataclass(frozen=True, slots=True)
class Item:
    """What a reader gets: all that is retained, `{topic: payload, ...}`, or one `{"topic": ..., "payload": ...}`."""

    kind: Literal["snapshot", "news"]
    data: bytes
    """JSON in one line."""


class Push:
    """Keeps `dialer.ports.NewsPort`, and lets others read along. `tell` never waits for a reader."""

    def __init__(self, news: Teller, node: str, *, most_waiting: int = _MOST_WAITING) -> None:
        """`most_waiting`: pieces of news that are kept for a reader who does not take them."""
        self._news = news
        self._service = f"service/{node}"
        self._most_waiting = most_waiting
        # The broker's connection tells this by itself; whoever reads along here needs no broker to see it.
        self._retained = {self._service: _json({"state": "up"})}
        self._readers: set[Reader] = set()
        self._seeing: dict[str, list[Reader]] = {}
        """Who sees a topic: to ask hundreds of readers about every piece of news would hold up bridges."""
        self._closed = False

    @property
    def readers(self) -> int:
        """How many read along now."""
        return len(self._readers)

    def tell(self, topic: str, payload: Mapping[str, Any] | None, *, retain: bool = False) -> None:
        """Pass it on, and hand it to every reader who may see it; None clears a retained topic."""
        self._news.tell(topic, payload, retain=retain)
        self._hand_out(topic, payload, retain=retain)

    @asynccontextmanager
    async def reader(self, may_see: Filter) -> AsyncIterator[Reader]:
        """Read along: a snapshot first, then each piece of news as it is told, until the push is closed."""
        reader = Reader(may_see, self._snapshot, self._most_waiting)
        if self._closed:
            reader.end()
        self._readers.add(reader)
        self._seeing.clear()
        try:
            yield reader
        finally:
            self._readers.discard(reader)
            self._seeing.clear()

    def close(self) -> None:
        """The service goes down: readers are told so, take what still waits for them, and end."""
        if self._closed:
            return
        self._closed = True
        self._hand_out(self._service, {"state": "down"}, retain=True)
        for reader in self._readers:
            reader.end()

    def _hand_out(self, topic: str, payload: Mapping[str, Any] | None, *, retain: bool) -> None:
        readers = self._who_sees(topic)
        if not retain and not readers:
            return
        body = _json(payload)
        if retain and payload is None:
            self._retained.pop(topic, None)
        elif retain:
            self._retained[topic] = body
        if readers:
            item = Item("news", b'{"topic": %b, "payload": %b}' % (_json(topic), body))
            for reader in readers:
                reader.hand(item)

    def _who_sees(self, topic: str) -> list[Reader]:
        found = self._seeing.get(topic)
        if found is None:
            if len(self._seeing) >= _MOST_REMEMBERED:
                self._seeing.clear()
            found = self._seeing[topic] = [reader for reader in self._readers if reader.may_see(topic)]
        return found

    def _snapshot(self, may_see: Filter) -> Item:
        seen = (b"%b: %b" % (_json(topic), body) for topic, body in self._retained.items() if may_see(topic))
        return Item("snapshot", b"{%b}" % b", ".join(seen))


class Reader:
    """One who reads along: `async for item in reader`. A wait that is cut off loses nothing."""

    def __init__(self, may_see: Filter, snapshot: Callable[[Filter], Item], most_waiting: int) -> None:
        self.may_see = may_see
        self._snapshot = snapshot
        self._most_waiting = most_waiting
        self._waiting: deque[Item] = deque()
        self._something = asyncio.Event()
        self._behind = True
        """The next item is a snapshot, which holds whatever is told until it is taken."""
        self._ends = False

    def hand(self, item: Item) -> None:
        """One more piece of news that this reader may see."""
        if self._behind:
            return
        if len(self._waiting) < self._most_waiting:
            self._waiting.append(item)
        else:
            self._waiting.clear()
            self._behind = True
        self._something.set()

    def end(self) -> None:
        """Nothing more comes."""
        self._ends = True
        self._something.set()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Item:
        while not self._behind:
            if self._waiting:
                return self._waiting.popleft()
            if self._ends:
                raise StopAsyncIteration
            self._something.clear()
            await self._something.wait()
        self._behind = False
        return self._snapshot(self.may_see)


def _json(value: object) -> bytes:
    """One line of JSON as browsers read it."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except ValueError:  # browsers know neither NaN nor infinity
        text = json.dumps(json.loads(json.dumps(value), parse_constant=lambda _: None), ensure_ascii=False)
    # "replace": half a surrogate pair, which JSON may spell, has no bytes of its own.
    return text.encode(errors="replace")

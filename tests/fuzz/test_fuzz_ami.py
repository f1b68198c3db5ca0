"""Whatever bytes come from Asterisk's port, cut wherever they are: what is whole is heard, and nothing breaks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from panoramisk.message import Message

from dialer.asterisk import protocol
from dialer.asterisk.protocol import BANNER, END_OF_BLOCK, Connection, Counters
from dialer.asterisk.translate import translate
from dialer.core.errors import SwitchError
from dialer.core.events import LegEvent

from .profile import examples

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping, Sequence

    from panoramisk.actions import Action

NOW = datetime(2026, 11, 21, 20, 50, tzinfo=UTC)
GREETING = BANNER + b"11.0.0\r\n"
SHORT_BLOCK = 120
"""Bytes; what LONGEST_BLOCK is here, so that it is often met."""

# Each <0> and <1> stands for the id of an action that waits for its answer.
KEYS = (
    "Event",
    "EVENT",
    "Response",
    "ActionID",
    "Message",
    "EventList",
    "SubEvent",
    "Uniqueid",
    "content",
    "CommandID",
)
VALUES = (
    "Success",
    "Error",
    "Follows",
    "Goodbye",
    "start",
    "x will follow",
    "<0>",
    "<1>",
    "FullyBooted",
    "StatusComplete",
)

headers = st.tuples(st.sampled_from(KEYS) | st.text(max_size=8), st.sampled_from(VALUES) | st.text(max_size=12))
lines = headers.map(": ".join) | st.text(max_size=12)
blocks = st.lists(lines, max_size=6).map(lambda found: "\r\n".join(found).encode())
rubbish = blocks | st.binary(max_size=40) | st.sampled_from([b"\r\n", b"\r", b"\n", END_OF_BLOCK, b"\xff\xfe", b"\0"])
cuts = st.lists(st.integers(1, 40), max_size=60)


class Wire:
    """A transport that keeps what was written and may be cut."""

    def __init__(self) -> None:
        self.aborted = False

    def write(self, data: bytes) -> None:
        assert data

    def abort(self) -> None:
        self.aborted = True


class Line:
    """A connection with two actions under way, the second of which asks for a list; what was heard, in plain dicts."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.wire = Wire()
        self.counters = Counters()
        self.connection = Connection(lambda event: self.events.append(self.plain(event)), self.counters)
        self.connection.connection_made(self.wire)
        self.actions: list[Action] = [
            self.connection.ask("Ping", {}, as_list=False),
            self.connection.ask("Status", {}, as_list=True),
        ]

    def hear(self, stream: bytes, lengths: Sequence[int]) -> None:
        """Take in the stream in reads of these lengths, the rest in one."""
        for count, action in enumerate(self.actions):
            stream = stream.replace(b"<%d>" % count, action.id.encode())
        for length in lengths:
            self._read(stream[:length])
            stream = stream[length:]
        self._read(stream)

    def _read(self, data: bytes) -> None:
        self.connection.data_received(data)
        held = len(self.connection._buffer)  # noqa: SLF001 - what is held in memory is told nowhere else
        assert held <= protocol.LONGEST_BLOCK + len(END_OF_BLOCK)

    def plain(self, message: Mapping[str, Any]) -> dict[str, Any]:
        """The headers, with the actions' ids as they were written in the stream."""
        text = dict(message.items())
        for count, action in enumerate(self.actions):
            text = {
                _replaced(key, action.id, f"<{count}>"): _replaced(value, action.id, f"<{count}>")
                for key, value in text.items()
            }
        return text

    def answers(self) -> list[list[dict[str, Any]] | None]:
        """What each action was told, None where it still waits."""
        told: list[list[dict[str, Any]] | None] = []
        for action in self.actions:
            result = action.future.result() if action.future.done() else None
            told.append(None if result is None else [self.plain(m) for m in _listed(result)])
        return told


def _listed(result: Any) -> list[Any]:
    return result if isinstance(result, list) else [result]


def _replaced(value: Any, old: str, new: str) -> Any:
    return [one.replace(old, new) for one in value] if isinstance(value, list) else value.replace(old, new)


def marker(number: int) -> bytes:
    return b"Event: Marker\r\nNumber: %d" % number


@examples(150)
@given(st.lists(rubbish, max_size=8), cuts)
@example([b"Response: Success\r\nActionID: <0>\r\nMessage: a\r\nMessage: b"], [])
@example([b"Response: Success\r\nActionID: <1>", b"Response: Success\r\nActionID: <1>"], [])
@example([b"Response: Success\r\nActionID: <1>\r\nMessage: a\r\nMessage: b"], [])
@example([b"Response: Success\r\nActionID: <1>", b"Event: StatusComplete\r\nActionID: <1>"], [])
async def test_a_whole_block_behind_rubbish_is_heard_and_cuts_change_nothing(
    rubbish: list[bytes], lengths: list[int]
) -> None:
    blocks = [block for number, thrown in enumerate(rubbish) for block in (thrown, marker(number))]
    stream = GREETING + b"".join(block + END_OF_BLOCK for block in blocks)
    whole, cut, bytewise = Line(), Line(), Line()
    whole.hear(stream, [])
    cut.hear(stream, lengths)
    bytewise.hear(stream, [1] * (len(stream) * 40))
    heard = [event["Number"] for event in whole.events if event.get("Event") == "Marker" and "Number" in event]
    assert heard == [str(number) for number in range(len(rubbish))]
    assert whole.events == cut.events == bytewise.events
    assert whole.answers() == cut.answers() == bytewise.answers()
    assert whole.counters == cut.counters == bytewise.counters
    for count, told in enumerate(whole.answers()):
        assert all(_is_for(message, f"<{count}>") for message in told or [])
    if (listed := whole.actions[1].future).done():
        _is_whole_or_refused(listed.result())
    assert not whole.wire.aborted


def _is_whole_or_refused(answer: Message | list[Message]) -> None:
    """Half a list would pass for the news that the other half has ended."""
    if isinstance(answer, list):
        response, *_, last = answer
        assert "event" not in response
        assert str(last["event"]).endswith("Complete")
    else:
        assert not answer.success


def _is_for(message: dict[str, Any], action_id: str) -> bool:
    ids = {key.lower(): value for key, value in message.items()}
    return action_id == ids.get("commandid", ids.get("actionid"))


@examples(100)
@given(
    st.lists(st.integers(0, 2 * SHORT_BLOCK) | st.integers(SHORT_BLOCK - 5, SHORT_BLOCK + 5), max_size=6),
    st.lists(st.integers(1, 3) | st.integers(1, 2 * SHORT_BLOCK), max_size=60),
)
@example([SHORT_BLOCK], [len(GREETING) + SHORT_BLOCK + 1])
async def test_what_is_longer_than_a_block_may_be_is_dropped_and_counted_however_it_was_cut(
    sizes: list[int], lengths: list[int]
) -> None:
    blocks = [b for number, size in enumerate(sizes) for b in (b"Event: Long".ljust(size, b"x")[:size], marker(number))]
    stream = GREETING + b"".join(block + END_OF_BLOCK for block in blocks)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol, "LONGEST_BLOCK", SHORT_BLOCK)
        whole, cut = Line(), Line()
        whole.hear(stream, [])
        cut.hear(stream, lengths)
    assert whole.events == cut.events
    assert [e["Number"] for e in whole.events if "Number" in e] == [str(number) for number in range(len(sizes))]
    assert whole.counters == cut.counters
    assert whole.counters.dropped_blocks == sum(size > SHORT_BLOCK for size in sizes)


@examples(100)
@given(st.binary(max_size=60) | st.binary(max_size=20).map(BANNER.__add__), cuts)
async def test_whoever_does_not_greet_as_asterisk_does_is_left_and_nothing_of_it_is_heard(
    greeting: bytes, lengths: list[int]
) -> None:
    line = Line()
    line.hear(greeting + b"\r\nEvent: Early\r\n\r\n", lengths)
    is_asterisk = greeting.startswith(BANNER)
    assert line.connection.lost.done() is line.wire.aborted is not is_asterisk
    if not is_asterisk:
        assert line.events == []
        for action in line.actions:
            assert isinstance(action.future.exception(), SwitchError)


@examples(100)
@given(st.lists(rubbish, max_size=8), st.sampled_from(["ValueError", "KeyError"]))
async def test_a_callback_that_fails_costs_its_own_event_alone(rubbish: list[bytes], kind: str) -> None:
    faults = {"ValueError": ValueError, "KeyError": KeyError}
    calls: list[object] = []

    def fail(event: Mapping[str, str]) -> None:
        calls.append(event)
        raise faults[kind](kind)

    counters = Counters()
    connection = Connection(fail, counters)
    connection.connection_made(cast("asyncio.BaseTransport", Wire()))
    connection.data_received(GREETING + b"".join(block + END_OF_BLOCK for block in [*rubbish, marker(0)]))
    assert calls
    assert counters.callback_errors == counters.events == len(calls)


# --- what the headers mean -----------------------------------------------------------------------

EVENTS = (
    "Newchannel",
    "Newstate",
    "DialState",
    "BridgeEnter",
    "BridgeLeave",
    "HangupRequest",
    "Hangup",
    "OriginateResponse",
    "UserEvent",
    "MixMonitorStop",
)
MEANT = {
    "Uniqueid": ["A-1"],
    "DestUniqueid": ["A-2"],
    "Channel": ["PJSIP/carrier-00000001"],
    "ChannelState": ["5", "6"],
    "DialStatus": ["RINGING", "PROGRESS"],
    "BridgeUniqueid": ["b1"],
    "BridgeTechnology": ["holding_bridge", "simple_bridge"],
    "Cause": ["17", "-1", "1e9", "99999999999999999999"],
    "Cause-txt": ["User busy"],
    "TechCause": ["486", "SIP 480 Gone", "٤٨٦"],
    "Response": ["Failure", "Success"],
    "Reason": ["3"],
    "UserEvent": ["Amd"],
    "Leg": ["A-1", " "],
    "Status": ["MACHINE", "HUMAN"],
    "Timestamp": ["1795294182.110048", "-1e300", "nan", "1" * 400, "253402300800", "-62135596801"],
}
odd_values = st.none() | st.integers() | st.booleans() | st.binary(max_size=5) | st.dictionaries(st.text(), st.text())


@st.composite
def events(draw: st.DrawFn) -> dict[str, Any]:
    """An event of a kind that we read, any of its headers missing, given twice, of another type, or nonsense."""
    found: dict[str, Any] = {"Event": draw(st.sampled_from(EVENTS))}
    for key, values in MEANT.items():
        value = st.sampled_from(values) | st.text(max_size=10)
        if draw(st.booleans()):
            found[key] = draw(value | st.lists(value, min_size=2, max_size=3) | odd_values)
    return found


@examples(300)
@given(events(), st.booleans())
def test_every_event_is_a_leg_s_or_none(headers: dict[str, Any], as_parsed: bool) -> None:  # noqa: FBT001 - drawn
    event = translate(Message(headers) if as_parsed else headers, NOW)
    if event is not None:
        assert isinstance(event, LegEvent)
        assert isinstance(event.leg_id, str)
        assert event.leg_id
        assert event.at.tzinfo is UTC
    if headers["Event"] == "Hangup" and isinstance(leg_id := headers.get("Uniqueid"), str) and leg_id:
        assert event is not None  # whatever else is unreadable, the leg has ended

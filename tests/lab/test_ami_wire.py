"""The misbehaving cable does what it is told, and nothing when it is told nothing."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import asynccontextmanager
from random import Random
from typing import TYPE_CHECKING

import pytest

from lab.ami_wire import GARBLED_EVENT, UNKNOWN_EVENT, AmiWire, long_event
from lab.plan import HOST, Ports
from tests.asterisk.fake_ami import BANNER, SECRET, FakeAmi, FakeConnection, block

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

END = b"\r\n\r\n"
RESET = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
"""A socket so set throws away at its close what it has not delivered."""


class Near:
    """The dialler's end of the cable, as bare as can be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def ask(self, action: str, action_id: str, **headers: str) -> None:
        self.writer.write(block(Action=action, ActionID=action_id, **headers))

    async def hear(self) -> bytes:
        return await self.reader.readuntil(END)

    async def heard(self, count: int) -> list[str]:
        """The names of the next events."""
        return [(await self.hear()).split(b"\r\n")[0].decode().removeprefix("Event: ") for _ in range(count)]

    async def is_cut(self) -> bool:
        """Waits for the end; False if something was still said."""
        try:
            return await self.reader.read() == b""
        except ConnectionResetError:
            return True


@pytest.fixture
async def fake() -> AsyncIterator[FakeAmi]:
    async with FakeAmi() as server:
        yield server


@pytest.fixture
async def wire(fake: FakeAmi) -> AsyncIterator[AmiWire]:
    cable = AmiWire(Ports.free().wire, fake.settings().port)
    await cable.start()
    yield cable
    await cable.stop()


@asynccontextmanager
async def connection(wire: AmiWire) -> AsyncIterator[Near]:
    reader, writer = await asyncio.open_connection(HOST, wire.port, limit=1 << 24)
    try:
        yield Near(reader, writer)
    finally:
        writer.transport.abort()


@asynccontextmanager
async def logged_in(wire: AmiWire, fake: FakeAmi) -> AsyncIterator[Near]:
    async with connection(wire) as near:
        assert await near.reader.readline() == BANNER
        near.ask("Login", "1", Secret=SECRET)
        await near.hear()
        assert await near.heard(1) == ["FullyBooted"]
        assert fake.names()[-1] == "Login"
        yield near


async def test_well_behaved_it_passes_every_byte(wire: AmiWire, fake: FakeAmi) -> None:
    odd = b"Event: \xff\xfe\r\nno colon\r\n a: b : c\r\n\r\n"
    async with logged_in(wire, fake) as near:
        near.ask("Originate", "2", Channel="PJSIP/张")
        assert await near.hear() == block(Response="Success", ActionID="2")
        assert fake.received[-1] == {"Action": "Originate", "ActionID": "2", "Channel": "PJSIP/张"}
        for byte in odd:
            fake.connection.send(bytes([byte]))
            await fake.connection.sent()
        assert await near.hear() == odd


async def test_cut_it_loses_what_is_under_way_on_both_sides(wire: AmiWire, fake: FakeAmi) -> None:
    async with logged_in(wire, fake) as near:
        wire.delay(3600)
        fake.connection.event("Hangup")
        near.ask("Ping", "2")
        await fake.until(lambda: fake.names()[-1] == "Ping")
        wire.cut()
        assert await near.is_cut()
        await fake.connection.gone.wait()
    wire.mend()
    async with logged_in(wire, fake):
        assert len(fake.connections) == 2


async def test_cut_it_may_let_nobody_in_until_it_is_mended(wire: AmiWire, fake: FakeAmi) -> None:
    wire.cut(refuse=True)
    async with connection(wire) as near:
        assert await near.is_cut()
    assert fake.connections == []
    wire.mend()
    async with logged_in(wire, fake):
        pass


async def test_frozen_it_carries_nothing_and_mended_it_carries_all(wire: AmiWire, fake: FakeAmi) -> None:
    async with logged_in(wire, fake) as near:
        wire.freeze()
        near.ask("Ping", "2")
        fake.connection.event("Hangup")
        async with connection(wire) as late:
            late.ask("Login", "3", Secret=SECRET)
            await fake.connection.sent()
            assert fake.names() == ["Login"]
            assert len(fake.connections) == 1
            wire.mend()
            assert await late.reader.readline() == BANNER
            assert b"Success" in await late.hear()
        assert {(await near.hear()).split(b"\r\n")[0] for _ in range(2)} == {b"Event: Hangup", b"Response: Success"}


async def test_frozen_it_does_not_deliver_for_a_sender_who_reset_the_connection(wire: AmiWire, fake: FakeAmi) -> None:
    async with logged_in(wire, fake) as near:
        wire.freeze()
        near.ask("Originate", "2")
        near.writer.get_extra_info("socket").setsockopt(*RESET)
        near.writer.transport.abort()
        for _ in range(10):
            await asyncio.sleep(0)  # loopback tells at once; the cable reads it in a turn of the loop or two
        assert not fake.connection.gone.is_set()
        wire.mend()
        await fake.connection.gone.wait()
        assert fake.names() == ["Login"]


async def test_late_everything_keeps_its_order(wire: AmiWire, fake: FakeAmi) -> None:
    async with logged_in(wire, fake) as near:
        wire.delay(0.05)
        fake.connection.send(b"".join(block(Event=f"E{number}") for number in range(20)))
        await near.heard(1)
        wire.mend()  # what is said from now on does not overtake what is still to come
        fake.connection.event("last")
        assert await near.heard(20) == [*(f"E{number}" for number in range(1, 20)), "last"]


async def test_swallowed_an_action_is_done_and_nothing_is_heard_of_it(wire: AmiWire, fake: FakeAmi) -> None:
    def lists(connection: FakeConnection, action: dict[str, str]) -> None:
        connection.answer(action)
        connection.event("CoreShowChannel", ActionID=action["ActionID"])
        connection.event("Newchannel", Uniqueid="A1")

    fake.scripts["Originate"] = fake.scripts["CoreShowChannels"] = lists
    async with logged_in(wire, fake) as near:
        wire.swallow("Originate", "coreshowchannels")
        near.ask("Originate", "2")
        near.ask("CoreShowChannels", "3")
        near.ask("Ping", "4")
        assert await near.heard(2) == ["Newchannel", "Newchannel"]
        assert await near.hear() == block(Response="Success", ActionID="4")
        assert fake.names() == ["Login", "Originate", "CoreShowChannels", "Ping"]
        wire.mend()
        near.ask("Originate", "5")
        assert b"ActionID: 5" in await near.hear()


async def test_doubled_events_and_single_answers(wire: AmiWire, fake: FakeAmi) -> None:
    async with logged_in(wire, fake) as near:
        wire.duplicate_events()
        fake.connection.event("Hangup")
        near.ask("Ping", "2")
        assert await near.heard(2) == ["Hangup", "Hangup"]
        assert b"Response" in await near.hear()
        fake.connection.event("last")
        assert await near.heard(1) == ["last"]


async def test_neighbours_change_places_and_no_event_is_lost(wire: AmiWire, fake: FakeAmi) -> None:
    sent = [f"E{number}" for number in range(40)]
    async with logged_in(wire, fake) as near:
        wire.reorder_events(Random(1))
        fake.connection.send(b"".join(block(Event=name) for name in sent))
        heard = await near.heard(len(sent))
        assert heard != sent
        assert sorted(heard) == sorted(sent)
        assert all(abs(sent.index(name) - position) <= 1 for position, name in enumerate(heard))


async def test_an_answer_is_overtaken_by_no_event(wire: AmiWire, fake: FakeAmi) -> None:
    def between_two_events(far: FakeConnection, action: dict[str, str]) -> None:
        far.event("before")
        far.answer(action)
        far.event("after")

    fake.scripts["Ping"] = between_two_events
    async with logged_in(wire, fake) as near:
        wire.reorder_events(Random(1))
        for number in range(10):
            near.ask("Ping", str(number))
            assert await near.heard(1) == ["before"]
            assert await near.hear() == block(Response="Success", ActionID=str(number))
            assert await near.heard(1) == ["after"]


async def test_what_is_injected_stands_between_two_blocks(wire: AmiWire, fake: FakeAmi) -> None:
    async with logged_in(wire, fake) as near:
        fake.connection.send(b"Event: Han")
        await fake.connection.sent()
        wire.inject(UNKNOWN_EVENT, GARBLED_EVENT, long_event())
        fake.connection.send(b"gup\r\n\r\n")
        assert await near.hear() == UNKNOWN_EVENT
        assert await near.hear() == GARBLED_EVENT
        assert len(await near.hear()) > 10_000_000
        assert await near.heard(1) == ["Hangup"]


async def test_another_version_greets_the_next_connection(wire: AmiWire) -> None:
    wire.greet_as("99.1.0")
    async with connection(wire) as near:
        assert await near.reader.readline() == b"Asterisk Call Manager/99.1.0\r\n"


async def test_logins_are_refused_until_it_is_mended(wire: AmiWire, fake: FakeAmi) -> None:
    wire.refuse_logins()
    async with connection(wire) as near:
        await near.reader.readline()
        near.ask("Login", "1", Secret=SECRET)
        assert await near.hear() == block(Response="Error", ActionID="1", Message="Authentication failed")
    assert fake.names() == []
    wire.mend()
    async with logged_in(wire, fake):
        pass

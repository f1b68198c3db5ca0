"""What each verb writes to Asterisk, and what it refuses to write."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dialer.asterisk.channels import ChannelInfo
from dialer.asterisk.switch import Switch
from dialer.core.errors import InputError, SwitchError
from dialer.core.model import SupervisionMode

from .fake_ami import FakeAmi, FakeConnection
from .line import connected

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PLACED = {
    "Action": "Originate",
    "Channel": "PJSIP/+8613800000000@carrier",
    "ChannelId": "A-1",
    "Context": "customers",
    "Exten": "amd",
    "Priority": "1",
    "Async": "true",
    "Timeout": "25000",
    "CallerID": "<+861012345678>",
    "Variable": "AGI_ADDRESS=127.0.0.1:4573",  # the last of five
}
ON_THE_LINE = {
    "Action": "Originate",
    "Channel": "PJSIP/agent3",
    "ChannelId": "S-1",
    "Context": "supervisors",
    "Exten": "whisper",
    "Priority": "1",
    "Async": "true",
    "Timeout": "20000",
    "EarlyMedia": "no",
    "Variable": "SUPERVISED=G-1",
}
CALLED = {
    "Action": "Originate",
    "Channel": "PJSIP/agent1",
    "ChannelId": "G-1",
    "Context": "agents",
    "Exten": "wait",
    "Priority": "1",
    "Async": "true",
    "Timeout": "20500",
    "EarlyMedia": "no",
}

VERBS: list[tuple[Callable[[Switch], Awaitable[None]], dict[str, str]]] = [
    (lambda s: s.place("A-1", "+8613800000000", "carrier", "+861012345678", 25, "amd", "zh", 3, "abandoned"), PLACED),
    (lambda s: s.call_agent("G-1", "agent1", 20.5), CALLED),
    (lambda s: s.call_supervisor("S-1", "agent3", "G-1", SupervisionMode.WHISPER, 20), ON_THE_LINE),
    (
        lambda s: s.supervise("S-1", "G-1", SupervisionMode.BARGE),
        {"Action": "Redirect", "Channel": "S-1", "Context": "supervisors", "Exten": "barge", "Priority": "1"},
    ),
    (lambda s: s.bridge("A-1", "G-1"), {"Action": "Bridge", "Channel1": "A-1", "Channel2": "G-1", "Tone": "no"}),
    (
        lambda s: s.record("A-1", Path("/var/录音/A-1.raw")),
        {"Action": "MixMonitor", "Channel": "A-1", "File": "/var/录音/A-1.raw", "Options": "bD"},
    ),
    (lambda s: s.stop_recording("A-1"), {"Action": "StopMixMonitor", "Channel": "A-1"}),
    (
        lambda s: s.stop_listening("A-1", "0x7f8db8005730"),
        {"Action": "StopMixMonitor", "Channel": "A-1", "MixMonitorID": "0x7f8db8005730"},
    ),
    (
        lambda s: s.play_flow("A-1", "abandoned"),
        {"Action": "Redirect", "Channel": "A-1", "Context": "ivr", "Exten": "abandoned", "Priority": "1"},
    ),
    (
        lambda s: s.hold("A-1"),
        {"Action": "Redirect", "Channel": "A-1", "Context": "hold", "Exten": "hold", "Priority": "1"},
    ),
    (
        lambda s: s.mute("G-1", on=True),
        {"Action": "MuteAudio", "Channel": "G-1", "Direction": "in", "State": "on"},
    ),
    (lambda s: s.press("A-1", "#"), {"Action": "PlayDTMF", "Channel": "A-1", "Digit": "#", "Duration": "80"}),
    (lambda s: s.hang_up("A-1"), {"Action": "Hangup", "Channel": "A-1", "Cause": "16"}),
]


@pytest.mark.parametrize(("verb", "written"), VERBS)
async def test_what_is_written(verb: Callable[[Switch], Awaitable[None]], written: dict[str, str]) -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        await verb(Switch(line.client, "127.0.0.1:4573"))
        assert {key: value for key, value in fake.received[-1].items() if key != "ActionID"} == written


BAD: list[Callable[[Switch], Awaitable[object]]] = [
    lambda s: s.place("A-1", "110", "carrier", "+861012345678", 25, "amd", "zh", 3, "abandoned"),
    lambda s: s.place("A-1", "+86138,1", "carrier", "+861012345678", 25, "amd", "zh", 3, "abandoned"),
    lambda s: s.place("A-1", "+8613800000000", "carrier&PJSIP/x", "+861012345678", 25, "amd", "zh", 3, "abandoned"),
    lambda s: s.place("A-1", "+8613800000000", "carrier", "+86>\r\n", 25, "amd", "zh", 3, "abandoned"),
    lambda s: s.place("A-1", "+8613800000000", "carrier", "+861012345678", 0, "amd", "zh", 3, "abandoned"),
    lambda s: s.place("A-1", "+8613800000000", "carrier", "+861012345678", float("nan"), "amd", "zh", 3, "abandoned"),
    lambda s: s.place("A-1", "+8613800000000", "carrier", "+861012345678", 25, "amd", "zh,A=1", 3, "abandoned"),
    lambda s: s.place("A-1", "+8613800000000", "carrier", "+861012345678", 25, "amd", "zh", 3, "x,1"),
    lambda s: s.place("A-1", "+8613800000000", "carrier", "+861012345678", 25, "amd", "zh", 0, "abandoned"),
    lambda s: s.place("", "+8613800000000", "carrier", "+861012345678", 25, "amd", "zh", 3, "abandoned"),
    lambda s: s.call_supervisor("S-1", "agent3&PJSIP/x", "G-1", SupervisionMode.LISTEN, 20),
    lambda s: s.call_supervisor("S-1", "agent3", "G-1,B", SupervisionMode.LISTEN, 20),
    lambda s: s.call_supervisor("S-1", "agent3", "${EVIL}", SupervisionMode.LISTEN, 20),
    lambda s: s.supervise("S-1", "G-1,B", SupervisionMode.LISTEN),
    lambda s: s.supervise("S 1", "G-1", SupervisionMode.LISTEN),
    lambda s: s.bridge("A-1", "A-1"),
    lambda s: s.record("A-1", Path("/var/a.raw,b,/bin/sh.raw")),
    lambda s: s.record("A-1", Path("/var/${EVIL}.raw")),
    lambda s: s.record("A-1", Path("/var/a.wav")),
    lambda s: s.record("A-1", Path("relative.raw")),
    lambda s: s.listen("A-1", Path("/var/a.sln32)b(/bin/sh,x.sln32")),
    lambda s: s.listen("A-1", Path("/var/${EVIL}.sln32")),
    lambda s: s.listen("A-1", Path("/var/a.raw")),
    lambda s: s.listen("A-1,B", Path("/var/a.sln32")),
    lambda s: s.stop_listening("A-1", ""),
    lambda s: s.stop_listening("A-1", "all"),
    lambda s: s.play_flow("A-1", "../x"),
    lambda s: s.hold("A-1,B"),
    lambda s: s.mute("G 1", on=True),
    lambda s: s.press("A-1", "12"),
    lambda s: s.press("A-1", "A"),
    lambda s: s.press("A-1", "1\r\nAction: Originate"),
    lambda s: s.hang_up("A-1\r\nAction: Originate"),
]


@pytest.mark.parametrize("verb", BAD)
async def test_what_is_refused_is_not_written(verb: Callable[[Switch], Awaitable[object]]) -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        with pytest.raises(InputError):
            await verb(Switch(line.client, "127.0.0.1:4573"))
        await line.client.ping()
        assert fake.names() == ["Login", "Ping"]


async def test_listening_has_an_id_of_its_own_by_which_it_is_ended() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["MixMonitor"] = lambda c, a: c.answer(a, MixMonitorID="0x7f8db8005730")
        assert (
            await Switch(line.client, "127.0.0.1:4573").listen("A-1", Path("/var/录音/A-1.sln32")) == "0x7f8db8005730"
        )
        written = {key: value for key, value in fake.received[-1].items() if key != "ActionID"}
        option = "r(/var/录音/A-1.sln32)i(LISTENING)"
        assert written == {"Action": "MixMonitor", "Channel": "A-1", "Options": option}


async def test_a_leg_that_is_gone_needs_no_hanging_up() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["Hangup"] = lambda c, a: c.answer(a, "Error", Message="No such channel")
        await Switch(line.client, "127.0.0.1:4573").hang_up("A-1")
        fake.scripts["Hangup"] = lambda c, a: c.answer(a, "Error", Message="Permission denied")
        with pytest.raises(SwitchError, match="Permission denied"):
            await Switch(line.client, "127.0.0.1:4573").hang_up("A-1")


async def test_the_channels_that_live() -> None:
    def channels(connection: FakeConnection, action: dict[str, str]) -> None:
        same = {"ActionID": action["ActionID"]}
        connection.answer(action, EventList="start", Message="Channels will follow")
        connection.event("CoreShowChannel", **same, Channel="PJSIP/a-1", ChannelState="6", Uniqueid="A1", BridgeId="b")
        connection.event("CoreShowChannelsComplete", **same, EventList="Complete", ListItems="1")

    async with FakeAmi() as fake, connected(fake) as line:
        fake.scripts["CoreShowChannels"] = channels
        assert await Switch(line.client, "127.0.0.1:4573").channels() == {
            "A1": ChannelInfo("PJSIP/a-1", "6", "b", "", "")
        }


async def place(switch: Switch, leg_id: str) -> None:
    await switch.place(leg_id, "+8613800000000", "carrier", "+861012345678", 25, "amd", "zh", 3, "abandoned")


async def test_orders_that_asterisk_has_not_answered_leave_less_room() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        switch = Switch(line.client, "127.0.0.1:4573")
        held: list[tuple[FakeConnection, dict[str, str]]] = []
        fake.scripts["Originate"] = lambda connection, action: held.append((connection, action))
        room = switch.room()
        orders = [asyncio.create_task(place(switch, f"A-{n}")) for n in range(room)]
        await fake.until(lambda: len(held) == room)
        assert switch.room() == 0
        for connection, action in held:
            connection.answer(action)
        await asyncio.gather(*orders)
        assert switch.room() == room


async def test_an_asterisk_that_answers_slowly_is_asked_for_less() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        switch = Switch(line.client, "127.0.0.1:4573")
        line.client.timing.rtt_s = 0.001
        prompt = switch.room()
        line.client.timing.rtt_s = 0.4
        assert switch.room() == prompt // 4
        line.client.timing.rtt_s = 60
        assert switch.room() == 1  # never none at all: it would never be found to be prompt again


async def test_a_switch_that_is_away_is_asked_for_nothing() -> None:
    async with FakeAmi() as fake, connected(fake) as line:
        switch = Switch(line.client, "127.0.0.1:4573")
        fake.connection.drop()
        await line.downs.get()
        with pytest.raises(SwitchError, match="not logged in"):
            switch.room()


async def test_the_notes_of_whom_nobody_attended_to() -> None:
    def notes(connection: FakeConnection, action: dict[str, str]) -> None:
        same = {"ActionID": action["ActionID"]}
        connection.answer(action, EventList="start", Message="Result will follow")
        for key, value in (("/unattended/A-1", "1795304440"), ("/unattended/A-2", "?"), ("/other/A-3", "1795304440")):
            connection.event("DBGetTreeResponse", **same, Key=key, Val=value)
        connection.event("DBGetTreeComplete", **same, EventList="Complete", ListItems="3")

    async with FakeAmi() as fake, connected(fake) as line:
        switch = Switch(line.client, "127.0.0.1:4573")
        fake.scripts["DBGetTree"] = notes
        assert await switch.unattended() == {"A-1": datetime(2026, 11, 21, 23, 40, 40, tzinfo=UTC)}
        fake.scripts["DBGetTree"] = lambda c, a: c.answer(a, "Error", Message="Database entry not found")
        assert await switch.unattended() == {}
        fake.scripts["DBGetTree"] = lambda c, a: c.answer(a, "Error", Message="Permission denied")
        with pytest.raises(SwitchError, match="Permission denied"):
            await switch.unattended()

"""The lab itself: its parts come up and go, its phones talk, and every far end does what its number says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dialer.settings import load_settings
from lab.carrier import FarEnd, number
from lab.parts import Parts
from lab.phones import Phones
from lab.plan import LabPlan
from lab.process import port_answers
from tests.lab.ami import Ami

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.asterisk


@pytest.fixture
async def parts(tmp_path: Path) -> AsyncIterator[Parts]:
    async with Parts(tmp_path / "lab", LabPlan(agents=2)) as running:
        yield running


@pytest.fixture
async def ami(parts: Parts) -> AsyncIterator[Ami]:
    async with Ami(parts.ports.ami, parts.secrets.ami) as connection:
        yield connection


async def test_a_part_can_be_killed_and_comes_back_on_its_port(parts: Parts) -> None:
    for part, port in ((parts.redis, parts.ports.redis), (parts.mosquitto, parts.ports.mqtt)):
        await part.kill()
        assert not part.running
        assert not await port_answers(port)
        await part.start()
        assert await port_answers(port)
    await parts.asterisk.kill()
    await parts.asterisk.start()
    async with Ami(parts.ports.ami, parts.secrets.ami):
        pass


async def test_nothing_is_left_running(tmp_path: Path) -> None:
    async with Parts(tmp_path / "lab", LabPlan(agents=1)) as parts:
        assert load_settings(parts.settings_file) == parts.settings
    assert not any(part.running for part in (parts.redis, parts.mosquitto, parts.asterisk, parts.carrier))
    assert not await port_answers(parts.ports.ami)
    assert not await port_answers(parts.ports.redis)


async def test_an_agent_and_a_customer_talk_and_both_are_heard(parts: Parts, ami: Ami) -> None:
    async with Phones(parts.sip_server, parts.secrets.agents, parts.root / "log/phones.log") as phones:
        await ami.call("PJSIP/agent1", "agent-leg", "agents", "wait")
        await ami.until(Event="BridgeEnter", Uniqueid="agent-leg", BridgeTechnology="holding_bridge")
        await phones.until("agent1", up=True, talks=True)
        await ami.call(f"PJSIP/{number(FarEnd.PERSON, 1, 6)}@carrier", "customer-leg", "customers", "answered")
        await ami.until(Event="Newstate", Uniqueid="customer-leg", ChannelStateDesc="Up")
        recording = parts.settings.spool_dir / "talk.raw"
        await ami.send(Action="MixMonitor", Channel="customer-leg", File=str(recording), Options="bD")
        await ami.send(Action="Bridge", Channel1="agent-leg", Channel2="customer-leg")
        # The customer's time is up after six seconds; the agent falls back into the waiting room.
        ended = await ami.until(Event="Hangup", Uniqueid="customer-leg")
        assert ended["Cause"] == "16"
        bridges = [one.get("BridgeTechnology") for one in ami.events if one.get("Uniqueid") == "agent-leg"]
        assert "simple_bridge" in bridges
        assert phones.state["agent1"].up
        # The writer finishes a moment after the leg has ended, at the latest when Asterisk ends.
        await parts.asterisk.stop()
        both = np.fromfile(recording, dtype="<i2").reshape(-1, 2)
        assert 4 < len(both) / 8000 < 7
        customer, agent = (20 * np.log10(np.sqrt(np.mean(side.astype(float) ** 2)) / 32768) for side in both.T)
        assert customer > -45
        assert agent > -45


ENDINGS = {
    FarEnd.BUSY: ("17", "486"),
    FarEnd.REJECTS: ("21", "603"),
    FarEnd.CONGESTION: ("34", "503"),
    FarEnd.POWERED_OFF: ("19", "480"),
    FarEnd.NOT_REACHABLE: ("19", "480"),
    FarEnd.SUSPENDED: ("19", "480"),
    FarEnd.INVALID: ("1", "404"),
    FarEnd.HANGS_UP: ("16", None),
}
"""The cause and the SIP code with which each far end is over."""
ANNOUNCED = {FarEnd.POWERED_OFF, FarEnd.NOT_REACHABLE, FarEnd.SUSPENDED, FarEnd.INVALID}


async def test_far_ends_end_as_their_numbers_say(parts: Parts, ami: Ami) -> None:
    for far_end in ENDINGS:
        await ami.call(f"PJSIP/{number(far_end, 0)}@carrier", far_end, "customers", "answered")
    ended = {far_end: await ami.until(Event="Hangup", Uniqueid=far_end) for far_end in ENDINGS}
    assert {far_end: (event["Cause"], event.get("TechCause")) for far_end, event in ended.items()} == ENDINGS
    heard = {event["DestUniqueid"] for event in ami.events if event.get("DialStatus") == "PROGRESS"}
    assert heard == ANNOUNCED
    await parts.carrier.stop()
    dialled = parts.carrier_records.read_text(encoding="utf-8")
    assert all(number(far_end, 0) in dialled for far_end in ENDINGS)


async def test_detection_tells_a_person_from_a_machine_in_time(ami: Ami) -> None:
    await ami.call(f"PJSIP/{number(FarEnd.PERSON, 0, 6)}@carrier", "person", "customers", "amd")
    await ami.call(f"PJSIP/{number(FarEnd.MACHINE, 0)}@carrier", "machine", "customers", "amd")
    found = {
        leg: (await ami.until(Event="UserEvent", UserEvent="Amd", Leg=leg))["Status"] for leg in ("person", "machine")
    }
    assert found == {"person": "HUMAN", "machine": "MACHINE"}


async def test_the_network_calls_us(parts: Parts, ami: Ami) -> None:
    assert await parts.call_us()
    arrived = await ami.until(Event="Newchannel", Context="from-trunk")
    assert arrived["Exten"] == "4008001000"


async def test_living_channels_are_told_and_the_network_can_end_its_calls(parts: Parts, ami: Ami) -> None:
    assert await parts.living_channels(parts.asterisk) == []
    await ami.call(f"PJSIP/{number(FarEnd.RINGS_FOR_EVER, 0)}@carrier", "rings", "customers", "answered")
    await ami.until(Event="DialState", DestUniqueid="rings", DialStatus="RINGING")
    for part, name in ((parts.asterisk, "PJSIP/carrier-"), (parts.carrier, "PJSIP/dialer-")):
        (line,) = await parts.living_channels(part)
        assert line.startswith(name)
    await parts.forget_calls()
    await ami.until(Event="Hangup", Uniqueid="rings")
    assert await parts.living_channels(parts.carrier) == []

"""The manager connection is cut, freezes, is slow, loses answers or babbles: no call is lost, none is dialled twice."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from dialer.core.model import Disposition, HungUpBy, Outcome
from lab.ami_wire import GARBLED_EVENT, UNKNOWN_EVENT, AmiWire, long_event
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from tests.e2e.scene import Scene, patient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENTS = ("agent1", "agent2")
TOO_EARLY = number(FarEnd.PATIENT_PERSON, 0, serial=12)
"""Ordered into a frozen cable: closed as FAILED, and never to ring when the cable carries again."""
LATE_S = 1.5
AFTER_REFUSAL_S = 60
"""A refused account is tried again only after ten seconds and more."""


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=len(AGENTS), drain_s=3, ami_wire=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def floor(scene: Scene) -> None:
    """Two agents in line."""
    await scene.log_in(*AGENTS)


@pytest_asyncio.fixture(loop_scope="module")
async def wire(scene: Scene) -> AsyncIterator[AmiWire]:
    """The cable; after each test it is well again, nobody is called and both agents are in line."""
    assert scene.parts.ami_wire
    yield scene.parts.ami_wire
    scene.parts.ami_wire.mend()
    await scene.until_healthy(AFTER_REFUSAL_S)
    await scene.pause(*(campaign.campaign_id for campaign in await scene.record.campaigns.all()))
    for name in AGENTS:
        if scene.news.agent(name).get("state") == "TALKING":  # of a test that failed
            await scene.tell_agent(name, "hangup")
        await scene.news.until_agent(name, "READY", within_s=45)


async def doctor_names(scene: Scene, part: str) -> None:
    """`dialer doctor` finds the part ill, and fails."""
    said = await scene.controller.command("doctor")
    assert said.code == 1, said.out
    assert [line for line in said.out.splitlines() if part in line and "ill" in line.lower()], said.out


async def test_a_hang_up_is_lost_with_the_connection(scene: Scene, wire: AmiWire) -> None:
    hangs_up, stays = number(FarEnd.PERSON, 0, talk_s=3, serial=1), patient(2)
    campaign = await scene.campaign("cut", hangs_up, stays)
    await scene.start(campaign)
    talk = await scene.bridged(hangs_up)
    await scene.bridged(stays)
    wire.cut(refuse=True)
    await scene.until_ill("asterisk")
    await doctor_names(scene, "asterisk")
    await scene.carrier_hung_up(hangs_up)
    assert (await scene.attempt(hangs_up, lambda row: row.bridged_at)).ended_at is None
    wire.mend()
    row = await scene.attempt(hangs_up)
    assert row.outcome is Outcome.ANSWERED
    assert row.detail
    assert "not heard" in row.detail
    # The agent wraps up, and is back in line.
    await scene.news.until_agent(str(talk.agent_id), "READY")
    row = await scene.attempt(hangs_up, lambda row: row.disposition)
    assert row.disposition is Disposition.NOT_RECORDED
    await scene.end_talk(stays)


async def test_half_open_it_is_noticed_and_nothing_is_placed(scene: Scene, wire: AmiWire) -> None:
    talks, waits = patient(11), patient(13)
    campaign = await scene.campaign("frozen", talks)
    await scene.start(campaign)
    await scene.bridged(talks)
    wire.freeze()
    # Nobody knows of it yet: this one is ordered into a cable that carries nothing.
    await scene.leads(campaign, TOO_EARLY)
    await scene.until_ill("asterisk")
    await doctor_names(scene, "asterisk")
    await scene.leads(campaign, waits)
    await scene.until_ill("campaigns")
    assert not [row for row in await scene.rows() if row.e164 == waits]
    assert (await scene.bridged(talks)).ended_at is None
    wire.mend()
    await scene.until_healthy()
    await scene.end_talk(talks)
    await scene.end_talk(waits)
    assert (await scene.attempt(TOO_EARLY)).outcome is Outcome.FAILED


async def test_late_answers_slow_it_and_confuse_nobody(scene: Scene, wire: AmiWire) -> None:
    customers = [patient(serial) for serial in range(21, 27)]
    campaign = await scene.campaign("late", *customers)
    wire.delay(LATE_S)
    await scene.start(campaign)
    for customer in customers:
        row = await scene.attempt(customer, lambda row: row.bridged_at or row.message_at or row.outcome)
        if row.bridged_at is None:
            assert row.message_at, row
            continue
        await scene.tell_agent(str(row.agent_id), "hangup")
    metrics = (await scene.controller.ask("GET", "/metrics")).text
    (ping,) = [line for line in metrics.splitlines() if line.startswith("ringpace_ami_ping_seconds ")]
    assert float(ping.split()[1]) > LATE_S
    wire.mend()
    await scene.until_quiet()
    for customer in customers:
        row = await scene.attempt(customer)
        assert row.outcome in {Outcome.ANSWERED, Outcome.ABANDONED}


async def test_orders_that_are_never_answered(scene: Scene, wire: AmiWire) -> None:
    talks, rings, later = patient(31), number(FarEnd.RINGS_FOR_EVER, 0, serial=32), patient(33)
    campaign = await scene.campaign("swallowed", talks, rings)
    wire.swallow("Originate", "MixMonitor", "Bridge")
    await scene.start(campaign)
    await scene.end_talk(talks)
    row = await scene.attempt(rings)
    assert row.outcome in {Outcome.NO_ANSWER, Outcome.FAILED}
    await scene.carrier_hung_up(rings)
    wire.mend()
    await scene.leads(campaign, later)
    await scene.end_talk(later)


async def test_babble_during_live_calls(scene: Scene, wire: AmiWire) -> None:
    talks, busy, hangs_up = (
        patient(41),
        number(FarEnd.BUSY, 1, serial=42),
        number(FarEnd.PERSON, 1, talk_s=3, serial=43),
    )
    campaign = await scene.campaign("babble", talks, busy, hangs_up)
    wire.duplicate_events()
    wire.reorder_events(Random(7))
    await scene.start(campaign)
    await scene.bridged(talks)
    wire.inject(UNKNOWN_EVENT, GARBLED_EVENT, long_event(), UNKNOWN_EVENT)
    assert (await scene.attempt(busy)).outcome is Outcome.BUSY
    row = await scene.attempt(hangs_up)
    assert (row.outcome, row.hung_up_by) == (Outcome.ANSWERED, HungUpBy.CUSTOMER)
    await scene.end_talk(talks)
    assert await scene.health() == (200, [])


async def test_a_refused_login_is_tried_again(scene: Scene, wire: AmiWire) -> None:
    talks = patient(51)
    campaign = await scene.campaign("refused", talks)
    await scene.start(campaign)
    await scene.bridged(talks)
    wire.refuse_logins()
    wire.greet_as("99.1.0")
    wire.cut()
    await scene.until_ill("asterisk")
    await doctor_names(scene, "asterisk")
    wire.mend()
    await scene.until_healthy(AFTER_REFUSAL_S)
    await scene.end_talk(talks)


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []
    assert TOO_EARLY not in scene.parts.carrier_records.read_text("utf-8")

"""Predictive pacing on real calls: dials ahead of the agents, withdraws who rings in vain, says why, can be changed.

The campaign has a past: of some hundred calls one in ten was answered, at once, and talks lasted for minutes.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from dialer.core.call import WITHDRAWN
from dialer.core.model import Outcome, PacingMode
from dialer.core.predictive import RING_FLOOR_S
from dialer.record.schema import attempt
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from lab.process import until
from tests.e2e.scene import now

if TYPE_CHECKING:
    from dialer.record.attempts import AttemptRow
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENTS = ("agent1", "agent2", "agent3")
PERSONS = tuple(number(FarEnd.PATIENT_PERSON, 5, serial=serial) for serial in range(3))
"""They answer after five seconds, and stay until we hang up: for each agent one."""
SILENT = tuple(number(FarEnd.RINGS_FOR_EVER, 0, serial=serial) for serial in range(100, 160))
NAME = "ahead"


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=len(AGENTS), drain_s=3, ami_wire=True)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def campaign(scene: Scene) -> int:
    """Three agents in line, and a predictive campaign that has begun to dial."""
    pacing = {"mode": PacingMode.PREDICTIVE}
    campaign_id = await scene.campaign(NAME, *PERSONS, *SILENT, ring_timeout_s=25, pacing=pacing)
    await give_a_past(scene, campaign_id)
    await scene.log_in(*AGENTS)
    await scene.start(campaign_id)
    return campaign_id


async def give_a_past(scene: Scene, campaign_id: int) -> None:
    """Four hundred calls of yesterday to somebody who is on no list any more."""
    (lead_id,) = await scene.record.leads.find(SILENT[-1])
    lead = (await scene.record.leads.facts(lead_id, now())).lead
    await scene.record.leads.finish(lead_id, "its number stands for those of yesterday")
    common = {
        "campaign_id": campaign_id,
        "lead_id": lead_id,
        "number_id": lead.numbers[0].number_id,
        "e164": "+8613800000000",
        "person": "yesterday",
        "trunk": "carrier",
        "caller_id": "+862166880000",
        "node": "node1",
        "opted_out": False,
    }
    async with scene.record.database.write() as connection:
        await connection.execute(sa.insert(attempt), [common | a_past_call(serial) for serial in range(400)])


def a_past_call(serial: int) -> dict[str, Any]:
    sent, answered = now() - timedelta(hours=30) + timedelta(seconds=10 * serial), serial % 10 == 0
    met = sent + timedelta(seconds=5) if answered else None
    ended = sent + timedelta(seconds=185 if answered else 25)
    return {
        "id": f"past-{serial}",
        "queued_at": sent,
        "sent_at": sent,
        "ringing_at": sent,
        "answered_at": met,
        "bridged_at": met,
        "unbridged_at": ended if answered else None,
        "ended_at": ended,
        "outcome": Outcome.ANSWERED if answered else Outcome.NO_ANSWER,
    }


async def todays(scene: Scene) -> list[AttemptRow]:
    return [row for row in await scene.rows() if not row.attempt_id.startswith("past-")]


async def test_it_dials_more_than_one_number_for_each_agent(scene: Scene) -> None:
    async def ahead() -> bool:
        rows = await todays(scene)
        assert not any(row.answered_at for row in rows)
        return sum(row.ringing_at is not None for row in rows) > len(AGENTS)

    await until(ahead, within_s=5)


async def test_whoever_answers_is_bridged(scene: Scene) -> None:
    for person in PERSONS:
        row = await scene.bridged(person)
        assert row.answered_at
        assert row.bridged_at
        assert (row.bridged_at - row.answered_at).total_seconds() < 1
    for agent in AGENTS:
        await scene.news.until_agent(agent, "TALKING")


async def test_who_rings_while_everybody_talks_is_withdrawn_after_fifteen_seconds(scene: Scene) -> None:
    late: list[AttemptRow] = []

    async def withdrawn() -> bool:
        late[:] = [row for row in await todays(scene) if row.outcome and row.answered_at is None]
        return bool(late)

    await until(withdrawn)
    for row in late:
        assert (row.outcome, row.detail) == (Outcome.NO_ANSWER, WITHDRAWN)
        assert row.ringing_at
        assert row.ended_at
        assert RING_FLOOR_S <= (row.ended_at - row.ringing_at).total_seconds() < RING_FLOOR_S + 3
    await scene.carrier_hung_up(late[0].e164)


async def test_every_decision_is_in_the_record_with_its_words(scene: Scene, campaign: int) -> None:
    kept = await scene.record.decisions.since(campaign, now() - timedelta(minutes=5))
    ids = {row.decision_id for row in kept}
    rows = await todays(scene)
    assert {row.decision_id for row in rows} <= ids
    ahead = [row.decision for row in kept if "expected; one more would risk" in row.decision.reason]
    assert any(decision.place for decision in ahead)
    assert sum(row.decision.drop for row in kept) >= sum(row.detail == WITHDRAWN for row in rows) > 0
    # The first calls may have been placed before what was learned was read: one for each free agent.
    assert all(row.decision in ahead or "is not read yet: progressive" in row.decision.reason for row in kept)
    shown = json.loads(await scene.controller.must("campaign", "pacing", NAME, "--json"))
    assert shown["calls"]["withdrawn"] > 0
    assert shown["decision"]
    assert shown["windows"][0]["live_answers"] == len(PERSONS)
    assert shown["calibration"]["all"]["live_answers"] == len(PERSONS)


async def test_the_mode_is_changed_while_it_runs(scene: Scene, campaign: int) -> None:
    assert await scene.news.command(campaign, do="pacing", mode="progressive") == {"ok": True}
    await scene.news.until(lambda: "one call per free agent" in str(scene.news.campaign(campaign)["decision"]))
    placed = len(await todays(scene))
    await scene.end_talk(PERSONS[0])

    async def one_more() -> bool:
        in_flight = [row for row in await todays(scene) if row.answered_at is None and row.outcome is None]
        return len(in_flight) == 1

    await until(one_more)
    assert len(await todays(scene)) == placed + 1
    await scene.controller.must("campaign", "pacing", NAME, "--mode", "predictive")

    async def ahead_again() -> bool:
        return len(await todays(scene)) > placed + 1

    await until(ahead_again)


async def test_while_asterisk_is_heard_late_nothing_is_dialled_ahead(scene: Scene, campaign: int) -> None:
    wire = scene.parts.ami_wire
    assert wire

    def decision() -> str:
        return str(scene.news.campaign(campaign)["decision"])

    wire.delay(1.5)
    await scene.news.until(lambda: decision().startswith("Asterisk ") and ": progressive; " in decision())
    shown = (await scene.controller.ask("GET", "/metrics")).text
    assert f'ringpace_pacing_in_doubt{{campaign="{NAME}"}} 1.0' in shown
    wire.mend()
    await scene.news.until(lambda: "one more would risk" in decision())


async def test_no_promise_was_broken(scene: Scene, campaign: int) -> None:
    await scene.pause(campaign)
    for person in PERSONS[1:]:
        await scene.end_talk(person)
    # Whoever rings still is withdrawn as the service goes down.
    past = [line for line in await scene.broken_promises() if "past-" not in line]
    assert past == []

"""The whole way of a call once more, with PostgreSQL as the record; and what a restart of it does to a shift."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Disposition, HungUpBy, Outcome
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from lab.postgresql import Server, find_binaries, server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

STAYS = number(FarEnd.PATIENT_PERSON, 0, serial=1)
BUSY = number(FarEnd.BUSY, 0, serial=2)
TALKS, RINGS = number(FarEnd.PATIENT_PERSON, 0, serial=3), number(FarEnd.RINGS_FOR_EVER, 0, serial=4)
ENDS, AFTERWARDS = number(FarEnd.PATIENT_PERSON, 0, serial=5), number(FarEnd.PATIENT_PERSON, 0, serial=6)


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Server]:
    """A PostgreSQL of its own."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed")
    with server(binaries) as running:
        yield running


@pytest.fixture(scope="module")
def plan(postgresql: Server) -> LabPlan:
    return LabPlan(agents=3, drain_s=3, database_url=postgresql.url("postgres"))


async def test_a_call_is_bridged_recorded_and_described(scene: Scene) -> None:
    campaign = await scene.campaign("autumn", BUSY, STAYS)
    await scene.log_in("agent1")
    await scene.start(campaign)
    talking = await scene.bridged(STAYS)
    await scene.recorded(talking, seconds=2)
    await scene.tell_agent("agent1", "hangup")
    await scene.tell_agent("agent1", "disposition", {"attempt_id": talking.attempt_id, "disposition": "AGREED"})
    row = await scene.attempt(STAYS, lambda row: row.outcome and row.disposition)
    assert (row.outcome, row.disposition, row.hung_up_by) == (Outcome.ANSWERED, Disposition.AGREED, HungUpBy.AGENT)
    assert (await scene.stored(row)).level_left_dbfs
    assert (await scene.attempt(BUSY)).outcome is Outcome.BUSY
    await scene.pause(campaign)


async def test_a_restart_in_mid_shift_ends_no_talk_and_loses_no_word_of_it(scene: Scene, postgresql: Server) -> None:
    campaign = await scene.campaign("winter", TALKS, RINGS)
    await scene.log_in("agent2", "agent3")
    await scene.start(campaign)
    await scene.attempt(RINGS, lambda row: row.ringing_at)
    talking = await scene.bridged(TALKS)
    await scene.leads(campaign, ENDS)
    ending = await scene.bridged(ENDS)
    await asyncio.to_thread(postgresql.stop)
    await scene.until_ill("record")
    (record,) = (part for part in await scene.doctor() if part["part"] == "record")
    assert not record["ok"]
    assert record["remedy"]
    # The talks are still on: one goes on, the other ends while nobody can write it down.
    await scene.tell_agent(str(ending.agent_id), "hangup")
    await scene.news.until_agent(str(ending.agent_id), "READY")
    assert scene.news.agent(str(talking.agent_id))["state"] == "TALKING"
    await asyncio.to_thread(postgresql.start)
    await scene.until_healthy()
    ended = await scene.attempt(ENDS)
    assert (ended.outcome, ended.hung_up_by) == (Outcome.ANSWERED, HungUpBy.AGENT)
    assert (await scene.bridged(TALKS)).ended_at is None
    await scene.leads(campaign, AFTERWARDS)
    await scene.bridged(AFTERWARDS)
    for customer in (TALKS, AFTERWARDS):
        row = await scene.bridged(customer)
        await scene.tell_agent(str(row.agent_id), "hangup")
        await scene.stored(await scene.attempt(customer))
    assert (await scene.attempt(RINGS)).outcome is Outcome.NO_ANSWER


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []

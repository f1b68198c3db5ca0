"""Answering machines that we detect ourselves, on real calls: persons are bridged in time, machines are ended.

One machine of the sampled campaign goes to an agent all the same, who says what it was.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from dialer.core.model import Disposition, HungUpBy, Outcome, PacingMode
from lab.carrier import FarEnd, number
from lab.plan import LabPlan

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

PERSONS = tuple(number(FarEnd.PATIENT_PERSON, 0, serial=serial) for serial in (70, 71))
MACHINE = number(FarEnd.MACHINE, 1, serial=72)
SAMPLED = number(FarEnd.MACHINE, 0, serial=73)
LIMIT = timedelta(seconds=2)


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    skills = dict.fromkeys(("agent1", "agent2", "agent3"), ("own",)) | {"agent4": ("sampled",)}
    return LabPlan(agents=4, skills=skills, drain_s=3)


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def shift(scene: Scene) -> None:
    await scene.until_healthy()
    own = {"answering_machines": "own", "pacing": {"mode": PacingMode.RATIO, "ratio": 2}}
    campaigns = [
        await scene.campaign("own", *PERSONS, MACHINE, skills=["own"], **own),
        await scene.campaign("sampled", SAMPLED, skills=["sampled"], machine_sampling=1, **own),
    ]
    await scene.log_in("agent1", "agent2", "agent3", "agent4")
    await scene.start(*campaigns)


@pytest.mark.parametrize("person", PERSONS)
async def test_a_person_is_bridged_in_time_and_recorded_whole(scene: Scene, person: str) -> None:
    row = await scene.bridged(person)
    await scene.recorded(row, 2)
    row = await scene.end_talk(person)
    assert row.answered_at
    assert row.bridged_at
    assert row.unbridged_at
    assert row.bridged_at - row.answered_at <= LIMIT
    assert "of voice, then silence" in str(row.detail)
    assert row.machine_sampled is None
    recording = await scene.stored(row)
    assert recording.duration_s == pytest.approx((row.unbridged_at - row.bridged_at).total_seconds(), abs=0.3)


async def test_a_machine_is_heard_and_ended_before_an_agent_is_there(scene: Scene) -> None:
    row = await scene.attempt(MACHINE)
    assert (row.outcome, row.hung_up_by, row.agent_id) == (Outcome.MACHINE, HungUpBy.SYSTEM, None)
    assert "voice for 1.3 s without a pause" in str(row.detail)
    assert row.answered_at
    assert row.ended_at
    assert row.ended_at - row.answered_at < LIMIT


async def test_a_sampled_machine_goes_to_an_agent_who_says_what_it_was(scene: Scene) -> None:
    row = await scene.bridged(SAMPLED)
    assert row.machine_sampled
    assert row.answered_at
    assert row.bridged_at
    assert row.bridged_at - row.answered_at <= LIMIT
    await scene.tell_agent("agent4", "disposition", {"disposition": Disposition.MACHINE})
    row = await scene.end_talk(SAMPLED)
    assert "answering-machine detection" in str(row.detail)


async def test_nothing_is_left_in_the_spool(scene: Scene) -> None:
    await scene.until_quiet()
    assert list(scene.parts.settings.spool_dir.glob("*.sln*")) == []
    await scene.until_healthy()


async def test_no_promise_was_broken(scene: Scene) -> None:
    assert await scene.broken_promises() == []

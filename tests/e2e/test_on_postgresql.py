"""The whole way of a call once more, with PostgreSQL as the record."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Disposition, HungUpBy, Outcome
from lab.carrier import FarEnd, number
from lab.plan import LabPlan
from tests.record.postgres import find_binaries, server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.postgres, pytest.mark.asyncio(loop_scope="module")]

STAYS = number(FarEnd.PATIENT_PERSON, 0, serial=1)
BUSY = number(FarEnd.BUSY, 0, serial=2)


@pytest.fixture(scope="module")
def plan() -> Iterator[LabPlan]:
    """One agent, and a PostgreSQL of its own."""
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed")
    with server(binaries) as postgresql:
        yield LabPlan(agents=1, drain_s=3, database_url=postgresql.url("postgres"))


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


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []

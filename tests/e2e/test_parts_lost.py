"""Parts die in the middle of a shift: only what depends on them stops, it is said which, and all recovers by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from dialer.core.model import Hold, Outcome
from lab.carrier import FarEnd, number
from tests.e2e.scene import patient

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

AGENTS = ("agent1", "agent2")


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def floor(scene: Scene) -> None:
    """Two agents in line."""
    await scene.log_in(*AGENTS)


async def end_talk(scene: Scene, customer: str) -> None:
    """The talk ends as agents end it, and the agent is in line again."""
    row = await scene.end_talk(customer)
    await scene.news.until_agent(str(row.agent_id), "READY")


async def test_redis_is_lost_and_comes_back(scene: Scene) -> None:
    talks, waits = patient(1), patient(2)
    campaign = await scene.campaign("redis", talks)
    await scene.start(campaign)
    await scene.bridged(talks)
    await scene.parts.redis.kill()
    await scene.leads(campaign, waits)
    await scene.until_ill("redis")
    # The campaign has tried, and says why it does not dial.
    await scene.until_ill("campaigns")
    assert not [row for row in await scene.rows() if row.e164 == waits]
    assert (await scene.why(waits))["hold"] == Hold.NONE
    assert (await scene.attempt(talks, lambda row: row.bridged_at)).ended_at is None
    await scene.parts.redis.start()
    await scene.until_healthy()
    # The new Redis knew nobody: that the second agent is found means that it was told.
    await scene.bridged(waits)
    await end_talk(scene, talks)
    await end_talk(scene, waits)
    await scene.pause(campaign)


async def test_the_broker_is_lost_and_dialling_goes_on(scene: Scene) -> None:
    customer = patient(3)
    campaign = await scene.campaign("mosquitto", customer)
    await scene.parts.mosquitto.kill()
    await scene.until_ill("mqtt")
    await scene.start(campaign)
    row = await scene.bridged(customer)
    assert row.answered_at
    assert row.bridged_at
    assert row.bridged_at - row.answered_at < timedelta(seconds=2)
    scene.news.last.clear()
    await scene.parts.mosquitto.start()
    await scene.until_healthy()
    # What is retained is told again to the broker, which had started empty.
    await scene.news.until(lambda: scene.news.last.get("service/node1") == {"state": "up"})
    await scene.news.until(lambda: all(scene.news.agent(name) for name in AGENTS))
    await end_talk(scene, customer)
    await scene.pause(campaign)


@pytest.mark.parametrize("how", ["restart", "crash"])
async def test_asterisk_is_lost_and_the_shift_goes_on(scene: Scene, how: str) -> None:
    serial = {"restart": 10, "crash": 20}[how]
    talks, rings, later = patient(serial), number(FarEnd.RINGS_FOR_EVER, 0, serial=serial + 1), patient(serial + 2)
    campaign = await scene.campaign(f"asterisk {how}", talks, rings)
    await scene.start(campaign)
    await scene.attempt(rings, lambda row: row.ringing_at)
    await scene.recorded(await scene.bridged(talks), seconds=2)
    scene.news.last.clear()
    await (scene.parts.asterisk.stop() if how == "restart" else scene.parts.asterisk.kill())
    await scene.until_ill("asterisk")
    await scene.parts.asterisk.start()
    talk, ring = await scene.attempt(talks), await scene.attempt(rings)
    assert (talk.outcome, ring.outcome) == (Outcome.ANSWERED, Outcome.FAILED)
    # What was on disk is kept, however little.
    assert await scene.stored(talk)
    for name in AGENTS:
        await scene.news.until_agent(name, "READY", within_s=45)
        await scene.phones.until(name, up=True)
    await scene.until_healthy()
    await scene.leads(campaign, later)
    await end_talk(scene, later)
    await scene.pause(campaign)


async def test_no_promise_was_broken(scene: Scene) -> None:
    await scene.until_quiet()
    assert await scene.broken_promises() == []

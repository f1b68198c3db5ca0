"""What operators change while a campaign runs: the pacing, over MQTT and on the command line, and whether it dials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from dialer.core.model import Hold, Outcome, PacingMode
from lab.carrier import FarEnd, number
from lab.process import until

if TYPE_CHECKING:
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

NUMBERS = tuple(number(FarEnd.RINGS_FOR_EVER, 0, serial=serial) for serial in range(12))
"""None of them answers, so that the number of calls in flight is what pacing wants it to be."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def campaign(scene: Scene) -> int:
    """Two agents in line, and a progressive campaign that is ringing for them."""
    campaign_id = await scene.campaign("rings", *NUMBERS)
    await scene.log_in("agent1", "agent2")
    await scene.start(campaign_id)
    # Meanwhile somebody calls back, and takes his time.
    assert await scene.parts.call_us()
    return campaign_id


async def until_placed(scene: Scene, count: int) -> None:
    """Wait until so many calls ring at once; more must never have been placed."""

    async def placed() -> bool:
        ringing = [row for row in await scene.rows() if row.ringing_at and not row.ended_at]
        assert len(ringing) <= count
        return len(ringing) == count

    await until(placed)


async def test_progressive_places_one_call_for_each_free_agent(scene: Scene) -> None:
    await until_placed(scene, 2)


async def test_the_ratio_is_raised_over_mqtt(scene: Scene, campaign: int) -> None:
    assert await scene.news.command(campaign, do="pacing", mode="ratio", ratio=2) == {"ok": True}
    await until_placed(scene, 4)
    await scene.news.until(lambda: scene.news.campaign(campaign)["mode"] == PacingMode.RATIO)


async def test_a_wrong_command_is_refused_and_changes_nothing(scene: Scene, campaign: int) -> None:
    for wrong in ({"do": "pacing", "ratio": 99}, {"do": "faster"}, {"do": "pacing", "speed": 1}):
        answer = await scene.news.command(campaign, **wrong)
        assert answer["ok"] is False
        assert answer["error"]
    assert (await scene.record.campaigns.get(campaign)).plan.pacing.ratio == 2


async def test_the_ratio_is_raised_on_the_command_line(scene: Scene) -> None:
    await scene.controller.must("campaign", "pacing", "rings", "--ratio", "3")
    await until_placed(scene, 6)


async def test_a_pause_stops_placing(scene: Scene, campaign: int) -> None:
    await scene.controller.must("campaign", "pause", "rings")
    await scene.news.until(lambda: scene.news.campaign(campaign)["status"] == "PAUSED")
    placed = len(await scene.rows())
    assert placed < len(NUMBERS)
    # All that rang has rung out and both agents are free: whatever would be placed would be placed now.
    await scene.until_quiet()
    rows = await scene.rows()
    assert len(rows) == placed
    assert {row.outcome for row in rows} == {Outcome.NO_ANSWER}
    assert (await scene.why(NUMBERS[-1]))["hold"] == Hold.CAMPAIGN_PAUSED


async def test_resumed_it_dials_again(scene: Scene, campaign: int) -> None:
    placed = len(await scene.rows())
    assert await scene.news.command(campaign, do="resume") == {"ok": True}

    async def dials() -> bool:
        return len(await scene.rows()) > placed

    await until(dials)
    assert await scene.news.command(campaign, do="pause") == {"ok": True}


async def test_a_caller_back_heard_the_flow(scene: Scene) -> None:
    async def heard() -> bool:
        return any('"ivr"' in line and '"inbound"' in line for line in scene.call_records())

    await until(heard)


async def test_no_promise_was_broken(scene: Scene) -> None:
    # The service goes down while calls ring: they are withdrawn.
    assert await scene.broken_promises() == []

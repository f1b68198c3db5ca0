"""The leads behind each reason to wait, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.model import Hold, LeadState
from dialer.record.schema import lead

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World

HOLDS: dict[int, dict[str, Any]] = {
    1: {},
    2: {"hold": Hold.OUTSIDE_WINDOW, "held_until": NOW + 60 * SECOND},
    3: {"hold": Hold.OUTSIDE_WINDOW, "held_until": NOW + 60 * SECOND},
    4: {"hold": Hold.CAP_LEAD, "held_until": NOW - SECOND},  # its time has come, though nobody woke it yet
    5: {"state": LeadState.FINISHED, "finished_because": "AGREED"},
    6: {},  # is being called
    7: {"hold": Hold.RETRY_NOT_DUE, "held_until": NOW + SECOND},  # likewise
}


async def test_the_leads_of_each_hold_are_those_that_are_counted(world: World) -> None:
    campaign = await world.campaign()
    leads = await world.leads(campaign, *(a_row(row) for row in HOLDS))
    async with world.record.database.write() as connection:
        for one, values in zip(leads, HOLDS.values(), strict=True):
            if values:
                await connection.execute(sa.update(lead).where(lead.c.id == one.lead_id).values(values))
    await world.record.attempts.claim([world.attempt(leads[5]), world.attempt(leads[6])], "node1")
    counts = await world.record.overview.hold_counts(campaign.campaign_id, NOW)
    found = {
        hold: [one.key for one in await world.record.waiting.page(campaign.campaign_id, hold, NOW, after=0, limit=100)]
        for hold in Hold
    }
    assert {hold: len(keys) for hold, keys in found.items() if keys} == counts
    assert found[Hold.OUTSIDE_WINDOW] == ["K2", "K3"]
    assert found[Hold.NONE] == ["K1", "K4"]
    assert sorted(found[Hold.IN_FLIGHT]) == ["K6", "K7"]
    (finished,) = await world.record.waiting.page(campaign.campaign_id, Hold.FINISHED, NOW, after=0, limit=5)
    assert (finished.because, finished.e164) == ("AGREED", "+8613800000005")


async def test_pages_follow_each_other_without_gaps(world: World) -> None:
    campaign = await world.campaign()
    await world.leads(campaign, *(a_row(row) for row in range(1, 8)))
    keys: list[str] = []
    after = 0
    while page := await world.record.waiting.page(campaign.campaign_id, Hold.NONE, NOW, after=after, limit=3):
        keys += [one.key for one in page]
        after = page[-1].lead_id
    assert keys == [f"K{row}" for row in range(1, 8)]

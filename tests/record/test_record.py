from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import RecordError
from dialer.record.record import Record

from .world import NOW, a_row

if TYPE_CHECKING:
    from .world import World


async def test_an_open_record_answers_and_a_closed_one_says_so(url: str) -> None:
    async with Record(url) as record:
        await record.ping()
    with pytest.raises(RecordError, match="not open"):
        await record.ping()


async def test_a_whole_turn_of_a_lead(world: World) -> None:
    record = world.record
    campaign = await world.campaign()
    (lead,) = await world.leads(campaign, a_row(1))
    (found,) = await record.leads.candidates(campaign.campaign_id, NOW, 10)
    assert found.lead == lead
    attempt = await world.called(lead, NOW)
    await record.leads.finish(lead.lead_id, "agreed")
    assert await record.leads.candidates(campaign.campaign_id, NOW, 10) == []
    assert [row["attempt_id"] async for row in record.attempts.export(campaign.campaign_id)] == [attempt.attempt_id]

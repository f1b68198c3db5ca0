from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.campaign import CampaignLoop
from dialer.core.errors import ConflictError
from dialer.core.model import FloorView, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.core.plan import Pacing
from dialer.placing import Placing

from .fakes.centre import Centre
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time

DOUBT = "the clock was stepped by +3600 s"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ()}) as opened:
        yield opened


async def test_while_in_doubt_no_lead_is_looked_at_and_the_trouble_is_told(centre: Centre) -> None:
    campaign = await centre.campaign()
    (lead,) = await centre.leads(campaign)
    loop = CampaignLoop(campaign, centre.parts)
    centre.clock_doubt = DOUBT
    centre.spawn(loop.run(), name="campaign")
    await centre.log_in("agent1")
    await until(lambda: loop.trouble == DOUBT)
    assert await centre.record.attempts.of_campaign(campaign.campaign_id) == []
    assert (await centre.lead(lead.lead_id)).attempts == 0
    centre.clock_doubt = None
    await until(lambda: bool(centre.switch.placed()))
    await until(lambda: loop.trouble is None)


async def test_a_doubt_that_comes_after_the_claim_withdraws_the_call(centre: Centre) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign)
    placing = Placing(campaign, centre.parts)
    (attempt,) = await placing.choose(["a1"])
    decision = Decision(virtual_now(), 1, PacingMode.PROGRESSIVE, "one call for each free agent")
    centre.clock_doubt = DOUBT
    assert await placing.place([attempt], decision, FloorView(1, 0, 0, 0, 0, 0, 0)) == {"a1"}
    await asyncio.sleep(1)
    row = await centre.over("a1")
    assert (row.outcome, row.sent_at) == (Outcome.CANCELLED, None)
    assert DOUBT in str(row.detail)
    assert centre.switch.placed() == []


async def test_a_previewed_lead_is_refused_with_the_reason(centre: Centre) -> None:
    campaign = await centre.campaign(pacing=Pacing(mode=PacingMode.PREVIEW))
    await centre.leads(campaign)
    loop = CampaignLoop(campaign, centre.parts)
    await centre.log_in("agent1")
    lead = await loop.preview("agent1")
    centre.clock_doubt = DOUBT
    with pytest.raises(ConflictError, match="stepped"):
        await loop.dial_preview("agent1", lead.lead_id)
    assert await centre.record.attempts.of_campaign(campaign.campaign_id) == []
    centre.clock_doubt = None
    await loop.preview("agent1")
    assert await loop.dial_preview("agent1", lead.lead_id)

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Outcome

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign

    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

SECOND = timedelta(seconds=1)


async def test_a_channel_is_given_back_even_if_the_floor_was_away_when_the_call_ended(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    await centre.floor.acquire_trunk("carrier", ["another"], channels=2, calls_per_second=10)
    attempt_id = await centre.place(campaign, lead)
    await centre.floor.acquire_trunk("carrier", [attempt_id], channels=2, calls_per_second=10)
    centre.floor.shared.down = True
    centre.switch.leave(attempt_id, 17, 486)
    assert (await centre.over(attempt_id)).outcome is Outcome.BUSY
    await asyncio.sleep(0.1)
    centre.floor.shared.down = False
    await centre.switchboard.trunks.free()
    assert centre.floor.shared.calls["carrier"] == {"another"}


async def test_an_empty_floor_is_told_which_channels_are_in_use(centre: Centre, campaign: Campaign, lead: Lead) -> None:
    attempt_id = await centre.place(campaign, lead)
    centre.floor.shared.restart()
    await centre.switchboard.keep_trunks()
    assert centre.floor.shared.calls == {"carrier": {attempt_id}}

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import NotFoundError
from dialer.intake import Rejected
from dialer.record import lists

from .world import NOW

if TYPE_CHECKING:
    from dialer.record.record import Record

    from .world import World


async def test_a_campaigns_lists_come_oldest_first_with_their_counts(record: Record, world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    for name in ("first", "second"):
        await record.leads.add(campaign.campaign_id, name, f"{name}.csv", [Rejected(2, "phone", "too short")], NOW)
    found = await record.lists.of(campaign.campaign_id)
    assert [(one.name, one.source, one.accepted, one.rejected) for one in found] == [
        ("first", "first.csv", 0, 1),
        ("second", "second.csv", 0, 1),
    ]
    assert {one.prime_since for one in found} == {None}
    assert await record.lists.of(other.campaign_id) == []


async def test_all_refusals_of_a_list_are_read_in_pieces(
    record: Record, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "_AT_ONCE", 3)
    campaign, other = await world.campaign(), await world.campaign()
    rows = [Rejected(row, "phone", "too short", "1*") for row in range(2, 9)]
    made = await record.leads.add(campaign.campaign_id, "bad", "bad.csv", rows, NOW)
    pieces = [piece async for piece in await record.lists.refused(campaign.campaign_id, made.list_id)]
    assert [len(piece) for piece in pieces] == [3, 3, 1]
    assert [one.row for piece in pieces for one in piece] == list(range(2, 9))
    for campaign_id, list_id in ((other.campaign_id, made.list_id), (campaign.campaign_id, made.list_id + 1)):
        with pytest.raises(NotFoundError, match="no list"):
            await record.lists.refused(campaign_id, list_id)

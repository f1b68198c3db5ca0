from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import NotFoundError
from dialer.record.holds import LegalHold

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World


async def _an_attempt(world: World) -> None:
    campaign = await world.campaign()
    (lead,) = await world.leads(campaign, a_row(1))
    await world.record.attempts.claim([world.attempt(lead, attempt_id="a0")], "node1")


async def test_a_hold_is_put_kept_and_lifted_with_a_line_for_each_change(world: World) -> None:
    await _an_attempt(world)
    holds = world.record.holds
    assert await holds.get("a0") is None
    first = await holds.put(LegalHold("a0", NOW, "user:ada", "court"))
    again = await holds.put(LegalHold("a0", NOW + SECOND, "user:eve", "court"))
    assert again == first == await holds.get("a0")  # who began it, and when, stands
    await holds.put(LegalHold("a0", NOW + SECOND, "user:eve", "another court"))
    assert (await holds.get("a0")) == LegalHold("a0", NOW + SECOND, "user:eve", "another court")
    await holds.lift("a0", "settled", "user:eve", NOW + 2 * SECOND)
    assert await holds.get("a0") is None
    lines = [(line.who, line.what, line.detail) for line in await world.record.audit.about("a0")]
    assert lines == [
        ("user:ada", "legal hold", "court"),
        ("user:eve", "legal hold", "another court"),
        ("user:eve", "legal hold lifted", "settled"),
    ]


async def test_what_is_not_there_can_neither_be_held_nor_freed(world: World) -> None:
    await _an_attempt(world)
    with pytest.raises(NotFoundError, match="ghost"):
        await world.record.holds.put(LegalHold("ghost", NOW, "user:ada", "court"))
    with pytest.raises(NotFoundError, match="under no legal hold"):
        await world.record.holds.lift("a0", "settled", "user:ada", NOW)
    assert await world.record.audit.about("ghost") == await world.record.audit.about("a0") == []

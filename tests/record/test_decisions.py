from __future__ import annotations

from typing import TYPE_CHECKING

from dialer.core.model import FloorView, PacingMode
from dialer.core.pacing import Decision
from dialer.record.decisions import DecisionRow

from .world import NOW, SECOND

if TYPE_CHECKING:
    from .world import World


async def test_a_decision_comes_back_with_the_floor_it_saw(world: World) -> None:
    campaign_id = (await world.campaign()).campaign_id
    floor = FloorView(ready=3, reserved=1, talking=4, wrap_up=0, paused=2, in_flight=5, waiting=1, previews_asked=1)
    made = [Decision(NOW + n * SECOND, n, PacingMode.RATIO, f"reason {n}", 0.02) for n in range(3)]
    for count, decision in enumerate(made):
        await world.record.decisions.add(DecisionRow(f"d{count}", campaign_id, floor, decision))
    await world.record.decisions.add(DecisionRow("d2", campaign_id, floor, made[0]))
    assert await world.record.decisions.since(campaign_id, NOW + SECOND) == [
        DecisionRow("d1", campaign_id, floor, made[1]),
        DecisionRow("d2", campaign_id, floor, made[2]),
    ]
    assert await world.record.decisions.since(campaign_id + 1, NOW) == []

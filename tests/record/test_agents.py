from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dialer.core.model import AgentState
from dialer.record.agents import Span

from .world import NOW, SECOND

if TYPE_CHECKING:
    from dialer.record.record import Record


async def test_each_state_ends_where_the_next_begins(record: Record) -> None:
    await record.agents.enter("agent1", AgentState.READY, NOW)
    await record.agents.enter_many(
        [
            ("agent1", AgentState.TALKING, NOW + 5 * SECOND, "a1", None),
            ("agent2", AgentState.PAUSED, NOW + 6 * SECOND, None, "lunch"),
            ("agent1", AgentState.WRAP_UP, NOW + 9 * SECOND, "a1", None),
        ]
    )
    first = [
        Span("agent1", AgentState.READY, None, None, NOW, NOW + 5 * SECOND),
        Span("agent1", AgentState.TALKING, None, "a1", NOW + 5 * SECOND, NOW + 9 * SECOND),
        Span("agent1", AgentState.WRAP_UP, None, "a1", NOW + 9 * SECOND, None),
    ]
    second = Span("agent2", AgentState.PAUSED, "lunch", None, NOW + 6 * SECOND, None)
    assert await record.agents.spans(NOW) == [*first, second]
    assert await record.agents.spans(NOW + 5 * SECOND, "agent1") == first[1:]
    assert await record.agents.now() == [first[2], second]


async def test_an_agent_is_in_one_state_however_many_speak_at_once(record: Record) -> None:
    await asyncio.gather(*(record.agents.enter("agent1", AgentState.READY, NOW + n * SECOND) for n in range(8)))
    assert len(await record.agents.now()) == 1
    assert len(await record.agents.spans(NOW - SECOND)) >= 1

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import ConflictError, NotFoundError
from dialer.messages import MOST_UNREAD, READ_SHOWN_S

from .fakes.centre import Centre
from .fakes.virtual_time import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time
TOPIC = "agents/agent1/message"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ()}) as opened:
        await opened.log_in("agent1")
        yield opened


async def test_a_message_is_there_until_it_was_read_and_that_is_seen_for_a_while(centre: Centre) -> None:
    first = await centre.messages.send("user:ada", "agent1", "慢一点")
    second = await centre.messages.send("user:ada", "agent1", "<b>Thanks</b>")
    shown = centre.news.retained[TOPIC]["messages"]
    assert [(one["text"], one["who"], one["read_at"]) for one in shown] == [
        ("慢一点", "user:ada", None),
        ("<b>Thanks</b>", "user:ada", None),
    ]
    await centre.messages.read("user:li", "agent1", first.message_id)
    await centre.messages.read("user:li", "agent1", first.message_id)
    assert [bool(one["read_at"]) for one in centre.news.retained[TOPIC]["messages"]] == [True, False]
    await asyncio.sleep(READ_SHOWN_S + 1)
    assert [one["message_id"] for one in centre.news.retained[TOPIC]["messages"]] == [second.message_id]
    await centre.messages.read("user:li", "agent1", second.message_id)
    await asyncio.sleep(READ_SHOWN_S + 1)
    assert TOPIC not in centre.news.retained
    with pytest.raises(NotFoundError):
        await centre.messages.read("user:li", "agent1", first.message_id)
    told = [(line.what, line.detail) for line in await centre.record.audit.latest() if line.what.startswith("message")]
    assert ("message sent", "慢一点") in told
    assert len(told) == 4


async def test_nobody_is_flooded_and_nobody_who_has_left_is_told_anything(centre: Centre) -> None:
    for number in range(MOST_UNREAD):
        await centre.messages.send("user:ada", "agent1", f"{number}")
    with pytest.raises(ConflictError, match="to read already"):
        await centre.messages.send("user:ada", "agent1", "one more")
    centre.roster.logout("agent1")
    await until(lambda: TOPIC not in centre.news.retained)
    with pytest.raises(ConflictError, match="not logged in"):
        await centre.messages.send("user:ada", "agent1", "hello")
    assert centre.messages.of("agent1") == []

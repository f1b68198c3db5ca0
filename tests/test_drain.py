"""The end of a service: what cannot be written is waited for, and then named. A whole drain is in tests/e2e."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import RecordError
from dialer.drain import close

if TYPE_CHECKING:
    from .fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def test_a_database_that_is_away_is_waited_for(centre: Centre, monkeypatch: pytest.MonkeyPatch) -> None:
    left, flush = [3], centre.books.flush

    async def fails_at_first() -> None:
        if left[0]:
            left[0] -= 1
            raise RecordError("the database is away")
        await flush()

    monkeypatch.setattr(centre.books, "flush", fails_at_first)
    centre.books.opted_out("a leg of nobody", "+8613800138000", "pressed 9")
    await close(centre.books, 10)
    assert await centre.record.do_not_call.listed(["+8613800138000"])


async def test_what_stays_unwritten_is_named(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_args: object, **_more: object) -> None:
        raise RecordError("the database is away")

    monkeypatch.setattr(centre.record.attempts, "get", away)
    centre.books.opted_out("leg-1", None, "pressed 9")
    await close(centre.books, 3)
    (entry,) = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert entry.__dict__["opted_out"] == ["leg-1"]

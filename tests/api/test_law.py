from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx

pytestmark = pytest.mark.virtual_time


async def test_legal_hours_are_those_of_the_region(console: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    told = (await console.get("/api/legal-hours")).json()
    assert told == {"opens": "08:00:00", "closes": "21:00:00"}
    del stranger.headers["authorization"]
    assert (await stranger.get("/api/legal-hours")).status_code == 401

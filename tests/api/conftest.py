"""The HTTP interface over a call centre with fake edges, asked without a socket."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from dialer.api.app import build_app
from dialer.api.interface import Interface
from dialer.health import PartHealth, judged
from tests.fakes.centre import Centre

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": ()}) as opened:
        opened.spawn(opened.campaigns.run(), name="campaigns")
        yield opened


@pytest.fixture
def parts() -> list[PartHealth]:
    """What the service has last seen of its parts; a test may change it."""
    return [judged("asterisk", None), judged("redis", None)]


@pytest.fixture
async def stranger(centre: Centre, parts: list[PartHealth]) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without the token."""
    app = build_app(
        Interface(
            settings=centre.settings,
            record=centre.record,
            books=centre.books,
            roster=centre.roster,
            switchboard=centre.switchboard,
            campaigns=centre.campaigns,
            metrics=centre.metrics,
            health=lambda: parts,
        )
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ringpace") as client:
        yield client


@pytest.fixture
def console(centre: Centre, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody with the token."""
    stranger.headers["authorization"] = f"Bearer {centre.settings.http.token.get_secret_value()}"
    return stranger

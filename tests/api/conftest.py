"""The HTTP interface over a call centre with fake edges, asked without a socket."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import httpx
import pytest

from dialer.api.app import build_app
from dialer.api.interface import Interface
from dialer.doorkeeper import Doorkeeper
from dialer.health import PartHealth, judged
from dialer.news.push import Push
from dialer.webhooks import Webhooks
from tests.fakes.centre import Centre
from tests.fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fastapi import FastAPI


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
def push(centre: Centre) -> Push:
    """What the event streams read; a test tells it what is to be seen there."""
    return Push(centre.news, centre.settings.node)


@pytest.fixture
async def app(centre: Centre, push: Push, parts: list[PartHealth]) -> FastAPI:
    """The application itself."""
    return build_app(
        Interface(
            settings=centre.settings,
            record=centre.record,
            books=centre.books,
            roster=centre.roster,
            supervision=centre.supervision,
            messages=centre.messages,
            switchboard=centre.switchboard,
            campaigns=centre.campaigns,
            metrics=centre.metrics,
            doorkeeper=Doorkeeper(centre.record, virtual_now, centre.settings.http.token.get_secret_value()),
            push=push,
            webhooks=Webhooks(
                centre.record, centre.settings.webhooks, metrics=centre.metrics, clock=virtual_now, rng=Random(1)
            ),
            health=lambda: parts,
            shelf=centre.shelf,
        )
    )


@pytest.fixture
async def stranger(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody without the token."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ringpace") as client:
        yield client


@pytest.fixture
def console(centre: Centre, stranger: httpx.AsyncClient) -> httpx.AsyncClient:
    """Somebody with the token."""
    stranger.headers["authorization"] = f"Bearer {centre.settings.http.token.get_secret_value()}"
    return stranger

"""What tests share: a loop in virtual time for those that are marked so, and a call centre with fake edges."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.fakes.centre import Centre
from tests.fakes.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "virtual_time: timers fire at once, in their order; no test waits for a clock")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    del config
    if item.get_closest_marker("virtual_time"):
        return {"virtual": VirtualLoop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": (), "agent2": ()}) as opened:
        yield opened


@pytest.fixture
async def campaign(centre: Centre) -> Campaign:
    return await centre.campaign()


@pytest.fixture
async def lead(centre: Centre, campaign: Campaign) -> Lead:
    (lead,) = await centre.leads(campaign)
    return lead

"""What all tests share: a loop in virtual time for the tests that are marked so."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.fakes.virtual_time import VirtualLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "virtual_time: timers fire at once, in their order; no test waits for a clock")


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    del config
    if item.get_closest_marker("virtual_time"):
        return {"virtual": VirtualLoop}
    return {"real": asyncio.new_event_loop}

"""Every module of end-to-end tests has a stage of its own, as its fixture `plan` wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from lab.plan import LabPlan
from tests.e2e.scene import Scene

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    """The lab that a module needs; a module may want another one."""
    return LabPlan(agents=2, drain_s=3)


@pytest.fixture(scope="module")
def phones(plan: LabPlan) -> tuple[str, ...]:
    """The agents who have a phone."""
    return plan.agent_names


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    plan: LabPlan, phones: tuple[str, ...], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Scene]:
    async with Scene(tmp_path_factory.mktemp("e2e") / "lab", plan, phones) as running:
        yield running

"""A storm strikes as planned, leaves out what came too late, and says so where the controller ends by itself."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

import pytest

from lab import storm
from lab.faults import Fault, Planned
from lab.process import PartError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from lab.faults import Stage
    from lab.staff import Operator


class FakeService:
    """A process that ends when it is told to."""

    def __init__(self) -> None:
        self.running = True
        self.started = 0

    async def start(self) -> None:
        self.running = True
        self.started += 1


class FakeStage:
    """A stage with nothing on it but the controller's process."""

    def __init__(self) -> None:
        self.controller = self
        self.service = FakeService()


def lamp(takes: str = "lamp", *, mends: bool = True) -> Fault:
    async def broken(_stage: Stage) -> AsyncIterator[None]:
        yield
        if not mends:
            raise PartError("it stays dark")

    return Fault("dark", takes, 1, (0, 0), asynccontextmanager(broken))


@pytest.fixture
def stage() -> FakeStage:
    return FakeStage()


@pytest.fixture(autouse=True)
def without_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storm, "REST_S", 0)


async def rage(stage: FakeStage, monkeypatch: pytest.MonkeyPatch, *planned: Planned) -> storm.Storm:
    monkeypatch.setattr(storm, "plan", lambda _seed, _seconds: planned)
    raging = storm.Storm(cast("Stage", stage), cast("Operator", None), 1, 0.05)
    await raging.rage()
    return raging


async def test_what_is_planned_strikes(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    raged = await rage(stage, monkeypatch, Planned(0, 0, lamp()), Planned(0, 0, lamp("door")))
    assert {one.planned.fault.takes for one in raged.struck} == {"lamp", "door"}
    assert all(one.since <= one.until for one in raged.struck)
    assert raged.found == []


async def test_what_cannot_be_mended_is_a_finding(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    raged = await rage(stage, monkeypatch, Planned(0, 0, lamp(mends=False)))
    assert raged.found == ["dark: not mended: it stays dark"]


async def test_what_comes_too_late_is_left_out(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    raged = await rage(stage, monkeypatch, Planned(-60, 0, lamp()))
    assert raged.struck == []


async def test_a_controller_that_ends_by_itself_is_a_finding_and_started_again(
    stage: FakeStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.service.running = False
    raged = await rage(stage, monkeypatch)
    assert "ended by itself" in raged.found[0]
    assert stage.service.started == 1


async def test_one_that_a_fault_has_ended_is_none(stage: FakeStage, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = asyncio.Event()

    async def broken(_stage: Stage) -> AsyncIterator[None]:
        stage.service.running = False
        yield
        await stage.service.start()
        gone.set()

    raged = await rage(
        stage, monkeypatch, Planned(0, 0.01, Fault("dark", "controller", 1, (0, 1), asynccontextmanager(broken)))
    )
    assert gone.is_set()
    assert raged.found == []

"""The people of a storm come back to work by themselves, and the operator's campaigns are what the storm needs."""

from __future__ import annotations

import asyncio
import json
from random import Random
from typing import TYPE_CHECKING, Any, cast

import httpx

from dialer.cli.campaigns import read_plan
from dialer.core.model import AgentState, PacingMode
from lab.carrier import FarEnd, far_end_of, population
from lab.controller import Said
from lab.staff import STORM_MIX, Agents, Operator, campaigns

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from lab.controller import Controller
    from lab.staff import Planned


class FakeService:
    """A process that is or is not there."""

    running = True


class FakeController:
    """Agents as `dialer serve` keeps them, and a command line that may refuse."""

    def __init__(self, **states: AgentState) -> None:
        self.service = FakeService()
        self.states: dict[str, str] = dict(states)
        self.changed = asyncio.Event()
        self.answers: list[Said] = []
        self.commands: list[tuple[str, ...]] = []

    async def ask(self, method: str, path: str, _body: dict[str, Any] | None = None) -> httpx.Response:
        if method == "POST":
            _, _, _, name, verb = path.split("/")
            self.states[name] = AgentState.READY if verb == "login" else AgentState.OFFLINE
            self.changed.set()
        listed = [{"agent_id": name, "state": state} for name, state in self.states.items()]
        return httpx.Response(200, text=json.dumps(listed), request=httpx.Request(method, f"http://lab{path}"))

    async def until(self, name: str, state: AgentState) -> None:
        while self.states[name] != state:
            self.changed.clear()
            await self.changed.wait()

    async def command(self, *words: str) -> Said:
        self.commands.append(words)
        return self.answers.pop(0)


async def test_agents_come_to_work_and_leave_when_they_are_sent_home() -> None:
    controller = FakeController(agent1=AgentState.OFFLINE, agent2=AgentState.TALKING)
    crew = Agents(cast("Controller", controller), ("agent1", "agent2"))
    coming = asyncio.create_task(crew.run())
    await controller.changed.wait()
    coming.cancel()
    assert controller.states == {"agent1": AgentState.READY, "agent2": AgentState.TALKING}
    crew.at_work = False
    leaving = asyncio.create_task(crew.run())
    for name in crew.names:
        await controller.until(name, AgentState.OFFLINE)
    leaving.cancel()
    assert set(controller.states.values()) == {AgentState.OFFLINE}


async def test_nobody_is_anywhere_while_the_controller_does_not_run() -> None:
    controller = FakeController(agent1=AgentState.READY)
    controller.service.running = False
    assert await Agents(cast("Controller", controller), ("agent1",)).states() == {}


async def test_the_operator_insists_and_tells_of_a_command_line_that_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.staff._TRY_AGAIN_S", 0)
    controller = FakeController()
    controller.answers = [
        Said(1, "", "error: the database cannot be used"),
        Said(1, "", "Traceback (most recent call last):\n ...\nKeyError: 1"),
        Said(0, "paused", ""),
    ]
    operator = Operator(cast("Controller", controller), Random(1))
    await operator.insist("campaign", "pause", "first")
    assert controller.commands == [("campaign", "pause", "first")] * 3
    assert operator.faults == ["`dialer campaign pause` broke: KeyError: 1"]


def test_the_campaigns_are_valid_and_share_people(tmp_path: Path) -> None:
    customers = population(400, Random(1), STORM_MIX)
    first, shares, closes, survey = campaigns(customers, 300)
    for made in (first, shares, closes, survey):
        (tmp_path / "plan.toml").write_text(made.plan, encoding="utf-8")
        plan = read_plan(tmp_path / "plan.toml")
        assert plan.name == made.name
        assert keys(made) <= keys(first)
        assert (plan.pacing.mode is PacingMode.AGENTLESS) == (made is survey)
    assert keys(shares) & keys(closes)
    assert {far_end_of(one.numbers[0]) for one in survey.people} == {FarEnd.PRESSES_NINE}


def keys(planned: Planned) -> set[str]:
    return {one.key for one in planned.people}

"""The people of a storm: agents who come to work whenever they find themselves out, and an operator who interferes."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import httpx

from dialer.core.model import AgentState
from lab.carrier import MIX, Customer, FarEnd, population, write_csv
from lab.plan import CALLER_IDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from random import Random

    from lab.controller import Controller

_LOOK_EVERY_S = 1.0
_TRY_AGAIN_S = 1.0
_LEADS_A_SECOND = 3
"""More than six agents can use up."""

STORM_MIX = {kind: share for kind, share in MIX.items() if kind is not FarEnd.PATIENT_PERSON} | {
    FarEnd.PATIENT_PERSON: 0.12,
    FarEnd.PRESSES_NINE: 0.08,
}

_PLAN = """\
name = "{name}"
trunk = "carrier"
caller_id = "{caller_id}"
ring_timeout_s = 15
wrap_up_s = 5
calendar = "none"
{more}
[[windows]]
days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
opens = "00:00"
closes = "{closes}"

[caps]
per_number = 3
per_person = 4

[retries.BUSY]
delay_s = 25
floor_s = 20
maximum = 5

[retries.NO_ANSWER]
delay_s = 40
floor_s = 30
maximum = 5

[retries.FAILED]
delay_s = 15
floor_s = 10
maximum = 5

[retries.CANCELLED]
delay_s = 15
floor_s = 10
maximum = 5

[pacing]
{pacing}
"""
"""Retries come soon, so that a storm sees many of them."""
_RATIO = 'mode = "ratio"\nratio = 1.8\nmax_abandonment = 0.1'
_AGENTLESS = 'mode = "agentless"\nmax_in_flight = 4'


@dataclass(slots=True)
class Agents:
    """Agents of one controller who log in whenever they are offline, until they are sent home."""

    controller: Controller
    names: Sequence[str]
    at_work: bool = True

    async def run(self) -> None:
        """Come to work, again and again; once sent home, leave, again and again."""
        while True:
            with contextlib.suppress(httpx.HTTPError):
                states = await self.states()
                for name in self.names:
                    is_out = states.get(name) == AgentState.OFFLINE
                    if is_out == self.at_work and self.controller.service.running:
                        verb = "login" if self.at_work else "logout"
                        await self.controller.ask("POST", f"/api/agents/{name}/{verb}")
            await asyncio.sleep(_LOOK_EVERY_S)

    async def states(self) -> dict[str, str]:
        """Where each agent stands; nothing where the controller is not running."""
        if not self.controller.service.running:
            return {}
        answer = await self.controller.ask("GET", "/api/agents")
        return {one["agent_id"]: one["state"] for one in answer.raise_for_status().json()}


@dataclass(slots=True)
class Operator:
    """An operator at the command line, who tries again where the storm is in the way. `faults` collects tracebacks."""

    controller: Controller
    rng: Random
    customers: Sequence[Customer] = ()
    paused: list[tuple[datetime, datetime]] = field(default_factory=list)
    """When the first campaign stood still because the operator wanted it."""
    faults: list[str] = field(default_factory=list)

    async def prepare(self, folder: Path, seconds: float) -> None:
        """Create the campaigns and import their lists: see `campaigns`."""
        self.customers = population(round(seconds * _LEADS_A_SECOND), self.rng, STORM_MIX)
        async with asyncio.TaskGroup() as importing:
            for one in campaigns(self.customers, seconds):
                plan, leads = folder / f"{one.name}.toml", folder / f"{one.name}.csv"
                plan.write_text(one.plan, encoding="utf-8")
                write_csv(leads, one.people, self.rng)
                await self.controller.must("campaign", "create", str(plan))
                importing.create_task(self.controller.must("leads", "import", str(leads), "--campaign", one.name))

    async def set_all(self, verb: str) -> None:
        """Start or pause all campaigns."""
        async with asyncio.TaskGroup() as giving:
            for campaign in ("first", "shares", "closes", "survey"):
                giving.create_task(self.insist("campaign", verb, campaign))

    async def interfere(self) -> None:
        """Put people on the do-not-call list, and let the first campaign stand still for moments; until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._list_people())
            tasks.create_task(self._pause_now_and_then())

    async def insist(self, *words: str) -> None:
        """Give a command until it is taken."""
        while (said := await self.controller.command(*words)).code:
            if "Traceback" in said.err:
                self.faults.append(f"`dialer {' '.join(words[:2])}` broke: {said.err.strip().splitlines()[-1]}")
            await asyncio.sleep(_TRY_AGAIN_S)

    async def _list_people(self) -> None:
        while True:
            await asyncio.sleep(self.rng.uniform(3, 9))
            # Of those whose turn comes early, so that many of them are listed just before, or during, a call.
            somebody = self.rng.choice(
                sorted(self.customers, key=lambda one: -one.priority)[: len(self.customers) // 3]
            )
            await self.insist("do-not-call", "add", somebody.numbers[0], "--reason", "asked in the shop")

    async def _pause_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(self.rng.uniform(30, 60))
            since = datetime.now(UTC)
            await self.insist("campaign", "pause", "first")
            await asyncio.sleep(self.rng.uniform(2, 6))
            await self.insist("campaign", "start", "first")
            self.paused.append((since, datetime.now(UTC)))


@dataclass(frozen=True, slots=True)
class Planned:
    """A campaign to be: its plan in TOML, and who is on its list."""

    name: str
    plan: str
    people: Sequence[Customer]


def campaigns(customers: Sequence[Customer], seconds: float) -> tuple[Planned, ...]:
    """The storm's campaigns.

    Everybody is on the first list. The second and the third share people as well, and the third's window closes when
    a good half of the storm is over. The fourth needs no agents, only people who press 9.
    """
    closing = datetime.now(UTC) + timedelta(hours=8, seconds=seconds * 0.6 + 30)  # Shanghai, where the numbers are
    few = len(customers) // 10
    presses_nine = [one for one in customers if one.far_end is FarEnd.PRESSES_NINE]
    return (
        Planned("first", _plan("first"), customers),
        Planned("shares", _plan("shares"), customers[: few * 2]),
        Planned("closes", _plan("closes", closes=f"{closing:%H:%M}"), customers[few : few * 3]),
        Planned("survey", _plan("survey", pacing=_AGENTLESS, more='agentless_flow = "survey"'), presses_nine),
    )


def _plan(name: str, *, closes: str = "00:00", pacing: str = _RATIO, more: str = "") -> str:
    return _PLAN.format(name=name, caller_id=CALLER_IDS[0], closes=closes, pacing=pacing, more=more)

"""`make storm`: a shift on real parts while a seed breaks them, and a checker that believes nobody afterwards.

python -m lab.storm --seconds 300 --seed 7
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random, SystemRandom
from typing import TYPE_CHECKING

from dialer.core.errors import RingpaceError
from dialer.core.model import AgentState
from dialer.record.record import Record
from lab import aftermath, checker
from lab.aftermath import Struck
from lab.agents import HeadlessAgents
from lab.controller import Controller
from lab.faults import REST_S, Planned, Stage, plan
from lab.installation import NotInstalledError
from lab.parts import Parts
from lab.phones import Phones
from lab.plan import LabPlan, write_settings
from lab.postgresql import find_binaries, server
from lab.process import port_answers
from lab.small_disk import SmallDisk
from lab.staff import Agents, Operator
from lab.witness import contradictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lab.faults import Server

ROOT = Path("var/storm")
LAB = LabPlan(agents=8, drain_s=4, ami_wire=True, small_disk_mb=200 if SmallDisk.possible() else None)
"""The first six agents work at the first controller, the others at the second one."""
_HERE = 6
_AT_MOST_S = 600.0
"""Before and after the storm itself; beyond that it has got stuck."""
_QUIET_S = 60.0
_HOME_S = 30.0
_LATE_S = 10.0
"""So much after its moment a fault still strikes; later it is left out."""


def say(text: str) -> None:
    """One line of progress."""
    sys.stdout.write(f"storm  {text}\n")
    sys.stdout.flush()


@dataclass(slots=True)
class Storm:
    """One storm, on a stage that is up."""

    stage: Stage
    operator: Operator
    seed: int
    seconds: float
    struck: list[Struck] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    """What is wrong beyond what the checker can see."""
    _busy: dict[str, asyncio.Lock] = field(default_factory=dict)

    async def rage(self) -> None:
        """Break and mend as planned, to the end of the storm."""
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as striking:
            for planned in plan(self.seed, self.seconds):
                striking.create_task(self._strike(planned, began))
            watching = striking.create_task(self._watch())
            await asyncio.sleep(self.seconds)
            watching.cancel()

    async def _strike(self, planned: Planned, began: float) -> None:
        await asyncio.sleep(began + planned.at_s - asyncio.get_running_loop().time())
        # Breaking and mending take time of their own, so that what was planned apart might meet here.
        async with self._busy.setdefault(planned.fault.takes, asyncio.Lock()):
            if asyncio.get_running_loop().time() > began + planned.at_s + _LATE_S:
                say(f"{planned.at_s:5.0f} s  {planned.fault.name}: left out, what came before took too long")
                return
            since = datetime.now(UTC)
            say(f"{planned.at_s:5.0f} s  {planned.fault.name}, for {planned.lasts_s:.1f} s")
            mending = since
            try:
                async with planned.fault.broken(self.stage):
                    await asyncio.sleep(planned.lasts_s)
                    mending = datetime.now(UTC)
            except (RingpaceError, OSError) as error:
                self.found.append(f"{planned.fault.name}: not mended: {error}")
            self.struck.append(Struck(planned, since, mending, datetime.now(UTC)))
            await asyncio.sleep(REST_S)

    async def _watch(self) -> None:
        """The controller never ends by itself; where it does, that is said, and it is started again."""
        service, lock = self.stage.controller.service, self._busy.setdefault("controller", asyncio.Lock())
        while True:
            async with lock:
                if not service.running:
                    self.found.append(f"`dialer serve` ended by itself at {datetime.now(UTC):%H:%M:%S}")
                    await service.start()
            await asyncio.sleep(1)


async def main(seed: int, seconds: float, *, on_postgresql: bool) -> int:
    """Run a storm; 0 where nothing was found."""
    planned = plan(seed, seconds)
    _clear(planned)
    say(f"seed {seed}: {len(planned)} faults in {seconds:g} s, see {ROOT}/plan.txt")
    async with AsyncExitStack() as stack:
        postgresql = stack.enter_context(server(_binaries())) if on_postgresql else None
        url = postgresql.url("postgres") if postgresql else None
        parts = await stack.enter_async_context(Parts(ROOT, replace(LAB, database_url=url)))
        async with asyncio.timeout(seconds + _AT_MOST_S):
            storm = await _shift(parts, seed, seconds, postgresql)
        storm.found += await aftermath.left_over(parts)
        await parts.forget_calls()
        await parts.carrier.stop()
        async with Record(parts.settings.database_url.get_secret_value()) as record:
            evidence = await checker.gather(parts, record, [one.absence for one in storm.struck if one.absence])
    found = [
        *storm.found,
        *storm.operator.faults,
        *checker.findings(evidence, contradictions(evidence.rows, parts.carrier_records)),
        *aftermath.faults_logged(ROOT / "log/dialer.log", ROOT / "second/log/dialer.log"),
    ]
    report = {"seed": seed, "seconds": seconds} | aftermath.report(evidence, storm.struck, storm.operator.paused, found)
    (ROOT / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for name, value in report.items():
        if name not in {"findings", "faults"}:
            say(f"{name}: {value}")
    for finding in found:
        say(f"FOUND  {finding}")
    say(f"{len(found)} findings; the report, the plan and all logs are in {ROOT}")
    return 1 if found else 0


def _clear(planned: Sequence[Planned]) -> None:
    """A new folder, and in it what is to come."""
    shutil.rmtree(ROOT, ignore_errors=True)
    ROOT.mkdir(parents=True)
    lines = [f"{one.at_s:6.1f} s for {one.lasts_s:4.1f} s  {one.fault.name}\n" for one in planned]
    (ROOT / "plan.txt").write_text("".join(lines), encoding="utf-8")


def _binaries() -> Path:
    binaries = find_binaries()
    if binaries is None:
        raise NotInstalledError("no PostgreSQL server is installed (deploy/setup.sh --tests)")
    return binaries


async def _shift(parts: Parts, seed: int, seconds: float, postgresql: Server | None) -> Storm:
    """The storm itself, from the first log-in until the service has stopped."""
    rng = Random(seed)
    here, there = LAB.agent_names[:_HERE], LAB.agent_names[_HERE:]
    write_settings(parts.settings_file, replace(parts.plan, agents=_HERE), parts.ports, parts.secrets)
    async with AsyncExitStack() as stack:
        own = replace(parts.plan, node="node2", first_agent=_HERE + 1, agents=LAB.agents - _HERE)
        controller, second = Controller(parts), Controller(parts, parts.settings_beside("second", own))
        for each in (controller, second):
            # It counts as up once it listens: it may well come up while other parts are broken.
            each.service.is_ready = partial(port_answers, each.port)
        stack.push_async_exit(second)
        await stack.enter_async_context(controller)
        phones = Phones(parts.sip_server, parts.secrets.agents, parts.root / "log/phones.log")
        await stack.enter_async_context(phones)
        operator = Operator(controller, Random(seed + 1))
        storm = Storm(Stage(parts, controller, second, phones, rng, say, postgresql), operator, seed, seconds)
        await operator.prepare(ROOT, seconds)
        crews = [Agents(controller, here), Agents(second, there)]
        faces = [HeadlessAgents(parts, one.controller, rng, talk_s=(3, 9), names=one.names) for one in crews]
        people = [asyncio.create_task(run()) for run in (*(c.run for c in crews), *(f.run for f in faces))]
        people.append(meddling := asyncio.create_task(operator.interfere()))
        stack.callback(lambda: [task.cancel() for task in people])
        await operator.set_all("start")
        say("the shift is on")
        await storm.rage()
        say("everything is mended; waiting until it is quiet ...")
        meddling.cancel()
        await operator.set_all("pause")
        storm.found += await _wind_down(parts, crews)
        for task in people:
            if task.done() and not task.cancelled():
                task.result()  # raises what made somebody leave the stage
        await controller.service.stop()
    return storm


async def _wind_down(parts: Parts, crews: Sequence[Agents]) -> list[str]:
    """Wait until no attempt is open and all agents are at home; what does not come to rest."""
    found = []
    async with Record(parts.settings.database_url.get_secret_value()) as record:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_QUIET_S):
                while await record.attempts.open_attempts():  # noqa: ASYNC110 - the record tells nobody when it changes
                    await asyncio.sleep(0.5)
        found += [
            f"attempt {row.attempt_id} is still open {_QUIET_S:g} s after the storm, sent at {row.sent_at}"
            for row in await record.attempts.open_attempts()
        ]
    for crew in crews:
        crew.at_work = False
    states: dict[str, str] = {}
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_HOME_S):
            while set((states := await crews[0].states()).values()) - {AgentState.OFFLINE}:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
    return found + [
        f"agent {name} cannot go home: {state}" for name, state in states.items() if state != AgentState.OFFLINE
    ]


if __name__ == "__main__":
    asked = argparse.ArgumentParser(prog="python -m lab.storm", description=__doc__)
    asked.add_argument("--seconds", type=float, default=300, help="how long the storm lasts")
    asked.add_argument("--seed", type=int, default=None, help="the storm to replay; without it a new one")
    asked.add_argument("--postgresql", action="store_true", help="the record is a PostgreSQL, not SQLite")
    options = asked.parse_args()
    chosen = SystemRandom().randrange(1_000_000) if options.seed is None else options.seed
    on = " ON=--postgresql" if options.postgresql else ""
    try:
        sys.exit(asyncio.run(main(chosen, options.seconds, on_postgresql=options.postgresql)))
    finally:
        say(f"seed {chosen}; to see it again: make storm SEED={chosen} STORM_S={options.seconds:g}{on}")

"""A real shift of row `reality`: carried by real Asterisk and `dialer serve`, read back from the record."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from random import Random
from statistics import fmean
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bench import kernel
from bench.customers import CAPS, RING_TIMEOUT_S, WRAP_UP_S, as_asked, numbers
from bench.figures import quantile
from bench.floor import let_the_network_play_phones
from bench.observed import Shift
from bench.stage import Stage, say
from dialer.core.model import Outcome
from dialer.core.plan import Pacing, RetryRule
from dialer.record.schema import decision
from lab.agents import HeadlessAgents
from lab.phones import Phones
from lab.plan import LabPlan
from lab.process import PartError

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.model import PacingMode
    from dialer.record.agents import Span
    from dialer.record.attempts import AttemptRow
    from lab.controller import Controller

LIMIT_S = 2.0
"""How long a customer who answered may wait for an agent; the scenario's default too."""
LEADS_PER_AGENT_MINUTE = 15

_LOOK_EVERY_S = 10.0
_LOOKS_A_LINE = 6
_LINGER_S = 5.0
"""The shift is counted from its first call, which comes a moment after the campaign is started."""
_NEVER_AGAIN = RetryRule(delay_s=86400, maximum=0)
_ONCE = dict.fromkeys((Outcome.BUSY, Outcome.CANCELLED, Outcome.FAILED, Outcome.CONGESTION), _NEVER_AGAIN)
"""These would be tried again within the shift, and find the same luck a second time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The shift to be carried. `seed` is of the people's luck."""

    mode: PacingMode
    minutes: float
    agents: int
    seed: int
    softphones: bool
    """Real ones; else the simulated network plays the agents' telephones."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the record holds of a shift, and how loaded the machine was."""

    shift: Shift
    rows: list[AttemptRow]
    spans: list[Span]
    decided: dict[str, datetime]
    """When each decision that placed or withdrew a call was made, by its id."""
    load: dict[str, float]

    @property
    def bridges_ms(self) -> dict[str, float]:
        """Quantiles of the time from answer to bridge, where an agent came, in milliseconds."""
        waited = [
            (row.bridged_at - row.answered_at).total_seconds() * 1000
            for row in self.rows
            if row.bridged_at and row.answered_at and self.shift.has(row.answered_at)
        ]
        return {f"p{percent}": quantile(waited, percent / 100) for percent in (50, 90, 95, 99)} if waited else {}


async def carry(wanted: Wanted) -> Carried:
    """Set up all parts, let the agents work, and read what came of it; the record stays in var/bench."""
    pace, channels, most = CAPS["calls_per_second"], CAPS["channels"], CAPS["max_in_flight"]
    plan = LabPlan(agents=wanted.agents, trunk_channels=channels, calls_per_second=pace, drain_s=15)
    stage = Stage(f"reality-{wanted.mode.value.lower()}", plan)
    if not wanted.softphones:
        let_the_network_play_phones(stage.parts)
    async with stage:
        leads = round(LEADS_PER_AGENT_MINUTE * wanted.agents * (wanted.minutes + 1))
        campaign_id = await stage.campaign(
            wanted.mode.value.lower(),
            islice(numbers(as_asked(wanted.agents, wanted.minutes), wanted.seed), leads),
            pacing=Pacing(mode=wanted.mode, max_in_flight=most),
            ring_timeout_s=RING_TIMEOUT_S,
            abandon_limit_s=LIMIT_S,
            wrap_up_s=30,
            retries=_ONCE,
        )
        async with stage.controller() as controller, AsyncExitStack() as telephones:
            if wanted.softphones:
                secrets, log = stage.parts.secrets.agents, stage.parts.root / "log/phones.log"
                await telephones.enter_async_context(Phones(stage.parts.sip_server, secrets, log))
            load = await _work(stage, controller, campaign_id, wanted)
        shutil.rmtree(stage.parts.settings.recordings_dir)
        return await _read(stage, campaign_id, wanted.minutes, load)


async def _work(stage: Stage, controller: Controller, campaign_id: int, wanted: Wanted) -> dict[str, float]:
    """From logging in to logging out; how loaded the machine was."""
    # They let the customer hang up; nobody talks for two minutes.
    agents = HeadlessAgents(stage.parts, controller, Random(wanted.seed), talk_s=(120, 120), wrap_up_s=WRAP_UP_S)
    hearing = asyncio.create_task(agents.run())
    try:
        await asyncio.sleep(0)
        await agents.log_in(stage.parts.plan.agent_names)
        say(f"{wanted.agents} agents are in line: {wanted.mode.value.lower()} for {wanted.minutes:g} minutes")
        await stage.start(campaign_id)
        load = await _watch(stage, controller, campaign_id, wanted.minutes * 60 + _LINGER_S)
        await stage.end(campaign_id)
        await agents.log_out(stage.parts.plan.agent_names)
        return load
    finally:
        hearing.cancel()


async def _watch(stage: Stage, controller: Controller, campaign_id: int, seconds: float) -> dict[str, float]:
    """Wait for the end, and tell how loaded the machine was; PartError where the service ended by itself."""
    loop = asyncio.get_running_loop()
    loads: list[float] = []
    began, all_s, ours_s = loop.time(), _all_s(), _ours_s(stage, controller)
    while (left_s := began + seconds - loop.time()) > 0:
        await asyncio.sleep(min(_LOOK_EVERY_S, left_s))
        if not controller.service.running:
            raise PartError(f"`dialer serve` ended by itself after {loop.time() - began:.0f} s")
        loads.append(os.getloadavg()[0])
        if len(loads) % _LOOKS_A_LINE == 0:
            say(f"{await stage.outcomes(campaign_id)} calls are over; load {loads[-1]:.2f}")
    capacity_s = (loop.time() - began) * (os.cpu_count() or 1)
    return {
        "mean_load": round(fmean(loads), 2),
        "most_load": max(loads),
        "processors_busy": round((_all_s() - all_s) / capacity_s, 3),
        "by_dialler_and_asterisks": round((_ours_s(stage, controller) - ours_s) / capacity_s, 3),
    }


def _all_s() -> float:
    """Processor time that all programs have had, in seconds: user, nice, system, irq and softirq of proc(5)."""
    line = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:]
    user, nice, system, _idle, _iowait, irq, softirq = map(int, line[:7])
    return (user + nice + system + irq + softirq) / os.sysconf("SC_CLK_TCK")


def _ours_s(stage: Stage, controller: Controller) -> float:
    return sum(map(kernel.processor_s, (controller.service.pid, stage.parts.asterisk.pid, stage.parts.carrier.pid)))


async def _read(stage: Stage, campaign_id: int, minutes: float, load: dict[str, float]) -> Carried:
    rows = await stage.record.attempts.of_campaign(campaign_id)
    async with stage.record.database.read() as connection:
        query = sa.select(decision.c.id, decision.c.at).where(decision.c.campaign_id == campaign_id)
        decided = {row.id: row.at for row in await connection.execute(query)}
    begin = min(at for row in rows if (at := decided.get(row.decision_id or "")))
    shift = Shift(begin, begin + timedelta(minutes=minutes), LIMIT_S)
    return Carried(shift, rows, await stage.record.agents.spans(begin), decided, load)

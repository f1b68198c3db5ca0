"""Row `soak`: an hour at a steady load, while memory and open files of `dialer serve` are looked at every ten seconds.

The load: telephones with headless agents work a list of people, and beside it a survey without agents dials another
list. What the second half adds stands beside what the first half added: a service that leaks grows as fast in the
second as in the first, one that only fills its caches does not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
from dataclasses import dataclass, field
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

import httpx

from bench import kernel
from bench.figures import slope_per_hour
from bench.results import Figure, Result
from bench.stage import Stage, counters, now, say
from dialer import report
from dialer.core.model import CampaignStatus, PacingMode
from dialer.core.plan import Pacing
from lab.agents import HeadlessAgents
from lab.carrier import population
from lab.phones import Phones
from lab.plan import LabPlan
from lab.process import until
from lab.witness import contradictions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from lab.controller import Controller

SEED = 20261122
LOOK_EVERY_S = 10.0
LEADS_PER_MINUTE = 90
"""More than either campaign dials in a minute, so that the lists never run dry."""
SURVEY_IN_FLIGHT = 8
WARM_UP_SHARE = 0.1
"""Of the time, at its beginning, that no slope is drawn through: modules are loaded, pools and caches filled."""

MOST_GROWTH = 0.02
"""Memory is flat where the second half adds less than this share of what is held."""
MOST_FILES = 2.0
"""Open files are flat where the second half adds fewer than this many."""

COUNTED = (
    "ringpace_calls_placed_total",
    "ringpace_call_outcomes_total",
    "ringpace_calls_live",
    "ringpace_recordings_total",
    "ringpace_ami_events_total",
    "ringpace_ami_reconnects_total",
    "ringpace_news_dropped_total",
)


@dataclass(slots=True)
class Watched:
    """What was seen, a column for each thing and a row for each look."""

    columns: dict[str, list[float]] = field(default_factory=dict)

    def add(self, **values: float) -> None:
        """One look."""
        for name, value in values.items():
            self.columns.setdefault(name, []).append(round(value, 3))

    def half(self, name: str, half: int, total_s: float) -> tuple[list[float], list[float]]:
        """Moments and values of one half (0 or 1) of the time after the warm-up."""
        begins = WARM_UP_SHARE * total_s
        middle = (begins + total_s) / 2
        first, last = (begins, middle) if half == 0 else (middle, float("inf"))
        pairs = [(at, v) for at, v in zip(self.columns["at_s"], self.columns[name], strict=True) if first <= at < last]
        return [at for at, _ in pairs], [value for _, value in pairs]


async def main() -> None:
    """Run the soak, and write what came of it, also where it was stopped early."""
    chosen = _arguments()
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    watched = Watched()
    async with Stage("soak", LabPlan(agents=chosen.agents, trunk_channels=60, calls_per_second=10)) as stage:
        say(f"the parts are up; {chosen.minutes:g} minutes to go")
        campaigns = await _campaigns(stage, chosen.minutes)
        async with stage.controller() as controller:
            secrets, log = stage.parts.secrets.agents, stage.parts.root / "log/phones.log"
            async with Phones(stage.parts.sip_server, secrets, log):
                ended = await _shift(stage, controller, campaigns, watched, stop, chosen.minutes * 60)
        broken = await _broken_promises(stage)
        shutil.rmtree(stage.parts.settings.recordings_dir)
    result = _result(chosen, watched, ended, broken)
    result.write()
    for figure in result.figures:
        say(f"{figure.what}: {figure.median:.3g} {figure.unit}; {figure.beside}: {figure.beside_median}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--agents", type=int, default=6, help="telephones; two share a process")
    return parser.parse_args()


async def _campaigns(stage: Stage, minutes: float) -> tuple[int, int]:
    """People for the agents, and a survey beside them; nobody is on both lists."""
    leads = round(LEADS_PER_MINUTE * (minutes + 2))
    customers = population(2 * leads, Random(SEED))
    first, second = ([c.numbers[0] for c in customers[:leads]], [c.numbers[0] for c in customers[leads:]])
    talks = await stage.campaign("talks", first, wrap_up_s=10, pacing=Pacing(mode=PacingMode.RATIO, ratio=1.5))
    agentless = Pacing(mode=PacingMode.AGENTLESS, max_in_flight=SURVEY_IN_FLIGHT)
    survey = await stage.campaign("survey", second, pacing=agentless, agentless_flow="survey")
    return talks, survey


async def _shift(
    stage: Stage,
    controller: Controller,
    campaigns: Sequence[int],
    watched: Watched,
    stop: asyncio.Event,
    seconds: float,
) -> str:
    """Work until the time is up; why it ended."""
    agents, names = HeadlessAgents(stage.parts, controller, Random(SEED)), stage.parts.plan.agent_names
    hearing = asyncio.create_task(agents.run())
    try:
        await asyncio.sleep(0)
        await agents.log_in(names)
        for campaign_id in campaigns:
            await stage.start(campaign_id)
        ended = await _watch(stage, controller, watched, stop, seconds)
        say(f"{ended}; no more calls, talks end")
        if controller.service.running:
            for campaign_id in campaigns:
                await stage.record.campaigns.set_status(campaign_id, CampaignStatus.PAUSED, now(), "bench")

            async def quiet() -> bool:
                return not await stage.record.attempts.open_attempts()

            with contextlib.suppress(TimeoutError):
                await until(quiet, 90)
            await agents.log_out(names)
        return ended
    finally:
        hearing.cancel()


async def _watch(stage: Stage, controller: Controller, watched: Watched, stop: asyncio.Event, seconds: float) -> str:
    loop = asyncio.get_running_loop()
    began, looks = loop.time(), 0
    log = stage.parts.root / "looks.jsonl"
    while loop.time() - began < seconds:
        if not controller.service.running:
            return f"`dialer serve` ended by itself after {loop.time() - began:.0f} s"
        await _look(stage, controller, watched, loop.time() - began, log)
        looks += 1
        # Every ten seconds by the clock, however long a look takes.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(began + looks * LOOK_EVERY_S):
                await stop.wait()
                return f"stopped after {loop.time() - began:.0f} s"
    return "the time is up"


async def _look(stage: Stage, controller: Controller, watched: Watched, at_s: float, log: Path) -> None:
    pid = controller.service.pid
    seen = {
        "at_s": at_s,
        "rss_mb": kernel.resident_mb(pid),
        "files": kernel.open_files(pid),
        "processor_s": kernel.processor_s(pid),
        "asterisk_rss_mb": kernel.resident_mb(stage.parts.asterisk.pid),
        "asterisk_files": kernel.open_files(stage.parts.asterisk.pid),
        "redis_rss_mb": kernel.resident_mb(stage.parts.redis.pid),
    }
    try:
        shown = await counters(controller)
        seen |= {name: shown.get(name, 0.0) for name in COUNTED}
    except httpx.HTTPError as error:
        say(f"/metrics did not answer: {error!r}")
        seen |= {name: float("nan") for name in COUNTED}
    watched.add(**seen)
    with log.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(seen) + "\n")


async def _broken_promises(stage: Stage) -> list[str]:
    """What the record shows of broken promises, and what the telephone network's own records contradict."""
    await stage.parts.carrier.stop()
    settings = stage.parts.settings
    made = await report.build(stage.record, campaign_id=None, law=settings.law, recordings=settings.recordings_dir)
    rows = [
        row
        for c in await stage.record.campaigns.all()
        for row in await stage.record.attempts.of_campaign(c.campaign_id)
    ]
    return [*made.invariants_broken, *contradictions(rows, stage.parts.carrier_records)]


def _result(chosen: argparse.Namespace, watched: Watched, ended: str, broken: list[str]) -> Result:
    total_s = watched.columns["at_s"][-1]
    parameters: dict[str, Any] = {
        "minutes": chosen.minutes,
        "agents": chosen.agents,
        "survey_in_flight": SURVEY_IN_FLIGHT,
        "look_every_s": LOOK_EVERY_S,
        "warm_up_share": WARM_UP_SHARE,
        "seed": SEED,
    }
    repeats = [{"ended": ended, "promises_broken": broken, "looks": watched.columns}]
    figures = (
        _growth(watched, "rss_mb", "memory (RSS) that the second half adds", "MB an hour", total_s),
        _growth(watched, "files", "open files that the second half adds", "an hour", total_s),
        _growth(watched, "asterisk_rss_mb", "Asterisk's memory in the same hour", "MB an hour", total_s),
        _load(watched, total_s),
        Figure(
            "promises broken", "", len(broken), "the telephone network's own call records", aim="none", met=not broken
        ),
    )
    return Result("soak", "make bench-soak", parameters, repeats, figures)


def _growth(watched: Watched, name: str, what: str, unit: str, total_s: float) -> Figure:
    first, second = (slope_per_hour(*watched.half(name, half, total_s)) for half in (0, 1))
    at_s, values = watched.half(name, 1, total_s)
    added = second * (at_s[-1] - at_s[0]) / 3600 if at_s else 0.0
    held = median(values)
    aim, met = None, None
    if name == "rss_mb":
        aim, met = f"flat: under {MOST_GROWTH:.0%} of the {held:.0f} MB held", added < MOST_GROWTH * held
    elif name == "files":
        aim, met = f"flat: fewer than {MOST_FILES:g} in that half", added < MOST_FILES
    return Figure(what, unit, second, "the first half", first, None, aim, met)


def _load(watched: Watched, total_s: float) -> Figure:
    """So that it can be seen that the load was steady."""
    per_minute = [slope_per_hour(*watched.half("ringpace_call_outcomes_total", half, total_s)) / 60 for half in (0, 1)]
    ratio = per_minute[1] / per_minute[0] if per_minute[0] else None
    return Figure(
        "calls a minute carried in the second half", "", per_minute[1], "the first half", per_minute[0], ratio
    )


if __name__ == "__main__":
    asyncio.run(main())

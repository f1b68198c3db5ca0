"""Row `processor`: processor time of the controller for each call, beside Asterisk's own for the same calls.

Two loads at ten calls a second: the usual mix, where two in five answer and talk to agents and every talk is recorded;
and refusals alone, where Asterisk has no sound to carry and the controller does its whole work all the same.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from itertools import count, islice
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Any

from bench import kernel
from bench.figures import paired_ratio
from bench.floor import let_the_network_play_phones
from bench.originates import refusals
from bench.results import Figure, Result
from bench.stage import ROOT, Stage, counters, say
from dialer.core.model import PacingMode
from dialer.core.plan import Pacing
from lab.agents import HeadlessAgents
from lab.carrier import MIX, number
from lab.plan import LabPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.controller import Controller

CALLS_PER_S = 10.0
AGENTS = 75
WARM_UP_S = 25.0
WINDOW_S = 40.0
REPEATS = 3
AIM = 0.25
SEED = 20261124

_FIRST_SERIAL = 400_000
"""Of the mix, so that it shares no number with the refusals."""


def mix(rng: Random) -> Iterator[str]:
    """Numbers of the lab's usual mix, as the demo dials it."""
    for serial in count(_FIRST_SERIAL):
        far_end = rng.choices(tuple(MIX), weights=tuple(MIX.values()))[0]
        yield number(far_end, rng.randint(1, 6), rng.choice((6, 9, 12, 15, 18, 24)), serial)


@dataclass(frozen=True, slots=True)
class Load:
    """A campaign that offers ten calls a second. `name` stands in the results."""

    name: str
    agents: int
    plan: dict[str, Any]
    numbers: Iterator[str]


def loads() -> tuple[Load, ...]:
    """The usual mix with agents, and refusals without."""
    ratio = Pacing(mode=PacingMode.RATIO, ratio=5, max_in_flight=150, max_abandonment=0.1)
    agentless = Pacing(mode=PacingMode.AGENTLESS, max_in_flight=150)
    return (
        Load("mix", AGENTS, {"pacing": ratio, "wrap_up_s": 5}, mix(Random(SEED))),
        Load("refusals", 0, {"pacing": agentless, "agentless_flow": "survey"}, refusals()),
    )


async def main() -> None:
    """Both loads, some windows each."""
    chosen = _arguments()
    repeats: list[dict[str, Any]] = []
    for load in loads():
        repeats += await _measure(load, chosen)
    parameters = {"calls_per_s": CALLS_PER_S, "agents": AGENTS, "window_s": chosen.window, "warm_up_s": WARM_UP_S}
    figures = tuple(_figure(load.name, [one for one in repeats if one["load"] == load.name]) for load in loads())
    if not chosen.profile:
        Result("processor", "make bench-processor", parameters, repeats, figures).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.processor", description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds that are counted")
    parser.add_argument("--profile", action="store_true", help="leave profiles of the controller, and no results")
    return parser.parse_args()


def _figure(name: str, repeats: list[dict[str, Any]]) -> Figure:
    ours, asterisk = ([one[key] for one in repeats] for key in ("controller_ms_a_call", "asterisk_ms_a_call"))
    rate = median(one["calls_per_s"] for one in repeats)
    what = f"controller's processor time a call, {name}, {rate:.1f} calls a second"
    ratio = paired_ratio(ours, asterisk)
    # The aim is for calls as they are; refusals alone are there to show what the controller costs without any sound.
    aimed = name == "mix" and ratio is not None
    aim, met = (f"at most {AIM:g}", ratio is not None and ratio <= AIM) if aimed else (None, None)
    return Figure(what, "ms", median(ours), "our Asterisk's, the same calls", median(asterisk), ratio, aim, met)


async def _measure(load: Load, chosen: argparse.Namespace) -> list[dict[str, Any]]:
    plan = LabPlan(agents=load.agents, trunk_channels=200, calls_per_second=CALLS_PER_S, drain_s=15)
    stage = Stage("processor", plan)
    let_the_network_play_phones(stage.parts)
    async with stage:
        wanted = round(CALLS_PER_S * (WARM_UP_S + chosen.repeats * chosen.window + 60))
        campaign_id = await stage.campaign(load.name, islice(load.numbers, wanted), **load.plan)
        profile = ROOT / f"processor-{load.name}.profile" if chosen.profile else None
        async with stage.controller(profile) as controller:
            agents = HeadlessAgents(stage.parts, controller, Random(SEED), wrap_up_s=(0.5, 2))
            hearing = asyncio.create_task(agents.run())
            await asyncio.sleep(0)
            await agents.log_in(plan.agent_names)
            await stage.start(campaign_id)
            await asyncio.sleep(WARM_UP_S)
            repeats = [await _window(load, stage, controller, chosen.window) for _ in range(chosen.repeats)]
            await stage.end(campaign_id, within_s=120)
            await agents.log_out(plan.agent_names)
            hearing.cancel()
    return repeats


async def _window(load: Load, stage: Stage, controller: Controller, window_s: float) -> dict[str, Any]:
    loop = asyncio.get_running_loop()
    pids = {"controller": controller.service.pid, "asterisk": stage.parts.asterisk.pid}
    placed = (await counters(controller))["ringpace_calls_placed_total"]
    before, began = {name: kernel.processor_s(pid) for name, pid in pids.items()}, loop.time()
    await asyncio.sleep(window_s)
    spent = {name: kernel.processor_s(pid) - before[name] for name, pid in pids.items()}
    took_s = loop.time() - began
    calls = (await counters(controller))["ringpace_calls_placed_total"] - placed
    seen = {
        "load": load.name,
        "calls_per_s": round(calls / took_s, 2),
        "controller_ms_a_call": round(spent["controller"] / calls * 1000, 2),
        "asterisk_ms_a_call": round(spent["asterisk"] / calls * 1000, 2),
        "controller_share_of_a_core": round(spent["controller"] / took_s, 3),
        "asterisk_share_of_a_core": round(spent["asterisk"] / took_s, 3),
    }
    say("; ".join(f"{name} {value}" for name, value in seen.items()))
    return seen


if __name__ == "__main__":
    asyncio.run(main())

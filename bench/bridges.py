"""Row `bridges`: from the customer's answer to the bridge with an agent, while fifty recorded talks are up.

Both ends of the time are Asterisk's own event times. Five people answer every second and talk for nine or twelve
seconds, so that about fifty talks stand, all recorded. Beside it, in the same minutes and under the same load, a bare
AMI socket keeps legs of its own in the waiting room and bridges one the moment it hears that its customer is up: what
Asterisk and this machine need by themselves.
"""

from __future__ import annotations

import argparse
import asyncio
from itertools import count, islice
from random import Random
from statistics import mean, median
from typing import TYPE_CHECKING, Any

from bench.bare import BareSocket, originate
from bench.figures import paired_ratio, quantile
from bench.floor import let_the_network_play_phones
from bench.results import Figure, Result
from bench.stage import ROOT, Stage, now, say
from dialer.core.model import PacingMode
from dialer.core.plan import Pacing
from lab.agents import HeadlessAgents
from lab.carrier import FarEnd, number
from lab.plan import CALLER_IDS, LabPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

ANSWERS_PER_S = 5.0
AGENTS = 75
TALKS_S = (9, 12)
REPEATS = 3
WINDOW_S = 60.0
WARM_UP_S = 25.0
"""Until as many talks end as begin."""
AIM_MS = 50.0
BARE_LEGS = 5
BARE_EVERY_S = 1.0
SEED = 20261123

_WRITTEN_S = 2.0
"""How long the last bridges of a window may take to stand in the record."""
_FIRST_BARE_SERIAL = 500_000


def people() -> Iterator[str]:
    """Numbers at which somebody answers and talks, none twice."""
    for serial in count():
        yield number(FarEnd.PERSON, 1 + serial % 2, TALKS_S[serial // 2 % len(TALKS_S)], serial)


class BareBridges:
    """Does with a bare socket what the dialler does: a leg waits, a customer is called, and both meet at the answer."""

    def __init__(self) -> None:
        self.waits_ms: list[float] = []
        self._answered: dict[str, float] = {}
        self._socket: BareSocket | None = None

    async def run(self, stage: Stage) -> None:
        """One bridge every BARE_EVERY_S, until cancelled."""
        self._socket = await BareSocket.open(stage.parts.settings.ami, self._hear)
        try:
            for turn in count():
                slot = turn % BARE_LEGS
                # A patient person stays for two minutes: each waiting leg is renewed before.
                if turn % (15 * BARE_LEGS) == slot:
                    self._call(f"bare-wait-{slot}-{turn}", FarEnd.PATIENT_PERSON, turn, "agents", "wait")
                    await asyncio.sleep(BARE_EVERY_S)
                waiting = turn - turn % (15 * BARE_LEGS) + slot
                customer = f"bare-{slot}-{waiting}-{turn}"
                self._call(customer, FarEnd.PERSON, turn, "customers", "answered")
                await asyncio.sleep(BARE_EVERY_S)
        finally:
            self._socket.close()

    def _call(self, leg_id: str, far_end: FarEnd, turn: int, context: str, exten: str) -> None:
        assert self._socket is not None  # noqa: S101 - called by `run` alone
        dialled = number(far_end, 0 if far_end is FarEnd.PATIENT_PERSON else 1, 3, _FIRST_BARE_SERIAL + turn)
        originate(self._socket, leg_id, f"PJSIP/{dialled}@carrier", context, exten, CALLER_IDS[0])

    def _hear(self, event: dict[str, str]) -> None:
        leg_id = event.get("Uniqueid", "")
        if not leg_id.startswith("bare-") or leg_id.startswith("bare-wait-") or self._socket is None:
            return
        if event["Event"] == "Newstate" and event.get("ChannelStateDesc") == "Up":
            _, slot, waiting, _ = leg_id.split("-")
            self._answered[leg_id] = float(event["Timestamp"])
            self._socket.say("Bridge", Channel1=leg_id, Channel2=f"bare-wait-{slot}-{waiting}", Tone="no")
        elif event["Event"] == "BridgeEnter" and leg_id in self._answered:
            self.waits_ms.append((float(event["Timestamp"]) - self._answered.pop(leg_id)) * 1000)


async def main() -> None:
    """Windows one after the other in one run."""
    chosen = _arguments()
    plan = LabPlan(agents=AGENTS, trunk_channels=200, calls_per_second=ANSWERS_PER_S, drain_s=15)
    stage = Stage("bridges", plan)
    let_the_network_play_phones(stage.parts)
    repeats: list[dict[str, Any]] = []
    async with stage:
        wanted = round(ANSWERS_PER_S * (WARM_UP_S + chosen.repeats * (chosen.window + _WRITTEN_S) + 60))
        progressive = Pacing(mode=PacingMode.PROGRESSIVE, max_in_flight=60)
        campaign_id = await stage.campaign("answers", islice(people(), wanted), pacing=progressive, wrap_up_s=5)
        async with stage.controller(ROOT / "bridges.profile" if chosen.profile else None) as controller:
            # They wait for the customer to hang up, then record what came of it within a second or so.
            agents = HeadlessAgents(stage.parts, controller, Random(SEED), talk_s=(60, 60), wrap_up_s=(0.5, 1.5))
            hearing = asyncio.create_task(agents.run())
            await asyncio.sleep(0)
            await agents.log_in(plan.agent_names)
            say(f"{AGENTS} agents are in line")
            await stage.start(campaign_id)
            bare = BareBridges()
            bridging = asyncio.create_task(bare.run(stage))
            await asyncio.sleep(WARM_UP_S)
            for turn in range(1, chosen.repeats + 1):
                repeats.append({"turn": turn, **await _window(stage, campaign_id, bare, chosen.window)})
                say("; ".join(f"{name} {value:.4g}" for name, value in repeats[-1].items()))
            bridging.cancel()
            await stage.end(campaign_id, within_s=120)
            await agents.log_out(plan.agent_names)
            hearing.cancel()
    parameters = {
        "answers_per_s": ANSWERS_PER_S,
        "agents": AGENTS,
        "talks_s": TALKS_S,
        "window_s": chosen.window,
        "bare_every_s": BARE_EVERY_S,
    }
    if not chosen.profile:
        Result("bridges", "make bench-bridges", parameters, repeats, _figures(repeats)).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.bridges", description=__doc__)
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds that are counted")
    parser.add_argument("--profile", action="store_true", help="leave a profile of the dialler, and no results")
    return parser.parse_args()


async def _window(stage: Stage, campaign_id: int, bare: BareBridges, window_s: float) -> dict[str, float]:
    """One window: quantiles of both, and how many talks stood."""
    bare.waits_ms.clear()
    since, talks = now(), []
    loop = asyncio.get_running_loop()
    ends = loop.time() + window_s
    while loop.time() < ends:
        await asyncio.sleep(min(5, max(0, ends - loop.time())))
        talks.append(sum(row.bridged_at is not None for row in await stage.record.attempts.open_attempts()))
    theirs = list(bare.waits_ms)
    await asyncio.sleep(_WRITTEN_S)
    ours = await stage.waits_ms(campaign_id, since)
    return {
        "answers_per_s": len(ours) / (window_s + _WRITTEN_S),
        "talks_up": mean(talks),
        "p50_ms": quantile(ours, 0.5),
        "p99_ms": quantile(ours, 0.99),
        "most_ms": max(ours),
        "bare_bridges": len(theirs),
        "bare_p50_ms": quantile(theirs, 0.5),
        "bare_p99_ms": quantile(theirs, 0.99),
    }


def _figures(repeats: list[dict[str, Any]]) -> tuple[Figure, ...]:
    seen = {name: [one[name] for one in repeats] for name in repeats[0]}
    load = f"{median(seen['answers_per_s']):.1f} answers a second, {median(seen['talks_up']):.0f} recorded talks up"
    p99 = median(seen["p99_ms"])
    beside = "a bare AMI socket that bridges at the answer"
    return (
        Figure(
            f"answer to bridge, p99, {load}",
            "ms",
            p99,
            beside,
            median(seen["bare_p99_ms"]),
            paired_ratio(seen["p99_ms"], seen["bare_p99_ms"]),
            f"under {AIM_MS:g} ms",
            p99 < AIM_MS,
        ),
        Figure(
            "answer to bridge, p50, the same load",
            "ms",
            median(seen["p50_ms"]),
            beside,
            median(seen["bare_p50_ms"]),
            paired_ratio(seen["p50_ms"], seen["bare_p50_ms"]),
        ),
    )


if __name__ == "__main__":
    asyncio.run(main())

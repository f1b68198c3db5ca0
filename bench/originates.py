"""Row `originates`: calls a second carried to an outcome, beside a bare socket that floods the same Asterisk.

Same far ends, same Asterisk, in turn: the bare socket sends Originates on the beat and counts Hangups; the dialler
claims its leads, checks each twice, places them, and what is counted is outcomes that stand in its record. Nobody
answers (busy, rejected, congestion, after up to three seconds of ringing), so that no sound is mixed.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import dataclass
from itertools import count, islice
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.bare import BareSocket, originate
from bench.figures import paired_ratio
from bench.results import Figure, Result
from bench.stage import ROOT, Stage, say
from dialer.core.model import PacingMode
from dialer.core.plan import Pacing
from lab.carrier import FarEnd, number
from lab.plan import CALLER_IDS, LabPlan
from lab.process import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RATES = (10.0, 25.0, 50.0)
REPEATS = 3
WINDOW_S = 15.0
STEADY_AFTER_S = 5.0
"""From the first outcome: longer than anybody rings, so that as many calls end as begin."""
AIM = 0.9

_ENDS = (FarEnd.BUSY, FarEnd.REJECTS, FarEnd.CONGESTION)
_RINGS_S = (0, 1, 2, 3)


def refusals() -> Iterator[str]:
    """Numbers that are refused, each in a different way from the last, and none twice."""
    for serial in count():
        yield number(_ENDS[serial % len(_ENDS)], _RINGS_S[serial % len(_RINGS_S)], serial=serial)


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the command line asks for."""

    rates: tuple[float, ...]
    repeats: int
    window_s: float
    profile: bool


async def main(chosen: Chosen) -> None:
    """All rates, each some times, the two in turn."""
    repeats = []
    for rate in chosen.rates:
        # A channel is held while it rings: room for four seconds' worth, and never the limit.
        plan = LabPlan(agents=0, trunk_channels=round(8 * rate) + 20, calls_per_second=rate, drain_s=5)
        async with Stage("originates", plan) as stage:
            numbers = refusals()
            for turn in range(1, chosen.repeats + 1):
                bare = await flood(stage, numbers, rate, chosen.window_s)
                profile = ROOT / f"originates-{rate:g}.profile" if chosen.profile else None
                ours = await dial(stage, numbers, rate, chosen.window_s, profile)
                say(f"{rate:g} a second offered: bare socket {bare:.2f}, dialler {ours:.2f}")
                repeats.append({"offered": rate, "turn": turn, "bare_per_s": bare, "dialler_per_s": ours})
    parameters = {
        "rates": chosen.rates,
        "window_s": chosen.window_s,
        "steady_after_s": STEADY_AFTER_S,
        "far_ends": [far_end.value for far_end in _ENDS],
        "rings_s": _RINGS_S,
        "profiled": chosen.profile,
    }
    figures = tuple(_figure(rate, [one for one in repeats if one["offered"] == rate]) for rate in chosen.rates)
    if not chosen.profile:
        Result("originates", "make bench-originates", parameters, repeats, figures).write()


def _figure(rate: float, repeats: list[dict[str, Any]]) -> Figure:
    ours, bare = ([one[name] for one in repeats] for name in ("dialler_per_s", "bare_per_s"))
    ratio = paired_ratio(ours, bare)
    met = None if ratio is None else ratio >= AIM
    what = f"outcomes a second in the record, {rate:g} offered"
    return Figure(what, "/s", median(ours), "a bare AMI socket", median(bare), ratio, f"at least {AIM:g}", met)


async def flood(stage: Stage, numbers: Iterator[str], rate: float, window_s: float) -> float:
    """Originates on the beat; how many a second came to their Hangup within the window."""
    loop = asyncio.get_running_loop()
    ended: list[float] = []

    def hear(event: dict[str, str]) -> None:
        if event["Event"] == "Hangup" and event.get("Uniqueid", "").startswith("flood-"):
            ended.append(loop.time())

    socket = await BareSocket.open(stage.parts.settings.ami, hear)
    try:
        began, sent = loop.time(), 0
        while loop.time() - began < STEADY_AFTER_S + window_s:
            while sent < (loop.time() - began) * rate:
                dialled = next(numbers)
                originate(
                    socket, f"flood-{dialled}", f"PJSIP/{dialled}@carrier", "customers", "answered", CALLER_IDS[0]
                )
                sent += 1
            await asyncio.sleep(0.5 / rate)
        opens = began + STEADY_AFTER_S
        counted = sum(opens <= at < opens + window_s for at in ended)

        async def all_ended() -> bool:
            return len(ended) == sent

        await until(all_ended, within_s=30)
    finally:
        socket.close()
    return counted / window_s


async def dial(
    stage: Stage, numbers: Iterator[str], rate: float, window_s: float, profile: Path | None = None
) -> float:
    """A campaign without agents that offers this rate; how many outcomes a second came into the record."""
    loop = asyncio.get_running_loop()
    wanted = round(rate * (STEADY_AFTER_S + window_s + 10))
    pacing = Pacing(mode=PacingMode.AGENTLESS, max_in_flight=stage.parts.plan.trunk_channels)
    leads = list(islice(numbers, wanted))
    campaign_id = await stage.campaign(f"refused {leads[0]}", leads, pacing=pacing, agentless_flow="survey")
    async with stage.controller(profile):
        await stage.start(campaign_id)

        async def has_begun() -> bool:
            return await stage.outcomes(campaign_id) > 0

        await until(has_begun, within_s=30)
        await asyncio.sleep(STEADY_AFTER_S)
        opens, before = loop.time(), await stage.outcomes(campaign_id)
        await asyncio.sleep(window_s)
        after, closes = await stage.outcomes(campaign_id), loop.time()
        await stage.end(campaign_id)
    return (after - before) / (closes - opens)


def arguments() -> Chosen:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.originates", description=__doc__)
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="calls a second offered")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--window", type=float, default=WINDOW_S, help="seconds that are counted")
    parser.add_argument("--profile", action="store_true", help="leave profiles of the dialler, and no results")
    given = parser.parse_args()
    return Chosen(tuple(given.rates), given.repeats, given.window, given.profile)


if __name__ == "__main__":
    asyncio.run(main(arguments()))

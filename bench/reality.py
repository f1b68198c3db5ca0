"""Row `reality`: a shift through real Asterisk beside simulations of the same scenario.

The simulated network plays people whose luck the simulator drew (`customers.py`), agents take their calls, and the
record tells how busy they were and who was abandoned. Beside it the same pacing, under the same seed and others, on
the simulated floor, with the delays that the real parts were measured to add. What differs by more than three standard
deviations of a shift does not agree. Progressive first, so that the floor itself is checked; then predictive.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import asdict, dataclass, replace
from statistics import fmean, stdev
from typing import TYPE_CHECKING, Any

from bench.carried import Wanted, carry
from bench.customers import as_asked, as_measured
from bench.observed import figures_of, overheads_of
from bench.results import Figure, Result
from bench.stage import say
from dialer.core.model import PacingMode
from dialer.simulation.policies import pacer_named
from dialer.simulation.run import jobs, run_jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.simulation.scenario import Scenario

SEED = 20261124
OTHER_SEEDS = range(1, 20)
SURE = 3.0
"""In standard deviations: what is farther from the simulated shifts than that does not agree with them."""
COMPARED = {
    "utilisation": ("utilisation", ""),
    "abandonment": ("abandonment", ""),
    "answers_per_dial": ("answers per dial", ""),
    "mean_wait_s": ("an agent's mean wait", "s"),
    "dials_per_agent_hour": ("dials per agent-hour", ""),
}
"""Of the figures, and as the table names them, with their units."""
_COUNTED = ("placed", "live_answers", "abandoned", "dropped")


@dataclass(frozen=True, slots=True)
class Agreement:
    """A real figure among simulated ones."""

    real: float
    mean: float
    deviation: float
    """Of one simulated shift from another."""
    least: float
    most: float
    z: float | None
    """How far off the real one is, in deviations that such a shift has from the mean; None where they never differ."""
    agrees: bool


def agreement(real: float, simulated: Sequence[float]) -> Agreement:
    """Whether a real figure may be one more of these; there must be at least two."""
    mean, deviation = fmean(simulated), stdev(simulated)
    least, most = min(simulated), max(simulated)
    # The mean itself is off by the deviation / sqrt(n).
    spread = deviation * (1 + 1 / len(simulated)) ** 0.5
    z = (real - mean) / spread if spread else None
    within = least <= real <= most
    return Agreement(real, mean, deviation, least, most, z, within or (z is not None and abs(z) <= SURE))


async def main() -> None:
    """Real shift and simulated ones for each mode; the row is written where both modes were asked for."""
    chosen = _arguments()
    minutes = {PacingMode.PROGRESSIVE: chosen.check_minutes, PacingMode.PREDICTIVE: chosen.minutes}
    shifts = [
        Wanted(mode, long, chosen.agents, chosen.seed, chosen.softphones) for mode, long in minutes.items() if long
    ]
    repeats = [await _pair(wanted) for wanted in shifts]
    figures = tuple(figure for repeat in repeats for figure in figures_for_the_table(repeat))
    for figure in figures:
        found = "agrees" if figure.met else "DOES NOT AGREE"
        say(f"{figure.what}: {figure.median:.4g}; {figure.beside}: {figure.beside_median:.4g}; {found}")
    if all(minutes.values()):
        asked = as_asked(chosen.agents, chosen.minutes)
        parameters = {
            "agents": chosen.agents,
            "telephones": "softphones" if chosen.softphones else "played by the simulated network",
            "seed": chosen.seed,
            "other_seeds": [*OTHER_SEEDS],
            "sure_in_deviations": SURE,
            "scenario": asked.model_dump(mode="json", exclude_unset=True),
        }
        Result("reality", "make bench-reality", parameters, repeats, figures).write()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.reality", description=__doc__)
    parser.add_argument("--minutes", type=float, default=20, help="predictive; 0 leaves it off, and writes no result")
    parser.add_argument("--check-minutes", type=float, default=5, help="progressive before it; likewise")
    parser.add_argument("--agents", type=int, default=15)
    parser.add_argument("--seed", type=int, default=SEED, help="of the people's luck")
    parser.add_argument("--softphones", action="store_true", help="real ones, which take more of the machine")
    return parser.parse_args()


async def _pair(wanted: Wanted) -> dict[str, Any]:
    """A real shift, and what it is held against."""
    carried = await carry(wanted)
    real = figures_of(carried.rows, carried.spans, carried.shift)
    say(f"real: {real}")
    over = overheads_of(carried.rows, carried.spans, carried.decided)
    say(f"added by the real parts: {replace(over, dial_delay_s=(fmean(over.dial_delay_s),))}")
    simulated = _simulated(as_measured(as_asked(wanted.agents, wanted.minutes), over), wanted)
    say(f"simulated with the same luck: {simulated[0]}")
    return {
        "mode": wanted.mode.value,
        "minutes": wanted.minutes,
        "real": asdict(real),
        "answer_to_bridge_ms": carried.bridges_ms,
        "overheads": asdict(over),
        "load": carried.load,
        "simulated": simulated,
        "compared": {
            name: asdict(agreement(getattr(real, name), [row[name] for row in simulated])) for name in COMPARED
        },
    }


def _simulated(scenario: Scenario, wanted: Wanted) -> list[dict[str, Any]]:
    """The figures of simulated shifts; the first has the real one's luck."""
    todo = jobs([scenario], [wanted.mode.value.lower()], [wanted.seed, *OTHER_SEEDS])
    # In this process, with what was imported when `dialer serve` was started: both sides are of one state of the code.
    rows = run_jobs(todo, pacer_named, workers=1)
    return [{name: row[name] for name in ("seed", *_COUNTED, *COMPARED)} for row in rows]


def figures_for_the_table(repeat: dict[str, Any]) -> list[Figure]:
    """A line of the table for each figure of one mode."""
    made = []
    for name, (what, unit) in COMPARED.items():
        one = Agreement(**repeat["compared"][name])
        made.append(
            Figure(
                f"{what}, {repeat['mode'].lower()}, {repeat['minutes']:g} minutes",
                unit,
                one.real,
                f"simulated: mean of {len(repeat['simulated'])} shifts, {one.least:.3g} to {one.most:.3g}",
                one.mean,
                one.real / one.mean if one.mean else None,
                f"within {SURE:g} standard deviations ({one.deviation:.2g})",
                one.agrees,
            )
        )
    return made


if __name__ == "__main__":
    asyncio.run(main())

"""Draws the pictures of docs/pacing.md: from the simulator, from the shipped code, and from bench/results/pacing.json.

`make pictures`. The same code and results give the same pictures to the last byte.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from itertools import groupby
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.axes import Axes
from bench.pacing import OPTIMA
from bench.pacing_policies import POLICIES
from bench.pacing_scenarios import DRIFTING, STATIONARY
from bench.results import RESULTS
from dialer.core.abandonment import Tally
from dialer.core.budget import NOTHING_LATELY, Budget, Spent
from dialer.core.forecast import INSTANTS_S, Ages
from dialer.core.lookahead import Lookahead
from dialer.core.model import PacingMode
from dialer.core.plan import Pacing
from dialer.simulation.chart import shift_svg
from dialer.simulation.floor import run_shift
from dialer.simulation.policies import Shipped, pacer_named
from dialer.simulation.reference import Optima, segments_of
from dialer.simulation.run import summaries
from dialer.simulation.scenario import standard

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dialer.core.forecast import Outlook
    from dialer.simulation.pacer import Floor, Move

PICTURES = Path(__file__).parent.parent / "docs" / "pictures"
_LIMIT = 0.03
_SIZES = (3, 5, 10, 20, 30, 50, 100)
_HUES = dict(zip(POLICIES, ("a", "d", "f", "e", "b", "g", "c"), strict=True))
_AT_S = 3600.0
"""After this the look ahead is drawn, at the first instant at which many ring, few are free, and more are placed."""
_RINGING, _FEW_FREE = 12, 2
_WITHIN_H = 0.5
_PARTS = 12
"""Of all live answers, for the calibration."""


def percent(share: float) -> str:
    """A share of 1 as it is written on an axis."""
    return f"{100 * share:.3g}%"


# --- a shift ------------------------------------------------------------------------------------


def shift() -> str:
    """A shift in which the answer probability falls to a third at half time."""
    scenario = DRIFTING[0]
    return shift_svg(run_shift(scenario, pacer_named("predictive", scenario), 1), scenario, "predictive")


# --- one instant --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Instant:
    """What the shipped pacing saw and did at one instant."""

    floor: Floor
    outlook: Outlook
    move: Move


class Watched(Shipped):
    """The shipped pacing, and what it saw when it first placed calls after a moment, many ringing and few free."""

    def __init__(self, from_s: float) -> None:
        super().__init__(Pacing(mode=PacingMode.PREDICTIVE, max_in_flight=10_000))
        self._from_s = from_s
        self.seen: Instant | None = None

    def decide(self, floor: Floor, now_s: float) -> Move:
        """As it does."""
        move = super().decide(floor, now_s)
        if self.seen is None and now_s >= self._from_s and _is_telling(floor, move):
            ages = Ages(floor.ringing_s, floor.chances, floor.detecting_s, floor.talking_s, floor.wrap_up_s)
            self.seen = Instant(floor, self._learned.outlook(ages, len(floor.waiting_s), now_s), move)
        return move


def _is_telling(floor: Floor, move: Move) -> bool:
    return 1 <= floor.ready <= _FEW_FREE and len(floor.ringing_s) >= _RINGING and move.place > 1


def lookahead() -> str:
    """The answers expected at one instant of a shift, against the agents who are free or come free."""
    pacer = Watched(_AT_S)
    run_shift(standard(30, 0.15, hours=_AT_S / 3600 + _WITHIN_H), pacer, 1)
    assert pacer.seen is not None  # noqa: S101 - thirty agents come to such an instant within minutes
    floor, outlook, move = pacer.seen.floor, pacer.seen.outlook, pacer.seen.move
    added = np.repeat(outlook.new[None, :], move.place, axis=0)
    answers = _spread(np.concatenate((outlook.answers, added)), float(outlook.heard.sum()))
    free = _spread(outlook.releases, floor.ready)
    ahead = Lookahead(outlook, floor.ready)
    ahead.add(move.place)
    title = f"One instant: {floor.ready} free, {len(floor.ringing_s)} ring, {move.place} more are placed"
    most = float(max((mean + spread).max() for mean, spread in (answers, free)))
    axes = Axes(title, "seconds from now", "calls, agents", 25, most * 1.08)
    for css, name, (mean, spread) in (("b", "answers expected", answers), ("a", "agents come free", free)):
        axes.band(css, _zipped(INSTANTS_S, mean - spread, mean + spread))
        axes.line(f"{css} line", _zipped(INSTANTS_S, mean), f"{name} (mean ± standard deviation)")
    share = ahead.nobody_free()
    axes.line("limit dashed", _zipped(INSTANTS_S, share * axes.y_to), f"risk (at most {share.max():.1%})")
    return axes.svg()


def _spread(chances: NDArray[np.float64], sure: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and standard deviation of a sum of yes-or-no, at each instant."""
    return chances.sum(axis=0) + sure, np.sqrt((chances * (1 - chances)).sum(axis=0))


def _zipped(*columns: NDArray[np.float64]) -> list[Any]:
    return list(zip(*(column.tolist() for column in columns), strict=True))


# --- the appetite -------------------------------------------------------------------------------


def appetite() -> str:
    """What the next call may risk, by how many more abandonments the window could bear."""
    title = "The appetite: what one more call may risk, by what the legal window can still bear"
    axes = Axes(title, "further abandonments that the window could bear", "allowed risk", 20, 0.08, y_unit=percent)
    for css, answers in (("a", 100), ("b", 500), ("c", 2000)):
        slacks = np.arange(0, min(20, _LIMIT * answers) + 1e-9, 0.05)
        points = [(slack, _risk(answers, _LIMIT * answers - slack)) for slack in slacks.tolist()]
        axes.line(f"{css} line", points, f"{answers} live answers")
    axes.line("limit dashed", [(0, _LIMIT), (20, _LIMIT)], "the limit itself, 3 %")
    return axes.svg()


def _risk(answers: float, abandoned: float) -> float:
    """With abandonments as many as were risked."""
    return Budget().appetite(Spent(answers, abandoned), NOTHING_LATELY, _LIMIT).risk


# --- from the results ---------------------------------------------------------------------------


def results() -> dict[str, Any]:
    """What `make bench-pacing` left."""
    if not (RESULTS / "pacing.json").exists():
        sys.exit("bench/results/pacing.json: there is none; run `make bench-pacing` first")
    found: dict[str, Any] = json.loads((RESULTS / "pacing.json").read_text(encoding="utf-8"))
    return found


def calibration() -> str:
    """Of the predictive shifts in all scenarios: abandonment as the decisions expected it, and as it came."""
    tenths = sorted(
        (expected, round(actual * answers), answers)
        for row in results()["rows"]
        if row["pacing"] == "predictive"
        for expected, actual, answers in row.get("expected_actual_answers", ())
    )
    table = np.array(tenths).reshape(-1, 3)
    until = np.cumsum(table[:, 2])
    edges = np.searchsorted(until, np.arange(1, _PARTS) * (until[-1] if len(until) else 0) / _PARTS)
    parts = [part for part in np.split(table, edges) if len(part)]
    points = [(float(part[:, 0] @ part[:, 2] / part[:, 2].sum()), _tally(part)) for part in parts]
    most = max([2 * _LIMIT, *(1.1 * max(x, tally.upper_bound()) for x, tally in points)])
    title = "Abandonment as the decisions expected it, and as it came"
    axes = Axes(title, "expected when the call was placed", "abandoned", most, most, x_unit=percent, y_unit=percent)
    axes.line("f dashed", [(0, 0), (most, most)], "as expected")
    axes.bars("a", [(x, tally.lower_bound(), tally.upper_bound()) for x, tally in points])
    axes.dots("a", [(x, tally.rate) for x, tally in points], "a twelfth of the live answers, with its 95 % interval")
    return axes.svg()


def _tally(part: NDArray[np.float64]) -> Tally:
    return Tally(int(part[:, 2].sum()), int(part[:, 1].sum()))


def occupancy() -> str:
    """Utilisation by policy in the stationary cells; hollow where a shift broke a limit."""
    found = results()
    cells = [one.name for one in STATIONARY]
    seen = [one for one in summaries(found["rows"]) if one.scenario in cells]
    axes = Axes(
        "Utilisation by policy; hollow where a shift broke a limit",
        "agents, answer probability",
        "talk and wrap-up",
        len(cells),
        1.0,
        height=400,
        y_from=0.3,
        y_unit=percent,
        x_unit=lambda place: cells[int(place)].replace(" agents, p=0", " · ") if place % 1 == 0.5 else "",  # noqa: PLR2004 - the middle of a cell
        x_ticks=[place + 0.5 for place in range(len(cells))],
        y_ticks=[0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
    )
    for place, cell in enumerate(cells):
        best = found["scenarios"][cell]["u_mdp"]
        name = "optimum of the Markov model" if place == 0 else ""
        axes.line("ink line", [(place + 0.1, best), (place + 0.9, best)], name)
    by_policy = sorted(seen, key=lambda one: POLICIES.index(one.pacing))
    for policy, of in groupby(by_policy, key=lambda one: one.pacing):
        name = policy
        beside = 0.5 + 0.1 * (POLICIES.index(policy) - 3)
        for one in of:
            points = [(cells.index(one.scenario) + beside, one.utilisation)]
            axes.dots(_HUES[policy], points, name, hollow=one.violations > 0)
            name = ""
    return axes.svg()


def pooling() -> str:
    """The square-root law: the optimum by the size of the team, and what the predictive shifts reached."""
    optima = Optima(OPTIMA)
    best = [(size, optima.reference(segments_of(standard(size, 0.3)))) for size in _SIZES]
    constant = sum((1 - share) * sqrt(size) for size, share in best) / len(best)
    title = f"One large team idles less than two small ones: idle time is about {constant:.2f} / √agents"
    axes = Axes(
        title,
        "agents (p = .3)",
        "utilisation",
        120,
        1.0,
        x_from=2,
        y_from=0.5,
        x_log=True,
        x_ticks=_SIZES,
        y_ticks=[0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
        y_unit=percent,
    )
    axes.line("f dashed", [(n, 1 - constant / sqrt(n)) for n in range(2, 121)], f"1 - {constant:.2f} / √agents")
    axes.dots("ink", best, "optimum of the Markov model", hollow=True)
    names = {standard(size, 0.3).name: size for size in _SIZES}
    seen = [one for one in summaries(results()["rows"]) if one.pacing == "predictive" and one.scenario in names]
    axes.dots("a", [(names[one.scenario], one.utilisation) for one in seen], "predictive, simulated")
    return axes.svg()


ALL: dict[str, Callable[[], str]] = {
    made.__name__: made for made in (shift, lookahead, appetite, calibration, occupancy, pooling)
}


def main() -> None:
    """Draw those that are named, or all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or ALL:
        (PICTURES / f"{name}.svg").write_text(ALL[name](), encoding="utf-8")
        sys.stdout.write(f"docs/pictures/{name}.svg\n")


if __name__ == "__main__":
    main()

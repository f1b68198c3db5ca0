"""A simulated shift as a picture: an SVG that stands alone, and a page around it that needs nothing else."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from dialer.simulation.plot import WIDTH, Panel
from dialer.simulation.score import ENOUGH_IN_A_QUARTER, MOST_IN_A_QUARTER, QUARTER_S, agents_by_minute, score
from dialer.simulation.shift import Doing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dialer.simulation.scenario import Scenario
    from dialer.simulation.score import Score
    from dialer.simulation.shift import ShiftResult

_STACKED = {
    Doing.TALKING: ("talking", "talking"),
    Doing.WRAP_UP: ("wrap-up", "wrap-up"),
    Doing.READY: ("ready", "waiting for a call"),
    Doing.MACHINE: ("machine", "on a machine"),
    Doing.INBOUND: ("inbound", "lent to inbound calls"),
    Doing.PAUSED: ("paused", "paused"),
}
"""From the bottom up: the class of the style sheet, and the words."""
_MOST_POINTS = 720
"""More of them no screen shows."""
_STYLE = """
.ringpace text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;fill:#4b5563}
.ringpace .title{font-size:13px;font-weight:600;fill:#111827}
.ringpace .name{font-size:17px;font-weight:650;fill:#111827}
.ringpace .paper{fill:#ffffff}
.ringpace path{fill:none;stroke-width:1.5;stroke-linejoin:round}
.ringpace .grid{stroke:#111827;stroke-opacity:.09;stroke-width:1}
.ringpace .axis{stroke:#111827;stroke-opacity:.35;stroke-width:1}
.ringpace .talking{fill:#2c6fbb}.ringpace .wrap-up{fill:#8fbde8}.ringpace .ready{fill:#f2b134}
.ringpace .machine{fill:#c0567e}.ringpace .inbound{fill:#7a6fb0}.ringpace .paused{fill:#cbd0d8}
.ringpace path.flight{stroke:#2c6fbb;stroke-width:1.1}
.ringpace path.share{stroke:#111827;stroke-width:2}.ringpace rect.share{fill:#111827}
.ringpace path.quarter{stroke:#c2571a;stroke-width:1.2}.ringpace rect.quarter{fill:#c2571a}
.ringpace path.limit{stroke:#d12f2f;stroke-dasharray:6 4}
.ringpace path.truth{stroke:#1f8a5b;stroke-width:2}
@media (prefers-color-scheme:dark){
.ringpace text{fill:#a7b0be}.ringpace .title,.ringpace .name{fill:#eceff4}.ringpace .paper{fill:#14171c}
.ringpace .grid,.ringpace .axis{stroke:#ffffff}
.ringpace .talking{fill:#4a8fdd}.ringpace .wrap-up{fill:#264f7d}.ringpace .ready{fill:#d99a1f}
.ringpace .machine{fill:#cf6a92}.ringpace .inbound{fill:#8f85c9}.ringpace .paused{fill:#454c58}
.ringpace path.flight{stroke:#6aa8ee}.ringpace path.share{stroke:#f3f5f8}.ringpace rect.share{fill:#f3f5f8}
.ringpace path.quarter{stroke:#f08a4b}.ringpace rect.quarter{fill:#f08a4b}
.ringpace path.limit{stroke:#ff6b6b}.ringpace path.truth{stroke:#4cc38a}}
"""
_PAGE_STYLE = """
body{margin:0;background:#f4f5f7;color:#111827;
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:1040px;margin:0 auto;padding:28px 20px 48px}h1{font-size:22px;margin:0 0 2px}
p{color:#4b5563;margin:0 0 18px}
h2{font-size:15px;margin:26px 0 6px}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));gap:10px;margin:0 0 18px}
dl div,figure,table{background:#fff;border:1px solid #e3e6ea;border-radius:10px}dl div{padding:10px 14px}
dt{font-size:12.5px;color:#4b5563}dd{margin:0;font-size:21px;font-weight:620;font-variant-numeric:tabular-nums}
dd.bad{color:#c62828}dd small{font-size:12.5px;font-weight:400;color:#4b5563}
figure{margin:0;padding:8px}svg{display:block;width:100%;height:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
td,th{padding:4px 16px;text-align:right;font-size:13.5px}
@media (prefers-color-scheme:dark){body{background:#0d0f13;color:#eceff4}p,dt,dd small{color:#a7b0be}
dl div,figure,table{background:#14171c;border-color:#2a2f38}dd.bad{color:#ff8080}}
"""


def shift_svg(shift: ShiftResult, scenario: Scenario, pacing: str) -> str:
    """The shift as an SVG that stands alone, light or dark as its reader prefers; fit for a document."""
    figures = score(shift, scenario)
    words = (
        f"{scenario.name}, {pacing}: {figures.utilisation:.1%} utilisation, "
        f"{figures.abandonment:.1%} abandoned of {figures.live_answers} live answers"
    )
    name = f'<text class="name" x="16" y="30">{escape(words)}</text>'
    return _svg(shift, scenario, words, top=44, inside=f'<rect class="paper" width="100%" height="100%"/>{name}')


def shift_html(shift: ShiftResult, scenario: Scenario, pacing: str) -> str:
    """The shift as a page of its own, with its figures: no script, nothing that is loaded from elsewhere."""
    figures = score(shift, scenario)
    title = f"{scenario.name}, {pacing}"
    about = f"{scenario.about} " if scenario.about else ""
    tiles = "".join(
        f"<div><dt>{escape(what)}</dt><dd{' class=bad' if bad else ''}>{escape(value)}"
        f" <small>{escape(more)}</small></dd></div>"
        for what, value, more, bad in _tiles(figures, scenario)
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<style>{_PAGE_STYLE}</style></head><body><main><h1>{escape(title)}</h1>"
        f"<p>{escape(about)}A simulated shift of {scenario.hours:g} hours, seed {shift.seed}.</p><dl>{tiles}</dl>"
        f"<figure>{_svg(shift, scenario, title, top=4)}</figure>{_foreseen(figures)}</main></body></html>\n"
    )


def _tiles(figures: Score, scenario: Scenario) -> list[tuple[str, str, str, bool]]:
    """What stands in the page's tiles: what it is, its value, what belongs to it, whether it breaks a limit."""
    worst = figures.worst_quarter
    limit = scenario.max_abandonment
    return [
        ("utilisation", f"{figures.utilisation:.1%}", "talk and wrap-up", False),
        ("abandoned", f"{figures.abandonment:.2%}", f"of {figures.live_answers}", figures.abandonment > limit),
        (
            "worst 15 minutes",
            "-" if worst is None else f"{worst:.1%}",
            "abandoned",
            (worst or 0.0) > MOST_IN_A_QUARTER,
        ),
        ("calls placed", f"{figures.placed}", f"{figures.dials_per_agent_hour:.0f} per agent-hour", False),
        ("live answers per call", f"{figures.answers_per_dial:.3f}", f"{figures.dropped} withdrawn", False),
        ("an agent's wait", f"{figures.mean_wait_s:.1f} s", f"95th percentile {figures.p95_wait_s:.0f} s", False),
    ]


def _foreseen(figures: Score) -> str:
    """Whether the pacer knew what it was doing; left out where it foretold nothing."""
    if not any(bucket.expected for bucket in figures.buckets):
        return ""
    rows = "".join(
        f"<tr><td>{bucket.expected:.2%}<td>{bucket.actual:.2%}<td>{bucket.live_answers}" for bucket in figures.buckets
    )
    return (
        "<h2>Abandonment as foreseen when the call was placed, and as it came</h2>"
        f"<table><tr><th>foreseen<th>came<th>live answers{rows}</table>"
    )


def _svg(shift: ShiftResult, scenario: Scenario, label: str, *, top: float, inside: str = "") -> str:
    hours = scenario.hours
    panels = [_agents(shift, hours, top), _in_flight(shift, hours, top + 236), _abandonment(shift, scenario, top + 366)]
    panels.append(_probability(shift, hours, top + 516))
    height = top + 636
    return (
        f'<svg class="ringpace" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" '
        f'aria-label="{escape(label)}"><style>{_STYLE}</style>{inside}{"".join(panels)}</svg>'
    )


def _agents(shift: ShiftResult, hours: float, top: float) -> str:
    agents = agents_by_minute(shift)
    shown = {doing: counts for doing, counts in agents.items() if doing in _STACKED and counts.max(initial=0) > 0}
    total = np.sum(list(agents.values()), axis=0)
    panel = Panel("Agents", top, 220, hours, max(1.0, float(total.max(initial=0))))
    worked = float(total.sum()) or 1.0
    legend, bands, low = [], [], np.zeros_like(total)
    at = [min(minute + 0.5, hours * 60) / 60 for minute in range(len(total))]
    for doing, (css, words) in _STACKED.items():
        if doing in shown:
            high = low + shown[doing]
            bands.append(panel.band(css, *_edge_to_edge(at, hours, low, high)))
            legend.append((css, f"{words} {shown[doing].sum() / worked:.1%}"))
            low = high
    return panel.frame(legend) + "".join(bands)


def _edge_to_edge(
    at: list[float], hours: float, *values: NDArray[np.float64]
) -> tuple[list[float], list[float], list[float]]:
    """The first and the last minute's values drawn out to the edges of the shift."""
    low, high = ([float(of[0]), *of.tolist(), float(of[-1])] for of in values)
    return [0.0, *at, hours], low, high


def _in_flight(shift: ShiftResult, hours: float, top: float) -> str:
    every = math.ceil(len(shift.samples) / _MOST_POINTS) or 1
    points = [
        (
            shift.samples[begin].at_s / 3600,
            sum(each.in_flight for each in shift.samples[begin : begin + every])
            / len(shift.samples[begin : begin + every]),
        )
        for begin in range(0, len(shift.samples), every)
    ]
    panel = Panel("Calls in flight", top, 114, hours, max([1.0, *(value for _, value in points)]), most_ticks=3)
    return panel.frame() + panel.line("flight", points)


def _abandonment(shift: ShiftResult, scenario: Scenario, top: float) -> str:
    answers = sorted(shift.live_answers, key=lambda answer: answer.at_s)
    at = np.array([answer.at_s for answer in answers])
    lost = np.concatenate([[0], np.cumsum([answer.abandoned for answer in answers])])
    edges = np.append(np.arange(60.0, shift.end_s, 60.0), shift.end_s)
    until = np.searchsorted(at, edges, side="right")
    since = np.searchsorted(at, edges - QUARTER_S, side="right")
    cumulative = _shares(lost[until], until, 1)
    quarter = np.where(
        edges >= QUARTER_S, _shares(lost[until] - lost[since], until - since, ENOUGH_IN_A_QUARTER), np.nan
    )
    limit = scenario.max_abandonment
    highest = max([2 * limit, *(1.15 * value for value in quarter if not math.isnan(value))])
    panel = Panel("Abandoned, share of live answers", top, 134, scenario.hours, highest, _percent, 3)
    legend = [("share", "since the start"), ("quarter", "last 15 minutes")]
    hours = (edges / 3600).tolist()
    return (
        panel.frame(legend)
        + panel.level("limit", limit, f"limit {limit:.1%}")
        + panel.line("quarter", zip(hours, quarter.tolist(), strict=True))
        + panel.line("share", zip(hours, cumulative.tolist(), strict=True))
    )


def _shares(part: NDArray[np.int64], whole: NDArray[np.int64], enough: int) -> NDArray[np.float64]:
    """The part of each whole; nan where the whole is not enough."""
    shares: NDArray[np.float64] = np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole >= enough)
    return shares


def _probability(shift: ShiftResult, hours: float, top: float) -> str:
    points: Sequence[tuple[float, float]] = [(each.at_s / 3600, each.p) for each in shift.samples]
    highest = max((p for _, p in points), default=0.0) * 1.25 or 1.0
    panel = Panel("Probability that a call is picked up, in truth", top, 94, hours, highest, _percent, 2)
    return panel.frame() + panel.steps("truth", points) + panel.hours()


def _percent(share: float) -> str:
    return f"{100 * share:g}%"

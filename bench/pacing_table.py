"""The tables of the pacing benchmark: in a terminal as it runs, and as Markdown for README.md and docs/."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from math import exp, log
from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.table import Table

from bench.pacing_policies import POLICIES
from dialer.simulation.run import Summary, summaries
from dialer.simulation.score import VIOLATED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.pacing_rows import Row

_COLUMNS = (
    "utilisation",
    "abandoned",
    "worst shift",
    "worst 15 min",
    "broke a limit",
    "EIR",
    "score",
    "answers a call",
    "decision",
)
_ENGLISH = {
    "predictive": "Ringpace, predictive",
    "patient": "Ringpace, predictive without late cancel",
    "progressive": "progressive: a call for each free agent",
    "vicidial": "VICIdial adaptive, its defaults",
    "vicidial-best": "VICIdial adaptive, its best settings in hindsight",
    "issabel": "Issabel's predictor",
    "ratio-best": "fixed ratio, the best in hindsight",
}
_CHINESE = {
    "predictive": "Ringpace 预测外呼",
    "patient": "Ringpace 预测外呼，不撤回久振",
    "progressive": "渐进式：每个空闲坐席一通",
    "vicidial": "VICIdial 自适应，默认设置",
    "vicidial-best": "VICIdial 自适应，事后最优设置",
    "issabel": "Issabel 预测器",
    "ratio-best": "固定倍率，事后最优",
}
WORDS = {
    "en": (
        _ENGLISH,
        ("", "score", "EIR", "shifts that broke a limit", "worst shift", "worst 15 minutes", "answers a call"),
        "{broke} of {shifts}",
    ),
    "zh": (
        _CHINESE,
        ("", "得分", "EIR", "违限班次", "最差一班的放弃率", "最差 15 分钟", "每呼应答"),
        "{broke} / {shifts}",
    ),
}
"""By language: the policies, the columns of the short table, and how counts are written."""


@dataclass(frozen=True, slots=True)
class Overall:
    """One policy over all scenarios that have rows of it."""

    policy: str
    scenarios: int
    shifts: int
    broke: int
    score: float
    """Geometric mean over the scenarios of the mean over their shifts, 5 for a shift that broke a limit."""
    eir: float
    """Likewise of the plain excess idle ratio."""
    worst_abandonment: float
    worst_quarter: float
    answers_per_dial: float
    """Geometric mean over the scenarios."""
    decision_mean_ms: float
    """Of the slowest scenario."""
    decision_p99_ms: float


def overall(rows: Iterable[Row]) -> list[Overall]:
    """The policies over all scenarios, in the order of the tables."""
    found = summaries(rows)
    by_policy = ((policy, [one for one in found if one.pacing == policy]) for policy in POLICIES)
    return [_overall(policy, of) for policy, of in by_policy if of]


def _overall(policy: str, of: Sequence[Summary]) -> Overall:
    return Overall(
        policy=policy,
        scenarios=len(of),
        shifts=sum(one.shifts for one in of),
        broke=sum(one.violations for one in of),
        score=_geometric_mean([one.score for one in of]),
        eir=_geometric_mean([one.eir for one in of]),
        worst_abandonment=max(one.worst_abandonment for one in of),
        worst_quarter=max(one.worst_quarter or 0.0 for one in of),
        answers_per_dial=_geometric_mean([one.answers_per_dial for one in of]),
        decision_mean_ms=max(one.decision_mean_ms for one in of),
        decision_p99_ms=max(one.decision_p99_ms for one in of),
    )


def _geometric_mean(values: Sequence[float | None]) -> float:
    known = [max(value, 1e-9) for value in values if value is not None]
    return exp(sum(map(log, known)) / len(known))


# --- in a terminal ------------------------------------------------------------------------------


def scenario_table(name: str, u_mdp: float, rows: Iterable[Row]) -> Table:
    """All policies in one scenario, side by side."""
    made = Table(box=SIMPLE_HEAD, title=f"{name}   (optimum of the Markov model: {u_mdp:.1%})", title_justify="left")
    made.add_column("", no_wrap=True)
    for column in _COLUMNS:
        made.add_column(column, justify="right")
    for one in summaries(rows):
        made.add_row(one.pacing, *_cells(one), style="bold" if one.pacing == POLICIES[0] else None)
    return made


def _cells(one: Summary) -> tuple[str, ...]:
    return (
        f"{one.utilisation:.1%}",
        f"{one.abandonment:.2%}",
        f"{one.worst_abandonment:.2%}",
        "-" if one.worst_quarter is None else f"{one.worst_quarter:.1%}",
        f"{one.violations} of {one.shifts}",
        f"{one.eir:.2f}",
        f"{one.score:.2f}",
        f"{one.answers_per_dial:.3f}",
        f"{one.decision_mean_ms:.2f} ms",
    )


def overall_table(found: Sequence[Overall]) -> Table:
    """The policies over all scenarios."""
    made = Table(box=SIMPLE_HEAD, title="Over all scenarios (geometric means)", title_justify="left")
    for column in ("", "score", "EIR", "broke a limit", "worst shift", "worst 15 min", "answers a call", "decisions"):
        made.add_column(column, justify="right" if column else "left")
    for one in found:
        made.add_row(one.policy, *_overall_cells(one, "{broke} of {shifts}"), _decisions(one))
    return made


def _decisions(one: Overall) -> str:
    return f"{one.decision_mean_ms:.2f} / {one.decision_p99_ms:.2f} ms"


def _overall_cells(one: Overall, counts: str) -> tuple[str, ...]:
    return (
        f"{one.score:.2f}",
        f"{one.eir:.2f}",
        counts.format(broke=one.broke, shifts=one.shifts),
        f"{one.worst_abandonment:.2%}",
        f"{one.worst_quarter:.1%}",
        f"{one.answers_per_dial:.3f}",
    )


# --- as Markdown --------------------------------------------------------------------------------


def overall_markdown(result: dict[str, Any], language: str = "en") -> str:
    """The policies over all scenarios of a results file."""
    names, columns, counts = WORDS[language]
    lines = [_line(columns), _line(["---"] * len(columns))]
    for one in overall(result["rows"]):
        cells = _overall_cells(one, counts)
        cells = (f"**{cells[0]}**", *cells[1:]) if one.policy == POLICIES[0] else cells
        lines.append(_line([names[one.policy], *cells]))
    return "\n".join(lines)


def scenarios_markdown(result: dict[str, Any]) -> str:
    """A line for each scenario: the shipped pacing in full, and the EIR of the others."""
    others = POLICIES[1:]
    columns = ["scenario", "U_MDP", "utilisation", "abandoned", "worst shift", "worst 15 min", "answers a call", "EIR"]
    lines = [_line([*columns, *(f"EIR {other}" for other in others)])]
    lines.append(_line(["---"] * (len(columns) + len(others))))
    for name, of in groupby(summaries(result["rows"]), key=lambda one: one.scenario):
        by_policy = {one.pacing: one for one in of}
        ours = by_policy.get(POLICIES[0])
        if ours is None:
            continue
        first = _cells(ours)
        shown = [*first[:4], f"{ours.answers_per_dial:.3f}", _eir(ours)]
        optimum = f"{result['scenarios'][name]['u_mdp']:.1%}"
        lines.append(_line([name, optimum, *shown, *(_eir(by_policy.get(other)) for other in others)]))
    return "\n".join(lines)


def _eir(one: Summary | None) -> str:
    """The EIR, struck out where a shift broke a limit, with how many did."""
    if one is None or one.eir is None:
        return ""
    return f"~~{one.eir:.2f}~~ ({one.violations})" if one.violations else f"{one.eir:.2f}"


def footing(result: dict[str, Any]) -> str:
    """When and on what it was run, whether all is there, and whether all of it is of one piece."""
    on, rows = result["machine"], result["rows"]
    parameters = result["parameters"]
    whole = len(result["scenarios"]) * len(POLICIES) * len(parameters["seeds"])
    shifts = f"{len(rows)} shifts" if len(rows) == whole else f"**{len(rows)} of {whole} shifts, the run is not over**"
    codes = {(row["pacing"], row["code"]) for row in rows}
    mixed = len(codes) > len({policy for policy, _ in codes})
    warning = "; **rows of several versions of the code**" if mixed else ""
    decisions = "".join(
        f"; a predictive decision takes {one.decision_mean_ms:.2f} ms on average and {one.decision_p99_ms:.2f} ms at"
        f" the 99th percentile in the slowest scenario"
        for one in overall(rows)
        if one.policy == POLICIES[0]
    )
    return (
        f"{shifts} of {parameters['hours']:g} hours{warning}; one that broke a limit scores {VIOLATED:g}{decisions}."
        f" {on['ended_at']}, {on['cores']} cores of {on['processor']}, Python {on['python']}."
    )


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"

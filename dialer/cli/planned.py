"""How `dialer plan` tells its answer: tables for people, JSON for machines, and a page with a picture."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dialer.cli.sources import sources
from dialer.cli.terminal import console, print_table
from dialer.core.errors import InputError
from dialer.simulation.pooling import SIZES
from dialer.simulation.pooling_chart import pooling_html
from dialer.simulation.staffing import staffed

if TYPE_CHECKING:
    from datetime import date

    from dialer.simulation.pooling import Pooling
    from dialer.simulation.staffing import Case, Staffing
    from dialer.simulation.workload import Workload

_BESIDE = (0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
"""Teams that are shown beside the answer, as multiples of it."""
_BY_AGENTS = ("agents", "utilised", "talks/day", "days", "done on", "hours", "lines", "cost", "profit")

Row = tuple[str, ...]
Section = tuple[str, tuple[str, ...], list[Row]]
"""A table: its heading, its columns, its rows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, with what was given for it and what it rests on.

    `best` is of the agents who are given, else of the fewest who are done in time; these are `needed`, where there is
    a time.
    """

    given: Workload
    case: Case
    pooling: Pooling
    best: Staffing
    needed: Staffing | None
    today: date
    pacing: str
    seeds: int
    remarks: tuple[str, ...]

    @property
    def beside(self) -> list[Staffing]:
        """Other teams, smallest first, the answer among them; those who would get nowhere are left out."""
        found = []
        for agents in sorted({max(1, round(self.best.agents * factor)) for factor in _BESIDE}):
            try:
                found.append(staffed(self.case, self.pooling, agents, self.today))
            except InputError:
                continue
        return found


def show(answer: Answer) -> None:
    """Print the answer for people."""
    _say(headline(answer), style="bold")
    for heading, columns, rows in sections(answer):
        _say(f"\n{heading}", style="bold")
        print_table(columns, rows)
    _say("\nwhere the numbers come from", style="bold")
    for line in sources(answer):
        _say(f"- {line}")


def _say(words: str, style: str = "none") -> None:
    console.print(words, style=style, markup=False, highlight=False, soft_wrap=True)


def page(answer: Answer) -> str:
    """The same as an HTML page, with the picture of the square-root law."""
    return pooling_html(headline(answer), answer.pooling, sections(answer), [*sources(answer)], answer.best.agents)


def values(answer: Answer) -> dict[str, Any]:
    """The same as plain values."""
    pooling = answer.pooling
    return {
        "plan": answer.given.name,
        "headline": headline(answer),
        "answer": _values(answer.best),
        "needed": None if answer.needed is None else _values(answer.needed),
        "by_agents": [_values(each) for each in answer.beside],
        "pooling": {
            "constant": pooling.constant,
            "points": [asdict(point) for point in pooling.points],
            "sizes": [
                {"agents": n, "law": pooling.law(n), "utilisation": pooling.utilisation(n), "gain": pooling.gain(n)}
                for n in SIZES
            ],
        },
        "sources": [*sources(answer)],
    }


def _values(of: Staffing) -> dict[str, Any]:
    plain = asdict(of) | {"talks_per_day": of.talks_per_day}
    plain["money"] |= {"cost": of.money.cost, "profit": of.money.profit}
    return plain


def headline(answer: Answer) -> str:
    """The answer in a line."""
    best, workload = answer.best, answer.case.workload
    done = "not done within a year" if best.finishes_on is None else f"done on {best.finishes_on}"
    words = f"{answer.given.name}: {_agents(best.agents)} {'is' if best.agents == 1 else 'are'} {done}"
    if answer.needed is None:
        return words
    left = workload.days_left(answer.today) or 0
    until = f"by {workload.deadline}" if workload.deadline else f"within {left} working days"
    if answer.given.agents is None:
        return f"{words}: the fewest to be done {until}"
    if best.days <= left:
        return f"{words}, in time; {_agents(answer.needed.agents)} would do to be done {until}"
    return f"{words}, too late: it takes {_agents(answer.needed.agents)} to be done {until}"


def _agents(count: int) -> str:
    return f"{count:,} agent{'s' * (count != 1)}"


# --- tables -----------------------------------------------------------------------------------------


def sections(answer: Answer) -> list[Section]:
    """All tables."""
    unit = f" ({answer.given.currency})" if answer.given.currency else ""
    seen = "optimum" if answer.pooling.points[0].abandonment is None else "simulated"
    pooled = ("agents", "by the law", seen, "two halves", "pooling gains", "worth")
    law = f"larger teams idle less: idle share = {answer.pooling.constant:.2f} / sqrt(agents)"
    return [
        (f"what comes of it with {_agents(answer.best.agents)}", ("", "expected", ""), _results(answer)),
        (f"how many agents by when{unit}", _BY_AGENTS, [_by_agents(answer, each) for each in answer.beside]),
        (law, pooled, [_pooled(answer, n) for n in SIZES]),
    ]


def _results(answer: Answer) -> list[Row]:
    best, work, money = answer.best, answer.best.funnel, answer.best.money
    unit = answer.given.currency
    rows = [
        ("leads", f"{work.leads:,.0f}", "" if work.leads >= answer.given.leads - 1 else f"of {answer.given.leads:,}"),
        ("calls", f"{work.calls:,.0f}", f"{work.calls / work.leads:.2f} per lead"),
        (
            "answers",
            f"{work.answers:,.0f}",
            f"{work.answers / work.calls:.1%} of calls, {work.answers / work.leads:.1%} of leads",
        ),
        ("abandoned", f"{work.abandoned:,.0f}", f"{best.abandonment:.1%} of answers"),
        (
            "talks",
            f"{work.talks:,.0f}",
            f"{best.talks_per_day:,.0f} a day, {answer.case.means.handle_s:.0f} s each with wrap-up",
        ),
    ]
    if work.successes is not None:
        rows.append(("successes", f"{work.successes:,.0f}", f"{work.successes / work.talks:.2%} of talks"))
    if work.complaints:
        rows.append(("complaints", f"{work.complaints:,.1f}", f"{work.complaints / work.talks:.2%} of talks"))
    rows += [
        (
            "utilisation",
            f"{best.utilisation:.1%}",
            f"of the time at work; {best.utilisation * answer.case.at_work:.1%} of paid hours",
        ),
        ("agent-hours", f"{best.agent_hours:,.0f}", f"{best.days:.1f} days of {answer.given.hours_per_day:g} h"),
        ("line minutes", f"{best.line_minutes:,.0f}", f"billed; and {best.ringing_minutes:,.0f} minutes of ringing"),
        ("lines", f"{best.lines:,}", f"{best.calls_per_second:.2f} calls a second on average"),
        ("cost", _amount(money.cost), _parts(answer)),
    ]
    if money.profit is not None:
        word = "profit" if money.profit >= 0 else "loss"
        rows.append((word, _amount(abs(money.profit)), f"successes bring {_amount(money.brought or 0.0)}"))
    if work.successes:
        rows.append(("cost of a success", _amount(money.cost / work.successes), ""))
    return [(name, f"{value} {unit}".rstrip() if name in _AMOUNTS else value, more) for name, value, more in rows]


_AMOUNTS = frozenset({"cost", "profit", "loss", "cost of a success"})


def _parts(answer: Answer) -> str:
    money = answer.best.money
    parts = {"agents": money.agents, "lines": money.lines, "complaints": money.complaints, "fixed": money.fixed}
    return ", ".join(f"{name} {_amount(value)}" for name, value in parts.items() if value)


def _amount(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 100 else f"{value:,.0f}"  # noqa: PLR2004 - below, the small coin matters


def _by_agents(answer: Answer, of: Staffing) -> Row:
    return (
        f"{of.agents:,}{' <' * (of.agents == answer.best.agents)}",
        f"{of.utilisation:.1%}",
        f"{of.talks_per_day:,.0f}",
        f"{of.days:.1f}",
        "in over a year" if of.finishes_on is None else str(of.finishes_on),
        f"{of.agent_hours:,.0f}",
        f"{of.lines:,}",
        _amount(of.money.cost),
        "-" if of.money.profit is None else _amount(of.money.profit),
    )


def _pooled(answer: Answer, agents: int) -> Row:
    pooling = answer.pooling
    seen = next((point.utilisation for point in pooling.points if point.agents == agents), None)
    gain = pooling.gain(agents)
    return (
        str(agents),
        f"{pooling.law(agents):.1%}",
        "-" if seen is None else f"{seen:.1%}",
        f"{pooling.utilisation(agents) - gain:.1%}",
        f"{100 * gain:+.1f} points",
        f"{gain * agents / max(pooling.utilisation(agents), 1e-9):.1f} agents",
    )

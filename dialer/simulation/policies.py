"""The pacers by their names: the one that is shipped, and those it is compared with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from dialer.core.abandonment import Tally
from dialer.core.budget import Recent, Spent
from dialer.core.errors import InputError
from dialer.core.forecast import Ages, Forecaster
from dialer.core.model import FloorView, PacingMode
from dialer.core.pacing import Forecast, decide
from dialer.core.plan import Pacing
from dialer.core.predictive import MOST_AT_ONCE
from dialer.simulation.baselines import IssabelPredictor, IssabelSettings
from dialer.simulation.pacer import Move
from dialer.simulation.vicidial import VicidialAdaptive, VicidialSettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from dialer.simulation.pacer import Floor, Pacer
    from dialer.simulation.scenario import Scenario

_BEGAN = datetime.fromtimestamp(0, UTC)
"""The zero of the virtual clock."""
_NO_LIMIT = 1_000_000
_ROUNDING_S = 1e-6
_MOST_FALSE_SHARE = 0.3
"""Of the allowance, for persons whom detection takes for machines."""


class Shipped:
    """The dialler's own pacing, in any of its modes, as the campaign loop runs it."""

    def __init__(
        self,
        pacing: Pacing,
        *,
        patience_s: float = 2.0,
        delay_s: float | None = None,
        calls_per_second: float | None = None,
    ) -> None:
        """`delay_s` is how long detection takes, None where there is none: it leaves less of the patience.

        `calls_per_second` is what the trunk takes, None where it takes any number.
        """
        detect = delay_s is not None
        self._pacing = pacing
        self._learned = Forecaster(max(0.0, patience_s - (delay_s or 0.0)))
        self._latest_s = max(patience_s, delay_s or 0.0) + _ROUNDING_S
        self._quarter = Recent()
        self._answers = self._abandoned = 0
        self._detect = detect
        self._sent_at_once = MOST_AT_ONCE if calls_per_second is None else ceil(calls_per_second)
        self._served: dict[int, int] = {}
        """Whose talk each call is, until it is over: the agent may yet say that it was a machine."""

    def placed(self, call: int, chance: float, now_s: float) -> None:
        """A call was sent."""
        self._learned.placed(call, chance, now_s)

    def answered(self, call: int, now_s: float) -> None:
        """Somebody or a machine picked up."""
        self._learned.answered(call, now_s)

    def ended(self, call: int, now_s: float) -> None:
        """Over unanswered."""
        self._learned.ended(call, now_s)

    def dropped(self, call: int, now_s: float) -> None:
        """We withdrew it."""
        self._learned.dropped(call, now_s)

    def machine(self, call: int, now_s: float) -> None:
        """Detection says so, or an agent who has taken the call."""
        del now_s
        self._learned.machine(call)
        if self._served.pop(call, None) is not None:
            self._learned.budget.was_machine()

    def connected(self, call: int, agent: int, waited_s: float, now_s: float) -> None:
        """A customer meets an agent; too late is counted as if nobody had come."""
        late = waited_s > self._latest_s
        self._learned.person(call, abandoned=late)
        self._learned.talk_began(agent, now_s)
        self._served = {one: by for one, by in self._served.items() if by != agent} | {call: agent}
        self._live_answer(now_s, abandoned=late)

    def abandoned(self, call: int, now_s: float) -> None:
        """Nobody came."""
        self._learned.person(call, abandoned=True)
        self._live_answer(now_s, abandoned=True)

    def talk_over(self, agent: int, now_s: float) -> None:
        """The agent wraps up."""
        self._learned.talk_over(agent, now_s)

    def wrapped_up(self, agent: int, now_s: float) -> None:
        """The agent has."""
        self._learned.wrapped_up(agent, now_s)

    def decide(self, floor: Floor, now_s: float) -> Move:
        """What the shipped pacing does."""
        now = _BEGAN + timedelta(seconds=now_s)
        view = FloorView(
            ready=floor.ready,
            reserved=0,
            talking=len(floor.talking_s),
            wrap_up=len(floor.wrap_up_s),
            paused=floor.paused,
            in_flight=len(floor.ringing_s),
            waiting=len(floor.waiting_s) + len(floor.detecting_s),
        )
        forecast = Forecast(
            Tally(self._answers, self._abandoned),
            learned=self._learned,
            ages=Ages(floor.ringing_s, floor.chances, floor.detecting_s, floor.talking_s, floor.wrap_up_s),
            window=Spent(self._answers, self._abandoned),
            quarter=self._quarter.spent(now_s),
            sent_at_once=self._sent_at_once,
        )
        made = decide(view, forecast, self._pacing, now)
        return Move(made.place, made.drop, self._detect, made.expected_abandonment, made.reason)

    def _live_answer(self, now_s: float, *, abandoned: bool) -> None:
        self._answers += 1
        self._abandoned += abandoned
        self._quarter.add(now_s, abandoned=abandoned)


def shipped(mode: PacingMode, scenario: Scenario, **pacing: object) -> Shipped:
    """The dialler's own pacing in this mode under the scenario's limit."""
    written = {
        "mode": mode,
        "max_in_flight": _NO_LIMIT,
        "max_abandonment": min(0.1, scenario.max_abandonment),
        **pacing,
    }
    return Shipped(
        Pacing.model_validate(written),
        patience_s=scenario.patience_s,
        delay_s=scenario.machines.delay_s if _detects(scenario) else None,
        calls_per_second=scenario.caps.calls_per_second,
    )


def _detects(scenario: Scenario) -> bool:
    """Persons taken for machines count as abandoned: what would eat up the allowance is left off."""
    machines = scenario.machines
    bearable = machines.false_positive <= scenario.max_abandonment * _MOST_FALSE_SHARE
    return machines.detection and machines.share > 0 and bearable


def pacer_named(name: str, scenario: Scenario) -> Pacer:
    """A fresh pacer of this name for one shift of the scenario; InputError where there is none of that name."""
    if name not in _BY_NAME:
        raise InputError(f"pacing: {name!r} is none of {', '.join(_BY_NAME)}")
    return _BY_NAME[name](scenario)


_BY_NAME: dict[str, Callable[[Scenario], Pacer]] = {
    "predictive": partial(shipped, PacingMode.PREDICTIVE),
    "patient": partial(shipped, PacingMode.PREDICTIVE, late_cancel=False),
    "progressive": partial(shipped, PacingMode.PROGRESSIVE),
    "ratio": partial(shipped, PacingMode.RATIO),
    "vicidial": lambda _scenario: VicidialAdaptive(VicidialSettings()),
    "issabel": lambda _scenario: IssabelPredictor(IssabelSettings()),
}
"""The first four are what an operator of this dialler chooses from; `patient` is predictive without late cancel."""

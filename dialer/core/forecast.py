"""What is likely on the floor in the next half minute: answers of the calls in flight, and agents who come free. Pure.

The forecaster is told of every event, learns from it, and makes an outlook of the floor as it stands. Times are seconds
of any steady clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.budget import Budget
from dialer.core.hazards import BINS, STEP_S, LifeTable, RingTable, answers_within
from dialer.core.level import AnswerLevel

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from numpy.typing import NDArray

INSTANTS_S = np.array([0.5, 1.5, 3, 5, 7, 9.5, 12.5, 16, 20, 25])
"""The moments looked ahead to, dense where a decision can still matter."""
ANY_AGE_S = BINS * STEP_S
_REFRESH_S = 5.0
_PRIOR_TALK_S, _PRIOR_WRAP_UP_S = 90.0, 15.0
_MACHINE_MEMORY = 400.0
_ENOUGH_ANSWERS = 40
"""Until so many have been heard, a shift goes by the upper side of what it knows."""
_SAME_LEVEL = 0.08
"""While the level moves by no more than this, the chances are simply multiplied."""
_ENOUGH_TO_LEARN = 0.2
"""Expected answers after which silence says something."""
_MOST_TIMES = 20.0
"""No lead is taken to be likelier, or less likely, than the average by more than this."""
_EDGES_S = np.arange(BINS + 1) * STEP_S


@dataclass(frozen=True, slots=True)
class Ages:
    """How long everything on the floor has been as it is, in seconds; `chances` belong to `ringing_s` or are empty."""

    ringing_s: Sequence[float] = ()
    """Since each call in flight was sent, the oldest first."""
    chances: Sequence[float] = ()
    """How likely each of these is to be answered, by the lead model; not a number where it says nothing."""
    detecting_s: Sequence[float] = ()
    talking_s: Sequence[float] = ()
    wrap_up_s: Sequence[float] = ()
    next_chance: float = float("nan")
    """Of the leads that would be called next."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """Chances by the instants of INSTANTS_S, a row for each call or busy agent."""

    answers: NDArray[np.float64]
    """That each call in flight is answered by then, (calls, instants)."""
    heard: NDArray[np.float64]
    """That each call that has been answered needs an agent, (calls,): 1 in the queue, less in detection."""
    releases: NDArray[np.float64]
    """That each busy agent is free by then, give or take the customer's patience, (agents, instants)."""
    new: NDArray[np.float64]
    """That a call placed now is answered by then."""
    answer_rate: float
    """Of calls placed now, over their whole ringing time."""
    surprise: float
    """The standard deviation of the answer level beside its mean: how wrong `answers` may be all at once."""
    caution: float
    """Standard deviations by which the level is taken to be higher than it seems, while little has been heard."""


class Forecaster:
    """Learns one campaign's answers and its agents' handle times."""

    def __init__(self, patience_s: float = 2.0) -> None:
        self.patience_s = patience_s
        self.level = AnswerLevel()
        self.talks = LifeTable(_PRIOR_TALK_S)
        self.wrap_ups = LifeTable(_PRIOR_WRAP_UP_S)
        self.budget = Budget()
        self.answers_heard = 0
        self._rings = RingTable()
        self._sent: dict[Hashable, tuple[float, float]] = {}
        self._answered: set[Hashable] = set()
        self._talks_since: dict[Hashable, float] = {}
        self._wraps_since: dict[Hashable, float] = {}
        self._machines, self._persons = 0.5, 2.0
        self._looked_at_s = float("-inf")
        self._refreshed_s = float("-inf")
        self._heard_now = 0
        self._expected_now = 0.0
        self._cumulative = np.zeros(BINS + 1)
        self._tables: dict[float, NDArray[np.float64]] = {}
        self._tables_level = 1.0
        self._answer_rate = 0.0
        self._base_rate = 0.0
        self._wrapped = np.zeros((len(INSTANTS_S), len(INSTANTS_S)))
        self._use(())

    # --- what happens -------------------------------------------------------------------------------

    def placed(self, call: Hashable, chance: float, now_s: float) -> None:
        """A call was sent; `chance` is what the lead model says of it, or not a number."""
        self._sent[call] = (now_s, chance)

    def answered(self, call: Hashable, now_s: float) -> None:
        """A person or a machine picked up."""
        self._over(call, now_s, answered=True)
        self._answered.add(call)
        self.answers_heard += 1

    def ended(self, call: Hashable, now_s: float) -> None:
        """It is over without an answer."""
        self._over(call, now_s, answered=False)

    def dropped(self, call: Hashable, now_s: float) -> None:
        """We withdrew it: what would have come of it nobody knows."""
        self._over(call, now_s, answered=None)

    def machine(self, call: Hashable) -> None:
        """What had answered was a machine."""
        if call in self._answered:
            self._answered.discard(call)
            self._count(machine=True)

    def person(self, call: Hashable, *, abandoned: bool) -> None:
        """What had answered was a person: served in time, or abandoned."""
        self.budget.heard(abandoned=abandoned)
        if call in self._answered:
            self._answered.discard(call)
            self._count(machine=False)

    def talk_began(self, agent: Hashable, now_s: float) -> None:
        """An agent and a customer talk."""
        self._talks_since[agent] = now_s

    def talk_over(self, agent: Hashable, now_s: float) -> None:
        """They do no longer; the agent wraps up."""
        began = self._talks_since.pop(agent, None)
        if began is not None and now_s >= began:
            self.talks.learn(now_s - began)
        self._wraps_since[agent] = now_s

    def wrapped_up(self, agent: Hashable, now_s: float) -> None:
        """The agent is free again, or pauses."""
        began = self._wraps_since.pop(agent, None)
        if began is not None and now_s >= began:
            self.wrap_ups.learn(now_s - began)

    def _over(self, call: Hashable, now_s: float, *, answered: bool | None) -> None:
        sent_s, chance = self._sent.pop(call, (None, 1.0))
        if sent_s is None or not 0 <= now_s - sent_s < float("inf"):
            return
        rung_s = now_s - sent_s
        self._rings.learn(rung_s, answered=answered)
        # Its time at risk since the last look, which the next look will not see.
        seen_s = max(0.0, self._looked_at_s - sent_s)
        self._expected_now += self._times(chance) * max(0.0, self._passed(rung_s) - self._passed(seen_s))
        if answered:
            self._heard_now += 1

    def _count(self, *, machine: bool) -> None:
        keep = 1 - 1 / _MACHINE_MEMORY
        self._machines = self._machines * keep + machine
        self._persons = self._persons * keep + (not machine)

    # --- what is likely -----------------------------------------------------------------------------

    @property
    def person_share(self) -> float:
        """Of what answers, how many are persons."""
        return self._persons / (self._persons + self._machines)

    @property
    def answer_rate(self) -> float:
        """Of calls placed now, how many will be answered, by persons or machines."""
        return self._answer_rate

    def outlook(self, ages: Ages, waiting: int, now_s: float, *, until_s: float = ANY_AGE_S) -> Outlook:
        """What is likely from here. Calls past the age `until_s` count for nothing: they are withdrawn if need be."""
        ringing = np.fmax(np.asarray(ages.ringing_s, dtype=float), 0.0)
        times = self._factors(ages.chances, len(ringing))
        self._look(ringing, times, now_s)
        if abs(now_s - self._refreshed_s) >= _REFRESH_S:
            self._refresh(ages, now_s)
        table = self._table(until_s)
        bins = np.minimum(ringing / STEP_S, BINS - 1).astype(int)
        answers = np.minimum(1.0, table[bins] * times[:, None])
        heard = np.concatenate((np.ones(waiting), np.full(len(ages.detecting_s), self.person_share)))
        return Outlook(
            answers=answers,
            heard=heard,
            releases=self._releases(ages),
            new=np.minimum(1.0, table[0] * self._times(ages.next_chance)),
            answer_rate=self._answer_rate,
            surprise=self.level.variance**0.5 / self.level.mean,
            caution=max(0.0, 1 - self.answers_heard / _ENOUGH_ANSWERS),
        )

    def _look(self, ringing: NDArray[np.float64], times: NDArray[np.float64], now_s: float) -> None:
        """Compare the answers since the last look with those that were to be expected."""
        passed_s = now_s - self._looked_at_s
        if passed_s <= -_REFRESH_S:  # the clock was set back: what was to be expected meanwhile nobody can tell
            self._looked_at_s, self._expected_now, self._heard_now = now_s, 0.0, 0
        elif passed_s > 0:
            if len(ringing) and passed_s < float("inf"):
                now = np.interp(ringing, _EDGES_S, self._cumulative)
                then = np.interp(np.maximum(ringing - passed_s, 0), _EDGES_S, self._cumulative)
                self._expected_now += float(((now - then) * times).sum())
            self._looked_at_s = now_s
        if self._heard_now or self._expected_now * self.level.mean > _ENOUGH_TO_LEARN:
            self.level.learn(self._expected_now, self._heard_now)
            self._expected_now, self._heard_now = 0.0, 0

    def _refresh(self, ages: Ages, now_s: float) -> None:
        self._refreshed_s = now_s
        before = self._base_rate
        self._use(ages.ringing_s)
        self.level.rescale(self._base_rate / before)
        self.talks.refresh(ages.talking_s)
        self.wrap_ups.refresh(ages.wrap_up_s)
        instants = INSTANTS_S + self.patience_s
        # A talk that ends between two instants ends half-way; from there the wrap-up has to be over as well.
        left = instants[None, :] - ((instants + np.concatenate(([0.0], instants[:-1]))) / 2)[:, None]
        wrapped = self.wrap_ups.over_within(np.zeros(1), left.clip(0).ravel()).reshape(left.shape)
        self._wrapped = np.where(left > 0, wrapped, 0.0)

    def _use(self, in_flight_s: Sequence[float]) -> None:
        self._rings.refresh(in_flight_s)
        self._cumulative = np.concatenate(([0.0], np.cumsum(self._rings.answer)))
        self._base_rate = max(1e-6, float(self._rings.incidence(1.0)[1][-1]))
        self._tables = {}

    def _table(self, until_s: float) -> NDArray[np.float64]:
        times = self.level.mean / self._tables_level
        if abs(times - 1) > _SAME_LEVEL:
            self._tables, times = {}, 1.0
        if until_s not in self._tables:
            self._tables_level, times = self.level.mean, 1.0
            alive, answered = self._rings.incidence(self._tables_level)
            self._tables[until_s] = answers_within(alive, answered, INSTANTS_S, until_s)
            self._answer_rate = float(answered[-1])
        return self._tables[until_s] * times

    def _releases(self, ages: Ages) -> NDArray[np.float64]:
        """Talks end and are wrapped up; what ends in the customer's patience is in time."""
        instants = INSTANTS_S + self.patience_s
        wraps = self.wrap_ups.over_within(np.asarray(ages.wrap_up_s, dtype=float), instants)
        if not len(ages.talking_s):
            return wraps
        over = self.talks.over_within(np.asarray(ages.talking_s, dtype=float), instants)
        ends = over.copy()
        ends[:, 1:] -= over[:, :-1]
        return np.concatenate((wraps, ends @ self._wrapped))

    def _times(self, chance: float) -> float:
        """How many times as likely as the table says: 1 where the lead model says nothing."""
        return 1.0 if isnan(chance) else min(_MOST_TIMES, max(1 / _MOST_TIMES, chance / self._base_rate))

    def _factors(self, chances: Sequence[float], count: int) -> NDArray[np.float64]:
        if not len(chances):
            return np.ones(count)
        times = np.asarray(chances, dtype=float) / self._base_rate
        return np.where(np.isnan(times), 1.0, np.clip(times, 1 / _MOST_TIMES, _MOST_TIMES))

    def _passed(self, rung_s: float) -> float:
        whole = rung_s / STEP_S
        low = min(BINS - 1, int(whole))
        below, above = float(self._cumulative[low]), float(self._cumulative[low + 1])
        return below + (min(whole, BINS) - low) * (above - below)

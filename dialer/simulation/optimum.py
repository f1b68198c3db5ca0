"""The best that any pacing could do on average: U_MDP, the optimum of the Markov model of a floor.

The model: `agents` agents, handle times (talk + wrap-up) and lives of calls in flight exponential, each life ends in an
answer with the same probability, and an answer that finds no free agent is abandoned at once. The state is (busy,
ringing); at every instant the ringing may be raised to any level. Wanted is the greatest mean of busy / agents with
abandoned / answered <= the limit (problem statement "Pacing", section Baselines).

How it is solved. A constrained Markov decision process has its optimum in a mixture of two policies that are both
optimal for one price of an abandonment (Altman, Constrained Markov Decision Processes, 1999). Each of them comes from
policy iteration (Howard, Dynamic Programming and Markov Processes, 1960). Policies here are base-stock policies, "with
b busy, raise the ringing to r(b)". Between raises the ringing only falls, by one: so the values are written, level by
level of ringing, in terms of those of the states (b, r(b)), and a step of the iteration solves a system of only as many
unknowns as there are agents. The price follows the slope between the best policy known within the limit and the best
beyond it, until none lies above the line between the two: a hull is walked to its edge, and no tolerance is left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_EQUAL = 1e-9
"""Values closer than this, relatively, are the same: what is left over is the rounding of a linear solve."""
_UNSEEN = 1e-9
"""A least number of busy agents that is seen more rarely than this may stand for all below it."""
_MOST_NUMBERS = 1 << 28
"""Of a sweep, 8 bytes each: beyond, the answer probability is too small for the agents."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """What a floor works under while nothing changes; probabilities in 0..1, means in seconds."""

    agents: int
    chance: float
    """That a call is answered."""
    handle_s: float
    """Mean of talk + wrap-up."""
    in_flight_s: float
    """Mean from placing a call to its answer or failure, over all calls."""
    limit: float = 0.03
    """Of abandoned / answered."""

    def __post_init__(self) -> None:
        if self.agents < 1:
            raise InputError(f"agents: {self.agents}: at least one must work")
        if not 0 < self.chance <= 1:
            raise InputError(f"chance: {self.chance:g}: give an answer probability above 0, and at most 1")
        for name, value in (("handle_s", self.handle_s), ("in_flight_s", self.in_flight_s)):
            if not 0 < value < math.inf:
                raise InputError(f"{name}: {value:g}: give a mean in seconds above 0")
        if not 0 < self.limit <= 1 / 2:
            raise InputError(f"limit: {self.limit:g}: give a share above 0, and at most 0.5")


@dataclass(frozen=True, slots=True)
class Policy:
    """With b busy, raise the ringing to stocks[b]; with it come its long-run rates."""

    stocks: tuple[int, ...]
    busy: float
    """Mean number of busy agents."""
    abandoned_per_s: float


@dataclass(frozen=True, slots=True)
class Optimum:
    """The best utilisation (0..1), and the two policies of which it is the mixture."""

    utilisation: float
    within: Policy
    """Abandons at most the limit; alone, the best of the unmixed ones that are optimal at some price."""
    beyond: Policy
    share_within: float
    """Of the time that goes to `within`, 0..1."""


def optimum(conditions: Conditions) -> Optimum:
    """U_MDP of these conditions; 100 agents at an answer probability of 0.1 take some seconds."""
    agents = conditions.agents
    depth = math.ceil(8 + 2.5 * math.sqrt(agents))  # far below any dip of the busy ones; checked, then doubled
    while True:
        chain = _Chain(conditions, max(0, agents - depth))
        found = _mixed(chain, conditions)
        if chain.lowest == 0 or chain.seen_lowest < _UNSEEN:
            return found
        depth *= 2


def _mixed(chain: _Chain, conditions: Conditions) -> Optimum:
    """Walk the hull of (abandoned, busy) to the edge that crosses the limit, and mix the two ends of the edge."""
    within = chain.judged(chain.progressive)
    stocks = chain.overdialled
    while _excess(beyond := chain.judged(stocks), conditions) <= 0:
        stocks = stocks * 2
    while True:
        price = (beyond.busy - within.busy) / (beyond.abandoned_per_s - within.abandoned_per_s)
        stocks, better = chain.best(price, stocks)
        gain = better.busy - within.busy - price * (better.abandoned_per_s - within.abandoned_per_s)
        if gain <= _EQUAL * conditions.agents:
            break
        if _excess(better, conditions) <= 0:
            within = better
        else:
            beyond = better
    over, under = _excess(beyond, conditions), _excess(within, conditions)
    share = over / (over - under)
    busy = share * within.busy + (1 - share) * beyond.busy
    return Optimum(busy / conditions.agents, within, beyond, share)


def _excess(policy: Policy, conditions: Conditions) -> float:
    """By how many a second the abandoned exceed the limit's share of the answered; linear in a mixture's shares."""
    answered_per_s = policy.abandoned_per_s + policy.busy / conditions.handle_s
    return policy.abandoned_per_s - conditions.limit * answered_per_s


class _Chain:
    """The Markov chain of (busy, ringing), with `lowest` busy or more (fewer are counted as `lowest`).

    A row of a sweep is a state's future until the next raise: the probability that it is with 0, 1, ... more than
    `lowest` busy, then the mean time, the mean integral of busy over it, and the mean abandoned.
    """

    def __init__(self, conditions: Conditions, lowest: int) -> None:
        self._conditions = conditions
        self.lowest = lowest
        self.seen_lowest = 1.0
        """How rarely the last policy judged raises with `lowest` busy, as a share of its raises."""
        self._busy = np.arange(lowest, conditions.agents + 1, dtype=np.float64)
        self._freed = np.where(self._busy > lowest, self._busy / conditions.handle_s, 0.0)
        self._index = np.arange(len(self._busy))

    @property
    def progressive(self) -> NDArray[np.int64]:
        """A call for each free agent: nobody is ever abandoned."""
        free = self._conditions.agents - self._busy.astype(np.int64)
        return np.where(self._index == 0, np.maximum(free, 1), free)

    @property
    def overdialled(self) -> NDArray[np.int64]:
        """What would keep all busy, and an answer on its way for each who is free: far too much."""
        its = self._conditions
        keeping_up = its.agents * its.in_flight_s / its.handle_s
        return np.ceil((its.agents - self._busy + keeping_up) / its.chance).astype(np.int64)

    def judged(self, stocks: NDArray[np.int64]) -> Policy:
        """A policy with its rates."""
        return self._judged(stocks, self._swept(stocks, int(stocks.max())))[0]

    def best(self, price: float, stocks: NDArray[np.int64]) -> tuple[NDArray[np.int64], Policy]:
        """The policy with the greatest mean busy - price * abandoned per second, by policy iteration from `stocks`."""
        seen: set[bytes] = set()
        while True:
            seen.add(stocks.tobytes())
            swept = self._swept(stocks, int(stocks.max() * 1.15) + 5)
            policy, shares = self._judged(stocks, swept)
            worth = np.array([price * policy.abandoned_per_s - policy.busy, 1.0, -price])
            weights = np.concatenate([self._values(swept[stocks, self._index], shares, worth), worth])
            by_level = swept @ weights
            # Against the same sum at the present level: rounding that both have in common must not look like a gain.
            present = by_level[stocks, self._index]
            clearly = by_level.max(axis=0) > present + _EQUAL * (1 + np.abs(weights).max())
            better = np.where(clearly, by_level.argmax(axis=0), stocks)
            if better.tobytes() in seen:  # itself, or one that only rounding tells from it
                return stocks, policy
            stocks = better

    def _values(
        self, raised: NDArray[np.float64], shares: NDArray[np.float64], worth: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Relative values of the raises: 0 is that of the commonest, whose own equation follows from the others.

        Any other would do in exact numbers. But from what is hardly ever seen, nothing can be told.
        """
        states = len(self._busy)
        others = self._index != shares.argmax()
        system = (np.eye(states) - raised[:, :states])[np.ix_(others, others)]
        values = np.zeros(states)
        values[others] = np.linalg.solve(system, raised[others, states:] @ worth)
        return values

    def _judged(self, stocks: NDArray[np.int64], swept: NDArray[np.float64]) -> tuple[Policy, NDArray[np.float64]]:
        """A policy with its rates, and the share of its raises by the number of busy agents."""
        states = len(self._busy)
        raised = swept[stocks, self._index]
        balance = (np.eye(states) - raised[:, :states]).T
        balance[-1] = 1.0
        shares = np.linalg.solve(balance, (self._index == states - 1).astype(np.float64))
        self.seen_lowest = float(abs(shares[0]))
        time_s, busy_s, abandoned = shares @ raised[:, states:]
        all_stocks = (int(stocks[0]),) * self.lowest + tuple(stocks.tolist())
        return Policy(all_stocks, float(busy_s / time_s), float(abandoned / time_s)), shares

    def _swept(self, stocks: NDArray[np.int64], top: int) -> NDArray[np.float64]:
        """Rows of all states that stay as they are until something happens: ringing 0..top x busy x row."""
        states = len(self._busy)
        if (top + 1) * states * (states + 3) > _MOST_NUMBERS:
            raise InputError(f"chance: {self._conditions.chance:g}: too small for {self._conditions.agents} agents")
        swept = np.empty((top + 1, states, states + 3))
        at_raise = np.eye(states, states + 3)
        below = at_raise
        lower = np.eye(states)
        for ringing, row in enumerate(swept):
            self._stay(ringing, below, row)
            kept = self._freed / self._all(ringing)
            left_alone = stocks < ringing
            # An agent who is freed leads to the same level with one busy fewer, which is as yet unknown too.
            lower[self._index[1:], self._index[:-1]] = -np.where(left_alone, kept, 0.0)[1:]
            level = np.linalg.solve(lower, np.where(left_alone[:, None], row, at_raise)).astype(np.float64, copy=False)
            row[1:] += kept[1:, None] * level[:-1]
            below = level
        return swept

    def _all(self, ringing: int) -> NDArray[np.float64]:
        """The rate at which anything happens; with nothing afoot, so little that no policy stays there."""
        rates: NDArray[np.float64] = np.maximum(self._freed + ringing / self._conditions.in_flight_s, 1e-12)
        return rates

    def _stay(self, ringing: int, below: NDArray[np.float64], row: NDArray[np.float64]) -> None:
        """Write what comes of a level but for agents who are freed; `below` is the level with one fewer ringing."""
        states, its = len(self._busy), self._conditions
        answered = ringing * its.chance / its.in_flight_s
        np.multiply(below, ringing * (1 - its.chance) / its.in_flight_s, out=row)
        row[:-1] += answered * below[1:]
        row[-1] += answered * below[-1]
        row[:, states] += 1
        row[:, states + 1] += self._busy
        row[-1, states + 2] += answered
        row /= self._all(ringing)[:, None]

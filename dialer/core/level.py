"""How often calls are answered now, beside what the ring table says: a level that follows changes, and how sure it is.

Answers come as a Poisson process whose rate is the table's, times a level that drifts or jumps. Several memories watch
it side by side, each a discounted gamma posterior (West & Harrison, Bayesian Forecasting, 2nd ed. 1997, ch. 10), and
weigh as much as they foretold of late: in calm the longest wins and is sure, after a jump the shortest does.
"""

from __future__ import annotations

from math import exp, isfinite, lgamma, log, log1p

_MEMORIES = (10.0, 50.0, 250.0, 2000.0)
"""In answers, not in minutes: a busy floor learns faster."""
_PRIOR_SHAPE = 1.2
_WEIGHT_MEMORY = 40.0
_LEAST_FADING = 0.2
"""Of the level: while next to nothing is answered memories fade all the same, or they would outlast the silence."""
_SWITCH = 0.03
"""The least weight of any memory, so that one that was wrong for long can win at once."""


class AnswerLevel:
    """Answers per expected answer. `mean` is the level, `variance` its uncertainty."""

    def __init__(self) -> None:
        self._shape = [_PRIOR_SHAPE] * len(_MEMORIES)
        self._rate = [_PRIOR_SHAPE] * len(_MEMORIES)
        self._score = [0.0] * len(_MEMORIES)
        self.mean = 1.0
        self.variance = 1 / _PRIOR_SHAPE

    def learn(self, expected: float, answers: int) -> None:
        """So many answers came where the table expected so many, in a short span: `expected` may be a fraction."""
        if not isfinite(expected) or (expected <= 0 and answers == 0):
            return
        expected = max(expected, 1e-6)
        level = max(_LEAST_FADING, self.mean)
        fading = exp(-expected * self.mean / _WEIGHT_MEMORY)
        for one, memory in enumerate(_MEMORIES):
            shape, rate = self._shape[one], self._rate[one]
            self._score[one] = self._score[one] * fading + _foretold(answers, expected, shape, rate)
            keep = exp(-expected * level / memory)
            self._shape[one] = keep * shape + (1 - keep) * _PRIOR_SHAPE * 0.5 * level + answers
            self._rate[one] = keep * rate + (1 - keep) * _PRIOR_SHAPE * 0.5 + expected
        self._mix()

    def rescale(self, factor: float) -> None:
        """The table's own rate has been learned anew: it expects `factor` times as many."""
        if factor > 0:
            self._rate = [rate * factor for rate in self._rate]
            self._mix()

    def _mix(self) -> None:
        best = max(self._score)
        weights = [max(_SWITCH, exp(score - best)) for score in self._score]
        total = sum(weights)
        means = [shape / rate for shape, rate in zip(self._shape, self._rate, strict=True)]
        self.mean = sum(w * m for w, m in zip(weights, means, strict=True)) / total
        spread = sum(
            w * (m / rate + (m - self.mean) ** 2) for w, m, rate in zip(weights, means, self._rate, strict=True)
        )
        self.variance = spread / total


def _foretold(answers: int, expected: float, shape: float, rate: float) -> float:
    """The log probability of so many answers: negative binomial, the gamma mixture of Poissons."""
    known = -shape * log1p(expected / rate)
    if answers == 0:
        return known
    ways = lgamma(shape + answers) - lgamma(shape) - lgamma(answers + 1)
    return known + ways + answers * log(expected / (rate + expected))

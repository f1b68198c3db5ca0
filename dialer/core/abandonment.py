"""The ledger of abandonment: how many live answers found no agent, and how sure that rate is."""

from __future__ import annotations

import math
from dataclasses import dataclass

ENOUGH_ANSWERS = 50
"""Below this the rate says little: one abandoned call of thirty is already more than three per cent."""

_HALVINGS = 60
_TINY = 1e-300
_PRECISE = 1e-14
_MOST_STEPS = 10_000
"""The fraction needs about the square root of the larger parameter: this is enough for 10^8 answers."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Live answers of a period, and how many of them were abandoned; machines are neither."""

    live_answers: int
    abandoned: int

    def __post_init__(self) -> None:
        if not 0 <= self.abandoned <= self.live_answers:
            raise ValueError(f"{self.abandoned} of {self.live_answers} live answers cannot have been abandoned")

    @property
    def rate(self) -> float:
        """The share abandoned, as regulators measure it; 0 where nobody answered."""
        return self.abandoned / self.live_answers if self.live_answers else 0.0

    def lower_bound(self, confidence: float = 0.95) -> float:
        """The least true rate that a two-sided interval of this confidence allows.

        Exact by Clopper & Pearson, "The use of confidence or fiducial limits", Biometrika 26 (1934), 404-413.
        """
        if self.abandoned == 0:
            return 0.0
        return _beta_quantile((1 - confidence) / 2, self.abandoned, self.live_answers - self.abandoned + 1)

    def upper_bound(self, confidence: float = 0.95) -> float:
        """The greatest true rate that the same interval allows; 1 where nobody answered."""
        if self.abandoned == self.live_answers:
            return 1.0
        return _beta_quantile((1 + confidence) / 2, self.abandoned + 1, self.live_answers - self.abandoned)


def may_dial_ahead(tally: Tally, limit: float) -> bool:
    """Whether more calls than free agents may be placed: not once the rate is over the limit.

    It is the plain rate that the law limits, so it decides, from ENOUGH_ANSWERS live answers on; before that a single
    unlucky call would stop a campaign. Dialling one call for each free agent goes on in any case and mends the rate.
    """
    return tally.live_answers < ENOUGH_ANSWERS or tally.rate <= limit


def _beta_quantile(probability: float, a: float, b: float) -> float:
    """The x at which the regularised incomplete beta function I_x(a, b) reaches `probability`."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _regularised_beta(middle, a, b) < probability:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _regularised_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b) for 0 < x < 1 by its continued fraction, DLMF 8.17.22, evaluated by Lentz's method."""
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast on the other side; DLMF 8.17.4
        return 1.0 - _regularised_beta(1.0 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    c, d = 1.0, 1.0 / _not_zero(1.0 - (a + b) * x / (a + 1))
    fraction = d
    for step in range(1, _MOST_STEPS):
        even = step * (b - step) * x / ((a + 2 * step - 1) * (a + 2 * step))
        odd = -(a + step) * (a + b + step) * x / ((a + 2 * step) * (a + 2 * step + 1))
        change = 1.0
        for term in (even, odd):
            d = 1.0 / _not_zero(1.0 + term * d)
            c = _not_zero(1.0 + term / c)
            change *= c * d
        fraction *= change
        if abs(change - 1.0) < _PRECISE:
            break
    return math.exp(log_front) * fraction / a


def _not_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY

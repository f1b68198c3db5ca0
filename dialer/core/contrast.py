"""Whether one group of calls differs from the rest by more than chance: exact tests that hold for small counts. Pure.

Fisher's exact test, one-sided ("On the interpretation of chi-squared from contingency tables, and the calculation of
P", J. R. Statist. Soc. 85 (1922), 87-94): of all ways to deal the same calls to the two groups, the share in which this
one fares at least as badly. It needs no large numbers and errs on the side of silence.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from dialer.core.abandonment import Tally

RATIO, POINTS = 1.5, 0.02
"""A difference that is worth a word: one share half as large again as the other, and two points above it.

Without it, of a million calls every difference would be certain, and none would matter.
"""
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many calls. Both may be fewer than were counted, see `of_independent`."""

    some: int
    of: int

    @property
    def rate(self) -> float:
        """The share, 0..1; 0 of no calls."""
        return self.some / self.of if self.of else 0.0

    @property
    def others(self) -> Share:
        """Those of whom it is not so."""
        return Share(self.of - self.some, self.of)

    def bounds(self, confidence: float) -> tuple[float, float]:
        """The least and the greatest true share that a two-sided interval allows (Clopper-Pearson, as in `Tally`)."""
        tally = Tally(self.of, self.some)
        return tally.lower_bound(confidence), tally.upper_bound(confidence)

    def of_independent(self, calls_each: float) -> Share:
        """The same share of fewer calls, where each lead was called `calls_each` times on average.

        Calls to one lead tell the same thing again: taken for so many witnesses they would make noise certain. A lead
        counts as one, as if all its calls had ended alike (Kish, "Survey Sampling" (1965), 5.4, at the highest
        correlation): the truth lies between, so this too errs on the side of silence.
        """
        of = round(self.of / max(1.0, calls_each))
        return Share(min(of, round(self.rate * of)), of)


def stands_out(group: Share, rest: Share) -> bool:
    """Whether the group's share is so much larger than the rest's that it would matter, were it certain."""
    return group.rate >= RATIO * rest.rate and group.rate >= rest.rate + POINTS


def by_chance(group: Share, rest: Share) -> float:
    """The probability (0..1) that chance alone gives the group as large a part of what both have.

    1 where the group's share is not the larger one, and where either has no calls.
    """
    calls, some = group.of + rest.of, group.some + rest.some
    if not group.of or not rest.of or group.some * calls <= group.of * some:
        return 1.0
    most = min(group.of, some)
    log_first = (
        _log_choose(some, group.some) + _log_choose(calls - some, group.of - group.some) - _log_choose(calls, group.of)
    )
    term = total = 1.0
    for x in range(group.some, most):
        term *= (some - x) * (group.of - x) / ((x + 1) * (calls - some - group.of + x + 1))
        total += term
        if term < _NEGLIGIBLE * total:
            break
    return min(1.0, math.exp(log_first + math.log(total)))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)

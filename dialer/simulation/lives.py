"""What was measured, as numbers a scenario can hold: lives of calls of which some were cut off, and thinned samples."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

MOST_VALUES = 500
"""As many say of a distribution what a simulation can tell apart, and a file with them can still be read."""


def weights(ages_s: ArrayLike, cut_off: ArrayLike) -> NDArray[np.float64]:
    """What share of all calls each observed end stands for; shape and order as given, 0 for those that were cut off.

    A call that we withdrew would have had some end later: its share is handed on, in equal parts, to all that ended
    later. The weights of one kind of end, summed up to an age, are then the probability of that kind of end by that
    age, whatever was withdrawn when (Aalen & Johansen, Scandinavian Journal of Statistics 5 (1978), 141-150). They add
    up to 1 unless the longest life of all was cut off.
    """
    ages, cut = np.asarray(ages_s, dtype=np.float64), np.asarray(cut_off, dtype=np.bool_)
    # An end at the very age at which others were cut off comes before: those might have ended just so.
    order = np.lexsort((cut, ages))
    ended = ~cut[order]
    at_risk = np.arange(len(ages), 0, -1)
    left = np.cumprod(1 - ended / at_risk)
    found = np.empty(len(ages))
    found[order] = np.where(ended, np.concatenate([[1.0], left[:-1]]) / at_risk, 0.0)
    return found


def thinned(values: ArrayLike, weighing: ArrayLike | None = None, most: int = MOST_VALUES) -> tuple[float, ...]:
    """At most so many equally likely values in the place of these, in order, to the millisecond; the mean is the same.

    Each is the mean of an equal share of the probability. `weighing` are weights of the values, at least one above 0.
    """
    drawn = np.asarray(values, dtype=np.float64)
    order = np.argsort(drawn, kind="stable")
    drawn = drawn[order]
    if weighing is None and len(drawn) <= most:
        return tuple(np.round(drawn, 3).tolist())
    weight = np.ones(len(drawn)) if weighing is None else np.asarray(weighing, dtype=np.float64)[order]
    share = np.concatenate([[0.0], np.cumsum(weight)]) / weight.sum()
    gathered = np.concatenate([[0.0], np.cumsum(weight * drawn)]) / weight.sum()
    count = min(most, len(drawn))
    means = np.diff(np.interp(np.linspace(0.0, 1.0, count + 1), share, gathered)) * count
    return tuple(np.round(np.maximum(means, 0.0), 3).tolist())

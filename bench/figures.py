"""The few numbers that a benchmark says of its samples."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_HOUR_S = 3600.0


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0..1) of all do not exceed; ValueError where there are none."""
    if not samples:
        raise ValueError("no samples")
    ordered = sorted(samples)
    rank = -int(-share * len(ordered) // 1)  # rounded up
    return ordered[max(rank, 1) - 1]


def paired_ratio(samples: Sequence[float], beside: Sequence[float]) -> float | None:
    """The median of the ratios pair by pair, so that a machine that changes its speed changes both; None if empty."""
    ratios = [one / other for one, other in zip(samples, beside, strict=True) if other]
    return median(ratios) if ratios else None


def slope_per_hour(at_s: Sequence[float], values: Sequence[float]) -> float:
    """By how much the values grow in an hour: the line of least squares through them. 0 for fewer than two moments."""
    if len(at_s) < 2:  # noqa: PLR2004 - a line has two ends
        return 0.0
    mean_at, mean_value = sum(at_s) / len(at_s), sum(values) / len(values)
    spread = sum((at - mean_at) ** 2 for at in at_s)
    if spread == 0:
        return 0.0
    together = sum((at - mean_at) * (value - mean_value) for at, value in zip(at_s, values, strict=True))
    return together / spread * _HOUR_S

"""Panels of a chart as SVG text: axes, lines, bands and levels over a common stretch of time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WIDTH = 960
LEFT, RIGHT = 52, 940
_HEAD = 26
"""What a panel's title takes above its axes."""
_STEPS_OF_TEN = (1.0, 2.0, 2.5, 5.0, 10.0)
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440)
_MOST_MOMENTS = 12


def ticks(to: float, most: int) -> list[float]:
    """At most so many round numbers above 0 up to `to`, evenly spaced; none where `to` is not above 0."""
    if to <= 0:
        return []
    power = 10.0 ** math.floor(math.log10(to / most))
    step = next(power * of_ten for of_ten in _STEPS_OF_TEN if power * of_ten * most >= to * (1 - 1e-9))
    return [step * number for number in range(1, int(to / step + 1e-9) + 1)]


def moments(hours: float) -> list[tuple[float, str]]:
    """The times of a shift of so many hours that are worth a mark: (hour, as it is written, such as 1:30)."""
    minutes = int(hours * 60 + 1e-6)
    step = next((step for step in _STEPS_MIN if step * _MOST_MOMENTS >= minutes), _STEPS_MIN[-1])
    return [(minute / 60, f"{minute // 60}:{minute % 60:02d}") for minute in range(step, minutes + 1, step)]


@dataclass(frozen=True, slots=True)
class Panel:
    """A plot of values 0..`y_to` over hours 0..`x_to`; `top` and `height` in the units of the picture."""

    title: str
    top: float
    height: float
    x_to: float
    y_to: float
    unit: Callable[[float], str] = "{:g}".format
    """How a value of the y axis is written."""
    most_ticks: int = 4

    def x(self, hour: float) -> float:
        """Where an hour lies."""
        return LEFT + (RIGHT - LEFT) * hour / self.x_to

    def y(self, value: float) -> float:
        """Where a value lies; what is too high lies on the upper edge."""
        height = self.height - _HEAD
        return self.top + self.height - height * min(max(value / self.y_to, 0.0), 1.0)

    def frame(self, legend: Iterable[tuple[str, str]] = ()) -> str:
        """Title, grid and the y axis. The legend names classes of the style sheet: (class, words)."""
        bottom = self.top + self.height
        parts = [f'<text class="title" x="{LEFT}" y="{self.top + 14:g}">{escape(self.title)}</text>']
        for value in (0.0, *ticks(self.y_to, self.most_ticks)):
            y = self.y(value)
            parts.append(f'<path class="{"grid" if value else "axis"}" d="M{LEFT} {y:.1f}H{RIGHT}"/>')
            label = escape(self.unit(value))
            parts.append(f'<text class="tick" x="{LEFT - 7}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
        parts += [
            f'<path class="grid" d="M{self.x(hour):.1f} {self.top + _HEAD:g}V{bottom:g}"/>'
            for hour, _ in moments(self.x_to)
        ]
        return "".join(parts) + self._legend(list(legend))

    def _legend(self, entries: list[tuple[str, str]]) -> str:
        parts, right = [], float(RIGHT)
        for css, words in reversed(entries):
            # SVG cannot measure text: 6.3 a letter of 12 px is on the wide side of what fonts take.
            right -= 6.3 * len(words) + 30
            parts.append(f'<rect class="{css}" x="{right:.1f}" y="{self.top + 5:g}" width="11" height="10" rx="2"/>')
            parts.append(f'<text class="tick" x="{right + 16:.1f}" y="{self.top + 14:g}">{escape(words)}</text>')
        return "".join(parts)

    def hours(self) -> str:
        """The labels of the time axis below this panel."""
        labels = [
            f'<text class="tick" x="{self.x(hour):.1f}" y="{self.top + self.height + 16:g}" '
            f'text-anchor="middle">{written}</text>'
            for hour, written in moments(self.x_to)
        ]
        return "".join(labels)

    def line(self, css: str, points: Iterable[tuple[float, float]]) -> str:
        """A line through (hour, value); a value that is nan is a gap."""
        path, pen = [], "M"
        for hour, value in points:
            if math.isnan(value):
                pen = "M"
                continue
            path.append(f"{pen}{self.x(hour):.1f} {self.y(value):.1f}")
            pen = "L"
        return f'<path class="{css}" d="{"".join(path)}"/>' if path else ""

    def steps(self, css: str, points: Sequence[tuple[float, float]]) -> str:
        """A line of (hour, value) that stays level until the next point."""
        if not points:
            return ""
        (first, level), last = points[0], points[-1]
        path = [f"M{self.x(first):.1f} {self.y(level):.1f}"]
        path += [
            f"H{self.x(hour):.1f}V{self.y(value):.1f}"
            for (_, before), (hour, value) in pairwise(points)
            if value != before
        ]
        return f'<path class="{css}" d="{"".join(path)}H{self.x(last[0]):.1f}"/>'

    def band(self, css: str, hours: Sequence[float], lows: Sequence[float], highs: Sequence[float]) -> str:
        """The area between two lines."""
        upper = [f"{self.x(hour):.1f} {self.y(value):.1f}" for hour, value in zip(hours, highs, strict=True)]
        lower = [f"{self.x(hour):.1f} {self.y(value):.1f}" for hour, value in zip(hours, lows, strict=True)]
        return f'<path class="{css}" d="M{"L".join(upper + lower[::-1])}Z"/>'

    def level(self, css: str, value: float, words: str) -> str:
        """A level line with its name above its right end."""
        y = self.y(value)
        return (
            f'<path class="{css}" d="M{LEFT} {y:.1f}H{RIGHT}"/>'
            f'<text class="tick" x="{RIGHT - 4}" y="{y - 4:.1f}" text-anchor="end">{escape(words)}</text>'
        )

"""A plot as SVG text with two axes of any kind: lines, bands, dots and bars, light or dark as its reader prefers."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from dialer.simulation.plot import ticks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WIDTH, LEFT, RIGHT = 960, 62, 936
_HEAD, _FOOT = 52, 44
_HUES = {
    "a": ("#2c6fbb", "#6aa8ee"),
    "b": ("#c2571a", "#f08a4b"),
    "c": ("#1f8a5b", "#4cc38a"),
    "d": ("#7a6fb0", "#a79be6"),
    "e": ("#c0567e", "#e08bb0"),
    "f": ("#8a8f98", "#868d99"),
    "g": ("#b58a12", "#e0b53a"),
    "limit": ("#d12f2f", "#ff6b6b"),
    "ink": ("#111827", "#f3f5f8"),
}
"""By day and by night."""


def _style() -> str:
    font = '12.5px system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif'
    return (
        f"text{{font:{font};fill:#4b5563}}.name{{font-size:16px;font-weight:650;fill:#111827}}.paper{{fill:#fff}}"
        "path,.ring{fill:none;stroke-width:2;stroke-linejoin:round}.thin{stroke-width:1.3}"
        ".dashed{stroke-width:1.5;stroke-dasharray:6 4}.band{fill-opacity:.16}path.band{stroke:none}"
        ".grid,.axis{stroke:#111827;stroke-opacity:.09;stroke-width:1}.axis{stroke-opacity:.4}"
        f"{_coloured(0)}@media (prefers-color-scheme:dark){{text{{fill:#a7b0be}}.name{{fill:#eceff4}}"
        f".paper{{fill:#14171c}}.grid,.axis{{stroke:#fff}}{_coloured(1)}}}"
    )


def _coloured(night: int) -> str:
    hues = ((name, hue[night]) for name, hue in _HUES.items())
    return "".join(f".{name}{{stroke:{hue}}}.{name}.dot,.{name}.band{{fill:{hue};stroke:none}}" for name, hue in hues)


@dataclass(slots=True)
class Axes:
    """A plot of x from 0 (or `x_from`) to `x_to` and y likewise; what is drawn is kept until `svg` puts it together."""

    title: str
    x_label: str
    y_label: str
    x_to: float
    y_to: float
    height: float = 320
    x_from: float = 0.0
    y_from: float = 0.0
    x_unit: Callable[[float], str] = "{:g}".format
    y_unit: Callable[[float], str] = "{:g}".format
    x_log: bool = False
    x_ticks: Sequence[float] | None = None
    y_ticks: Sequence[float] | None = None
    _parts: list[str] = field(default_factory=list)
    _legend: list[tuple[str, str]] = field(default_factory=list)

    def x(self, value: float) -> float:
        """Where a value lies."""
        low, high, at = self.x_from, self.x_to, value
        if self.x_log:
            low, high, at = math.log(low), math.log(high), math.log(at)
        return LEFT + (RIGHT - LEFT) * (at - low) / (high - low)

    def y(self, value: float) -> float:
        """Where a value lies; what is outside lies on the edge."""
        share = (value - self.y_from) / (self.y_to - self.y_from)
        return self.height - _FOOT - (self.height - _HEAD - _FOOT) * min(max(share, 0.0), 1.0)

    def line(self, css: str, points: Iterable[tuple[float, float]], name: str = "") -> None:
        """A line through (x, y); `css` is a colour (a to g, limit, ink) and a kind (line, thin, dashed)."""
        path = "L".join(f"{self.x(x):.1f} {self.y(y):.1f}" for x, y in points)
        self._parts.append(f'<path class="{css}" d="M{path}"/>')
        self._named(css, name)

    def band(self, css: str, points: Iterable[tuple[float, float, float]], name: str = "") -> None:
        """The area between two lines, through (x, low, high)."""
        known = list(points)
        upper = [f"{self.x(x):.1f} {self.y(high):.1f}" for x, _, high in known]
        lower = [f"{self.x(x):.1f} {self.y(low):.1f}" for x, low, _ in reversed(known)]
        self._parts.append(f'<path class="{css} band" d="M{"L".join(upper + lower)}Z"/>')
        self._named(css, name)

    def dots(self, css: str, points: Iterable[tuple[float, float]], name: str = "", *, hollow: bool = False) -> None:
        """A dot at each (x, y)."""
        kind, radius = ("ring", 5.5) if hollow else ("dot", 4.5)
        self._parts += [
            f'<circle class="{css} {kind}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius}"/>' for x, y in points
        ]
        self._named(css, name)

    def bars(self, css: str, points: Iterable[tuple[float, float, float]]) -> None:
        """An upright bar at x from low to high, as of an interval."""
        self._parts += [
            f'<path class="{css} thin" d="M{self.x(x):.1f} {self.y(low):.1f}V{self.y(high):.1f}"/>'
            for x, low, high in points
        ]

    def _named(self, css: str, name: str) -> None:
        if name:
            self._legend.append((css.split(maxsplit=1)[0], name))

    def svg(self) -> str:
        """The picture, which stands alone."""
        label = escape(self.title)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:g}" role="img" '
            f'aria-label="{label}"><style>{_style()}</style><rect class="paper" width="100%" height="100%"/>'
            f'<text class="name" x="16" y="24">{label}</text>'
            f"{self._legends()}{self._grid()}{''.join(self._parts)}</svg>\n"
        )

    def _legends(self) -> str:
        parts, at = [], float(LEFT)
        for css, name in self._legend:
            parts.append(f'<rect class="{css} dot" x="{at:.0f}" y="34" width="11" height="10" rx="2"/>')
            parts.append(f'<text x="{at + 16:.0f}" y="43">{escape(name)}</text>')
            at += 6.6 * len(name) + 34  # SVG cannot measure text: that is on the wide side
        return "".join(parts)

    def _grid(self) -> str:
        bottom, parts = self.height - _FOOT, []
        for value in self.y_ticks or [self.y_from, *ticks(self.y_to, 5)]:
            y = self.y(value)
            css = "axis" if value == self.y_from else "grid"
            parts.append(f'<path class="{css}" d="M{LEFT} {y:.1f}H{RIGHT}"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(self.y_unit(value))}</text>')
        for value in self.x_ticks or [self.x_from, *ticks(self.x_to, 10)]:
            x = self.x(value)
            parts.append(f'<path class="grid" d="M{x:.1f} {_HEAD}V{bottom:g}"/>')
            parts.append(
                f'<text x="{x:.1f}" y="{bottom + 17:g}" text-anchor="middle">{escape(self.x_unit(value))}</text>'
            )
        parts.append(f'<text x="{RIGHT}" y="{self.height - 9:g}" text-anchor="end">{escape(self.x_label)}</text>')
        parts.append(f'<text x="{LEFT}" y="{self.height - 9:g}">↑ {escape(self.y_label)}</text>')
        return "".join(parts)

"""A plot is well-formed, stands alone, and puts values where they belong."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from bench.axes import LEFT, RIGHT, Axes


def test_the_ends_of_the_axes_lie_at_the_edges_and_what_is_outside_on_them() -> None:
    axes = Axes("a", "x", "y", 10, 1.0, height=300)
    assert (axes.x(0), axes.x(10)) == (LEFT, RIGHT)
    assert axes.y(0) > axes.y(0.5) > axes.y(1.0) == axes.y(7.0)
    assert axes.y(0) == axes.y(-3)


def test_a_logarithmic_axis_gives_every_doubling_the_same_room() -> None:
    axes = Axes("a", "x", "y", 8, 1.0, x_from=1, x_log=True)
    assert axes.x(2) - axes.x(1) == pytest.approx(axes.x(8) - axes.x(4))


def test_all_that_is_drawn_is_in_one_well_formed_picture() -> None:
    axes = Axes("less < more & so on", "x", "y", 10, 1.0)
    axes.line("a line", [(0, 0), (10, 1)], "line <1>")
    axes.band("b", [(0, 0.1, 0.2), (10, 0.3, 0.4)])
    axes.bars("c", [(5, 0.1, 0.9)])
    axes.dots("d", [(1, 0.5), (2, 0.6)], "dots", hollow=True)
    picture = ET.fromstring(axes.svg())  # noqa: S314 - our own
    kinds = [element.tag.rpartition("}")[2] for element in picture.iter()]
    assert kinds.count("circle") == 2
    words = [element.text for element in picture.iter() if element.tag.endswith("text")]
    assert {"less < more & so on", "line <1>", "dots"} <= set(words)
    assert "http" not in axes.svg().replace("http://www.w3.org/2000/svg", "")

from __future__ import annotations

import math
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.simulation.plot import LEFT, RIGHT, Panel, moments, ticks

PANEL = Panel("Agents <&>", 10, 126, 4, 50)


@given(st.floats(1e-3, 1e6), st.integers(2, 12))
def test_ticks_are_round_evenly_spaced_and_not_too_many(to: float, most: int) -> None:
    marks = ticks(to, most)
    assert len(marks) <= most
    assert all(0 < mark <= to * (1 + 1e-6) for mark in marks)
    steps = [after - before for before, after in zip([0.0, *marks], marks, strict=False)]
    assert steps == pytest.approx([steps[0]] * len(steps))
    assert float(f"{steps[0]:.2g}") == pytest.approx(steps[0])


def test_there_are_no_ticks_where_there_is_no_length() -> None:
    assert ticks(0, 4) == []


@pytest.mark.parametrize(
    ("hours", "written"),
    [
        (4, ["0:30", "1:00", "1:30", "2:00", "2:30", "3:00", "3:30", "4:00"]),
        (0.1, ["0:01", "0:02", "0:03", "0:04", "0:05", "0:06"]),
        (24, [f"{hour}:00" for hour in range(2, 25, 2)]),
        (0.001, []),
    ],
)
def test_times_are_marked_as_a_clock_shows_them(hours: float, written: list[str]) -> None:
    assert [words for _, words in moments(hours)] == written


def test_values_lie_between_the_axis_and_the_title() -> None:
    assert (PANEL.x(0), PANEL.x(4)) == (LEFT, RIGHT)
    assert (PANEL.y(0), PANEL.y(50), PANEL.y(25)) == (136, 36, 86)
    assert (PANEL.y(-3), PANEL.y(1e9)) == (136, 36)


def test_a_line_has_gaps_where_nothing_is_known() -> None:
    assert PANEL.line("a", [(0, 0), (1, 50), (2, math.nan), (3, 0), (4, 50)]).count("M") == 2
    assert PANEL.line("a", [(0, math.nan)]) == ""
    assert PANEL.line("a", []) == ""


def test_steps_stay_level_until_the_value_changes() -> None:
    drawn = PANEL.steps("a", [(0, 25), (1, 25), (2, 50), (4, 50)])
    assert re.findall(r'd="(.*)"', drawn) == [f"M{LEFT}.0 86.0H{PANEL.x(2):.1f}V36.0H{RIGHT}.0"]
    assert PANEL.steps("a", []) == ""


def test_all_parts_are_xml_and_words_are_never_markup() -> None:
    parts = PANEL.frame([("a", "x < y"), ("b", "z & w")]) + PANEL.level("c", 3, "<b>") + PANEL.hours()
    parts += PANEL.band("d", [0, 4], [0, 0], [10, 20])
    root = ET.fromstring(f"<svg>{parts}</svg>")  # noqa: S314 - our own
    words = [text.text for text in root.iter("text")]
    assert {"Agents <&>", "x < y", "z & w", "<b>", "0:30", "4:00"} <= set(words)

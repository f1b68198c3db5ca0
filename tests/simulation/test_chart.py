from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from dialer.simulation.chart import shift_html, shift_svg
from dialer.simulation.floor import run_shift
from dialer.simulation.pacer import Move
from dialer.simulation.scenario import Scenario, standard
from dialer.simulation.shift import Sample, ShiftResult

from .pacers import Scripted, progressive, ratio, steady

BUSY = standard(
    12,
    0.3,
    hours=1,
    name="a <b> & 'c'",
    about="<script>alert(1)</script>",
    pauses={"per_hour": 2},
    inbound={"per_hour": 30},
)
SVG = "{http://www.w3.org/2000/svg}"


def texts(svg: str) -> list[str]:
    return [text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314 - our own


def test_the_picture_stands_alone_and_shows_all_four_panels() -> None:
    svg = shift_svg(run_shift(BUSY, ratio(1.5), 1), BUSY, "ratio")
    shown = texts(svg)
    assert any(text.startswith("a <b> & 'c', ratio: ") for text in shown)
    for title in ("Agents", "Calls in flight", "Abandoned, share of live answers", "limit 3.0%"):
        assert title in shown
    assert any(text.startswith("Probability") for text in shown)
    assert {text.rsplit(" ", 1)[0] for text in shown} >= {"talking", "wrap-up", "paused", "lent to inbound calls"}
    assert "prefers-color-scheme:dark" in svg


def test_the_page_loads_nothing_runs_nothing_and_takes_words_as_words() -> None:
    page = shift_html(run_shift(BUSY, ratio(1.5), 1), BUSY, "ratio")
    assert "<script" not in page
    assert not re.search(r"(src|href)=|url\(|@import", page)
    assert "&lt;script&gt;" in page
    assert len(re.findall("<dt>", page)) == 6


def test_what_breaks_a_limit_is_marked() -> None:
    cell = standard(12, 0.3, hours=1)
    assert "class=bad" in shift_html(run_shift(cell, steady(30), 1), cell, "rash")
    assert "class=bad" not in shift_html(run_shift(cell, progressive(), 1), cell, "progressive")


def test_what_was_foreseen_is_shown_where_something_was() -> None:
    cell = standard(12, 0.3, hours=1)
    foresees = Scripted(lambda floor, _now_s: Move(floor.ready - len(floor.ringing_s), expected_abandonment=0.01))
    assert "foreseen" in shift_html(run_shift(cell, foresees, 1), cell, "x")
    assert "foreseen" not in shift_html(run_shift(cell, progressive(), 1), cell, "x")


@pytest.mark.parametrize("scenario", [standard(1, 0.0, hours=0.01), standard(3, 0.3, hours=0.002)])
def test_a_shift_in_which_hardly_anything_happens_has_a_picture_too(scenario: Scenario) -> None:
    for shift in (run_shift(scenario, progressive(), 1), ShiftResult("x", 1, scenario.end_s)):
        assert "Agents" in texts(shift_svg(shift, scenario, "x"))
        assert shift_html(shift, scenario, "x").startswith("<!doctype html>")


def test_a_long_shift_makes_no_long_picture() -> None:
    cell = standard(2, 0.3, hours=24)
    day = ShiftResult("x", 1, cell.end_s, samples=[Sample(5.0 * index, index % 7, 0, 0.3) for index in range(17_280)])
    assert len(shift_svg(day, cell, "x")) < 40_000

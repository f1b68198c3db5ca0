from __future__ import annotations

import math
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.errors import InputError
from dialer.simulation.pooling import SIZES, Point, Pooling, of_the_optimum, simulated
from dialer.simulation.pooling_chart import pooling_html, pooling_svg
from dialer.simulation.reference import Segment
from dialer.simulation.scenario import standard

from .pacers import make

LAWFUL = Pooling(tuple(Point(size, 1 - 0.5 / math.sqrt(size), 0.01) for size in (4, 25, 100)))
SEGMENT = Segment(hours=1, agents=1, chance=0.3, handle_s=135, in_flight_s=17)


def test_where_the_law_holds_it_is_found_and_kept_to() -> None:
    assert LAWFUL.constant == pytest.approx(0.5)
    for agents in (1, 2.5, 4, 60, 400):
        assert LAWFUL.utilisation(agents) == pytest.approx(1 - 0.5 / math.sqrt(agents))
        assert LAWFUL.law(agents) == pytest.approx(LAWFUL.utilisation(agents))


def test_what_was_seen_stands_and_between_it_the_constant_is_interpolated() -> None:
    seen = Pooling((Point(4, 0.7), Point(64, 0.95)))
    assert [point.constant for point in seen.points] == pytest.approx([0.6, 0.4])
    assert [seen.utilisation(agents) for agents in (4, 64)] == pytest.approx([0.7, 0.95])
    assert seen.utilisation(16) == pytest.approx(1 - 0.5 / 4)
    assert seen.utilisation(6400) == pytest.approx(1 - 0.4 / 80)
    assert seen.abandonment(16) is None


def test_pooling_two_halves_gains_what_their_idling_was_more() -> None:
    assert LAWFUL.gain(100) == pytest.approx(0.5 / math.sqrt(50) - 0.05)
    odd = (2 * LAWFUL.utilisation(2) + 3 * LAWFUL.utilisation(3)) / 5
    assert LAWFUL.gain(5) == pytest.approx(LAWFUL.utilisation(5) - odd)


@given(st.floats(0.05, 0.99), st.integers(2, 500))
def test_nobody_is_busier_than_always_and_the_larger_the_better(first: float, agents: int) -> None:
    pooling = Pooling((Point(10, first),))
    assert 0 <= pooling.utilisation(agents) <= 1
    assert pooling.utilisation(agents + 1) >= pooling.utilisation(agents)
    assert pooling.gain(agents) >= -1e-9


def test_new_points_stand_beside_the_others_and_in_the_place_of_their_own_size() -> None:
    more = LAWFUL.with_points([Point(9, 0.8), Point(4, 0.6)])
    assert [(point.agents, point.utilisation) for point in more.points][:2] == [(4, 0.6), (9, 0.8)]
    assert len(more.points) == 4


def test_the_optimum_follows_the_law_and_depends_on_the_answer_rate() -> None:
    usual = of_the_optimum(SEGMENT)
    assert [point.abandonment for point in usual.points] == [None] * 3
    # U_MDP of 30 agents at p = .3 is 90.4 % by the problem statement's table.
    assert usual.law(30) == pytest.approx(0.904, abs=0.01)
    seldom = of_the_optimum(Segment(hours=1, agents=1, chance=0.1, handle_s=135, in_flight_s=19))
    assert seldom.constant > usual.constant
    with pytest.raises(InputError, match="answer_rate"):
        of_the_optimum(Segment(hours=1, agents=1, chance=0.001, handle_s=135, in_flight_s=19))


def test_teams_are_simulated_under_the_pacing_and_the_means_of_the_seeds_are_taken() -> None:
    heard: list[int] = []
    scenario = standard(1, 0.5, hours=0.3)
    found = simulated(scenario, (3, 12), (1, 2), "ratio", make=make, workers=1, on_done=heard.append)
    assert [point.agents for point in found.points] == [3, 12]
    small, large = (point.utilisation for point in found.points)
    assert small < large < 1
    assert heard == [1, 2, 3, 4]
    assert found.abandonment(12) == found.points[1].abandonment
    # What is abandoned is told of all answers of a team together.
    assert (found.points[1].abandonment or 0) > 0


def test_the_picture_is_well_formed_and_shows_every_point() -> None:
    svg = pooling_svg(LAWFUL, chosen=120)
    root = ET.fromstring(svg)  # noqa: S314 - our own text
    circles = [element for element in root.iter() if element.tag.endswith("circle")]
    assert len(circles) == 3
    heights = [float(circle.attrib["cy"]) for circle in circles]
    assert heights == sorted(heights, reverse=True)
    assert "120 agents" in svg
    assert "nan" not in svg
    assert "0.50 / sqrt(agents)" in pooling_svg(LAWFUL)


def test_the_page_holds_tables_and_remarks_as_text() -> None:
    html = pooling_html("a <b> plan", LAWFUL, [("<how>", ("agents",), [("<3>",)])], ["one & two"], 7)
    for words in ("a &lt;b&gt; plan", "&lt;how&gt;", "&lt;3&gt;", "one &amp; two", "<svg"):
        assert words in html
    assert "<3>" not in html


def test_the_sizes_shown_go_from_the_smallest_team_to_a_large_one() -> None:
    assert SIZES == (3, 5, 10, 20, 30, 50, 100)

"""What a scenario is measured against: its segments, their weights, and the file that keeps what was computed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import InputError
from dialer.simulation.optimum import Conditions, optimum
from dialer.simulation.reference import Optima, Segment, segments_of
from dialer.simulation.scenario import standard

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def optima(tmp_path: Path) -> Optima:
    return Optima(tmp_path / "optimum.json")


def test_what_was_computed_once_is_read_the_next_time(tmp_path: Path) -> None:
    file = tmp_path / "new" / "optimum.json"
    exact = optimum(Conditions(4, 0.3, 135, 17.1616)).utilisation
    assert Optima(file).utilisation(Conditions(4, 0.3, 135, 17.1616)) == pytest.approx(exact, abs=5e-5)
    (key,) = json.loads(file.read_text("utf-8"))
    file.write_text(json.dumps({key: 0.5}), "utf-8")
    # The same rounded, and the same ratio of the two times.
    assert Optima(file).utilisation(Conditions(4, 0.30004, 270, 34.3226)) == 0.5
    assert Optima(file).utilisation(Conditions(5, 0.3, 135, 17.1616)) > exact
    assert len(json.loads(file.read_text("utf-8"))) == 2


def test_two_who_write_one_file_keep_each_others_numbers(tmp_path: Path) -> None:
    file = tmp_path / "optimum.json"
    one, other = Optima(file), Optima(file)
    one.utilisation(Conditions(1, 0.5, 135, 15))
    other.utilisation(Conditions(2, 0.5, 135, 15))
    assert len(json.loads(file.read_text("utf-8"))) == 2


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": "much"}', '{"a": null}', "\x00"])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "optimum.json"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"optimum\.json: not a table of optima"):
        Optima(file)


def test_segments_weigh_by_agents_times_hours(optima: Optima) -> None:
    few, many = (optima.utilisation(Conditions(agents, 0.5, 135, 15)) for agents in (2, 6))
    segments = [Segment(3, 2, 0.5, 135, 15), Segment(1, 6, 0.5, 135, 15), Segment(9, 0, 0.5, 135, 15)]
    assert optima.reference(segments) == pytest.approx((3 * 2 * few + 1 * 6 * many) / 12)
    assert optima.reference([Segment(1, 2, 0.5, 135, 15), Segment(1, 2, 0.0, 135, 15)]) == pytest.approx(few / 2)


def test_fractions_of_agents_lie_between_their_neighbours(optima: Optima) -> None:
    low, high = (optima.utilisation(Conditions(agents, 0.5, 135, 15)) for agents in (2, 3))
    assert optima.reference([Segment(1, 2.25, 0.5, 135, 15)]) == pytest.approx(0.75 * low + 0.25 * high)
    alone = optima.utilisation(Conditions(1, 0.5, 135, 15))
    assert optima.reference([Segment(1, 0.4, 0.5, 135, 15)]) == pytest.approx(alone)


def test_a_shift_without_agents_has_no_reference(optima: Optima) -> None:
    with pytest.raises(InputError, match="no agent works"):
        optima.reference([Segment(1, 0, 0.5, 135, 15)])


def test_the_standard_cell_is_one_segment_of_its_mean_parameters() -> None:
    (segment,) = segments_of(standard(30, 0.3))
    assert (segment.hours, segment.agents, segment.chance, segment.limit) == (4, 30, 0.3, 0.03)
    assert segment.handle_s == pytest.approx(135)
    # A gamma of shape 4 and mean 12 s below 25 s: 12 P(5, 25/3) / P(4, 25/3) by its Erlang sums.
    assert segment.in_flight_s == pytest.approx(0.3 * 11.40 + 0.7 * (0.25 * 3.5 + 0.75 * 25), abs=0.02)


def test_a_segment_ends_where_agents_or_answers_change() -> None:
    scenario = standard(30, 0.3).changed(
        answers={"p": [[0, 0.5], [2, 0.15], [5, 0.9]]}, agents=[[0, 20], [1, 0], [2, 15]]
    )
    assert [(each.hours, each.agents, each.chance) for each in segments_of(scenario)] == [
        (1, 20, 0.5),
        (1, 0, 0.5),
        (2, 15, 0.15),
    ]


def test_flips_are_segments_too() -> None:
    scenario = standard(30, 0.3, hours=0.9, answers={"flips": {"between": [0.15, 0.45], "minutes": 24}})
    segments = segments_of(scenario)
    assert [each.chance for each in segments] == [0.15, 0.45, 0.15]
    assert [each.hours for each in segments] == pytest.approx([0.4, 0.4, 0.1])


def test_who_is_away_does_not_count_and_a_machine_is_nobody() -> None:
    (segment,) = segments_of(
        standard(
            30,
            0.3,
            pauses={"per_hour": 2, "length": {"kind": "constant", "value": 450}},
            inbound={"per_hour": 60, "handle": {"kind": "constant", "value": 300}},
            machines={"share": 0.2},
            dial_delay={"kind": "constant", "value": 3},
            ring={"kind": "constant", "value": 10},
            fast_failures={"share": 0.5, "after": {"kind": "constant", "value": 2}},
        )
    )
    # Five are lent; of each hour and a quarter that the others are there, a quarter is a pause.
    assert segment.agents == pytest.approx(25 / 1.25)
    assert segment.chance == pytest.approx(0.24)
    assert segment.in_flight_s == pytest.approx(0.3 * 13 + 0.7 * (0.5 * 2 + 0.5 * 28))

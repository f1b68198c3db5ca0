"""The rivals that react to the floor: traces worked out by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from dialer.simulation.baselines import (
    IssabelPredictor,
    IssabelSettings,
    Progressive,
    ProgressiveSettings,
    RatioSettings,
)
from dialer.simulation.floor import run_shift
from dialer.simulation.pacer import Floor
from dialer.simulation.scenario import standard
from dialer.simulation.score import score
from dialer.simulation.vicidial import VicidialSettings

if TYPE_CHECKING:
    from dialer.simulation.pacer import Pacer


def a_floor(
    ready: int = 0,
    *,
    talking_s: tuple[float, ...] = (),
    wrap_up: int = 0,
    ringing: int = 0,
    detecting: int = 0,
    waiting: int = 0,
) -> Floor:
    return Floor(
        ready,
        list(talking_s),
        [5.0] * wrap_up,
        0,
        [5.0] * ringing,
        [math.nan] * ringing,
        [1.0] * detecting,
        [1.0] * waiting,
    )


@pytest.mark.parametrize(
    ("floor", "placed"),
    [
        (a_floor(5), 5),
        (a_floor(5, ringing=2), 3),
        (a_floor(5, ringing=1, detecting=1, waiting=1), 2),
        (a_floor(1, ringing=4), 0),
        (a_floor(0, talking_s=(300.0,), wrap_up=3), 0),
    ],
)
def test_progressive_is_a_call_for_each_free_agent(floor: Floor, placed: int) -> None:
    assert Progressive().decide(floor, 0).place == placed


@pytest.mark.parametrize(
    ("ratio", "floor", "placed"),
    [
        (2.5, a_floor(3), 7),
        (2.5, a_floor(3, ringing=4, detecting=1, waiting=1), 1),
        (2.3, a_floor(10), 23),
        (3.0, a_floor(1, ringing=4), 0),
        (6.0, a_floor(0, talking_s=(300.0,), wrap_up=3), 0),
    ],
)
def test_a_fixed_ratio_is_rounded_down(ratio: float, floor: Floor, placed: int) -> None:
    assert RatioSettings(ratio).pacer().decide(floor, 0).place == placed


def after_ten_talks(settings: IssabelSettings | None = None, *, unanswered: int = 30) -> IssabelPredictor:
    """It has heard, within the first 111 s, ten answers after 10 s each, ten talks of 100 s each, and so many ends."""
    pacer = IssabelPredictor(settings)
    for call in range(10 + unanswered):
        pacer.placed(call, math.nan, 0)
    for call in range(10):
        pacer.answered(call, 10)
        pacer.connected(call, call, 1.0, 11)
        pacer.talk_over(call, 111)
    for call in range(10, 10 + unanswered):
        pacer.ended(call, 25)
    return pacer


# 1 - exp(-(elapsed + 10) / 100) >= 0.97 from an elapsed time of 100 x 3.50656 - 10 = 340.656 s on.
SOON_FREE = (340.7, 340.6, 10.0)


def test_issabel_predicts_who_comes_free_and_divides_by_the_answer_rate() -> None:
    # (2 free + 1 soon free) / (10 of 40) - 4 in flight
    floor = a_floor(2, talking_s=SOON_FREE, ringing=3, detecting=1)
    assert after_ten_talks().decide(floor, 115).place == 8
    assert after_ten_talks(IssabelSettings(over_commit=False)).decide(floor, 115).place == 0
    assert after_ten_talks(IssabelSettings(over_commit=False)).decide(a_floor(2, talking_s=SOON_FREE), 115).place == 3


def test_issabel_takes_off_who_waits_before_it_divides() -> None:
    assert after_ten_talks().decide(a_floor(0, talking_s=(400.0, 400.0), waiting=1), 115).place == 4


def test_issabel_never_divides_by_less_than_a_fifth() -> None:
    assert after_ten_talks(unanswered=990).decide(a_floor(3), 115).place == 15


def test_issabel_forgets_answers_after_half_an_hour() -> None:
    pacer = after_ten_talks()
    for call in range(1000, 1010):
        pacer.placed(call, math.nan, 1000)
    for call in range(1000, 1005):
        pacer.answered(call, 1010)
        pacer.ended(call + 5, 1010)
    # Up to 1810 s: 15 of 50. From then on: 30 ends and 5 of 10; from 1825 s on: 5 of 10.
    assert pacer.decide(a_floor(3), 1809).place == 10
    assert pacer.decide(a_floor(3), 1815).place == round(3 / 0.2)
    assert pacer.decide(a_floor(3), 1830).place == 6


def test_issabel_acts_every_five_seconds() -> None:
    pacer = after_ten_talks(IssabelSettings(over_commit=False))
    assert [pacer.decide(a_floor(2), now_s).place for now_s in (115, 115.5, 119.9, 120.4, 124.9, 125)] == [
        2,
        0,
        0,
        2,
        0,
        2,
    ]


def test_issabel_is_progressive_until_ten_talks_are_over() -> None:
    pacer = IssabelPredictor()
    floor = a_floor(5, talking_s=(1e6,), ringing=2)
    assert pacer.decide(floor, 0).place == 3
    for agent in range(9):
        pacer.answered(agent, 1)
        pacer.connected(agent, agent, 0.0, 1)
        pacer.talk_over(agent, 2)
    assert pacer.decide(floor, 5).place == 3
    pacer.connected(9, 9, 0.0, 6)
    pacer.talk_over(9, 7)
    assert pacer.decide(floor, 10).place == 4


def test_whether_to_detect_is_passed_on() -> None:
    silent: list[Pacer] = [
        ProgressiveSettings(detect=False).pacer(),
        RatioSettings(2, detect=False).pacer(),
        IssabelSettings(detect=False).pacer(),
        VicidialSettings(detect=False).pacer(),
    ]
    assert not any(pacer.decide(a_floor(1), now_s).detect for pacer in silent for now_s in (0, 0.5))
    assert Progressive().decide(a_floor(1), 0).detect


@pytest.mark.parametrize(("chance", "utilisation"), [(0.1, 0.41), (0.3, 0.70), (0.6, 0.84)])
def test_progressive_reaches_what_the_study_measured(chance: float, utilisation: float) -> None:
    scenario = standard(30, chance)
    figures = score(run_shift(scenario, Progressive(), 1), scenario)
    assert figures.utilisation == pytest.approx(utilisation, abs=0.02)
    assert figures.abandoned == 0

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dialer.simulation.fate import Fates, PickedUp
from dialer.simulation.scenario import standard

if TYPE_CHECKING:
    from dialer.simulation.fate import Fate
    from dialer.simulation.scenario import Scenario

MANY = 40_000


def fates(scenario: Scenario, seed: int = 1, now_s: float = 0.0, many: int = MANY) -> list[Fate]:
    drawn = Fates(scenario, seed)
    return [drawn.next(now_s) for _ in range(many)]


def share(drawn: list[Fate], by: PickedUp) -> float:
    return sum(each[0] is by for each in drawn) / len(drawn)


def test_the_answer_probability_is_exact_and_answers_come_before_the_ring_timeout() -> None:
    drawn = fates(standard(1, 0.3))
    assert share(drawn, PickedUp.BY_PERSON) == pytest.approx(0.3, abs=0.01)
    assert share(drawn, PickedUp.BY_MACHINE) == 0
    assert all(after_s <= 25 for _, after_s, _, _ in drawn)
    unanswered = [after_s for by, after_s, _, _ in drawn if by is PickedUp.BY_NOBODY]
    assert all(after_s == 25 or 1 <= after_s <= 6 for after_s in unanswered)
    assert sum(after_s < 25 for after_s in unanswered) / len(unanswered) == pytest.approx(0.25, abs=0.01)


def test_machines_are_a_share_of_what_is_picked_up() -> None:
    drawn = fates(standard(1, 0.4, machines={"share": 0.25}))
    assert share(drawn, PickedUp.BY_MACHINE) == pytest.approx(0.1, abs=0.01)
    assert share(drawn, PickedUp.BY_PERSON) == pytest.approx(0.3, abs=0.01)


def test_a_dial_delay_comes_before_the_ringing() -> None:
    drawn = fates(standard(1, 0.3, dial_delay={"kind": "constant", "value": 4}))
    assert {rings_s for _, _, rings_s, _ in drawn} == {4, math.inf}
    assert max(after_s for _, after_s, _, _ in drawn) == 29
    assert min(after_s for by, after_s, _, _ in drawn if by is PickedUp.BY_PERSON) > 4


def test_every_call_of_an_outage_fails_at_once_and_none_after_it() -> None:
    scenario = standard(1, 1.0, outages=[{"from_h": 1, "length_s": 60}])
    for now_s, answered in ((3599.9, 1), (3600.0, 0), (3659.9, 0), (3660.0, 1)):
        assert share(fates(scenario, now_s=now_s, many=100), PickedUp.BY_PERSON) == answered
        assert Fates(scenario, 1).p(now_s) == answered
    assert all(after_s < 1 for _, after_s, _, _ in fates(scenario, now_s=3600, many=100))


def test_the_same_call_meets_the_same_luck_whenever_it_is_sent() -> None:
    scenario = standard(1, 0.5, hours=10)
    assert fates(scenario, now_s=0, many=500) == fates(scenario, now_s=9000, many=500)
    assert fates(scenario, seed=2, many=500) != fates(scenario, seed=1, many=500)
    out = standard(1, 0.5, outages=[{"from_h": 0, "length_s": 10}])
    drawn, untouched = Fates(out, 1), Fates(scenario, 1)
    assert [drawn.next(20.0 * (number > 5)) for number in range(50)][6:] == [untouched.next(20) for _ in range(50)][6:]


def test_classes_answer_as_they_are_written_and_only_what_is_known_is_told() -> None:
    classes = [{"share": 0.2, "p": 0.8}, {"share": 0.8, "p": 0.1, "known": False}]
    drawn = fates(standard(1, 0.24, leads={"classes": classes}))
    known = [each for each in drawn if not math.isnan(each[3])]
    unknown = [each for each in drawn if math.isnan(each[3])]
    assert {round(chance, 9) for _, _, _, chance in known} == {0.8}
    assert len(known) / MANY == pytest.approx(0.2, abs=0.01)
    assert share(known, PickedUp.BY_PERSON) == pytest.approx(0.8, abs=0.02)
    assert share(unknown, PickedUp.BY_PERSON) == pytest.approx(0.1, abs=0.01)


def test_classes_move_in_proportion_with_the_time_of_day() -> None:
    classes = [{"share": 0.5, "p": 0.6}, {"share": 0.5, "p": 0.2}]
    scenario = standard(1, 0.4).changed(leads={"classes": classes}, answers={"p": [[0, 0.4], [1, 0.2]]})
    drawn = fates(scenario, now_s=3600)
    assert share(drawn, PickedUp.BY_PERSON) == pytest.approx(0.2, abs=0.01)
    assert {round(chance, 9) for _, _, _, chance in drawn} == {0.3, 0.1}


def test_a_spread_keeps_the_mean_and_has_the_variation_it_is_written_with() -> None:
    drawn = fates(standard(1, 0.2, leads={"spread_cv": 0.8, "known": True}))
    chances = np.array([chance for _, _, _, chance in drawn])
    assert chances.mean() == pytest.approx(0.2, abs=0.003)
    assert chances.std() / chances.mean() == pytest.approx(0.8, abs=0.02)
    likely = [each for each in drawn if each[3] > 0.5]
    expected = np.mean([chance for _, _, _, chance in likely])
    assert share(likely, PickedUp.BY_PERSON) == pytest.approx(expected, abs=0.03)


def test_noise_blurs_what_is_told_and_not_what_is_true() -> None:
    sharp = fates(standard(1, 0.3, leads={"known": True}))
    blurred = fates(standard(1, 0.3, leads={"known": True, "noise": 0.5}))
    assert [each[:3] for each in sharp] == [each[:3] for each in blurred]
    told = np.array([chance for _, _, _, chance in blurred])
    assert np.log(told / (1 - told)).std() == pytest.approx(0.5, abs=0.01)
    assert np.median(told) == pytest.approx(0.3, abs=0.01)

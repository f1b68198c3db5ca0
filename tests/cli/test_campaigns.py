from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fakes.centre import CALLER_ID

if TYPE_CHECKING:
    from .conftest import Operator


def test_a_campaign_is_created_paused_started_and_stopped(operator: Operator) -> None:
    operator.has_campaign("秋季")
    (listed,) = operator.reads("campaign", "list")
    assert (listed["plan"]["name"], listed["status"]) == ("秋季", "PAUSED")
    assert "PAUSED -> RUNNING" in operator.does("campaign", "start", "秋季")
    assert "RUNNING -> PAUSED" in operator.does("campaign", "pause", "1")
    assert "PAUSED -> STOPPED" in operator.does("campaign", "stop", "1", "--yes")
    assert json.loads(operator.does("campaign", "show", "秋季"))["status"] == "STOPPED"
    assert "秋季" in operator.does("campaign", "list")


def test_a_name_is_printed_as_it_is_whatever_it_looks_like(operator: Operator) -> None:
    operator.has_campaign("autumn [b] [reset]")
    assert "'autumn [b] [reset]': PAUSED -> RUNNING" in operator.does("campaign", "start", "1")
    assert "autumn [b] [reset]" in operator.does("campaign", "list")
    assert "[/b]" in operator.is_told("campaign", "start", "[/b]")


def test_stopping_asks_first(operator: Operator) -> None:
    operator.has_campaign()
    assert operator.types("campaign", "stop", "autumn").exit_code == 1
    assert operator.reads("campaign", "list")[0]["status"] == "PAUSED"


GOOD = f'name = "autumn"\ntrunk = "carrier"\ncaller_id = "{CALLER_ID}"\n'


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (GOOD + "ring_timeout_s = 5", "ring_timeout_s"),
        (GOOD + 'speed = "fast"', "speed"),
        (GOOD + "[pacing]\nratio = 9", "pacing.ratio"),
        (GOOD + '[[windows]]\nopens = "20:00"\ncloses = "09:00"', "windows"),
        (GOOD + "windows = []", "windows"),
        (GOOD + '[[windows]]\nopens = "22:00"\ncloses = "23:30"', "windows: never open"),
        (GOOD + 'ends_on = "2020-01-01"', "leave no time to call"),
        (GOOD.replace("carrier", "ghost"), "trunk: 'ghost'"),
        (GOOD.replace(CALLER_ID, "+8610"), "caller_id"),
        (GOOD.replace("autumn", "../autumn"), "name"),
        ("name = autumn", "not a plan"),
    ],
)
def test_a_bad_plan_is_refused_by_the_name_of_its_key(operator: Operator, plan: str, words: str) -> None:
    assert words in operator.is_told("campaign", "create", operator.writes("plan.toml", plan))
    assert operator.reads("campaign", "list") == []


def test_a_plan_that_is_not_there_and_a_name_that_is_taken(operator: Operator) -> None:
    assert "not a plan" in operator.is_told("campaign", "create", str(operator.folder / "ghost.toml"))
    operator.has_campaign()
    assert "already" in operator.is_told("campaign", "create", operator.writes("plan.toml", GOOD))
    assert "ghost" in operator.is_told("campaign", "start", "ghost")


def test_pacing_is_changed_key_by_key(operator: Operator) -> None:
    operator.has_campaign()
    operator.does("campaign", "pacing", "autumn", "--mode", "ratio", "--ratio", "2")
    operator.does("campaign", "pacing", "autumn", "--max-in-flight", "7")
    pacing = operator.reads("campaign", "list")[0]["plan"]["pacing"]
    assert (pacing["mode"], pacing["ratio"], pacing["max_in_flight"]) == ("RATIO", 2.0, 7)
    assert "ratio" in operator.is_told("campaign", "pacing", "autumn", "--ratio", "50")
    assert "mode" in operator.is_told("campaign", "pacing", "autumn", "--mode", "reckless")


def test_the_answer_band_is_set_and_taken_away(operator: Operator) -> None:
    operator.has_campaign()
    assert "20% to 50%" in operator.does("campaign", "band", "autumn", "--lower", "0.2", "--upper", "0.5", "--act")
    kept = operator.reads("campaign", "list")[0]["plan"]["answer_band"]
    assert kept == {"lower": 0.2, "upper": 0.5, "act": True}
    assert "upper" in operator.is_told("campaign", "band", "autumn", "--lower", "0.2")
    assert "lower must lie below upper" in operator.is_told(
        "campaign", "band", "autumn", "--lower", "0.5", "--upper", "0.2"
    )
    assert operator.types("campaign", "band", "autumn").exit_code == 2
    assert "none" in operator.does("campaign", "band", "autumn", "--none")
    assert operator.reads("campaign", "list")[0]["plan"]["answer_band"] is None

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import InputError
from dialer.simulation.draw import Gamma, Mixture
from dialer.simulation.scenario import checked, read_scenario, shipped, standard

if TYPE_CHECKING:
    from pathlib import Path

GOOD = 'name = "x"\nagents = 10\n'


def test_the_defaults_are_the_standard_population() -> None:
    cell = standard(30, 0.3)
    assert (cell.mean_agents, cell.mean_p, cell.end_s, cell.patience_s) == (30, 0.3, 14_400, 2)
    assert (cell.talk.mean_s, cell.wrap_up.mean_s, cell.ring.mean_s) == (120, 15, 12)
    assert (cell.fast_failures.share, cell.fast_failures.after.mean_s, cell.ring_timeout_s) == (0.25, 3.5, 25)


@pytest.mark.parametrize("name", shipped())
def test_what_comes_with_ringpace_can_be_read_and_bears_its_name(name: str) -> None:
    scenario = read_scenario(name)
    assert scenario.name == name
    assert scenario.about


@pytest.mark.parametrize("name", shipped())
def test_what_is_written_out_is_read_back_the_same(name: str) -> None:
    scenario = read_scenario(name)
    assert checked(scenario.model_dump(mode="json")) == scenario


def test_a_file_is_read_with_all_that_it_says(tmp_path: Path) -> None:
    file = tmp_path / "day.toml"
    file.write_text(
        GOOD.replace("10", "[[0, 10], [2, 0], [3, 20]]")
        + 'talk = [[1, {kind = "gamma", mean = 20, cv = 1}], [3, {kind = "constant", value = 8}]]\n'
        + "answers.flips = {between = [0.1, 0.2], minutes = 30}\n"
        + "leads.classes = [{share = 0.5, p = 0.3}, {share = 0.5, p = 0.1, known = false}]\n",
        encoding="utf-8",
    )
    scenario = read_scenario(str(file))
    assert scenario.mean_agents == 10
    assert isinstance(scenario.talk, Mixture)
    assert scenario.talk.mean_s == 11
    assert scenario.mean_p == pytest.approx(0.15)


def test_classes_alone_say_what_the_answer_probability_is() -> None:
    classes = {"classes": [{"share": 0.5, "p": 0.9}, {"share": 0.5, "p": 0.1}]}
    assert checked({"name": "x", "agents": 1, "leads": classes}).mean_p == pytest.approx(0.5)
    assert checked({"name": "x", "agents": 1, "leads": classes, "answers": {"p": 0.2}}).mean_p == pytest.approx(0.2)
    with pytest.raises(InputError, match=r"leads.classes: .* p = 1\.44"):
        checked({"name": "x", "agents": 1, "leads": classes, "answers": {"p": 0.8}})


def test_a_scenario_is_changed_key_by_key_and_checked_again() -> None:
    scenario = checked({"name": "x", "agents": 3, "ring": Gamma(mean=9, cv=0.5)})
    shorter = scenario.changed(hours=0.5)
    assert (shorter.end_s, shorter.ring) == (1800, scenario.ring)
    with pytest.raises(InputError, match="hours"):
        scenario.changed(hours=-1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + "patience_s = -1", "patience_s"),
        (GOOD + "patience_s = nan", "patience_s"),
        (GOOD + "answers.p = 1.5", "answers.p"),
        (GOOD + "answers.p = nan", "answers.p"),
        (GOOD + "speed = 3", "speed"),
        (GOOD + "hours = 0", "hours"),
        (GOOD + "talk = []", "talk.mixture"),
        (GOOD + 'talk = {kind = "gamma", mean = -3, shape = 4}', "talk.gamma.mean"),
        (GOOD + 'ring = {kind = "constant", value = 30}', "ring: its mean lies beyond ring_timeout_s"),
        (GOOD + "outages = [{from_h = 1, length_s = -5}]", "outages.0.length_s"),
        (GOOD + "machines.false_positive = 2", "machines.false_positive"),
        (GOOD + "events.loss = -0.1", "events.loss"),
        (GOOD + "caps.calls_per_second = 0", "caps.calls_per_second"),
        (GOOD + "answers.p = 0.5\nleads.spread_cv = 1", "leads.spread_cv"),
        ('name = "x"', "agents"),
        ('name = "x"\nagents = 0', "agents: at least one"),
        ('name = "x"\nagents = [[0, 0], [5, 10]]', "agents: at least one"),
        ('name = "x"\nagents = [[0, -1]]', "agents.0.1"),
        ('name = "x"\nagents = [[1, 5]]', "agents"),
        ('name = "a/b"\nagents = 1', "name"),
        ("name = x", "not a scenario"),
    ],
)
def test_a_bad_scenario_is_refused_by_the_name_of_its_key(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_scenario(str(file))
    assert words in str(refused.value)
    assert "bad.toml" in str(refused.value)


def test_a_scenario_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="standard"):
        read_scenario(str(tmp_path / "ghost.toml"))
    with pytest.raises(InputError, match="not a scenario"):
        read_scenario(str(tmp_path))
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not a scenario"):
        read_scenario(str(binary))

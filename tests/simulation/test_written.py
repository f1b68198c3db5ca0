from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.simulation.scenario import checked, read_scenario, shipped, standard
from dialer.simulation.written import as_toml, to_toml

if TYPE_CHECKING:
    from pathlib import Path

VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inside: st.lists(inside, max_size=30) | st.dictionaries(st.text(), inside, max_size=4),
    max_leaves=40,
)


@pytest.mark.parametrize("name", shipped())
def test_a_scenario_that_was_written_is_read_back_the_same(name: str, tmp_path: Path) -> None:
    file = tmp_path / "again.toml"
    scenario = read_scenario(name)
    file.write_text(to_toml(scenario), encoding="utf-8")
    assert read_scenario(str(file)) == scenario


def test_measured_values_stand_in_rows_and_comments_on_top(tmp_path: Path) -> None:
    measured = {"kind": "empirical", "values": [n / 8 for n in range(100)]}
    scenario = standard(3, 0.2, talk=[[1, measured], [2, {"kind": "constant", "value": 9}]], name='秋 "x" 𝄞')
    text = to_toml(scenario, ("two\nlines", "and one"))
    assert text.startswith("# two lines\n# and one\nname = ")
    assert max(map(len, text.splitlines())) < 120
    file = tmp_path / "again.toml"
    file.write_text(text, encoding="utf-8")
    assert read_scenario(str(file)) == scenario


@given(VALUES.filter(lambda value: not (isinstance(value, dict) and "parts" in value)))
def test_any_value_is_read_back_by_a_toml_parser(value: Any) -> None:
    assert tomllib.loads(f"x = {as_toml(value)}")["x"] == value


def test_nothing_is_lost_of_what_is_unusual() -> None:
    odd = {"name": "x", "agents": 1, "about": "tab\tand\x7fdel", "talk": {"kind": "constant", "value": 1e-7}}
    scenario = checked(odd)
    assert checked(tomllib.loads(to_toml(scenario))) == scenario

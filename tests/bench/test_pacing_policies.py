"""Rivals' settings are searched for once, and what a shift depends on is told from what it does not."""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING

import pytest

from bench import pacing_policies
from bench.pacing_policies import FIXED, OURS, POLICIES, TUNED, SettingsFile, code, code_of, pacer
from dialer.core.errors import InputError
from dialer.simulation.baselines import ProgressiveSettings
from dialer.simulation.policies import Shipped
from dialer.simulation.scenario import standard
from dialer.simulation.tuning import Family, Settings, Tuned
from dialer.simulation.vicidial import DropRule, VicidialAdaptive, VicidialSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dialer.simulation.scenario import Scenario

SHORT = standard(2, 0.5, hours=0.05)
FOUND: dict[Family, Settings] = {
    Family.VICIDIAL: VicidialSettings(method=DropRule.TAPERED, maximum=4.5),
    Family.PROGRESSIVE: ProgressiveSettings(),
}


@pytest.fixture
def searches(monkeypatch: pytest.MonkeyPatch) -> list[Family]:
    """The searches that were made: they find at once what FOUND says."""
    made: list[Family] = []

    def search(family: Family, _scenario: Scenario, _seeds: Sequence[int], *, workers: int) -> Tuned:
        assert workers == 1
        made.append(family)
        return Tuned(FOUND[family], 0.5, 0.01, 0)

    monkeypatch.setattr(pacing_policies, "best_settings", search)
    return made


def test_every_policy_is_ours_fixed_or_tuned() -> None:
    assert sorted(POLICIES) == sorted((*OURS, *FIXED, *TUNED))
    assert isinstance(pacer("predictive", None, SHORT), Shipped)
    assert isinstance(pacer("vicidial", FIXED["vicidial"], SHORT), VicidialAdaptive)
    with pytest.raises(InputError, match="pacing"):
        pacer("ratio-best", None, SHORT)


def test_settings_are_searched_for_once_and_come_back_the_same(tmp_path: Path, searches: list[Family]) -> None:
    file = tmp_path / "settings.json"
    first = SettingsFile(file).searched("vicidial-best", SHORT, (1, 2), 1)
    assert SettingsFile(file).searched("vicidial-best", SHORT, (1, 2), 1) == first == FOUND[Family.VICIDIAL]
    assert searches == [Family.VICIDIAL]
    assert json.loads(file.read_text())[f"{SHORT.name} / vicidial-best"]["seeds"] == [1, 2]


def test_other_seeds_or_another_scenario_of_the_same_name_are_searched_anew(
    tmp_path: Path, searches: list[Family]
) -> None:
    settings = SettingsFile(tmp_path / "settings.json")
    settings.searched("progressive", SHORT, (1, 2), 1)
    assert settings.known("progressive", SHORT, (1, 2, 3)) is None
    assert settings.known("progressive", SHORT.changed(hours=1), (1, 2)) is None
    assert settings.known("progressive", SHORT, (1, 2)) == FOUND[Family.PROGRESSIVE]
    assert len(searches) == 1


def test_two_who_search_keep_what_the_other_found(tmp_path: Path, searches: list[Family]) -> None:
    one, other = SettingsFile(tmp_path / "s.json"), SettingsFile(tmp_path / "s.json")
    one.searched("progressive", SHORT, (1,), 1)
    other.searched("vicidial-best", SHORT, (1,), 1)
    assert len(json.loads((tmp_path / "s.json").read_text())) == len(searches) == 2


def test_nothing_is_searched_for_the_shipped_pacing_and_for_defaults(searches: list[Family]) -> None:
    settings = SettingsFile(None)
    assert settings.searched("predictive", SHORT, (1,), 1) is None
    assert settings.searched("vicidial", SHORT, (1,), 1) == FIXED["vicidial"]
    assert searches == []


def test_rivals_do_not_depend_on_our_pacing_but_all_depend_on_the_floor() -> None:
    assert code("predictive") == code("patient") != code("vicidial") == code("ratio-best")
    seen = _modules_of("dialer.simulation.baselines", "dialer.simulation.vicidial", "dialer.simulation.floor")
    assert "dialer.simulation.crew" in seen
    assert "dialer.core.forecast" not in seen
    assert "dialer.core.lookahead" in _modules_of("dialer.simulation.policies")


def _modules_of(*modules: str) -> set[str]:
    todo, seen = list(modules), set[str]()
    while todo:
        module = todo.pop()
        file = pacing_policies._file_of(module)  # noqa: SLF001 - what the mark is made of
        if file is not None and module not in seen:
            seen.add(module)
            todo += pacing_policies._imported(ast.parse(file.read_text()))  # noqa: SLF001 - likewise
    return seen


def test_only_what_is_run_changes_the_mark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "module.py"
    monkeypatch.setattr(pacing_policies, "_file_of", {"module": file}.get)

    def mark_of(text: str) -> str:
        file.write_text(text)
        code_of.cache_clear()
        return code_of("module")

    plain = mark_of("x = 1\n")
    assert mark_of('"""Words."""\nx = 1  # why\n"""More words."""\n') == plain
    assert mark_of("x = 2\n") != plain
    code_of.cache_clear()

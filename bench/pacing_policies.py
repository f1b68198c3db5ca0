"""Who paces in the pacing benchmark: the shipped pacing, and its rivals at their best settings in hindsight.

A rival's settings are searched for on shifts on which it is then compared: a search takes minutes, so what it found
is kept in results/pacing-settings.json until the rival, the scenario or the seeds change.
"""

from __future__ import annotations

import ast
import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dialer
from bench.results import RESULTS
from dialer.simulation.baselines import IssabelSettings, ProgressiveSettings, RatioSettings
from dialer.simulation.policies import pacer_named
from dialer.simulation.tuning import Family, Settings, best_settings
from dialer.simulation.vicidial import DropRule, VicidialSettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dialer.simulation.pacer import Pacer
    from dialer.simulation.scenario import Scenario

OURS = ("predictive", "patient")
"""As shipped, and as shipped but for the withdrawing of late calls."""
TUNED = {
    "progressive": Family.PROGRESSIVE,
    "vicidial-best": Family.VICIDIAL,
    "issabel": Family.ISSABEL,
    "ratio-best": Family.RATIO,
}
FIXED: dict[str, Settings] = {"vicidial": VicidialSettings(detect=False)}
"""As installed: adaptive, hard limit, and no detection of machines."""
POLICIES = (*OURS, "progressive", "vicidial", "vicidial-best", "issabel", "ratio-best")
"""In the order of the tables."""

_KINDS: dict[Family, type[Settings]] = {
    Family.PROGRESSIVE: ProgressiveSettings,
    Family.VICIDIAL: VicidialSettings,
    Family.ISSABEL: IssabelSettings,
    Family.RATIO: RatioSettings,
}
_SHIFT = ("dialer.simulation.floor", "dialer.simulation.score")
"""What makes a shift and its figures, whoever paces."""
_SHIPPED = ("dialer.simulation.policies",)
_RIVALS = ("dialer.simulation.baselines", "dialer.simulation.vicidial")
_WORDS = ("dialer.core.model", "dialer.core.plan")
"""The glossary and the operators' keys: a new word moves no call, and what a shift is run with is marked by itself."""


def pacer(policy: str, settings: Settings | None, scenario: Scenario) -> Pacer:
    """A fresh pacer: a rival with these settings, or the shipped pacing where there are none."""
    return settings.pacer() if settings else pacer_named(policy, scenario)


def in_words(settings: Settings) -> str:
    """The settings that are stated beside a rival's figures."""
    return ", ".join(f"{name} {value}" for name, value in asdict(settings).items())


class SettingsFile:
    """The rivals' best settings by scenario and policy, searched for when first asked for and kept in a JSON file."""

    def __init__(self, file: Path | None = RESULTS / "pacing-settings.json") -> None:
        """`file` None keeps nothing."""
        self._file = file
        self._known: dict[str, dict[str, Any]] = {}
        self._read()

    def known(self, policy: str, scenario: Scenario, seeds: Sequence[int]) -> Settings | None:
        """The settings of a rival; None for the shipped pacing, and where they have not been searched for yet."""
        if policy not in TUNED:
            return FIXED.get(policy)
        kept = self._known.get(_key(policy, scenario))
        if kept is None or kept["searched_on"] != _searched_on(scenario, seeds):
            return None
        values = dict(kept["settings"])
        if "method" in values:
            values["method"] = DropRule(values["method"])
        return _KINDS[TUNED[policy]](**values)

    def searched(self, policy: str, scenario: Scenario, seeds: Sequence[int], workers: int) -> Settings | None:
        """The settings of a rival, searched for now where they are not known; None for the shipped pacing."""
        settings = self.known(policy, scenario, seeds)
        if settings is not None or policy not in TUNED:
            return settings
        tuned = best_settings(TUNED[policy], scenario, seeds, workers=workers)
        searched_on = _searched_on(scenario, seeds)
        found = {"searched_on": searched_on, "seeds": list(seeds)} | asdict(tuned)
        self._read()  # anew: another run may have written since
        self._known[_key(policy, scenario)] = found
        if self._file is not None:
            self._write(self._file)
        return tuned.settings

    def _read(self) -> None:
        if self._file is not None and self._file.exists():
            self._known |= json.loads(self._file.read_text(encoding="utf-8"))

    def _write(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_suffix(".new")
        beside.write_text(json.dumps(self._known, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        beside.replace(file)


def _key(policy: str, scenario: Scenario) -> str:
    return f"{scenario.name} / {policy}"


def _searched_on(scenario: Scenario, seeds: Sequence[int]) -> str:
    return mark(code_of("dialer.simulation.tuning", *_SHIFT), scenario.model_dump_json(), list(seeds))


# --- by what code -------------------------------------------------------------------------------


def code(policy: str) -> str:
    """The mark of all code that a shift under this policy depends on; comments and docstrings are left out."""
    return code_of(*_SHIFT, *(_SHIPPED if policy in OURS else _RIVALS))


def mark(*parts: object) -> str:
    """Ten letters that change whenever one of the parts does."""
    return hashlib.sha256("\0".join(map(str, parts)).encode()).hexdigest()[:10]


@cache
def code_of(*modules: str) -> str:
    """The mark of these modules and of all that they import of the dialler."""
    todo, seen = list(modules), dict[str, str]()
    while todo:
        module = todo.pop()
        if module not in (*seen, *_WORDS) and (file := _file_of(module)) is not None:
            tree = _Silent().visit(ast.parse(file.read_text(encoding="utf-8")))
            seen[module] = ast.dump(tree)
            todo += _imported(tree)
    return mark(*(seen[module] for module in sorted(seen)))


class _Silent(ast.NodeTransformer):
    """Takes out what is only written to be read."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if isinstance(node.value, ast.Constant) else node


def _imported(tree: ast.AST) -> list[str]:
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return [f"{node.module}" for node in froms] + [f"{node.module}.{one.name}" for node in froms for one in node.names]


def _file_of(module: str) -> Path | None:
    package, *inner = module.split(".")
    file = Path(dialer.__path__[0]).joinpath(*inner).with_suffix(".py")
    return file if package == dialer.__name__ and inner and file.exists() else None


@dataclass(frozen=True, slots=True)
class Shift:
    """One shift of the benchmark."""

    scenario: Scenario
    policy: str
    seed: int
    u_mdp: float
    settings: Settings | None

    @property
    def made_of(self) -> str:
        """The mark of what is given, beside the code."""
        return mark(self.scenario.model_dump_json(), self.u_mdp, self.settings)

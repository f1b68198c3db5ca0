"""The benchmark runs what is asked for, once, and shows it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from bench import pacing
from bench.pacing import Asked, Bench, main
from bench.pacing_policies import SettingsFile
from bench.pacing_rows import RowFile
from dialer.simulation.reference import Optima
from dialer.simulation.scenario import standard

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.pacing_policies import Shift
    from bench.pacing_rows import Row

SMALL, SMALLER = (standard(agents, 0.5, hours=0.05) for agents in (3, 2))


@pytest.fixture(autouse=True)
def _no_asterisk_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "machine", lambda: {"cores": 2})


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """The shifts that were run and not merely read."""
    made: list[tuple[str, str, int]] = []
    rows_of = pacing._rows_of  # noqa: SLF001 - what runs them

    def counted(shifts: Sequence[Shift], processes: int) -> Iterator[Row]:
        made.extend((one.scenario.name, one.policy, one.seed) for one in shifts)
        yield from rows_of(shifts, processes)

    monkeypatch.setattr(pacing, "_rows_of", counted)
    return made


def run(folder: Path, *only: str, seeds: tuple[int, ...] = (1,)) -> str:
    asked = Asked((SMALL, SMALLER), only, seeds, (1, 2), 1)
    rows = RowFile(folder / "pacing.json")
    out = io.StringIO()
    Bench(asked, SettingsFile(folder / "settings.json"), Optima(folder / "optimum.json"), rows).run(
        Console(file=out, width=140)
    )
    return out.getvalue()


def test_what_was_run_is_not_run_again(tmp_path: Path, ran: list[tuple[str, str, int]]) -> None:
    first = run(tmp_path, "/vicidial", "/progressive")
    assert len(ran) == 4
    assert run(tmp_path, "/vicidial", "/progressive", seeds=(1, 2)) != first
    assert len(ran) == 8
    assert {seed for *_, seed in ran[4:]} == {2}


def test_only_what_is_meant_is_run_and_the_rest_stays(tmp_path: Path, ran: list[tuple[str, str, int]]) -> None:
    run(tmp_path, "3 */p*")
    assert {name for name, *_ in ran} == {SMALL.name}
    assert {policy for _, policy, _ in ran} == {"predictive", "patient", "progressive"}
    run(tmp_path, f"{SMALLER.name}/p*")
    assert {policy for name, policy, _ in ran if name == SMALLER.name} == {"predictive", "patient", "progressive"}
    assert len(RowFile(tmp_path / "pacing.json").rows) == len(ran)


def test_a_run_is_shown_scenario_by_scenario_and_as_a_whole(tmp_path: Path) -> None:
    shown = run(tmp_path, "/vicidial")
    assert shown.count("optimum of the Markov model") == 2
    assert "Over all scenarios" in shown


def test_a_trial_of_other_hours_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "RESULTS", tmp_path)
    main(["--hours", "0.05", "--only", "3 agents*/vicidial", "--seeds", "1", "--processes", "1"])
    assert list(tmp_path.iterdir()) == []

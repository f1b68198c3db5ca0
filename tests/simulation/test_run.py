from __future__ import annotations

import json
from typing import Any

import pytest

from dialer.simulation.run import jobs, run_jobs, summaries
from dialer.simulation.scenario import standard

from .pacers import make

CELLS = [standard(8, 0.3, hours=0.3), standard(4, 0.5, hours=0.3)]


def timeless(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if not key.startswith("decision_")} for row in rows]


def test_shifts_come_back_in_their_order_and_the_same_from_other_processes() -> None:
    todo = jobs(CELLS, ["progressive", "ratio"], [1, 2])
    done: list[int] = []
    alone = run_jobs(todo, make, workers=1, on_done=done.append)
    assert done == list(range(1, 9))
    assert [(row["scenario"], row["pacing"], row["seed"]) for row in alone] == [
        (cell.name, pacing, seed) for cell in CELLS for pacing in ("progressive", "ratio") for seed in (1, 2)
    ]
    assert timeless(run_jobs(todo, make, workers=2)) == timeless(alone)
    assert timeless(json.loads(json.dumps(alone)))[3]["utilisation"] == alone[3]["utilisation"]


def test_nothing_to_do_is_done_at_once() -> None:
    assert run_jobs([], make) == []
    assert summaries([]) == []


def test_rows_are_drawn_together_by_scenario_and_pacing() -> None:
    rows = run_jobs(jobs(CELLS[:1], ["progressive", "rash"], [1, 2, 3]), make, workers=1)
    careful, rash = summaries(rows)
    assert (careful.pacing, careful.shifts, careful.violations, careful.abandonment) == ("progressive", 3, 0, 0)
    assert careful.utilisation == pytest.approx(sum(row["utilisation"] for row in rows[:3]) / 3)
    assert (careful.eir, careful.score) == (None, None)
    assert (rash.violations, rash.score) == (3, 5)
    lost, live = (sum(row[key] for row in rows[3:]) for key in ("abandoned", "live_answers"))
    assert rash.abandonment == lost / live
    assert rash.worst_abandonment == max(row["abandonment"] for row in rows[3:])


def test_an_error_of_a_shift_comes_through_from_another_process() -> None:
    with pytest.raises(KeyError, match="ghost"):
        run_jobs(jobs(CELLS, ["ghost"], [1]), make, workers=2)

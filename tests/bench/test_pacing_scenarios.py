"""The scenarios are those of the task, all different, and none of those kept aside is among them."""

from __future__ import annotations

from bench.pacing_scenarios import ASIDE, ASIDE_SEEDS, HOURS, SEEDS, STATIONARY, TABLE


def test_the_nine_cells_and_twelve_more_of_four_hours_on_ten_seeds() -> None:
    assert {(one.agents[0][1], one.mean_p) for one in STATIONARY} == {
        (n, p) for n in (10, 30, 100) for p in (0.1, 0.3, 0.6)
    }
    assert len(TABLE) == 21
    assert {one.hours for one in (*TABLE, *ASIDE)} == {HOURS}
    assert len(SEEDS) == 10


def test_what_is_kept_aside_shares_neither_seed_nor_scenario_with_the_table() -> None:
    assert not set(SEEDS) & set(ASIDE_SEEDS)
    unlike = {one.model_dump_json(exclude={"name"}) for one in (*TABLE, *ASIDE)}
    assert len(unlike) == len(TABLE) + len(ASIDE) == len({one.name for one in (*TABLE, *ASIDE)})

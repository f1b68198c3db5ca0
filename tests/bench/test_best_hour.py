"""The row `best_hour`: each policy is held beside another on the same people, and what was kept aside is told apart."""

from __future__ import annotations

from bench import best_hour
from bench.best_hour import AMPLE, ASIDE_SEEDS, SCARCE, SEEDS, Weeks, chosen, figures, run
from dialer.simulation.habits import ASIDE, TOWNS
from dialer.simulation.weeks import POLICIES


def test_towns_that_are_kept_aside_are_never_run_with_seeds_that_were_looked_at() -> None:
    runs = chosen(SEEDS, ASIDE_SEEDS)
    assert not set(SEEDS) & set(ASIDE_SEEDS)
    assert len(runs) == len(set(runs))
    assert {one.seed for one in runs if one.town in ASIDE} == set(ASIDE_SEEDS)
    assert {one.town for one in runs} == {*TOWNS, *ASIDE}
    assert {one.calls_an_hour for one in runs} == {AMPLE, SCARCE}


def test_every_policy_is_run_and_told() -> None:
    found = run(Weeks("mixed", 12, 1), people=60, days=2)
    assert [one["policy"] for one in found] == [policy.name for policy in POLICIES]
    named = {getattr(best_hour, name) for name in ("BESIDE", "PART", "OURS", "LIST", "CROWDED", "REGRET")}
    assert named == {policy.name for policy in POLICIES}
    assert all(one["calls"] > 0 and not one["aside"] for one in found)


def test_figures_are_ratios_seed_by_seed_and_habits_are_the_aim() -> None:
    repeats = [
        one._asdict()
        | {"policy": policy.name, "aside": one.town in ASIDE or one.seed in ASIDE_SEEDS, "processor_s": 1.0}
        | dict.fromkeys(("answer_rate", "calls_per_answer", "reached_soon", "reached"), share)
        for one in chosen(SEEDS, ASIDE_SEEDS)
        for policy in POLICIES
        for share in [0.3 if policy.name == best_hour.OURS and one.town != "no habits" else 0.2]
    ]
    made = {figure.what: figure for figure in figures(repeats)}
    mixed = made[f"answer rate, {best_hour.OURS}: mixed (ratio by seed 1.50 to 1.50)"]
    assert (mixed.median, mixed.beside_median, mixed.met) == (30.0, 20.0, True)
    plain = made[f"answer rate, {best_hour.OURS}: no habits (ratio by seed 1.00 to 1.00)"]
    assert (plain.aim, plain.met) == ("at least 0.97", True)
    assert any("kept aside: country" in what for what in made)

"""The Markov optimum: against every policy of a tiny floor, against the study's column, and played out by events."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.errors import InputError
from dialer.simulation.optimum import Conditions, Policy, optimum

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

COLUMN = {
    (10, 0.1): 79.3, (10, 0.3): 82.2, (10, 0.6): 87.0, (30, 0.1): 89.3, (30, 0.3): 90.4, (30, 0.6): 91.9,
    (100, 0.1): 95.2, (100, 0.3): 95.5, (100, 0.6): 96.0,
}  # fmt: skip
"""U_MDP in per cent of the quick study that set the problem, by agents and answer probability."""


def standard_conditions(agents: int, chance: float) -> Conditions:
    """The standard population: ring gamma k=4 mean 12 s up to 25 s, a quarter of the rest fail after 1-6 s."""
    in_flight_s = chance * 11.4 + (1 - chance) * (0.25 * 3.5 + 0.75 * 25)
    return Conditions(agents, chance, 135, in_flight_s)


@pytest.mark.parametrize(("agents", "chance"), COLUMN)
def test_the_best_unmixed_policy_is_the_column_of_the_study(agents: int, chance: float) -> None:
    found = optimum(standard_conditions(agents, chance))
    assert 100 * found.within.busy / agents == pytest.approx(COLUMN[agents, chance], abs=0.06)
    # A mixture wastes nothing of the allowance: with ten agents that is worth half a point.
    assert found.within.busy / agents <= found.utilisation <= COLUMN[agents, chance] / 100 + 0.007


@pytest.mark.parametrize(
    "conditions",
    [
        Conditions(1, 0.9, 1.0, 1.0, 0.2),
        Conditions(1, 0.5, 3.0, 1.0, 0.05),
        Conditions(1, 0.8, 1.0, 2.0, 0.4),
        Conditions(2, 1.0, 1.0, 0.5, 0.03),
        Conditions(2, 0.9, 2.0, 1.0, 0.1),
    ],
    ids=str,
)
def test_no_mixture_of_two_policies_whatsoever_is_better(conditions: Conditions) -> None:
    most = 4 if conditions.agents == 1 else 3
    found = optimum(conditions)
    assert max(found.within.stocks + found.beyond.stocks) <= most
    assert found.utilisation == pytest.approx(best_of_all(conditions, most), abs=1e-6)


def best_of_all(conditions: Conditions, most: int) -> float:
    """The best of the mixtures of two of ALL policies that raise to at most `most`, base-stock or not."""
    points = np.array([rates(conditions, raised_to) for raised_to in every_policy(conditions.agents, most)])
    answered = points[:, 0] / conditions.handle_s + points[:, 1]
    over = points[:, 1] - conditions.limit * answered
    within, beyond = points[over <= 0], points[over > 0]
    under, above = over[over <= 0][:, None], over[over > 0][None, :]
    share = above / (above - under)
    mixed = share * within[:, :1] + (1 - share) * beyond[:, 0][None, :]
    return float(max(mixed.max(), within[:, 0].max())) / conditions.agents


def every_policy(agents: int, most: int) -> Iterator[NDArray[np.int64]]:
    """For each (busy, ringing) the level that the ringing is raised to, which is one that is left as it is."""
    kept = [levels for size in range(1, most + 2) for levels in combinations(range(most + 1), size)]
    rows = {row for levels in kept for row in raises(levels, most)}
    for chosen in product(sorted(rows), repeat=agents + 1):
        yield np.array(chosen)


def raises(levels: tuple[int, ...], most: int) -> Iterator[tuple[int, ...]]:
    """All ways to raise to these levels what is none of them; above the last, nothing is raised."""
    choices = [
        [ringing] if ringing in levels or ringing > levels[-1] else [level for level in levels if level > ringing]
        for ringing in range(most + 1)
    ]
    yield from product(*choices)


def rates(conditions: Conditions, raised_to: NDArray[np.int64]) -> tuple[float, float]:
    """Mean busy and abandoned per second of a policy, begun with nobody busy, by the chain's own equations."""
    its, (rows, columns) = conditions, raised_to.shape
    states = rows * columns
    generator = np.zeros((states, states))

    def after(busy: int, ringing: int) -> int:
        level: int = raised_to[busy, ringing]
        return int(busy * columns + level)

    for busy, ringing in product(range(rows), range(columns)):
        here = busy * columns + ringing
        answered = ringing * its.chance / its.in_flight_s
        moves = [
            (after(max(busy - 1, 0), ringing), busy / its.handle_s),
            (after(min(busy + 1, its.agents), max(ringing - 1, 0)), answered),
            (after(busy, max(ringing - 1, 0)), ringing * (1 - its.chance) / its.in_flight_s),
        ]
        for there, rate in moves:
            generator[here, there] += rate
            generator[here, here] -= rate
    # Time by state when begun in the first, discounted so lightly that it is the long run.
    start = np.zeros(states)
    start[after(0, 0)] = 1e-9
    shares = np.linalg.solve((1e-9 * np.eye(states) - generator).T, start).reshape(rows, columns)
    abandoned = shares[-1] @ np.arange(columns) * its.chance / its.in_flight_s
    return float(shares.sum(axis=1) @ np.arange(rows)), float(abandoned)


def test_the_mixture_of_the_ends_meets_the_limit_exactly() -> None:
    found = optimum(standard_conditions(10, 0.6))
    busy = found.share_within * found.within.busy + (1 - found.share_within) * found.beyond.busy
    lost = found.share_within * found.within.abandoned_per_s + (1 - found.share_within) * found.beyond.abandoned_per_s
    assert lost / (lost + busy / 135) == pytest.approx(0.03)
    assert busy / 10 == pytest.approx(found.utilisation)


@pytest.mark.parametrize(("agents", "chance"), [(5, 0.5), (30, 0.3)])
def test_the_policies_do_what_they_say_when_played_out(agents: int, chance: float) -> None:
    conditions = standard_conditions(agents, chance)
    within = optimum(conditions).within
    busy, abandonment = played_out(conditions, within, events=300_000)
    assert busy == pytest.approx(within.busy, rel=0.01)
    said = within.abandoned_per_s / (within.abandoned_per_s + within.busy / conditions.handle_s)
    assert abandonment == pytest.approx(said, abs=0.004)
    assert said <= 0.03


def played_out(conditions: Conditions, policy: Policy, events: int) -> tuple[float, float]:
    """Mean busy, and abandoned / answered."""
    its, busy, ringing = conditions, 0, policy.stocks[0]
    time_s = busy_s = answered = abandoned = 0.0
    rng = np.random.default_rng(7)
    luck, waits = rng.random((events, 2)).tolist(), rng.standard_exponential(events).tolist()
    for (which, whether), wait in zip(luck, waits, strict=True):
        freed, ended = busy / its.handle_s, ringing / its.in_flight_s
        for_s = wait / (freed + ended)
        time_s, busy_s = time_s + for_s, busy_s + busy * for_s
        if which < freed / (freed + ended):
            busy -= 1
        else:
            ringing -= 1
            if whether < its.chance:
                answered += 1
                abandoned += busy == its.agents
                busy = min(its.agents, busy + 1)
        ringing = max(ringing, policy.stocks[busy])
    return busy_s / time_s, abandoned / answered


@settings(max_examples=15, deadline=None)
@given(
    st.integers(1, 12),
    st.floats(0.1, 0.9),
    st.floats(0.05, 0.4),
    st.floats(0.01, 0.1),
    st.sampled_from([0.5, 2.0, 60.0]),
)
def test_better_conditions_are_never_worse(
    agents: int, chance: float, life: float, limit: float, unit_s: float
) -> None:
    found = optimum(Conditions(agents, chance, 1.0, life, limit)).utilisation
    assert optimum(Conditions(agents + 1, chance, 1.0, life, limit)).utilisation > found
    assert optimum(Conditions(agents, chance, 1.0, life, limit * 1.2)).utilisation > found
    assert optimum(Conditions(agents, min(1.0, chance * 1.1), 1.0, life, limit)).utilisation >= found - 1e-9
    assert optimum(Conditions(agents, chance, 1.0, life * 0.9, limit)).utilisation >= found - 1e-9
    # The model has no measure of time but the ratio of the two.
    assert optimum(Conditions(agents, chance, unit_s, life * unit_s, limit)).utilisation == pytest.approx(found)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("agents", (0, 0.3, 135, 17)),
        ("chance", (30, 0.0, 135, 17)),
        ("chance", (30, 1.1, 135, 17)),
        ("chance", (30, float("nan"), 135, 17)),
        ("handle_s", (30, 0.3, 0, 17)),
        ("in_flight_s", (30, 0.3, 135, float("inf"))),
        ("limit", (30, 0.3, 135, 17, 0.0)),
    ],
)
def test_what_makes_no_sense_is_named(name: str, values: tuple[float, ...]) -> None:
    with pytest.raises(InputError, match=f"^{name}:"):
        Conditions(*values)  # type: ignore[arg-type]


def test_an_answer_probability_too_small_to_be_worked_out_is_an_error() -> None:
    with pytest.raises(InputError, match="chance: 1e-05: too small"):
        optimum(Conditions(100, 1e-5, 135, 17))

from __future__ import annotations

import math

import numpy as np
import pytest

from dialer.core.errors import InputError
from dialer.core.weights import MOST_COLUMNS, MOST_VALUES, STEEPEST, TRUSTED_AT, Belief, Weights, faded


def with_effect(weights: Weights) -> set[str]:
    return {term for term, _ in weights.beliefs()}


def often(weights: Weights, *terms: str) -> None:
    for _ in range(TRUSTED_AT):
        weights.seen(terms)


def test_a_value_of_a_column_has_a_weight_once_it_came_often_enough() -> None:
    weights = Weights()
    for _ in range(TRUSTED_AT - 1):
        weights.seen(["base=all", "hour=10", "@tag=prime"])
    assert with_effect(weights) == {"base=all", "hour=10"}
    weights.seen(["@tag=prime"])
    assert "@tag=prime" in with_effect(weights)


def test_a_column_of_unique_values_never_has_a_weight_and_takes_no_more_room() -> None:
    weights = Weights()
    for number in range(5 * MOST_VALUES):
        weights.seen([f"@customer={number}"])
    room = len(weights.mean)
    for number in range(20 * MOST_VALUES):
        weights.seen([f"@customer={number}", f"@customer={number}"])  # a lead may be called twice
    assert with_effect(weights) == {"base=all"}
    assert len(weights.mean) == room


def test_the_value_that_came_longest_ago_makes_room() -> None:
    weights = Weights()
    for number in range(MOST_VALUES):
        often(weights, f"list={number}")
    weights.seen(["list=0"])
    often(weights, "list=new")
    left = with_effect(weights)
    assert {"list=0", "list=new", "list=2"} <= left
    assert "list=1" not in left


def test_the_column_that_came_longest_ago_makes_room_and_leaves_nothing_behind() -> None:
    weights = Weights()
    for number in range(MOST_COLUMNS):
        often(weights, f"@c{number}=x", f"@c{number}=y")
    slot = int(weights.seen(["@c1=x"])[0])
    weights.put_say("@c0", Belief(1.2, 0.1, 50), 2.0)
    room = len(weights.mean)
    often(weights, "@new=x")
    assert {"@c1=x", "@c2=x", "@new=x"} <= with_effect(weights)
    assert not {"@c0=x", "@c0=y"} & with_effect(weights)
    assert weights.slot_of("@c0=x") is None
    assert weights.slot_of("@c1=x") == slot
    assert dict(weights.says())["@new"] == (Belief(0.5, 0.25, 0.0), 0.0)
    for number in range(20 * MOST_COLUMNS):
        weights.seen([f"@d{number}=x", "hour=3"])
    assert len(weights.mean) == room
    assert with_effect(weights) == {"base=all", "hour=3"}


def test_an_effect_is_what_sets_a_term_apart_by_the_say_of_its_group() -> None:
    weights = Weights()
    slots = weights.seen(["day=SAT", "day=SUN"])
    for _ in range(2000):
        for each, mean in zip(slots, (1.0, 2.0), strict=True):
            weights.believe(np.array([each]), np.array([mean]), np.array([0.1]))
    say = weights.say.copy()
    say[weights.group[slots]] = 0.25
    weights.listen(say, weights.say_variance)
    assert weights.effects(slots) == pytest.approx([1.5 - 0.125, 1.5 + 0.125], abs=0.01)


def test_fading_ends_at_the_first_belief_and_is_the_same_in_many_steps_or_one() -> None:
    start = np.array([3.0]), np.array([0.01])
    mean, variance = start
    for _ in range(100):
        mean, variance = faded(mean, variance, 0.5, 0.25, 0.01)
    at_once = faded(*start, 0.5, 0.25, 1 - 0.99**100)
    assert [mean, variance] == [pytest.approx(each) for each in at_once]
    assert np.concatenate(faded(*start, 0.5, 0.25, 0.999999)) == pytest.approx([0.5, 0.25], abs=1e-3)


def test_no_weight_grows_without_bound() -> None:
    weights = Weights()
    slots = weights.seen(["hour=10"])
    weights.believe(slots, np.array([1e9]), np.array([0.1]))
    assert weights.mean[slots] == STEEPEST


@pytest.mark.parametrize(
    "belief",
    [
        Belief(math.nan, 1.0),
        Belief(0.0, math.nan),
        Belief(0.0, 0.0),
        Belief(0.0, -1.0),
        Belief(0.0, math.inf),
        Belief(STEEPEST + 1, 1.0),
        Belief(0.0, 1.0, math.inf),
        Belief(0.0, 1.0, -1),
    ],
)
def test_what_cannot_be_believed_is_refused_without_telling_the_value(belief: Belief) -> None:
    weights = Weights()
    with pytest.raises(InputError, match="@city") as raised:
        weights.put("@city=上海", belief)
    assert "上海" not in str(raised.value)
    weights.put("@tag=prime", Belief(0.0, 1.0))
    with pytest.raises(InputError, match="@tag"):
        weights.put_say("@tag", belief, 0.0)


def test_the_say_of_what_is_not_there_or_of_the_level_is_refused() -> None:
    weights = Weights()
    for group in ("@tag", "base"):
        with pytest.raises(InputError, match=group):
            weights.put_say(group, Belief(0.5, 0.1), 0.0)

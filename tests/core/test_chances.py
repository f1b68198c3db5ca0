from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.chances import KNOWS_FROM, Chances, best_first, lines
from dialer.core.errors import InputError
from dialer.core.features import Features
from dialer.core.weights import STEEPEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

LAG = 30
"""So many calls are on their way when the outcome of the first of them is known."""


def features(*terms: str, hour: int = 10) -> Features:
    return Features(("base=all", f"hour={hour}", *(f"span={(hour - back) % 24}" for back in range(3)), *terms))


def odds(chance: float) -> float:
    return math.log(chance / (1 - chance))


class Population(NamedTuple):
    """Calls in the order they are made, each one's true chance, and what became of it."""

    calls: list[Features]
    chances: NDArray[np.float64]
    answered: NDArray[np.bool_]


def population(seed: int, *, calls: int = 4000, rate: float = 0.3, habits: float = 1.0, junk: int = 0) -> Population:
    """Hours, tries, history and two columns matter by `habits` (0: not at all); `junk` columns never do."""
    draw = np.random.default_rng(seed)
    columns = [draw.normal(0, 0.7, size) for size in (3, 6)]
    found, chances = [], np.empty(calls)
    for number in range(calls):
        hour, tries = 9 + number * 33 // calls % 11, min(int(draw.geometric(0.5)) - 1, 4)
        known = tries > 0 and draw.random() < 0.3
        values = [int(draw.integers(len(weights))) for weights in columns]
        effect = 0.5 * math.sin(hour / 2) - 0.2 * tries + 0.9 * known
        effect += sum(float(weights[value]) for weights, value in zip(columns, values, strict=True))
        chances[number] = 1 / (1 + math.exp(-odds(rate) - habits * effect))
        terms = [f"tries={tries}", f"answered={'yes' if known else 'no'}"]
        terms += [f"@column{column}={value}" for column, value in enumerate(values)]
        terms += [f"@junk{each}={draw.integers(10) if each % 2 else number}" for each in range(junk)]
        found.append(features(*terms, hour=hour))
    return Population(found, chances, draw.random(calls) < chances)


def foretold(model: Chances, calls: Population) -> NDArray[np.float64]:
    """What the model said of each call before it knew its outcome, or those of the calls on their way."""
    said = np.empty(len(calls.calls))
    for number, call in enumerate(calls.calls):
        said[number] = model.probability(call)
        if number >= LAG:
            model.learn(calls.calls[number - LAG], bool(calls.answered[number - LAG]))
    return said


def log_loss(said: NDArray[np.float64], calls: Population) -> float:
    return float(-np.log(np.where(calls.answered, said, 1 - said)).mean())


def rate_loss(calls: Population) -> float:
    """Of whoever knows the rate of the whole population beforehand, and nothing of the leads."""
    return log_loss(np.full(len(calls.calls), calls.answered.mean()), calls)


def taught(outcomes: Iterable[tuple[Features, bool]]) -> Chances:
    model = Chances()
    for call, answered in outcomes:
        model.learn(call, answered)
    return model


# --- is it right? ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seed", "rate", "habits"), [(1, 0.3, 1.0), (2, 0.08, 0.7), (3, 0.6, 0.7), (4, 0.3, 0.3)])
def test_of_those_given_a_chance_so_many_answer(seed: int, rate: float, habits: float) -> None:
    calls = population(seed, rate=rate, habits=habits)
    said = foretold(Chances(), calls)
    half = len(said) // 2
    for group in np.array_split(half + np.argsort(said[half:]), 8):
        assert said[group].mean() == pytest.approx(calls.chances[group].mean(), abs=0.05)


@pytest.mark.parametrize("seed", [5, 6])
@pytest.mark.parametrize("junk", [0, 12])
def test_where_leads_differ_most_of_it_is_found(seed: int, junk: int) -> None:
    calls = population(seed, junk=junk)
    loss, blind, best = log_loss(foretold(Chances(), calls), calls), rate_loss(calls), log_loss(calls.chances, calls)
    assert blind - loss > 0.6 * (blind - best)


@pytest.mark.parametrize("rate", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("junk", [0, 12])
def test_where_leads_do_not_differ_little_is_lost(rate: float, junk: int) -> None:
    calls = population(7, rate=rate, habits=0.0, junk=junk)
    assert log_loss(foretold(Chances(), calls), calls) < rate_loss(calls) + 0.006


def test_a_level_that_changes_is_followed() -> None:
    before, after = population(8, calls=1500, rate=0.5, habits=0.3), population(9, calls=1000, rate=0.15, habits=0.3)
    model = Chances()
    foretold(model, before)
    said = foretold(model, after)
    assert said[500:].mean() == pytest.approx(after.chances[500:].mean(), abs=0.05)


def test_calls_given_up_while_they_rang_may_count_for_what_they_would_have_become() -> None:
    """Half of the answers come late; half of the calls are given up before. Leaving those out would halve the noes."""
    draw, model, call = np.random.default_rng(10), Chances(), features()
    for _ in range(3000):
        answers, late, patient = draw.random() < 0.3, draw.random() < 0.5, draw.random() < 0.5
        chance = model.probability(call)
        unheard = chance * 0.5 / (1 - chance * 0.5)
        model.learn(call, bool(answers) if patient or (answers and not late) else unheard)
    assert model.probability(call) == pytest.approx(0.3, abs=0.05)


# --- how it behaves -------------------------------------------------------------------------------------


def test_the_order_of_outcomes_hardly_matters() -> None:
    calls = population(11, calls=400)
    outcomes = list(zip(calls.calls, calls.answered.tolist(), strict=True))
    shuffled = [outcomes[place] for place in np.random.default_rng(1).permutation(len(outcomes))]
    there, other = (taught(each).probabilities(calls.calls) for each in (outcomes, shuffled))
    assert np.abs(there - other).max() < 0.1
    assert np.abs(there - other).mean() < 0.03


def test_the_same_outcomes_give_the_same_chances() -> None:
    calls = population(12, calls=300, junk=3)
    outcomes = list(zip(calls.calls, calls.answered.tolist(), strict=True))
    assert taught(outcomes).state() == taught(outcomes).state()


def test_one_outcome_moves_a_new_model_but_not_far() -> None:
    for answered in (True, False):
        assert 0.1 < taught([(features(), answered)]).probability(features()) < 0.5


def test_what_is_learned_of_an_hour_holds_in_part_for_its_neighbours() -> None:
    model = taught((features(hour=hour), hour == 10) for _ in range(200) for hour in (10, 16))
    at = {hour: model.probability(features(hour=hour)) for hour in (9, 10, 11, 13)}
    assert at[10] > at[9] > at[13]
    assert at[10] > at[11] > at[13]


def test_what_was_never_seen_has_no_effect() -> None:
    model = taught((features("@tag=a"), number % 3 == 0) for number in range(90))
    assert model.probability(features("@tag=b", "@new=1")) == model.probability(features())


@pytest.mark.parametrize("answered", [math.nan, math.inf, -0.1, 1.5])
def test_an_outcome_that_cannot_be_is_refused_and_teaches_nothing(answered: float) -> None:
    model = Chances()
    before = model.state()
    with pytest.raises(InputError, match="answered"):
        model.learn(features(), answered)
    assert model.state() == before


def test_no_stream_of_outcomes_makes_it_certain() -> None:
    for answered in (True, False):
        model = taught((features("@tag=a"), answered) for _ in range(3000))
        assert 0.0005 < model.probability(features("@tag=a")) < 0.9995
        assert np.abs(model.weights.mean).max() <= STEEPEST


some_terms = st.lists(st.sampled_from(["base=all", "hour=1", "@a=1", "@a=2", "x", "", "=", "list=", "@=="]), max_size=6)


@settings(deadline=None)
@given(st.lists(st.tuples(some_terms, st.floats(0, 1)), max_size=40), some_terms)
def test_whatever_it_is_taught_a_chance_is_a_chance(outcomes: list[tuple[list[str], float]], asked: list[str]) -> None:
    model = Chances()
    for terms, answered in outcomes:
        model.learn(Features(tuple(terms)), answered)
    said = model.probabilities([Features(tuple(asked)), features(), Features(())])
    assert ((said > 0) & (said < 1)).all()
    assert said[0] == model.probability(Features(tuple(asked)))
    assert (model.weights.variance >= 0).all()


def test_a_batch_says_what_each_alone_does() -> None:
    calls = population(13, calls=200, junk=2)
    model = taught(zip(calls.calls, calls.answered.tolist(), strict=True))
    assert model.probabilities(calls.calls) == pytest.approx([model.probability(call) for call in calls.calls])
    assert model.probabilities([]).shape == (0,)


# --- kept, forgotten, handed on -------------------------------------------------------------------------


def test_what_was_learned_survives_as_json() -> None:
    calls = population(14, calls=600, junk=3)
    model = taught(zip(calls.calls[:500], calls.answered[:500].tolist(), strict=True))
    again = Chances.from_state(json.loads(json.dumps(model.state())))
    for one in (model, again):
        for call, answered in zip(calls.calls[500:], calls.answered[500:].tolist(), strict=True):
            one.learn(call, answered)
    assert again.outcomes == model.outcomes == 600
    assert again.probabilities(calls.calls) == pytest.approx(model.probabilities(calls.calls), abs=1e-3)


GOOD = taught((features("@tag=a"), number % 3 == 0) for number in range(30)).state()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "version 2"),
        ({"version": None}, "version"),
        ({"outcomes": -1}, "none of our making"),
        ({"outcomes": "many"}, "none of our making"),
        ({"beliefs": []}, "none of our making"),
        ({"beliefs": {"@city=上海": [0.0, 1.0]}}, "@city: must have 3 numbers"),
        ({"beliefs": {"@city=上海": [0.0, "1", 0]}}, "@city: must have 3 numbers"),
        ({"beliefs": {"@city=上海": [math.nan, 1.0, 0]}}, "@city: "),
        ({"beliefs": {"@city=上海": [10**400, 1.0, 0]}}, "@city: a number is too large"),
        ({"says": {"@unknown": [0.5, 0.1, 5, 0.0]}}, "@unknown"),
        ({"says": {"@tag": [0.5, 0.1, 5, math.inf]}}, "@tag"),
    ],
)
def test_what_is_none_of_our_making_is_refused_by_name(change: dict[str, object], said: str) -> None:
    Chances.from_state(GOOD)
    with pytest.raises(InputError, match=said) as raised:
        Chances.from_state(GOOD | change)
    assert "上海" not in str(raised.value)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(_json, st.sampled_from(["version", "outcomes", "beliefs", "says", ""]))
def test_no_nonsense_becomes_a_model_without_chances(found: object, key: str) -> None:
    try:
        model = Chances.from_state(GOOD | {key: found} if key else found)
    except InputError:
        return
    assert 0 < model.probability(features("@tag=a")) < 1


def test_forgetting_goes_back_to_the_beginning_step_by_step() -> None:
    model = taught((features("@tag=a"), True) for _ in range(200))
    new = Chances().probability(features("@tag=a"))
    chances = [model.probability(features("@tag=a"))]
    for share in (0.0, 0.9, 0.99, 1.0):
        model.forget(share)
        chances.append(model.probability(features("@tag=a")))
    assert chances[0] == pytest.approx(chances[1])
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] == pytest.approx(new, abs=0.05)


def test_a_new_campaign_begins_where_others_agree_and_unlearns_what_is_not_so() -> None:
    def habit(answers: Callable[[int], bool]) -> Chances:
        return taught((features(hour=hour), answers(hour)) for _ in range(150) for hour in (9, 19))

    evening = [habit(lambda hour: hour == 19) for _ in range(5)]
    model = Chances.pooled(evening)
    first = model.probability(features(hour=19))
    assert first > 2 * model.probability(features(hour=9))
    assert model.outcomes == 0
    for number in range(400):
        model.learn(features(hour=(9, 19)[number % 2]), number % 2 == 0)
    assert model.probability(features(hour=19)) < model.probability(features(hour=9))
    torn = Chances.pooled([*evening, *(habit(lambda hour: hour == 9) for _ in range(5))])
    assert torn.probability(features(hour=19)) == pytest.approx(torn.probability(features(hour=9)), abs=0.02)


def test_without_others_or_with_others_that_know_little_a_new_campaign_is_new() -> None:
    barely = taught([(features("list=spring"), True)] * 5)
    for others in ([], [barely]):
        assert Chances.pooled(others).probability(features()) == pytest.approx(Chances().probability(features()))


def test_many_campaigns_with_columns_of_their_own_leave_room_for_those_of_a_new_one() -> None:
    others = [
        taught((features(*(f"@{column}{name}=x" for column in range(30))), True) for _ in range(25))
        for name in range(9)
    ]
    model = Chances.pooled(others)
    for number in range(300):
        model.learn(features(f"@own={number % 2}"), number % 2 == 0)
    assert model.probability(features("@own=0")) > 2 * model.probability(features("@own=1"))
    assert Chances.from_state(model.state()).probability(features("@own=0")) == pytest.approx(
        model.probability(features("@own=0")), abs=1e-5
    )


def test_lists_are_not_handed_on() -> None:
    other = taught((features(f"list={name}"), name == "good") for _ in range(100) for name in ("good", "bad"))
    model = Chances.pooled([other])
    assert model.probability(features("list=good")) == model.probability(features("list=bad"))


# --- in words -------------------------------------------------------------------------------------------


def test_reasons_lead_from_the_usual_chance_to_this_one_the_strongest_first() -> None:
    calls = population(15, calls=2000)
    model = taught(zip(calls.calls, calls.answered.tolist(), strict=True))
    said = model.probabilities(calls.calls)
    ratios = []
    for call, chance in zip(calls.calls[:100], said, strict=False):
        reasons = model.explain(call)
        ratios.append(chance / math.prod(reason.factor for reason in reasons))
        assert len({reason.what for reason in reasons}) == len(reasons) == 5  # one of them for hour and spans
    assert np.mean(ratios) == pytest.approx(said.mean(), abs=0.03)
    assert np.std(ratios) < 0.01  # the usual chance is the same for all


def test_an_operator_is_told_what_matters_in_words() -> None:
    draw = np.random.default_rng(16)
    model = Chances()
    for _ in range(2000):
        prime, known = draw.random() < 0.5, draw.random() < 0.5
        call = features(f"@tag={'prime' if prime else 'rest'}", f"answered={'yes' if known else 'no'}", "list=spring")
        model.learn(call, bool(draw.random() < 0.1 + 0.4 * known + 0.2 * prime))
    first, second = lines(model, features("@tag=prime", "answered=yes", "list=spring"))
    assert first.startswith("chance that a person answers now: ")
    assert first.endswith("(learned from 2000 calls)")
    assert second.startswith("because: answered before: x1.")
    assert "; tag 'prime': x1." in second
    assert "spring" not in second  # every lead is of this list
    assert lines(model, features())[1] == "nothing sets it apart"
    assert lines(Chances(), features("@tag=prime")) == []


def test_a_model_says_from_when_it_is_gone_by() -> None:
    model = Chances()
    said = {}
    for _ in range(KNOWS_FROM):
        model.learn(features(), 1.0)
        said[model.outcomes] = (model.knows, lines(model, features())[0].partition("(")[2])
    assert said[KNOWS_FROM - 1] == (
        False,
        f"learned from {KNOWS_FROM - 1} calls: the list's own order stands until they are {KNOWS_FROM})",
    )
    assert said[KNOWS_FROM] == (True, f"learned from {KNOWS_FROM} calls)")


# --- the order ------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.sampled_from([-1.0, 0.0, 5.0]), st.sampled_from([0.1, 0.2, 0.9, math.nan]))))
def test_priority_comes_first_then_chance_then_the_order_they_came_in(leads: list[tuple[float, float]]) -> None:
    order = best_first([priority for priority, _ in leads], [chance for _, chance in leads])
    wanted = sorted(
        range(len(leads)), key=lambda i: (-leads[i][0], 0.0 if math.isnan(leads[i][1]) else -leads[i][1], i)
    )
    assert order == wanted

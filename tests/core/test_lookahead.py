"""The look ahead: its chances are those of all cases counted out, and a further call never lowers the risk."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core import lookahead
from dialer.core.forecast import INSTANTS_S, Outlook
from dialer.core.lookahead import Lookahead

LEVELS = ((-(3**0.5), 1 / 6), (0.0, 2 / 3), (3**0.5, 1 / 6))
"""Gauss and Hermite's three points of a normal distribution, and their weights."""


def rising(rng: np.random.Generator, rows: int, most: float) -> np.ndarray:
    """Chances that grow with the instants up to `most` at the last, (rows, instants)."""
    shares = np.sort(rng.beta(0.5, 1, (rows, len(INSTANTS_S))), axis=1)
    shares[:, -1] = 1
    return rng.random((rows, 1)) * most * shares


def outlook(seed: int, calls: int, heard: int, busy: int, *, most: float = 1.0, **known: float) -> Outlook:
    rng = np.random.default_rng(seed)
    new = rising(rng, 1, most)[0]
    return Outlook(
        answers=rising(rng, calls, most),
        heard=rng.random(heard),
        releases=rising(rng, busy, 0.9),
        new=new,
        answer_rate=float(new[-1]),
        surprise=known.get("surprise", 0.3),
        caution=known.get("caution", 0.0),
    )


def counted_out(seen: Outlook, ready: int, added: int, instant: int) -> float:
    """The chance that as many agents are needed as there are: every subset of what may happen, at each level."""
    total = 0.0
    for point, weight in LEVELS:
        level = max(0.1, 1 + (point + seen.caution) * seen.surprise)
        calls = [*seen.answers[:, instant], *([seen.new[instant]] * added)]
        needed = [*(min(1.0, p * level) for p in calls), *seen.heard, *(1 - seen.releases[:, instant])]
        for case in product((0, 1), repeat=len(needed)):
            if sum(case) >= ready + len(seen.releases):
                total += weight * float(np.prod([p if one else 1 - p for p, one in zip(needed, case, strict=True)]))
    return total


few = st.integers(0, 3)


@settings(max_examples=60)
@given(
    st.builds(
        outlook,
        st.integers(0, 10**6),
        few,
        few,
        few,
        surprise=st.sampled_from([0.0, 0.3, 0.9]),
        caution=st.floats(0, 1),
    ),
    st.integers(0, 3),
    st.integers(0, 2),
    st.integers(0, len(INSTANTS_S) - 1),
)
def test_with_few_terms_it_is_exact(seen: Outlook, ready: int, added: int, instant: int) -> None:
    ahead = Lookahead(seen, ready)
    ahead.add(added)
    assert ahead.nobody_free()[instant] == pytest.approx(counted_out(seen, ready, added, instant), abs=1e-7)


def near_and_exact(seen: Outlook, ready: int, added: int, monkeypatch: pytest.MonkeyPatch) -> tuple[float, float]:
    """The risk by the moments, and by the whole distribution."""
    risks = []
    for terms in (0, 1_000_000):
        monkeypatch.setattr(lookahead, "_EXACT_TERMS", terms)
        ahead = Lookahead(seen, ready)
        ahead.add(added)
        risks.append(ahead.risk())
    return risks[0], risks[1]


@pytest.mark.parametrize("seed", range(60))
def test_with_many_terms_it_is_within_a_hundredth(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Agents of whom some come free soon, and calls of an answer rate that no level brings above 1.
    rng = np.random.default_rng(seed)
    calls, busy = int(rng.integers(20, 70)), int(rng.integers(20, 60))
    seen = outlook(seed, calls, 1, busy, most=float(rng.choice([0.1, 0.3])), surprise=0.3)
    near, exact = near_and_exact(seen, int(rng.integers(0, 10)), int(rng.integers(0, 20)), monkeypatch)
    assert near == pytest.approx(exact, abs=0.01)


@pytest.mark.parametrize("seed", range(60))
def test_where_next_to_nothing_is_uncertain_it_is_within_a_twentieth(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = outlook(seed, 1 + seed % 12, 1, 45, most=0.1, surprise=0.3)
    near, exact = near_and_exact(seen, seed % 5, seed % 3, monkeypatch)
    assert near == pytest.approx(exact, abs=0.05)


def test_no_call_is_answered_more_than_once_at_any_level(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        seen = outlook(seed, int(rng.integers(5, 60)), 1, int(rng.integers(40, 60)), surprise=0.9)
        pairs.append(near_and_exact(seen, int(rng.integers(4, 12)), int(rng.integers(0, 20)), monkeypatch))
    near, exact = np.array(pairs).T
    assert np.abs(near - exact).max() < 0.02


anything = st.builds(
    outlook,
    st.integers(0, 10**6),
    st.integers(0, 60),
    st.integers(0, 6),
    st.integers(0, 60),
    most=st.sampled_from([0.05, 0.3, 0.6]),
    surprise=st.sampled_from([0.0, 0.1, 0.2]),
    caution=st.floats(0, 1),
)


@given(anything, st.integers(0, 12))
def test_a_further_call_never_lowers_the_risk_and_all_are_chances(seen: Outlook, ready: int) -> None:
    ahead, before = Lookahead(seen, ready), -1.0
    for added in range(25):
        assert ahead.added == added
        risk = ahead.risk()
        assert before - 1e-3 <= risk <= 1 + 1e-9  # what three moments are good for
        assert ((ahead.nobody_free() >= 0) & (ahead.nobody_free() <= 1 + 1e-9)).all()
        assert 0 <= ahead.expected_abandonment() <= 1 + 1e-9
        before = risk
        ahead.add()


@given(anything, st.integers(0, 12))
def test_a_further_free_agent_never_raises_the_risk(seen: Outlook, ready: int) -> None:
    assert Lookahead(seen, ready + 1).risk() <= Lookahead(seen, ready).risk() + 1e-4


@given(anything, st.integers(0, 12), st.integers(0, 30))
def test_calls_added_at_once_are_calls_added_one_by_one(seen: Outlook, ready: int, calls: int) -> None:
    at_once, one_by_one = Lookahead(seen, ready), Lookahead(seen, ready)
    at_once.add(calls)
    for _ in range(calls):
        one_by_one.add()
    assert at_once.added == one_by_one.added == calls
    assert at_once.risk() == pytest.approx(one_by_one.risk(), abs=1e-9)
    assert at_once.expected_abandonment() == pytest.approx(one_by_one.expected_abandonment(), abs=1e-9)
    assert at_once.expected_answers == pytest.approx(
        seen.answers[:, -1].sum() + seen.heard.sum() + calls * seen.new[-1]
    )


def test_one_call_for_one_free_agent_risks_nothing_and_the_next_one_its_answer() -> None:
    seen = outlook(1, 0, 0, 0, surprise=0.0)
    ahead = Lookahead(seen, 1)
    assert ahead.risk() == 0
    ahead.add()
    # The next answers at some instant, and finds the agent taken if the first has answered by then or will.
    assert 0 < ahead.risk() <= seen.new[-1] + 1e-12
    assert ahead.nobody_free() == pytest.approx(seen.new)


@pytest.mark.parametrize("calls", [0, 50])
def test_without_any_agent_every_answer_finds_nobody(calls: int) -> None:
    ahead = Lookahead(outlook(1, calls, 0, 0), 0)
    assert ahead.nobody_free() == pytest.approx(np.ones(len(INSTANTS_S)), abs=0.05)
    assert ahead.risk() == pytest.approx(1, abs=0.05)


def test_who_is_less_sure_of_the_level_risks_more_in_the_same_calls() -> None:
    sure, unsure = (Lookahead(outlook(3, 15, 0, 0, most=0.3, surprise=each), 9) for each in (0.0, 0.5))
    cautious = Lookahead(outlook(3, 15, 0, 0, most=0.3, surprise=0.5, caution=1.0), 9)
    assert sure.risk() < unsure.risk() < cautious.risk()


@pytest.mark.parametrize("agents", [2, 40])
def test_what_is_no_number_is_no_chance_that_anything_is_allowed_by(agents: int) -> None:
    seen = outlook(1, 3, 0, agents, surprise=float("nan"))
    assert not Lookahead(seen, 1).risk() <= 1

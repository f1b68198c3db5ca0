from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dialer.core.band import AnswerBand, Finding, Position, judge
from dialer.core.causes import Action, Cause, Counts
from dialer.core.cube import Calls, Cell, Cube

from .shifts import Bad, Shift

BAND = AnswerBand(lower=0.2, upper=0.3)


def of(calls: int, answered: int, **more: int) -> Counts:
    return Counts(Cube.of({Cell("1", "+86138", "09", "t", "c"): Calls(calls, answered, **more)}))


def test_a_band_that_is_none_says_so() -> None:
    with pytest.raises(ValidationError, match="lower must lie below upper"):
        AnswerBand(lower=0.4, upper=0.4)
    with pytest.raises(ValidationError, match="upper"):
        AnswerBand(lower=0.2, upper=1.2)


@pytest.mark.parametrize(
    ("calls", "answered", "position"),
    [
        (20, 0, Position.UNCLEAR),
        (99, 0, Position.UNCLEAR),
        (100, 0, Position.BELOW),
        (1000, 150, Position.BELOW),
        (1000, 190, Position.WITHIN),  # under it, but not surely
        (1000, 250, Position.WITHIN),
        (1000, 310, Position.WITHIN),
        (1000, 350, Position.ABOVE),
        (0, 0, Position.UNCLEAR),
    ],
)
def test_the_band_is_left_only_where_that_is_sure(calls: int, answered: int, position: Position) -> None:
    assert judge(of(calls, answered), BAND).position is position


def test_calls_that_allow_both_sides_of_a_narrow_band_say_nothing() -> None:
    assert judge(of(200, 50), AnswerBand(lower=0.24, upper=0.26)).position is Position.UNCLEAR


@given(st.integers(0, 3000).flatmap(lambda of: st.tuples(st.just(of), st.integers(0, of))))
def test_whoever_answers_oftener_stands_no_lower(counted: tuple[int, int]) -> None:
    order = [Position.BELOW, Position.WITHIN, Position.ABOVE]
    calls, answered = counted
    now = judge(of(calls, answered), BAND).position
    better = judge(of(calls, min(calls, answered + 1)), BAND).position
    if now in order and better in order:
        assert order.index(better) >= order.index(now)


def test_without_a_band_nothing_is_judged_and_all_is_named() -> None:
    finding = judge(Shift(2000, bad=(Bad(0, (6,), dead=0.6),)).counts(), None)
    assert finding.position is Position.UNSET
    assert finding.actions == (Action.FEEDBACK_FILE,)
    assert finding.prime == ()


def test_a_list_below_its_band_is_told_why() -> None:
    finding = judge(of(1000, 120, dead=600), BAND)
    assert [likely.cause for likely in finding.causes] == [Cause.BAD_LIST]
    unknown = judge(of(1000, 120), BAND)
    assert [(likely.cause, likely.action) for likely in unknown.causes] == [(Cause.UNKNOWN, Action.SECOND_ROUND)]
    assert "nothing" not in unknown.causes[0].evidence


def test_what_one_bad_list_explains_is_not_blamed_on_the_rest() -> None:
    counts = Shift(4000, answered=0.25, bad=(Bad(0, (5, 6), dead=0.9),)).counts()
    finding = judge(counts, AnswerBand(lower=0.215, upper=0.4))
    assert finding.position is Position.BELOW
    assert {likely.key for likely in finding.causes} == {"6", "7"}


def test_a_list_above_the_band_is_prime_and_worth_a_second_round() -> None:
    finding = judge(of(1000, 400), BAND)
    assert (finding.position, finding.prime, finding.actions) == (Position.ABOVE, ("1",), (Action.SECOND_ROUND,))


def test_a_rate_on_the_edge_keeps_its_word() -> None:
    below = judge(of(1000, 160), BAND)
    assert below.position is Position.BELOW
    assert judge(of(1000, 185), BAND, below).position is Position.BELOW
    assert judge(of(1000, 185), BAND).position is Position.WITHIN
    assert judge(of(1000, 200), BAND, below).position is Position.WITHIN
    assert judge(of(50, 0), BAND, below).position is Position.UNCLEAR


def test_retries_of_the_same_leads_make_no_certainty() -> None:
    counts = of(300, 36)
    assert judge(counts, BAND).position is Position.BELOW
    assert judge(replace(counts, calls_each={"1": 3.0}), BAND).position is not Position.BELOW


def test_a_finding_is_another_by_its_words_not_by_its_figures() -> None:
    one, two = (judge(of(1000, answered, dead=600), BAND) for answered in (110, 120))
    assert one != two
    assert one.gist == two.gist
    assert one.gist != judge(of(1000, 250), BAND).gist
    assert isinstance(one, Finding)

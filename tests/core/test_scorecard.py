from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from dialer.core.errors import InputError
from dialer.core.scorecard import Answer, Answers, Group, Question, Scorecard, checked, score, share, spreads

CARD = Scorecard(
    name="Sales",
    groups=(
        Group(name="Opening", questions=(Question(id="greets", text="Greets"), Question(id="name", text="Says who"))),
        Group(
            name="Law",
            questions=(
                Question(id="honest", text="Promises nothing untrue", weight=2, instant_fail=True),
                Question(id="tone", text="Tone", weight=4, points=5),
            ),
        ),
    ),
)
ALL_WELL: Answers = {"greets": Answer.YES, "name": Answer.YES, "honest": Answer.YES, "tone": 5.0}


@st.composite
def cards(draw: st.DrawFn) -> Scorecard:
    count = draw(st.integers(1, 8))
    questions = [
        Question(
            id=f"q{place}",
            text="?",
            weight=draw(st.floats(0.01, 1000)),
            points=draw(st.none() | st.integers(1, 100)),
            instant_fail=draw(st.booleans()),
        )
        for place in range(count)
    ]
    cut = draw(st.integers(1, count))
    parts = [part for part in (questions[:cut], questions[cut:]) if part]
    return Scorecard(name="card", groups=tuple(Group(name="g", questions=tuple(part)) for part in parts))


def answer_to(question: Question) -> st.SearchStrategy[Answer | float]:
    if question.points is None:
        return st.sampled_from(Answer)
    return st.just(Answer.NA) | st.floats(0, question.points)


@st.composite
def answered(draw: st.DrawFn) -> tuple[Scorecard, Answers]:
    card = draw(cards())
    return card, {one.id: draw(answer_to(one)) for one in card.questions}


@given(answered())
def test_a_score_lies_between_0_and_100_and_is_none_only_where_nothing_applied(case: tuple[Scorecard, Answers]) -> None:
    card, answers = case
    found = score(card, answers)
    assert (found.total is None) == all(one is Answer.NA for one in answers.values())
    assert found.total is None or 0 <= found.total <= 100
    assert all(one is None or 0 <= one <= 100 for one in found.groups)
    assert found.open == ()


@given(answered())
def test_an_instant_fail_is_0_whatever_else_was_well(case: tuple[Scorecard, Answers]) -> None:
    card, answers = case
    found = score(card, answers)
    fails = [one for one in card.questions if one.instant_fail and share(one, answers[one.id]) == 0]
    assert found.failed == bool(fails)
    assert not fails or found.total == 0


@given(answered(), st.data())
def test_what_does_not_apply_changes_not_what_the_others_weigh(
    case: tuple[Scorecard, Answers], data: st.DataObject
) -> None:
    card, answers = case
    left_out = data.draw(st.sampled_from(card.questions))
    rest = [one for one in card.questions if one is not left_out]
    if not rest:
        return
    without = score(Scorecard(name="card", groups=(Group(name="g", questions=tuple(rest)),)), answers)
    assert score(card, {**answers, left_out.id: Answer.NA}).total == pytest.approx(without.total)


@given(answered(), st.data())
def test_a_better_answer_never_lowers_the_score(case: tuple[Scorecard, Answers], data: st.DataObject) -> None:
    card, answers = case
    question = data.draw(st.sampled_from(card.questions))
    best: Answer | float = Answer.YES if question.points is None else float(question.points)
    if answers[question.id] is Answer.NA:
        return
    before, after = score(card, answers).total, score(card, {**answers, question.id: best}).total
    assert before is not None
    assert after is not None
    assert after >= before - 1e-9


@given(st.lists(answered(), min_size=1, max_size=1), st.permutations(range(3)), st.data())
def test_reviewers_who_agree_are_not_apart_in_whatever_order(
    one: list[tuple[Scorecard, Answers]], order: list[int], data: st.DataObject
) -> None:
    (card, answers) = one[0]
    assert all(spread.apart == 0 for spread in spreads(card, [answers] * 3))
    given_ = [{q.id: data.draw(answer_to(q)) for q in card.questions} for _ in range(3)]
    apart = {spread.question: spread.apart for spread in spreads(card, given_)}
    assert {spread.question: spread.apart for spread in spreads(card, [given_[i] for i in order])} == apart
    assert all(0 <= value <= 1 for value in apart.values())


def test_weights_and_points_are_reckoned_as_by_hand() -> None:
    assert score(CARD, ALL_WELL).total == 100
    found = score(CARD, {**ALL_WELL, "greets": Answer.NO, "tone": 2.5})
    assert found.total == pytest.approx(100 * (0 + 1 + 2 + 4 * 0.5) / 8)
    assert list(found.groups) == pytest.approx([50.0, 100 * 4 / 6])
    partly = score(CARD, {"greets": Answer.YES})
    assert (partly.total, partly.open) == (100.0, ("name", "honest", "tone"))
    failed = score(CARD, {**ALL_WELL, "honest": Answer.NO})
    assert (failed.total, failed.failed, failed.groups[0]) == (0.0, True, 100.0)


@pytest.mark.parametrize(
    ("answers", "named"),
    [
        ({"ghost": "YES"}, "ghost"),
        ({"greets": "MAYBE"}, "greets"),
        ({"greets": 1}, "greets"),
        ({"greets": None}, "greets"),
        ({"tone": 5.5}, "tone"),
        ({"tone": -1}, "tone"),
        ({"tone": "YES"}, "tone"),
        ({"tone": True}, "tone"),
        ({"tone": float("nan")}, "tone"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_by_its_question(answers: dict[str, Any], named: str) -> None:
    with pytest.raises(InputError, match=rf"answers\.{named}"):
        checked(CARD, answers)


def test_answers_are_taken_as_words_and_points() -> None:
    assert checked(CARD, {"greets": "NO", "tone": 3, "honest": "NA"}) == {
        "greets": Answer.NO,
        "tone": 3.0,
        "honest": Answer.NA,
    }
    assert checked(CARD, {"tone": "NA"}) == {"tone": Answer.NA}


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "a\x00b"},
        {"name": "  "},
        {"groups": []},
        {"groups": [{"name": "g", "questions": []}]},
        {"groups": [{"name": "g", "questions": [{"id": "Q 1", "text": "?"}]}]},
        {"groups": [{"name": "g", "questions": [{"id": "q", "text": "?", "weight": 0}]}]},
        {"groups": [{"name": "g", "questions": [{"id": "q", "text": "?", "weight": float("inf")}]}]},
        {"groups": [{"name": "g", "questions": [{"id": "q", "text": "?", "points": 0}]}]},
        {"groups": [{"name": "g", "questions": [{"id": "q", "text": "?"}, {"id": "q", "text": "?"}]}]},
        {"groups": [{"name": "g", "questions": [{"id": "q", "text": "?", "wieght": 2}]}]},
        {"groups": [{"name": "g", "questions": [{"id": f"q{n}", "text": "?"} for n in range(101)]}]},
    ],
)
def test_a_scorecard_that_makes_no_sense_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Scorecard.model_validate(CARD.model_dump() | change)

"""Scorecards: what a talk is judged by, written by an operator, and the score of what a reviewer answered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dialer.core.errors import InputError
from dialer.core.model import Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

QuestionId = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
_Name = Annotated[str, Field(min_length=1, max_length=120, pattern=r"^[^\x00-\x1f]*[^\x00-\x20][^\x00-\x1f]*$")]
_Text = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]
_MOST_QUESTIONS = 100
FULL = 100.0
"""The score of a talk in which all was well; 0 is the worst."""


class Answer(Word):
    """What a reviewer says of a question, where it is not given in points."""

    YES = "YES"
    """It was done."""
    NO = "NO"
    """It was not done."""
    NA = "NA"
    """It did not apply to this talk: what the others weigh stays as it is."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Part):
    """One thing to look for. With `points` it is answered by 0 up to so many, else by yes or no."""

    id: QuestionId
    text: _Name
    help: _Text = ""
    weight: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 1.0
    points: Annotated[int, Field(ge=1, le=100)] | None = None
    instant_fail: bool = False
    """NO, or no point at all, makes the whole score 0."""


class Group(_Part):
    """Questions that belong together."""

    name: _Name
    questions: Annotated[tuple[Question, ...], Field(min_length=1, max_length=_MOST_QUESTIONS)]


class Scorecard(_Part):
    """All that a talk is judged by; ids of questions are different from one another."""

    name: _Name
    groups: Annotated[tuple[Group, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        ids = [question.id for question in self.questions]
        if len(ids) > _MOST_QUESTIONS:
            raise ValueError(f"at most {_MOST_QUESTIONS} questions")
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"more than one question has the id {', '.join(twice)}")
        return self

    @property
    def questions(self) -> tuple[Question, ...]:
        """All questions in their order."""
        return tuple(question for group in self.groups for question in group.questions)


Answers = dict[str, Answer | float]
"""What was answered, by the ids of questions."""


@dataclass(frozen=True, slots=True)
class Score:
    """What came of the answers."""

    total: float | None
    """0 to 100; None where no question that was answered applied."""
    failed: bool
    """One of the questions that fail the whole talk was answered with no."""
    groups: tuple[float | None, ...]
    """Each group's own score, in the order of the scorecard; an instant fail changes none of them but the total."""
    open: tuple[str, ...]
    """The questions that are not answered yet."""


def checked(card: Scorecard, answers: Mapping[str, object]) -> Answers:
    """The answers as they count; InputError, which names the question, for one that cannot be."""
    known = {question.id: question for question in card.questions}
    if unknown := sorted(set(answers) - set(known)):
        raise InputError(f"answers.{unknown[0]}: the scorecard has no such question")
    return {key: _checked(known[key], value) for key, value in answers.items()}


def score(card: Scorecard, answers: Answers) -> Score:
    """The weighted share of what could be reached, of 100, over the questions that applied."""
    shares = {question.id: share(question, answers.get(question.id)) for question in card.questions}
    failed = any(question.instant_fail and shares[question.id] == 0 for question in card.questions)
    total = _mean(card.questions, shares)
    return Score(
        total=0.0 if failed else total,
        failed=failed,
        groups=tuple(_mean(group.questions, shares) for group in card.groups),
        open=tuple(question.id for question in card.questions if question.id not in answers),
    )


def share(question: Question, answer: Answer | float | None) -> float | None:
    """How much (0..1) of a question was reached; None where it did not apply, or is not answered."""
    if answer is None or answer is Answer.NA:
        return None
    if isinstance(answer, Answer):
        return 1.0 if answer is Answer.YES else 0.0
    return answer / (question.points or 1)


@dataclass(frozen=True, slots=True)
class Spread:
    """How far several reviewers of one talk lie apart in a question."""

    question: str
    shares: tuple[float | None, ...]
    """What each of them answered, as a share (0..1), in their order; None: not applicable."""
    apart: float
    """The largest share less the smallest; 1 also where it applied to some and not to others."""


def spreads(card: Scorecard, given: Sequence[Answers]) -> list[Spread]:
    """How far the reviewers lie apart, question by question; the farthest first."""
    found = []
    for question in card.questions:
        shares = tuple(share(question, answers.get(question.id)) for answers in given)
        said = [one for one in shares if one is not None]
        mixed = bool(said) and len(said) < len(shares)
        found.append(Spread(question.id, shares, 1.0 if mixed else max(said, default=0.0) - min(said, default=0.0)))
    return sorted(found, key=lambda one: -one.apart)


def _checked(question: Question, value: object) -> Answer | float:
    if value == Answer.NA:
        return Answer.NA
    if question.points is None:
        if isinstance(value, str) and value in set(Answer):
            return Answer(value)
        raise InputError(f"answers.{question.id}: YES, NO or NA")
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= question.points:
        return float(value)
    raise InputError(f"answers.{question.id}: 0 to {question.points} points, or NA")


def _mean(questions: Sequence[Question], shares: Mapping[str, float | None]) -> float | None:
    applied = [(question.weight, reached) for question in questions if (reached := shares[question.id]) is not None]
    weight = sum(one for one, _reached in applied)
    if not weight:
        return None
    # The sum of shares may be a hair's breadth above what it is a share of.
    return min(FULL, FULL * sum(one * reached for one, reached in applied) / weight)

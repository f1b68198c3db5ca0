"""A flow: its steps as data, checked once, and the sans-IO machine that walks them."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from collections.abc import Iterator

PromptName = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
StepName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
QuestionName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Digit = Annotated[str, Field(pattern=r"^[0-9*#]$")]


class Part(BaseModel):
    """A piece of a flow file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Say(Part):
    """Say something to the end."""

    do: Literal["say"]
    prompt: PromptName
    texts: dict[Language, str]
    """By language, with {company} where the caller is named: what the prompt's sound file is made from."""
    next: StepName

    def followers(self) -> tuple[str, ...]:
        """The steps that may come after."""
        return (self.next,)


class Menu(Part):
    """Say something that may be cut short by a choice, and wait a while for one."""

    do: Literal["menu"]
    prompt: PromptName
    texts: dict[Language, str]
    wait_s: float = Field(gt=0, le=30)
    choices: dict[Digit, StepName] = Field(min_length=1)
    otherwise: StepName
    question: QuestionName | None = None
    """Under this name the digit that was pressed is kept as an answer."""

    def followers(self) -> tuple[str, ...]:
        """The steps that may come after."""
        return (*self.choices.values(), self.otherwise)


class OptOut(Part):
    """Note that this person asked never to be called again."""

    do: Literal["opt_out"]
    next: StepName

    def followers(self) -> tuple[str, ...]:
        """The steps that may come after."""
        return (self.next,)


class Hangup(Part):
    """The flow ends here."""

    do: Literal["hangup"]

    def followers(self) -> tuple[str, ...]:
        """The steps that may come after."""
        return ()


Step = Annotated[Say | Menu | OptOut | Hangup, Field(discriminator="do")]


class Flow(Part):
    """A flow whose every path is known to end."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    start: StepName
    steps: dict[StepName, Step]

    @model_validator(mode="after")
    def _every_path_leads_to_an_end(self) -> Self:
        graph = {name: step.followers() for name, step in self.steps.items()}
        for name, followers in {"start": (self.start,), **graph}.items():
            for follower in followers:
                if follower not in self.steps:
                    raise ValueError(f"{name}: leads to {follower!r}, which is no step of this flow")
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            raise ValueError(f"steps go in a circle: {' -> '.join(error.args[1])}") from error
        if len({frozenset(step.texts) for step in self.steps.values() if isinstance(step, Say | Menu)}) > 1:
            raise ValueError("texts: every prompt of a flow needs the same languages")
        return self

    def prompts(self, company: str) -> Iterator[tuple[str, str, str]]:
        """Language, prompt name and text of everything this flow says."""
        for step in self.steps.values():
            if isinstance(step, Say | Menu):
                for language, text in step.texts.items():
                    yield language, step.prompt, text.replace("{company}", company)


@dataclass(frozen=True, slots=True)
class Play:
    """Play a prompt; the first of `digits` that is pressed cuts it short, and is waited for `wait_s` after it."""

    prompt: str
    digits: str = ""
    wait_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Finished:
    """Nothing more is to be said."""

    opted_out: bool


class Walk:
    """One person's way through a flow: ask for the next instruction, carry it out, hand back what was pressed."""

    def __init__(self, flow: Flow) -> None:
        self._steps = flow.steps
        self._next = flow.start
        self._menu: Menu | None = None
        self.opted_out = False
        """Whether this person has asked, so far, never to be called again; holds when they hang up in the middle."""
        self.answers: dict[str, str] = {}
        """The digit that was pressed at each question so far."""

    def next(self, pressed: str | None = None) -> Play | Finished:
        """The next instruction; `pressed` is the digit that answered the last one, if any did."""
        if self._menu is not None:
            if self._menu.question and pressed in self._menu.choices:
                self.answers[self._menu.question] = pressed
            self._next = self._menu.choices.get(pressed or "", self._menu.otherwise)
            self._menu = None
        while True:
            match self._steps[self._next]:
                case Say() as step:
                    self._next = step.next
                    return Play(step.prompt)
                case Menu() as step:
                    self._menu = step
                    return Play(step.prompt, "".join(step.choices), step.wait_s)
                case OptOut() as step:
                    self.opted_out = True
                    self._next = step.next
                case Hangup():
                    return Finished(self.opted_out)

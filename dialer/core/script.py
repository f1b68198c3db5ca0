"""A call script as its operator writes it: steps with what to say, what to ask and where it goes on. Pure.

The shapes are here; `script_checks` sees to it that every path leads to an end, `script_file` reads the YAML.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated

from pydantic import Field, field_validator

from dialer.core.model import Disposition, Word
from dialer.core.plan import Frozen
from dialer.core.script_pick import ScriptName  # noqa: TC001 - pydantic reads it at run time

_NO_CONTROL = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]*$"
"""Lines may be broken; tabs and what no screen can show may not be in a text."""

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
StepName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
FieldName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
ReasonCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]
_Said = Annotated[str, Field(min_length=1, max_length=2000, pattern=_NO_CONTROL)]
_Short = Annotated[str, Field(min_length=1, max_length=100, pattern=_NO_CONTROL)]
_Value = Annotated[str, Field(min_length=1, max_length=200, pattern=_NO_CONTROL)]

Text = Annotated[dict[Language, _Said], Field(min_length=1, max_length=8)]
"""What is said, by language; it may have placeholders (see `script_words`)."""
Label = Annotated[dict[Language, _Short], Field(min_length=1, max_length=8)]
"""What the agent reads and the customer does not hear, by language; without placeholders."""


class FieldKind(Word):
    """What may be answered to a field."""

    TEXT = auto()
    """A line of text."""
    DATE = auto()
    """A day, such as 2026-11-23."""
    TIME = auto()
    """A time of day, such as 15:30."""
    DATETIME = auto()
    """A moment with its time zone, such as 2026-11-23T15:30:00+08:00."""
    NUMBER = auto()
    """A decimal number."""
    CHOICE = auto()
    """One of the field's options."""
    PHONE = auto()
    """A telephone number; kept as E.164."""


class Variant(Frozen):
    """Other words for leads of which all of `when` is true: their persona, product or segment, by attribute."""

    when: Annotated[dict[_Value, _Value], Field(min_length=1, max_length=5)]
    say: Text


class Objection(Frozen):
    """A question that customers ask, and what to answer."""

    question: Text
    answer: Text


class Choice(Frozen):
    """One way on; `key` is the number key that takes it."""

    key: Annotated[str, Field(pattern=r"^[1-9]$")]
    label: Label
    next: StepName


class Option(Frozen):
    """One of the answers to a field of kind CHOICE."""

    value: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
    label: Label


class Asked(Frozen):
    """A field that the agent fills in while the customer answers."""

    name: FieldName
    kind: FieldKind = FieldKind.TEXT
    label: Label
    required: bool = True
    options: Annotated[tuple[Option, ...], Field(max_length=30)] = ()

    @field_validator("kind", mode="before")
    @classmethod
    def _upper(cls, kind: object) -> object:
        return kind.upper() if isinstance(kind, str) else kind


class Confirm(Frozen):
    """A second call: the lead goes into this campaign, due at the moment that was answered to the field `at`."""

    campaign: Annotated[str, Field(min_length=1, max_length=80, pattern=_NO_CONTROL)]
    at: FieldName


ASK = "ask"
"""As an end's reason: the agent chooses one of the script's reasons."""


class End(Frozen):
    """What came of the talk where the script ends."""

    disposition: Disposition
    reason: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")] | None = None
    """A code of the script's reasons, or `ask`."""
    confirm: Confirm | None = None

    @field_validator("disposition", mode="before")
    @classmethod
    def _upper(cls, disposition: object) -> object:
        return disposition.upper() if isinstance(disposition, str) else disposition


class Step(Frozen):
    """One moment of the talk. It goes on by `choices` or to `next` (once its `fields` are answered), or is an `end`."""

    title: Label
    say: Text
    variants: Annotated[tuple[Variant, ...], Field(max_length=30)] = ()
    """The first that fits the lead is said instead."""
    features: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    objections: Annotated[tuple[Objection, ...], Field(max_length=30)] = ()
    choices: Annotated[tuple[Choice, ...], Field(max_length=9)] = ()
    fields: Annotated[tuple[Asked, ...], Field(max_length=20)] = ()
    next: StepName | None = None
    end: End | None = None

    def followers(self) -> tuple[str, ...]:
        """The steps that may come after."""
        return (*(choice.next for choice in self.choices), *((self.next,) if self.next else ()))


class Reason(Frozen):
    """A coded reason; where it `asks`, the agent must write the answer beside the code."""

    text: Label
    asks: Label | None = None


class Script(Frozen):
    """A script. One that `script_file.read` has accepted is known to end on every path."""

    script: ScriptName
    """Its name, by which plans refer to it."""
    title: Label
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=8)]
    """Every text is there in each of them; the first is spoken where the lead and the plan name none of them."""
    reasons: Annotated[dict[ReasonCode, Reason], Field(max_length=9)] = Field(default_factory=dict)
    features: Annotated[tuple[Text, ...], Field(max_length=20)] = ()
    """At hand in every step."""
    objections: Annotated[tuple[Objection, ...], Field(max_length=50)] = ()
    """At hand in every step."""
    start: StepName
    steps: Annotated[dict[StepName, Step], Field(min_length=1, max_length=100)]

    def field(self, name: str) -> Asked | None:
        """The field of this name; no two steps have the same."""
        return next((one for step in self.steps.values() for one in step.fields if one.name == name), None)

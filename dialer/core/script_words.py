"""What an agent's screen gets of a script: the words chosen for one lead, with its name and attributes filled in. Pure.

Placeholders: {name}, {campaign}, {attributes.NAME}, {answers.FIELD}; after a bar what stands there where nothing is
known, as in {attributes.plan|your plan}. What is filled in is text and never looked at again for placeholders.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dialer.core.script import Asked, Objection, Script, Step

UNKNOWN = "…"
"""What is said where nothing is known and the script has nothing to say instead."""

_GAP = re.compile(r"\{([^{}]*)\}")
_INSIDE = re.compile(
    r"(?:(name|campaign)|attributes\.([^{}|\x00-\x1f]{1,100})|answers\.([a-z][a-z0-9_]{0,39}))(?:\|([^{}|]{0,100}))?"
)

Words: TypeAlias = "str | list[str | dict[str, str]]"
"""A text; where answers belong into it, its pieces, with `{"answer": FIELD, "otherwise": ...}` among them."""


@dataclass(frozen=True, slots=True)
class Gap:
    """A placeholder: of what, which one of them, and what stands there otherwise."""

    source: str
    name: str = ""
    otherwise: str = UNKNOWN


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom the script is worded for, and in which language, where the script has it."""

    name: str
    attributes: Mapping[str, str]
    campaign: str
    language: str


def pieces(text: str) -> Iterator[str | Gap]:
    """A text taken apart; ValueError tells of the first brace that is no placeholder of ours."""
    place = 0
    for found in _GAP.finditer(text):
        yield from _plain(text[place : found.start()])
        yield _gap(found[1])
        place = found.end()
    yield from _plain(text[place:])


def _plain(text: str) -> Iterator[str]:
    if "{" in text or "}" in text:
        raise ValueError("a brace that belongs to no placeholder")
    if text:
        yield text


def _gap(inside: str) -> Gap:
    found = _INSIDE.fullmatch(inside)
    if found is None:
        known = (
            "{name}, {campaign}, {attributes.NAME} and {answers.FIELD}, each with |OTHERWISE where it may be missing"
        )
        raise ValueError(f"unknown placeholder {{{inside[:40]}}}; there are {known}")
    own, attribute, answer, otherwise = found.groups()
    source = own or ("attributes" if attribute else "answers")
    return Gap(source, attribute or answer or "", UNKNOWN if otherwise is None else otherwise)


def worded(script: Script, version: int, to: Addressee) -> dict[str, object]:
    """The script as a screen walks it; every text by language, the one to be spoken named as `language`."""
    filler = _Filler(to)
    return {
        "name": script.script,
        "version": version,
        "title": script.title,
        "languages": list(script.languages),
        "language": spoken(script, to),
        "start": script.start,
        "reasons": [
            {"code": code, "text": reason.text, "asks": reason.asks} for code, reason in script.reasons.items()
        ],
        "features": [filler.by_language(text) for text in script.features],
        "objections": filler.objections(script.objections),
        "steps": {name: filler.step(step) for name, step in script.steps.items()},
    }


def spoken(script: Script, to: Addressee) -> str:
    """The language for a lead: its attribute `language`, else the campaign's, else the script's first."""
    wishes = (to.attributes.get("language", ""), to.language)
    return next((wish for wish in wishes if wish in script.languages), script.languages[0])


class _Filler:
    def __init__(self, to: Addressee) -> None:
        self._to = to

    def step(self, step: Step) -> dict[str, object]:
        attributes = self._to.attributes
        fits = (v.say for v in step.variants if all(attributes.get(k) == wanted for k, wanted in v.when.items()))
        filled: dict[str, object] = {
            "title": step.title,
            "say": self.by_language(next(fits, step.say)),
            "features": [self.by_language(text) for text in step.features],
            "objections": self.objections(step.objections),
            "choices": [choice.model_dump() for choice in step.choices],
            "fields": [_asked(one) for one in step.fields],
            "next": step.next,
            "end": None,
        }
        if step.end is not None:
            filled["end"] = {"disposition": step.end.disposition.value, "reason": step.end.reason}
        return filled

    def objections(self, known: tuple[Objection, ...]) -> list[dict[str, object]]:
        return [{"question": self.by_language(one.question), "answer": self.by_language(one.answer)} for one in known]

    def by_language(self, text: Mapping[str, str]) -> dict[str, Words]:
        return {language: self._filled(said) for language, said in text.items()}

    def _filled(self, text: str) -> Words:
        if "{" not in text:
            return text
        filled: list[str | dict[str, str]] = []
        for piece in pieces(text):
            if isinstance(piece, Gap) and piece.source == "answers":
                filled.append({"answer": piece.name, "otherwise": piece.otherwise})
                continue
            plain = piece if isinstance(piece, str) else self._known(piece)
            if filled and isinstance(filled[-1], str):
                filled[-1] += plain
            else:
                filled.append(plain)
        return filled[0] if len(filled) == 1 and isinstance(filled[0], str) else filled

    def _known(self, gap: Gap) -> str:
        found = {"name": self._to.name, "campaign": self._to.campaign}.get(gap.source)
        if found is None:
            found = self._to.attributes.get(gap.name, "")
        return found.strip() or gap.otherwise


def _asked(one: Asked) -> dict[str, object]:
    return one.model_dump(mode="json")

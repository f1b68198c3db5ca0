"""What must be true of a script as a whole: every step is reached, and every path comes to an end. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, TypeAlias

from dialer.core.model import Disposition
from dialer.core.script import ASK, FieldKind
from dialer.core.script_words import Gap, pieces

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dialer.core.script import Asked, End, Objection, Script, Step

Place: TypeAlias = "tuple[str | int, ...]"
"""Where in a script something stands: its keys from the top, places in lists counted from 0."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where."""

    place: Place
    says: str


def faults(script: Script) -> list[Fault]:
    """All that is wrong with a script whose shape is right; its paths are looked at only where its steps are whole."""
    found = [*_steps(script), *_texts(script), *_names(script)]
    return found or _paths(script)


def _steps(script: Script) -> Iterator[Fault]:
    if script.start not in script.steps:
        yield Fault(("start",), f"there is no step {script.start}")
    for name, step in script.steps.items():
        here: Place = ("steps", name)
        ways = [key for key, there in (("choices", step.choices), ("next", step.next), ("end", step.end)) if there]
        if not ways:
            yield Fault(here, "a dead end: it needs choices, next or end")
        elif len(ways) > 1:
            yield Fault((*here, ways[1]), f"a step goes on one way: {' or '.join(ways)}, not both")
        if step.fields and ways and ways != ["next"]:
            yield Fault((*here, "fields"), "a step with fields goes on by next")
        if step.next is not None and step.next not in script.steps:
            yield Fault((*here, "next"), f"there is no step {step.next}")
        yield from _choices(here, step, script)
        if step.end is not None:
            yield from _end((*here, "end"), step.end, script)


def _choices(here: Place, step: Step, script: Script) -> Iterator[Fault]:
    keys: set[str] = set()
    labels: set[str] = set()
    for index, choice in enumerate(step.choices):
        place: Place = (*here, "choices", index)
        if choice.next not in script.steps:
            yield Fault((*place, "next"), f"there is no step {choice.next}")
        if choice.key in keys:
            yield Fault((*place, "key"), f"the key {choice.key} is taken by another choice of this step")
        keys.add(choice.key)
        said = {f"{language}:{text}" for language, text in choice.label.items()}
        if said & labels:
            yield Fault((*place, "label"), "another choice of this step has the same label")
        labels |= said


def _end(here: Place, end: End, script: Script) -> Iterator[Fault]:
    if end.disposition is Disposition.NOT_RECORDED:
        yield Fault((*here, "disposition"), "NOT_RECORDED is what stands where nothing was recorded: no script ends so")
    if end.reason == ASK and not script.reasons:
        yield Fault((*here, "reason"), "the script has no reasons to choose from")
    elif end.reason not in {None, ASK, *script.reasons}:
        yield Fault((*here, "reason"), f"{end.reason} is none of the reasons ({', '.join(script.reasons) or 'none'})")
    elif end.reason is None and end.disposition is Disposition.REFUSED and script.reasons:
        yield Fault((*here, "reason"), "a refusal needs a reason: one of the reasons, or ask")


def _texts(script: Script) -> Iterator[Fault]:
    """Every text has every language, and its placeholders are known ones; labels have none."""
    if len(set(script.languages)) != len(script.languages):
        yield Fault(("languages",), "a language is there twice")
    for place, text in _said(script):
        yield from _languages(place, text, script)
        for language, words in text.items():
            try:
                list(pieces(words))
            except ValueError as error:
                yield Fault((*place, language), str(error))
    for place, label in _labels(script):
        yield from _languages(place, label, script)
        for language, words in label.items():
            if "{" in words or "}" in words:
                yield Fault((*place, language), "no placeholders here: only what is said has them")


def _languages(place: Place, text: Mapping[str, str], script: Script) -> Iterator[Fault]:
    if missing := [one for one in script.languages if one not in text]:
        yield Fault(place, f"the text is missing in: {', '.join(missing)}")
    if more := [one for one in text if one not in script.languages]:
        yield Fault((*place, more[0]), f"{more[0]} is none of the script's languages")


def _said(script: Script) -> Iterator[tuple[Place, Mapping[str, str]]]:
    yield from _at_hand((), script.features, script.objections)
    for name, step in script.steps.items():
        here: Place = ("steps", name)
        yield (*here, "say"), step.say
        for index, variant in enumerate(step.variants):
            yield (*here, "variants", index, "say"), variant.say
        yield from _at_hand(here, step.features, step.objections)


def _at_hand(
    here: Place, features: tuple[dict[str, str], ...], objections: tuple[Objection, ...]
) -> Iterator[tuple[Place, Mapping[str, str]]]:
    for index, feature in enumerate(features):
        yield (*here, "features", index), feature
    for index, objection in enumerate(objections):
        yield (*here, "objections", index, "question"), objection.question
        yield (*here, "objections", index, "answer"), objection.answer


def _labels(script: Script) -> Iterator[tuple[Place, Mapping[str, str]]]:
    yield ("title",), script.title
    for code, reason in script.reasons.items():
        yield ("reasons", code, "text"), reason.text
        if reason.asks is not None:
            yield ("reasons", code, "asks"), reason.asks
    for name, step in script.steps.items():
        here: Place = ("steps", name)
        yield (*here, "title"), step.title
        for index, choice in enumerate(step.choices):
            yield (*here, "choices", index, "label"), choice.label
        for index, asked in enumerate(step.fields):
            yield (*here, "fields", index, "label"), asked.label
            for number, option in enumerate(asked.options):
                yield (*here, "fields", index, "options", number, "label"), option.label


def _names(script: Script) -> Iterator[Fault]:
    if ASK in script.reasons:
        yield Fault(("reasons", ASK), "ask is no code: it means that the agent chooses one")
    names: set[str] = set()
    for step_name, step in script.steps.items():
        for index, asked in enumerate(step.fields):
            place: Place = ("steps", step_name, "fields", index)
            if asked.name in names:
                yield Fault((*place, "name"), f"another field has the name {asked.name}")
            names.add(asked.name)
            values = [option.value for option in asked.options]
            if (asked.kind is FieldKind.CHOICE) != bool(values):
                yield Fault((*place, "options"), "a field of kind choice has options, and no other has")
            elif len(set(values)) != len(values):
                yield Fault((*place, "options"), "two options have the same value")


def _paths(script: Script) -> list[Fault]:
    graph = {name: step.followers() for name, step in script.steps.items()}
    reached, ahead = {script.start}, [script.start]
    while ahead:
        for follower in graph[ahead.pop()]:
            if follower not in reached:
                reached.add(follower)
                ahead.append(follower)
    if lost := [name for name in graph if name not in reached]:
        return [Fault(("steps", name), "unreachable: no path from the start leads here") for name in lost]
    try:
        # It takes what must come before: the order is then from the ends to the start.
        backwards = tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        return [Fault(("steps", error.args[1][-1]), f"a loop: {circle}")]
    return list(_answers(script, tuple(reversed(backwards))))


def _answers(script: Script, in_order: tuple[str, ...]) -> Iterator[Fault]:
    """Nothing is told of an answer that was not asked for on every path to it."""
    asked: dict[str, dict[str, Asked]] = {script.start: {}}
    for name in in_order:
        step, before = script.steps[name], asked[name]
        after = before | {one.name: one for one in step.fields}
        for follower in step.followers():
            known = asked.get(follower)
            asked[follower] = after if known is None else {one: known[one] for one in known if one in after}
        yield from _filled(name, step, before)
        if step.end is not None and step.end.confirm is not None:
            at = before.get(step.end.confirm.at)
            if at is None or not at.required or at.kind is not FieldKind.DATETIME:
                says = "must be a required field of kind datetime that is asked on every path to here"
                yield Fault(("steps", name, "end", "confirm", "at"), says)
    for place, text in _at_hand((), script.features, script.objections):
        yield from _unknown(place, text, {})


def _filled(name: str, step: Step, known: Mapping[str, object]) -> Iterator[Fault]:
    here: Place = ("steps", name)
    texts = [((*here, "say"), step.say)]
    texts += [((*here, "variants", index, "say"), one.say) for index, one in enumerate(step.variants)]
    for place, text in (*texts, *_at_hand(here, step.features, step.objections)):
        yield from _unknown(place, text, known)


def _unknown(place: Place, text: Mapping[str, str], known: Mapping[str, object]) -> Iterator[Fault]:
    for language, words in text.items():
        for gap in pieces(words):
            if isinstance(gap, Gap) and gap.source == "answers" and gap.name not in known:
                says = f"{{answers.{gap.name}}} is not known here: no field of it is asked on every path before"
                yield Fault((*place, language), says)

"""Reads a script's YAML, and writes it; whatever is wrong is told with its step, its key and its line. Pure.

Of YAML only mappings, lists and plain texts are taken: no aliases, which may unfold into gigabytes, no tags, no tabs.
Every scalar is text, so that `no` is a word and 1 a key.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from pydantic import ValidationError

from dialer.core.errors import InputError
from dialer.core.script import Script
from dialer.core.script_checks import faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dialer.core.script_checks import Place

MOST_BYTES = 64 * 1024
_DEEPEST = 16
_MOST_NODES = 10_000
_MOST_PROBLEMS = 20
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: its line, from 1, where it can be told, the step and the key in it, and what it is."""

    line: int | None
    step: str | None
    key: str
    says: str

    def __str__(self) -> str:
        where = [f"line {self.line}"] if self.line else []
        where += [f"step {self.step}"] if self.step else []
        where += [self.key] if self.key else []
        return f"{', '.join(where)}: {self.says}" if where else self.says


class ScriptError(InputError):
    """A script that cannot be used; `problems` has every single thing, the text the first few."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: one.line or 0))
        super().__init__("; ".join(map(str, self.problems[:_MOST_PROBLEMS])))


class _Refused(Exception):  # noqa: N818 - never leaves this file
    def __init__(self, says: str, line: int | None = None, place: Place = ()) -> None:
        super().__init__(says)
        self.says, self.line, self.place = says, line, place


def read(text: str) -> Script:
    """The script that is written there; ScriptError names all that is wrong with it."""
    lines: dict[Place, int] = {}
    try:
        _refuse_characters(text)
        _refuse_structure(text)
        written = _built(yaml.compose(text, Loader=_LOADER), (), lines)
    except _Refused as refused:
        raise ScriptError([_problem(refused.place, refused.says, lines, refused.line)]) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        says = f"not YAML: {error.problem or error.context or 'it cannot be read'}"
        raise ScriptError([_problem((), says, lines, mark.line + 1 if mark else None)]) from None
    except yaml.YAMLError as error:
        raise ScriptError([_problem((), f"not YAML: {str(error)[:200]}", lines)]) from None
    try:
        script = Script.model_validate(written)
    except ValidationError as error:
        found = [
            _problem(tuple(part for part in one["loc"] if part != "[key]"), one["msg"], lines)
            for one in error.errors(include_input=False, include_url=False)
        ]
        raise ScriptError(found) from None
    if wrong := faults(script):
        raise ScriptError([_problem(one.place, one.says, lines) for one in wrong])
    return script


def dump(script: Script) -> str:
    """The same as YAML, as `read` takes it."""
    plain = script.model_dump(mode="json", exclude_defaults=True)
    return str(yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=110))


def _refuse_characters(text: str) -> None:
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise _Refused(f"longer than {MOST_BYTES // 1024} KiB")
    for number, line in enumerate(text.split("\n"), start=1):
        if "\t" in line:
            raise _Refused("a tab: indent with spaces", number)
        if _UNSEEN.search(line):
            raise _Refused("a character that no screen shows", number)


def _refuse_structure(text: str) -> None:
    """Before anything is built: nothing may unfold, nest too deep or be too much."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else None
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _Refused("a second document: a file has one script", line)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise _Refused("anchors and aliases (& and *) are not taken: write it out", line)
        if getattr(event, "tag", None) not in {None, "!"}:
            raise _Refused("tags (!) are not taken", line)
        if isinstance(event, yaml.NodeEvent):
            nodes += 1
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _DEEPEST or nodes > _MOST_NODES:
            raise _Refused("nested too deep" if depth > _DEEPEST else "too much for one script", line)


def _built(node: Any, place: Place, lines: dict[Place, int]) -> object:
    if node is None:
        raise _Refused("the script is empty")
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_built(one, (*place, index), lines) for index, one in enumerate(node.value)]
    built: dict[str, object] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise _Refused("a key must be plain text", line, place)
        inner = (*place, key.value)
        if key.value in built:
            raise _Refused("this key is there twice", line, inner)
        lines[inner] = line
        built[key.value] = _built(value, inner, lines)
    return built


def _problem(place: Place, says: str, lines: dict[Place, int], line: int | None = None) -> Problem:
    step = str(place[1]) if len(place) > 1 and place[0] == "steps" else None
    rest = place[2:] if step is not None else place
    says = says.removeprefix("Value error, ")
    found = line if line is not None else next((lines[one] for one in _outwards(place) if one in lines), None)
    return Problem(found, _shown(step), ".".join(_shown(str(part)) or "" for part in rest), says)


def _outwards(place: Place) -> Iterator[Place]:
    """The place, and those around it: what is missing has no line of its own."""
    for length in range(len(place), -1, -1):
        yield place[:length]


def _shown(text: str | None) -> str | None:
    return text if text is None or text.isprintable() else ascii(text)

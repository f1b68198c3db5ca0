"""One talk's way through a script: which steps were gone through, what was answered, and where it stands. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import pairwise
from typing import TYPE_CHECKING

from dialer.core.errors import InputError
from dialer.core.numbers import parse
from dialer.core.script import ASK, FieldKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.core.script import Asked, End, Script

LONGEST_ANSWER = 500
_UNSEEN = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


@dataclass(frozen=True, slots=True)
class Move:
    """A step of the way, and the key of the choice that was taken in it; None where none was, or it is the last."""

    step: str
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Walk:
    """How far a talk has come: the last of `path` is the step where it stands."""

    path: tuple[Move, ...]
    answers: Mapping[str, str] = field(default_factory=dict)
    reason: str | None = None
    """The code that the agent chose at an end that asks for one."""
    reason_text: str | None = None


@dataclass(frozen=True, slots=True)
class Ending:
    """What an end that was reached says: with the reason's code, the script's own or the agent's."""

    end: End
    reason: str | None
    reason_text: str | None


def check(script: Script, walk: Walk, region: str) -> Walk:
    """The walk with its answers as they are kept; InputError names what is wrong.

    The step where it stands may be half filled in: only of the steps that were passed must all be right.
    """
    _refuse_astray(script, walk.path)
    answers = dict(walk.answers)
    for name, answer in answers.items():
        if script.field(name) is None:
            raise InputError(f"answers.{name}: the script asks no such thing")
        _refuse_unreadable(f"answers.{name}", answer)
    for move in walk.path[:-1]:
        for asked in script.steps[move.step].fields:
            answers[asked.name] = checked(asked, answers.get(asked.name, ""), region)
    if walk.reason is not None and walk.reason not in script.reasons:
        raise InputError(f"reason: {walk.reason} is none of {', '.join(script.reasons) or 'no reasons'}")
    _refuse_unreadable("reason_text", walk.reason_text or "")
    kept = {name: answer for name, answer in answers.items() if answer}
    return Walk(walk.path, kept, walk.reason, (walk.reason_text or "").strip() or None)


def _refuse_astray(script: Script, path: tuple[Move, ...]) -> None:
    if not path or path[0].step != script.start:
        raise InputError(f"path: must begin with the step {script.start}")
    for index, (move, after) in enumerate(pairwise(path), start=1):
        if follower(script, move) != after.step:
            raise InputError(f"path.{index}: from step {move.step} the script does not lead to {after.step}")
    if path[-1].key is not None:
        raise InputError(f"path.{len(path) - 1}: a key is taken, but no step follows")


def _refuse_unreadable(name: str, answer: str) -> None:
    if len(answer) > LONGEST_ANSWER or _UNSEEN.search(answer):
        raise InputError(f"{name}: longer than {LONGEST_ANSWER} characters, or with unreadable ones")


def follower(script: Script, move: Move) -> str | None:
    """The step after a move; None where there is none."""
    step = script.steps.get(move.step)
    if step is None:
        return None
    if move.key is None:
        return step.next
    return next((choice.next for choice in step.choices if choice.key == move.key), None)


def checked(asked: Asked, answer: str, region: str) -> str:
    """An answer as it is kept, empty where none is needed; InputError says what the field wants."""
    answer = answer.strip()
    if not answer:
        if asked.required:
            raise InputError(f"answers.{asked.name}: must be answered")
        return ""
    try:
        return _of_kind(asked, answer, region)
    except ValueError:
        raise InputError(f"answers.{asked.name}: {_WANTED[asked.kind]}") from None
    except InputError as error:
        raise InputError(f"answers.{asked.name}: {error}") from None


_WANTED = {
    FieldKind.TEXT: "must be text",
    FieldKind.DATE: "must be a day such as 2026-11-23",
    FieldKind.TIME: "must be a time such as 15:30",
    FieldKind.DATETIME: "must be a moment with its time zone, such as 2026-11-23T15:30:00+08:00",
    FieldKind.NUMBER: "must be a number",
    FieldKind.CHOICE: "must be one of the field's options",
    FieldKind.PHONE: "must be a telephone number",
}


def _of_kind(asked: Asked, answer: str, region: str) -> str:
    """ValueError where it is none of that kind."""
    match asked.kind:
        case FieldKind.DATE:
            return date.fromisoformat(answer).isoformat()
        case FieldKind.TIME:
            return time.fromisoformat(answer).strftime("%H:%M")
        case FieldKind.DATETIME:
            return moment(answer).isoformat()
        case FieldKind.NUMBER if not _NUMBER.fullmatch(answer):
            raise ValueError(answer)
        case FieldKind.CHOICE if answer not in {option.value for option in asked.options}:
            raise ValueError(answer)
        case FieldKind.PHONE:
            return parse(answer, region).e164
        case _:
            return answer


def moment(answer: str) -> datetime:
    """A moment that was answered, in its own zone; ValueError for one without, or beyond the years 1 to 9999."""
    found = datetime.fromisoformat(answer)
    if found.utcoffset() is None:
        raise ValueError(answer)
    try:
        found.astimezone(UTC)
    except OverflowError:
        raise ValueError(answer) from None
    return found


def ending(script: Script, walk: Walk) -> Ending | None:
    """What came of the talk by the script; None while it stands before an end."""
    end = script.steps[walk.path[-1].step].end
    if end is None:
        return None
    reason = walk.reason if end.reason == ASK else end.reason
    return Ending(end, reason, walk.reason_text if reason is not None else None)


def missing(script: Script, ended: Ending) -> str | None:
    """What must still be said at an end before it can be recorded, with its field; None where nothing is."""
    if ended.end.reason == ASK and ended.reason is None:
        return f"reason: the script asks for one of {', '.join(script.reasons)}"
    if ended.reason is not None and script.reasons[ended.reason].asks is not None and not ended.reason_text:
        return f"reason_text: reason {ended.reason} asks for an answer in words"
    return None

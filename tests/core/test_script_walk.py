from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.errors import InputError
from dialer.core.model import Disposition
from dialer.core.script_file import read
from dialer.core.script_walk import Move, Walk, check, ending, follower, missing

from .scripts import BOOKING, accepted

if TYPE_CHECKING:
    from dialer.core.script import Script

SCRIPT = read(BOOKING)
ANSWERS = {"visit_at": "2026-11-24T10:00+08:00", "contact": "13800000001"}
TO_AGREED = (Move("identity", "1"), Move("book"), Move("agreed"))
TO_REFUSED = (Move("identity", "2"), Move("refused"))
_ANSWER = {"TEXT": "x", "NUMBER": "4.5", "DATE": "2026-11-24"}


def paths(script: Script, path: tuple[Move, ...], found: list[tuple[Move, ...]]) -> list[tuple[Move, ...]]:
    """Every way from here to an end, a few thousand at most."""
    step = script.steps[path[-1].step]
    if len(found) > 3000:
        return found
    if step.end is not None:
        found.append(path)
    keys: list[str | None] = [choice.key for choice in step.choices]
    for key in keys or ([None] if step.next else []):
        move = Move(path[-1].step, key)
        after = follower(script, move)
        assert after is not None
        paths(script, (*path[:-1], move, Move(after)), found)
    return found


@given(accepted())
def test_an_accepted_script_is_walked_to_an_end_by_every_path(script: Script) -> None:
    answers = {one.name: _ANSWER[one.kind] for step in script.steps.values() for one in step.fields}
    walked = paths(script, (Move(script.start),), [])
    assert {move.step for path in walked for move in path} == set(script.steps)
    for path in walked:
        kept = check(script, Walk(path, answers), "CN")
        assert ending(script, kept) is not None
        for length in range(1, len(path)):
            here = (*path[: length - 1], Move(path[length - 1].step))
            assert ending(script, check(script, Walk(here, answers), "CN")) is None


@given(
    st.lists(st.builds(Move, st.sampled_from(["identity", "book", "agreed", "x"]), st.sampled_from([None, "1", "9"])))
)
def test_a_way_that_the_script_does_not_have_is_refused(path: list[Move]) -> None:
    leads_on = [follower(SCRIPT, move) for move in path]
    if path and path[0].step == "identity" and leads_on[:-1] == [move.step for move in path[1:]] and not path[-1].key:
        assert check(SCRIPT, Walk(tuple(path), ANSWERS), "CN").path == tuple(path)
    else:
        with pytest.raises(InputError, match=r"^path"):
            check(SCRIPT, Walk(tuple(path), ANSWERS), "CN")


def test_answers_are_kept_in_one_shape() -> None:
    kept = check(SCRIPT, Walk(TO_AGREED, ANSWERS | {"remark": "  "}), "CN")
    assert kept.answers == {"visit_at": "2026-11-24T10:00:00+08:00", "contact": "+8613800000001"}
    ended = ending(SCRIPT, kept)
    assert ended is not None
    assert (ended.end.disposition, ended.reason, missing(SCRIPT, ended)) == (Disposition.AGREED, None, None)


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"visit_at": ""}, "answers.visit_at: must be answered"),
        ({"visit_at": "tomorrow"}, "answers.visit_at: must be a moment"),
        ({"visit_at": "2026-11-24T10:00"}, "answers.visit_at: must be a moment with its time zone"),
        ({"visit_at": "0001-01-01T00:00:00+14:00"}, "answers.visit_at: must be a moment"),
        ({"contact": "110"}, "answers.contact: "),
        ({"remark": "a\x00"}, "answers.remark: "),
        ({"remark": "\ud800"}, "answers.remark: "),
        ({"remark": "x" * 501}, "answers.remark: longer"),
        ({"colour": "red"}, "answers.colour: the script asks no such thing"),
    ],
)
def test_a_step_is_passed_only_with_right_answers(answers: dict[str, str], says: str) -> None:
    with pytest.raises(InputError) as refused:
        check(SCRIPT, Walk(TO_AGREED, ANSWERS | answers), "CN")
    assert str(refused.value).startswith(says)


def test_the_step_where_a_talk_stands_may_be_half_filled_in() -> None:
    here = (Move("identity", "1"), Move("book"))
    assert check(SCRIPT, Walk(here, {"contact": "138"}), "CN").answers == {"contact": "138"}


def test_a_refusal_needs_its_code_and_the_code_its_words() -> None:
    def says(reason: str | None, text: str | None = None) -> str | None:
        ended = ending(SCRIPT, check(SCRIPT, Walk(TO_REFUSED, {}, reason, text), "CN"))
        assert ended is not None
        return missing(SCRIPT, ended)

    assert says(None) == "reason: the script asks for one of A, G"
    assert says("A") is None
    assert says("G", " ") == "reason_text: reason G asks for an answer in words"
    assert says("G", "moves abroad") is None
    with pytest.raises(InputError, match="reason: Z is none of A, G"):
        says("Z")

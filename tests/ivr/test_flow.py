"""The machine that walks a flow, and the flows it is not given."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ivr.flow import Finished, Flow, Play, Walk

TEXTS = {"zh": "您好{company}", "en": "Hello {company}"}
STEPS: dict[str, object] = {
    "ask": {
        "do": "menu",
        "prompt": "ask",
        "texts": TEXTS,
        "wait_s": 4,
        "choices": {"9": "out", "1": "again"},
        "otherwise": "end",
    },
    "again": {"do": "say", "prompt": "again", "texts": TEXTS, "next": "end"},
    "out": {"do": "opt_out", "next": "bye"},
    "bye": {"do": "say", "prompt": "bye", "texts": TEXTS, "next": "end"},
    "end": {"do": "hangup"},
}


def flow(**steps: object) -> Flow:
    return Flow.model_validate({"name": "one", "start": "ask", "steps": {**STEPS, **steps}})


def test_nine_opts_out_and_is_confirmed() -> None:
    walk = Walk(flow())
    assert walk.next() == Play("ask", "91", 4)
    assert walk.next("9") == Play("bye")
    assert walk.opted_out
    assert walk.next() == Finished(opted_out=True)


def test_another_choice_leads_elsewhere() -> None:
    walk = Walk(flow())
    walk.next()
    assert walk.next("1") == Play("again")
    assert walk.next() == Finished(opted_out=False)


@pytest.mark.parametrize("pressed", [None, "5", ""])
def test_nothing_pressed_goes_on(pressed: str | None) -> None:
    walk = Walk(flow())
    walk.next()
    assert walk.next(pressed) == Finished(opted_out=False)


@given(st.lists(st.none() | st.text(max_size=2), min_size=6, max_size=20))
def test_every_walk_ends_and_only_nine_opts_out(presses: list[str | None]) -> None:
    walk = Walk(flow())
    walk.next()
    instructions = [walk.next(pressed) for pressed in presses]
    assert instructions[-1] == Finished(opted_out=presses[0] == "9")


def test_prompts_name_the_company_and_trust_nothing_else_in_it() -> None:
    assert ("en", "bye", "Hello A {x} 100%") in list(flow().prompts("A {x} 100%"))


@pytest.mark.parametrize(
    ("steps", "complaint"),
    [
        ({"bye": {"do": "say", "prompt": "b", "texts": TEXTS, "next": "nowhere"}}, "nowhere"),
        ({"bye": {"do": "say", "prompt": "b", "texts": TEXTS, "next": "ask"}}, "circle"),
        ({"bye": {"do": "say", "prompt": "b", "texts": {"en": "Bye"}, "next": "end"}}, "same languages"),
        ({"bye": {"do": "say", "prompt": 'b" "', "texts": TEXTS, "next": "end"}}, "prompt"),
        ({"bye": {"do": "dance"}}, "dance"),
        ({"out": {"do": "opt_out", "next": "bye", "surprise": 1}}, "surprise"),
    ],
)
def test_a_bad_flow_is_refused(steps: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValidationError, match=complaint):
        flow(**steps)

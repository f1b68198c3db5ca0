from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.script import Script
from dialer.core.script_file import read
from dialer.core.script_words import UNKNOWN, Addressee, Gap, pieces, worded

from .scripts import BOOKING, accepted


def step(flow: dict[str, object], name: str) -> Any:
    steps: Any = flow["steps"]
    return steps[name]


def test_the_leads_name_and_attributes_are_filled_in_as_text() -> None:
    hostile = "<b>{answers.visit_at}</b>{name}"
    flow = worded(read(BOOKING), 3, Addressee(hostile, {}, "C", "en"))
    assert step(flow, "identity")["say"] == {"en": f"Is this {hostile}?"}
    assert step(flow, "agreed")["say"] == {
        "en": ["See you at ", {"answer": "visit_at", "otherwise": UNKNOWN}, "."],
    }
    assert flow["version"] == 3


def test_the_first_variant_that_fits_the_lead_is_said() -> None:
    variants = """
    variants:
      - {when: {persona: warm, segment: vip}, say: {en: "Dear {name}"}}
      - {when: {persona: warm}, say: {en: "Hello {name}"}}
"""
    script = read(
        BOOKING.replace('    say: {en: "Is this {name}?"}\n', f'    say: {{en: "Is this {{name}}?"}}{variants}')
    )

    def said(**attributes: str) -> object:
        return step(worded(script, 1, Addressee("Li", attributes, "C", "en")), "identity")["say"]["en"]

    assert said() == said(segment="vip") == "Is this Li?"
    assert said(persona="warm") == "Hello Li"
    assert said(persona="warm", segment="vip") == "Dear Li"


@pytest.mark.parametrize(
    ("attributes", "campaign", "spoken"), [({}, "en", "en"), ({"language": "en"}, "zh", "en"), ({}, "fr", "zh")]
)
def test_the_language_is_the_leads_else_the_campaigns_else_the_first(
    attributes: dict[str, str], campaign: str, spoken: str
) -> None:
    script = Script.model_validate(
        {
            "script": "two",
            "title": {"zh": "二", "en": "two"},
            "languages": ["zh", "en"],
            "start": "a",
            "steps": {
                "a": {
                    "title": {"zh": "二", "en": "t"},
                    "say": {"zh": "好", "en": "hi"},
                    "end": {"disposition": "AGREED"},
                }
            },
        }
    )
    assert worded(script, 1, Addressee("Li", attributes, "C", campaign))["language"] == spoken


@given(st.text(max_size=60))
def test_a_text_is_taken_apart_whole_or_refused(text: str) -> None:
    try:
        found = list(pieces(text))
    except ValueError:
        assert "{" in text or "}" in text
    else:
        assert "".join(one for one in found if isinstance(one, str)) == text or any(
            isinstance(one, Gap) for one in found
        )


def test_what_is_missing_has_its_own_words() -> None:
    assert list(pieces("{attributes.plan|your plan}{attributes.城市}")) == [
        Gap("attributes", "plan", "your plan"),
        Gap("attributes", "城市", UNKNOWN),
    ]


@given(accepted(), st.dictionaries(st.sampled_from(["persona", "城市"]), st.text(max_size=20)))
def test_every_step_has_words_for_everybody(script: Script, attributes: dict[str, str]) -> None:
    flow = worded(script, 1, Addressee("Li", attributes, "C", "en"))
    assert all(step(flow, name)["say"] for name in script.steps)

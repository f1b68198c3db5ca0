"""Scripts for the tests: small ones by hand, and a strategy for all that can be accepted."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from dialer.core.script import Script
from dialer.core.script_checks import faults

BOOKING = """
script: booking
title: {en: Booking}
languages: [en]
start: identity
reasons:
  A: {text: {en: Not changing phone}}
  G: {text: {en: Other}, asks: {en: What is it?}}
steps:
  identity:
    title: {en: Identity}
    say: {en: "Is this {name}?"}
    choices:
      - {key: 1, label: {en: "Yes"}, next: book}
      - {key: 2, label: {en: "No"}, next: refused}
  book:
    title: {en: Booking}
    say: {en: When and where?}
    fields:
      - {name: visit_at, kind: datetime, label: {en: When}}
      - {name: contact, kind: phone, label: {en: Number}}
      - {name: remark, kind: text, required: false, label: {en: Remark}}
    next: agreed
  agreed:
    title: {en: Agreed}
    say: {en: "See you at {answers.visit_at}."}
    end: {disposition: agreed}
  refused:
    title: {en: Refused}
    say: {en: Why not?}
    end: {disposition: refused, reason: ask}
"""
CONFIRMED = BOOKING.replace(
    "end: {disposition: agreed}", "end: {disposition: agreed, confirm: {campaign: second, at: visit_at}}"
)
"""The same with a second call by the campaign `second`."""

_said = st.text(st.characters(exclude_categories=["C", "Zl", "Zp"], exclude_characters="{}"), min_size=1, max_size=30)
_languages = st.sampled_from([("en",), ("zh", "en")])


@st.composite
def accepted(draw: st.DrawFn) -> Script:
    """Any script that is accepted: a tree of steps, with more ways between them that lead on."""
    languages, count = draw(_languages), draw(st.integers(1, 12))

    def text(*gaps: str) -> dict[str, str]:
        gap = "".join(draw(st.lists(st.sampled_from(gaps), max_size=2))) if gaps else ""
        return {language: draw(_said) + gap for language in languages}

    below: list[list[int]] = [[] for _ in range(count)]
    for index in range(1, count):
        above = draw(st.sampled_from([one for one in range(index) if len(below[one]) < 5]))
        below[above].append(index)
    steps: dict[str, Any] = {}
    for index in range(count):
        step: dict[str, Any] = {"title": text(), "say": text("{name}", "{attributes.城市|here}")}
        ways = below[index] + draw(
            st.lists(st.integers(index + 1, count - 1), max_size=3) if below[index] else st.just([])
        )
        if not ways:
            step["end"] = {"disposition": draw(st.sampled_from(["AGREED", "UNDECIDED", "CALL_BACK"]))}
        elif len(ways) == 1 and draw(st.booleans()):
            field = {"name": f"f{index}", "kind": draw(st.sampled_from(["text", "number", "date"])), "label": text()}
            step |= {"next": f"s{ways[0]}", "fields": [field | {"required": draw(st.booleans())}]}
        else:
            labels = [dict.fromkeys(languages, f"{number}") for number in range(len(ways))]
            step["choices"] = [
                {"key": str(number + 1), "label": labels[number], "next": f"s{way}"} for number, way in enumerate(ways)
            ]
        if draw(st.booleans()):
            step["variants"] = [{"when": {"persona": draw(_said)}, "say": text("{campaign}")}]
        steps[f"s{index}"] = step
    script = Script.model_validate(
        {"script": "made", "title": text(), "languages": languages, "start": "s0", "steps": steps}
    )
    assert faults(script) == []
    return script

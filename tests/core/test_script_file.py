from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.script_file import MOST_BYTES, ScriptError, dump, read

from .scripts import BOOKING, CONFIRMED, accepted

if TYPE_CHECKING:
    from dialer.core.script import Script

SHIPPED = sorted(Path("deploy/scripts").glob("*.yaml"))


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: str(file.stem))
def test_the_shipped_scripts_are_in_order(file: Path) -> None:
    script = read(file.read_text("utf-8"))
    assert script.script == file.stem
    assert read(dump(script)) == script


def test_the_offer_does_all_that_a_first_call_needs() -> None:
    script = read(Path("deploy/scripts/offer.yaml").read_text("utf-8"))
    assert list(script.reasons) == list("ABCDEFG")
    assert [code for code, reason in script.reasons.items() if reason.asks] == ["F", "G"]
    assert {"identity", "offer", "agreed", "refused", "retention"} <= set(script.steps)
    assert len([one for step in script.steps.values() for one in step.fields]) == 5


@given(accepted())
def test_what_is_written_is_read_as_the_same(script: Script) -> None:
    assert read(dump(script)) == script


@given(st.text(max_size=300))
def test_any_text_is_a_script_or_refused_in_words(text: str) -> None:
    with pytest.raises(ScriptError) as refused:
        read(text)
    assert str(refused.value)


@given(st.data())
def test_a_script_with_a_piece_cut_out_is_read_or_refused_in_words(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(CONFIRMED)))
    text = CONFIRMED[:start] + CONFIRMED[start + data.draw(st.integers(0, 40)) :]
    with contextlib.suppress(ScriptError):
        assert read(text).steps


def told(text: str) -> str:
    with pytest.raises(ScriptError) as refused:
        read(text)
    return str(refused.value)


def line_of(words: str, text: str = BOOKING) -> int:
    return text[: text.index(words)].count("\n") + 1


WRONG = {
    "unknown step": ("next: book}", "next: nowhere}", "step identity, choices.0.next: there is no step nowhere"),
    "unknown disposition": ("disposition: agreed", "disposition: happy", "step agreed, end.disposition: "),
    "duplicate key": ("key: 2", "key: 1", "step identity, choices.1.key: the key 1 is taken"),
    "duplicate label": ('{en: "No"}', '{en: "Yes"}', "step identity, choices.1.label: another choice"),
    "unknown reason": ("reason: ask", "reason: Z", "step refused, end.reason: Z is none of the reasons (A, G)"),
    "refusal without reason": (", reason: ask", "", "step refused, end.reason: a refusal needs a reason"),
    "unknown placeholder": ("{name}", "{surname}", "step identity, say.en: unknown placeholder {surname}"),
    "lone brace": ("{name}", "{name", "a brace that belongs to no placeholder"),
    "answer of nowhere": ("Why not?", "'{answers.visit_at}'", "{answers.visit_at} is not known here"),
    "unknown key": ("start: identity", "start: identity\ncolour: red", "colour: Extra inputs"),
    "language": ("say: {en: Why not?}", "say: {zh: 为什么}", "step refused, say: the text is missing in: en"),
    "field kind": ("kind: phone", "kind: fax", "step book, fields.1.kind: "),
    "options": ("kind: phone", "kind: choice", "step book, fields.1.options: a field of kind choice has options"),
    "field name twice": ("name: contact", "name: visit_at", "step book, fields.1.name: another field"),
    "label with a gap": ("title: {en: Refused}", "title: {en: '{name}'}", "step refused, title.en: no placeholders"),
    "key written twice": ("start: identity", "start: identity\nstart: book", "start: this key is there twice"),
    "unreachable": ("next: book}", "next: refused}", "step book: unreachable"),
    "dead end": ("    end: {disposition: agreed}\n", "", "step agreed: a dead end"),
    "two ways": ("end: {disposition: agreed}", "end: {disposition: agreed}\n    next: refused", "not both"),
    "never recorded": ("disposition: agreed", "disposition: not_recorded", "no script ends so"),
    "loop": ("next: agreed", "next: identity", "unreachable"),
}


@pytest.mark.parametrize(("good", "bad", "says"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_step_and_key(good: str, bad: str, says: str) -> None:
    assert good in BOOKING
    assert says in told(BOOKING.replace(good, bad, 1))


def test_a_fault_has_its_line() -> None:
    assert told(BOOKING.replace("next: book}", "next: nowhere}")).startswith(
        f"line {line_of('next: book')}, step ident"
    )
    assert told(BOOKING.replace("next: agreed", "nxt: agreed")).startswith(f"line {line_of('next: agreed')}, step book")


def test_a_loop_is_told_with_its_steps() -> None:
    looped = BOOKING.replace('{en: "No"}, next: refused}', '{en: "No"}, next: refused}').replace(
        "    end: {disposition: refused, reason: ask}", "    choices: [{key: 1, label: {en: x}, next: identity}]"
    )
    assert "a loop: " in told(looped)
    assert "identity -> refused" in told(looped) or "refused -> identity" in told(looped)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &x [1]\nb: *x", "line 1: anchors and aliases"),
        ("a: [*x, *x]", "anchors and aliases"),
        ("\n".join(f"a{i}: &a{i} [*a{i - 1},*a{i - 1}]" for i in range(1, 9)), "anchors and aliases"),
        ("a: !!python/object:os.system x", "tags (!)"),
        ("a: 1\n\tb: 2", "line 2: a tab"),
        ("[" * 40 + "]" * 40, "nested too deep"),
        ("a: 1\n---\nb: 2", "a second document"),
        ("x" * (MOST_BYTES + 1), "longer than 64 KiB"),
        ("a: [" + "1," * 20_000 + "]", "too much"),
        ("a: b: c", "line 1: not YAML"),
        ("? [1]\n: 2", "a key must be plain text"),
        ("a: \x07", "no screen shows"),
        ("", "empty"),
        ("just words", "dictionary"),
        ("half \ud800", "no screen shows"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text: str, says: str) -> None:
    assert says in told(text)


def test_a_second_call_needs_a_time_that_is_always_asked() -> None:
    assert read(CONFIRMED).steps["agreed"].end is not None
    assert "end.confirm.at: must be a required field" in told(CONFIRMED.replace("at: visit_at}}", "at: contact}}"))
    around = CONFIRMED.replace('{en: "No"}, next: refused', '{en: "No"}, next: agreed')
    assert "on every path" in told(around.replace("  refused:\n", "  # refused:\n", 1).split("  # refused:")[0])

"""The flows that are shipped, and folders that cannot be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import InputError
from ivr.flow import Play, Walk
from ivr.library import load_flows

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """
name: a
start: s
steps:
  s: {do: say, prompt: p, texts: {en: Hello}, next: e}
  e: {do: hangup}
"""


def test_the_shipped_flows_say_who_called_and_offer_nine() -> None:
    flows = load_flows()
    assert set(flows) == {"abandoned", "inbound", "survey"}
    for flow in flows.values():
        spoken = {(language, prompt): text for language, prompt, text in flow.prompts("光明公司")}
        assert {language for language, _ in spoken} == {"zh", "en"}
        assert "光明公司" in spoken["zh", flow.name]
        assert "按9" in spoken["zh", flow.name]
        assert "press 9" in spoken["en", flow.name]
        walk = Walk(flow)
        first = walk.next()
        assert isinstance(first, Play)
        assert (first.prompt, first.digits[-1], first.wait_s >= 4) == (flow.name, "9", True)
        assert walk.next("9") == Play("opted-out")
        assert walk.opted_out


def test_the_survey_keeps_the_answer() -> None:
    walk = Walk(load_flows()["survey"])
    walk.next()
    assert walk.next("4") == Play("thanks")
    assert (walk.answers, walk.opted_out) == ({"satisfaction": "4"}, False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.yaml", "{"),
        ("a.yaml", "name: a"),
        ("b.yaml", GOOD),
        ("c.yaml", GOOD.replace("name: a", "name: c").replace("Hello", "Something else")),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=name):
        load_flows(tmp_path)

from __future__ import annotations

import json

import pytest

from dialer.core.errors import InputError
from dialer.scorecards import MOST_CHARACTERS, read_scorecard

WRITTEN = """
name: 销售质检
groups:
  - name: 开场
    questions:
      - {id: greets, text: 问候并报出公司名, weight: 2}
      - {id: tone, text: 语气, points: 5}
  - name: 合规
    questions:
      - {id: honest, text: 没有夸大承诺, weight: 3, instant_fail: true}
"""


def test_a_scorecard_is_read_from_yaml_and_from_json() -> None:
    card = read_scorecard(WRITTEN)
    assert [one.id for one in card.questions] == ["greets", "tone", "honest"]
    assert (card.questions[1].points, card.questions[2].instant_fail) == (5, True)
    assert read_scorecard(json.dumps(card.model_dump())) == card


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "name and groups"),
        ("- 1", "name and groups"),
        ("name: [", "line 1"),
        ("name: x\ngroups: &a [*a]", "line 2: aliases"),
        ("a: &a [1]\nb: *a", "aliases"),
        ("name: !!python/object/apply:os.system [id]", "line 1"),
        ("\x00", "no YAML"),
        ("[" * 5000, "no YAML"),
        ("x" * (MOST_CHARACTERS + 1), "longer than"),
        ("name: x\ngroups: []", "groups"),
        (WRITTEN.replace("weight: 3", "weight: -3"), "groups.1.questions.0.weight"),
        (WRITTEN.replace("tone", "greets"), "greets"),
    ],
)
def test_what_is_none_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(InputError, match="content") as refused:
        read_scorecard(text)
    assert told in str(refused.value)

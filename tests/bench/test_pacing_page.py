"""docs/pacing.md is true as far as a test can tell: what it names exists, what it quotes is said, in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bench.pictures import ALL
from bench.table import DOCS, PAGES

ROOT = DOCS.parent
_QUOTED = re.compile(r"`([^`\n]+)`")
_SAID = (
    "the last quarter of an hour can bear no more",
    "no more, lest too many in a row find nobody",
    " answers and ",
    "expected; one more would risk ",
    "withdrawn that have rung for long",
    "by max_in_flight",
    "what was abandoned before is not read yet",
    "to be made good in hours",
    "Asterisk has said nothing for ",
    "s late",
    "the ledger has ",
)


def _page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_every_file_and_test_that_is_named_exists(name: str) -> None:
    named = [one for one in _QUOTED.findall(_page(name)) if re.match(r"(dialer|tests|ivr)/", one)]
    assert len(named) > 30
    for one in named:
        file, _, test = one.partition("::")
        assert (ROOT / file).exists(), one
        assert f"def {test}(" in (ROOT / file).read_text(encoding="utf-8") or not test, one


@pytest.mark.parametrize("name", PAGES)
def test_every_picture_is_shown_and_every_link_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)]+)\)", _page(name))
    assert {Path(link).stem for link in links if link.endswith(".svg")} == set(ALL)
    assert [link for link in links if not link.endswith(".svg") and not (DOCS / link).exists()] == []


def test_the_words_that_are_explained_are_those_that_are_said() -> None:
    code = "\n".join(file.read_text(encoding="utf-8") for file in (ROOT / "dialer").rglob("*.py"))
    assert [words for words in _SAID if words not in code] == []


def test_both_languages_name_the_same_things_and_have_the_same_parts() -> None:
    one, other = (_page(name) for name in PAGES)
    assert sorted(_QUOTED.findall(one)) == sorted(_QUOTED.findall(other))
    for mark in (r"^#+ ", r"^\|", r"^- ", r"^\d\. ", r"^!\["):
        assert len(re.findall(mark, one, re.MULTILINE)) == len(re.findall(mark, other, re.MULTILINE)), mark

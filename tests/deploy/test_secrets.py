"""No secret stands in what is shipped, and the versions that are installed are those that were tested."""

from __future__ import annotations

import re

import pytest

from tests.deploy.paths import DEPLOY

_SHIPPED = sorted(p for p in DEPLOY.rglob("*") if p.is_file() and p.suffix != ".lock" and "site" not in p.parts)
_RANDOM = re.compile(r"\b(?=[A-Za-z0-9_-]*[0-9])(?=[A-Za-z0-9_-]*[A-Za-z])[A-Za-z0-9_-]{20,}\b")
_LITERAL = re.compile(
    r"(?i)\b(?:password|passwd|secret|token|requirepass)\w*\b[\"']?\s*(?:[:=]|\s)\s*[\"']?(?![{$%<])([A-Za-z0-9+/]{8,})[\"']?\s*$",
    re.MULTILINE,
)


@pytest.mark.parametrize("path", _SHIPPED, ids=lambda path: path.relative_to(DEPLOY).as_posix())
def test_no_secret_is_shipped(path: object) -> None:
    text = DEPLOY.joinpath(str(path)).read_text(encoding="utf-8")
    assert _RANDOM.findall(text) == []
    assert _LITERAL.findall(text) == []


def test_what_a_secret_would_look_like() -> None:
    for line in ('secret = "f1CE8sIuJYlnbYxu7OYpD6"', "requirepass hunter2hunter2", "password: correcthorse"):
        assert _LITERAL.search(line) or _RANDOM.search(line)
    assert not _LITERAL.search('secret = "{ami}"')


def test_a_deployed_version_is_a_tested_version() -> None:
    pin = re.compile(r"^([a-z0-9_.-]+==[^\s;\\]+)", re.MULTILINE)
    tested = set(pin.findall((DEPLOY.parent / "requirements.lock").read_text(encoding="utf-8")))
    deployed = set(pin.findall((DEPLOY / "requirements.lock").read_text(encoding="utf-8")))
    assert deployed
    assert deployed <= tested

"""The scrape configuration and the alert rules: valid, tested rule by rule, and about series that exist."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
import yaml

from tests.deploy.paths import PROMETHEUS, exposed, named

RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((PROMETHEUS / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool is not installed (deploy/setup.sh --tests)")
@pytest.mark.parametrize(
    "arguments",
    [("check", "config", "prometheus.yml"), ("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")],
    ids=" ".join,
)
def test_promtool_is_content(arguments: tuple[str, ...]) -> None:
    command = ("promtool", *arguments)
    said = subprocess.run(command, cwd=PROMETHEUS, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_names_only_series_that_exist(rule: dict[str, Any]) -> None:
    series = named(rule["expr"])
    assert series or rule["expr"].startswith("up{")
    assert series <= exposed()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert rule["labels"]["severity"] in {"critical", "warning"}
    assert rule["annotations"]["summary"]
    assert rule["annotations"]["action"]


def test_every_alert_is_tested() -> None:
    tests = (PROMETHEUS / "alerts_test.yml").read_text(encoding="utf-8")
    assert [rule["alert"] for rule in RULES if rule["alert"] not in tests] == []

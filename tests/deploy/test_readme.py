"""The README's tables: every setting, key of a plan, metric and command is in them, and every file they name exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer
import yaml
from pydantic import BaseModel

from dialer.__main__ import main
from dialer.core.plan import CampaignPlan, RetryRule
from dialer.health import REMEDIES
from dialer.settings import Settings
from tests.deploy.paths import DEPLOY, exposed, named

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = DEPLOY.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", " ".join(re.findall(r"`([^`\n]+)`", README))))


def keys(model: type[BaseModel]) -> Iterator[str]:
    """The keys of a model and of the models within it."""
    for name, field in model.model_fields.items():
        yield name
        for part in [field.annotation, *getattr(field.annotation, "__args__", ())]:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from keys(part)


def test_every_setting_is_told() -> None:
    assert set(keys(Settings)) - WORDS == set()


def test_every_key_of_a_plan_is_told() -> None:
    assert {*keys(CampaignPlan), *keys(RetryRule)} - WORDS == set()


def test_every_metric_is_told_and_none_that_does_not_exist() -> None:
    families = {re.sub(r"_(bucket|sum|count)$", "", name) for name in exposed()}
    assert named(README) == families


def test_every_command_is_told() -> None:
    group = typer.main.get_command(main)
    commands = getattr(group, "commands", {})
    told = {line.split("|")[1].strip() for line in README.splitlines() if line.startswith("| `dialer ")}
    assert set(commands) == {cell.split()[1].strip("`") for cell in told}
    for name, command in commands.items():
        for verb in getattr(command, "commands", {}):
            assert any(re.search(rf"`dialer {name}\b.*\b{verb}\b", cell) for cell in told), f"dialer {name} {verb}"


def test_the_table_of_faults_names_parts_and_alerts_that_exist() -> None:
    faults = README.split("## When a part fails")[1].split("\n## ")[0]
    alerts = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))["groups"]
    about_parts = {rule["alert"] for group in alerts for rule in group["rules"] if group["name"] == "ringpace-parts"}
    assert set(re.findall(r"Ringpace[A-Z]\w+", faults)) == about_parts | {"RingpaceRecordingsMissing"}
    told = {word for line in faults.splitlines() if line.startswith("| ") for word in re.findall(r"`(\w+)`", line)}
    # What the other two say is that the port is taken, and what the part says that a campaign needs.
    assert told == set(REMEDIES) - {"ivr", "campaigns"}


def test_what_is_pointed_to_exists() -> None:
    tests = re.findall(r"`((?:core|record|e2e|asterisk|news)?/?test_\w+\.py)`", README)
    assert tests
    assert [path for path in tests if not (ROOT / "tests" / path).exists()] == []
    files = re.findall(r"`((?:deploy|dialer|asterisk-conf)/[\w./-]+)`", README)
    assert [path for path in files if not (ROOT / path).exists()] == []


def test_no_machine_is_named() -> None:
    for document in (*ROOT.glob("*.md"), *(p for p in DEPLOY.rglob("*") if p.is_file() and "site" not in p.parts)):
        assert not re.search(r"/(?:work|root|home)/", document.read_text(encoding="utf-8")), document.name

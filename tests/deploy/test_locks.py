"""What is installed is what was locked: every pin has hashes, and every installation asks for them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.deploy.paths import DEPLOY

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = (DEPLOY.parent / "requirements.lock", DEPLOY / "requirements.lock")
INSTALLERS = tuple(DEPLOY / name for name in ("setup.sh", "install.sh", "consoles.sh", "Containerfile"))

_PIN = re.compile(r"[a-z0-9][a-z0-9._-]*(\[[a-z,]+\])?==[0-9][^\s;]*( ; [^\\]+)?")
_HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.parent.name)
def test_every_requirement_is_one_version_with_its_hashes_and_nothing_else(lock: Path) -> None:
    text = re.sub(r"^\s*#.*\n", "", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)
    requirements = text.replace("\\\n", " ").strip().splitlines()
    assert len(requirements) > 20
    for requirement in requirements:
        pin, *hashes = re.split(r"\s+(?=--hash)", requirement.strip())
        assert _PIN.fullmatch(pin.strip()), requirement
        assert hashes, requirement
        assert all(_HASH.fullmatch(one.strip()) for one in hashes), requirement


@pytest.mark.parametrize("installer", INSTALLERS, ids=lambda path: path.name)
def test_every_installation_from_outside_asks_for_the_hashes(installer: Path) -> None:
    text = installer.read_text(encoding="utf-8")
    installing = [line for line in text.splitlines() if re.search(r"\bpip install\b", line) and "--no-deps" not in line]
    assert installing
    assert [line for line in installing if "--require-hashes --requirement" not in line] == []


def test_what_is_installed_without_hashes_is_the_project_itself() -> None:
    for installer in INSTALLERS:
        for line in installer.read_text(encoding="utf-8").splitlines():
            if "--no-deps" in line:
                assert "--no-build-isolation --editable ." in line

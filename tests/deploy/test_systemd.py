"""The units: systemd reads them without a complaint, and the controller is given the time that its drain may take."""

from __future__ import annotations

import re
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from dialer.settings import Settings
from tests.deploy.paths import DEPLOY

if TYPE_CHECKING:
    from pathlib import Path

UNITS = DEPLOY / "systemd"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def complaints(unit: Path) -> str:
    """What systemd says of our lines; what it says of the machine's other units is not ours."""
    command = ("systemd-analyze", "verify", "--recursive-errors=no", str(unit))
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own words
    return "\n".join(line for line in said.stderr.splitlines() if str(unit.parent) in line or unit.name in line)


def runnable(text: str) -> str:
    """A unit whose programs exist on any machine: systemd wants to see them."""
    return re.sub(r"^ExecStart=/\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE)


@needs_systemd
def test_systemd_reads_the_controllers_unit(tmp_path: Path) -> None:
    unit = tmp_path / "ringpace.service"
    unit.write_text(runnable((UNITS / unit.name).read_text(encoding="utf-8")), encoding="utf-8")
    assert complaints(unit) == ""
    unit.write_text(unit.read_text(encoding="utf-8").replace("ProtectSystem=strict", "ProtectSystem=stict"))
    assert "protect system" in complaints(unit)


@needs_systemd
def test_systemd_reads_asterisks_drop_in(tmp_path: Path) -> None:
    unit = tmp_path / "asterisk.service"
    unit.write_text("[Service]\nType=notify\nExecStart=/bin/true -G asterisk\n", encoding="utf-8")
    drop_in = tmp_path / "asterisk.service.d/ringpace.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(runnable((UNITS / "asterisk.service.d/ringpace.conf").read_text(encoding="utf-8")))
    assert complaints(unit) == ""


def test_the_drain_is_given_its_time() -> None:
    text = (UNITS / "ringpace.service").read_text(encoding="utf-8")
    found = re.search(r"^TimeoutStopSec=(\d+)$", text, re.MULTILINE)
    assert found
    assert int(found[1]) >= 2 * Settings.model_fields["drain_s"].default + 20

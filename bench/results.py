"""What a benchmark leaves: results/ROW.json with the machine, the parameters, every repeat and the figures."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.installation import find_asterisk

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: what was measured, beside what, and what was hoped for."""

    what: str
    unit: str
    median: float
    beside: str
    beside_median: float | None = None
    ratio: float | None = None
    """Of the figure to what stands beside it, as far as possible pair by pair."""
    aim: str | None = None
    """In words; None where the figure is there to be seen and nothing was hoped for."""
    met: bool | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One run of one row."""

    row: str
    command: str
    parameters: dict[str, Any]
    repeats: list[dict[str, Any]]
    figures: tuple[Figure, ...]

    def write(self, into: Path = RESULTS) -> Path:
        """Write the row's file anew, or leave the old one whole."""
        into.mkdir(parents=True, exist_ok=True)
        path = into / f"{self.row}.json"
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps({"machine": machine(), **asdict(self)}, indent=1, ensure_ascii=False) + "\n")
        beside.replace(path)
        return path


def machine() -> dict[str, Any]:
    """On what this was measured, and when."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "asterisk": asterisk_version(),
        "system": platform.platform(aliased=True, terse=True),
        "ended_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def asterisk_version() -> str:
    """The version of the Asterisk that the lab uses."""
    said = subprocess.run([*find_asterisk().command, "-V"], check=True, capture_output=True, encoding="utf-8").stdout  # noqa: S603 - asks its version
    return said.split()[1].partition("+")[0]


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()

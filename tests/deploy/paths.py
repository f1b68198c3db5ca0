"""Where the deployment files are, and which series the service really exposes."""

from __future__ import annotations

import re
from pathlib import Path

from dialer.metrics import Metrics

DEPLOY = Path(__file__).parents[2] / "deploy"
PROMETHEUS = DEPLOY / "prometheus"
GRAFANA = DEPLOY / "grafana"

_TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
_NAME = re.compile(r"\bringpace_[a-z_]+")


def exposed() -> set[str]:
    """The names of all series that a scrape of /metrics can hold."""
    names: set[str] = set()
    for name, kind in _TYPE.findall(Metrics().exposition().decode()):
        if not name.endswith("_created"):  # when a counter was born: the client library's own addition
            names |= {f"{name}_{part}" for part in ("bucket", "sum", "count")} if kind == "histogram" else {name}
    return names


def named(expression: str) -> set[str]:
    """The series that an expression names."""
    return set(_NAME.findall(expression))

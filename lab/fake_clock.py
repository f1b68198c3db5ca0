"""A wall clock that a program of the lab believes and that can be set while it runs, by way of libfaketime.

Only the time of day is faked. The monotonic clock and the files' times stay true: setting a machine's clock leaves
them alone too.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab.installation import NotInstalledError

if TYPE_CHECKING:
    from collections.abc import Mapping

LIBRARIES = "/usr/lib/*/faketime/libfaketime.so.1"
"""Where Debian puts it, whatever the architecture."""


def find_library() -> Path | None:
    """The library that stands between a program and its clock; None where it is not installed."""
    return next(iter(sorted(Path("/").glob(LIBRARIES.removeprefix("/")))), None)


class FakeClock:
    """The clock of whatever programs are started with its `environment`, `ahead_s` ahead until it is stepped."""

    def __init__(self, file: Path, ahead_s: float = 0) -> None:
        library = find_library()
        if library is None:
            raise NotInstalledError("libfaketime is not installed (deploy/setup.sh --tests)")
        self._file = file
        self._ahead_s = ahead_s
        self._write()
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            # Read again each second: to read it at every question for the time would slow the program down.
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def step(self, seconds: float) -> None:
        """Set the clock forward, or back; noticed within a second."""
        self._ahead_s += seconds
        self._write()

    def _write(self) -> None:
        # Beside, then in place: a program that reads it meanwhile finds the one or the other.
        beside = self._file.with_suffix(".new")
        beside.write_text(f"{self._ahead_s:+f}\n", encoding="ascii")
        beside.replace(self._file)

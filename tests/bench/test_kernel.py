"""What the kernel says of a process, asked about our own."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from bench import kernel

if TYPE_CHECKING:
    from pathlib import Path


def test_memory_held_is_no_more_than_was_ever_held() -> None:
    assert 0 < kernel.resident_mb(os.getpid()) <= kernel.most_resident_mb(os.getpid())


def test_processor_time_is_what_the_system_tells_us_too() -> None:
    before = sum(os.times()[:2])
    seen = kernel.processor_s(os.getpid())
    after = sum(os.times()[:2])
    tick = 1 / os.sysconf("SC_CLK_TCK")
    assert before - tick <= seen <= after + tick


def test_an_open_file_counts(tmp_path: Path) -> None:
    before = kernel.open_files(os.getpid())
    with (tmp_path / "open").open("w"):
        assert kernel.open_files(os.getpid()) == before + 1
    assert kernel.open_files(os.getpid()) == before


def test_a_process_that_is_not_there_is_an_error() -> None:
    with subprocess.Popen(["true"]) as process:  # noqa: S607 - the system's own
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        # Ended and not yet collected: it has a name, but no memory any more.
        with pytest.raises(ProcessLookupError):
            kernel.resident_mb(process.pid)
    with pytest.raises(FileNotFoundError):
        kernel.processor_s(process.pid)

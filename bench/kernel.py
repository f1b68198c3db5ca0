"""What the kernel says of a running process: memory, processor time, open files."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_KB = 1024
_USER, _SYSTEM = 11, 12
"""Fields of /proc/PID/stat behind the name, which may hold blanks: proc(5) counts them as 14 and 15 of all."""


def resident_mb(pid: int) -> float:
    """Memory that the process holds now (RSS), in MB."""
    return _status_mb(pid, "VmRSS")


def most_resident_mb(pid: int) -> float:
    """The most memory that the process ever held (peak RSS), in MB."""
    return _status_mb(pid, "VmHWM")


def processor_s(pid: int) -> float:
    """Processor time of the process so far, its own and the system's for it, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS_PER_S


def open_files(pid: int) -> int:
    """How many file descriptors the process has open."""
    return sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())


def _status_mb(pid: int, key: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) / _KB
    raise ProcessLookupError(f"process {pid} has no {key}: it has ended")

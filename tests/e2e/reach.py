"""Which files others than their owner could open: by the modes of the files and of the folders above them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLASSES = ((stat.S_IRGRP, stat.S_IXGRP), (stat.S_IROTH, stat.S_IXOTH))
"""May read a file, may pass through a folder: for the group, and for everybody."""


def open_to_others(folder: Path) -> set[Path]:
    """The files below a folder that its group or everybody can reach and read, supposing that they reach the folder."""
    return {file for may_read, may_pass in _CLASSES for file in _reached(folder, may_read, may_pass)}


def _reached(folder: Path, may_read: int, may_pass: int) -> Iterator[Path]:
    for path in folder.iterdir():
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            if mode & may_pass:
                yield from _reached(path, may_read, may_pass)
        elif mode & may_read:
            yield path

"""A disk so small that a test can fill it: a tmpfs, which only root may mount."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_MOST_AT_ONCE = 1024 * 1024
_BALLAST = "ballast"


class SmallDisk:
    """`size_mb` megabytes at `folder`, from `mount` to `unmount`."""

    def __init__(self, folder: Path, size_mb: int) -> None:
        self._folder = folder
        self._size_mb = size_mb
        self._mounted = False

    @staticmethod
    def possible() -> bool:
        """Whether this user may mount a disk."""
        return os.geteuid() == 0

    def mount(self) -> None:
        """Put it in place; what is in the folder is hidden until it is gone again."""
        options = f"size={self._size_mb}m,mode=0700,nosuid,nodev"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "ringpace-lab", str(self._folder)], check=True)  # noqa: S603, S607 - our own folder
        self._mounted = True

    def unmount(self) -> None:
        """Take it away with all that is on it, also while something still has it open."""
        if self._mounted:
            subprocess.run(["umount", "--lazy", str(self._folder)], check=True)  # noqa: S603, S607
            self._mounted = False

    def fill(self, leave_bytes: int = 0) -> None:
        """Leave so many bytes; without them, not one."""
        with (self._folder / _BALLAST).open("ab", buffering=0) as ballast:
            while (room := self._room() - leave_bytes) > 0 or not leave_bytes:
                try:
                    ballast.write(bytes(min(max(room, 1), _MOST_AT_ONCE)))
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    return

    def free(self) -> None:
        """Give all of it back that `fill` took."""
        (self._folder / _BALLAST).unlink(missing_ok=True)

    def _room(self) -> int:
        return shutil.disk_usage(self._folder).free

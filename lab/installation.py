"""Find the Asterisk that the set-up provided, and lay out the sounds and documents that one running copy needs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from dialer.core.errors import RingpaceError

PROJECT = Path(__file__).parents[1]
TOOLS = PROJECT / ".tools"
PROMPTS = TOOLS / "prompts"
"""Where the set-up puts what was spoken (see lab/prompts.py)."""

OLDEST = 20
"""The first version whose manager interface does what the controller needs."""


class NotInstalledError(RingpaceError):
    """Something that the set-up provides is not there."""


@dataclass(frozen=True, slots=True)
class Asterisk:
    """An installed Asterisk: the command that starts it, its modules, and the folder with its documentation."""

    command: tuple[str, ...]
    modules: Path
    shared: Path


def find_asterisk() -> Asterisk:
    """The Asterisk on the PATH when it is new enough, else the one unpacked beside the project.

    Raises NotInstalledError where there is neither.
    """
    return _on_path() or _unpacked(TOOLS / "asterisk")


def lay_out_data(asterisk: Asterisk, into: Path) -> None:
    """Make `into` a data folder: our prompts as sounds, and the documentation modules refuse to load without."""
    if not PROMPTS.is_dir():
        raise NotInstalledError(f"no prompts in {PROMPTS}: run `make setup`")
    into.mkdir(parents=True, exist_ok=True)
    for name, target in (("sounds", PROMPTS), ("documentation", asterisk.shared / "documentation")):
        (into / name).unlink(missing_ok=True)
        (into / name).symlink_to(target)


def lay_out_library(into: Path) -> None:
    """Have the lab's dialler know what the lab's network says; announcements that are there already stay."""
    if not (PROMPTS / "announcements").is_dir():
        raise NotInstalledError(f"no announcements in {PROMPTS}: run `make setup`")
    shutil.copytree(PROMPTS / "announcements", into, dirs_exist_ok=True)


def _on_path() -> Asterisk | None:
    found = shutil.which("asterisk")
    if found is None:
        return None
    said = subprocess.run([found, "-V"], check=True, capture_output=True, encoding="utf-8").stdout  # noqa: S603 - asks its version
    version = re.search(r"Asterisk (\d+)\.", said)
    if version is None or int(version[1]) < OLDEST:
        return None
    modules = _first(*Path("/usr/lib").glob("*/asterisk/modules"), *map(Path, _USUAL_MODULES))
    shared = _first(*map(Path, _USUAL_SHARED), holding="documentation")
    return Asterisk((found,), modules, shared)


_USUAL_MODULES = ("/usr/lib/asterisk/modules", "/usr/lib64/asterisk/modules", "/usr/local/lib/asterisk/modules")
_USUAL_SHARED = ("/usr/share/asterisk", "/var/lib/asterisk", "/usr/local/share/asterisk")


def _first(*folders: Path, holding: str = "") -> Path:
    for folder in folders:
        if (folder / holding).is_dir():
            return folder
    raise NotInstalledError(f"Asterisk is on the PATH, but none of these is there: {', '.join(map(str, folders))}")


def _unpacked(tree: Path) -> Asterisk:
    """An unpacked package is not installed: its own loader is told where its libraries are."""
    program = tree / "usr/sbin/asterisk"
    if not os.access(program, os.X_OK):
        raise NotInstalledError(f"no Asterisk {OLDEST} or newer on the PATH or in {tree}: run `make setup`")
    loader = next(iter(tree.glob("usr/lib/*-linux-gnu*/ld-linux*.so.*")))
    command = (str(loader), "--library-path", str(loader.parent), str(program))
    return Asterisk(command, loader.parent / "asterisk/modules", tree / "usr/share/asterisk")

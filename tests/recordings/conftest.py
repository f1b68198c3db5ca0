"""A store of recordings with keys of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from recordings.keys import KeyFile
from recordings.store import Store
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def key_file(tmp_path: Path) -> KeyFile:
    made = KeyFile(tmp_path / "keys" / "recordings.keys")
    made.create(MIDMORNING)
    return made


@pytest.fixture
def store(tmp_path: Path, key_file: KeyFile) -> Store:
    return Store(tmp_path / "store", key_file)

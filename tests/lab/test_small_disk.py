"""A disk that can be filled to the last byte, and emptied."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

import pytest

from lab.small_disk import SmallDisk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(not SmallDisk.possible(), reason="only root may mount a disk to fill")

MB = 1024**2


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    made = SmallDisk(tmp_path, 4)
    made.mount()
    yield made
    made.unmount()


def test_it_is_filled_to_the_last_byte_and_given_back(disk: SmallDisk, tmp_path: Path) -> None:
    disk.fill(leave_bytes=MB)
    (tmp_path / "fits").write_bytes(bytes(MB // 2))
    disk.fill()
    with pytest.raises(OSError, match="No space left") as refused:
        (tmp_path / "more").write_bytes(bytes(4096))
    assert refused.value.errno == errno.ENOSPC
    disk.free()
    (tmp_path / "more").write_bytes(bytes(3 * MB))


def test_what_was_on_it_is_gone_with_it(disk: SmallDisk, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    disk.unmount()
    assert list(tmp_path.iterdir()) == []
    disk.unmount()  # twice does no harm

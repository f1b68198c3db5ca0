from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from dialer.health import REMEDIES, PartHealth, ill, judged, room


@pytest.mark.parametrize("part", sorted(REMEDIES))
def test_an_ill_part_comes_with_what_to_do_about_it(part: str) -> None:
    found = ill(part, "it does not answer")
    assert (found.part, found.ok, found.detail) == (part, False, "it does not answer")
    assert found.remedy


@pytest.mark.parametrize("trouble", [None, ""])
def test_no_trouble_is_well(trouble: str | None) -> None:
    assert judged("redis", trouble) == PartHealth("redis", ok=True)


def test_trouble_is_ill() -> None:
    assert judged("redis", "refused") == ill("redis", "refused")


MB = 1024**2


class _Usage(NamedTuple):
    total: int
    free: int


@pytest.mark.parametrize(
    ("total", "free", "told"),
    [
        (1_000_000 * MB, 501 * MB, None),
        (1_000_000 * MB, 499 * MB, "only 499.0 MB are free"),
        # A tenth is enough on a disk that never had more.
        (400 * MB, 41 * MB, None),
        (400 * MB, 39 * MB, "only 39.0 MB are free"),
        (400 * MB, 0, "only 0.0 MB are free"),
    ],
)
def test_room_is_short_before_there_is_none(
    total: int, free: int, told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    disks = {Path("/store"): (total, free), Path("/spool"): (2_000_000 * MB, 1_000_000 * MB)}
    monkeypatch.setattr("dialer.health.shutil.disk_usage", lambda folder: _Usage(*disks[folder]))
    left, trouble = room(*disks)
    assert left == free
    assert trouble == (f"{told} in /store" if told else None)

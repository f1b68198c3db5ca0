from __future__ import annotations

import pytest

from dialer.health import REMEDIES, PartHealth, ill, judged


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

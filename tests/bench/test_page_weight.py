"""The row tells each page's weight and how it compares, pair by pair."""

from __future__ import annotations

from bench.page_weight import AIM_KB, PAGES, figures


def visit(page: str, usable_ms: float, empty_ms: float, served_bytes: int = 500_000) -> dict[str, object]:
    return {
        "page": page,
        "served_bytes": served_bytes,
        "plain_bytes": served_bytes * 4,
        "usable_ms": usable_ms,
        "empty_ms": empty_ms,
    }


def test_each_page_has_its_weight_and_its_ratio_pair_by_pair() -> None:
    heavy = AIM_KB * 1000 + 1
    repeats = [visit(page, 400, 100) for page in PAGES if page != "floor"]
    repeats += [visit("floor", usable, empty, heavy) for usable, empty in ((300, 100), (800, 200), (500, 100))]
    made = {figure.what: figure for figure in figures(repeats)}
    assert len(made) == 2 * len(PAGES)
    weights = [made[f"first page of {page}, as it is served"] for page in ("floor", "calls")]
    assert [weight.met for weight in weights] == [False, True]
    assert weights[1].ratio == 0.25
    floor = made["floor can be used after"]
    assert (floor.median, floor.beside_median, floor.ratio) == (500, 100, 4)

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dialer.core.cube import By, Calls, Cell, Cube

DIMENSIONS = (By.LIST, By.PREFIX, By.HOUR, By.TRUNK, By.CALLER_ID)

few = st.sampled_from(["1", "2", "3"])
cubes = st.dictionaries(
    st.builds(Cell, few, few, few, few, few),
    st.builds(Calls, *(st.integers(1 if name == "attempts" else 0, 100) for name in Calls._fields)),
    max_size=12,
)


@given(cubes)
def test_every_dimension_adds_up_to_the_total(cells: dict[Cell, Calls]) -> None:
    cube, total = Cube.of(cells), Calls()
    for calls in cells.values():
        total = total.plus(calls)
    assert cube.total == total
    for by in DIMENSIONS:
        groups = Calls()
        for calls in cube.by(by).values():
            groups = groups.plus(calls)
        assert groups == total


@given(cubes, st.sampled_from(DIMENSIONS))
def test_what_is_taken_out_is_gone_and_nothing_else(cells: dict[Cell, Calls], by: By) -> None:
    cube = Cube.of(cells)
    for label, calls in cube.by(by).items():
        left = cube.without(by, label)
        assert label not in left.by(by)
        assert left.total == cube.total.minus(calls)

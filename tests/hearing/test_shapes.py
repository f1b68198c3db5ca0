"""Shapes keep the words and lose the line."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.hearing.frames import Framer
from dialer.hearing.shapes import BLOCK, TERMS, Shaper, products, shapes_of
from tests.fakes.speech import sentence, silence
from tests.hearing.lines import Line


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.vdot(one, other) / np.sqrt(np.vdot(one, one) * np.vdot(other, other)))


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 60), max_size=8))
def test_blocks_do_not_depend_on_how_the_spectra_came(cuts: list[int]) -> None:
    power = Framer().take(sentence(1, 1.5))
    shaper = Shaper()

    blocks = [block for piece in np.split(power, sorted(cuts)) for block in shaper.take(piece)]

    assert np.allclose(blocks, Shaper().take(power))
    assert np.shape(blocks) == (len(power) // BLOCK, BLOCK, TERMS)


@pytest.mark.parametrize("line", [Line(-30), Line(6, "u"), Line(-10, "a", 10), Line(0, "u", None, 0.05)])
def test_a_line_changes_them_little(line: Line) -> None:
    said = sentence(1, 4)

    assert likeness(shapes_of(said), shapes_of(line.carry(said))) > 0.75


def test_other_words_have_other_shapes() -> None:
    assert abs(likeness(shapes_of(sentence(1, 4)), shapes_of(sentence(2, 4)))) < 0.3


def test_silence_has_no_shape() -> None:
    assert np.abs(shapes_of(silence(1))).max() < 1e-3


def test_products_are_those_of_the_matrices() -> None:
    some, others = (np.random.default_rng(seed).standard_normal((150 * seed, TERMS)) for seed in (1, 2))

    made = products(some.astype(np.float32), others.astype(np.float32))

    assert np.allclose(made, some @ others.T, atol=1e-4)

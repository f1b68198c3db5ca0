"""The library refuses what it cannot tell apart, and finds a recording whatever the line did to it."""

from __future__ import annotations

import numpy as np
import pytest

from dialer.core.errors import InputError
from dialer.core.model import NumberState
from dialer.hearing.fingerprints import LOOKS, STEP, Announcement, Fingerprints
from dialer.hearing.shapes import BLOCK
from tests.fakes.speech import sentence, silence
from tests.hearing.lines import Line

OFF, INVALID = NumberState.OFF, NumberState.INVALID


def known(count: int = 3) -> Fingerprints:
    return Fingerprints([Announcement(f"a{seed}", OFF, sentence(seed, 4)) for seed in range(count)])


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="named 'twice'"):
        Fingerprints([Announcement("twice", OFF, sentence(1)), Announcement("twice", INVALID, sentence(2))])


def test_what_is_too_short_is_refused() -> None:
    with pytest.raises(InputError, match="'word' is shorter"):
        Fingerprints([Announcement("word", OFF, sentence(1, 0.5))])


@pytest.mark.parametrize("line", [Line(-30, "a"), Line(6, "u"), Line(-6, "a", 10), Line(-3, "u", 20, 0.05)])
@pytest.mark.parametrize("late_s", [0.0, 0.93])
def test_a_recording_is_likest_to_its_announcement(line: Line, late_s: float) -> None:
    heard = line.carry(sentence(1, 4)[round(late_s * 8000) :])

    name, likeness = known().nearest(np.concatenate((silence(0.4), heard))) or ("", 0.0)

    assert name == "a1"
    assert likeness > 0.7


def test_what_is_not_known_is_like_nothing() -> None:
    assert (known().nearest(sentence(99, 4)) or ("", 1.0))[1] < 0.5


def test_nothing_is_like_nothing() -> None:
    assert Fingerprints([]).nearest(sentence(1)) is None
    assert known().nearest(silence(0)) == ("a0", 0.0)


def test_a_block_agrees_with_its_own_place_as_its_shapes_do() -> None:
    prints = known()
    place = 60
    block = prints.shapes[1][place : place + BLOCK]

    agreement = prints.compare(block, 0.5)

    best = int(agreement.argmax())
    assert best == prints.starts[1] + place
    assert np.isclose(agreement[best], 0.5 * np.square(block[::STEP]).sum(), rtol=1e-3)
    assert len(block[::STEP]) == LOOKS

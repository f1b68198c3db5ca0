from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recordings.measure import PEAKS, measure, outline

if TYPE_CHECKING:
    from numpy.typing import NDArray

RATE = 8000
NOISE = np.random.default_rng(7)


def line(seconds: float, *talks: tuple[float, float], amplitude: float = 8000.0) -> NDArray[np.int16]:
    """A side with a little noise, and speech-like bursts from and to these seconds."""
    samples = NOISE.normal(0, 8, int(seconds * RATE))
    for start, end in talks:
        samples[int(start * RATE) : int(end * RATE)] += NOISE.normal(
            0, amplitude / 3, int(end * RATE) - int(start * RATE)
        )
    return np.clip(samples, -32124, 32124).astype(np.int16)


def both(left: NDArray[np.int16], right: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.stack([left, right], axis=1)


def test_who_speaks_when_is_told_side_by_side() -> None:
    found = measure(both(line(20, (0, 5), (9, 10)), line(20, (4, 8))), RATE)
    assert found.talk_left == pytest.approx(6 / 20, abs=0.01)
    assert found.talk_right == pytest.approx(4 / 20, abs=0.01)
    assert found.overlap == pytest.approx(1 / 20, abs=0.01)
    # 8 to 9 s is too short to be dead air, 10 to 20 s is not.
    assert found.dead_air_s == pytest.approx(10, abs=0.1)
    assert found.longest_silence_s == pytest.approx(10, abs=0.1)
    assert (found.clipped_left, found.clipped_right) == (0, 0)


def test_the_breath_between_two_words_is_no_silence_and_a_click_no_word() -> None:
    words = [(start / 10, start / 10 + 0.3) for start in range(0, 50, 5)]
    clicks = [(7.0, 7.02), (9.0, 9.02)]
    found = outline(both(line(10, *words, *clicks), line(10)), RATE)
    assert [list(one) for one in found.silences] == [pytest.approx([4.8, 10.0], abs=0.05)]


def test_clipping_is_what_stays_at_the_top() -> None:
    loud = line(2, (0, 2))
    loud[4000:4800] = 32124
    loud[9000] = -32124  # a single one is a loud moment
    assert measure(both(loud, line(2)), RATE).clipped_left == pytest.approx(800 / 16000, abs=0.0002)


def test_a_side_that_never_pauses_speaks_all_the_time_and_an_empty_one_never() -> None:
    found = measure(both(line(5, (0, 5)), np.zeros(5 * RATE, np.int16)), RATE)
    assert (found.talk_left, found.talk_right, found.dead_air_s) == (1.0, 0.0, 0.0)


@settings(max_examples=60)
@given(st.integers(0, 5000), st.integers(0, 2**32 - 1), st.integers(1, 32767))
def test_whatever_the_sound_all_shares_are_shares_and_silences_lie_within(length: int, seed: int, loudest: int) -> None:
    rng = np.random.default_rng(seed)
    samples = rng.integers(-loudest, loudest, (length, 2), endpoint=True).astype(np.int16)
    found, drawn = measure(samples, RATE), outline(samples, RATE)
    shares = (found.talk_left, found.talk_right, found.overlap, found.clipped_left, found.clipped_right)
    assert all(0 <= one <= 1 for one in shares)
    assert found.overlap <= min(found.talk_left, found.talk_right)
    assert found.dead_air_s <= length / RATE
    assert all(0 <= start < end <= length / RATE for start, end in drawn.silences)
    assert len(drawn.left) == len(drawn.right) == min(PEAKS, length)
    assert all(0 <= one <= 1 for one in (*drawn.left, *drawn.right))


def test_the_shape_shows_where_it_is_loud() -> None:
    drawn = outline(both(line(10, (5, 10)), line(10)), RATE)
    assert max(drawn.left[: PEAKS // 2 - 5]) < 0.01 < min(drawn.left[PEAKS // 2 + 5 :])

"""Frames are the same however the sound comes in."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.hearing.frames import BIN_HZ, BINS, HOP, WINDOW, Framer
from tests.fakes.speech import sentence, tone


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 4000), max_size=8))
def test_frames_do_not_depend_on_how_the_sound_was_cut(cuts: list[int]) -> None:
    sound = sentence(1, 0.5)
    framer = Framer()
    pieces = np.split(sound, sorted(cuts))

    frames = np.concatenate([framer.take(piece) for piece in pieces])

    assert np.array_equal(frames, Framer().take(sound))
    assert frames.shape == ((len(sound) - WINDOW) // HOP + 1, BINS)


def test_a_tone_is_found_at_its_frequency() -> None:
    power = Framer().take(tone((1000.0,), 0.2))

    assert abs(power.mean(axis=0).argmax() * BIN_HZ - 1000) <= BIN_HZ


def test_less_than_a_window_gives_no_frame() -> None:
    assert Framer().take(np.zeros(WINDOW - 1, np.int16)).shape == (0, BINS)

"""An announcement is cut free of what stood around it, and loses nothing of itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.hearing.cutting import cut_out
from recordings.sound import level_dbfs
from tests.fakes.speech import RATE_HZ, sentence, silence, tone

SAID = sentence(1, 3.0)


def test_silence_and_ring_back_around_it_are_gone() -> None:
    ring_back = np.concatenate((tone((450,), 1.0), silence(4.0)))
    cut = cut_out(np.concatenate((silence(0.5), ring_back, SAID, silence(1.0), tone((450,), 0.35), silence(0.35))))
    assert len(SAID) - 0.2 * RATE_HZ <= len(cut) <= len(SAID) + 0.2 * RATE_HZ
    spectrum = np.abs(np.fft.rfft(cut[: RATE_HZ // 4]))
    assert spectrum.argmax() * 4 not in range(440, 461)


@pytest.mark.parametrize("hz", [(450,), (440, 480), (480, 620), (350, 440), (425,), (2100,)])
def test_tones_alone_leave_nothing(hz: tuple[float, ...]) -> None:
    cadence = np.concatenate((tone(hz, 0.5), silence(0.5)))
    assert len(cut_out(np.tile(cadence, 5))) == 0


@pytest.mark.parametrize("noise", [0, 100, 250])
def test_a_tone_that_never_stops_leaves_nothing_in_noise_and_with_packets_lost_either(noise: float) -> None:
    rng = np.random.default_rng(1)
    lossy = tone((450,), 5.0).reshape(-1, 160) * (rng.random((250, 1)) > 0.03)
    heard = (lossy.reshape(-1) + rng.normal(0, noise, 40000)).astype(np.int16)
    assert len(cut_out(heard)) < 0.2 * RATE_HZ


@pytest.mark.parametrize("noise", [20, 250, 600])
def test_ring_back_is_cut_off_in_noise_as_well(noise: float) -> None:
    ring_back = np.concatenate((tone((450,), 1.0), silence(4.0)))
    clean = np.concatenate((ring_back, ring_back, SAID))
    heard = (clean + np.random.default_rng(1).normal(0, noise, len(clean))).astype(np.int16)
    assert abs(len(cut_out(heard)) - len(SAID)) < 0.5 * RATE_HZ


def test_special_information_tones_before_the_words_are_gone() -> None:
    sit = np.concatenate([tone((hz,), 0.33) for hz in (950, 1400, 1800)])
    assert abs(len(cut_out(np.concatenate((sit, SAID)))) - len(SAID)) < 0.25 * RATE_HZ


@pytest.mark.parametrize("seed", range(8))
def test_what_is_said_stays_whole(seed: int) -> None:
    said = sentence(seed)
    assert len(cut_out(said)) >= len(said) - 0.2 * RATE_HZ


@pytest.mark.parametrize("frames", range(1, 15))
def test_a_tone_that_broke_off_at_once_leaves_nothing(frames: int) -> None:
    cut = cut_out(tone((450,), 5.0)[: frames * 160])
    assert len(cut) == 0 or frames <= 8  # what is so short might be a vowel


def test_silence_leaves_nothing_and_is_told_as_such() -> None:
    assert len(cut_out(silence(2))) == 0
    assert len(cut_out(np.empty(0, np.int16))) == 0
    assert level_dbfs(silence(1)) == level_dbfs(np.empty(0, np.int16)) == -100
    assert level_dbfs(np.full(100, -32768, np.int16)) == pytest.approx(0)


@given(st.lists(st.integers(-32768, 32767), max_size=3000))
def test_whatever_it_is_a_part_of_it_is_left(samples: list[int]) -> None:
    sound = np.array(samples, np.int16)
    cut = cut_out(sound)
    assert len(cut) <= len(sound)
    assert not len(cut) or cut.tobytes() in sound.tobytes()

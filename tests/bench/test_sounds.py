"""Tones, music and lines are what they are called, and the same for the same seed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.sounds import HELD_OUT_NOISES, KNOWN_NOISES, RING_BACK, TONES, Line, Noises, any_line, music, through, tone
from dialer.hearing.frames import RATE_HZ

CLEAR = Line("alaw", 0.0, None, 30.0, 0.0, conceals=False)


@pytest.fixture(scope="module")
def noises() -> Noises:
    return Noises(np.random.default_rng(1))


def test_ring_back_is_450_hz_for_a_second_and_silent_for_four() -> None:
    heard = tone(RING_BACK, 10.0)
    loud = np.abs(heard).reshape(10, -1).max(axis=1) > 0
    assert loud.tolist() == [True, *[False] * 4] * 2
    assert np.abs(np.fft.rfft(heard[:RATE_HZ])).argmax() == 450
    assert np.abs(np.fft.rfft(tone(RING_BACK, 10.0, 0.01)[:RATE_HZ])).argmax() in {454, 455}


def test_every_tone_is_there_at_any_length() -> None:
    assert {len(tone(each, 7.3)) for each in TONES} == {round(7.3 * RATE_HZ)}


def test_no_two_tunes_are_alike_but_a_seed_gives_its_own_again() -> None:
    first, again, other = (music(np.random.default_rng(seed), 3.0) for seed in (1, 1, 2))
    assert (first == again).all()
    assert abs(np.corrcoef(first, other)[0, 1]) < 0.5
    assert np.abs(first).max() == pytest.approx(0.7)


@pytest.mark.parametrize("codec", ["alaw", "mulaw"])
def test_a_clear_line_adds_the_codecs_noise_alone(codec: str, noises: Noises) -> None:
    clean = 0.5 * np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ)
    heard = through(replace(CLEAR, codec=codec), clean, noises, np.random.default_rng(1)) / 32768
    ratio_db = 10 * np.log10(np.mean(clean**2) / np.mean((heard - clean) ** 2))
    assert 32 < ratio_db < 45  # G.711 over a sine at this level


@pytest.mark.parametrize("noise", [*KNOWN_NOISES, *HELD_OUT_NOISES])
def test_noise_is_as_loud_as_the_ratio_says(noise: str, noises: Noises) -> None:
    clean = np.concatenate((0.3 * np.sin(np.arange(4 * RATE_HZ)), np.zeros(4 * RATE_HZ)))
    line = replace(CLEAR, noise=noise, snr_db=10.0)
    heard = through(line, clean, noises, np.random.default_rng(1)) / 32768
    ratio_db = 10 * np.log10(np.mean(clean[: 4 * RATE_HZ] ** 2) / np.mean((heard - clean) ** 2))
    assert ratio_db == pytest.approx(10, abs=1.5)


def test_gain_clips_and_packets_are_lost(noises: Noises) -> None:
    clean = 0.9 * np.sin(2 * np.pi * 440 * np.arange(4 * RATE_HZ) / RATE_HZ)
    assert np.abs(through(replace(CLEAR, gain_db=6.0), clean, noises, np.random.default_rng(1))).max() > 32000
    lossy = through(replace(CLEAR, loss=0.05), clean, noises, np.random.default_rng(1)).reshape(-1, 160)
    silent = (np.abs(lossy).max(axis=1) == 0).mean()
    assert 0.02 < silent < 0.08


def test_lines_keep_to_what_is_asked_of_them() -> None:
    rng = np.random.default_rng(1)
    lines = [any_line(rng, HELD_OUT_NOISES) for _ in range(300)]
    assert {line.noise for line in lines} == {None, *HELD_OUT_NOISES}
    assert all(-30 <= line.gain_db <= 6 and line.snr_db >= 10 and line.loss <= 0.05 for line in lines)

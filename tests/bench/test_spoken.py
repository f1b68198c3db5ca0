"""What is spoken says what its label says, and what is held out is held out."""

from __future__ import annotations

import numpy as np

from bench.spoken import (
    connecting,
    held_out_texts,
    held_out_voices,
    library,
    persons,
    sound,
    speak_all,
    speaking_ring_backs,
    telling_s,
)
from dialer.core.model import NumberState
from dialer.hearing.frames import RATE_HZ

HARMLESS = {NumberState.UNKNOWN, NumberState.RINGING}


def test_the_library_has_every_state_that_ends_a_call_but_rejected_and_no_name_twice() -> None:
    assert {one.state for one in library()} == set(NumberState) - HARMLESS - {NumberState.REJECTED}
    assert len({one.name for one in library()}) == len(library()) >= 12


def test_nothing_that_is_held_out_is_in_the_library() -> None:
    known = {part for one in library() for part in one.parts}
    assert not known & {part for one in (*held_out_texts(), *held_out_voices(), *connecting()) for part in one.parts}
    texts = {text for one in library() for _, text in one.parts}
    assert not texts & {text for one in (*held_out_texts(), *connecting()) for _, text in one.parts}
    assert {one.state for one in held_out_texts()} == {NumberState.UNKNOWN}


def test_persons_and_their_ring_backs_have_no_networks_voice_and_are_the_same_for_a_seed() -> None:
    networks = {voice.name for one in library() for voice, _ in one.parts}
    made = [(*persons(rng, 50), *speaking_ring_backs(rng, 50)) for rng in map(np.random.default_rng, (1, 1, 2))]
    assert made[0] == made[1] != made[2]
    own = {voice.name for one in made[0] for voice, _ in one.parts}
    assert len(own) > 30
    assert len(own & networks) <= 3
    assert {one.state for one in made[0]} <= HARMLESS


def test_a_sound_begins_at_once_and_has_its_pauses() -> None:
    off = library()[0]
    assert speak_all([off]) == 2
    said = sound(off, pause_s=0.5)
    assert 0.6 < np.abs(said).max() < 0.72
    assert np.abs(said[:400]).max() > 0.005
    assert np.abs(said[-RATE_HZ // 2 :]).max() == 0
    assert 4 < len(said) / RATE_HZ < 12


def test_an_announcement_can_be_told_before_it_is_over() -> None:
    told_s = telling_s()
    assert told_s.keys() == {one.name for one in library()}
    assert 0.3 < min(told_s.values()) < max(told_s.values()) < 3

"""An ear says once what ends a call, never in doubt, and to whoever asks what is known so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.model import NumberState
from dialer.hearing.ear import ENDS_THE_CALL, Ear, Heard
from dialer.hearing.fingerprints import Announcement, Fingerprints
from dialer.hearing.tones import tone_plan
from tests.fakes.speech import sentence, silence
from tests.hearing.lines import Line, in_rhythm, keys, music

if TYPE_CHECKING:
    from numpy.typing import NDArray

KNOWN = Fingerprints(
    [
        Announcement("off", NumberState.OFF, sentence(1, 5)),
        Announcement("invalid", NumberState.INVALID, sentence(2, 5)),
        Announcement("please hold", NumberState.RINGING, sentence(3, 5)),
    ]
)
RING_BACK = in_rhythm((450,), (1, 4), 5)


def ear() -> Ear:
    return Ear(KNOWN, tone_plan("cn"))


def hear(listening: Ear, sound: NDArray[np.int16], piece: int = 2000) -> list[Heard]:
    heard = (listening.hear(sound[start : start + piece]) for start in range(0, len(sound), piece))
    return [each for each in heard if each is not None]


def test_a_verdict_is_given_once() -> None:
    listening = ear()
    sound = np.concatenate((RING_BACK, sentence(1, 5), sentence(1, 5)))

    (verdict,) = hear(listening, sound)

    assert (verdict.state, verdict.what) == (NumberState.OFF, "off")
    assert 5 < verdict.at_s < 8
    assert 0.9 <= verdict.confidence <= 1
    assert listening.so_far() == verdict
    assert listening.heard_s == len(sound) / 8000


def test_a_tone_is_a_verdict_with_its_name() -> None:
    (verdict,) = hear(ear(), np.concatenate((RING_BACK, in_rhythm((450,), (0.35, 0.35), 4))))

    assert (verdict.state, verdict.what) == (NumberState.BUSY, "busy tone")


def test_a_special_information_tone_means_what_is_said_after_it() -> None:
    parts = [in_rhythm((hz,), (0.33, 0.1), 0.33) for hz in (950, 1400, 1800)]
    listening = ear()

    assert hear(listening, np.concatenate((*parts, silence(0.4)))) == []
    assert (listening.so_far().state, listening.so_far().what) == (NumberState.UNKNOWN, "special information tone")
    assert [each.what for each in hear(listening, sentence(2, 5))] == ["invalid"]


def test_ringing_is_told_to_who_asks_and_ends_nothing() -> None:
    listening = ear()

    assert hear(listening, RING_BACK) == []
    assert listening.so_far().state is NumberState.RINGING
    assert listening.so_far().what == "ring-back tone"


def test_a_known_announcement_that_does_not_end_the_call_is_told_to_who_asks() -> None:
    listening = ear()

    assert hear(listening, sentence(3, 5)) == []
    assert (listening.so_far().state, listening.so_far().what) == (NumberState.RINGING, "please hold")


@pytest.mark.parametrize(
    "sound",
    [
        silence(5),
        sentence(50, 6),
        music(1, 6),
        keys(5, 0.1),
        np.ones(40_000, np.int16),
        np.tile([32767, -32768], 20_000),
    ],
)
def test_what_is_not_known_stays_unknown(sound: NDArray[np.int16]) -> None:
    listening = ear()

    assert hear(listening, sound.astype(np.int16)) == []
    assert listening.so_far() == Heard(NumberState.UNKNOWN, 0.0, "", listening.heard_s)


def test_nothing_heard_is_unknown() -> None:
    listening = ear()

    assert listening.hear(silence(0)) is None
    assert listening.so_far() == Heard(NumberState.UNKNOWN, 0.0, "", 0.0)


def test_ringing_and_unknown_are_all_that_lets_a_call_go_on() -> None:
    assert set(NumberState) - ENDS_THE_CALL == {NumberState.RINGING, NumberState.UNKNOWN}


@settings(max_examples=15, deadline=None)
@given(pieces=st.lists(st.integers(0, 9000), min_size=1, max_size=12))
def test_the_verdict_does_not_depend_on_how_the_sound_came(pieces: list[int]) -> None:
    sound = Line(-10, "a", 12, 0.05).carry(np.concatenate((RING_BACK[:12_000], sentence(1, 5))))
    listening = ear()
    cut = [piece for piece in np.split(sound, np.cumsum(pieces)) if len(piece)]

    told = [each for each in map(listening.hear, cut) if each is not None]

    assert told == hear(ear(), sound)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(100, 10**6), gain_db=st.floats(-30, 6), snr_db=st.floats(10, 40), kind=st.integers(0, 2))
def test_what_is_not_known_is_never_taken_for_a_dead_number(
    seed: int, gain_db: float, snr_db: float, kind: int
) -> None:
    sound = (sentence, music, lambda seed, length_s: np.concatenate((RING_BACK, sentence(seed, length_s - 5))))[kind]

    assert hear(ear(), Line(gain_db, "au"[seed % 2], snr_db, 0.03).carry(sound(seed, 7), seed)) == []

"""Who answered: short words are persons', long ones machines', a beep is a machine's, and doubt is a person."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.spoken import Spoken, Voice, sound
from dialer.core.errors import InputError
from dialer.core.model import NumberState
from dialer.hearing.greeting import LONG_S, WINDOW_S, Greeting, GreetingHeard
from dialer.hearing.voice import VOICE_WINDOW, SileroVoice, Voices

LIMIT_S = 1.65
RATE_HZ = 8000


class Loud:
    """Takes whatever is louder than nothing for a voice."""

    def likelihood(self, samples: np.ndarray) -> float:
        return 0.9 if np.abs(samples).max() > 100 else 0.01


@pytest.fixture(scope="module")
def silero() -> SileroVoice:
    return SileroVoice()


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE_HZ))


def voice(seconds: float) -> np.ndarray:
    """For `Loud` alone: no pure tone."""
    return np.random.default_rng(1).normal(0, 0.1, round(seconds * RATE_HZ))


def tone(hz: float, seconds: float, level: float = 0.3) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def said(text: str, who: str, speed: int) -> np.ndarray:
    return sound(Spoken("greeting", NumberState.UNKNOWN, ((Voice(who, speed), text),)))


def told(*parts: np.ndarray, by: object = None, limit_s: float = LIMIT_S) -> GreetingHeard:
    samples = (np.concatenate((*parts, quiet(3))) * 32000).astype(np.int16)
    heard = Greeting(by or Loud(), limit_s).hear(samples)  # type: ignore[arg-type]
    assert heard is not None
    return heard


def test_a_word_and_then_silence_is_a_person() -> None:
    heard = told(quiet(0.3), voice(0.4))
    assert not heard.machine
    assert heard.at_s == pytest.approx(0.3 + 0.4 + 0.5, abs=2 * WINDOW_S)
    assert "then silence" in heard.cause


def test_a_voice_that_goes_on_and_on_is_a_machine() -> None:
    heard = told(quiet(0.2), voice(5))
    assert heard.machine
    assert heard.at_s == pytest.approx(0.2 + LONG_S, abs=2 * WINDOW_S)


def test_gaps_within_a_word_are_no_pause_and_longer_ones_are() -> None:
    assert told(*[part for _ in range(8) for part in (voice(0.2), quiet(0.1))]).machine
    assert not told(*[part for _ in range(8) for part in (voice(0.4), quiet(0.4))]).machine


def test_others_in_the_room_are_no_greeting() -> None:
    assert not told(quiet(0.2), voice(0.4), voice(3) * 0.05).machine


@pytest.mark.parametrize("parts", [(quiet(2),), (quiet(1.2), voice(3)), (voice(0.05),)])
def test_doubt_is_a_person_once_the_limit_is_there(parts: tuple[np.ndarray, ...]) -> None:
    heard = told(*parts)
    assert not heard.machine
    assert "undecided" in heard.cause
    assert LIMIT_S - WINDOW_S <= heard.at_s <= LIMIT_S


def test_a_limit_too_short_for_long_greetings_takes_nobody_for_a_machine_by_voice() -> None:
    assert not told(voice(5), limit_s=0.8).machine


@pytest.mark.parametrize("hz", [425, 440, 1000, 1400, 1950])
@pytest.mark.parametrize("level", [0.02, 0.3, 0.9])
def test_a_beep_is_a_machine(hz: float, level: float) -> None:
    heard = told(quiet(0.4), tone(hz, 0.16, level), by=SilentVoice())
    assert heard.machine
    assert heard.at_s < 0.65


@pytest.mark.parametrize(
    "parts",
    [
        (tone(450, 0.2),),  # the end of the ring-back
        (quiet(0.4), tone(250, 1)),
        (quiet(0.4), tone(2600, 1)),
        (quiet(0.4), tone(440, 1) + tone(480, 1)),
        (quiet(0.4), tone(1000, 0.1)),
        (quiet(0.4), tone(1000, 0.5, 0.001)),
        (quiet(0.4), voice(0.4)),
    ],
)
def test_other_sounds_are_no_beep(parts: tuple[np.ndarray, ...]) -> None:
    assert not told(*parts, by=SilentVoice()).machine


class SilentVoice:
    """Hears no voice in anything."""

    def likelihood(self, _samples: np.ndarray) -> float:
        return 0.0


@given(cuts=st.lists(st.integers(0, 24_000), max_size=12), begins_s=st.floats(0, 1.5), lasts_s=st.floats(0, 2))
def test_the_pieces_do_not_matter_and_it_is_told_once(cuts: list[int], begins_s: float, lasts_s: float) -> None:
    samples = (np.concatenate((quiet(begins_s), voice(lasts_s), quiet(3)))[:24_000] * 32000).astype(np.int16)
    whole, pieces = Greeting(Loud(), LIMIT_S), Greeting(Loud(), LIMIT_S)
    found = [heard for piece in np.split(samples, sorted(cuts)) if (heard := pieces.hear(piece))]
    assert found == [whole.hear(samples)]
    assert found[0].at_s <= LIMIT_S
    assert pieces.so_far() == found[0]


def test_what_is_heard_so_far_is_a_person() -> None:
    greeting = Greeting(Loud(), LIMIT_S)
    assert greeting.hear((voice(1) * 32000).astype(np.int16)) is None
    assert not greeting.so_far().machine
    assert "1.0 s of voice within 1.0 s" in greeting.so_far().cause


def test_a_limit_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match="limit_s"):
        Greeting(Loud(), 0)


@pytest.mark.parametrize(("text", "who", "speed"), [("喂你好", "cmn+m3", 280), ("Hello?", "en-us+f2", 165)])
def test_spoken_hellos_are_persons(silero: SileroVoice, text: str, who: str, speed: int) -> None:
    silero.forget()
    heard = told(quiet(0.2), said(text, who, speed), by=silero)
    assert not heard.machine
    assert "then silence" in heard.cause


@pytest.mark.parametrize(
    ("text", "who", "speed"),
    [
        ("您好这里是语音信箱机主现在不方便接听您的电话", "cmn+f2", 240),
        ("You have reached the voice mail of Peter Miller please leave a message", "en-us+m3", 165),
    ],
)
def test_spoken_greetings_of_machines_are_machines(silero: SileroVoice, text: str, who: str, speed: int) -> None:
    silero.forget()
    heard = told(quiet(0.1), said(text, who, speed), by=silero)
    assert heard.machine
    assert "without a pause" in heard.cause


def test_a_model_that_is_given_back_begins_anew_and_is_lent_again() -> None:
    voices = Voices(kept=1)
    first, second = voices.lend(), voices.lend()
    assert first is not second
    samples = (said("喂你好", "cmn+m3", 280)[: 8 * VOICE_WINDOW] * 32000).astype(np.int16).reshape(-1, VOICE_WINDOW)
    fresh = [first.likelihood(window) for window in samples]
    voices.give_back(first)
    voices.give_back(second)
    again = voices.lend()
    assert again is first
    assert [again.likelihood(window) for window in samples] == pytest.approx(fresh)
    assert voices.lend() is not second
    with pytest.raises(InputError, match="samples"):
        again.likelihood(samples[0][:-1])

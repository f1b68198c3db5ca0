"""Who says what in row `numberstate`: networks, ring-backs that speak, and persons, all with espeak-ng's voices."""

from __future__ import annotations

import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bench.wordings import ADVERTISEMENTS, ANNOUNCEMENTS, CONNECTING, HELD_OUT, HELLOS
from dialer.core.model import NumberState
from dialer.hearing.frames import RATE_HZ
from dialer.hearing.wav import read

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Voice:
    """An espeak-ng voice with its variant, in words a minute and pitch (0-99)."""

    name: str
    speed: int
    pitch: int = 50


@dataclass(frozen=True, slots=True)
class Spoken:
    """What is said one after the other, each part in its voice, and the state that it tells."""

    name: str
    state: NumberState
    parts: tuple[tuple[Voice, str], ...]


_OPERATORS = {
    "mobile": (Voice("cmn+f2", 285), Voice("en-us+f2", 165)),
    "unicom": (Voice("cmn+Annie", 290, 60), Voice("en-gb+f4", 160, 55)),
    "telecom": (Voice("cmn+klatt2", 290, 65), Voice("en-us+Alicia", 170, 60)),
}
"""The voices of each network: Chinese, English. espeak-ng's Mandarin is slow: these are four syllables a second."""
_OTHER_VOICES = (
    (Voice("cmn+m3", 265, 40), Voice("en-us+m3", 160, 40)),
    (Voice("cmn+f5", 300, 70), Voice("en-gb+f1", 180, 65)),
)
"""Who says the same texts elsewhere: held out."""

_PERSONS = (
    *(f"m{number}" for number in range(1, 9)),
    *(f"f{number}" for number in range(1, 6)),
    "Alex",
    "Andy",
    "Boris",
    "David",
    "Diogo",
    "Linda",
    "Marco",
    "Michael",
    "Pablo",
    "klatt",
    "klatt3",
    "klatt4",
)
"""espeak-ng's variants of a voice: who persons and ring-backs speak as."""
_ACCENTS = ("en-us", "en-gb", "en-029")


def library() -> tuple[Spoken, ...]:
    """What the library of announcements holds: each in its network's voices."""
    return tuple(
        Spoken(f"{operator}-{state.lower().replace('_', '-')}", state, _bilingual(_OPERATORS[operator], zh, en))
        for operator, state, zh, en in ANNOUNCEMENTS
    )


def held_out_texts() -> tuple[Spoken, ...]:
    """Announcements that the library does not have, in the voices that it knows."""
    return tuple(
        Spoken(f"held-out-text-{place}", NumberState.UNKNOWN, _bilingual(_OPERATORS[operator], zh, en))
        for place, (operator, zh, en) in enumerate(HELD_OUT, 1)
    )


def held_out_voices() -> tuple[Spoken, ...]:
    """The library's texts by other voices: not to be heard as another state."""
    return tuple(
        Spoken(f"{operator}-{state.lower().replace('_', '-')}-voice-{place}", state, _bilingual(voices, zh, en))
        for operator, state, zh, en in ANNOUNCEMENTS
        for place, voices in enumerate(_OTHER_VOICES, 1)
    )


def connecting() -> tuple[Spoken, ...]:
    """What a network says, in the voice of its announcements, while it rings or before."""
    return tuple(
        Spoken(f"connecting-{place}", NumberState.RINGING, ((_OPERATORS[operator][0], text),))
        for place, (operator, text) in enumerate(CONNECTING, 1)
    )


def speaking_ring_backs(rng: np.random.Generator, count: int) -> tuple[Spoken, ...]:
    """Personal ring-backs that speak, each in a voice of its own."""
    made = []
    for place in range(count):
        text = ADVERTISEMENTS[place % len(ADVERTISEMENTS)]
        made.append(Spoken(f"ring-back-speech-{place}", NumberState.RINGING, ((_anybody(rng, text), text),)))
    return tuple(made)


def telling_s() -> dict[str, float]:
    """For each announcement of the library, after how long its first syllable that no announcement of another state has
    in its place has been said: before that nobody can tell what it means. Seconds from its start."""  # noqa: D205, D209
    told = {}
    for name, (operator, state, zh, _) in zip((one.name for one in library()), ANNOUNCEMENTS, strict=True):
        others = [text for other, its, text, _ in ANNOUNCEMENTS if other == operator and its is not state]
        shared = max((_shared(zh, text) for text in others), default=0)
        told[name] = len(_said(_OPERATORS[operator][0], zh[: shared + 1])) / RATE_HZ
    return told


def persons(rng: np.random.Generator, count: int) -> tuple[Spoken, ...]:
    """Persons who say hello, each in a voice of their own, one to three sentences."""
    made = []
    for place in range(count):
        first = HELLOS[place % len(HELLOS)]
        voice = _anybody(rng, first)
        own = [text for text in HELLOS if text.isascii() == first.isascii()]
        said = [first, *rng.choice(own, int(rng.integers(0, 3)))]
        made.append(Spoken(f"person-{place}", NumberState.UNKNOWN, tuple((voice, str(text)) for text in said)))
    return tuple(made)


def _shared(one: str, other: str) -> int:
    """With how many characters both begin."""
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(one))


def _anybody(rng: np.random.Generator, text: str) -> Voice:
    accent = str(rng.choice(_ACCENTS)) if text.isascii() else "cmn"
    speed = int(rng.integers(140, 190)) if text.isascii() else int(rng.integers(190, 300))
    return Voice(f"{accent}+{rng.choice(_PERSONS)}", speed, int(rng.integers(20, 80)))


def _bilingual(voices: tuple[Voice, Voice], zh: str, en: str) -> tuple[tuple[Voice, str], ...]:
    return ((voices[0], zh), (voices[1], en))


def sound(spoken: Spoken, pause_s: float = 0.3) -> NDArray[np.float64]:
    """How it sounds: samples at 8 kHz between -1 and 1, peaks at -3 dB, with a pause after every part."""
    pause = np.zeros(round(pause_s * RATE_HZ))
    return np.concatenate([piece for part in spoken.parts for piece in (_said(*part), pause)])


def babble(rng: np.random.Generator, length_s: float, voices: int = 8) -> NDArray[np.float64]:
    """Several persons at once, none of whom can be made out; samples at 8 kHz of effective value 1."""
    length = round(length_s * RATE_HZ)
    mixed = np.zeros(length)
    for one in persons(rng, voices):
        mixed += np.roll(np.resize(sound(one, 0.1), length), int(rng.integers(length)))
    return mixed / float(np.sqrt(np.mean(mixed**2)))


def speak_all(what: Iterable[Spoken]) -> int:
    """Speak everything once, so that no measurement has to wait for a voice; returns how many parts there were."""
    return sum(len(_said(*part)) > 0 for one in what for part in one.parts)


@cache
def _said(voice: Voice, text: str) -> NDArray[np.float64]:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "said.wav"
        command = ("espeak-ng", "-v", voice.name, "-s", str(voice.speed), "-p", str(voice.pitch), "-w", str(file))
        subprocess.run([*command, "--", text], check=True, stdin=subprocess.DEVNULL)  # noqa: S603 - our own texts
        samples = read(file).astype(np.float64)
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = samples[loud[0] : loud[-1] + 1]
    return samples * (10 ** (-3 / 20) / float(np.abs(samples).max()))

"""Tones are told by frequency and rhythm, over any line, and by nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dialer.core.model import NumberState
from dialer.hearing.frames import Framer
from dialer.hearing.rhythm import HeardTone, ToneEar
from dialer.hearing.tones import InformationTone, Tone, TonePlan, tone_plan
from tests.fakes.speech import sentence, silence
from tests.hearing.lines import Line, in_rhythm, keys, music

PLANS = ("cn", "us", "gb", "de", "fr", "generic")
ENDING = [(name, tone) for name in PLANS for tone in tone_plan(name).tones if tone.state is not NumberState.RINGING]
RINGING = [(name, tone) for name in PLANS for tone in tone_plan(name).tones if tone.state is NumberState.RINGING]


def hear(plan: TonePlan, sound: np.ndarray) -> tuple[HeardTone | None, ToneEar]:
    ear = ToneEar(plan)
    return ear.take(Framer().take(sound)), ear


def parts(hz: tuple[float, ...], length_s: tuple[float, ...]) -> np.ndarray:
    sounds = [in_rhythm((each,), (each_s, 0.1), each_s) for each, each_s in zip(hz, length_s, strict=True)]
    return np.concatenate((silence(0.3), *sounds, silence(0.3)))


@pytest.mark.parametrize(("plan", "tone"), ENDING)
@pytest.mark.parametrize(
    ("line", "longer", "off_hz"),
    [
        (Line(-30), -0.1, -15),
        (Line(6, "u", 10), 0.1, 15),
        (Line(-10, "a", 10, 0.05), 0.0, 8),
    ],
)
def test_a_tone_is_told_in_its_rhythm(plan: str, tone: Tone, line: Line, longer: float, off_hz: float) -> None:
    hz = [each + off_hz for each in tone.hz]
    sound = line.carry(in_rhythm(hz, tone.rhythm_s, 7, late_s=0.17, longer=longer))

    heard, ear = hear(tone_plan(plan), sound)

    assert heard is not None
    assert (heard.name, heard.state) == (tone.name, tone.state)
    assert ear.rings is None


@pytest.mark.parametrize(("plan", "tone"), RINGING)
@pytest.mark.parametrize("late_s", [0.0, 0.5, 1.3, 3.1])
@pytest.mark.parametrize("line", [Line(-20), Line(0, "u", 10, 0.03)])
def test_ring_back_is_heard_and_ends_nothing(plan: str, tone: Tone, late_s: float, line: Line) -> None:
    heard, ear = hear(tone_plan(plan), line.carry(in_rhythm(tone.hz, tone.rhythm_s, 14, late_s=late_s)))

    assert heard is None
    assert ear.rings is not None
    assert ear.rings.state is NumberState.RINGING


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize(
    "sound",
    [
        *(music(seed, 8) for seed in range(8)),
        keys(6, 0.1),
        keys(6, 0.35),
        keys(6, 0.5),
        in_rhythm((1100,), (0.5, 3), 9),
        in_rhythm((2100,), (3, 1), 9),
        in_rhythm((450,), (20, 0.1), 9),
        in_rhythm((450,), (0.35, 0.6), 9),
        in_rhythm((1000,), (0.35, 0.35), 9),
        sentence(1, 8),
        np.random.default_rng(1).normal(0, 2000, 64000).astype(np.int16),
        silence(8),
    ],
)
def test_nothing_else_is_a_tone(plan: str, sound: np.ndarray) -> None:
    heard, ear = hear(tone_plan(plan), sound)

    assert heard is None
    assert ear.rings is None


def test_two_periods_are_not_yet_busy() -> None:
    assert hear(tone_plan("cn"), in_rhythm((450,), (0.35, 0.35), 1.7))[0] is None


@pytest.mark.parametrize("off_hz", [-45, 0, 45])
@pytest.mark.parametrize("length_s", [0.27, 0.33, 0.39])
def test_the_special_information_tone_says_that_there_is_some_trouble(off_hz: float, length_s: float) -> None:
    heard, ear = hear(tone_plan("cn"), parts((950 + off_hz, 1400 + off_hz, 1800 + off_hz), (length_s,) * 3))

    assert heard is None
    assert ear.trouble is not None
    assert ear.trouble.state is NumberState.UNKNOWN


@pytest.mark.parametrize("tone", tone_plan("us").information_tones)
@pytest.mark.parametrize("line", [Line(-20, "u"), Line(0, "a", 15)])
def test_its_american_variants_say_what_it_is(tone: InformationTone, line: Line) -> None:
    heard, _ = hear(tone_plan("us"), line.carry(parts(tone.hz, tone.length_s)))

    assert heard is not None
    assert (heard.name, heard.state) == (tone.name, tone.state)


def test_the_usual_one_is_no_american_variant() -> None:
    heard, ear = hear(tone_plan("us"), parts((950, 1400, 1800), (0.33, 0.33, 0.33)))

    assert heard is None
    assert ear.trouble is not None


def test_the_usual_order_of_the_parts_matters() -> None:
    assert hear(tone_plan("us"), parts((1400, 950, 1800), (0.33, 0.33, 0.33)))[1].trouble is None


@settings(max_examples=25)
@given(cuts=st.lists(st.integers(0, 240), max_size=6))
def test_what_is_told_does_not_depend_on_how_the_sound_came(cuts: list[int]) -> None:
    sound = np.concatenate((in_rhythm((450,), (1, 4), 2), in_rhythm((450,), (0.35, 0.35), 3)))
    power = Framer().take(Line(0, "a", 12, 0.05).carry(sound))
    ear = ToneEar(tone_plan("cn"))

    told = [ear.take(piece) for piece in np.split(power, sorted(cuts)) if len(piece)]

    assert next(filter(None, told)) == ToneEar(tone_plan("cn")).take(power)

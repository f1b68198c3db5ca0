"""Tone plans are data, and wrong data says which key is wrong."""

from __future__ import annotations

import pytest

from dialer.core.errors import InputError
from dialer.core.model import NumberState
from dialer.hearing.tones import read_tone_plans, tone_plan


def test_the_plans_that_come_along_tell_ringing_busy_and_no_room() -> None:
    for name in ("cn", "us", "gb", "de", "fr", "generic"):
        states = {tone.state for tone in tone_plan(name).tones}
        assert states >= {NumberState.RINGING, NumberState.BUSY, NumberState.NETWORK_BUSY}, name


def test_a_plan_that_is_not_there_names_those_that_are() -> None:
    with pytest.raises(InputError, match="no tone plan 'xx': give one of cn, de"):
        tone_plan("xx")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[x]\ntones = [{ name = "t", state = "BUSY", hz = [9000], rhythm_s = [1, 1] }]', "x.tones.0.hz.0"),
        ('[x]\ntones = [{ name = "t", state = "BUSY", hz = [400], rhythm_s = [1, 1, 1] }]', "needs its silence"),
        ('[x]\ntones = [{ name = "t", state = "GONE", hz = [400], rhythm_s = [1, 1] }]', "x.tones.0.state"),
        ("[x]\nbeeps = 1", "x.beeps"),
        ("[x", "not TOML"),
    ],
)
def test_what_is_wrong_is_named(text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_tone_plans(text)

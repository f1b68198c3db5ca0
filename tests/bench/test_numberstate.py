"""A case is heard piece by piece, and its errors are counted as what they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.numberstate import Told, cost, hear, summed_up
from bench.numberstate_cases import KNOWN, MUSIC, TEXT, Call, Case, cases
from bench.sounds import Line, Noises
from dialer.core.model import NumberState
from dialer.hearing.fingerprints import Fingerprints

CALL = Call(np.zeros(8000, np.int16), 1.0, 0.5, Line("alaw", -3.0, None, 30.0, 0.0, conceals=False), 1)
OFF = Case(0, KNOWN, "off", NumberState.OFF)
TOLD = Told(OFF, CALL, NumberState.OFF, "off", 0.95, 2.4, 3.4, 0.01, 0.002)


def test_without_announcements_nothing_is_told_of_music_and_it_is_heard_to_the_end() -> None:
    tune = next(case for case in cases() if case.kind == MUSIC)
    told = hear(Fingerprints(()), tune, Noises(np.random.default_rng(1)))
    assert told.is_right
    assert told.heard_s == pytest.approx(len(told.call.samples) / 8000)
    assert told.processor_s > 0
    assert told.fft_s > 0


def test_what_is_told_is_right_or_missed_or_wrong_and_only_a_wrong_state_ends_a_call() -> None:
    text = Case(1, TEXT, "held-out-text-1", NumberState.UNKNOWN)
    wrong = replace(TOLD, case=text, state=NumberState.BUSY)
    missed = replace(TOLD, state=NumberState.UNKNOWN)
    assert [(one.is_right, one.is_dead_wrong) for one in (TOLD, wrong, missed)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    known, held_out = summed_up([TOLD, wrong, missed], {"off": 2.2})
    assert (known["calls"], known["right"], known["right_within_3_s"], known["dead_wrong"]) == (2, 1, 1, 0)
    assert known["told"] == {"OFF": 1, "UNKNOWN": 1}
    # Half a second of it came before the recording, so the syllable that tells it was over 0.7 s before.
    assert (known["after_s"], known["since_telling_syllable_s"]) == ([2.4], [0.7])
    (error,) = held_out["errors"]
    assert (error["name"], error["told"], error["codec"], error["ring_backs"]) == ("held-out-text-1", "BUSY", "alaw", 1)


def test_the_cost_is_for_a_second_of_what_was_heard() -> None:
    spent = cost([TOLD, replace(TOLD, heard_s=6.6, processor_s=0.03)])
    assert spent["processor_share"] == pytest.approx(0.004)
    assert spent["fft_share"] == pytest.approx(0.0004)
    assert spent["ratio"] == pytest.approx(10)

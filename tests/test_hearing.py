from __future__ import annotations

from typing import Any

import pytest

from dialer.hearing import LATE_S, SILENT_S, Hearing


@pytest.fixture
def hearing() -> Hearing:
    made = Hearing()
    made.heard(100.0)
    return made


def doubt(hearing: Hearing, now_s: float, *, lag_s: float = 0.0, trip_s: float | None = 0.01, calls: int = 3) -> str:
    return hearing.doubt(now_s, lag_s=lag_s, round_trip_s=trip_s, calls=calls) or ""


def test_a_switch_that_says_something_now_and_then_is_not_doubted(hearing: Hearing) -> None:
    for now_s in range(100, 200, 8):
        hearing.heard(now_s)
        assert doubt(hearing, now_s + 7.9) == ""


def test_silence_is_doubted_only_while_calls_are_on(hearing: Hearing) -> None:
    doubt(hearing, 100.5)  # the first ping was answered
    assert doubt(hearing, 101 + SILENT_S, calls=0) == ""
    assert doubt(hearing, 101 + SILENT_S) == "Asterisk has said nothing for 10 s while 3 calls are on"


def test_an_answered_ping_breaks_the_silence(hearing: Hearing) -> None:
    doubt(hearing, 101.0, trip_s=0.01)
    assert doubt(hearing, 109.0, trip_s=0.02) == ""
    assert doubt(hearing, 109.0 + SILENT_S - 0.1, trip_s=0.02) == ""
    assert "nothing" in doubt(hearing, 109.0 + SILENT_S + 0.1, trip_s=0.02)


@pytest.mark.parametrize(
    ("late", "words"), [({"lag_s": LATE_S + 0.1}, "heard 1.1 s late"), ({"trip_s": LATE_S + 0.1}, "takes 1.1 s")]
)
def test_what_comes_late_is_doubted_and_one_word_in_time_does_not_end_it(
    hearing: Hearing, late: dict[str, Any], words: str
) -> None:
    assert doubt(hearing, 101.0, **late) != ""
    assert words in doubt(hearing, 102.0)
    assert doubt(hearing, 106.1) == ""


def test_before_the_first_ping_nothing_is_late(hearing: Hearing) -> None:
    assert doubt(hearing, 101.0, trip_s=None) == ""

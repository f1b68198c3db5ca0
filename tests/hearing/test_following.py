"""A known announcement is told while it plays, and nothing that only begins like one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dialer.core.model import NumberState
from dialer.hearing.fingerprints import Announcement, Fingerprints
from dialer.hearing.following import Follower, Match
from dialer.hearing.frames import RATE_HZ, Framer
from dialer.hearing.shapes import BLOCK, Shaper
from tests.fakes.speech import sentence, silence
from tests.hearing.lines import Line, in_rhythm, music

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFF, SUSPENDED, INVALID, BUSY = NumberState.OFF, NumberState.SUSPENDED, NumberState.INVALID, NumberState.BUSY

HELLO, OTHER_HELLO, TAIL = sentence(100, 1.5), sentence(101, 1.5), sentence(102, 1.8)


def said(*parts: NDArray[np.int16]) -> NDArray[np.int16]:
    return np.concatenate(parts)


OFF_SAID = said(HELLO, sentence(1, 0.8), TAIL)
SUSPENDED_SAID = said(HELLO, sentence(2, 0.9), TAIL)
INVALID_SAID = said(OTHER_HELLO, sentence(3, 0.8), TAIL)

KNOWN = Fingerprints(
    [
        Announcement("off", OFF, OFF_SAID),
        Announcement("suspended", SUSPENDED, SUSPENDED_SAID),
        Announcement("invalid", INVALID, INVALID_SAID),
        *(Announcement(f"busy-{seed}", BUSY, sentence(seed, 5)) for seed in range(10, 16)),
    ]
)


def follow(known: Fingerprints, sound: NDArray[np.int16]) -> tuple[Match | None, float]:
    """What is told, and after how many seconds."""
    follower = Follower(known)
    for block in Shaper().take(Framer().take(sound)):
        if match := follower.take(block):
            return match, follower.blocks * BLOCK * 0.02 + 0.044
    return None, 0.0


LINES = [
    Line(0, ""),
    Line(-30, "a"),
    Line(6, "u"),
    Line(-10, "a", 10),
    Line(-3, "u", 15, 0.05),
    Line(-12, "a", None, 0.05, squeezed=True),
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("late_s", [0.0, 0.61, 0.98])
@pytest.mark.parametrize("seed", [10, 13])
def test_a_known_announcement_is_told_within_three_seconds(line: Line, late_s: float, seed: int) -> None:
    sound = line.carry(sentence(seed, 5)[round(late_s * RATE_HZ) :], seed)

    match, after_s = follow(KNOWN, sound)

    assert match is not None
    assert match.announcement.name == f"busy-{seed}"
    assert match.likeness > 0.7
    assert after_s < 3


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(("sound", "state"), [(OFF_SAID, OFF), (SUSPENDED_SAID, SUSPENDED), (INVALID_SAID, INVALID)])
def test_announcements_of_one_beginning_are_told_apart(
    line: Line, sound: NDArray[np.int16], state: NumberState
) -> None:
    match, after_s = follow(KNOWN, line.carry(said(sound, silence(0.5))))

    assert match is not None
    assert match.announcement.state is state
    if state is not INVALID:
        assert after_s > 1.5, "they do not differ before"


@pytest.mark.parametrize("before", [in_rhythm((450,), (1, 4), 5), silence(0.7), music(3, 3), sentence(55, 2)])
def test_whatever_is_heard_before_does_not_matter(before: NDArray[np.int16]) -> None:
    match, after_s = follow(KNOWN, said(before, sentence(12, 5)))

    assert match is not None
    assert match.announcement.name == "busy-12"
    assert after_s - len(before) / RATE_HZ < 3


def test_an_announcement_that_starts_near_its_end_is_told_when_it_comes_again() -> None:
    said_again = said(sentence(14, 5)[-9000:], silence(0.4), sentence(14, 5))

    match, _ = follow(KNOWN, said_again)

    assert match is not None
    assert match.announcement.name == "busy-14"


@pytest.mark.parametrize("line", [Line(0), Line(-10, "a", 10), Line(0, "u", None, 0.05)])
@pytest.mark.parametrize("seed", range(60, 64))
def test_one_that_only_begins_like_a_known_one_is_not_told(line: Line, seed: int) -> None:
    unknown = said(HELLO, sentence(seed, 0.9), sentence(seed + 100, 2.5))

    assert follow(KNOWN, line.carry(said(unknown, silence(0.5), unknown)))[0] is None


def test_what_two_states_share_altogether_is_not_told() -> None:
    both = Fingerprints([Announcement("off", OFF, sentence(1, 4)), Announcement("gone", INVALID, sentence(1, 4))])

    assert follow(both, sentence(1, 4))[0] is None


def test_two_of_one_state_need_not_be_told_apart() -> None:
    same = Fingerprints([Announcement("off-1", OFF, OFF_SAID), Announcement("off-2", OFF, said(HELLO, sentence(7, 3)))])

    match, after_s = follow(same, OFF_SAID)

    assert match is not None
    assert match.announcement.state is OFF
    assert after_s < 3


@pytest.mark.parametrize("seed", range(4))
def test_other_voices_music_and_noise_are_not_told(seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 3000, 6 * RATE_HZ).astype(np.int16)

    for sound in (sentence(200 + seed, 8), music(seed, 8), noise):
        assert follow(KNOWN, Line(0, "a", 15, 0.05).carry(sound))[0] is None


def test_with_no_announcement_known_nothing_is_told() -> None:
    assert follow(Fingerprints([]), sentence(1, 3))[0] is None

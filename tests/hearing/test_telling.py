"""What two announcements share tells nothing; what only one has tells its meaning."""

from __future__ import annotations

import numpy as np

from dialer.hearing.frames import FRAME_S
from dialer.hearing.shapes import shapes_of
from dialer.hearing.telling import telling
from tests.fakes.speech import sentence, silence

SHARED, OFF, SUSPENDED = sentence(1, 2), sentence(2, 1), sentence(3, 1)


def test_only_what_differs_tells() -> None:
    own = shapes_of(np.concatenate((SHARED, OFF)))
    other = shapes_of(np.concatenate((silence(0.013), SHARED, SUSPENDED)))

    tells = telling(own, [other])

    differs = round(2 / FRAME_S)
    assert not tells[: differs - 15].any()
    assert tells[differs + 5 : differs + 30].all()


def test_without_others_all_speech_tells_and_pauses_do_not() -> None:
    tells = telling(shapes_of(np.concatenate((SHARED, silence(1.5), OFF))), [])

    assert tells[20:80].all()
    assert not tells[125:150].any()


def test_what_is_shorter_than_two_syllables_tells_nothing() -> None:
    assert not telling(shapes_of(OFF)[:20], []).any()

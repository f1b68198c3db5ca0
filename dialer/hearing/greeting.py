"""Who answered, a person or a machine: the first words after the answer, by their length, and a beep.

A person says a word or two and waits; a machine goes on talking, or beeps. All of it has to be known before an agent
must be there (two seconds, 16 CFR 310.4(b)(4)(i)), so most greetings of machines are cut short by the limit: who
cannot be told from a person by then is a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.errors import InputError
from dialer.hearing.frames import BIN_HZ, FRAME_S, RATE_HZ, WINDOW, Framer
from dialer.hearing.voice import VOICE_WINDOW

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dialer.hearing.voice import Voice

WINDOW_S = VOICE_WINDOW / RATE_HZ

_SPEAKS, _SPEAKS_ON = 0.5, 0.35
"""A voice begins at the one likelihood and lasts down to the other: those that Silero's own cutting into speech uses
(`get_speech_timestamps`: threshold, and 0.15 less)."""
_WORD_S = 0.1
"""Shorter sounds are clicks and breath: amd.conf's `min_word_length` of Asterisk."""
_WAITS_S = 0.5
"""Somebody who said a word and is silent for so long waits for us. Asterisk's amd.conf has 0.8 s for that
(`after_greeting_silence`), of five seconds; ours are two, and a machine's pause at a comma is 0.2 to 0.4 s."""
_PAUSE_S = 0.3
"""A voice that is silent for so long has paused; a shorter gap is the stop in a consonant or the end of a word."""
_BACKGROUND = 10 ** (-15 / 20)
"""Voices this much (15 dB) below the loudest that was heard are others in the room, or the sound after a word."""
LONG_S = 1.3
"""A voice that goes on for so long without a pause is a machine's. SignalWire's detection has 1.25 s
(`MachineVoiceThreshold`), Asterisk 1.5 s (`greeting`), which two seconds do not hold with the wait before the first
word. At 1.25 s a third more machines are found and three times as many persons are taken for one (bench/greetings.py);
of the two the law counts the second."""

_BEEP_HZ = (400.0, 2000.0)
_BEEP_FRAMES = 6
"""Beeps of 0.15 s are so many frames long: the first and the last see half of it."""
_PURE = 0.95
"""Of a frame's power within two bins of its peak: of a sine all of it (the main lobe of a Hann window)."""
_NEAR = 2
_STEADY_BINS = 1
_RING_BACK_S = 0.2
"""So long after the answer the ring-back tone may still be on its way (ITU-T G.114 wants less than 0.4 s both ways)."""
_AUDIBLE = (32768 * 10 ** (-45 / 20)) ** 2 * WINDOW**2 / 16
"""A sine 45 dB under full scale, as power at its peak: beeps are as loud as voices; line noise is 20 dB below."""


@dataclass(frozen=True, slots=True)
class GreetingHeard:
    """What answered: `cause` says why, in words; `at_s` after how many seconds of sound it was clear."""

    machine: bool
    cause: str
    at_s: float


class Greeting:
    """Hears one leg from its answer on. It knows no clock: its time is the sound that was handed in, in pieces.

    `limit_s`: by then it is said, whatever was heard; a limit shorter than LONG_S leaves nothing but the beep to tell a
    machine by.
    """

    def __init__(self, voice: Voice, limit_s: float) -> None:
        if not limit_s > 0:
            raise InputError(f"limit_s: {limit_s}, and nothing is heard in no time")
        self._voice = voice
        self._limit_s = limit_s
        self._words = _Words()
        self._beep = _Beep()
        self._framer = Framer()
        self._rest = np.empty(0, np.int16)
        self._samples = 0
        self._said: GreetingHeard | None = None

    def hear(self, samples: NDArray[np.int16]) -> GreetingHeard | None:
        """Take in the next samples (8 kHz mono, any length): the verdict, once, when there is one."""
        if self._said is not None:
            return None
        self._rest = np.concatenate((self._rest, samples))
        while self._said is None and len(self._rest) >= VOICE_WINDOW:
            window, self._rest = self._rest[:VOICE_WINDOW], self._rest[VOICE_WINDOW:]
            self._said = self._window(window)
        return self._said

    def so_far(self) -> GreetingHeard:
        """What is to be said if nothing more is heard: the verdict, else that it is undecided, which is a person."""
        at_s = self._samples / RATE_HZ
        undecided = f"{self._words.spoken_s:.1f} s of voice within {at_s:.1f} s: undecided"
        return self._said or GreetingHeard(machine=False, cause=undecided, at_s=at_s)

    def _window(self, window: NDArray[np.int16]) -> GreetingHeard | None:
        self._samples += VOICE_WINDOW
        at_s = self._samples / RATE_HZ
        if (hertz := self._beep.take(self._framer.take(window))) is not None:
            return GreetingHeard(machine=True, cause=f"a beep of {hertz:.0f} Hz", at_s=at_s)
        self._words.take(self._voice.likelihood(window), float(np.sqrt(np.mean(window.astype(np.float32) ** 2))))
        if self._words.unbroken_s >= LONG_S - WINDOW_S / 2:
            cause = f"greeting: voice for {self._words.unbroken_s:.1f} s without a pause"
            return GreetingHeard(machine=True, cause=cause, at_s=at_s)
        if self._words.waits:
            cause = f"{self._words.spoken_s:.1f} s of voice, then silence"
            return GreetingHeard(machine=False, cause=cause, at_s=at_s)
        if at_s + WINDOW_S <= self._limit_s:
            return None
        return self.so_far()


class _Words:
    """Where a voice begins, pauses and ends."""

    def __init__(self) -> None:
        self.unbroken_s = 0.0
        """From the voice's beginning, short gaps included, up to the last of it."""
        self.spoken_s = 0.0
        """All voice together."""
        self._speaks = False
        self._silent_s = 0.0
        self._loudest = 0.0

    @property
    def waits(self) -> bool:
        """Whether a word was said, and nothing for a while after it."""
        return self.spoken_s >= _WORD_S and self._silent_s >= _WAITS_S - WINDOW_S / 2

    def take(self, likelihood: float, loudness: float) -> None:
        """The next window: how likely it is voice, and its effective value."""
        self._speaks = likelihood >= (_SPEAKS_ON if self._speaks else _SPEAKS)
        if self._speaks:
            self._loudest = max(self._loudest, loudness)
        if not self._speaks or loudness < _BACKGROUND * self._loudest:
            self._silent_s += WINDOW_S
            return
        paused = self._silent_s >= _PAUSE_S or not self.unbroken_s
        self.unbroken_s = WINDOW_S if paused else self.unbroken_s + self._silent_s + WINDOW_S
        self.spoken_s += WINDOW_S
        self._silent_s = 0.0


class _Beep:
    """Hears one pure, steady tone."""

    def __init__(self) -> None:
        self._frames = 0
        self._bin = 0
        self._run = 0

    def take(self, power: NDArray[np.float32]) -> float | None:
        """The next power spectra; the frequency of a beep that has lasted long enough, else None."""
        for spectrum in power:
            self._frames += 1
            peak = int(spectrum.argmax())
            if self._frames * FRAME_S <= _RING_BACK_S or not _is_pure(spectrum, peak):
                self._run = 0
                continue
            steady = self._run and abs(peak - self._bin) <= _STEADY_BINS
            self._run, self._bin = (self._run + 1, self._bin) if steady else (1, peak)
            if self._run >= _BEEP_FRAMES:
                return self._bin * BIN_HZ
        return None


def _is_pure(spectrum: NDArray[np.float32], peak: int) -> bool:
    if spectrum[peak] < _AUDIBLE or not _BEEP_HZ[0] <= peak * BIN_HZ <= _BEEP_HZ[1]:
        return False
    near = spectrum[peak - _NEAR : peak + _NEAR + 1].sum()
    return bool(near >= _PURE * spectrum.sum())

"""Hears the tones of a plan: what sounds in each frame, how long it lasts, and whether that is a tone's rhythm."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dialer.core.model import NumberState
from dialer.hearing.frames import BIN_HZ, BINS, FRAME_S, WINDOW

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dialer.hearing.tones import InformationTone, Tone, TonePlan

    _Measures = tuple[NDArray[np.float32], NDArray[np.float64], NDArray[np.intp], NDArray[np.float32]]

INFORMATION_HZ = (950.0, 1400.0, 1800.0)
_SOUND, _SILENCE, _CHORD, _INFORMATION = -2, -1, 0, 1
"""What a frame is: some sound, silence, one of the plan's tones, or (from 1 on) a part of an information tone."""

_NEAR_HZ = 50.0
_INFORMATION_NEAR_HZ = 85.0
"""A window spreads a tone over 31 Hz to either side; with all that it may be off, it lies within this."""
_PURE = 0.65
"""The share of a frame's power that lies at a tone's frequencies; noise 10 dB below the tone leaves more than that."""
_HUM_HZ = 100.0
"""Below this a telephone line carries nothing but hum."""
_WEAKER = 0.1
"""Of two frequencies, the weaker has at least this share."""
_APART_HZ = 2 * _NEAR_HZ
"""Frequencies that are nearer to each other are not told apart."""
_SOFTEST = float(np.square(np.hanning(WINDOW + 1)).sum()) * WINDOW / 2 * 5.0**2
"""Power of a frame whose samples are about 5 in size: what is softer is silence."""
_DROP = 0.25
"""6 dB below the tone is silence, even with noise in it; and half its height is where a tone begins and ends."""
_LEVEL_FADES = 0.985
_SPOILED = 4
"""Frames that one lost packet reaches into."""
_BLINK = 2
"""Whatever lasts no longer than these frames is an edge or a click."""
_OFF, _OFF_S = 0.1, 0.035
"""A rhythm may be off by a tenth, and measuring it by frames adds this."""
_LEAST_S = 1.7
"""A rhythm is believed after two periods and a sound, and not before it lasted so long."""
_RINGS_AFTER = 50
"""Frames (1 s) of silence after which a ring was one, and not a part of another tone."""
_TOLD_AFTER = (_BLINK + 1, _RINGS_AFTER)
"""Frames of a run at which something may have become clear."""
_PART_S = (0.2, 0.46)
"""How long a part of an information tone lasts: 330 ms within 70 ms, and 60 ms for measuring it by frames."""
_VARIANT_OFF_HZ, _VARIANT_OFF_S = 18.0, 0.045


class _Run(NamedTuple):
    """So many frames of one kind; `shares` adds up what share of their power each chord has, `hz` their frequency."""

    kind: int
    frames: int
    shares: NDArray[np.float64]
    hz: float

    def and_then(self, other: _Run) -> _Run:
        """Both, as one of this kind; where the other is of another kind, it says nothing of the frequency."""
        frames = self.frames + other.frames
        hz = self.hz + other.hz if self.kind == other.kind else self.hz * frames / self.frames
        return _Run(self.kind, frames, self.shares + other.shares, hz)


@dataclass(frozen=True, slots=True)
class HeardTone:
    """A tone that was made out, and in which frame of the sound (from 0) that became clear."""

    name: str
    state: NumberState
    frame: int


class ToneEar:
    """Follows one sound through the tones of a plan."""

    def __init__(self, plan: TonePlan) -> None:
        self._plan = plan
        self._chords = sorted({tone.hz for tone in plan.tones})
        self._weights = _weights(self._chords)
        self._frame = -1
        self._level = 0.0
        self._runs: deque[_Run] = deque(maxlen=48)
        self.rings: HeardTone | None = None
        """The ring-back tone, once it was heard."""
        self.trouble: HeardTone | None = None
        """The special information tone, once it was heard."""

    def take(self, power: NDArray[np.float32]) -> HeardTone | None:
        """Take in the next spectra; the tone that ends a call, if one became clear in them."""
        totals, shares, information, hz = self._measured(power)
        kinds = self._kinds(totals, shares, information)
        begins = [0, *(np.flatnonzero(np.diff(kinds)) + 1).tolist(), len(kinds)]
        heard: HeardTone | None = None
        for begin, end in pairwise(begins):
            run = _Run(kinds[begin], end - begin, shares[begin:end].sum(axis=0), float(hz[begin:end].sum()))
            became_clear = self._add(run)
            heard = heard or became_clear
        return heard

    def _add(self, run: _Run) -> HeardTone | None:
        before = 0
        if self._runs and self._runs[-1].kind == run.kind:
            before = self._runs[-1].frames
            run = self._runs.pop().and_then(run)
        self._runs.append(run)
        heard: HeardTone | None = None
        for mark in _TOLD_AFTER:
            if before < mark <= run.frames:
                heard = heard or self._told(run._replace(frames=mark), self._frame + mark - before)
        self._frame += run.frames - before
        return heard

    def _measured(self, power: NDArray[np.float32]) -> _Measures:
        """Of each frame: its power, each chord's share of it, which part of an information tone it is, and its Hz."""
        sums = power @ self._weights
        totals = sums[:, 0] + 1e-9
        parts = sums[:, 1:4]
        which = parts.argmax(axis=1)
        rows = np.arange(len(power))
        strongest = parts[rows, which]
        information = np.where(strongest >= _PURE * totals, which + _INFORMATION, 0)
        hz = sums[:, 4:7][rows, which] / np.maximum(strongest, 1e-9)
        shares = np.zeros((len(power), len(self._chords)))
        column = 7
        for place, chord in enumerate(self._chords):
            whole = sums[:, column] / totals
            if _resolved(chord):
                weaker = sums[:, column + 1 : column + 3].min(axis=1) / totals
                whole = np.where(weaker >= _WEAKER, whole, 0)
            shares[:, place] = whole
            column += 3
        return totals, shares, information, hz

    def _kinds(
        self, totals: NDArray[np.float32], shares: NDArray[np.float64], information: NDArray[np.intp]
    ) -> list[int]:
        """What each frame is; silence is measured by the tone that was before it."""
        chord = shares.max(axis=1, initial=0) >= _PURE
        pure = np.where(information > 0, information, np.where(chord, _CHORD, _SOUND))
        kinds = []
        for total, kind in zip(totals.tolist(), pure.tolist(), strict=True):
            self._level *= _LEVEL_FADES
            if total < max(_SOFTEST, _DROP * self._level):
                kinds.append(_SILENCE)
                continue
            kinds.append(kind)
            if kind != _SOUND:
                self._level = max(self._level, total)
        return kinds

    def _told(self, newest: _Run, frame: int) -> HeardTone | None:
        """What has become clear in this frame, with the newest run so far."""
        smooth = _smoothed([*islice(self._runs, len(self._runs) - 1), newest])
        if not smooth[1:]:
            return None
        *runs, last = smooth
        if last.kind == _SILENCE and last.frames >= _RINGS_AFTER:
            ringing = (tone for tone in self._plan.tones if tone.state is NumberState.RINGING)
            rings = next((tone for tone in ringing if self._in_rhythm(tone, runs, len(tone.rhythm_s) - 1)), None)
            if rings is not None and self.rings is None:
                self.rings = HeardTone(rings.name, rings.state, frame)
        if last.kind == _SILENCE and runs[-1].kind == _CHORD:
            for tone in self._plan.tones:
                if tone.state is not NumberState.RINGING and self._in_rhythm(tone, runs, _runs_needed(tone)):
                    return HeardTone(tone.name, tone.state, frame)
        return self._information(runs, frame)

    def _in_rhythm(self, tone: Tone, runs: Sequence[_Run], count: int) -> bool:
        """Whether the last `count` runs, the last of them sound, are this tone in its rhythm, begun anywhere in it."""
        runs = runs[-count:]
        if len(runs) < count or any(run.kind != -(place % 2) for place, run in enumerate(runs)):
            return False
        chord = self._chords.index(tone.hz)
        sounding = runs[::2]
        if sum(run.shares[chord] for run in sounding) < _PURE * sum(run.frames for run in sounding):
            return False
        period = tone.rhythm_s
        return any(
            all(_near(run.frames, period[(first + place) % len(period)]) for place, run in enumerate(runs))
            for first in range(0, len(period), 2)
        )

    def _information(self, runs: Sequence[_Run], frame: int) -> HeardTone | None:
        parts = runs[-3:]
        if [run.kind for run in parts] != [_INFORMATION, _INFORMATION + 1, _INFORMATION + 2]:
            return None
        if not all(_PART_S[0] <= run.frames * FRAME_S <= _PART_S[1] for run in parts):
            return None
        self.trouble = HeardTone("special information tone", NumberState.UNKNOWN, frame)
        variant = next((tone for tone in self._plan.information_tones if _is_variant(tone, parts)), None)
        return HeardTone(variant.name, variant.state, frame) if variant else None


def _near(frames: int, wanted_s: float) -> bool:
    return abs(frames * FRAME_S - wanted_s) <= _OFF * wanted_s + _OFF_S


def _runs_needed(tone: Tone) -> int:
    period = tone.rhythm_s
    count = 2 * len(period) + 1
    while sum(period[place % len(period)] for place in range(count)) < _LEAST_S:
        count += 2
    return count


def _is_variant(tone: InformationTone, parts: Sequence[_Run]) -> bool:
    return all(
        abs(run.hz / run.frames - hz) <= _VARIANT_OFF_HZ and abs(run.frames * FRAME_S - length_s) <= _VARIANT_OFF_S
        for run, hz, length_s in zip(parts, tone.hz, tone.length_s, strict=True)
    )


def _smoothed(runs: Iterable[_Run]) -> list[_Run]:
    """The runs without blinks and without the gaps of lost packets, each of which belongs to what was before it."""
    smooth: list[_Run] = []
    for run in runs:
        blink = run.frames <= (_SPOILED if run.kind == _SOUND else _BLINK)
        if smooth and (blink or smooth[-1].kind == run.kind):
            smooth[-1] = smooth[-1].and_then(run)
        elif not blink:
            smooth.append(run)
    return smooth


def _resolved(chord: Sequence[float]) -> bool:
    return max(chord) - min(chord) > _APART_HZ


def _weights(chords: Sequence[tuple[float, ...]]) -> NDArray[np.float32]:
    """What `_measured` adds up of a spectrum, a column each.

    They are all of it, the parts of the information tone, their power times their frequency, and for each chord all of
    it, the first of its frequencies and the last.
    """
    hz = np.arange(BINS) * BIN_HZ
    near = [np.abs(hz - each) <= _INFORMATION_NEAR_HZ for each in INFORMATION_HZ]
    columns = [hz > _HUM_HZ, *near, *(part * hz for part in near)]
    for chord in chords:
        each = [np.abs(hz - part) <= _NEAR_HZ for part in chord]
        columns += [np.any(each, axis=0), each[0], each[-1]]
    return np.array(columns, np.float32).T.copy()

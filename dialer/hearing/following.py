"""One ear's place in all announcements at once: which of them is being played, told while it plays.

Each place of each announcement has a running score, which says for how long the sound has agreed with what leads up to
that place (cumulative sums that fall no lower than nothing, after Page 1954, 'Continuous inspection schemes'). So an
announcement is followed from wherever it is first heard, over ring-back, silence and lost packets. What scores best is
believed when it is well ahead of every announcement of another state, and when a second look finds that it was heard
without a gap. Announcements that begin alike keep the same score until they differ; and one that is not known,
but differs from a known one in a word, has a gap there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dialer.hearing.fingerprints import half_energy
from dialer.hearing.frames import FRAME_S
from dialer.hearing.shapes import BLOCK, TERMS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dialer.hearing.fingerprints import Announcement, Fingerprints

_AGREES = 0.5
"""A look whose product with a place is more than this share of their energies speaks for it, less speaks against it."""
_ENOUGH = 0.8
"""More agreement than this counts no more: it would only tell how exactly the looks fall onto the places."""
_DRIFT, _DRIFTS_EVERY = 0.3, 2
"""What it costs to go on a place (20 ms) sooner or later than expected, as lost packets make it, every second block."""
_JUMP = 2.5
"""What it costs to go on anywhere else in the same announcement: one may be known by its beginning and end alone."""
_WORTH_A_LOOK = 8.0
"""The score of a good second of speech: below it there is nothing to look at again."""
_AHEAD = 1.2
"""So much more than any of another state must the best score have: sound that fits one and not the other brings 15 a
second, noise less than 1.
"""
_LOOK_BACK = 30
"""Blocks (5 s) that are kept for the second look."""
_PAUSE = 0.15
"""A block with less than this is a pause: it agrees with nothing."""
_FITS = 0.75
"""Where a block agrees better than this, it is not tried a little sooner or later."""
_GAP_FRAMES = 16
_GAP_BELOW = 0.5
"""Over 320 ms, the sound of one announcement agrees better than this, even with noise and two lost packets."""
_GAP_ENERGY = 3.0
"""Less than this in 320 ms is a pause, which says nothing."""
_HEARD_FRAMES, _SENTENCE_FRAMES, _HEARD_ENERGY = 119, 85, 75.0
"""So long (2.4 s) must an announcement have been heard without a gap, or 1.7 s if it pauses then, and so much of its
shapes: 1.7 s of speech. Many an announcement that is not known begins as one that is, in the same voice.
"""
_PAUSE_FRAMES, _PAUSE_ENERGY = 8, 1.0
"""An announcement pauses where eight frames of it have less energy than this."""
_SOUNDS = 0.1
_TELLING_FRAMES, _TELLING_LEAST = 27, 10
"""Of what only this announcement has, 0.5 s must have been heard, or at least 0.2 s and the whole of one stretch: that
of an unknown announcement may begin as this one does, but not end so.
"""
_BLURRED = 11
"""Frames by which a telling stretch seems to go on after its last syllable: see `telling`."""
ALIKE = 0.7
"""Its correlation with the sound; other speech of the same voice stays below 0.5 over this length."""


@dataclass(frozen=True, slots=True)
class Match:
    """An announcement that is being played, how like it the sound is (0..1), and the seconds heard without a gap."""

    announcement: Announcement
    likeness: float
    heard_s: float


class _Looks(NamedTuple):
    """Frame by frame from the newest back: place, product of sound and announcement, and the energy of each."""

    place: NDArray[np.intp]
    product: NDArray[np.float32]
    heard: NDArray[np.float32]
    known: NDArray[np.float32]


class Follower:
    """Follows one sound through all announcements, block by block."""

    def __init__(self, known: Fingerprints) -> None:
        self._known = known
        self._scores = np.zeros(known.places, np.float32)
        self._heard: deque[NDArray[np.float32]] = deque(maxlen=_LOOK_BACK)
        self.blocks = 0
        """How many blocks it has taken in."""

    def take(self, block: NDArray[np.float32]) -> Match | None:
        """Take in the next block of shapes, (BLOCK, TERMS); the announcement that is surely being played, if any."""
        self.blocks += 1
        known = self._known
        if not known.announcements:
            return None
        self._heard.append(block)
        self._score(block)
        best = np.maximum.reduceat(self._scores, known.starts)
        for which in np.flatnonzero(best > _JUMP):
            part = self._scores[known.starts[which] : known.ends[which]]
            np.maximum(part, best[which] - _JUMP, out=part)
        likeliest = int(best.argmax())
        ahead = best[likeliest] - best.max(initial=0, where=known.state_numbers != known.state_numbers[likeliest])
        if best[likeliest] < _WORTH_A_LOOK or ahead < _AHEAD:
            return None
        return self._second_look(likeliest)

    def _score(self, block: NDArray[np.float32]) -> None:
        """Carry each score to the place where its announcement is now, and add how the block agrees there."""
        known, before = self._known, self._scores
        loudness = half_energy(block)
        energy = known.block_energy + loudness
        if loudness > _PAUSE:
            scores = known.compare(block, _AGREES)
            energy *= _ENOUGH - _AGREES
            np.minimum(scores, energy, out=scores)
        else:
            scores = energy * -_AGREES
        if self.blocks % _DRIFTS_EVERY == 0:
            drifted = np.maximum(before[1:], before[:-1])
            drifted -= _DRIFT
            np.maximum(before[1:], drifted, out=before[1:])
            np.maximum(before[:-1], drifted, out=before[:-1])
        scores[BLOCK:] += before[:-BLOCK]
        np.maximum(scores, 0, out=scores)
        scores[known.over] = 0
        self._scores = scores

    def _second_look(self, which: int) -> Match | None:
        """The announcement, if the last seconds are it without a gap, at its best place."""
        known = self._known
        place = int(self._scores[known.starts[which] : known.ends[which]].argmax())
        looks = self._looked_back(known.shapes[which], place)
        frames = _gapless(looks)
        known_energy, heard_energy = float(looks.known[:frames].sum()), float(looks.heard[:frames].sum())
        pauses = float(looks.known[:_PAUSE_FRAMES].sum()) < _PAUSE_ENERGY
        if frames < (_SENTENCE_FRAMES if pauses else _HEARD_FRAMES) or known_energy < _HEARD_ENERGY:
            return None
        if not _is_telling(known.telling[which], looks.place[:frames]):
            return None
        likeness = float(looks.product[:frames].sum()) / max(known_energy * heard_energy, 1e-9) ** 0.5
        if likeness < ALIKE:
            return None
        return Match(known.announcements[which], min(likeness, 1.0), frames * FRAME_S)

    def _looked_back(self, shapes: NDArray[np.float32], place: int) -> _Looks:
        """Compare what was heard with an announcement, back from the newest block, which began at `place`."""
        found = []
        for block in reversed(self._heard):
            if place <= -BLOCK:
                break
            place = _settled(block, shapes, place)
            found.append((np.arange(place + BLOCK - 1, place - 1, -1), block[::-1], _cut(shapes, place)[::-1]))
            place -= BLOCK
        places, heard, known = (np.concatenate(side) for side in zip(*found, strict=True))
        pairs = ((heard, known), (heard, heard), (known, known))
        return _Looks(places, *(np.einsum("ij,ij->i", *pair) for pair in pairs))


def _settled(block: NDArray[np.float32], shapes: NDArray[np.float32], place: int) -> int:
    """Where near a place a block fits best; it is not looked for elsewhere while it fits well there."""
    fits = float(np.vdot(block, _cut(shapes, place)))
    if fits >= _FITS * float(np.vdot(block, block)):
        return place
    shifts = (0, -1, 1, -2, 2)
    return place + max(shifts, key=lambda shift: float(np.vdot(block, _cut(shapes, place + shift))))


def _gapless(looks: _Looks) -> int:
    """How many frames back from the newest the sound agrees without a gap, the last of them one that sounds."""
    window = np.ones(_GAP_FRAMES)
    energy = np.convolve(looks.heard + looks.known, window, "valid") / 2
    product = np.convolve(looks.product, window, "valid")
    gaps = np.flatnonzero((energy > _GAP_ENERGY) & (product < _GAP_BELOW * energy))
    sounding = np.flatnonzero(looks.known[: gaps[0] if len(gaps) else None] > _SOUNDS)
    return int(sounding[-1]) + 1 if len(sounding) else 0


def _is_telling(telling: NDArray[np.bool_], places: NDArray[np.intp]) -> bool:
    """Whether enough was heard at these places, from the newest back, of what no other state's announcement has."""
    count = int(telling[places[(places >= 0) & (places < len(telling))]].sum())
    soon = max(0, int(places[0])) + _BLURRED
    is_over = soon >= len(telling) or not telling[soon]
    return count >= _TELLING_FRAMES or (count >= _TELLING_LEAST and bool(is_over))


def _cut(shapes: NDArray[np.float32], place: int) -> NDArray[np.float32]:
    """A block of an announcement's shapes from a place on, which may lie before its begin or reach over its end."""
    if 0 <= place <= len(shapes) - BLOCK:
        return shapes[place : place + BLOCK]
    cut = np.zeros((BLOCK, TERMS), np.float32)
    part = shapes[max(0, place) : max(0, place + BLOCK)]
    first = max(0, -place)
    cut[first : first + len(part)] = part
    return cut

"""The announcements that are known, and how like one of them a whole sound is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dialer.core.errors import InputError
from dialer.hearing.frames import RATE_HZ
from dialer.hearing.shapes import BLOCK, TERMS, products, shapes_of
from dialer.hearing.telling import telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dialer.core.model import NumberState

STEP = 2
"""An ear looks at every second shape (every 40 ms), at each place of an announcement (every 20 ms)."""
LOOKS = BLOCK // STEP
GAP = 3 * BLOCK
"""Nothing stands between two announcements for so many places: what is over may be told for half a second more."""
_COLUMNS = 3072
"""Places that are compared at once; more, and the matrix library would start threads of its own for each."""
_SHORTEST_S = 0.6
_LEAST_ENERGY = 10.0
"""Of shapes that are laid on each other: less is next to silence, and like anything."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """A recording of what a network says, and what it means; `samples` are 8 kHz mono."""

    name: str
    state: NumberState
    samples: NDArray[np.int16]


class Fingerprints:
    """The shapes of all announcements in one row, each at `starts`; it never changes, and all ears share it.

    InputError where two announcements have one name, or one is too short to be told from anything else.
    """

    def __init__(self, announcements: Sequence[Announcement]) -> None:
        self.announcements = tuple(announcements)
        _check(self.announcements)
        self.shapes = [shapes_of(each.samples) for each in self.announcements]
        lengths = [len(each) + GAP for each in self.shapes]
        self.ends = np.cumsum(lengths, dtype=np.intp)
        self.starts = self.ends - np.array(lengths, np.intp)
        self.over = (self.ends[:, None] - np.arange(1, BLOCK + 2)).ravel()
        """The last places of each gap, from which nothing may go on into the next announcement."""
        states = [each.state for each in self.announcements]
        self.state_numbers = np.array([states.index(state) for state in states], np.intp)
        self.telling = [
            telling(own, [other for other, its in zip(self.shapes, states, strict=True) if its is not state])
            for own, state in zip(self.shapes, states, strict=True)
        ]
        """Which shapes of each announcement tell it from those of other states."""
        self.places = -(-max(1, sum(lengths)) // _COLUMNS) * _COLUMNS
        row = np.zeros((self.places, TERMS), np.float32)
        for start, shapes in zip(self.starts, self.shapes, strict=True):
            row[start : start + len(shapes)] = shapes
        energy = 0.5 * np.einsum("ij,ij->i", row, row)
        wide = np.column_stack((row, energy, np.ones(self.places, np.float32)))
        self._row = np.ascontiguousarray(wide.reshape(-1, _COLUMNS, TERMS + 2).transpose(0, 2, 1))
        self.block_energy = _sums_along(np.tile(energy, (LOOKS, 1)))
        """Half the energy of the block that begins at each place: what its looks find; shape (places,)."""

    def compare(self, block: NDArray[np.float32], share: float) -> NDArray[np.float32]:
        """How much better than by a share of their mean energy a block of shapes agrees with each place; (places,)."""
        looks = np.empty((LOOKS, TERMS + 2), np.float32)
        looks[:, :TERMS] = block[::STEP]
        looks[:, TERMS] = -share
        looks[:, TERMS + 1] = -share * half_energy(block) / LOOKS
        agreement = np.empty((LOOKS, self.places), np.float32)
        for part, columns in enumerate(self._row):
            np.matmul(looks, columns, out=agreement[:, part * _COLUMNS : (part + 1) * _COLUMNS])
        return _sums_along(agreement)

    def nearest(self, samples: NDArray[np.int16]) -> tuple[str, float] | None:
        """The announcement that a whole sound is likest to, and how like (0..1); None without any announcement."""
        heard = shapes_of(samples)
        likest: tuple[str, float] | None = None
        for announcement, known in zip(self.announcements, self.shapes, strict=True):
            likeness = _likeness(heard, known)
            if likest is None or likeness > likest[1]:
                likest = (announcement.name, likeness)
        return likest


def half_energy(block: NDArray[np.float32]) -> float:
    """Half the energy of what the looks find in a block of shapes."""
    looks = block[::STEP]
    return 0.5 * float(np.vdot(looks, looks))


def _sums_along(agreement: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the looks of a block that begins at each place find in sum: each look has moved on by STEP places."""
    places = agreement.shape[1]
    reached = places - (BLOCK - STEP)
    sums = np.zeros(places, np.float32)
    np.add(agreement[0, :reached], agreement[1, STEP : STEP + reached], out=sums[:reached])
    for look in range(2, LOOKS):
        sums[:reached] += agreement[look, STEP * look : STEP * look + reached]
    return sums


def _energy_before(shapes: NDArray[np.float32]) -> NDArray[np.float64]:
    """The energy of all shapes before each, and of all; shape (frames + 1,)."""
    return np.concatenate(([0.0], np.cumsum(np.einsum("ij,ij->i", shapes, shapes), dtype=np.float64)))


def _check(announcements: Sequence[Announcement]) -> None:
    names = set()
    for each in announcements:
        if each.name in names:
            raise InputError(f"two announcements are named {each.name!r}: give one of them another name")
        names.add(each.name)
        if len(each.samples) < _SHORTEST_S * RATE_HZ:
            raise InputError(f"announcement {each.name!r} is shorter than {_SHORTEST_S} s: nothing can be told by it")


def _likeness(heard: NDArray[np.float32], known: NDArray[np.float32]) -> float:
    """The best correlation of the two over all ways to lay one on the other by at least half of the shorter's sound."""
    if not len(heard) or not len(known):
        return 0.0
    agreement = products(heard, known)
    heard_energy, known_energy = _energy_before(heard), _energy_before(known)
    least = max(_LEAST_ENERGY, 0.5 * min(heard_energy[-1], known_energy[-1]))
    best = 0.0
    for offset in range(1 - len(heard), len(known)):
        here, there = max(0, -offset), max(0, offset)
        count = min(len(heard) - here, len(known) - there)
        energies = (heard_energy[here + count] - heard_energy[here], known_energy[there + count] - known_energy[there])
        if min(energies) > least:
            best = max(best, float(np.trace(agreement, offset)) / float(np.sqrt(energies[0] * energies[1])))
    return min(1.0, best)

"""Where an announcement tells what it means: its stretches that no announcement of another state has anywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dialer.hearing.shapes import products

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_LOOKS = 12
_STEP = 2
"""Twelve looks, one every second shape: about half a second, or two syllables, is compared at a time."""
_SHARED = 0.75
"""Two stretches that agree better than this are the same words of one recording, or of one machine's voice."""
_PAUSE = 1.5
"""A stretch with less energy than this in its looks tells nothing."""


def telling(shapes: NDArray[np.float32], others: Sequence[NDArray[np.float32]]) -> NDArray[np.bool_]:
    """Whether each frame of an announcement is in the middle of what none of the others has; shape (frames,)."""
    centre = (_LOOKS // 2) * _STEP
    tells = np.zeros(len(shapes), np.bool_)
    stretches = len(shapes) // _STEP - _LOOKS + 1
    if stretches < 1:
        return tells
    looks = shapes[: len(shapes) // _STEP * _STEP : _STEP]
    energy = _along(np.einsum("ij,ij->i", looks, looks)[:, None], 0)[:stretches, 0]
    alike = np.zeros(stretches, np.float32)
    for other in others:
        if len(other) > _LOOKS * _STEP:
            np.maximum(alike, _most_alike(looks, other, energy), out=alike)
    tells[centre : centre + stretches * _STEP] = np.repeat((alike < _SHARED) & (energy > _PAUSE), _STEP)
    return tells


def _most_alike(
    looks: NDArray[np.float32], other: NDArray[np.float32], energy: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How like each stretch is to the likest one of another announcement."""
    agreement = _along(products(looks, other), _STEP)
    own = np.einsum("ij,ij->i", other, other)
    energies = _along(np.broadcast_to(own, (_LOOKS, len(own))), _STEP)[0]
    reached = len(other) - (_LOOKS - 1) * _STEP
    shares = agreement[: len(energy), :reached] / np.maximum(0.5 * (energy[:, None] + energies[:reached]), _PAUSE)
    likest: NDArray[np.float32] = shares.max(axis=1)
    return likest


def _along(agreement: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    """The sum of _LOOKS products along each diagonal, which moves on `step` columns a row; ends are not to be used."""
    sums = agreement[: len(agreement) - _LOOKS + 1].copy()
    for look in range(1, _LOOKS):
        moved = look * step
        sums[:, : sums.shape[1] - moved] += agreement[look : look + len(sums), moved:]
    return sums

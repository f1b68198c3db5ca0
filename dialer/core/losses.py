"""How likely too many customers, one after the other, find nobody: agents and customers followed from now on. Pure.

A customer who finds nobody is gone, and takes no agent who comes free a moment later. So the sum of answers and
releases does not tell how many are lost; a Markov chain over (agents free, customers lost) does, from instant to
instant. In each span agents come free first and customers answer then, both as Poisson counts: these are spread more
widely than the sums of yes-or-no that they stand for, which is the safe side.
"""

from __future__ import annotations

from functools import cache
from math import lgamma
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOG_FACTORIALS = np.array([lgamma(count + 1) for count in range(1000)])
_NONE = 1e-12


def chance_of_more_lost(
    bearable: int, free: int, busy: int, answers: NDArray[np.float64], releases: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The chance that more than `bearable` customers find nobody, shape (levels,).

    `free` agents now and `busy` ones who come free; `answers` (levels, spans) and `releases` (spans,) are how many of
    either are expected in each span of time.
    """
    shape = _shape(free + busy, bearable)
    counts = np.arange(free + busy + bearable + 2)
    answered = _poisson(answers, counts)
    released = _poisson(releases, counts[: free + busy + 1])
    frees = np.where(shape.frees >= 0, released[:, shape.frees], 0.0)
    frees[..., -1] += 1 - frees.sum(axis=-1)
    takes = np.where(shape.takes >= 0, answered[..., shape.takes], 0.0)
    # Of (levels, customers lost, agents free); the last row is for all who are more than can be borne.
    of = np.zeros((len(answers), bearable + 2, free + busy + 1))
    of[:, 0, free] = 1
    for span in range(len(releases)):
        stands = of @ frees[span] @ takes[:, span]
        short, of = stands[..., : bearable + 1], stands[..., bearable + 1 :].copy()
        of[..., 0] += short.reshape(len(answers), -1) @ shape.lost
    # Whoever is beyond the counts is not followed: what is missing to one is lost as well.
    more: NDArray[np.float64] = 1 - of[:, :-1].sum(axis=(1, 2))
    return more


class _Shape:
    """Where each count leads, for so many agents and so many losses that can be borne."""

    def __init__(self, agents: int, bearable: int) -> None:
        before, after = np.arange(agents + 1)[:, None], np.arange(agents + 1)[None, :]
        self.frees = after - before
        """How many come free between two numbers of free agents; below none where that cannot be."""
        self.takes = before - np.arange(-bearable - 1, agents + 1)[None, :]
        """How many answer between them, where fewer than none are free: so many are lost."""
        rows, missing = np.divmod(np.arange((bearable + 2) * (bearable + 1)), bearable + 1)
        lost = np.minimum(bearable + 1, rows + bearable + 1 - missing)
        self.lost = np.eye(bearable + 2)[lost]
        """From (lost before, stand below none) to how many are lost then."""


@cache
def _shape(agents: int, bearable: int) -> _Shape:
    return _Shape(agents, bearable)


def _poisson(means: NDArray[np.float64], counts: NDArray[np.intp]) -> NDArray[np.float64]:
    means = np.maximum(means, _NONE)[..., None]
    chances: NDArray[np.float64] = np.exp(counts * np.log(means) - means - _LOG_FACTORIALS[counts])
    return chances

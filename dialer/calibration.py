"""Expected against actual abandonment: whether decisions keep what they promise. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core.abandonment import Fate, Tally
from dialer.rows import fate_of_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dialer.record.decisions import Answer

_PARTS = 10
_ABANDONED = frozenset({Fate.TOO_LATE, Fate.NOBODY_CAME})
_NO_LIVE_ANSWER = frozenset({None, Fate.TAKEN_FOR_A_MACHINE})


@dataclass(frozen=True, slots=True)
class Part:
    """Live answers of which the decisions that placed their calls expected about the same."""

    expected: float
    """The mean share that was expected to be abandoned."""
    tally: Tally
    """What became of them."""

    @property
    def fits(self) -> bool:
        """Whether what was expected lies within the 95 % interval of what happened."""
        return self.tally.lower_bound() <= self.expected <= self.tally.upper_bound()


@dataclass(frozen=True, slots=True)
class Calibration:
    """All live answers, and tenths of them by what was expected, the least first."""

    whole: Part
    tenths: tuple[Part, ...]


def calibrate(answers: Iterable[Answer], limit_s: float) -> Calibration | None:
    """Compare what was expected of each live answer with what it was to the law; None where there are none.

    `limit_s`: how long whoever answers may wait for an agent. Answers of which the same was expected stay together: a
    part is a tenth or more, but for the last, and there may be fewer than ten.
    """
    judged = sorted(
        (answer.expected_abandonment, fate in _ABANDONED)
        for answer in answers
        if (fate := fate_of_row(answer, limit_s, previewed=answer.previewed)) not in _NO_LIVE_ANSWER
    )
    if not judged:
        return None
    tenths: list[list[tuple[float, bool]]] = [[]]
    for one in judged:
        last = tenths[-1]
        if len(last) * _PARTS >= len(judged) and one[0] != last[-1][0]:
            tenths.append([])
        tenths[-1].append(one)
    return Calibration(_part(judged), tuple(map(_part, tenths)))


def _part(judged: Sequence[tuple[float, bool]]) -> Part:
    expected = sum(one for one, _ in judged) / len(judged)
    return Part(expected, Tally(len(judged), sum(abandoned for _, abandoned in judged)))

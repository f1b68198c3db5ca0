"""Predictive pacing: as many calls as keep the chance that one more answer meets nobody within the appetite. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, inf
from typing import TYPE_CHECKING

from dialer.core.forecast import ANY_AGE_S
from dialer.core.lookahead import Lookahead

if TYPE_CHECKING:
    from dialer.core.forecast import Ages, Forecaster

RING_FLOOR_S = 15.0
"""Nobody's telephone is left to ring for less: 16 CFR 310.4(b)(4)(ii), fifteen seconds or four rings."""
_MOST_AT_ONCE = 60
_DROP_RISK = 2.0
"""Times the appetite: an answer that has been waited for so long is worth more than one of a call not yet placed."""
_CROWD = 60
"""So many answers at once are never feared: a team that large bears them."""
_CROWD_RISK = 1e-3
"""Of so many answers at once that a quarter of an hour could not bear it."""
_SOON = 6
"""The instant by which agents who come free are reckoned with, where too many answers are feared: 12.5 s."""
_VERY_SOON = 1
"""The instant, of those looked ahead to, by which a late caller is judged: one second."""


@dataclass(frozen=True, slots=True)
class Ahead:
    """How many calls to place and how many that have rung longest to withdraw, and what is expected of it."""

    place: int
    drop: int
    risk: float
    """The chance that yet one more answer would find nobody."""
    expected_abandonment: float
    answers: float
    """Expected of the calls pending and placed, in the time looked ahead to."""
    freeing: float
    """Agents expected to come free in that time."""
    crowded: bool = False
    """Whether the risk would have allowed more, but so many answers at once are feared that too many find nobody."""


def look_ahead(
    forecaster: Forecaster,
    ages: Ages,
    *,
    ready: int,
    waiting: int,
    appetite: float,
    drop_late: bool,
    now_s: float,
    strained: bool = False,
    bearable: float = inf,
) -> Ahead:
    """How many calls the appetite allows on this floor; never fewer than one for each agent who is free.

    With `drop_late` callers who have rung for long may be withdrawn, so that they count for nothing; not so where the
    allowance is `strained`. `bearable`: so many who find nobody at once are feared less than 1 in 1,000 times.
    """
    # An answer of a late caller takes an agent from those who ring behind: where that matters, it is reckoned with.
    until_s = RING_FLOOR_S if drop_late and not strained else ANY_AGE_S
    outlook = forecaster.outlook(ages, waiting, now_s, until_s=until_s)
    ahead = Lookahead(outlook, ready)
    late = _late(ages) if drop_late else 0
    # Whoever has rung for long is withdrawn rather than answered by nobody; who stays is answered within the risk.
    drop = late if late and float(ahead.nobody_free()[_VERY_SOON]) > appetite * _DROP_RISK else 0
    pending = len(ages.ringing_s) - drop + len(ages.detecting_s) + waiting
    ahead.add(max(0, ready - pending))
    risk = ahead.risk()
    least = ahead.added
    most = most_answers(int(min(_CROWD, ready + float(outlook.releases[:, _SOON].sum()) + bearable)))
    while risk <= appetite > 0 and ahead.expected_answers <= most and ahead.added - least < _MOST_AT_ONCE:
        ahead.add()
        risk = ahead.risk()
    return Ahead(
        place=ahead.added,
        drop=drop,
        risk=risk,
        expected_abandonment=ahead.expected_abandonment(),
        answers=ahead.expected_answers,
        freeing=float(outlook.releases[:, -1].sum()),
        crowded=risk <= appetite and ahead.expected_answers > most,
    )


@cache
def most_answers(crowd: int) -> float:
    """The greatest mean of a Poisson count that reaches `crowd` only once in a thousand times; infinite for _CROWD."""
    if crowd >= _CROWD:
        return inf
    low, high = 0.0, float(_CROWD)
    while high - low > _CROWD_RISK:
        mean = (low + high) / 2
        below = term = exp(-mean)
        for count in range(1, crowd):
            term *= mean / count
            below += term
        low, high = (mean, high) if 1 - below <= _CROWD_RISK else (low, mean)
    return low


def _late(ages: Ages) -> int:
    return next((one for one, age_s in enumerate(ages.ringing_s) if not age_s >= RING_FLOOR_S), len(ages.ringing_s))

"""Predictive pacing: as many calls as keep the chance that one more answer meets nobody within the appetite. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dialer.core.forecast import ANY_AGE_S
from dialer.core.lookahead import Lookahead

if TYPE_CHECKING:
    from dialer.core.forecast import Ages, Forecaster

RING_FLOOR_S = 15.0
"""Nobody's telephone is left to ring for less: 16 CFR 310.4(b)(4)(ii), fifteen seconds or four rings."""
MOST_AT_ONCE = 60
"""Calls that one decision places ahead, however many the floor would bear."""
_DROP_RISK, _DROP_RISK_STRAINED = 2.0, 0.001
"""Times the appetite: an answer that has been waited for so long is worth more than one of a call not yet placed. And
the risk itself, where no more can be borne.
"""
_CROWD_RISK, _CROWD_RISK_OF_MANY, _MANY = 1e-3, 1e-2, 4
"""Of so many in a row who find nobody that a quarter of an hour could not bear it, with the call that is added; and
where it could bear four or more: the farther out the tail, the more the chain's Poisson counts overstate it.
"""
_FEARED = 10
"""A team that can bear so many never sees as many in a row."""
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
    """Whether the risk would have allowed more, but it is feared that too many in a row find nobody."""


def look_ahead(
    forecaster: Forecaster,
    ages: Ages,
    *,
    ready: int,
    waiting: int,
    appetite: float,
    bearable: int,
    drop_late: bool,
    now_s: float,
    most: int = MOST_AT_ONCE,
) -> Ahead:
    """How many calls the appetite allows on this floor; never fewer than one for each agent who is free.

    With `drop_late` callers who have rung for long may be withdrawn, so that they count for nothing; not so where no
    more can be borne. More than `bearable` customers in a row find nobody less than once in 1,000 times (in 100, where
    that are four or more). And no more than `most` beyond those: what the trunk would not send needs no risk reckoned.
    """
    # An answer of a late caller takes an agent from those who ring behind: where that matters, it is reckoned with.
    until_s = RING_FLOOR_S if drop_late and bearable else ANY_AGE_S
    outlook = forecaster.outlook(ages, waiting, now_s, until_s=until_s)
    ahead = Lookahead(outlook, ready)
    late = _late(ages) if drop_late else 0
    # Whoever has rung for long is withdrawn rather than answered by nobody; who stays is answered within the risk.
    borne = appetite * _DROP_RISK if bearable else _DROP_RISK_STRAINED
    drop = late if late and float(ahead.nobody_free()[_VERY_SOON]) > borne else 0
    pending = len(ages.ringing_s) - drop + len(ages.detecting_s) + waiting
    ahead.add(max(0, ready - pending))
    risk = ahead.risk()
    least = ahead.added
    crowded, crowd_risk = False, _CROWD_RISK if bearable < _MANY else _CROWD_RISK_OF_MANY
    while risk <= appetite > 0 and ahead.added - least < most:
        crowded = bearable < _FEARED and ahead.more_lost(bearable) > crowd_risk
        if crowded:
            break
        ahead.add()
        risk = ahead.risk()
    return Ahead(
        place=ahead.added,
        drop=drop,
        risk=risk,
        expected_abandonment=ahead.expected_abandonment(),
        answers=ahead.expected_answers,
        freeing=float(outlook.releases[:, -1].sum()),
        crowded=crowded,
    )


def _late(ages: Ages) -> int:
    return next((one for one, age_s in enumerate(ages.ringing_s) if not age_s >= RING_FLOOR_S), len(ages.ringing_s))

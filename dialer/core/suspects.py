"""Finds what is likely to be wrong with a campaign's calls: the groups that fare worse than the rest. Pure.

What was found is taken out before the next is looked for, so that one bad list is not told again as a bad prefix, a bad
hour and a bad trunk. Dead numbers are counted among the calls that the network let through, refused calls among the
numbers that live, and answers among what is left of both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.core.causes import LEAST_CALLS, Action, Cause, Likely, where
from dialer.core.contrast import Share, by_chance, stands_out
from dialer.core.cube import By, Calls, Cube

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dialer.core.causes import Counts, Name

ERROR = 0.001
"""How often chance alone names any group, in one look at equal groups; shared among all comparisons (Bonferroni).

So strict because a campaign is looked at again and again: over all looks of its life it comes to about one per cent.
"""
KEPT_ERROR = 50 * ERROR
"""What was named before is named until it is no longer even that unlikely: a finding does not flicker."""
MOST_NAMED = 5
"""Of one kind: where more stand out, it is no longer they who are odd."""
_BRIEF_SHARE, _DROPPED_SHARE = 0.5, 0.2
"""Of the talks of a whole campaign: more brief ones, or more dropped at once, and it is the opening that loses them."""
_DEAD_SHARE = 0.1
"""Of all calls: fewer explain no rate that is too low."""
_SURE = 0.999
_LEAST_TALKS = 50


@dataclass(frozen=True, slots=True)
class _Sign:
    """A way in which a group may fare worse: the share to compare, and how to say it."""

    cause: Cause
    action: Action
    share: Callable[[Calls], Share]
    says: str
    fewer: bool = False
    """The smaller share is the worse one."""

    def worse(self, group: Share, rest: Share) -> float:
        """How likely chance is to make the group fare so much worse; 1 where the difference would not matter."""
        if self.fewer:
            return by_chance(group.others, rest.others) if stands_out(rest, group) else 1.0
        return by_chance(group, rest) if stands_out(group, rest) else 1.0


def _reachable(calls: Calls) -> Share:
    return Share(calls.answered, calls.attempts - calls.dead - calls.turned_away)


_DEAD = _Sign(
    Cause.BAD_LIST,
    Action.FEEDBACK_FILE,
    lambda calls: Share(calls.dead, calls.attempts - calls.turned_away),
    "calls met dead numbers",
)
_TURNED_AWAY = _Sign(
    Cause.TRUNK_OR_CALLER_ID,
    Action.CHECK_TRUNK,
    lambda calls: Share(calls.turned_away, calls.attempts - calls.dead),
    "calls were turned away or cut short",
)
_SELDOM = _Sign(
    Cause.SELDOM_ANSWERED, Action.SECOND_ROUND, _reachable, "calls to living numbers were answered", fewer=True
)
_BRIEF = _Sign(
    Cause.DROPPED_AT_ONCE,
    Action.CHANGE_OPENING,
    lambda calls: Share(calls.talks - calls.long_talks, calls.talks),
    "talks were over within 18 s",
)
_HOUR = _Sign(Cause.WRONG_HOUR, Action.OTHER_HOURS, _reachable, "calls to living numbers were answered", fewer=True)

_SIGNS = (
    (_DEAD, (By.LIST, By.PREFIX)),
    (_TURNED_AWAY, (By.TRUNK, By.CALLER_ID)),
    (_SELDOM, (By.LIST, By.PREFIX)),
)
"""In this order, each without the groups that were named before it."""


@dataclass(slots=True)
class _Search:
    """One look for causes: how sure each comparison must be, and what is left of the calls."""

    counts: Counts
    cube: Cube
    named: frozenset[Name]
    error: float
    found: list[Likely] = field(default_factory=list)

    def enough(self, name: Name, chance: float) -> bool:
        """Whether it is unlikely enough to be named."""
        return chance <= (self.error * KEPT_ERROR / ERROR if name in self.named else self.error)

    def worst(self, sign: _Sign, by: By, groups: Mapping[str, Calls], total: Calls) -> Likely | None:
        """The group that chance explains least, if it is to be named."""
        each = self.counts.calls_each_lead
        best: Likely | None = None
        for key, calls in groups.items():
            own = self.counts.calls_each.get(key, 1.0) if by is By.LIST else each
            more, seen = (own, each) if by in {By.LIST, By.PREFIX, By.SEGMENT} else (1.0, 1.0)
            group = sign.share(calls).of_independent(more)
            rest = sign.share(total.minus(calls)).of_independent(seen)
            if group.of < LEAST_CALLS:
                continue
            chance = sign.worse(group, rest)
            name = (sign.cause, by, key)
            if self.enough(name, chance) and (best is None or best.chance is None or chance < best.chance):
                told = self.evidence(sign, by, key, calls, total)
                best = Likely(sign.cause, sign.action, told, by, key, chance)
        return best

    def evidence(self, sign: _Sign, by: By, key: str, calls: Calls, total: Calls) -> str:
        """The comparison in words, in whole calls."""
        group, rest = sign.share(calls), sign.share(total.minus(calls))
        told = f"{where(by, key, self.counts.lists)}: {group.some} of {group.of} {sign.says}, {group.rate:.1%}"
        return f"{told}; of the rest {rest.rate:.1%}"


def find(counts: Counts, named: frozenset[Name] = frozenset()) -> tuple[list[Likely], Cube]:
    """What stands out, strongest first of each kind, and the calls that are left without the groups it sits in.

    `named`: what was found at the look before; it stands until it is no longer unlikely.
    """
    dimensions: list[Mapping[str, Calls]] = [counts.cube.by(by) for _sign, each in _SIGNS for by in each]
    dimensions += [counts.cube.by(By.HOUR), counts.agents, counts.segments]
    compared = sum(calls.attempts >= LEAST_CALLS for groups in dimensions for calls in groups.values())
    search = _Search(counts, counts.cube, named, ERROR / max(1, compared))
    for sign, dimension in _SIGNS:
        _take_out(search, sign, dimension)
    if not any(one.cause is Cause.BAD_LIST for one in search.found):
        _in_groups(search, _DEAD, By.SEGMENT, counts.segments, counts.cube.total)
    _hours(search)
    _openings(search)
    return search.found, search.cube


def _take_out(search: _Search, sign: _Sign, dimensions: tuple[By, ...]) -> None:
    for _ in range(MOST_NAMED):
        total = search.cube.total
        candidates = []
        for by in dimensions:
            groups, rest = search.cube.by(by), total
            # A campaign has one trunk and one caller id at a time: what they are compared with is other campaigns'.
            for calls in search.counts.elsewhere.get(by, {}).values():
                rest = rest.plus(calls)
            candidates.append(search.worst(sign, by, groups, rest))
        worst = min((one for one in candidates if one), key=lambda one: one.chance or 0.0, default=None)
        if worst is None or worst.by is None or worst.key is None:
            return
        search.found.append(worst)
        search.cube = search.cube.without(worst.by, worst.key)


def _in_groups(search: _Search, sign: _Sign, by: By, groups: Mapping[str, Calls], total: Calls) -> None:
    left = dict(groups)
    for _ in range(MOST_NAMED):
        worst = search.worst(sign, by, left, total)
        if worst is None or worst.key is None:
            return
        search.found.append(worst)
        total = total.minus(left.pop(worst.key))


def _hours(search: _Search) -> None:
    """One finding for all hours: which are worse is in its evidence, and moves from day to day."""
    hours, total = search.cube.by(By.HOUR), search.cube.total
    worst, chance = [], 1.0
    for hour, calls in hours.items():
        share = _reachable(calls)
        one = _HOUR.worse(share, _reachable(total.minus(calls))) if share.of >= LEAST_CALLS else 1.0
        if search.enough((Cause.WRONG_HOUR, By.HOUR, None), one):
            worst.append(hour)
            chance = min(chance, one)
    if not worst:
        return
    rates = {hour: _reachable(calls) for hour, calls in hours.items() if _reachable(calls).of >= LEAST_CALLS}
    best = max(rates, key=lambda hour: rates[hour].bounds(_SURE)[0])
    bad = Calls()
    for hour in worst:
        bad = bad.plus(hours[hour])
    share = _reachable(bad)
    told = f"at {', '.join(f'{hour}:00' for hour in worst)}: {share.some} of {share.of} {_HOUR.says}, {share.rate:.1%}"
    told += f"; at {best}:00 {rates[best].rate:.1%}"
    search.found.append(Likely(Cause.WRONG_HOUR, Action.OTHER_HOURS, told, By.HOUR, None, chance))


def _openings(search: _Search) -> None:
    """The opening of the whole campaign where most talks are lost by it, else that of single agents."""
    total = search.counts.cube.total
    brief, dropped = _BRIEF.share(total), Share(total.dropped, total.talks)
    enough = brief.of >= _LEAST_TALKS
    if enough and (brief.bounds(_SURE)[0] > _BRIEF_SHARE or dropped.bounds(_SURE)[0] > _DROPPED_SHARE):
        told = (
            f"{brief.some} of {brief.of} {_BRIEF.says}, {brief.rate:.1%}; {dropped.some} customers hung up within 5 s"
        )
        search.found.append(Likely(Cause.DROPPED_AT_ONCE, Action.CHANGE_OPENING, told))
        return
    agents = Calls()
    for calls in search.counts.agents.values():
        agents = agents.plus(calls)
    _in_groups(search, _BRIEF, By.AGENT, search.counts.agents, agents)


def in_the_whole(left: Calls, lower: float) -> list[Likely]:
    """What keeps the calls that are left under `lower` (a share answered), though no group stands out among them.

    Without its dead numbers, or without what was turned away, or without both, the rate would keep the band.
    """
    found = []
    living, let_through = left.attempts - left.dead, left.attempts - left.turned_away
    dead, away = Share(left.dead, left.attempts), Share(left.turned_away, left.attempts)
    both = _reachable(left).rate >= lower
    if dead.rate >= _DEAD_SHARE and (Share(left.answered, living).rate >= lower or both):
        told = f"{dead.some} of {dead.of} {_DEAD.says}, {dead.rate:.1%}, wherever they came from"
        found.append(Likely(Cause.BAD_LIST, Action.FEEDBACK_FILE, told))
    if away.rate >= _DEAD_SHARE and (Share(left.answered, let_through).rate >= lower or both):
        told = f"{away.some} of {away.of} {_TURNED_AWAY.says}, {away.rate:.1%}, whatever the way out"
        found.append(Likely(Cause.TRUNK_OR_CALLER_ID, Action.CHECK_TRUNK, told))
    return found

"""In which hour of the next days a person is likeliest to answer, and who of those that may be called loses by waiting.

What is known of a lead is in `Chances`: of the hours and days of the whole campaign, and of what earlier calls to this
number found when (`features`). An hour that is later is worth a little less, for a lead that waits may be lost to
another and the campaign ends some day. Among hours that are nearly as good the earliest is taken: it spreads the calls.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dialer.core import calendar
from dialer.core.eligibility import Facts, check
from dialer.core.features import Past, features_at, features_of_hours, part_of
from dialer.core.model import CampaignStatus, LeadState
from dialer.core.numbers import country_code
from dialer.core.plan import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    from dialer.core.chances import Chances
    from dialer.core.eligibility import SentCall
    from dialer.core.features import Features
    from dialer.core.model import Lead, NumberRef, Outcome
    from dialer.core.plan import CampaignPlan, Law

REACH = timedelta(days=3)
"""How far ahead a better hour is looked for; a weekend lies within."""
WORTH_AFTER_A_DAY = 0.95
"""What an answer is worth that comes a day later, of one now."""
_NEARLY_AS_GOOD = 0.97
"""Of the best, from where an earlier hour is taken for it."""
_PREFIX = 4
"""A plus sign and three digits tell the country calling code (ITU-T E.164, section 6.2.1)."""
_HOUR = timedelta(hours=1)
BACKLOG_FROM = timedelta(hours=1)
"""Leads that are due so long and were not called wait for agents, not for their hour."""
_DAY = timedelta(days=1)
_AHEAD = timedelta(hours=35)
GAMMA = 0.7


@dataclass(frozen=True, slots=True)
class BestHour:
    """From `at` (UTC) on, for an hour: the chance (0..1) of an answer, and what it is at the soonest hour there is."""

    at: datetime
    chance: float
    soonest: datetime
    chance_soonest: float


@dataclass(frozen=True, slots=True)
class Insight:
    """What is known of a lead when its retry is decided, the attempt that has just ended included.

    `sent`: the lead's calls of the last 32 days; `pasts`: what became of the earlier calls to its numbers, by their ids.
    """

    chances: Chances
    hours: OpenHours
    sent: tuple[SentCall, ...]
    pasts: Mapping[int, Past]
    backlog: bool = False
    """More leads are due than can be called."""


class _Walked(NamedTuple):
    """The open hours from `begin` to `end` in some time zones of a country."""

    country: str
    begin: datetime
    end: datetime
    hours: list[datetime]


class OpenHours:
    """The clock hours in which a campaign may call, by its plan and the law; remembered from one lead to the next."""

    def __init__(self, plan: CampaignPlan, law: Law) -> None:
        self.plan = plan
        self.law = law
        self._known: dict[tuple[tuple[str, ...], str], _Walked] = {}

    def between(self, number: NumberRef, earliest: datetime, latest: datetime) -> list[datetime]:
        """`earliest`, if open, and the first open instant of each later hour before `latest` (aware; UTC comes back)."""
        earliest, latest = earliest.astimezone(UTC), latest.astimezone(UTC)
        zones, _ = key = number.time_zones, number.e164[:_PREFIX]
        known = self._known.get(key)
        if known is None or earliest < known.begin or latest > known.end:
            begin, end, country = earliest - _HOUR, latest + _DAY, country_code(number.e164)
            known = self._known[key] = _Walked(country, begin, end, self._walk(zones, country, begin, end))
        hours = known.hours
        place = bisect_left(hours, earliest)
        found = hours[place : bisect_left(hours, latest)]
        if not found or found[0] > earliest:
            opening = calendar.next_opening(self.plan, self.law, zones, known.country, earliest)
            if opening is not None and opening < latest and (not found or opening < found[0]):
                found = [opening, *found]
        return found

    def _walk(self, zones: tuple[str, ...], country: str, begin: datetime, end: datetime) -> list[datetime]:
        found: list[datetime] = []
        moment = calendar.next_opening(self.plan, self.law, zones, country, begin)
        while moment is not None and moment < end:
            found.append(moment)
            local = moment.astimezone(calendar.zone_named(zones[0]))
            full_hour = moment - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
            moment = calendar.next_opening(self.plan, self.law, zones, country, full_hour + _HOUR)
        return found


def has_backlog(hours: OpenHours, number: NumberRef, due_at: datetime, now: datetime) -> bool:
    """Whether a list whose first lead is due since then waits for agents: for a whole hour, open where the number is."""
    since = (now - BACKLOG_FROM).astimezone(UTC)
    return due_at <= since and hours.between(number, since, now)[:1] == [since]


def retry_hour(
    insight: Insight, lead: Lead, number: NumberRef, outcome: Outcome, ended_at: datetime, earliest: datetime
) -> BestHour | None:
    """When to call a lead at this number again, on which an attempt has just ended with this outcome.

    Never before `earliest`, nor before the caps let it. None where too little was learned to say, or nothing is open.
    """
    plan, law = insight.hours.plan, insight.hours.law
    if insight.backlog or not insight.chances.knows:
        return None
    past = insight.pasts.get(number.number_id, Past()).after(outcome, ended_at)
    waiting = replace(lead, state=LeadState.WAITING, due_at=None, due_number_id=None)
    facts = Facts(waiting, in_flight=False, listed=frozenset(), sent=insight.sent)
    caps = plan.caps
    if len(insight.sent) >= min(caps.per_number, caps.per_lead, caps.per_person):
        running, shown = CampaignStatus.RUNNING, {plan.caller_id}
        freed = check(facts, plan, law, running, shown, ended_at, number_id=number.number_id).until
        if freed is None:
            return None
        earliest = max(earliest, freed)
    return best_hour(insight.chances, facts, number, past, insight.hours, earliest)


def best_hour(
    chances: Chances,
    facts: Facts,
    number: NumberRef,
    past: Past,
    hours: OpenHours,
    earliest: datetime,
    latest: datetime | None = None,
) -> BestHour | None:
    """The hour from `earliest` on, and before `latest` or REACH, in which it is best to call a lead at this number.

    None where too little was learned to say, or where no hour is open.
    """
    if not chances.knows:
        return None
    moments = hours.between(number, earliest, latest or earliest + REACH)
    if not moments:
        return None
    likely = chances.probabilities(features_at(facts, number, past, hours.plan, moments))
    worth = likely * _worth(moments, moments[0])
    chosen = int(np.argmax(worth >= _NEARLY_AS_GOOD * worth.max()))
    return BestHour(moments[chosen], float(likely[chosen]), moments[0], float(likely[0]))


def _worth(moments: Sequence[datetime], now: datetime) -> NDArray[np.float64]:
    days = np.array([(moment - now) / _DAY for moment in moments])
    worth: NDArray[np.float64] = WORTH_AFTER_A_DAY**days
    return worth


def regrets(
    chances: Chances, found: Sequence[tuple[Facts, NumberRef, Past]], hours: OpenHours, now: datetime
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The chances (0..1) that these answer now, and how much of them is lost by not calling now; each (len(found),).

    What is lost is the chance now less most of the best that is still to come today or tomorrow. Of each part of these
    days its best hour for the whole campaign stands for all: to ask for every hour would cost four times as much.
    """
    moments: dict[object, list[datetime]] = {}
    batch: list[Features] = []
    worth: list[float] = []
    first: list[int] = []
    for facts, number, past in found:
        key = number.time_zones, number.e164[:_PREFIX]
        if key not in moments:
            moments[key] = [now, *_best_of_parts(chances, number, hours, now)]
        first.append(len(batch))
        batch += features_at(facts, number, past, hours.plan, moments[key])
        worth += [0.0, *_worth(moments[key][1:], now)]
    if not found:
        return np.empty(0), np.empty(0)
    likely = chances.probabilities(batch)
    later = np.maximum.reduceat(likely * worth, first)
    return likely[first], likely[first] - GAMMA * later


def _best_of_parts(chances: Chances, number: NumberRef, hours: OpenHours, now: datetime) -> list[datetime]:
    zone = calendar.zone_named(number.time_zones[0])
    later = hours.between(number, now + _HOUR, now + _AHEAD)
    likely = chances.probabilities(features_of_hours(zone, hours.plan, later)).tolist()
    best: dict[object, tuple[float, datetime]] = {}
    for chance, moment in zip(likely, later, strict=True):
        local = moment.astimezone(zone)
        part = local.date(), part_of(local.time())
        best[part] = max(best.get(part, (0.0, moment)), (chance, moment), key=itemgetter(0))
    return [moment for _, moment in best.values()]


def in_words(best: BestHour, number: NumberRef) -> str:
    """Why then, as an operator says it, by the clock on the wall where the number is."""
    zone = calendar.zone_named(number.time_zones[0] if number.time_zones else "UTC")
    hour, soonest = (_hour_of(moment.astimezone(zone)) for moment in (best.at, best.soonest))
    if best.at == best.soonest:
        return f"{hour}, the soonest hour, is as good as any"
    return f"{hour} is {best.chance / best.chance_soonest:.1f} times likelier than {soonest}"


def _hour_of(local: datetime) -> str:
    return f"{WEEKDAYS[local.weekday()].capitalize()} {local.hour:02}-{local.hour + 1:02} h"

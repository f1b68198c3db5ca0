"""In which hour of the next days it is best to call a lead again: where an answer is likeliest, and there is room.

How likely an answer is, is what the campaign has learned (`Chances`) of its hours and days, and of what earlier calls
to this number found at which hours (`features`). An hour that is later is worth a little less: whoever waits is reached
later, and the campaign ends some day. Hours for which as many leads are due already as can be called are passed over:
else all of a list would wait for the same evening, most of it in vain, and be called next morning, when nobody is in.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dialer.core import calendar
from dialer.core.eligibility import Facts, check
from dialer.core.features import Past, features_at
from dialer.core.model import CampaignStatus, LeadState
from dialer.core.numbers import country_code
from dialer.core.plan import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dialer.core.chances import Chances
    from dialer.core.eligibility import SentCall
    from dialer.core.model import Lead, NumberRef, Outcome
    from dialer.core.plan import CampaignPlan, Law

REACH = timedelta(days=3)
"""How far ahead a better hour is looked for: past a weekend."""
WORTH_AFTER_A_DAY = 0.95
"""What an answer that comes a day later is worth, of one now."""
_NEARLY_AS_GOOD = 0.97
"""Of the best, from where an earlier hour is taken for it."""
_WORTH_TELLING = 1.05
_PREFIX = 4
"""A plus sign and three digits tell the country calling code (ITU-T E.164, section 6.2.1)."""
_MOST_ZONES = 256
"""Of which the open hours are remembered."""
_HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class BestHour:
    """From `at` (UTC) on, for an hour: the chance (0..1) of an answer, and what it is at the soonest hour there is."""

    at: datetime
    chance: float
    soonest: datetime
    chance_soonest: float


@dataclass(frozen=True, slots=True)
class Room:
    """How many leads are due already in which hours, and how many can be called in one."""

    due: Mapping[datetime, int] = field(default_factory=dict)
    """By the beginning of the UTC hour."""
    calls_an_hour: float = float("inf")

    def is_full(self, moment: datetime) -> bool:
        """Whether no more leads than are due already can be called in the hour of this moment (UTC)."""
        return self.due.get(hour_of(moment), 0) >= self.calls_an_hour


def hour_of(moment: datetime) -> datetime:
    """The beginning of the hour in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


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
        """The first open instant (UTC) of each clock hour from `earliest` up to, not including, `latest` (both aware).

        None for a number whose time zone is unknown.
        """
        earliest, latest = earliest.astimezone(UTC), latest.astimezone(UTC)
        zones, prefix = number.time_zones, number.e164[:_PREFIX]
        if not zones:
            return []
        known = self._known.get((zones, prefix))
        if known is None or earliest < known.begin or latest > known.end:
            begin, end, country = earliest - _HOUR, latest + _DAY, country_code(number.e164)
            if len(self._known) >= _MOST_ZONES:
                self._known.clear()
            known = self._known[zones, prefix] = _Walked(country, begin, end, self._walk(zones, country, begin, end))
        place = bisect_left(known.hours, earliest)
        found = known.hours[place : bisect_left(known.hours, latest)]
        opening = calendar.next_opening(self.plan, self.law, zones, known.country, earliest)
        if opening is not None and opening < latest and (not found or opening < found[0]):
            found.insert(0, opening)
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


@dataclass(frozen=True, slots=True)
class Insight:
    """What is known of a lead when its retry is decided.

    `sent`: its calls of the last 32 days, with the one that has just ended; `pasts`: what became of the earlier calls
    to its numbers, by their ids.
    """

    chances: Chances
    hours: OpenHours
    sent: tuple[SentCall, ...]
    pasts: Mapping[int, Past]
    room: Room = field(default_factory=Room)


def retry_hour(
    insight: Insight, lead: Lead, number: NumberRef, outcome: Outcome, ended_at: datetime, earliest: datetime
) -> BestHour | None:
    """When to call a lead at this number again, on which an attempt has just ended with this outcome.

    Never before `earliest`, nor before the caps let it. None where too little was learned to say, or nothing is open.
    """
    plan, law, caps = insight.hours.plan, insight.hours.law, insight.hours.plan.caps
    if not insight.chances.knows:
        return None
    past = insight.pasts.get(number.number_id, Past()).after(outcome, ended_at)
    waiting = replace(lead, state=LeadState.WAITING, due_at=None, due_number_id=None)
    facts = Facts(waiting, in_flight=False, listed=frozenset(), sent=insight.sent)
    if len(insight.sent) >= min(caps.per_number, caps.per_lead, caps.per_person):
        running, shown = CampaignStatus.RUNNING, {plan.caller_id}
        freed = check(facts, plan, law, running, shown, ended_at, number_id=number.number_id).until
        if freed is None:
            return None
        earliest = max(earliest, freed)
    return best_hour(insight.chances, facts, number, past, insight.hours, earliest, insight.room)


def best_hour(
    chances: Chances,
    facts: Facts,
    number: NumberRef,
    past: Past,
    hours: OpenHours,
    earliest: datetime,
    room: Room | None = None,
) -> BestHour | None:
    """The hour from `earliest` (aware) on, within REACH, in which it is best to call a lead at this number.

    Where no hour has room, as if all had. None where too little was learned to say, or where no hour is open.
    """
    if not chances.knows:
        return None
    moments = hours.between(number, earliest, earliest + REACH)
    if not moments:
        return None
    likely = chances.probabilities(features_at(facts, number, past, hours.plan, moments))
    worth = likely * WORTH_AFTER_A_DAY ** np.array([(moment - moments[0]) / _DAY for moment in moments])
    full = _full(room, moments)
    if not all(full):
        worth = np.where(full, 0.0, worth)
    chosen = int(np.argmax(worth >= _NEARLY_AS_GOOD * worth.max()))
    return BestHour(moments[chosen], float(likely[chosen]), moments[0], float(likely[0]))


def _full(room: Room | None, moments: Sequence[datetime]) -> list[bool]:
    return [room is not None and room.is_full(moment) for moment in moments]


def in_words(best: BestHour, number: NumberRef) -> str:
    """Why then, as an operator says it, by the clock on the wall where the number is."""
    zone = calendar.zone_named(number.time_zones[0] if number.time_zones else "UTC")
    hour, soonest = (_told(moment.astimezone(zone)) for moment in (best.at, best.soonest))
    if best.at == best.soonest:
        return f"{hour}, the soonest hour, is as good as any"
    factor = best.chance / best.chance_soonest
    if factor < _WORTH_TELLING:
        return f"{hour} is the best that has room"
    return f"{hour} is {factor:.1f} times likelier than {soonest}"


def _told(local: datetime) -> str:
    return f"{WEEKDAYS[local.weekday()].capitalize()} {local.hour:02}-{local.hour + 1:02} h"

"""What the chance of an answer is judged by: from a lead to terms such as `hour=10`, and from terms to plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from dialer.core.calendar import day_kind, zone_named
from dialer.core.model import Outcome
from dialer.core.plan import WORKDAYS, DayKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.core.eligibility import Facts
    from dialer.core.model import Lead, NumberRef
    from dialer.core.plan import CampaignPlan

ALWAYS = "base=all"
"""The term that is true of every call: the level of the whole campaign."""

_TRIES = tuple(f"tries={number}" for number in range(5))
_TODAY = tuple(f"today={number}" for number in range(3))
_LAST = {outcome: f"last={outcome.value}" for outcome in Outcome}
_NEVER = "last=NEVER"
_ANSWERED = {True: "answered=yes", False: "answered=no"}
_DAY = {kind: f"day={kind.value}" for kind in DayKind} | dict.fromkeys(WORKDAYS, "day=WORKDAY")
# Neighbouring hours have spans of three hours in common, and so a part of their effect.
_HOUR = tuple((f"hour={hour}", *(f"span={(hour - back) % 24}" for back in range(3))) for hour in range(24))
_MOST_COLUMNS = 32
"""The first so many of a lead's columns are looked at."""
_LONGEST_VALUE = 40
"""Longer ones are texts, not categories."""

_PERSON = frozenset({Outcome.ANSWERED, Outcome.ABANDONED})
SAYS_NOTHING = frozenset({Outcome.CANCELLED, Outcome.FAILED, Outcome.CONGESTION})
"""Outcomes that were our doing or the trunk's, and tell nothing of the customer."""

PARTS_BEGIN = {"morning": time(8), "afternoon": time(12), "evening": time(18)}
"""The parts of a local day; the evening ends at NIGHT."""
NIGHT = time(21)
_NEAR_MIN = 120
"""Two calls no further apart by the clock on the wall, on whatever days, are calls at about the same hour."""
_DAY_MIN = 24 * 60
_FOUND = {
    Outcome.POWERED_OFF: "off",
    Outcome.UNREACHABLE: "away",
    **dict.fromkeys((Outcome.NO_ANSWER, Outcome.MACHINE), "rang"),
    **dict.fromkeys((Outcome.BUSY, Outcome.REJECTED), "there"),
    **dict.fromkeys(_PERSON, "talked"),
}
"""What a call found, as far as it bears on the hour of another one; each is a group of terms."""
_NEAR = {found: (f"{found}=near", f"{found}=apart") for found in dict.fromkeys(_FOUND.values())}

_WORDS = {
    **dict(zip(_TRIES, ("first try", "second try", "third try", "fourth try", "fifth try or later"), strict=True)),
    **dict(zip(_TODAY, ("first try today", "second try today", "third try today or later"), strict=True)),
    _NEVER: "number never called before",
    "answered=yes": "answered before",
    "answered=no": "never answered so far",
    "day=WORKDAY": "on a workday",
    "day=SAT": "on a Saturday",
    "day=SUN": "on a Sunday",
    "day=HOLIDAY": "on a holiday",
    "off=near": "switched off at about this hour before",
    "off=apart": "switched off before, at another hour",
    "away=near": "out of reach at about this hour before",
    "away=apart": "out of reach before, at another hour",
    "rang=near": "rang in vain at about this hour before",
    "rang=apart": "rang in vain before, at another hour",
    "there=near": "busy or declined at about this hour before",
    "there=apart": "busy or declined before, at another hour",
    "talked=near": "answered at about this hour before",
    "talked=apart": "answered before, at another hour",
}


@dataclass(frozen=True, slots=True)
class Past:
    """What `eligibility.Facts` do not tell: what became of the calls to a number over all campaigns, and its list.

    `last` is the outcome of the last call that says anything of the customer; `answered`: a person ever answered there;
    `heard`: the outcomes that ever were, each with the time (aware) of the last call that had it.
    """

    last: Outcome | None = None
    answered: bool = False
    list_name: str = ""
    heard: tuple[tuple[Outcome, datetime], ...] = ()

    def after(self, outcome: Outcome, at: datetime) -> Past:
        """The same with one more call, which had this outcome."""
        answered = person_answered(outcome)
        if answered is None:
            return self
        heard = {**dict(self.heard), outcome: at}
        return Past(outcome, self.answered or answered, self.list_name, tuple(heard.items()))


@dataclass(frozen=True, slots=True)
class Features:
    """All that is looked at: terms `group=value`, those of the operator's columns as `@column=value`."""

    terms: tuple[str, ...]


def features_of(facts: Facts, number: NumberRef, past: Past, plan: CampaignPlan, now: datetime) -> Features:
    """What can be said of calling this lead at this number at `now` (aware), which may be another hour, to compare."""
    return features_at(facts, number, past, plan, [now])[0]


def features_at(
    facts: Facts, number: NumberRef, past: Past, plan: CampaignPlan, moments: Sequence[datetime]
) -> list[Features]:
    """What can be said of calling this lead at this number at each of these moments (aware)."""
    lead, zone = facts.lead, zone_named(number.time_zones[0] if number.time_zones else "UTC")
    tries = _TRIES[min(max(lead.attempts, 0), len(_TRIES) - 1)]
    last = _LAST[past.last] if past.last else _NEVER
    lasting = _lasting(lead, past)
    own = [call.at for call in facts.sent if call.lead_id == lead.lead_id]
    heard = [(_NEAR[_FOUND[one]], _minute(at.astimezone(zone))) for one, at in past.heard if one in _FOUND]
    found = []
    for moment in moments:
        local = moment.astimezone(zone)
        today = 0
        if own:
            midnight = moment - timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
            today = min(sum(at >= midnight for at in own), len(_TODAY) - 1)
        near = _found_near(heard, local) if heard else ()
        found.append(Features((ALWAYS, tries, _TODAY[today], last, *_when(local, plan), *near, *lasting)))
    return found


def _when(local: datetime, plan: CampaignPlan) -> tuple[str, ...]:
    return _DAY[day_kind(local.date(), plan.calendar, plan.calendar_overrides)], *_HOUR[local.hour]


def part_of(local: time) -> str | None:
    """The part of the day that a local time lies in; None at night."""
    begun = [part for part, begins in PARTS_BEGIN.items() if begins <= local]
    return begun[-1] if begun and local < NIGHT else None


def _found_near(heard: Sequence[tuple[tuple[str, str], int]], local: datetime) -> list[str]:
    """What earlier calls found: at about this hour of a day, or at others only."""
    minute = _minute(local)
    terms: dict[tuple[str, str], str] = {}
    for (near, apart), then in heard:
        gap = abs(minute - then)
        if min(gap, _DAY_MIN - gap) <= _NEAR_MIN:
            terms[near, apart] = near
        else:
            terms.setdefault((near, apart), apart)
    return list(terms.values())


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def _lasting(lead: Lead, past: Past) -> list[str]:
    """What is true of a lead at any hour."""
    terms = [] if past.last is None else [_ANSWERED[past.answered]]
    if math.isfinite(lead.priority):
        terms.append(f"priority={lead.priority:g}")
    if past.list_name:
        terms.append(f"list={past.list_name[:_LONGEST_VALUE]}")
    for column, value in islice(lead.attributes.items(), _MOST_COLUMNS):
        if len(value) <= _LONGEST_VALUE:
            terms.append(f"@{column.replace('=', ':')}={value}")
    return terms


def person_answered(outcome: Outcome) -> bool | None:
    """What an outcome teaches: whether a person answered; None where it tells nothing of the customer."""
    return None if outcome in SAYS_NOTHING else outcome in _PERSON


def group_of(term: str) -> str:
    """What a term is a value of."""
    return term.partition("=")[0]


def in_words(term: str) -> str:
    """A term as an operator says it; the spans of an hour are told by the hour itself."""
    group, _, value = term.partition("=")
    if term in _WORDS:
        return _WORDS[term]
    if group == "hour":
        return f"{value}-{int(value) + 1} h"
    if group == "last":
        return f"last call {value}"
    if group in {"priority", "list"}:
        return f"{group} {value}"
    return f"{group.removeprefix('@')} {value!r}"

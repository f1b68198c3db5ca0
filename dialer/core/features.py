"""What the chance of an answer is judged by: from a lead to terms such as `hour=10`, and from terms to plain words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING

from dialer.core.calendar import day_kind, zone_named
from dialer.core.model import Outcome
from dialer.core.plan import WORKDAYS, DayKind

if TYPE_CHECKING:
    from datetime import datetime

    from dialer.core.eligibility import Facts
    from dialer.core.model import NumberRef
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
}


@dataclass(frozen=True, slots=True)
class Past:
    """What `eligibility.Facts` do not tell: what became of the calls to a number over all campaigns, and its list.

    `last` is the outcome of the last call that says anything of the customer; `answered`: a person ever answered there.
    """

    last: Outcome | None = None
    answered: bool = False
    list_name: str = ""


@dataclass(frozen=True, slots=True)
class Features:
    """All that is looked at: terms `group=value`, those of the operator's columns as `@column=value`."""

    terms: tuple[str, ...]


def features_of(facts: Facts, number: NumberRef, past: Past, plan: CampaignPlan, now: datetime) -> Features:
    """What can be said of calling this lead at this number at `now` (aware), which may be another hour, to compare."""
    lead = facts.lead
    local = now.astimezone(zone_named(number.time_zones[0] if number.time_zones else "UTC"))
    since_midnight = timedelta(hours=local.hour, minutes=local.minute, seconds=local.second)
    today = sum(call.lead_id == lead.lead_id and call.at >= now - since_midnight for call in facts.sent)
    terms = [
        ALWAYS,
        _TRIES[min(max(lead.attempts, 0), len(_TRIES) - 1)],
        _TODAY[min(today, len(_TODAY) - 1)],
        _LAST[past.last] if past.last else _NEVER,
        _DAY[day_kind(local.date(), plan.calendar, plan.calendar_overrides)],
        *_HOUR[local.hour],
    ]
    if past.last is not None:
        terms.append(_ANSWERED[past.answered])
    if math.isfinite(lead.priority):
        terms.append(f"priority={lead.priority:g}")
    if past.list_name:
        terms.append(f"list={past.list_name[:_LONGEST_VALUE]}")
    for column, value in islice(lead.attributes.items(), _MOST_COLUMNS):
        if len(value) <= _LONGEST_VALUE:
            terms.append(f"@{column.replace('=', ':')}={value}")
    return Features(tuple(terms))


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

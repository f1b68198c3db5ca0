"""May this lead be called now, and if not, why, and from when: the one rule book for claiming and for the last moment.

The rules, most final first; the first that objects is the answer:

|  # | hold                 | objects when                                            | until                       |
|----|----------------------|---------------------------------------------------------|-----------------------------|
|  1 | FINISHED             | nothing more is due for the lead                        | never                       |
|  2 | IN_FLIGHT            | an attempt of it has no outcome yet                     | unknown                     |
|  3 | NO_NUMBER            | all of its numbers are dead                             | never                       |
|  4 | DO_NOT_CALL          | all of its live numbers are on a do-not-call list       | never                       |
|  5 | CAP_LEAD             | its attempts have reached `lead_lifetime`               | never                       |
|  6 | NO_CALLER_ID         | the trunk may not show the campaign's caller id         | unknown                     |
|  7 | CAMPAIGN_ENDED       | the end date has passed where the number is             | never                       |
|  8 | CAMPAIGN_PAUSED      | the campaign does not run                               | unknown                     |
|  9 | CAMPAIGN_NOT_STARTED | the start date lies ahead where the number is           | first opening               |
| 10 | CAP_NUMBER           | the number was called as often as its cap allows in the | opening after the midnight  |
|    | CAP_LEAD             | local days that end today; then the lead;               | that frees the cap          |
|    | CAP_PERSON           | then the person, over all campaigns                     |                             |
| 11 | RETRY_NOT_DUE        | a retry is set for later                                | opening after the due time  |
| 12 | OUTSIDE_LEGAL_HOURS  | the law forbids calls now in one of the number's zones, | next opening                |
|    |                      | or no zone is known                                     | never                       |
| 13 | OUTSIDE_WINDOW       | the windows are closed in one of the number's zones     | next opening                |

`until` satisfies every rule that time alone can lift: a capped lead's `until` is also due, legal and in a window.
When in doubt the answer is no: a number whose time zone is unknown is never called.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from dialer.core import calendar
from dialer.core.model import CampaignStatus, Hold, LeadState
from dialer.core.numbers import country_code, mask
from dialer.core.plan import WEEKDAYS

if TYPE_CHECKING:
    from collections.abc import Collection

    from dialer.core.model import Lead, NumberRef
    from dialer.core.plan import CampaignPlan, Law


@dataclass(frozen=True, slots=True)
class SentCall:
    """An attempt that was sent to the switch at `at`, in whatever campaign."""

    e164: str
    lead_id: int
    person: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What the record knows of a lead at one moment.

    `lead.attempts` are those that use up its lifetime: all that were sent but CANCELLED and FAILED ones.
    `listed` are those of its numbers that are on a do-not-call list; `sent` are all attempts of the last 32 days
    that share its person, its id or one of its numbers, over all campaigns.
    """

    lead: Lead
    in_flight: bool
    listed: frozenset[str]
    sent: tuple[SentCall, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: `until` is the first instant (UTC) it may be called as far as can be known, None if none is known.

    `number` is the one to call when eligible, otherwise the one that `detail` speaks of, if any.
    """

    hold: Hold
    detail: str
    until: datetime | None = None
    number: NumberRef | None = None

    @property
    def eligible(self) -> bool:
        """Whether it may be called now."""
        return self.hold is Hold.NONE


def check(
    facts: Facts,
    plan: CampaignPlan,
    law: Law,
    status: CampaignStatus,
    caller_ids: Collection[str],
    now: datetime,
    *,
    own_attempt: bool = False,
    number_id: int | None = None,
) -> Verdict:
    """Judge a lead by all the rules above.

    At the last moment before Originate, ask again with fresh facts, `own_attempt` (the attempt about to be sent is
    itself in flight, and may be counted already) and `number_id` (the number it will call, and no other).
    """
    live = [each for each in facts.lead.numbers if not each.dead and number_id in {None, each.number_id}]
    candidates = [number for number in live if number.e164 not in facts.listed]
    lead = facts.lead
    lifetime = plan.caps.lead_lifetime
    rules = (
        (
            lead.state is LeadState.FINISHED,
            Hold.FINISHED,
            f"finished: {lead.finished_because or 'nothing more is due'}",
        ),
        (facts.in_flight and not own_attempt, Hold.IN_FLIGHT, "it is being called now"),
        (not live, Hold.NO_NUMBER, "none of its numbers can be dialled any more"),
        (not candidates, Hold.DO_NOT_CALL, "every number left is on a do-not-call list"),
        (
            lead.attempts - own_attempt >= lifetime,
            Hold.CAP_LEAD,
            f"called {lead.attempts} times in all; the cap for a lead's whole life is {lifetime}",
        ),
        (
            plan.caller_id not in caller_ids,
            Hold.NO_CALLER_ID,
            f"the trunk may not show the campaign's caller id {plan.caller_id}",
        ),
    )
    for objects, hold, why in rules:
        if objects:
            return Verdict(hold, why)
    return _check_times(candidates, facts, plan, law, status, now)


def _check_times(
    candidates: list[NumberRef], facts: Facts, plan: CampaignPlan, law: Law, status: CampaignStatus, now: datetime
) -> Verdict:
    """Rules 7 to 13, over the numbers that may be called at all."""
    running = [number for number in candidates if not calendar.ended(plan, number.time_zones, now)]
    if not running:
        return Verdict(Hold.CAMPAIGN_ENDED, f"the campaign ended on {plan.ends_on}", None, candidates[0])
    if status is not CampaignStatus.RUNNING:
        return Verdict(Hold.CAMPAIGN_PAUSED, f"the campaign is {status.lower()}", None, running[0])
    judged = [_judge(number, facts, plan, law, now) for number in _in_order(running, facts, plan, now)]
    for verdict in judged:
        if verdict.eligible:
            return verdict
    return min(judged, key=lambda verdict: verdict.until or datetime.max.replace(tzinfo=UTC))


def _in_order(numbers: list[NumberRef], facts: Facts, plan: CampaignPlan, now: datetime) -> list[NumberRef]:
    """The due number alone while no cap holds it; otherwise all, those with the fewest attempts first."""
    for number in numbers:
        if number.number_id == facts.lead.due_number_id and not _caps(number, facts, plan, now):
            return [number]
    return sorted(numbers, key=lambda number: (number.attempts, number.position))


def _judge(number: NumberRef, facts: Facts, plan: CampaignPlan, law: Law, now: datetime) -> Verdict:
    """Rules 9 to 13, for one number."""
    zones = number.time_zones
    if not zones:
        return Verdict(Hold.OUTSIDE_LEGAL_HOURS, f"time zone unknown for {mask(number.e164)}", None, number)
    due_at = facts.lead.due_at or now
    capped = _caps(number, facts, plan, now)
    country = country_code(number.e164)
    earliest = max(now, due_at, *(cap.frees_at for cap in capped))
    until = calendar.next_opening(plan, law, zones, country, earliest)
    if until == now:
        return Verdict(Hold.NONE, f"may be called now at {mask(number.e164)}", until, number)
    then = f"opens {_local(until, zones[0])}" if until else "never opens again before the campaign ends"
    locals_ = [now.astimezone(calendar.zone_named(zone)) for zone in zones]
    if calendar.not_started(plan, zones, now):
        hold, why = Hold.CAMPAIGN_NOT_STARTED, f"the campaign starts on {plan.starts_on}"
    elif capped:
        hold, why = capped[0].hold, capped[0].detail
    elif due_at > now:
        hold, why = Hold.RETRY_NOT_DUE, f"retry due {_local(due_at, zones[0])}"
    elif illegal := [local for local in locals_ if not calendar.is_legal(law, country, local)]:
        hold, why = Hold.OUTSIDE_LEGAL_HOURS, f"outside legal hours: it is {illegal[0]:%H:%M} in {illegal[0].tzinfo}"
    else:
        hold, why = Hold.OUTSIDE_WINDOW, "window closed"
    return Verdict(hold, f"{why}; {then}", until, number)


@dataclass(frozen=True, slots=True)
class _Cap:
    """A cap that is reached, and the local midnight (UTC) at which it frees a call."""

    hold: Hold
    detail: str
    frees_at: datetime


def _caps(number: NumberRef, facts: Facts, plan: CampaignPlan, now: datetime) -> list[_Cap]:
    """The caps that hold a number now, the narrowest first: it explains most."""
    zone = calendar.zone_named(number.time_zones[0]) if number.time_zones else UTC
    period = timedelta(days=plan.caps.per_days)
    first_day = now.astimezone(zone).date() - period + timedelta(days=1)
    reached = []
    for hold, what, most, calls in (
        (Hold.CAP_NUMBER, "number", plan.caps.per_number, [c for c in facts.sent if c.e164 == number.e164]),
        (Hold.CAP_LEAD, "lead", plan.caps.per_lead, [c for c in facts.sent if c.lead_id == facts.lead.lead_id]),
        (Hold.CAP_PERSON, "person", plan.caps.per_person, [c for c in facts.sent if c.person == facts.lead.person]),
    ):
        days = sorted(day for call in calls if (day := call.at.astimezone(zone).date()) >= first_day)
        if len(days) >= most:
            # So many of the oldest calls must leave the period that one fewer than the cap are left.
            freed_on = days[len(days) - most] + period
            frees_at = datetime.combine(freed_on, time(0), zone).astimezone(UTC)
            span = "today" if plan.caps.per_days == 1 else f"in {plan.caps.per_days} days"
            detail = f"this {what} was called {len(days)} times {span}; the cap is {most}"
            reached.append(_Cap(hold, detail, frees_at))
    return reached


def _local(instant: datetime, zone: str) -> str:
    """An instant as the people there say it: Mon 2026-11-23 09:00 Asia/Shanghai (weekday names of no locale)."""
    local = instant.astimezone(calendar.zone_named(zone))
    return f"{WEEKDAYS[local.weekday()].capitalize()} {local:%Y-%m-%d %H:%M} {zone}"

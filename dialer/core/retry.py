"""What follows an attempt: when the lead is due again and at which number, or that nothing more is due.

| what happened                                          | what follows                                                |
|--------------------------------------------------------|-------------------------------------------------------------|
| an agentless call whose flow was heard                 | finished                                                    |
| a talk: AGREED, REFUSED; DO_NOT_CALL even without one  | finished                                                    |
| a talk: WRONG_PERSON                                   | the number is dead; another number after the floor, if any  |
| the lead's lifetime of attempts is used up             | finished                                                    |
| a talk: CALL_BACK                                      | this number when asked, else next day at the same hour      |
| a talk: MACHINE                                        | the rule of the outcome MACHINE                             |
| a talk: UNDECIDED, NOT_RECORDED or nothing recorded    | the rule of the outcome ANSWERED                            |
| no talk                                                | the rule of the outcome; INVALID and CHANGED_NUMBER, where  |
|                                                        | they were heard, make the number dead whatever the rule     |

The rule of an outcome (`RetryRule`, in this order):

| `number_is_dead`                  | the number is dead; another live number after the floor, if any, else finished   |
| more than `maximum` of the kind   | a live number that was tried less, after the floor, if any, else finished        |
| `next_number`                     | a live number that was tried less, after the floor, if any                       |
| `best_hour`, once it is known     | in the hour of the next days likeliest to succeed, and never before the caps,    |
|                                   | windows and legal hours let it (`best_hour`)                                     |
| otherwise                         | after `delay_s`, and with `other_part_of_day` not in the part that failed:       |
|                                   | morning 08-12, afternoon 12-18, evening 18-21; nights are skipped. So a number   |
|                                   | that was off in the evening is tried in the morning, then in the afternoon       |

Nothing but a call-back that the customer asked for comes sooner than `floor_s`. The times are wishes: `eligibility`
moves them into windows and legal hours. CANCELLED and FAILED were our doing and use up none of a lead's lifetime.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dialer.core.best_hour import in_words, retry_hour
from dialer.core.calendar import zone_named
from dialer.core.features import PARTS_BEGIN, part_of
from dialer.core.model import Disposition, NumberState, Outcome
from dialer.core.outcome import behind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from dialer.core.best_hour import Insight
    from dialer.core.model import Ended, Lead, NumberRef
    from dialer.core.plan import CampaignPlan, RetryRule

CALL_BACK_FLOOR_S = 60.0
"""A call-back never comes sooner, whatever time was entered."""

OWN_FAULTS = frozenset({Outcome.CANCELLED, Outcome.FAILED})
"""Outcomes that do not count towards a lead's lifetime of attempts."""

_NOBODYS = frozenset({NumberState.INVALID, NumberState.CHANGED_NUMBER})
"""States of a number that is not the customer's, or is none."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Retry:
    """The lead is due again at `due_at` (UTC). `dead_number`: the number just called is never to be dialled again."""

    due_at: datetime
    number_id: int
    because: str
    dead_number: bool = False


@dataclass(frozen=True, slots=True)
class Finish:
    """Nothing more is due for the lead."""

    because: str
    dead_number: bool = False


def next_step(
    ended: Ended,
    talked: bool,  # noqa: FBT001 - one of the facts of the attempt, always named by its caller
    lead: Lead,
    number_id: int,
    history: Sequence[Outcome],
    plan: CampaignPlan,
    ended_at: datetime,
    insight: Insight | None = None,
) -> Retry | Finish:
    """Decide what follows an attempt that ended at `ended_at`; `insight`: what is known of who answers when.

    `history` are the outcomes of all of the lead's attempts, and the attempts counted at its numbers are those made:
    both with this one included. `number_id` must be one of the lead's numbers.
    """
    if ended.heard_flow:
        return Finish("HEARD_FLOW")
    kind = _kind(ended, talked=talked)
    if kind in {Disposition.AGREED, Disposition.REFUSED, Disposition.DO_NOT_CALL}:
        return Finish(kind)
    this = next(number for number in lead.numbers if number.number_id == number_id)
    rule = plan.retry_rule(kind if isinstance(kind, Outcome) else Outcome.ANSWERED)
    dead = this.dead or kind is Disposition.WRONG_PERSON or behind(kind, ended.number_state) in _NOBODYS
    dead = dead or (isinstance(kind, Outcome) and rule.number_is_dead)
    used = sum(outcome not in OWN_FAULTS for outcome in history)
    if used >= plan.caps.lead_lifetime:
        return Finish(f"{kind}: the lead's {plan.caps.lead_lifetime} attempts are used up", dead)
    if kind is Disposition.CALL_BACK:
        return _call_back(ended, this, ended_at)
    times = history.count(kind)
    if ended.disposition is Disposition.MACHINE and talked:
        # The outcome column says ANSWERED of machines that only the agent could tell; count those as well.
        times += history.count(Outcome.ANSWERED)
    return _by_rule(rule, kind, times, lead, this, ended_at, insight, dead=dead)


def _kind(ended: Ended, *, talked: bool) -> Outcome | Disposition:
    """The word that decides: the agent's where there was a talk that came to something, else the network's."""
    if ended.disposition is Disposition.DO_NOT_CALL:
        return Disposition.DO_NOT_CALL  # pressing 9 during the abandoned-call message is as good as saying it
    if not talked:
        return ended.outcome
    if ended.disposition is Disposition.MACHINE:
        return Outcome.MACHINE
    if ended.disposition in {None, Disposition.UNDECIDED, Disposition.NOT_RECORDED}:
        return Outcome.ANSWERED
    return ended.disposition


def _call_back(ended: Ended, this: NumberRef, ended_at: datetime) -> Retry:
    soonest = ended_at + timedelta(seconds=CALL_BACK_FLOOR_S)
    asked = ended.call_back_at or (ended_at.astimezone(_zone(this)) + _DAY)
    return Retry(max(asked.astimezone(UTC), soonest.astimezone(UTC)), this.number_id, "call back as asked")


def _by_rule(
    rule: RetryRule,
    kind: Outcome | Disposition,
    times: int,
    lead: Lead,
    this: NumberRef,
    at: datetime,
    insight: Insight | None,
    *,
    dead: bool,
) -> Retry | Finish:
    others = [number for number in lead.numbers if not number.dead and number.number_id != this.number_id]
    exhausted = times > rule.maximum
    if dead or exhausted or rule.next_number:
        fresher = [number for number in others if dead or number.attempts < this.attempts]
        if fresher:
            chosen = min(fresher, key=lambda number: (number.attempts, number.position))
            due_at = (at + timedelta(seconds=rule.floor_s)).astimezone(UTC)
            return Retry(due_at, chosen.number_id, f"{kind}: another number", dead)
    if dead:
        return Finish(f"{kind}: no other number", dead_number=True)
    if exhausted:
        return Finish(f"{kind}: {times} times, {rule.maximum} retries allowed")
    if insight is not None and rule.best_hour and isinstance(kind, Outcome):
        best = retry_hour(insight, lead, this, kind, at, at + timedelta(seconds=rule.floor_s))
        if best is not None:
            return Retry(best.at, this.number_id, f"{kind}: {in_words(best, this)}")
    due_at = at + timedelta(seconds=max(rule.delay_s, rule.floor_s))
    because = f"{kind}: try again"
    if rule.other_part_of_day:
        due_at = _in_another_part(due_at, at, _zone(this))
        because = f"{kind}: try another part of the day"
    return Retry(due_at.astimezone(UTC), this.number_id, because)


def _in_another_part(earliest: datetime, failed_at: datetime, zone: ZoneInfo) -> datetime:
    """`earliest` if it lies in another part of the local day than `failed_at`, else the next beginning of one."""
    failed = part_of(failed_at.astimezone(zone).time())
    local = earliest.astimezone(zone)
    if part_of(local.time()) not in {failed, None}:
        return earliest
    beginnings = (
        datetime.combine(local.date() + _DAY * days, begins, zone)
        for days in (0, 1)
        for part, begins in PARTS_BEGIN.items()
        if part != failed
    )
    return next(beginning for beginning in beginnings if beginning.astimezone(UTC) >= earliest)


def _zone(number: NumberRef) -> ZoneInfo:
    return zone_named(number.time_zones[0] if number.time_zones else "UTC")

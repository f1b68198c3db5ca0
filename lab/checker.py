"""After a storm: every promise held against the record, our Asterisk's call records and the network's, side by side."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dialer import invariants
from dialer.core.calendar import is_open
from dialer.core.model import AgentState, Disposition, RecordingState
from dialer.core.retry import CALL_BACK_FLOOR_S, OWN_FAULTS
from lab import witness
from lab.carrier import FarEnd, far_end_of
from lab.plan import CALLER_IDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dialer.core.plan import CampaignPlan, Law
    from dialer.record.agents import Span
    from dialer.record.attempts import AttemptRow
    from dialer.record.record import Record
    from lab.parts import Parts
    from lab.witness import Absence, CallRecord

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_PRESSED_AFTER = timedelta(seconds=9)
"""The second press; the first may come before the flow listens."""
_ENDS_IT = frozenset({Disposition.AGREED, Disposition.REFUSED, Disposition.DO_NOT_CALL})


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of a storm when it is over. `zones` is by number id, `listed_at` by number.

    `own_listed` are those of our own numbers that somehow came on the do-not-call list.
    """

    rows: Sequence[AttemptRow]
    plans: Mapping[int, CampaignPlan]
    law: Law
    zones: Mapping[int, Sequence[str]]
    listed_at: Mapping[str, datetime]
    spans: Sequence[Span]
    recordings: Mapping[str, RecordingState]
    ours: Sequence[CallRecord]
    network: Sequence[CallRecord]
    absences: Sequence[Absence]
    own_listed: frozenset[str] = frozenset()


async def gather(parts: Parts, record: Record, absences: Sequence[Absence]) -> Evidence:
    """Read everything; the service and the carrier must have been stopped."""
    campaigns = await record.campaigns.all()
    recordings = await record.recordings.latest(limit=1_000_000)
    return Evidence(
        rows=[row for c in campaigns for row in await record.attempts.of_campaign(c.campaign_id)],
        plans={c.campaign_id: c.plan for c in campaigns},
        law=parts.settings.law,
        zones=await record.overview.zones(),
        listed_at=await record.overview.listed_since(),
        spans=await record.agents.spans(_BEGINNING),
        recordings={one.attempt_id: one.state for one in recordings},
        ours=witness.read_call_records(parts.call_records),
        network=witness.read_call_records(parts.carrier_records),
        absences=absences,
        own_listed=await record.do_not_call.listed(CALLER_IDS),
    )


def findings(it: Evidence, carrier: list[str]) -> list[str]:
    """Every promise that was broken, with the attempts it concerns; `carrier` is what is found by counting alone."""
    asterisk = [one for one in it.absences if one.part == "asterisk"]
    return [
        *carrier,
        *witness.dialled_outside_attempts(it.rows, it.network),
        *witness.two_at_once(it.network),
        *witness.dialled_when_listed(it.network, it.listed_at),
        *witness.legs_without_attempts(it.rows, it.ours),
        *witness.attempts_without_legs(it.rows, it.ours, asterisk),
        *invariants.never_twice_at_once(it.rows),
        *invariants.never_outside_legal_hours(it.rows, it.zones, it.law),
        *invariants.never_when_listed(it.rows, it.listed_at),
        *invariants.always_an_outcome(it.rows),
        *invariants.one_call_per_agent(it.rows),
        *outside_windows(it.rows, it.plans, it.zones),
        *beyond_caps(it.rows, it.plans, it.zones),
        *again_too_soon(it.rows, it.plans),
        *waited_too_long(it.rows, it.plans, it.absences),
        *talks_without_recordings(it.rows, it.plans, it.recordings),
        *agents_left_at_work(it.spans),
        *reserved_for_nothing(it.spans, it.absences),
        *wishes_lost(it.rows, it.listed_at, it.absences),
        *(f"our own number {number} is on the do-not-call list" for number in sorted(it.own_listed)),
    ]


def outside_windows(
    rows: Iterable[AttemptRow], plans: Mapping[int, CampaignPlan], zones: Mapping[int, Sequence[str]]
) -> list[str]:
    """Calls that were sent while their campaign's windows were closed in a zone of the number."""
    return [
        f"attempt {row.attempt_id} was sent at {row.sent_at:%H:%M:%S} UTC, when the windows were closed in {zone}"
        for row in rows
        if row.sent_at is not None
        for zone in zones.get(row.number_id, ())
        if not is_open(plans[row.campaign_id], row.sent_at.astimezone(ZoneInfo(zone)))
    ]


def beyond_caps(
    rows: Iterable[AttemptRow], plans: Mapping[int, CampaignPlan], zones: Mapping[int, Sequence[str]]
) -> list[str]:
    """Calls beyond a cap, as counted on the day they were sent; a storm is too short for caps over several days."""
    counts: Counter[tuple[object, ...]] = Counter()
    lives: Counter[int] = Counter()
    found = []
    for row in sorted((row for row in rows if row.sent_at is not None), key=_sent):
        caps = plans[row.campaign_id].caps
        zone = next(iter(zones.get(row.number_id, ())), "UTC")
        day = _sent(row).astimezone(ZoneInfo(zone)).date()
        for what, key, most in (
            ("number", row.e164, caps.per_number),
            ("lead", row.lead_id, caps.per_lead),
            ("person", row.person, caps.per_person),
        ):
            counts[what, key, day] += 1
            if counts[what, key, day] > most:
                found.append(
                    f"attempt {row.attempt_id} is call {counts[what, key, day]} of a {what}; the cap is {most}"
                )
        if lives[row.lead_id] >= caps.lead_lifetime:
            found.append(f"attempt {row.attempt_id} goes beyond the {caps.lead_lifetime} attempts of a lead's life")
        lives[row.lead_id] += row.outcome not in OWN_FAULTS
    return found


def again_too_soon(rows: Iterable[AttemptRow], plans: Mapping[int, CampaignPlan]) -> list[str]:
    """Leads that were called again within the floor of the outcome before, or after a talk that ended the matter."""
    by_lead: dict[int, list[AttemptRow]] = defaultdict(list)
    for row in rows:
        by_lead[row.lead_id].append(row)
    found = []
    for theirs in by_lead.values():
        for one, other in pairwise(sorted(theirs, key=lambda row: row.queued_at)):
            if other.sent_at is None or one.ended_at is None or one.outcome is None:
                continue
            if one.disposition in _ENDS_IT and one.wrapped_up_at is not None and one.wrapped_up_at < other.sent_at:
                found.append(
                    f"attempt {other.attempt_id} was sent after {one.attempt_id} had ended in {one.disposition}"
                )
            floor_s = plans[one.campaign_id].retry_rule(one.outcome).floor_s
            if one.disposition is Disposition.CALL_BACK:
                floor_s = min(floor_s, CALL_BACK_FLOOR_S)
            if other.sent_at < one.ended_at + timedelta(seconds=floor_s):
                found.append(
                    f"attempt {other.attempt_id} was sent {(other.sent_at - one.ended_at).total_seconds():.1f} s after "
                    f"{one.attempt_id} ({one.outcome}); the floor is {floor_s:g} s"
                )
    return found


def waited_too_long(
    rows: Iterable[AttemptRow], plans: Mapping[int, CampaignPlan], absences: Sequence[Absence]
) -> list[str]:
    """Customers who waited beyond the limit, but for those whose Asterisk or controller was away meanwhile."""
    found = []
    for row in rows:
        if row.answered_at is None:
            continue
        limit_s = plans[row.campaign_id].abandon_limit_s
        if not _was_away(row, row.answered_at, row.answered_at + timedelta(seconds=limit_s), absences):
            found += invariants.nobody_waits_past_the_limit([row], limit_s)
    return found


def talks_without_recordings(
    rows: Iterable[AttemptRow], plans: Mapping[int, CampaignPlan], recordings: Mapping[str, RecordingState]
) -> list[str]:
    """Talks of which the record has no sound and no gap either, or a sound that never became one of the two."""
    return [
        f"attempt {row.attempt_id} was a talk, and its recording is {recordings.get(row.attempt_id, 'not on record')}"
        for row in rows
        if row.bridged_at is not None
        and plans[row.campaign_id].record
        and recordings.get(row.attempt_id) in {None, RecordingState.RECORDING}
    ]


def agents_left_at_work(spans: Iterable[Span]) -> list[str]:
    """Agents whom the record has not sent home."""
    return [
        f"agent {span.agent_id} is still {span.state} (attempt {span.attempt_id}) after all have gone home"
        for span in spans
        if span.until is None and span.state is not AgentState.OFFLINE
    ]


def reserved_for_nothing(spans: Iterable[Span], absences: Sequence[Absence]) -> list[str]:
    """Agents who stayed reserved without a call, though nobody was away; the storm's campaigns have no previews."""
    judged = [span for span in spans if span.until and not any(one.touches(span.since, span.until) for one in absences)]
    return invariants.no_agent_stays_reserved(judged, frozenset())


def wishes_lost(
    rows: Iterable[AttemptRow], listed_at: Mapping[str, datetime], absences: Sequence[Absence]
) -> list[str]:
    """People who pressed 9 in a flow while everybody was there to hear it, and are on no list.

    They press it six seconds after they answer, and every three from then on.
    """
    return [
        f"attempt {row.attempt_id}: the customer pressed 9 and is not on the do-not-call list"
        for row in rows
        if far_end_of(row.e164) is FarEnd.PRESSES_NINE
        and row.e164 not in listed_at
        and (row.flow_at is not None or row.message_at is not None)
        and row.answered_at is not None
        and row.ended_at is not None
        and row.ended_at - row.answered_at > _PRESSED_AFTER
        and not _was_away(row, row.answered_at, row.ended_at, absences)
    ]


def _was_away(row: AttemptRow, since: datetime, until: datetime, absences: Sequence[Absence]) -> bool:
    """Whether Asterisk or the attempt's own controller was away at any moment of that span."""
    parts = {"asterisk", f"controller {row.node}"}
    return any(one.part in parts and one.touches(since, until) for one in absences)


def _sent(row: AttemptRow) -> datetime:
    assert row.sent_at is not None  # noqa: S101 - the callers choose rows that were sent
    return row.sent_at

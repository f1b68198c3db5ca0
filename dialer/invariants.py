"""Looks for broken promises in what the record says was done; each finding names the attempts it concerns.

The promises are those of the README. The record cannot bear witness against itself: what was dialled without being
recorded is told by the telephone network alone (in the lab: `lab.witness`).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from dialer.core.calendar import is_legal
from dialer.core.model import AgentState
from dialer.core.numbers import country_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from dialer.core.plan import Law
    from dialer.record.agents import Span
    from dialer.record.attempts import AttemptRow
    from dialer.record.handovers import Handover

_SLACK = timedelta(milliseconds=500)
"""Between a timer here and the same moment in Asterisk's event."""
_STILL_ON = datetime.max.replace(tzinfo=UTC)
_RESERVED_LIMIT = timedelta(seconds=1)


def never_twice_at_once(attempts: Iterable[AttemptRow]) -> list[str]:
    """A number is never dialled twice at once."""
    by_number: dict[str, list[AttemptRow]] = defaultdict(list)
    for row in attempts:
        if row.sent_at is not None:
            by_number[row.e164].append(row)
    found = []
    for rows in by_number.values():
        rows.sort(key=_sent)
        for earlier, later in pairwise(rows):
            if earlier.ended_at is None or earlier.ended_at > _sent(later):
                found.append(f"attempts {earlier.attempt_id} and {later.attempt_id} rang one number at once")
    return found


def never_outside_legal_hours(
    attempts: Iterable[AttemptRow], zones: Mapping[int, Sequence[str]], law: Law
) -> list[str]:
    """No call was sent outside the legal hours of any zone its number may lie in; `zones` is by number id."""
    return [
        f"attempt {row.attempt_id} was sent outside the legal hours of {zone}"
        for row in attempts
        if row.sent_at is not None
        for zone in zones.get(row.number_id, ())
        if not is_legal(law, country_code(row.e164), row.sent_at.astimezone(ZoneInfo(zone)))
    ]


def never_when_listed(attempts: Iterable[AttemptRow], listed_at: Mapping[str, datetime]) -> list[str]:
    """No number was sent that was on the do-not-call list before."""
    return [
        f"attempt {row.attempt_id} was sent though its number was on the do-not-call list"
        for row in attempts
        if row.sent_at is not None and row.e164 in listed_at and listed_at[row.e164] < row.sent_at
    ]


def always_an_outcome(attempts: Iterable[AttemptRow]) -> list[str]:
    """Every attempt has ended with an outcome; to be asked when nothing is in flight."""
    return [f"attempt {row.attempt_id} has no outcome" for row in attempts if row.outcome is None]


def nobody_waits_past_the_limit(attempts: Iterable[AttemptRow], limit_s: float) -> list[str]:
    """Nobody who answered waited longer than the limit for an agent, the message, or the end."""
    found = []
    for row in attempts:
        if row.answered_at is None:
            continue
        met = min(
            (at for at in (row.bridged_at, row.message_at, row.flow_at, row.ended_at) if at is not None), default=None
        )
        if met is None or met - row.answered_at > timedelta(seconds=limit_s) + _SLACK:
            found.append(f"attempt {row.attempt_id}: the customer waited past the limit")
    return found


def one_call_per_agent(attempts: Iterable[AttemptRow], handovers: Iterable[Handover] = ()) -> list[str]:
    """No agent was bridged to two customers at once; `handovers` tell who had a customer when, the oldest first."""
    handed: dict[str, list[Handover]] = defaultdict(list)
    for one in handovers:
        handed[one.attempt_id].append(one)
    by_agent: dict[str, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    for row in attempts:
        until = row.unbridged_at or row.ended_at or _STILL_ON
        if row.agent_id is None or row.bridged_at is None:
            continue
        since = row.bridged_at
        for one in handed[row.attempt_id]:
            by_agent[one.from_agent].append((since, one.at, row.attempt_id))
            since = one.at
        by_agent[row.agent_id].append((since, until, row.attempt_id))
    return [
        f"agent {agent_id} was in attempts {one[2]} and {other[2]} at once"
        for agent_id, talks in by_agent.items()
        for one, other in pairwise(sorted(talks))
        if other[0] < one[1]
    ]


def no_agent_stays_reserved(spans: Iterable[Span], previews: frozenset[str]) -> list[str]:
    """A reserved agent without a call was free again within a second; previews, by attempt id, may take longer."""
    return [
        f"agent {span.agent_id} stayed reserved from {span.since} to {span.until}"
        for span in spans
        if span.state is AgentState.RESERVED
        and span.attempt_id not in previews
        and span.until is not None
        and span.until - span.since > _RESERVED_LIMIT + _SLACK
    ]


def _sent(row: AttemptRow) -> datetime:
    assert row.sent_at is not None  # noqa: S101 - the callers choose rows that were sent
    return row.sent_at

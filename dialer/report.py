"""The report of what was done: outcomes, speed, occupancy, abandonment, recordings, what is due, broken promises."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from dialer import invariants
from dialer.core.model import AgentState, RecordingState
from dialer.core.sampling import Sampled, sampled
from dialer.core.standing import COUNTS_AS, Count
from dialer.rows import fate_of_row

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from dialer.core.abandonment import Fate
    from dialer.core.plan import Law
    from dialer.record.agents import Span
    from dialer.record.attempts import AttemptRow
    from dialer.record.record import Record

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_BUSY = frozenset({AgentState.TALKING, AgentState.WRAP_UP})
_NOT_AT_WORK = frozenset({AgentState.OFFLINE, AgentState.CALLING_IN, AgentState.PAUSED})


@dataclass(frozen=True, slots=True)
class Quantiles:
    """The median and the 99th percentile, in milliseconds; None where nothing was measured."""

    p50: float | None
    p99: float | None


@dataclass(frozen=True, slots=True)
class Abandonment:
    """What the calls were to the law, as the ledger counts them: in time is within the campaign's limit."""

    live_answers: int
    abandoned: int
    """Of these: whoever met nobody, or an agent too late."""
    taken_for_machines: int
    rate: float
    """The share abandoned, with the persons who are estimated to be among the machines; and its 95 % bounds."""
    lower_bound: float
    upper_bound: float


@dataclass(frozen=True, slots=True)
class RecordingsMade:
    """How many recordings are stored and how many are missing, and where they are."""

    stored: int
    missing: int
    folder: str


@dataclass(frozen=True, slots=True)
class RetriesDue:
    """How many leads wait for a retry, and when the next one is due."""

    leads: int
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class Report:
    """One report, over the campaigns named in it."""

    campaigns: tuple[str, ...]
    attempts: int
    outcomes: dict[str, int]
    dispositions: dict[str, int]
    answer_rate: float | None
    answer_to_bridge_ms: Quantiles
    occupancy: float | None
    abandonment: Abandonment
    sampled: Sampled
    """What agents said of calls that were taken for machines; with it goes `sampled_advice`."""
    sampled_advice: str | None
    recordings: RecordingsMade
    retries_due: RetriesDue
    invariants_broken: tuple[str, ...]

    def values(self) -> dict[str, Any]:
        """Ready for JSON."""
        values = asdict(self)
        next_at = self.retries_due.next_at
        values["retries_due"]["next_at"] = next_at.isoformat() if next_at else None
        return values


async def build(
    record: Record, *, campaign_id: int | None, law: Law, recordings: Path, calls_are_on: bool = False
) -> Report:
    """The report of one campaign, or of all. While calls are on, promises are judged by those that are over."""
    campaigns = [c for c in await record.campaigns.all() if campaign_id in {None, c.campaign_id}]
    rows = [row for c in campaigns for row in await record.attempts.of_campaign(c.campaign_id)]
    spans = await record.agents.spans(_BEGINNING)
    limits_s = {c.campaign_id: c.plan.abandon_limit_s for c in campaigns}
    previews = await record.overview.previews()
    counts: Counter[RecordingState] = Counter()
    due: list[tuple[int, datetime | None]] = []
    for campaign in campaigns:
        counts.update(await record.recordings.counts(campaign.campaign_id))
        due.append(await record.overview.retries_due(campaign.campaign_id))
    answered = sum(row.answered_at is not None and row.outcome is not None for row in rows)
    over = [row for row in rows if row.outcome is not None] if calls_are_on else rows
    ended = sum(row.outcome is not None for row in rows)
    heard_all_the_same = sampled(row.disposition for row in rows if row.machine_sampled and row.outcome is not None)
    return Report(
        campaigns=tuple(c.plan.name for c in campaigns),
        attempts=len(rows),
        outcomes=_counted(row.outcome for row in rows),
        dispositions=_counted(row.disposition for row in rows),
        answer_rate=answered / ended if ended else None,
        answer_to_bridge_ms=_quantiles(rows),
        occupancy=occupancy(spans),
        abandonment=_abandonment(_judged(rows, limits_s, previews), law.machine_false_share),
        sampled=heard_all_the_same,
        sampled_advice=heard_all_the_same.advice(law.machine_false_share),
        recordings=RecordingsMade(counts[RecordingState.STORED], counts[RecordingState.MISSING], str(recordings)),
        retries_due=RetriesDue(sum(n for n, _at in due), min((at for _n, at in due if at), default=None)),
        invariants_broken=tuple(await _broken(record, over, spans, law, limits_s, previews)),
    )


async def _broken(
    record: Record,
    rows: list[AttemptRow],
    spans: Sequence[Span],
    law: Law,
    limits_s: Mapping[int, float],
    previews: frozenset[str],
) -> list[str]:
    by_campaign: dict[int, list[AttemptRow]] = defaultdict(list)
    for row in rows:
        by_campaign[row.campaign_id].append(row)
    late = [
        finding
        for campaign_id, theirs in by_campaign.items()
        for finding in invariants.nobody_waits_past_the_limit(theirs, limits_s[campaign_id])
    ]
    return [
        *invariants.never_twice_at_once(rows),
        *invariants.never_outside_legal_hours(rows, await record.overview.zones(), law),
        *invariants.never_when_listed(rows, await record.overview.listed_since()),
        *invariants.always_an_outcome(rows),
        *late,
        *invariants.one_call_per_agent(rows, await record.handovers.all()),
        *invariants.no_agent_stays_reserved(spans, previews),
    ]


def occupancy(spans: Iterable[Span]) -> float | None:
    """Talk and wrap-up over logged-in time without pauses; None where nobody worked."""
    busy = at_work = timedelta()
    for span in spans:
        if span.until is None or span.state in _NOT_AT_WORK:
            continue
        lasted = max(span.until - span.since, timedelta())  # a clock set back meanwhile: how long is not known
        at_work += lasted
        if span.state in _BUSY:
            busy += lasted
    return busy / at_work if at_work else None


def _counted(words: Iterable[object | None]) -> dict[str, int]:
    return dict(Counter(str(word) for word in words if word is not None).most_common())


def _quantiles(rows: Iterable[AttemptRow]) -> Quantiles:
    waits = sorted(
        (row.bridged_at - row.answered_at).total_seconds() * 1000
        for row in rows
        if row.bridged_at is not None and row.answered_at is not None
    )
    if not waits:
        return Quantiles(None, None)
    return Quantiles(*(round(waits[min(len(waits) - 1, int(len(waits) * share))], 3) for share in (0.5, 0.99)))


def _judged(rows: Iterable[AttemptRow], limits_s: Mapping[int, float], previews: frozenset[str]) -> Iterator[Fate]:
    """What each call was to the law, of those of which that is known."""
    for row in rows:
        fate = fate_of_row(row, limits_s[row.campaign_id], previewed=row.attempt_id in previews)
        if fate is not None:
            yield fate


def _abandonment(fates: Iterable[Fate], machine_false_share: float) -> Abandonment:
    count = sum((COUNTS_AS[fate] for fate in fates), Count())
    share, tally = count.share(machine_false_share), count.tally(machine_false_share)
    return Abandonment(
        count.live_answers, count.abandoned, count.machines, share.rate, tally.lower_bound(), tally.upper_bound()
    )


def lines(report: Report) -> list[tuple[str, str]]:
    """The report for people: a heading and a text for each line."""
    speed, law, sound, due = report.answer_to_bridge_ms, report.abandonment, report.recordings, report.retries_due
    machines = f", {law.taken_for_machines} taken for machines" if law.taken_for_machines else ""
    bounds = f"95 % between {law.lower_bound:.1%} and {law.upper_bound:.1%}"
    return [
        ("campaigns", ", ".join(report.campaigns) or "none"),
        ("attempts", f"{report.attempts}: " + ", ".join(f"{k} {v}" for k, v in report.outcomes.items())),
        ("dispositions", ", ".join(f"{k} {v}" for k, v in report.dispositions.items()) or "none"),
        ("answer rate", _percent(report.answer_rate)),
        ("answer to bridge", f"p50 {speed.p50} ms, p99 {speed.p99} ms" if speed.p50 is not None else "no bridges"),
        ("occupancy", _percent(report.occupancy)),
        ("abandonment", f"{law.abandoned} of {law.live_answers} live answers{machines}: {law.rate:.1%} ({bounds})"),
        ("machines sampled", report.sampled_advice or "none that an agent told of"),
        ("recordings", f"{sound.stored} stored, {sound.missing} missing, in {sound.folder}"),
        (
            "retries due",
            f"{due.leads} leads" + (f", next at {due.next_at:%Y-%m-%d %H:%M:%S} UTC" if due.next_at else ""),
        ),
        ("invariants broken", "; ".join(report.invariants_broken) or "none"),
    ]


def _percent(share: float | None) -> str:
    return "unknown" if share is None else f"{share:.1%}"

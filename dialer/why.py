"""Tells why a lead is not being dialled, from when it may be, and how likely a person is to answer now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dialer.core import eligibility
from dialer.core.model import Hold
from dialer.core.numbers import mask
from dialer.record.chances import Why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dialer.core.eligibility import Facts, Verdict
    from dialer.record.attempts import AttemptRow
    from dialer.record.record import Record
    from dialer.settings import Settings


@dataclass(frozen=True, slots=True)
class Explained:
    """All that is known of why a lead waits; numbers are shown masked."""

    facts: Facts
    verdict: Verdict
    campaign: str
    foretold: Why
    due_because: str | None
    last: AttemptRow | None

    def values(self) -> dict[str, Any]:
        """For machines, ready for JSON."""
        lead, verdict = self.facts.lead, self.verdict
        return {
            "lead_id": lead.lead_id,
            "name": lead.name,
            "number": self._number(),
            "campaign": self.campaign,
            "hold": verdict.hold.value,
            "detail": verdict.detail,
            "until": verdict.until.isoformat() if verdict.until else None,
            "attempts": lead.attempts,
            "chance": self.foretold.chance,
            "chance_because": self.foretold.lines,
            "due_because": self.due_because,
            "last_call": self._last_call(),
        }

    def lines(self) -> Iterator[str]:
        """For people: the answer, and below it what else is known."""
        lead, verdict = self.facts.lead, self.verdict
        free = verdict.hold is Hold.NONE
        detail = "nothing holds it: it waits for pacing and a free agent" if free else verdict.detail
        known = verdict.until is not None and not verdict.eligible
        since = f"; may be called from {verdict.until:%Y-%m-%d %H:%M:%S} UTC" if known else ""
        who = f"lead {lead.lead_id} ({lead.name}, {self._number()}) in {self.campaign!r}"
        yield f"{who}: {verdict.hold}: {detail}{since}"
        if last := self._last_call():
            yield f"  last call: {last}"
        if self.due_because:
            yield f"  due then because of {self.due_because}"
        yield from (f"  {line}" for line in self.foretold.lines)

    def _number(self) -> str:
        numbers = self.facts.lead.numbers
        return mask(numbers[0].e164) if numbers else "no number"

    def _last_call(self) -> str | None:
        if (last := self.last) is None:
            return None
        came_to = f"{last.outcome or 'going on'}: {last.detail or 'no more is known'}"
        return f"{last.queued_at:%Y-%m-%d %H:%M:%S} UTC, {came_to}"


async def explain(record: Record, settings: Settings, facts: Facts, now: datetime) -> Explained:
    """Judge a lead as its campaign's loop would now, and gather what else is known of it."""
    lead = facts.lead
    campaign = await record.campaigns.get(lead.campaign_id)
    trunk = settings.trunks.get(campaign.plan.trunk)
    caller_ids = trunk.caller_ids if trunk else ()
    verdict = eligibility.check(facts, campaign.plan, settings.law, campaign.status, caller_ids, now)
    number = verdict.number or next(iter(lead.numbers), None)
    asked = number is not None and verdict.hold is not Hold.FINISHED
    last = next(iter(await record.attempts.latest(lead_id=lead.lead_id, limit=1)), None)
    foretold = await record.chances.why(facts, number, campaign.plan, now) if number and asked else Why(None, [])
    because = await record.leads.due_because(lead.lead_id)
    return Explained(facts, verdict, campaign.plan.name, foretold, because, last)

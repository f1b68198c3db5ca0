"""Fills a record for the tests: campaigns, leads and attempts with sensible values, each told apart by a count."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from dialer.core.model import Attempt, Lead, Outcome
from dialer.core.plan import CampaignPlan
from dialer.intake import Accepted

if TYPE_CHECKING:
    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record

NOW = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def a_row(row: int, *e164s: str, key: str | None = None, person: str | None = None, priority: float = 0.0) -> Accepted:
    """A lead's row; its one number is made from the row's number where none is given."""
    numbers = e164s or (f"+861380000{row:04}",)
    return Accepted(
        row=row,
        key=key or f"K{row}",
        person=person or f"P{row}",
        name=f"王小明{row}",
        numbers=tuple((e164, ("Asia/Shanghai",)) for e164 in numbers),
        attributes={"城市": "上海"},
        priority=priority,
    )


class World:
    """A record with the means to fill it."""

    def __init__(self, record: Record) -> None:
        self.record = record
        self._count = itertools.count(1)

    async def campaign(self, name: str | None = None) -> Campaign:
        name = name or f"campaign {next(self._count)}"
        plan = CampaignPlan(name=name, trunk="carrier", caller_id="+862155550000")
        return await self.record.campaigns.create(plan, NOW)

    async def leads(self, campaign: Campaign, *rows: Accepted) -> list[Lead]:
        """Import rows and return the leads they became, in the same order."""
        report = await self.record.leads.add(campaign.campaign_id, "list", "leads.csv", rows, NOW)
        assert report.rejected == ()
        found = [fact.lead async for fact in self.record.leads.waiting_facts(campaign.campaign_id, NOW, 10_000)]
        by_key = {lead.key: lead for lead in found}
        return [by_key[row.key] for row in rows]

    def attempt(self, lead: Lead, *, number: int = 0, attempt_id: str | None = None) -> Attempt:
        reference = lead.numbers[number]
        return Attempt(
            attempt_id=attempt_id or f"a{next(self._count)}",
            campaign_id=lead.campaign_id,
            lead_id=lead.lead_id,
            number_id=reference.number_id,
            e164=reference.e164,
            person=lead.person,
            name=lead.name,
            trunk="carrier",
            caller_id="+862155550000",
            queued_at=NOW,
            attributes=lead.attributes,
        )

    async def called(self, lead: Lead, at: datetime, outcome: Outcome = Outcome.NO_ANSWER) -> Attempt:
        """An attempt that was sent at `at` and is over."""
        (won,) = await self.record.attempts.claim([self.attempt(lead)], "node1")
        await self.record.attempts.update(won.attempt_id, sent_at=at, ended_at=at + 20 * SECOND, outcome=outcome)
        return won

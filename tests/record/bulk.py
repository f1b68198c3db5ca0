"""Fills a record with whole lists and their calls at once: to claim and close each by itself would take minutes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.model import Disposition, HungUpBy, NumberState, Outcome
from dialer.intake import Accepted
from dialer.record.schema import attempt, lead, number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Made:
    """A call that is over; `talk_s` where a person talked, `rang_s` until an end without an answer."""

    at: datetime
    outcome: Outcome
    talk_s: float | None = None
    rang_s: float = 20.0
    disposition: Disposition | None = None
    agent_id: str | None = None
    sip_code: int | None = None
    state: NumberState | None = None
    heard: str | None = None
    hung_up_by: HungUpBy | None = None
    caller_id: str = "+862155550000"
    sent: bool = True

    def columns(self) -> dict[str, Any]:
        answered = self.at + 8 * SECOND if self.talk_s is not None else None
        ended = self.at + self.rang_s * SECOND
        if answered is not None and self.talk_s is not None:
            ended = answered + self.talk_s * SECOND
        return {
            "trunk": "carrier",
            "caller_id": self.caller_id,
            "node": "node1",
            "queued_at": self.at,
            "sent_at": self.at if self.sent else None,
            "ringing_at": self.at,
            "answered_at": answered,
            "bridged_at": answered,
            "unbridged_at": None if answered is None else ended,
            "ended_at": ended,
            "opted_out": False,
            "outcome": self.outcome,
            "disposition": self.disposition,
            "agent_id": self.agent_id,
            "sip_code": self.sip_code,
            "number_state": self.state,
            "state_confidence": None if self.state is None else 0.95,
            "heard": self.heard,
            "hung_up_by": self.hung_up_by or (HungUpBy.NETWORK if answered is None else HungUpBy.AGENT),
        }


async def import_list(
    record: Record, campaign: Campaign, name: str, numbers: Sequence[str], now: datetime, source: str | None = None
) -> list[tuple[int, int, str]]:
    """Import a list of one number each: lead id, number id and number of each, in their order."""
    rows = [
        Accepted(row, f"{name}-{row}", f"{name}-{row}", "王小明", ((e164, ("Asia/Shanghai",)),), {}, 0.0)
        for row, e164 in enumerate(numbers, start=2)
    ]
    report = await record.leads.add(campaign.campaign_id, name, source or f"{name}.csv", rows, now)
    assert report.accepted == len(numbers)
    query = (
        sa.select(lead.c.id, number.c.id, number.c.e164)
        .join(number, number.c.lead_id == lead.c.id)
        .where(lead.c.list_id == report.list_id)
        .order_by(lead.c.row)
    )
    async with record.database.read() as connection:
        return [(row[0], row[1], row[2]) for row in await connection.execute(query)]


async def call(
    record: Record, campaign: Campaign, calls: Sequence[tuple[tuple[int, int, str], Made]], *, prefix: str = "a"
) -> None:
    """Write these calls to these leads."""
    rows = [
        {
            "id": f"{prefix}{place:06}",
            "campaign_id": campaign.campaign_id,
            "lead_id": lead_id,
            "number_id": number_id,
            "e164": e164,
            "person": f"P{lead_id}",
            **made.columns(),
        }
        for place, ((lead_id, number_id, e164), made) in enumerate(calls)
    ]
    async with record.database.write() as connection:
        await connection.execute(sa.insert(attempt), rows)
        for lead_id, times in Counter(row["lead_id"] for row in rows).items():
            more = sa.update(lead).where(lead.c.id == lead_id).values(attempts=lead.c.attempts + times)
            await connection.execute(more)

"""A booking's second call: its lead goes into another campaign, in the transaction that records the disposition.

The lead's key is made from the attempt, so that saying it again changes nothing; a booking that is taken back takes
its second call along, as long as nobody was called for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from dialer.core.model import LeadState
from dialer.record.audit import AuditLine, add_line
from dialer.record.facts import load_leads
from dialer.record.leads import finished, rescheduled
from dialer.record.schema import campaign, lead, lead_list, number

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from dialer.core.model import Lead

LIST = "confirmations"
_BECAUSE = "a booking is to be confirmed"
_TAKEN_BACK = "the booking was taken back"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """The second call that an attempt's script asks for."""

    attempt_id: str
    lead_id: int
    campaign: str
    due_at: datetime | None
    """None where it is wanted no more, because another disposition was recorded."""
    attributes: dict[str, str]
    """What was answered; it is added to the lead's own."""
    script: str
    now: datetime
    who: str

    @property
    def key(self) -> str:
        """By which the lead is known in the other campaign."""
        return f"confirm:{self.attempt_id}"


async def carry_over(connection: AsyncConnection, asked: Confirmation) -> None:
    """Bring the other campaign's leads in line with what is asked; said again it changes nothing.

    A campaign that does not exist leaves a line in the audit: the agent's word must be kept all the same.
    """
    query = sa.select(campaign.c.id).where(campaign.c.name == asked.campaign).with_for_update(key_share=True)
    campaign_id = await connection.scalar(query)
    if campaign_id is None:
        if asked.due_at is not None:
            await _note(connection, asked, "confirmation lost", "there is no such campaign")
        return
    same = (lead.c.campaign_id == campaign_id) & (lead.c.key == asked.key)
    known = (await connection.execute(sa.select(lead.c.id, lead.c.state, lead.c.attempts).where(same))).one_or_none()
    if asked.due_at is None:
        if known is not None and known.state is LeadState.WAITING and known.attempts == 0:
            await connection.execute(sa.update(lead).where(same).values(finished(_TAKEN_BACK)))
            await _note(connection, asked, "confirmation withdrawn", f"lead {known.id}")
        return
    if known is not None:
        if known.attempts == 0:
            again = rescheduled(asked.due_at, None, _BECAUSE)
            await connection.execute(sa.update(lead).where(same).values(again))
        return
    (first,) = await load_leads(connection, [asked.lead_id])
    lead_id = await _there(connection, campaign_id, first)
    if lead_id is None:
        lead_id = await _insert(connection, campaign_id, first, asked, asked.due_at)
    else:  # the campaign has this customer already: they are called for the new booking
        values = {"key": asked.key, "attributes": first.attributes | asked.attributes, "attempts": 0}
        again = rescheduled(asked.due_at, None, _BECAUSE)
        await connection.execute(sa.update(lead).where(lead.c.id == lead_id).values(values | again))
    await _note(connection, asked, "confirmation due", f"lead {lead_id}, {asked.due_at.isoformat()}")


async def _there(connection: AsyncConnection, campaign_id: int, first: Lead) -> int | None:
    """The campaign's lead that has one of these numbers."""
    wanted = [one.e164 for one in first.numbers]
    query = (
        sa.select(lead.c.id)
        .join(number, number.c.lead_id == lead.c.id)
        .where(lead.c.campaign_id == campaign_id, number.c.e164.in_(wanted))
        .order_by(lead.c.id)
        .limit(1)
    )
    found: int | None = await connection.scalar(query)
    return found


async def _insert(
    connection: AsyncConnection, campaign_id: int, first: Lead, asked: Confirmation, due_at: datetime
) -> int:
    list_id = await _list(connection, campaign_id, asked)
    values = {
        "campaign_id": campaign_id,
        "list_id": list_id,
        "row": 1,
        "key": asked.key,
        "person": first.person,
        "name": first.name,
        "attributes": first.attributes | asked.attributes,
        "priority": first.priority,
        "attempts": 0,
        **rescheduled(due_at, None, _BECAUSE),
    }
    lead_id: int = (await connection.scalars(sa.insert(lead).values(values).returning(lead.c.id))).one()
    numbers = [
        {"lead_id": lead_id, "e164": one.e164, "time_zones": list(one.time_zones), "position": one.position}
        for one in first.numbers
        if not one.dead
    ]
    await connection.execute(sa.insert(number).values(attempts=0, dead=False), numbers)
    more = {"accepted": lead_list.c.accepted + 1}
    await connection.execute(sa.update(lead_list).where(lead_list.c.id == list_id).values(more))
    return lead_id


async def _list(connection: AsyncConnection, campaign_id: int, asked: Confirmation) -> int:
    c, source = lead_list.c, f"script {asked.script}"
    same = (c.campaign_id == campaign_id) & (c.name == LIST) & (c.source == source)
    known: int | None = await connection.scalar(sa.select(c.id).where(same).order_by(c.id).limit(1))
    if known is not None:
        return known
    values = {"campaign_id": campaign_id, "name": LIST, "source": source, "imported_at": asked.now}
    insert = sa.insert(lead_list).values(**values, accepted=0, rejected=0).returning(c.id)
    list_id: int = (await connection.scalars(insert)).one()
    return list_id


async def _note(connection: AsyncConnection, asked: Confirmation, what: str, detail: str) -> None:
    words = f"attempt {asked.attempt_id}: {detail}"
    await add_line(connection, AuditLine(asked.now, asked.who, what, asked.campaign, words))

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import LeadState
from dialer.record.confirmations import Confirmation, carry_over

from .world import NOW, a_row

if TYPE_CHECKING:
    from dialer.core.model import Lead
    from dialer.record.campaigns import Campaign
    from dialer.record.record import Record

    from .world import World

DUE = NOW + timedelta(days=2)
LATER = DUE + timedelta(hours=1)


@pytest.fixture
async def second(world: World) -> Campaign:
    return await world.campaign("second")


@pytest.fixture
async def asked(world: World) -> Confirmation:
    (first,) = await world.leads(await world.campaign("first"), a_row(1, "+8613800000001", "+8613800000002"))
    return Confirmation("a1", first.lead_id, "second", DUE, {"place": "<b>shop"}, "offer", NOW, "agent1")


async def carry(record: Record, asked: Confirmation) -> None:
    async with record.database.write() as connection:
        await carry_over(connection, asked)


async def leads(record: Record, campaign: Campaign) -> list[Lead]:
    ids = await record.leads.find("+8613800000001")
    found = [(await record.leads.facts(one, NOW)).lead for one in ids]
    return [one for one in found if one.campaign_id == campaign.campaign_id]


async def test_the_lead_is_due_in_the_other_campaign_with_the_answers(
    record: Record, second: Campaign, asked: Confirmation
) -> None:
    for _ in range(3):
        await carry(record, asked)
    (lead,) = await leads(record, second)
    assert (lead.due_at, lead.state, lead.key, lead.attempts) == (DUE, LeadState.WAITING, "confirm:a1", 0)
    assert lead.attributes == {"城市": "上海", "place": "<b>shop"}
    assert [one.e164 for one in lead.numbers] == ["+8613800000001", "+8613800000002"]
    assert await record.leads.candidates(second.campaign_id, NOW, 10) == []
    assert [one.lead.lead_id for one in await record.leads.candidates(second.campaign_id, LATER, 10)] == [lead.lead_id]
    (made,) = await record.lists.of(second.campaign_id)
    assert (made.name, made.source, made.accepted) == ("confirmations", "script offer", 1)
    assert [line.what for line in await record.audit.latest()].count("confirmation due") == 1


async def test_a_booking_that_is_moved_or_taken_back_takes_its_call_along(
    record: Record, second: Campaign, asked: Confirmation
) -> None:
    await carry(record, replace(asked, due_at=None))
    assert await leads(record, second) == []
    await carry(record, asked)
    await carry(record, replace(asked, due_at=LATER))
    assert [one.due_at for one in await leads(record, second)] == [LATER]
    await carry(record, replace(asked, due_at=None))
    assert [one.state for one in await leads(record, second)] == [LeadState.FINISHED]
    await carry(record, asked)
    assert [(one.state, one.due_at) for one in await leads(record, second)] == [(LeadState.WAITING, DUE)]


async def test_a_customer_whom_the_other_campaign_has_is_called_for_the_new_booking(
    record: Record, world: World, second: Campaign, asked: Confirmation
) -> None:
    (there,) = await world.leads(second, a_row(9, "+8613800000002", key="old"))
    await record.leads.finish(there.lead_id, "agreed")
    await carry(record, asked)
    again = (await record.leads.facts(there.lead_id, NOW)).lead
    assert (again.key, again.state, again.due_at) == ("confirm:a1", LeadState.WAITING, DUE)


async def test_a_campaign_that_is_not_there_is_noted_and_holds_nothing_up(record: Record, asked: Confirmation) -> None:
    await carry(record, asked)
    (line, *_) = await record.audit.latest()
    assert (line.what, line.subject) == ("confirmation lost", "second")

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from dialer.core.model import AgentState, Disposition, Outcome
from dialer.record import behaviour as module
from dialer.record.behaviour import Behaviour, Results, Try
from dialer.record.schema import attempt

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    import pytest

    from dialer.core.model import Attempt, Lead
    from dialer.record.record import Record

    from .world import World


async def answered(world: World, lead: Lead, at_s: float, **more: Any) -> Attempt:
    """A talk of 20 s, 5 s after the call was sent."""
    sent_at = NOW + at_s * SECOND
    (won,) = await world.record.attempts.claim([world.attempt(lead)], "node1")
    times = {"sent_at": sent_at, "ringing_at": sent_at + SECOND, "answered_at": sent_at + 5 * SECOND}
    talked = {"bridged_at": sent_at + 5 * SECOND, "unbridged_at": sent_at + 25 * SECOND, "agent_id": "agent1"}
    ended = {"ended_at": sent_at + 25 * SECOND, "outcome": Outcome.ANSWERED}
    await world.record.attempts.update(won.attempt_id, **(times | talked | ended | more))
    return won


async def test_calls_are_those_that_were_sent_since_then_and_are_over(world: World, record: Record) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    first, second, third = await world.leads(campaign, a_row(1), a_row(2), a_row(3))
    (elsewhere,) = await world.leads(other, a_row(4))
    await world.called(first, NOW - SECOND)
    await world.called(elsewhere, NOW)
    await world.called(first, NOW, Outcome.BUSY)
    await answered(world, second, 10, disposition=Disposition.AGREED, wrapped_up_at=NOW + 40 * SECOND)
    await record.attempts.claim([world.attempt(third)], "node1")

    newest, oldest = await Behaviour(record.database).calls(campaign.campaign_id, NOW)
    assert (oldest.sent_at, oldest.ended_at, oldest.outcome) == (NOW, NOW + 20 * SECOND, Outcome.BUSY)
    assert oldest.answered_at is None
    assert (newest.answered_at, newest.unbridged_at) == (NOW + 15 * SECOND, NOW + 35 * SECOND)
    assert (newest.wrapped_up_at, newest.disposition) == (NOW + 40 * SECOND, Disposition.AGREED)


async def test_of_very_many_calls_the_newest_are_read(
    world: World, record: Record, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await world.campaign()
    for row in range(3):
        (lead,) = await world.leads(campaign, a_row(row))
        made = await world.called(lead, NOW + row * SECOND)
        async with record.database.write() as connection:
            queued = sa.update(attempt).where(attempt.c.id == made.attempt_id).values(queued_at=NOW + row * SECOND)
            await connection.execute(queued)
    monkeypatch.setattr(module, "MOST_CALLS", 2)
    calls = await Behaviour(record.database).calls(campaign.campaign_id, NOW)
    assert [call.sent_at for call in calls] == [NOW + 2 * SECOND, NOW + SECOND]


async def test_time_is_that_of_the_agents_who_took_part_and_tells_whose_call_it_went_to(
    world: World, record: Record
) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    (lead,) = await world.leads(campaign, a_row(1))
    (stranger,) = await world.leads(other, a_row(2))
    ours = await answered(world, lead, 0)
    theirs = await answered(world, stranger, 60)
    await answered(world, stranger, 120, agent_id="agent2")
    states = [(AgentState.TALKING, 5, ours.attempt_id), (AgentState.READY, 25, None)]
    states += [(AgentState.TALKING, 65, theirs.attempt_id), (AgentState.TALKING, 90, "unknown")]
    for state, at_s, attempt_id in states:
        await record.agents.enter("agent1", state, NOW + at_s * SECOND, attempt_id)
    await record.agents.enter("agent2", AgentState.READY, NOW)

    spent = await Behaviour(record.database).spent(campaign.campaign_id, NOW)
    assert [(each.agent_id, each.attempt_id, each.ours) for each in spent] == [
        ("agent1", ours.attempt_id, True),
        ("agent1", None, True),
        ("agent1", theirs.attempt_id, False),
        ("agent1", "unknown", False),
    ]
    assert (spent[0].since, spent[0].until, spent[-1].until) == (NOW + 5 * SECOND, NOW + 25 * SECOND, None)
    assert len(await Behaviour(record.database).spent(campaign.campaign_id, NOW + SECOND)) == 0


async def test_tries_count_a_lead_until_it_is_reached(world: World, record: Record) -> None:
    campaign = await world.campaign()
    one, two, three = await world.leads(campaign, a_row(1), a_row(2), a_row(3))
    await world.called(one, NOW)
    await world.called(one, NOW + 100 * SECOND, Outcome.FAILED)
    await answered(world, one, 200)
    await answered(world, one, 300)  # was reached before: a call that they asked for
    await answered(world, two, 0)
    await answered(world, three, 0, disposition=Disposition.MACHINE)
    await world.called(three, NOW + 100 * SECOND, Outcome.ABANDONED)

    behaviour = Behaviour(record.database)
    assert await behaviour.tries(campaign.campaign_id, NOW) == [Try(1, 3, 1), Try(2, 2, 2)]
    assert await behaviour.tries(campaign.campaign_id, NOW + 150 * SECOND) == [Try(2, 1, 1)]
    assert await behaviour.tries(campaign.campaign_id + 1, NOW) == []


async def test_results_are_of_talks_with_persons(world: World, record: Record) -> None:
    campaign = await world.campaign()
    leads = await world.leads(campaign, *(a_row(row) for row in range(5)))
    said = (Disposition.AGREED, Disposition.REFUSED, Disposition.MACHINE, None)
    for lead, disposition in zip(leads, said, strict=False):
        await answered(world, lead, 0, disposition=disposition)
    behaviour = Behaviour(record.database)
    assert await behaviour.results(campaign.campaign_id, NOW) == Results(talks=3, agreed=1, waiting=5)
    assert await behaviour.results(campaign.campaign_id, NOW + 60 * SECOND) == Results(0, 0, 5)

"""The ends of attempts, on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import RecordError
from dialer.core.model import LeadState, Outcome
from dialer.core.retry import Finish, Retry
from dialer.record.closings import Settled

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World

HOUR = timedelta(hours=1)
OVER = {"ended_at": NOW + SECOND, "outcome": Outcome.BUSY}


async def test_what_is_known_is_the_row_the_lead_and_how_it_went_before(world: World) -> None:
    first, second = await world.leads(await world.campaign(), a_row(1), a_row(2))
    await world.called(first, NOW, Outcome.BUSY)
    await world.called(first, NOW + SECOND, Outcome.NO_ANSWER)
    ours, others = world.attempt(first), world.attempt(second)
    await world.record.attempts.claim([ours, others], "node1")
    known = await world.record.closings.known([ours.attempt_id, others.attempt_id, "nobody's"])
    assert known.keys() == {ours.attempt_id, others.attempt_id}
    assert known[ours.attempt_id].history == (Outcome.BUSY, Outcome.NO_ANSWER)
    assert known[ours.attempt_id].lead.lead_id == first.lead_id
    assert known[others.attempt_id].history == ()
    assert [call.at for call in known[ours.attempt_id].sent] == [NOW, NOW + SECOND]
    assert {(call.lead_id, call.person) for call in known[ours.attempt_id].sent} == {(first.lead_id, first.person)}
    assert known[others.attempt_id].sent == ()
    assert await world.record.closings.known([]) == {}


async def test_an_end_writes_the_attempt_and_what_is_due(world: World) -> None:
    again, never = await world.leads(await world.campaign(), a_row(1, "+8613800000071", "+8613800000072"), a_row(2))
    attempts = [world.attempt(lead) for lead in (again, never)]
    await world.record.attempts.claim(attempts, "node1")
    second = again.numbers[1].number_id
    retry = Retry(NOW + 60 * SECOND, second, "busy", dead_number=True)
    unknown = await world.record.closings.write(
        {attempts[0].attempt_id: {"sent_at": NOW}, "nobody's": {"sent_at": NOW}},
        [
            Settled(attempts[0].attempt_id, OVER, again.lead_id, again.numbers[0].number_id, retry),
            Settled(attempts[1].attempt_id, OVER, never.lead_id, never.numbers[0].number_id, Finish("refused")),
        ],
    )
    assert unknown == ["nobody's"]
    row = await world.record.attempts.get(attempts[0].attempt_id)
    assert (row.sent_at, row.ended_at, row.outcome) == (NOW, NOW + SECOND, Outcome.BUSY)
    lead = (await world.record.leads.facts(again.lead_id, NOW)).lead
    assert (lead.due_at, lead.due_number_id, lead.attempts) == (NOW + 60 * SECOND, second, 1)
    assert [number.dead for number in lead.numbers] == [True, False]
    lead = (await world.record.leads.facts(never.lead_id, NOW)).lead
    assert (lead.state, lead.finished_because) == (LeadState.FINISHED, "refused")


async def test_an_end_says_why_its_lead_is_due_when_it_is(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    number_id = lead.numbers[0].number_id
    assert await world.record.leads.due_because(lead.lead_id) is None
    steps: list[Retry | Finish] = [Retry(NOW, number_id, "BUSY: try again"), Finish("BUSY: often enough")]
    for count, step in enumerate(steps):
        attempt = world.attempt(lead)
        await world.record.attempts.claim([attempt], "node1")
        await world.record.closings.write({}, [Settled(attempt.attempt_id, OVER, lead.lead_id, number_id, step)])
        assert await world.record.leads.due_because(lead.lead_id) == ("BUSY: try again", None)[count]
    await world.record.leads.reschedule(lead.lead_id, NOW)
    assert await world.record.leads.due_because(lead.lead_id) is None
    assert await world.record.leads.due_because(4711) is None


async def test_the_busiest_hour_is_that_of_the_day_of_the_last_attempt(world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    leads = await world.leads(campaign, *map(a_row, range(1, 12)))
    (stranger,) = await world.leads(other, a_row(12))
    assert await world.record.closings.busiest_hour(campaign.campaign_id) == 0
    hours = [0, 0, 0, 0, 0, 30, 30, 30, 31, 31, 40]  # five long ago, then three in an hour
    attempts = [replace(world.attempt(one), queued_at=NOW + h * HOUR) for one, h in zip(leads, hours, strict=True)]
    await world.record.attempts.claim([*attempts, world.attempt(stranger)], "node1")
    assert await world.record.closings.busiest_hour(campaign.campaign_id) == 3
    assert await world.record.closings.busiest_hour(other.campaign_id) == 1


async def test_our_own_fault_uses_up_nothing_and_never_less_than_that(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    attempt = world.attempt(lead)
    await world.record.attempts.claim([attempt], "node1")
    number_id = lead.numbers[0].number_id
    fault = Settled(attempt.attempt_id, OVER, lead.lead_id, number_id, Retry(NOW, number_id, "again"), own_fault=True)
    for _ in range(2):
        await world.record.closings.write({}, [fault])
        assert (await world.record.leads.facts(lead.lead_id, NOW)).lead.attempts == 0


async def test_where_one_thing_cannot_be_written_nothing_is(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    attempt = world.attempt(lead)
    await world.record.attempts.claim([attempt], "node1")
    without_an_outcome = {"ended_at": NOW}
    settled = Settled(attempt.attempt_id, without_an_outcome, lead.lead_id, lead.numbers[0].number_id, Finish("agreed"))
    with pytest.raises(RecordError, match="refused"):
        await world.record.closings.write({attempt.attempt_id: {"sent_at": NOW}}, [settled])
    assert (await world.record.attempts.get(attempt.attempt_id)).sent_at is None
    assert (await world.record.leads.facts(lead.lead_id, NOW)).lead.state is LeadState.WAITING

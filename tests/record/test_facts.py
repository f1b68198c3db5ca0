from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from dialer.record.facts import REACH

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World

SHARED = "+8613800009999"


async def test_calls_count_by_lead_person_and_number_over_all_campaigns(world: World) -> None:
    autumn, winter = await world.campaign(), await world.campaign()
    mine, other = await world.leads(autumn, a_row(1, "+8613800000001", SHARED, person="P"), a_row(2, person="Q"))
    same_person, same_number, stranger = await world.leads(
        winter, a_row(3, person="P"), a_row(4, SHARED, person="R"), a_row(5, person="S")
    )
    for minutes, lead in enumerate((mine, same_person, same_number, stranger, other)):
        await world.called(lead, NOW - timedelta(minutes=minutes))
    facts = await world.record.leads.facts(mine.lead_id, NOW)
    assert [(call.lead_id, call.person, call.e164) for call in facts.sent] == [
        (same_number.lead_id, "R", SHARED),
        (same_person.lead_id, "P", same_person.numbers[0].e164),
        (mine.lead_id, "P", "+8613800000001"),
    ]
    assert facts.sent[-1].at == NOW
    assert not facts.in_flight


async def test_calls_older_than_any_cap_are_left_out(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await world.called(lead, NOW - REACH - SECOND)
    await world.called(lead, NOW - REACH)
    facts = await world.record.leads.facts(lead.lead_id, NOW)
    assert [call.at for call in facts.sent] == [NOW - REACH]
    assert facts.lead.attempts == 2


async def test_an_attempt_that_was_never_sent_does_not_count_but_is_in_flight_while_open(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await world.record.attempts.claim([world.attempt(lead, attempt_id="a")], "node1")
    facts = await world.record.leads.facts(lead.lead_id, NOW)
    assert (facts.in_flight, facts.sent) == (True, ())
    await world.record.attempts.update("a", ended_at=NOW, outcome="CANCELLED")
    facts = await world.record.leads.facts(lead.lead_id, NOW)
    assert (facts.in_flight, facts.sent) == (False, ())


async def test_a_lead_is_in_flight_while_its_person_or_number_is_called_elsewhere(world: World) -> None:
    autumn, winter = await world.campaign(), await world.campaign()
    mine, unrelated = await world.leads(autumn, a_row(1, "+8613800000001", SHARED, person="P"), a_row(2))
    same_person, same_number = await world.leads(winter, a_row(3, person="P"), a_row(4, SHARED))
    for caller in (same_person, same_number):
        (won,) = await world.record.attempts.claim([world.attempt(caller)], "node1")
        assert (await world.record.leads.facts(mine.lead_id, NOW)).in_flight
        assert not (await world.record.leads.facts(unrelated.lead_id, NOW)).in_flight
        await world.record.attempts.update(won.attempt_id, ended_at=NOW, outcome="BUSY")
    assert not (await world.record.leads.facts(mine.lead_id, NOW)).in_flight


async def test_listed_are_those_of_its_own_numbers_that_are_on_the_list(world: World) -> None:
    mine, other = await world.leads(await world.campaign(), a_row(1, "+8613800000001", SHARED), a_row(2))
    await world.record.do_not_call.add_many([SHARED, "+8613800007777"], source="file", reason="asked", now=NOW)
    assert (await world.record.leads.facts(mine.lead_id, NOW)).listed == {SHARED}
    assert (await world.record.leads.facts(other.lead_id, NOW)).listed == frozenset()

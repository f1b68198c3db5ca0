from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dialer.core.errors import NotFoundError, RecordError
from dialer.core.model import Disposition, HungUpBy, NumberState, Outcome
from dialer.record.record import Record
from dialer.record.schema import attempt

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World

SHARED = "+8613800009999"


async def test_a_claim_writes_the_row_before_anything_rings(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    placed = world.attempt(lead, attempt_id="a1")
    assert await world.record.attempts.claim([placed], "node1") == [placed]
    row = await world.record.attempts.get("a1")
    assert row.placed == placed
    assert (row.node, row.outcome, row.sent_at, row.opted_out) == ("node1", None, None, False)
    found = (await world.record.leads.facts(lead.lead_id, NOW)).lead
    assert (found.attempts, found.numbers[0].attempts) == (1, 1)


@pytest.mark.parametrize("shared", ["number", "lead", "person"])
async def test_a_second_call_to_the_same_number_lead_or_person_is_refused_while_one_is_open(
    world: World, shared: str
) -> None:
    attempts = world.record.attempts
    autumn, winter = await world.campaign(), await world.campaign()
    (mine,) = await world.leads(autumn, a_row(1, SHARED, "+8613800000001", person="P"))
    (number,) = await world.leads(winter, a_row(2, SHARED))
    (person,) = await world.leads(winter, a_row(3, person="P"))
    rival = {
        "number": world.attempt(number, attempt_id="rival"),
        "lead": world.attempt(mine, number=1, attempt_id="rival"),
        "person": world.attempt(person, attempt_id="rival"),
    }[shared]
    (won,) = await attempts.claim([world.attempt(mine)], "node1")
    assert await attempts.claim([rival], "node2") == []
    await attempts.update(won.attempt_id, ended_at=NOW, outcome=Outcome.BUSY)
    assert await attempts.claim([rival], "node2") == [rival]


async def test_the_database_itself_refuses_it_without_our_claim(world: World) -> None:
    (mine,) = await world.leads(await world.campaign(), a_row(1))
    await world.record.attempts.claim([world.attempt(mine, attempt_id="a1")], "node1")

    async def write_around_the_claim() -> None:
        columns = [column for column in attempt.c if column.name != "id"]
        copy = sa.select(sa.literal("a2"), *columns)
        async with world.record.database.write() as connection:
            await connection.execute(sa.insert(attempt).from_select(["id", *(one.name for one in columns)], copy))

    with pytest.raises(RecordError, match="refused"):
        await write_around_the_claim()


async def test_claims_at_the_same_time_win_each_lead_number_and_person_once(world: World, url: str) -> None:
    autumn, winter = await world.campaign(), await world.campaign()
    leads = await world.leads(autumn, *(a_row(row, person=f"P{row // 2}") for row in range(20)))
    leads += await world.leads(winter, *(a_row(row, person=f"P{row // 2}") for row in range(20)))
    rng = random.Random(7)
    async with Record(url) as other_node:
        claims = []
        for node, record in (("node1", world.record), ("node2", other_node)):
            for _ in range(6):
                batch = [world.attempt(lead) for lead in rng.sample(leads, 15)]
                claims.append(record.attempts.claim(batch, node))
        won = [one for batch in await asyncio.gather(*claims) for one in batch]
    for column in ("e164", "lead_id", "person"):
        values = [getattr(one, column) for one in won]
        assert len(values) == len(set(values))
    still_open = await world.record.attempts.open_attempts()
    assert {row.attempt_id for row in still_open} == {one.attempt_id for one in won}
    persons = {lead.person for lead in leads}
    assert {one.person for one in won} == persons  # with so many claims, somebody got each of them
    attempts = [(await world.record.leads.facts(lead.lead_id, NOW)).lead.attempts for lead in leads]
    assert sum(attempts) == len(won)


async def test_one_batch_cannot_hold_the_same_number_twice(world: World) -> None:
    autumn, winter = await world.campaign(), await world.campaign()
    (first,) = await world.leads(autumn, a_row(1, SHARED))
    (second,) = await world.leads(winter, a_row(2, SHARED))
    won = await world.record.attempts.claim([world.attempt(first), world.attempt(second)], "node1")
    assert len(won) == 1
    assert await world.record.attempts.claim([], "node1") == []


async def test_a_timeline_is_filled_in_as_it_happens(world: World) -> None:
    attempts = world.record.attempts
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await attempts.claim([world.attempt(lead, attempt_id="a1")], "node1")
    await attempts.update("a1", sent_at=NOW, ringing_at=NOW + SECOND)
    await attempts.update("a1", sent_at=None, answered_at=NOW + 2 * SECOND, agent_id="agent1")
    row = await attempts.get("a1")
    assert (row.sent_at, row.ringing_at, row.answered_at) == (NOW, NOW + SECOND, NOW + 2 * SECOND)
    assert (row.agent_id, row.ended_at) == ("agent1", None)


async def test_how_an_attempt_ended_is_told_once_and_the_disposition_may_still_follow(world: World) -> None:
    attempts = world.record.attempts
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await attempts.claim([world.attempt(lead, attempt_id="a1")], "node1")
    end = {"ended_at": NOW, "outcome": Outcome.ANSWERED, "hung_up_by": HungUpBy.AGENT, "cause": 16, "sip_code": None}
    await attempts.update("a1", **end)
    again = {"ended_at": NOW + SECOND, "outcome": Outcome.FAILED, "hung_up_by": HungUpBy.SYSTEM, "cause": 0}
    await attempts.update("a1", **again, sip_code=503, cause_text="late")
    await attempts.update("a1", disposition=Disposition.AGREED, wrapped_up_at=NOW + SECOND, note="好的")
    row = await attempts.get("a1")
    assert (row.ended_at, row.outcome, row.hung_up_by, row.cause) == (NOW, Outcome.ANSWERED, HungUpBy.AGENT, 16)
    assert (row.sip_code, row.cause_text) == (None, None)
    assert (row.disposition, row.wrapped_up_at, row.note) == (Disposition.AGREED, NOW + SECOND, "好的")


async def test_no_attempt_ends_without_an_outcome(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await world.record.attempts.claim([world.attempt(lead, attempt_id="a1")], "node1")
    with pytest.raises(RecordError, match="refused"):
        await world.record.attempts.update("a1", ended_at=NOW)


async def test_many_changes_go_in_together_and_unknown_attempts_are_named(world: World) -> None:
    attempts = world.record.attempts
    first, second = await world.leads(await world.campaign(), a_row(1), a_row(2))
    await attempts.claim([world.attempt(first, attempt_id="a1"), world.attempt(second, attempt_id="a2")], "node1")
    with pytest.raises(NotFoundError, match="ghost"):
        await attempts.update_many({"a2": {"sent_at": NOW}, "ghost": {"sent_at": NOW}, "a1": {"sent_at": NOW}})
    assert [row.sent_at for row in await attempts.open_attempts()] == [NOW, NOW]
    with pytest.raises(ValueError, match="e164"):
        await attempts.update("a1", e164="+8613800000000")
    with pytest.raises(NotFoundError, match="ghost"):
        await attempts.get("ghost")


async def test_what_is_open_is_told_by_node(world: World) -> None:
    attempts = world.record.attempts
    first, second = await world.leads(await world.campaign(), a_row(1), a_row(2))
    await attempts.claim([world.attempt(first, attempt_id="a1")], "node1")
    await attempts.claim([world.attempt(second, attempt_id="a2")], "node2")
    assert [row.attempt_id for row in await attempts.open_attempts()] == ["a1", "a2"]
    assert [row.attempt_id for row in await attempts.open_attempts("node2")] == ["a2"]
    await attempts.update("a2", ended_at=NOW, outcome=Outcome.FAILED)
    assert await attempts.open_attempts("node2") == []


async def test_an_open_attempt_survives_the_loss_of_the_process(world: World, url: str) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await world.record.attempts.claim([world.attempt(lead, attempt_id="a1")], "node1")
    async with Record(url) as restarted:  # the first one was never closed
        assert [row.attempt_id for row in await restarted.attempts.open_attempts("node1")] == ["a1"]


async def test_outcomes_count_what_is_over(world: World) -> None:
    campaign = await world.campaign()
    first, second = await world.leads(campaign, a_row(1), a_row(2))
    await world.called(first, NOW, Outcome.BUSY)
    await world.called(first, NOW + timedelta(hours=1), Outcome.NO_ANSWER)
    await world.called(second, NOW, Outcome.BUSY)
    await world.record.attempts.claim([world.attempt(first)], "node1")
    attempts = world.record.attempts
    assert len(await attempts.of_campaign(campaign.campaign_id)) == 4
    assert await attempts.of_campaign(campaign.campaign_id + 1) == []
    assert await attempts.outcomes(campaign.campaign_id) == {Outcome.BUSY: 2, Outcome.NO_ANSWER: 1}


async def test_a_gap_never_covers_the_agents_word(world: World) -> None:
    campaign = await world.campaign()
    said, unsaid = [await world.called(lead, NOW) for lead in await world.leads(campaign, a_row(1), a_row(2))]
    attempts = world.record.attempts
    await attempts.update(said.attempt_id, disposition=Disposition.AGREED)
    for one in (said, unsaid):
        await attempts.gap(one.attempt_id, NOW + SECOND)
    rows = [await attempts.get(attempt.attempt_id) for attempt in (said, unsaid)]
    assert [(row.disposition, row.wrapped_up_at) for row in rows] == [
        (Disposition.AGREED, None),
        (Disposition.NOT_RECORDED, NOW + SECOND),
    ]


async def test_answer_to_bridge_is_in_milliseconds_shortest_first(world: World) -> None:
    campaign = await world.campaign()
    leads = await world.leads(campaign, *(a_row(row) for row in range(3)))
    attempts = world.record.attempts
    await attempts.claim([world.attempt(lead, attempt_id=f"a{count}") for count, lead in enumerate(leads)], "node1")
    for count, wait_ms in enumerate((120, 6)):
        bridged = NOW + timedelta(milliseconds=wait_ms)
        await attempts.update(f"a{count}", answered_at=NOW, bridged_at=bridged)
    await attempts.update("a2", answered_at=NOW)
    assert await attempts.answer_to_bridge_ms(campaign.campaign_id) == [6.0, 120.0]


async def test_the_newest_come_first_of_a_campaign_or_of_a_lead(world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    leads = await world.leads(campaign, a_row(1), a_row(2))
    (elsewhere,) = await world.leads(other, a_row(3))
    attempts = world.record.attempts
    for count, lead in enumerate((*leads, elsewhere)):
        one = replace(world.attempt(lead, attempt_id=f"a{count}"), queued_at=NOW + count * SECOND)
        await attempts.claim([one], "node1")

    async def ids(campaign_id: int | None = None, lead_id: int | None = None, limit: int = 10) -> list[str]:
        return [row.attempt_id for row in await attempts.latest(campaign_id, lead_id=lead_id, limit=limit)]

    assert await ids() == ["a2", "a1", "a0"]
    assert await ids(limit=1) == ["a2"]
    assert await ids(campaign.campaign_id) == ["a1", "a0"]
    assert await ids(lead_id=leads[0].lead_id) == ["a0"]


async def test_what_was_heard_of_a_number_stays_beside_the_codes(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    attempts = world.record.attempts
    await attempts.claim([world.attempt(lead, attempt_id="a1")], "node1")
    row = await attempts.get("a1")
    assert (row.number_state, row.state_confidence, row.heard, row.line_saved_s) == (None, None, None, None)
    heard = {"number_state": NumberState.OFF, "state_confidence": 0.97, "heard": "powered-off", "line_saved_s": 21.5}
    await attempts.update("a1", ended_at=NOW, outcome=Outcome.POWERED_OFF, sip_code=480, **heard)
    row = await attempts.get("a1")
    assert {name: getattr(row, name) for name in heard} == heard
    assert row.sip_code == 480
    (exported,) = [one async for one in attempts.export()]
    assert {name: exported[name] for name in heard} == heard

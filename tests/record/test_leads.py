from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import NotFoundError
from dialer.core.model import Hold, LeadState
from dialer.record import leads as leads_module
from dialer.record.record import Record

from .world import NOW, SECOND, World, a_row

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.record.campaigns import Campaign


async def _candidates(world: World, campaign: Campaign, limit: int = 100) -> list[str]:
    return [one.lead.key for one in await world.record.leads.candidates(campaign.campaign_id, NOW, limit)]


async def test_candidates_come_best_first(world: World) -> None:
    campaign = await world.campaign()
    rows = [a_row(1), a_row(2, priority=5), a_row(3), a_row(4, priority=5)]
    first, _second, _third, fourth = await world.leads(campaign, *rows)
    await world.record.leads.reschedule(first.lead_id, NOW - SECOND)
    await world.record.leads.reschedule(fourth.lead_id, NOW - timedelta(days=1))
    assert await _candidates(world, campaign) == ["K4", "K2", "K1", "K3"]
    assert await _candidates(world, campaign, limit=2) == ["K4", "K2"]


async def test_candidates_are_due_waiting_and_not_in_flight(world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    rows = [a_row(1), a_row(2), a_row(3), a_row(4), a_row(5, person="P"), a_row(6)]
    later, finished, called, due, same_person, held = await world.leads(campaign, *rows)
    (elsewhere,) = await world.leads(other, a_row(7, person="P"))
    leads = world.record.leads
    await leads.reschedule(later.lead_id, NOW + SECOND)
    await leads.finish(finished.lead_id, "done")
    await leads.hold({held.lead_id: (Hold.CAP_LEAD, NOW + SECOND)})
    await world.record.attempts.claim([world.attempt(called), world.attempt(elsewhere)], "node1")
    found = {one.lead.key: one.in_flight for one in await leads.candidates(campaign.campaign_id, NOW, 10)}
    assert found == {due.key: False, same_person.key: True}  # the second is told apart, so that it can be held
    assert len(await leads.candidates(campaign.campaign_id, NOW + SECOND, 10)) == 4


async def test_candidates_walk_an_index_in_order(tmp_path: Path) -> None:
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record:
        world = World(record)
        (lead,) = await world.leads(await world.campaign(), a_row(1))
        async with record.database.read() as connection:
            queries = [leads_module.due_query(1, NOW, 10), *leads_module.after_queries(1, NOW, 10, lead)]
            plans = [
                str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")).all())
                for query in (
                    one.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True}) for one in queries
                )
            ]
    for plan in plans:
        assert "ix_lead_awake" in plan
        assert "uq_attempt_open_lead_id" in plan
        assert "TEMP B-TREE" not in plan  # nothing is sorted
    _, higher, with_it, later = plans
    assert "priority>?" in higher
    assert "priority=? AND due_at=? AND id>?" in with_it
    assert "priority=? AND due_at>?" in later


async def test_a_look_after_a_lead_goes_on_behind_it_and_begins_anew_at_the_end(world: World) -> None:
    campaign, leads = await world.campaign(), world.record.leads
    await world.leads(campaign, *(a_row(row) for row in range(1, 6)), a_row(6, priority=-1))
    seen, last = [], None
    for _ in range(4):
        found = await leads.candidates(campaign.campaign_id, NOW, 2, last)
        seen.append([one.lead.key for one in found])
        last = found[-1].lead
    assert seen == [["K1", "K2"], ["K3", "K4"], ["K5", "K1"], ["K2", "K3"]]


async def test_a_look_after_a_lead_begins_with_those_of_a_higher_priority_than_it(world: World) -> None:
    campaign, leads = await world.campaign(), world.record.leads
    await world.leads(campaign, *(a_row(row) for row in range(1, 6)), a_row(6, priority=-1))
    last = (await leads.candidates(campaign.campaign_id, NOW, 3))[-1].lead
    (urgent,) = await world.leads(campaign, a_row(7, priority=9))
    found = await leads.candidates(campaign.campaign_id, NOW, 3, last)
    assert [one.lead.key for one in found] == ["K7", "K4", "K5"]  # and it goes on where it was
    everything = await leads.candidates(campaign.campaign_id, NOW, 100, last)
    assert [one.lead.key for one in everything] == ["K7", "K4", "K5", "K1", "K2", "K3", "K6"]
    found = await leads.candidates(campaign.campaign_id, NOW, 3, everything[0].lead)
    assert [one.lead.key for one in found] == ["K7", "K1", "K2"]
    await leads.finish(urgent.lead_id, "done")
    assert len(await leads.candidates(campaign.campaign_id, NOW, 100, urgent)) == 6


async def test_a_look_goes_on_with_those_that_were_due_later(world: World) -> None:
    campaign, leads = await world.campaign(), world.record.leads
    found = await world.leads(campaign, *(a_row(row) for row in range(1, 5)))
    await leads.reschedule(found[0].lead_id, NOW + SECOND)
    later = NOW + 2 * SECOND
    order, last = [], None
    for _ in range(3):
        (one, two) = await leads.candidates(campaign.campaign_id, later, 2, last)
        order += [one.lead.key, two.lead.key]
        last = two.lead
    assert order == ["K2", "K3", "K4", "K1", "K2", "K3"]


async def test_whoever_is_due_later_stands_in_nobodys_way_and_wakes_in_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leads_module, "_WOKEN_AT_ONCE", 2)
    campaign, leads = await world.campaign(), world.record.leads
    found = await world.leads(campaign, *(a_row(row, priority=row) for row in range(1, 6)))
    for lead in found[1:]:
        await leads.reschedule(lead.lead_id, NOW + SECOND)
    assert await _candidates(world, campaign) == ["K1"]
    later = NOW + 2 * SECOND
    # The best of those that wake together wake first, a few at each look.
    looks = [[one.lead.key for one in await leads.candidates(campaign.campaign_id, later, 9)] for _ in range(2)]
    assert looks == [["K5", "K4", "K1"], ["K5", "K4", "K3", "K2", "K1"]]


async def test_a_release_wakes_the_held_and_lets_the_later_sleep(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads_module, "_WOKEN_AT_ONCE", 2)
    campaign, leads = await world.campaign(), world.record.leads
    later, *held = await world.leads(campaign, *(a_row(row) for row in range(1, 7)))
    await leads.reschedule(later.lead_id, NOW + timedelta(days=1))
    await leads.hold({lead.lead_id: (Hold.OUTSIDE_WINDOW, NOW + timedelta(hours=6)) for lead in held})
    await leads.release(campaign.campaign_id)
    assert await _candidates(world, campaign) == [lead.key for lead in held]


async def test_what_holds_leads_is_counted_without_reading_them(tmp_path: Path) -> None:
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record, record.database.read() as connection:
        plans = [
            str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}")).all())
            for query in (
                "SELECT state, hold, count(*) FROM lead WHERE campaign_id = 1 GROUP BY state, hold",
                "SELECT id FROM lead WHERE campaign_id = 1 AND held_until <= '2026' ORDER BY held_until, priority DESC",
            )
        ]
    assert "COVERING INDEX ix_lead_holds" in plans[0]
    assert "ix_lead_asleep" in plans[1]
    assert not any("TEMP B-TREE" in plan for plan in plans)


async def test_a_rescheduled_lead_waits_for_its_time_and_number(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1, "+8613800000001", "+8613800000002"))
    second = lead.numbers[1].number_id
    leads = world.record.leads
    await leads.finish(lead.lead_id, "refused")
    found = (await leads.facts(lead.lead_id, NOW)).lead
    assert (found.state, found.finished_because, found.due_at) == (LeadState.FINISHED, "refused", None)
    await leads.reschedule(lead.lead_id, NOW + SECOND, second)
    found = (await leads.facts(lead.lead_id, NOW)).lead
    assert (found.state, found.finished_because) == (LeadState.WAITING, None)
    assert (found.due_at, found.due_number_id) == (NOW + SECOND, second)


async def test_a_dead_number_is_dead(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1, "+8613800000001", "+8613800000002"))
    await world.record.leads.kill_number(lead.numbers[0].number_id)
    found = (await world.record.leads.facts(lead.lead_id, NOW)).lead
    assert [number.dead for number in found.numbers] == [True, False]


async def test_what_is_not_there_is_named(world: World) -> None:
    leads = world.record.leads
    with pytest.raises(NotFoundError, match="no lead 77"):
        await leads.facts(77, NOW)
    with pytest.raises(NotFoundError, match="no lead 77"):
        await leads.reschedule(77, NOW)
    with pytest.raises(NotFoundError, match="no number 77"):
        await leads.kill_number(77)


async def test_held_leads_let_others_come_forward_until_released(world: World) -> None:
    campaign = await world.campaign()
    first, second = await world.leads(campaign, a_row(1, priority=9), a_row(2))
    leads = world.record.leads
    await leads.hold({first.lead_id: (Hold.OUTSIDE_WINDOW, NOW + timedelta(hours=6))})
    await leads.hold({})
    assert await _candidates(world, campaign, limit=1) == [second.key]
    assert (await leads.facts(first.lead_id, NOW)).lead.due_at == NOW
    await leads.release(campaign.campaign_id)
    assert await _candidates(world, campaign, limit=1) == [first.key]


async def test_waiting_facts_page_through_all_that_wait(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leads_module, "_CHUNK", 2)
    campaign = await world.campaign()
    found = await world.leads(campaign, *(a_row(row) for row in range(1, 8)))
    leads = world.record.leads
    await leads.finish(found[2].lead_id, "done")
    await leads.reschedule(found[3].lead_id, NOW + timedelta(days=9))
    await world.record.attempts.claim([world.attempt(found[4])], "node1")
    seen = [one async for one in leads.waiting_facts(campaign.campaign_id, NOW, 100)]
    assert [one.lead.key for one in seen] == ["K1", "K2", "K4", "K5", "K6", "K7"]
    assert [one.in_flight for one in seen] == [False, False, False, True, False, False]
    assert len([one async for one in leads.waiting_facts(campaign.campaign_id, NOW, 3)]) == 3


@pytest.mark.parametrize("text", ["{id}", " C-77 ", "+8613800000001", "13800000001", "138-0000-0001", "0000001"])
async def test_a_lead_is_found_by_id_key_or_number(world: World, text: str) -> None:
    _other, lead = await world.leads(await world.campaign(), a_row(2), a_row(3, "+8613800000001", key="C-77"))
    assert await world.record.leads.find(text.format(id=lead.lead_id)) == [lead.lead_id]


@pytest.mark.parametrize("text", ["", "C-78", "000001", "%", "9" * 40])
async def test_nothing_is_found_by_what_fits_no_lead(world: World, text: str) -> None:
    await world.leads(await world.campaign(), a_row(3, "+8613800000001", key="C-77"))
    assert await world.record.leads.find(text) == []


async def test_who_sleeps_until_when_is_counted(world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    leads = await world.leads(campaign, *map(a_row, range(1, 8)))
    (stranger,) = await world.leads(other, a_row(8))
    hour = timedelta(hours=1)
    for lead, after in zip([*leads, stranger], [1, 1, 1, 2, 80, 0, 0, 1], strict=True):
        if after:
            await world.record.leads.reschedule(lead.lead_id, NOW + after * hour)
    await world.record.leads.hold({leads[5].lead_id: (Hold.OUTSIDE_WINDOW, NOW + hour)})
    counts = await world.record.leads.due_counts(campaign.campaign_id, NOW, NOW + 72 * hour)
    assert counts == {NOW + hour: 3, NOW + 2 * hour: 1}

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from dialer.core.model import Disposition, NumberState, Outcome
from dialer.record import search as search_module
from dialer.record.audit import AuditLine
from dialer.record.record import Record
from dialer.record.recordings import Measured
from dialer.record.schema import attempt
from dialer.record.search import Wanted

from .bulk import Made, call, import_list
from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from dialer.record.campaigns import Campaign
    from dialer.record.search import Place

    from .world import World

HOUR = timedelta(hours=1)


async def made(world: World, campaign: Campaign, calls: Sequence[Made], prefix: str) -> None:
    """One lead for each call; the attempts are PREFIX000000 and so on, in their order."""
    numbers = [f"+861{prefix_digit(prefix)}{place:09}" for place in range(len(calls))]
    leads = await import_list(world.record, campaign, f"list {prefix}", numbers, NOW)
    await call(world.record, campaign, list(zip(leads, calls, strict=True)), prefix=prefix)


def prefix_digit(prefix: str) -> int:
    return 3 + ord(prefix[0]) % 6


async def walked(world: World, wanted: Wanted, limit: int) -> list[str]:
    """The ids of all pages, one after the other."""
    ids: list[str] = []
    after: Place | None = None
    while page := await world.record.search.attempts(wanted, limit, after):
        ids += [one.attempt_id for one in page]
        after = page[-1].place
    return ids


@pytest.mark.parametrize("most_walks", [100, 1])
@pytest.mark.parametrize("limit", [1, 3, 50])
async def test_pages_hold_every_attempt_once_newest_first_also_those_of_one_instant(
    world: World, monkeypatch: pytest.MonkeyPatch, most_walks: int, limit: int
) -> None:
    monkeypatch.setattr(search_module, "_MOST_WALKS", most_walks)
    one, other, _empty = await world.campaign(), await world.campaign(), await world.campaign()
    times = [NOW + (place // 4) * SECOND for place in range(9)]
    await made(world, one, [Made(at, Outcome.BUSY) for at in times], "a")
    await made(world, other, [Made(at, Outcome.BUSY) for at in times], "b")
    expected = sorted(
        ((times[place], f"{prefix}{place:06}") for place in range(9) for prefix in "ab"),
        reverse=True,
    )
    assert await walked(world, Wanted(), limit) == [attempt_id for _at, attempt_id in expected]
    of_one = [attempt_id for _at, attempt_id in expected if attempt_id.startswith("a")]
    assert await walked(world, Wanted(campaign_id=one.campaign_id), limit) == of_one
    within = Wanted(since=NOW + SECOND, until=NOW + 2 * SECOND)
    assert await walked(world, within, limit) == [i for at, i in expected if at == NOW + SECOND]


FIVE = [
    Made(NOW, Outcome.ANSWERED, 18.0, agent_id="agent1", disposition=Disposition.AGREED),
    Made(NOW + SECOND, Outcome.ANSWERED, 18.5, agent_id="agent2", disposition=Disposition.REFUSED),
    Made(NOW + 2 * SECOND, Outcome.POWERED_OFF, state=NumberState.OFF),
    Made(NOW + 3 * SECOND, Outcome.NO_ANSWER, agent_id="agent1"),
    Made(NOW + 4 * SECOND, Outcome.ANSWERED, 700.0, agent_id="agent1"),
]


@pytest.mark.parametrize(
    ("wanted", "which"),
    [
        (Wanted(), [4, 3, 2, 1, 0]),
        (Wanted(agents={"agent1"}), [4, 3, 0]),
        (Wanted(agents=frozenset()), []),
        (Wanted(outcome=Outcome.ANSWERED), [4, 1, 0]),
        (Wanted(disposition=Disposition.REFUSED), [1]),
        (Wanted(number_state=NumberState.OFF), [2]),
        (Wanted(longer_than_s=18), [4, 1]),
        (Wanted(longer_than_s=0), [4, 1, 0]),
        (Wanted(has_recording=True), [0]),
        (Wanted(has_recording=False), [4, 3, 2, 1]),
        (Wanted(since=NOW + SECOND, until=NOW + 3 * SECOND), [2, 1]),
        (Wanted(campaign_id=999), []),
        (Wanted(agents={"agent1", "agent2"}, outcome=Outcome.ANSWERED, longer_than_s=18, has_recording=False), [4, 1]),
    ],
)
async def test_what_is_asked_for_is_found_and_nothing_else(world: World, wanted: Wanted, which: list[int]) -> None:
    await made(world, await world.campaign(), FIVE, "a")
    await world.record.recordings.stored("a000000", "c/a0.wav", Measured(17.5, 280_044, "ab", -20.5, None), NOW)
    await world.record.recordings.missing("a000001", "the disk was full", NOW)
    assert await walked(world, wanted, 2) == [f"a{place:06}" for place in which]


async def test_a_row_has_what_a_list_shows(world: World) -> None:
    campaign = await world.campaign("秋季")
    await made(world, campaign, FIVE[:1], "a")
    await world.record.recordings.stored("a000000", "c/a0.wav", Measured(17.5, 280_044, "ab", -20.5, -31.0), NOW)
    await world.record.attempts.update("a000000", reason="price", note="太贵了")
    (found,) = await world.record.search.attempts(Wanted(), 10)
    assert (found.campaign_id, found.campaign, found.name) == (campaign.campaign_id, "秋季", "王小明")
    assert (found.outcome, found.disposition, found.reason, found.note) == ("ANSWERED", "AGREED", "price", "太贵了")
    assert (found.talk_s, found.recording_state, found.recording_duration_s) == (18.0, "STORED", 17.5)
    assert (found.level_left_dbfs, found.level_right_dbfs, found.place) == (-20.5, -31.0, (NOW, "a000000"))


async def test_a_talk_that_goes_on_has_no_length_yet(world: World) -> None:
    (lead,) = await world.leads(await world.campaign(), a_row(1))
    await world.record.attempts.claim([replace(world.attempt(lead), attempt_id="a1")], "node1")
    await world.record.attempts.update("a1", bridged_at=NOW)
    assert [one.talk_s for one in await world.record.search.attempts(Wanted(), 10)] == [None]
    assert await world.record.search.attempts(Wanted(longer_than_s=0), 10) == []


async def test_leads_are_found_by_their_keys_in_their_own_campaign(world: World) -> None:
    campaign, other = await world.campaign(), await world.campaign()
    mine, _second = await world.leads(campaign, a_row(1, key="A"), a_row(2, key="B"))
    await world.leads(other, a_row(3, key="C"))
    assert await world.record.search.leads_by_key(campaign.campaign_id, {"A", "C", "D"}) == {"A": mine.lead_id}


async def test_a_look_is_written_down_once_in_its_time_even_when_asked_for_in_parts_at_once(world: World) -> None:
    search, audit = world.record.search, world.record.audit

    def look(minutes: int, who: str = "user:ada", subject: str = "a1") -> AuditLine:
        return AuditLine(NOW + timedelta(minutes=minutes), who, "recording heard", subject)

    await asyncio.gather(*(search.looked(look(0), every=HOUR) for _ in range(4)))
    await search.looked(look(59), every=HOUR)
    assert len(await audit.latest()) == 1
    for line in (look(59, who="user:bob"), look(59, subject="a2"), look(61)):
        await search.looked(line, every=HOUR)
        assert (await audit.latest(1)) == [line]
    await search.looked(look(62))
    assert (await audit.latest(1)) == [look(62)]


async def test_a_campaigns_attempts_are_walked_on_their_index_and_never_sorted(tmp_path: Path) -> None:
    behind = sa.tuple_(attempt.c.queued_at, attempt.c.id) < sa.tuple_(sa.literal(NOW), sa.literal("a1"))
    busy = (attempt.c.campaign_id == 1) & (attempt.c.outcome == Outcome.BUSY) & (attempt.c.queued_at >= NOW - HOUR)
    query = search_module.walk_query(busy & behind, 50)
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record, record.database.read() as connection:
        said = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
        plan = str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}")).all())
    assert "ix_attempt_campaign (campaign_id=? AND queued_at>? AND (queued_at,id)<(?,?))" in plan
    assert "TEMP B-TREE" not in plan

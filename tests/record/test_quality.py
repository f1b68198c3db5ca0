from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from dialer.core.band import AnswerBand, Position, judge
from dialer.core.causes import Action, Cause
from dialer.core.cube import By, Calls
from dialer.core.errors import NotFoundError
from dialer.core.model import Disposition, HungUpBy, NumberState, Outcome
from dialer.record.quality import Asked, ListRow, Quality, chosen, over
from dialer.record.record import Record
from dialer.record.schema import attempt, campaign

from .bulk import Made, call, import_list
from .world import NOW, SECOND

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.core.causes import Counts
    from dialer.record.campaigns import Campaign

    from .world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=SHANGHAI)


async def counted(record: Record, whose: Campaign, since: datetime | None = None, **more: Any) -> Counts:
    quality, until = Quality(record.database), NOW + timedelta(days=2)
    asked = Asked(whose.campaign_id, since, until, SHANGHAI, "86")._replace(**more)
    return await quality.counts(asked, await quality.callers(since, until))


def numbers(count: int, first: int = 0) -> list[str]:
    return [f"+86138{place:08}" for place in range(first, first + count)]


async def test_every_call_is_counted_for_what_it_was(world: World, record: Record) -> None:
    autumn = await world.campaign()
    leads = await import_list(record, autumn, "autumn", numbers(14), NOW)
    persons = [
        Made(NOW, Outcome.ANSWERED, 18.5, disposition=Disposition.AGREED, agent_id="agent1"),
        Made(NOW, Outcome.ANSWERED, 18.0, disposition=Disposition.REFUSED, agent_id="agent1"),
        Made(NOW, Outcome.ANSWERED, 4.0, hung_up_by=HungUpBy.CUSTOMER, agent_id="agent2"),
        Made(NOW, Outcome.ANSWERED, 30.0, disposition=Disposition.MACHINE, agent_id="agent2"),
    ]
    dead = [Made(NOW, word) for word in (Outcome.INVALID, Outcome.SUSPENDED, Outcome.POWERED_OFF)]
    away = [Made(NOW, word) for word in (Outcome.CONGESTION, Outcome.FAILED, Outcome.REJECTED)]
    away += [Made(NOW, Outcome.NO_ANSWER, rang_s=2.0)]
    others = [
        Made(NOW, Outcome.NO_ANSWER, rang_s=2.0, hung_up_by=HungUpBy.SYSTEM),
        Made(NOW, Outcome.CANCELLED),
        Made(NOW, Outcome.FAILED, sent=False),
    ]
    await call(record, autumn, list(zip(leads, persons + dead + away + others, strict=True)))
    counts = await counted(record, autumn)
    assert counts.cube.total == Calls(
        attempts=12, answered=3, talks=3, long_talks=1, dropped=1, agreed=1, dead=3, turned_away=4
    )
    assert counts.agents["agent1"] == Calls(2, 2, 2, 1, 0, 1, 0, 0)
    assert counts.agents["agent2"].talks == 1
    assert counts.outcomes[Outcome.ANSWERED] == 4
    assert Outcome.CANCELLED not in counts.outcomes


async def test_an_abandoned_person_answered_and_a_flow_is_a_talk(world: World, record: Record) -> None:
    autumn = await world.campaign()
    leads = await import_list(record, autumn, "autumn", numbers(2), NOW)
    calls = [Made(NOW, Outcome.ABANDONED, 3.0), Made(NOW, Outcome.ANSWERED, 25.0)]
    await call(record, autumn, list(zip(leads, calls, strict=True)))
    async with record.database.write() as connection:
        unbridged = {"bridged_at": None, "unbridged_at": None}
        await connection.execute(sa.update(attempt).values(unbridged))
        flow = sa.update(attempt).where(attempt.c.outcome == Outcome.ANSWERED).values(flow_at=attempt.c.answered_at)
        await connection.execute(flow)
    total = (await counted(record, autumn)).cube.total
    assert (total.answered, total.talks, total.long_talks) == (2, 1, 1)


async def test_calls_are_grouped_by_all_that_may_explain_them(world: World, record: Record) -> None:
    autumn = await world.campaign()
    (one,) = await import_list(record, autumn, "autumn", ["+8613800000001"], NOW)
    (two,) = await import_list(record, autumn, "winter", ["+8613911110001"], NOW)
    late = datetime(2026, 11, 23, 23, 59, 59, tzinfo=SHANGHAI)
    calls = [
        (one, Made(MORNING, Outcome.BUSY)),
        (one, Made(late, Outcome.BUSY, caller_id="+862155550001")),
        (two, Made(late + SECOND, Outcome.INVALID, state=NumberState.CHANGED_NUMBER)),
    ]
    await call(record, autumn, calls)
    counts = await counted(record, autumn)

    def attempts(by: By) -> dict[str, int]:
        return {key: each.attempts for key, each in counts.cube.by(by).items()}

    assert {counts.lists[key]: each for key, each in attempts(By.LIST).items()} == {"autumn": 2, "winter": 1}
    assert attempts(By.PREFIX) == {"+86138": 2, "+86139": 1}
    assert attempts(By.HOUR) == {"00": 1, "09": 1, "23": 1}
    assert attempts(By.CALLER_ID) == {"+862155550000": 2, "+862155550001": 1}
    assert {day: each.attempts for day, each in counts.days.items()} == {"2026-11-23": 2, "2026-11-24": 1}
    assert counts.states == {NumberState.CHANGED_NUMBER: 1}
    assert sorted(counts.calls_each.values()) == [1.0, 2.0]


async def test_what_was_heard_and_not_believed_is_unknown(world: World, record: Record) -> None:
    autumn = await world.campaign()
    leads = await import_list(record, autumn, "autumn", numbers(3), NOW)
    heard = [
        Made(NOW, Outcome.NO_ANSWER, state=NumberState.INVALID),
        Made(NOW, Outcome.NO_ANSWER, state=NumberState.RINGING),
        Made(NOW, Outcome.POWERED_OFF, state=NumberState.OFF),
    ]
    await call(record, autumn, list(zip(leads, heard, strict=True)))
    states = (await counted(record, autumn)).states
    assert states == {NumberState.UNKNOWN: 1, NumberState.RINGING: 1, NumberState.OFF: 1}


async def test_only_the_time_that_is_asked_for_counts(world: World, record: Record) -> None:
    autumn, other = await world.campaign(), await world.campaign()
    (one,) = await import_list(record, autumn, "autumn", numbers(1), NOW)
    (stranger,) = await import_list(record, other, "winter", numbers(1, 50), NOW)
    assert (await counted(record, autumn)).cube.total == Calls()
    at = [NOW - SECOND, NOW, NOW + timedelta(days=2)]
    await call(record, autumn, [(one, Made(moment, Outcome.INVALID)) for moment in at])
    elsewhere = Made(NOW, Outcome.CONGESTION, caller_id="+862155559999")
    await call(record, other, [(stranger, elsewhere)], prefix="b")
    counts = await counted(record, autumn, since=NOW)
    assert counts.cube.total.attempts == 1
    assert counts.elsewhere[By.CALLER_ID] == {"+862155559999": Calls(attempts=1, turned_away=1)}
    assert counts.elsewhere[By.TRUNK] == {}  # it is the campaign's own too


async def test_segments_are_of_enough_calls(world: World, record: Record) -> None:
    autumn = await world.campaign()
    leads = await import_list(record, autumn, "autumn", [*numbers(25), "+8613900000001"], NOW)
    await call(record, autumn, [(each, Made(NOW, Outcome.INVALID)) for each in leads])
    counts = await counted(record, autumn)
    assert {key: each.dead for key, each in counts.segments.items()} == {"+861380000": 25}


async def test_a_list_with_a_bad_tenth_is_found_out(world: World, record: Record) -> None:
    autumn, draw = await world.campaign(), Random(3)
    for place in range(10):
        leads = await import_list(record, autumn, f"part {place}", numbers(120, 200 * place), NOW)
        calls = []
        for each in leads:
            at = MORNING + timedelta(minutes=draw.randrange(600))
            if draw.random() < (0.65 if place == 6 else 0.06):
                calls.append((each, Made(at, Outcome.INVALID, rang_s=1.0, sip_code=404)))
            elif draw.random() < 0.3:
                calls.append((each, Made(at, Outcome.ANSWERED, draw.uniform(5, 90))))
            else:
                calls.append((each, Made(at, Outcome.NO_ANSWER)))
        await call(record, autumn, calls, prefix=f"{place}-")
    counts = await counted(record, autumn)
    finding = judge(counts, AnswerBand(lower=0.3, upper=0.5))
    assert finding.position is Position.BELOW
    (likely,) = finding.causes
    assert (likely.cause, likely.by, counts.lists[likely.key or ""]) == (Cause.BAD_LIST, By.LIST, "part 6")
    assert likely.evidence.startswith("list 'part 6' (7): ")
    assert finding.actions == (Action.FEEDBACK_FILE,)


async def test_marks_are_set_once_and_taken_back(world: World, record: Record) -> None:
    autumn, quality = await world.campaign(), Quality(record.database)
    for name in ("autumn", "winter"):
        await import_list(record, autumn, name, numbers(1, len(name) * 10 + ord(name[0])), NOW)
    first, second = await quality.lists(autumn.campaign_id)
    assert await quality.mark_prime([first.list_id], [second.list_id], NOW) == [first.list_id]
    assert await quality.mark_prime([first.list_id], [], NOW + SECOND) == []
    assert [row.prime_since for row in await quality.lists(autumn.campaign_id)] == [NOW, None]
    assert await quality.mark_prime([], [first.list_id], NOW) == [first.list_id]
    assert [row.prime_since for row in await quality.lists(autumn.campaign_id)] == [None, None]


async def test_the_last_finding_is_remembered_by_campaign(record: Record) -> None:
    quality = Quality(record.database)
    assert await quality.last_noted("autumn") is None
    await quality.note("autumn", "one", NOW)
    await quality.note("winter", "other", NOW)
    await quality.note("autumn", "two", NOW)
    assert await quality.last_noted("autumn") == "two"


def test_lists_are_chosen_by_name_file_or_id() -> None:
    rows = [
        ListRow(1, "autumn", "a.csv", None),
        ListRow(2, "winter", "b.csv", None),
        ListRow(3, "autumn", "c.csv", None),
    ]
    assert chosen(rows, None) is None
    assert chosen(rows, "autumn") == [1, 3]
    assert chosen(rows, "b.csv") == chosen(rows, "2") == [2]
    with pytest.raises(
        NotFoundError, match="there is no list 'spring' in this campaign; there are: 'autumn', 'winter'"
    ):
        chosen(rows, "spring")


async def test_calls_are_found_on_the_index_of_a_campaign_s_attempts(tmp_path: Path) -> None:
    ours, everybody = attempt.c.campaign_id == 1, attempt.c.campaign_id.in_(sa.select(campaign.c.id))
    async with Record(f"sqlite:///{tmp_path / 'record.db'}") as record, record.database.read() as connection:
        for whose in (ours, everybody):
            query = sa.select(sa.func.count()).select_from(attempt).where(over(whose, NOW, NOW + SECOND))
            said = query.compile(dialect=connection.dialect, compile_kwargs={"literal_binds": True})
            plan = str((await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}")).all())
            assert "ix_attempt_campaign (campaign_id=? AND queued_at>? AND queued_at<?)" in plan

"""What calls came to, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from dialer.core.model import AgentState, Disposition, Outcome
from dialer.record.reports import AskedReport, Came, GroupBy

from .world import NOW, SECOND, a_row

if TYPE_CHECKING:
    from .world import World

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
LIMIT_S = 2.0


async def call(world: World, lead: Any, at: Any = NOW, **values: Any) -> None:
    """One attempt that was sent and is over."""
    made = world.attempt(lead)
    await world.record.attempts.claim([type(made)(**{**_fields(made), "queued_at": at})], "node1")
    outcome = values.pop("outcome", Outcome.NO_ANSWER)
    await world.record.attempts.update(
        made.attempt_id, sent_at=at, ended_at=at + 60 * SECOND, outcome=outcome, **values
    )


def _fields(made: Any) -> dict[str, Any]:
    return {name: getattr(made, name) for name in made.__dataclass_fields__}


def talk(seconds: float, waited_s: float = 1, at: Any = NOW) -> dict[str, Any]:
    bridged = at + timedelta(seconds=waited_s)
    times = {"answered_at": at, "bridged_at": bridged, "unbridged_at": bridged + timedelta(seconds=seconds)}
    return {"outcome": Outcome.ANSWERED, **times}


async def lines(world: World, by: GroupBy, **more: Any) -> dict[str, Came]:
    asked = AskedReport(by, NOW - DAY, NOW + DAY, SHANGHAI, **more)
    limits_s = {one.campaign_id: LIMIT_S for one in await world.record.campaigns.all()}
    return {line.key: line.came for line in await world.record.reports.lines(asked, limits_s)}


async def test_each_call_is_counted_as_what_it_was(world: World) -> None:
    campaign = await world.campaign()
    leads = await world.leads(campaign, *(a_row(row) for row in range(1, 9)))
    agreed, refused, back = Disposition.AGREED, Disposition.REFUSED, Disposition.CALL_BACK
    await call(world, leads[0])
    await call(world, leads[1], outcome=Outcome.MACHINE, answered_at=NOW)
    await call(world, leads[2], outcome=Outcome.ABANDONED, answered_at=NOW)
    await call(world, leads[3], **talk(18.0), agent_id="ann", disposition=refused)
    await call(world, leads[4], **talk(19.5), agent_id="ann", disposition=agreed)
    await call(world, leads[5], **talk(30, waited_s=LIMIT_S + 1), agent_id="bo", disposition=back)  # too late
    await call(world, leads[6], **talk(5), agent_id="bo", disposition=Disposition.MACHINE)  # the agent heard one
    came = Came(7, 4, 3, 2, 1, 1, 1, 2, 67.5)
    assert await lines(world, GroupBy.CAMPAIGN) == {str(campaign.campaign_id): came}
    by_agent = await lines(world, GroupBy.AGENT)
    assert (by_agent["ann"], by_agent["bo"].bridged, by_agent[""].placed) == (Came(2, 2, 2, 1, 1, 1, 0, 0, 37.5), 1, 3)
    by_team = await lines(world, GroupBy.TEAM, teams={"ann": "north"}, agents={"ann", "bo"})
    assert {key: one.placed for key, one in by_team.items()} == {"north": 2, "": 2}
    assert set((await lines(world, GroupBy.LIST)).values()) == {came}


async def test_hours_and_days_are_those_of_the_zone(world: World) -> None:
    leads = await world.leads(await world.campaign(), a_row(1), a_row(2), a_row(3))
    late = NOW.replace(hour=15, minute=59)  # 23:59 in Shanghai
    for lead, at in zip(leads, (NOW, late, late + 60 * SECOND), strict=True):
        await call(world, lead, at)
    assert {day: one.placed for day, one in (await lines(world, GroupBy.DAY)).items()} == {
        "2026-11-23": 2,
        "2026-11-24": 1,
    }
    by_hour = {hour: one.placed for hour, one in (await lines(world, GroupBy.HOUR)).items()}
    assert by_hour == {"10": 1, "23": 1, "00": 1}


async def test_what_is_outside_the_time_or_of_another_campaign_is_not_counted(world: World) -> None:
    first, second = await world.campaign(), await world.campaign()
    (ours,) = await world.leads(first, a_row(1))
    (theirs,) = await world.leads(second, a_row(2))
    await call(world, ours)
    await call(world, theirs)
    await call(world, ours, NOW - 2 * DAY)
    await call(world, theirs, NOW + DAY)
    found = await lines(world, GroupBy.CAMPAIGN, campaign_id=first.campaign_id)
    assert {key: one.placed for key, one in found.items()} == {str(first.campaign_id): 1}


async def test_occupancy_is_of_the_time_at_work_and_pauses_are_none(world: World) -> None:
    states = (AgentState.READY, AgentState.TALKING, AgentState.WRAP_UP, AgentState.PAUSED, AgentState.OFFLINE)
    entries = [("ann", state, NOW + timedelta(minutes=10 * turn), None, None) for turn, state in enumerate(states)]
    await world.record.agents.enter_many(entries)
    asked = AskedReport(GroupBy.AGENT, NOW - DAY, NOW + DAY, SHANGHAI)
    (line,) = await world.record.reports.lines(asked, {})
    assert line.occupancy is not None
    assert abs(line.occupancy - 2 / 3) < 1e-6
    (line,) = await world.record.reports.lines(AskedReport(GroupBy.AGENT, NOW, NOW + 600 * SECOND, SHANGHAI), {})
    assert line.occupancy == 0

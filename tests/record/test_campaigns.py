from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import ConflictError, InputError, NotFoundError
from dialer.core.model import CampaignStatus, Outcome, PacingMode
from dialer.core.plan import CampaignPlan, Caps, DayKind, Pacing, RetryRule, Window

from .world import NOW, SECOND

if TYPE_CHECKING:
    from dialer.record.record import Record

    from .world import World


async def test_a_new_campaign_is_paused_and_keeps_its_whole_plan(record: Record) -> None:
    plan = CampaignPlan(
        name="秋季回访",
        trunk="carrier",
        caller_id="+862155550000",
        skills=frozenset({"zh", "sales"}),
        starts_on=date(2026, 11, 1),
        windows=(Window(days=(DayKind.MAKEUP, DayKind.SAT)),),
        calendar_overrides={date(2026, 12, 31): DayKind.HOLIDAY},
        caps=Caps(per_number=1),
        retries={Outcome.BUSY: RetryRule(delay_s=60, maximum=1)},
    )
    created = await record.campaigns.create(plan, NOW)
    assert created.status is CampaignStatus.PAUSED
    assert await record.campaigns.get("秋季回访") == created
    assert created.plan == plan


async def test_a_name_is_given_once(world: World) -> None:
    await world.campaign("autumn")
    with pytest.raises(ConflictError, match="autumn"):
        await world.campaign("autumn")


async def test_a_campaign_is_found_by_name_or_id_and_a_name_wins_over_an_id(world: World) -> None:
    campaigns = world.record.campaigns
    first = await world.campaign("autumn")
    numeric = await world.campaign(str(first.campaign_id))
    assert await campaigns.get(first.campaign_id) == first
    assert await campaigns.get(str(numeric.campaign_id)) == numeric
    assert await campaigns.get(str(first.campaign_id)) == numeric


@pytest.mark.parametrize("name", ["winter", "77", "9" * 40, 77])
async def test_a_campaign_that_is_not_there_is_named(record: Record, name: str | int) -> None:
    with pytest.raises(NotFoundError, match=str(name)):
        await record.campaigns.get(name)


async def test_status_and_pacing_change_with_a_line_in_the_audit(world: World) -> None:
    campaigns = world.record.campaigns
    first, second = await world.campaign("autumn"), await world.campaign("winter")
    await campaigns.set_status(first.campaign_id, CampaignStatus.RUNNING, NOW + SECOND, "li")
    await campaigns.set_pacing(first.campaign_id, Pacing(mode=PacingMode.RATIO, ratio=2), NOW + 2 * SECOND, "wang")
    changed = await campaigns.get("autumn")
    assert (changed.status, changed.plan.pacing.ratio) == (CampaignStatus.RUNNING, 2)
    assert changed.plan.caps == first.plan.caps
    assert [one.name for one in await campaigns.running()] == ["autumn"]
    assert [one.name for one in await campaigns.all()] == ["autumn", second.name]
    pacing, status, *_created = await world.record.audit.latest()
    assert (status.who, status.subject, status.detail) == ("li", "autumn", "PAUSED -> RUNNING")
    assert (pacing.who, pacing.at) == ("wang", NOW + 2 * SECOND)


async def test_the_answer_band_is_changed_and_taken_away(world: World) -> None:
    campaigns, made = world.record.campaigns, await world.campaign("autumn")
    changed = await campaigns.set_band(made.campaign_id, {"lower": 0.2, "upper": 0.5}, NOW, "li")
    assert changed.plan.answer_band is not None
    assert (await campaigns.get("autumn")).plan == changed.plan
    for wrong, key in (({"lower": 0.5, "upper": 0.2}, "lower"), ({"lower": 0.1, "top": 1}, "top"), ("high", "band")):
        with pytest.raises(InputError, match=key):
            await campaigns.set_band(made.campaign_id, wrong, NOW, "li")
    assert (await campaigns.set_band(made.campaign_id, None, NOW, "li")).plan == made.plan
    newest = (await world.record.audit.latest(limit=1))[0]
    assert (newest.who, newest.what, newest.subject) == ("li", "campaign answer band", "autumn")


async def test_a_campaign_that_is_not_there_cannot_be_changed(record: Record) -> None:
    with pytest.raises(NotFoundError):
        await record.campaigns.set_status(5, CampaignStatus.RUNNING, NOW, "li")
    assert await record.audit.latest() == []

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from dialer.campaign import CampaignLoop
from dialer.core.abandonment import LegalWindow, WindowKind
from dialer.core.call import WITHDRAWN
from dialer.core.model import Outcome, PacingMode
from dialer.core.plan import Law, Pacing
from dialer.core.predictive import RING_FLOOR_S
from dialer.pacemaker import Pacemaker
from dialer.record.decisions import DecisionRow
from dialer.record.schema import attempt

from .fakes.centre import Centre
from .fakes.virtual_time import until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.core.model import Lead
    from dialer.core.pacing import Decision
    from dialer.record.campaigns import Campaign

pytestmark = pytest.mark.virtual_time

AGENTS = ("agent1", "agent2", "agent3")
PREDICTIVE = Pacing(mode=PacingMode.PREDICTIVE)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, dict.fromkeys(AGENTS, ()), channels=60) as opened:
        yield opened


@pytest.fixture
async def campaign(centre: Centre) -> Campaign:
    return await centre.campaign(pacing=PREDICTIVE, record=False)


async def history(centre: Centre, campaign: Campaign, *, calls: int, answered: int, talk_s: float = 100.0) -> None:
    """Calls of yesterday: so many were answered after eight seconds, all others rang out."""
    (lead,) = await centre.leads(campaign)
    one = await centre.claim(campaign, lead)
    await centre.record.attempts.update(one.attempt_id, ended_at=virtual_now(), outcome=Outcome.CANCELLED)
    async with centre.record.database.write() as connection:
        query = sa.select(attempt).where(attempt.c.id == one.attempt_id)
        row = dict((await connection.execute(query)).mappings().one())
        rows = [row | _past(number, answered=number % calls < answered, talk_s=talk_s) for number in range(calls)]
        await connection.execute(sa.insert(attempt), rows)


def _past(number: int, *, answered: bool, talk_s: float) -> dict[str, Any]:
    sent = virtual_now() - timedelta(hours=30) + timedelta(seconds=40 * number)
    picked_up = sent + timedelta(seconds=8)
    ended = picked_up + timedelta(seconds=talk_s) if answered else sent + timedelta(seconds=25)
    return {
        "id": f"past{number}",
        "queued_at": sent,
        "sent_at": sent,
        "ringing_at": sent,
        "answered_at": picked_up if answered else None,
        "bridged_at": picked_up if answered else None,
        "unbridged_at": ended if answered else None,
        "ended_at": ended,
        "outcome": Outcome.ANSWERED if answered else Outcome.NO_ANSWER,
    }


async def begun(centre: Centre, campaign: Campaign) -> Pacemaker:
    """A pacemaker that has read what was before."""
    made = Pacemaker(campaign, centre.parts)
    made.begin()
    await until(lambda: "not read yet" not in decided(made).reason)
    return made


def decided(pacemaker: Pacemaker) -> Decision:
    return pacemaker.decide(pacemaker.look())


async def test_a_window_with_a_stricter_limit_than_the_plan_is_kept(tmp_path: Path) -> None:
    strict = LegalWindow(name="strict", kind=WindowKind.ROLLING, hours=24, limit=0.01)
    risked = []
    for windows in ((), (strict,)):
        folder = tmp_path / str(len(windows))
        folder.mkdir()
        async with Centre(folder, {"agent1": ()}, law=Law(abandonment=windows)) as centre:
            campaign = await centre.campaign(pacing=PREDICTIVE)
            await history(centre, campaign, calls=600, answered=300)
            await centre.log_in("agent1")
            pacemaker = await begun(centre, campaign)
            reason = decided(pacemaker).reason
            risked.append(float(reason.rsplit(" of ", 1)[1].split("%")[0]))
    assert risked[1] == pytest.approx(risked[0] / 3, abs=0.06)


async def test_what_a_decision_expects_of_each_live_answer_is_added_up(
    centre: Centre, campaign: Campaign, lead: Lead
) -> None:
    pacemaker = await begun(centre, campaign)
    await centre.log_in("agent1")
    made = replace(decided(pacemaker), expected_abandonment=0.02)
    attempt = await centre.claim(campaign, lead)
    pacemaker.decided([attempt.attempt_id], made)

    async def agree(_attempt: object) -> None:
        return None

    await centre.switchboard.place(attempt, campaign.plan, agree)
    centre.switch.answer(attempt.attempt_id)
    await until(lambda: centre.is_talking(attempt.attempt_id))
    added = centre.metrics.registry.get_sample_value
    assert added("ringpace_expected_abandoned_total", {"campaign": "autumn"}) == 0.02
    centre.switch.leave(attempt.attempt_id)
    await centre.over(attempt.attempt_id)
    assert added("ringpace_expected_abandoned_total", {"campaign": "autumn"}) == 0.02
    assert added("ringpace_live_answers_total", {"campaign": "autumn"}) == 1
    assert added("ringpace_abandoned_total", {"campaign": "autumn"}) is None


async def test_a_loop_that_ends_listens_no_more(centre: Centre, campaign: Campaign) -> None:
    loop = CampaignLoop(campaign, centre.parts)
    centre.spawn(loop.run(), name="campaign")
    await asyncio.sleep(1)
    assert list(centre.switchboard.traffic.pacers) == [campaign.campaign_id]
    loop.withdraw()
    await asyncio.sleep(1)
    assert centre.switchboard.traffic.pacers == {}
    assert centre.roster.hours.listeners == []


async def test_an_answer_that_is_heard_at_the_moment_of_the_withdrawal_is_served(
    centre: Centre, campaign: Campaign
) -> None:
    await centre.log_in("agent1")
    pacemaker = await begun(centre, campaign)
    first, second = [await centre.place(campaign, lead) for lead in await centre.leads(campaign, 2)]
    for attempt_id in (first, second):
        centre.switch.ring(attempt_id)
    await asyncio.sleep(RING_FLOOR_S + 1)
    withdrawing = asyncio.ensure_future(pacemaker.withdraw(2))
    await asyncio.sleep(0)
    centre.switch.answer(first)  # its word is on the way, and not heard yet
    assert await withdrawing == 1
    await until(lambda: centre.is_talking(first), within_s=1)
    assert (await centre.over(second)).detail == WITHDRAWN


async def test_what_the_decisions_expected_of_a_window_is_shown_beside_it(centre: Centre, campaign: Campaign) -> None:
    pacemaker = await begun(centre, campaign)
    made = replace(decided(pacemaker), expected_abandonment=0.04)
    await centre.record.decisions.add(DecisionRow("d1", campaign.campaign_id, pacemaker.look().view, made))
    for lead in await centre.leads(campaign, 2):
        one = await centre.claim(campaign, lead, decision_id="d1")
        end = {"ended_at": virtual_now(), "outcome": Outcome.ANSWERED}
        await centre.record.attempts.update(one.attempt_id, answered_at=virtual_now(), bridged_at=virtual_now(), **end)
    await asyncio.sleep(61)
    pacemaker.keep_up()
    await until(lambda: "24h" in pacemaker.allowance.expected)
    pacemaker.keep_up()
    shown = centre.metrics.registry.get_sample_value
    assert shown("ringpace_abandonment_expected_ratio", {"campaign": "autumn", "window": "24h"}) == pytest.approx(0.04)
    assert pacemaker.allowance.summary(virtual_now())[0]["expected"] == pytest.approx(0.04)

"""What a campaign's calls and agents teach its forecaster, as its pacemaker hears of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

import pytest

from dialer.core import events as ev
from dialer.core.abandonment import Tally
from dialer.core.budget import NOTHING_LATELY, Spent
from dialer.core.model import AgentState, Disposition, HungUpBy, PacingMode
from dialer.core.plan import Pacing
from dialer.record.abandonment import Abandonment

from .fakes.centre import Centre
from .fakes.virtual_time import MIDMORNING, until, virtual_now
from .test_pacemaker import AGENTS, PREDICTIVE, begun, decided, history

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.record.campaigns import Campaign

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, dict.fromkeys(AGENTS, ()), channels=60) as opened:
        yield opened


@pytest.fixture
async def campaign(centre: Centre) -> Campaign:
    return await centre.campaign(pacing=PREDICTIVE, record=False)


async def test_what_earlier_calls_taught_is_there_before_the_first_call(centre: Centre, campaign: Campaign) -> None:
    await history(centre, campaign, calls=600, answered=30, talk_s=200)
    await centre.log_in(*AGENTS)
    warm = await begun(centre, campaign)
    assert warm.learned.talks.mean_s == pytest.approx(200, rel=0.2)
    decision = decided(warm)
    assert warm.learned.answer_rate == pytest.approx(0.05, abs=0.02)
    assert decision.place > len(AGENTS)
    cold = await begun(centre, await centre.campaign("another", pacing=PREDICTIVE))
    assert decided(cold).place == len(AGENTS)


@pytest.mark.parametrize("mode", [PacingMode.PROGRESSIVE, PacingMode.RATIO, PacingMode.PREVIEW])
async def test_it_learns_in_whatever_mode_the_campaign_dials(
    centre: Centre, campaign: Campaign, mode: PacingMode
) -> None:
    campaign = replace(campaign, plan=campaign.plan.with_pacing(Pacing(mode=mode)))
    await centre.log_in(*AGENTS)
    pacemaker = await begun(centre, campaign)
    assert pacemaker.learned.answer_rate > 0.2
    placed = [await centre.place(campaign, lead) for lead in await centre.leads(campaign, 60)]
    for _ in range(50):
        await asyncio.sleep(0.5)
        decided(pacemaker)
    for attempt_id in placed:
        centre.switch.time_out(attempt_id)
    await asyncio.sleep(6)
    decided(pacemaker)
    assert pacemaker.learned.answer_rate < 0.1
    pacemaker.campaign = replace(campaign, plan=campaign.plan.with_pacing(PREDICTIVE))
    assert decided(pacemaker).place > len(AGENTS)


async def test_answers_rings_and_talks_teach_as_they_happen(centre: Centre, campaign: Campaign) -> None:
    pacemaker = await begun(centre, campaign)
    await centre.log_in("agent1")
    for lead in await centre.leads(campaign, 12):
        attempt_id = await centre.place(campaign, lead)
        centre.switch.ring(attempt_id)
        for _ in range(8):
            await asyncio.sleep(0.5)
            decided(pacemaker)
        centre.switch.answer(attempt_id)
        await centre.agent_is("agent1", AgentState.TALKING)
        await asyncio.sleep(40)
        centre.switch.leave(attempt_id)
        await centre.agent_is("agent1", AgentState.READY)
        decided(pacemaker)
    learned = pacemaker.learned
    assert learned.answers_heard == 12
    assert learned.answer_rate > 0.6
    assert learned.talks.mean_s == pytest.approx(40, rel=0.4)
    assert learned.wrap_ups.mean_s == pytest.approx(campaign.plan.wrap_up_s, rel=0.4)
    assert learned.person_share > 0.8


async def test_what_happens_unheard_teaches_nothing(centre: Centre, campaign: Campaign) -> None:
    """The connection is lost; forty calls end meanwhile, and afterwards that is all that is known."""
    said: list[str | None] = [None]
    centre.parts = replace(centre.parts, stale=lambda: said[0])
    await history(centre, campaign, calls=400, answered=200)
    await centre.log_in("agent1")
    pacemaker = await begun(centre, campaign)
    placed = [await centre.place(campaign, lead) for lead in await centre.leads(campaign, 40)]
    decided(pacemaker)
    before = pacemaker.learned.answer_rate
    said[0] = "not logged in to Asterisk"
    for _ in range(60):
        await asyncio.sleep(0.5)
        decided(pacemaker)
    for attempt_id in placed:
        centre.switchboard.hear(ev.LegVanished(virtual_now(), attempt_id))
    said[0] = None
    await asyncio.sleep(10)
    decided(pacemaker)
    assert pacemaker.learned.answer_rate == pytest.approx(before, abs=0.03)
    assert pacemaker.learned.level.mean == pytest.approx(1.0, abs=0.1)


async def test_previews_teach_how_many_answer_and_not_of_answers_alone(centre: Centre, campaign: Campaign) -> None:
    """One in two answers after eight seconds: who hears of answers alone would think that everybody does, and more."""
    await history(centre, campaign, calls=400, answered=200)
    campaign = replace(campaign, plan=campaign.plan.with_pacing(Pacing(mode=PacingMode.PREVIEW)))
    pacemaker = await begun(centre, campaign)
    before = pacemaker.learned.level.mean
    for _ in range(6):
        placed = [await centre.place(campaign, lead, agent_id="agent1") for lead in await centre.leads(campaign, 20)]
        for tick in range(50):
            if tick == 16:  # eight seconds
                for attempt_id in placed[:10]:
                    centre.switch.answer(attempt_id)
            await asyncio.sleep(0.5)
            decided(pacemaker)
        for attempt_id in placed[10:]:
            centre.switch.time_out(attempt_id)
        for attempt_id in placed[:10]:
            centre.switch.leave(attempt_id)
        await asyncio.sleep(1)
    assert pacemaker.learned.answers_heard > 200 + 50
    assert pacemaker.learned.level.mean == pytest.approx(before, rel=0.3)


async def test_what_was_told_wrongly_is_forgotten_also_where_there_was_nothing_before(
    centre: Centre, campaign: Campaign
) -> None:
    await centre.log_in("agent1")
    pacemaker = await begun(centre, campaign)
    wrong = pacemaker.learned
    wrong.placed("nobody's", 0.5, 0.0)
    pacemaker.lost_count("the test says so")
    pacemaker.keep_up()
    await until(lambda: "not taken in" not in decided(pacemaker).reason)
    assert pacemaker.learned is not wrong


@pytest.mark.parametrize("detection", ["off", "asterisk"])
async def test_nothing_is_remembered_of_a_call_that_is_over_however_it_ended(centre: Centre, detection: str) -> None:
    campaign = await centre.campaign("many", pacing=PREDICTIVE, record=False, answering_machines=detection)
    pacemaker = await begun(centre, campaign)
    await centre.log_in("agent1")
    rng = Random(7)
    for lead in await centre.leads(campaign, 60):
        attempt_id = await centre.place(campaign, lead)
        pacemaker.decided([attempt_id], decided(pacemaker), {attempt_id: 0.3})
        if rng.random() < 0.8:
            centre.switch.ring(attempt_id)
        await asyncio.sleep(rng.uniform(0, 20))
        answers = rng.random() < 0.5
        if answers:
            centre.switch.answer(attempt_id)
            await asyncio.sleep(rng.choice([0.001, 1.0, 2.5]))
        if answers and detection == "asterisk" and rng.random() < 0.5:
            machine = rng.random() < 0.5
            centre.switchboard.hear(ev.Detected(virtual_now(), attempt_id, machine, "as told"))
        end = rng.randrange(5)
        if end == 0:
            centre.switchboard.hear(ev.LegVanished(virtual_now(), attempt_id))
        elif end == 1:
            centre.switchboard.withdraw(attempt_id)
        elif end == 2:
            centre.switchboard.hang_up(attempt_id, HungUpBy.SYSTEM)
        await asyncio.sleep(1)
        if attempt_id in centre.switch.legs:
            centre.switch.leave(attempt_id, 17, 486)
        await centre.over(attempt_id)
    learned = pacemaker.learned
    assert (learned._sent, learned._answered) == ({}, set())  # noqa: SLF001 - what would grow for ever
    assert (pacemaker._expected, pacemaker._chances) == ({}, {})  # noqa: SLF001
    assert pacemaker.allowance._counted == set()  # noqa: SLF001
    told = centre.metrics.registry.get_sample_value
    heard = pacemaker.allowance.standings(virtual_now())[0].count
    assert heard.live_answers == told("ringpace_live_answers_total", {"campaign": "many"})
    assert heard.abandoned == told("ringpace_abandoned_total", {"campaign": "many"})
    await centre.books.flush()
    recorded = await Abandonment(centre.record.database).tally({campaign.campaign_id: 2.0}, MIDMORNING)
    assert recorded == Tally(heard.live_answers, heard.abandoned)


async def test_machines_that_agents_met_leave_less_to_risk_until_they_take_it_back(
    centre: Centre, campaign: Campaign
) -> None:
    pacemaker = await begun(centre, campaign)
    budget = pacemaker.learned.budget
    for _ in range(300):
        budget.heard(abandoned=False)

    def risk() -> float:
        return budget.appetite(Spent(4000, 100), NOTHING_LATELY, 0.03).risk

    says, without = centre.switchboard.traffic.disposed, risk()
    for _ in range(100):
        says(campaign.campaign_id, None, Disposition.MACHINE)
        says(campaign.campaign_id, Disposition.MACHINE, Disposition.MACHINE)
        says(campaign.campaign_id, None, Disposition.REFUSED)
    assert risk() < 0.7 * without
    for _ in range(100):
        says(campaign.campaign_id, Disposition.MACHINE, Disposition.AGREED)
    assert risk() == without

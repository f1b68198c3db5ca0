"""The campaign's loop in predictive mode: dials ahead, withdraws who rings in vain, keeps its decisions and limits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.campaign import CampaignLoop
from dialer.core.errors import RecordError
from dialer.core.model import AgentState, Hold, Outcome, PacingMode
from dialer.core.plan import DEFAULT_RETRIES, Pacing
from dialer.core.predictive import RING_FLOOR_S
from dialer.switchboard import WITHDRAWN

from .fakes.centre import Centre
from .fakes.virtual_time import MIDMORNING, until, virtual_now
from .test_pacemaker import history

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.record.attempts import AttemptRow
    from dialer.record.campaigns import Campaign
    from dialer.record.decisions import DecisionRow

pytestmark = pytest.mark.virtual_time

AGENTS = ("agent1", "agent2", "agent3")
PREDICTIVE = Pacing(mode=PacingMode.PREDICTIVE)
PROGRESSIVE = Pacing(mode=PacingMode.PROGRESSIVE)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, dict.fromkeys(AGENTS, ()), channels=40) as opened:
        yield opened


def begin(centre: Centre, *campaigns: Campaign) -> list[CampaignLoop]:
    """The loops of campaigns, each woken by whatever moves."""
    loops = [CampaignLoop(campaign, centre.parts) for campaign in campaigns]
    for loop in loops:
        centre.spawn(loop.run(), name=loop.plan.name)

    def wake(*_moved: object) -> None:
        for loop in loops:
            loop.wake()

    centre.switchboard.on_moved = wake
    centre.roster.on_free = wake
    return loops


async def seldom_answered(centre: Centre, name: str = "autumn", pacing: Pacing = PREDICTIVE) -> Campaign:
    """A campaign of whose earlier calls one in twenty was answered, and a list to call."""
    campaign = await centre.campaign(name, pacing=pacing, record=False)
    await history(centre, campaign, calls=600, answered=30)
    await centre.leads(campaign, 60)
    return campaign


async def until_decisions(centre: Centre, loop: CampaignLoop) -> None:
    """Wait until what was before is read, and the first calls that it allows are placed."""
    await until(lambda: len(centre.switch.placed()) > len(AGENTS))
    await asyncio.sleep(1)
    assert loop.trouble is None


async def decisions(centre: Centre, campaign: Campaign) -> list[DecisionRow]:
    return await centre.record.decisions.since(campaign.campaign_id, MIDMORNING)


async def busy_with_ringing_calls(centre: Centre, agents: int = 3) -> list[str]:
    """Everybody who was called rings; so many answer and talk: the ids of the others, who ring on."""
    await centre.log_in(*AGENTS[:agents])
    await until(lambda: len(centre.switch.placed()) > agents)
    await asyncio.sleep(1)
    placed = centre.switch.placed()
    for attempt_id in placed:
        centre.switch.ring(attempt_id)
    await asyncio.sleep(1)
    for attempt_id in placed[:agents]:
        centre.switch.answer(attempt_id)
    for agent_id in AGENTS[:agents]:
        await centre.agent_is(agent_id, AgentState.TALKING)
    return placed[agents:]


async def test_it_dials_ahead_as_far_as_what_was_learned_allows_and_says_why(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    (loop,) = begin(centre, campaign)
    await centre.log_in(*AGENTS)
    await until_decisions(centre, loop)
    placed = len(centre.switch.placed())
    assert len(AGENTS) < placed < 30
    kept = await decisions(centre, campaign)
    assert sum(row.decision.place for row in kept if row.decision.mode is PacingMode.PREDICTIVE) >= placed
    assert any("one more would risk" in row.decision.reason for row in kept)
    assert "one more would risk" in str(loop.summary()["decision"])
    await asyncio.sleep(2)
    shown = centre.metrics.registry.get_sample_value
    assert shown("ringpace_abandonment_ratio", {"campaign": "autumn", "window": "24h"}) == 0
    assert shown("ringpace_abandonment_upper_bound_ratio", {"campaign": "autumn", "window": "24h"}) == 1
    assert (shown("ringpace_abandonment_upper_bound_ratio", {"campaign": "autumn", "window": "30d"}) or 1) < 0.2


async def test_who_rings_in_vain_is_withdrawn_after_the_ring_floor_and_not_before(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    (loop,) = begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)
    rows = [await centre.over(attempt_id) for attempt_id in ringing]
    assert rows
    for row in rows:
        assert (row.outcome, row.detail) == (Outcome.NO_ANSWER, WITHDRAWN)
        assert row.ringing_at
        assert row.ended_at
        assert RING_FLOOR_S <= (row.ended_at - row.ringing_at).total_seconds() < RING_FLOOR_S + 2
    withdrawing = [row for row in await decisions(centre, campaign) if row.decision.drop]
    assert sum(row.decision.drop for row in withdrawing) == len(rows)
    assert all("withdrawn that have rung for long" in row.decision.reason for row in withdrawing)
    counted = centre.metrics.registry.get_sample_value("ringpace_calls_withdrawn_total", {"campaign": "autumn"})
    assert counted == len(rows)
    assert loop.trouble is None


async def test_a_withdrawn_call_counts_and_is_tried_again_like_one_that_rang_out(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    begin(centre, campaign)
    (first, *_) = await busy_with_ringing_calls(centre)
    row: AttemptRow = await centre.over(first)
    lead = await centre.lead(row.lead_id)
    assert row.ended_at
    assert lead.due_at
    assert lead.due_at >= row.ended_at + timedelta(seconds=DEFAULT_RETRIES[Outcome.NO_ANSWER].floor_s)
    assert (lead.attempts, lead.numbers[0].attempts) == (1, 1)
    facts = await centre.record.leads.facts(row.lead_id, virtual_now())
    assert [call.at for call in facts.sent] == [row.sent_at]


async def test_without_late_cancel_everybody_rings_on(centre: Centre) -> None:
    campaign = await seldom_answered(centre, pacing=Pacing(mode=PacingMode.PREDICTIVE, late_cancel=False))
    begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)
    await asyncio.sleep(RING_FLOOR_S + 3)
    living = {attempt.attempt_id for attempt in centre.switchboard.live_attempts()}
    assert set(ringing) <= living


async def test_calls_of_another_campaign_are_not_withdrawn_but_those_of_ours_are(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    other = await centre.campaign("other", record=False)
    strangers = [await centre.place(other, lead) for lead in await centre.leads(other, 3)]
    for attempt_id in strangers:
        centre.switch.ring(attempt_id)
    begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)
    await asyncio.sleep(RING_FLOOR_S + 1)
    living = {attempt.attempt_id for attempt in centre.switchboard.live_attempts()}
    assert not living & set(ringing)
    assert set(strangers) <= living


async def test_an_answer_that_comes_before_the_withdrawal_is_served(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    begin(centre, campaign)
    first, *others = await busy_with_ringing_calls(centre, agents=2)
    await asyncio.sleep(RING_FLOOR_S - 2.5)
    await centre.log_in("agent3")
    centre.switch.answer(first)
    await until(lambda: centre.is_talking(first), within_s=1)
    assert not centre.switchboard.withdraw(first)
    assert [(await centre.over(attempt_id)).detail for attempt_id in others] == [WITHDRAWN] * len(others)


async def test_a_decision_that_cannot_be_kept_is_told_as_trouble(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await seldom_answered(centre)
    (loop,) = begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)

    async def fail(_row: object) -> None:
        raise RecordError("the database is away")

    monkeypatch.setattr(centre.record.decisions, "add", fail)
    await until(lambda: loop.trouble == "the database is away")
    assert not {attempt.attempt_id for attempt in centre.switchboard.live_attempts()} & set(ringing)


async def test_the_mode_is_changed_while_it_runs_and_nothing_bursts(centre: Centre) -> None:
    campaign = await seldom_answered(centre, pacing=PROGRESSIVE)
    (loop,) = begin(centre, campaign)
    await centre.log_in(*AGENTS)
    await asyncio.sleep(5)
    assert len(centre.switch.placed()) == len(AGENTS)
    change = centre.record.campaigns.set_pacing
    loop.campaign = await change(campaign.campaign_id, PREDICTIVE, virtual_now(), "the test")
    loop.wake()
    await until_decisions(centre, loop)
    ahead = len(centre.switch.placed())
    assert len(AGENTS) < ahead < 30
    loop.campaign = await change(campaign.campaign_id, PROGRESSIVE, virtual_now(), "the test")
    await asyncio.sleep(10)
    assert len(centre.switch.placed()) == ahead
    assert loop.last_decision
    assert "one call per free agent" in loop.last_decision.reason
    loop.campaign = await change(campaign.campaign_id, PREDICTIVE, virtual_now(), "the test")
    await asyncio.sleep(1)
    assert len(centre.switch.placed()) < ahead + 30


async def test_a_lower_target_is_followed_while_it_runs(centre: Centre) -> None:
    campaign = await seldom_answered(centre, pacing=Pacing(mode=PacingMode.PREDICTIVE, max_abandonment=0.1))
    (loop,) = begin(centre, campaign)
    await centre.log_in(*AGENTS)
    await until_decisions(centre, loop)
    before = str(loop.summary()["decision"])
    lower = Pacing(mode=PacingMode.PREDICTIVE, max_abandonment=0.01)
    loop.campaign = await centre.record.campaigns.set_pacing(campaign.campaign_id, lower, virtual_now(), "the test")
    loop.wake()
    await asyncio.sleep(1)
    after = str(loop.summary()["decision"])
    allowed = [float(reason.split("% of ")[1].split("%")[0]) for reason in (before, after)]
    assert allowed[1] < allowed[0] / 2


@pytest.mark.parametrize("mode", [PacingMode.PREDICTIVE, PacingMode.RATIO])
async def test_max_in_flight_the_trunks_channels_and_calls_a_second_bind_whatever_the_mode(
    tmp_path: Path, mode: PacingMode
) -> None:
    async with Centre(tmp_path, dict.fromkeys(AGENTS, ()), channels=9, calls_per_second=2) as centre:
        held = Pacing(mode=mode, ratio=5.0, max_in_flight=7)
        campaign = await seldom_answered(centre, pacing=held)
        (loop,) = begin(centre, campaign)
        await centre.log_in(*AGENTS)
        began = asyncio.get_running_loop().time()
        while (placed := len(centre.switch.placed())) < 7:
            passed = asyncio.get_running_loop().time() - began
            assert placed <= 2 + 2 * passed
            assert passed < 10
            await asyncio.sleep(0.25)
        await asyncio.sleep(5)
        assert len(centre.switch.placed()) == 7
        assert "max_in_flight 7" in str(loop.summary()["decision"])
        wide = Pacing(mode=mode, ratio=5.0)
        loop.campaign = await centre.record.campaigns.set_pacing(campaign.campaign_id, wide, virtual_now(), "the test")
        await asyncio.sleep(5)
        assert len(centre.switch.placed()) == 9


@pytest.mark.parametrize("pacing", [PROGRESSIVE, PREDICTIVE], ids=lambda pacing: str(pacing.mode))
async def test_campaigns_that_want_the_same_agent_do_not_both_call_for_it(centre: Centre, pacing: Pacing) -> None:
    """Both are woken by the same moment; whoever decides second must see what the first is about to place."""
    campaigns = [await centre.campaign(name, pacing=pacing) for name in ("one", "other")]
    for campaign in campaigns:
        await centre.leads(campaign, 5)
    loops = begin(centre, *campaigns)
    await asyncio.sleep(5)
    await centre.log_in("agent1")
    for loop in loops:
        loop.wake()
    await asyncio.sleep(5)
    assert len(centre.switch.placed()) == 1


async def test_an_agentless_campaign_takes_nobodys_turn(centre: Centre) -> None:
    robot = await centre.campaign("robot", pacing=Pacing(mode=PacingMode.AGENTLESS), agentless_flow="survey")
    person = await centre.campaign("person", pacing=PROGRESSIVE)
    for campaign in (robot, person):
        await centre.leads(campaign, 12)
    begin(centre, robot, person)
    await until(lambda: len(centre.switch.placed()) == 12)
    await centre.log_in("agent1", "agent2")
    await until(lambda: len(centre.switch.placed()) == 14, within_s=3)


async def test_predictive_pacing_holds_leads_as_any_mode_does(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    held = await centre.leads(campaign, 20, zone="America/New_York", priority=5.0)
    (loop,) = begin(centre, campaign)
    await centre.log_in(*AGENTS)
    await until_decisions(centre, loop)
    await asyncio.sleep(5)
    assert loop.holds[Hold.OUTSIDE_LEGAL_HOURS] == len(held)

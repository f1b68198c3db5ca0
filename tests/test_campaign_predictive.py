"""The campaign's loop in predictive mode: dials ahead, withdraws who rings in vain, keeps its decisions and limits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from dialer.calibration import calibrate
from dialer.campaign import CampaignLoop
from dialer.core.model import AgentState, Hold, PacingMode
from dialer.core.plan import Pacing
from dialer.core.predictive import RING_FLOOR_S

from .fakes.centre import Centre
from .fakes.virtual_time import MIDMORNING, until, virtual_now
from .test_pacemaker import history

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

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


async def test_predictive_pacing_holds_leads_as_any_mode_does(centre: Centre) -> None:
    campaign = await seldom_answered(centre)
    held = await centre.leads(campaign, 20, zone="America/New_York", priority=5.0)
    (loop,) = begin(centre, campaign)
    await centre.log_in(*AGENTS)
    await until_decisions(centre, loop)
    await asyncio.sleep(5)
    assert loop.holds[Hold.OUTSIDE_LEGAL_HOURS] == len(held)


async def test_a_decision_that_waited_long_for_its_leads_places_no_call_ahead(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three are free as it is made, and many calls are wanted; one is free as the record has answered."""
    campaign = await seldom_answered(centre)
    candidates, slow = centre.record.leads.candidates, asyncio.Event()

    async def slowly(*asked: Any) -> Any:
        found = await candidates(*asked)
        await slow.wait()
        return found

    monkeypatch.setattr(centre.record.leads, "candidates", slowly)
    begin(centre, campaign)
    await centre.log_in(*AGENTS)
    for agent_id in AGENTS:
        centre.roster.pause(agent_id, "lunch")
    slow.set()
    await asyncio.sleep(35)  # until whoever was called by then rings no more
    slow.clear()
    before = len(centre.switch.placed())
    for agent_id in AGENTS:
        centre.roster.ready(agent_id)
    await asyncio.sleep(4)
    for agent_id in AGENTS[1:]:
        centre.roster.pause(agent_id, "lunch")
    slow.set()
    await asyncio.sleep(0.05)
    assert len(centre.switch.placed()) == before + 1
    for agent_id in AGENTS[1:]:
        centre.roster.ready(agent_id)
    await asyncio.sleep(3)
    assert len(centre.switch.placed()) > before + len(AGENTS)  # by fresh decisions


async def test_what_was_learned_outlives_a_change_of_mode_and_promises_are_held_against_what_came(
    centre: Centre,
) -> None:
    campaign = await seldom_answered(centre)
    (loop,) = begin(centre, campaign)
    ringing = await busy_with_ringing_calls(centre)
    learned, heard = loop._pacemaker.learned, loop._pacemaker.learned.answers_heard  # noqa: SLF001 - what is not shown
    assert heard == 30 + len(AGENTS)
    change = centre.record.campaigns.set_pacing
    for pacing in (PROGRESSIVE, Pacing(mode=PacingMode.PREVIEW)):
        loop.campaign = await change(campaign.campaign_id, pacing, virtual_now(), "the test")
        loop.wake()
        await asyncio.sleep(RING_FLOOR_S / 2 + 1)
    # Nobody is withdrawn but in predictive mode.
    assert set(ringing) <= {attempt.attempt_id for attempt in centre.switchboard.live_attempts()}
    centre.switch.answer(ringing[0])  # everybody talks: nobody comes
    await asyncio.sleep(2.5)
    loop.campaign = await change(campaign.campaign_id, PREDICTIVE, virtual_now(), "the test")
    loop.wake()
    await asyncio.sleep(1)
    assert loop._pacemaker.learned is learned  # noqa: SLF001
    assert learned.answers_heard == heard + 1
    await centre.books.flush()
    kept = {row.decision_id: row.decision.expected_abandonment for row in await decisions(centre, campaign)}
    rows = [await centre.record.attempts.get(one) for one in (*centre.switch.placed()[:3], ringing[0])]
    found = calibrate(await centre.record.decisions.answers(campaign.campaign_id, MIDMORNING), 2.0)
    assert found
    assert (found.whole.tally.live_answers, found.whole.tally.abandoned) == (4, 1)
    assert found.whole.expected == pytest.approx(sum(kept[str(row.decision_id)] for row in rows) / 4)


async def test_the_first_decision_of_a_shift_knows_what_was_before(centre: Centre) -> None:
    campaign = await centre.campaign(pacing=Pacing(mode=PacingMode.RATIO, ratio=2), record=False)
    await centre.leads(campaign, 4)
    await centre.log_in("agent1")
    begin(centre, campaign)
    await until(lambda: len(centre.switch.placed()) > 0)
    await asyncio.sleep(0.05)  # all that one decision places
    assert len(centre.switch.placed()) == 2

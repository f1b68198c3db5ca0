from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dialer.campaign import CampaignLoop
from dialer.core.chances import Chances
from dialer.core.errors import ConflictError, InputError, NotFoundError, RecordError
from dialer.core.features import ALWAYS, Features
from dialer.core.model import AgentState, CampaignStatus, Hold, Outcome, PacingMode
from dialer.core.plan import Pacing

from .fakes.centre import Centre
from .fakes.virtual_time import MIDMORNING, until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.core.forecast import Ages
    from dialer.core.model import Attempt
    from dialer.record.campaigns import Campaign
    from dialer.record.decisions import DecisionRow

pytestmark = pytest.mark.virtual_time

AGENTS = ("agent1", "agent2", "agent3")
RATIO = Pacing(mode=PacingMode.RATIO, ratio=2.0)
AT_NIGHT = "America/New_York"
"""Where it is the evening before, while it is morning in Shanghai."""


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, dict.fromkeys(AGENTS, ()), channels=5) as opened:
        yield opened


def begin(centre: Centre, campaign: Campaign) -> CampaignLoop:
    loop = CampaignLoop(campaign, centre.parts)
    centre.spawn(loop.run(), name="campaign")
    centre.switchboard.on_moved = lambda _campaign_id: loop.wake()
    centre.roster.on_free = loop.wake
    return loop


async def test_progressive_places_one_call_for_each_free_agent_best_leads_first(centre: Centre) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign, 5)
    best = await centre.leads(campaign, 3, priority=9.0)
    loop = begin(centre, campaign)
    await asyncio.sleep(10)
    assert centre.switch.orders == []
    assert loop.last_decision
    assert "nobody is logged in" in loop.last_decision.reason
    await centre.log_in(*AGENTS)
    await asyncio.sleep(20)
    placed = [centre.attempt(attempt_id) for attempt_id in centre.switch.placed()]
    assert {attempt.lead_id for attempt in placed} == {lead.lead_id for lead in best}
    centre.switch.leave(centre.switch.placed()[0], 17, 486)
    await until(lambda: len(centre.switch.placed()) == 4)


async def test_every_attempt_carries_the_decision_that_placed_it(centre: Centre) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign, 1)
    begin(centre, campaign)
    await centre.log_in("agent1")
    await until(lambda: bool(centre.switch.placed()))
    row = await centre.row(centre.switch.placed()[0])
    (decision,) = await centre.record.decisions.since(campaign.campaign_id, MIDMORNING)
    assert row.decision_id == decision.decision_id
    assert decision.floor.ready == 1
    assert "one call per free agent" in decision.decision.reason


async def test_ratio_dials_ahead_but_never_past_max_in_flight_or_the_trunks_channels(centre: Centre) -> None:
    campaign = await centre.campaign(pacing=Pacing(mode=PacingMode.RATIO, ratio=2.0, max_in_flight=3))
    await centre.leads(campaign, 20)
    loop = begin(centre, campaign)
    await centre.log_in(*AGENTS)
    await asyncio.sleep(5)
    assert len(centre.switch.placed()) == 3
    loop.campaign = await centre.record.campaigns.set_pacing(campaign.campaign_id, RATIO, virtual_now(), "the test")
    await asyncio.sleep(5)
    assert len(centre.switch.placed()) == 5  # six are wanted, the trunk has five channels
    assert await centre.floor.channels_in_use("carrier") == 5


async def test_no_more_calls_a_second_than_the_trunk_takes(tmp_path: Path) -> None:
    async with Centre(tmp_path, dict.fromkeys(AGENTS, ()), calls_per_second=0.5) as centre:
        campaign = await centre.campaign()
        await centre.leads(campaign, 5)
        await centre.log_in(*AGENTS)
        begin(centre, campaign)
        await asyncio.sleep(3)
        assert len(centre.switch.placed()) == 2  # one at once, one more every two seconds
        await asyncio.sleep(2.5)
        assert len(centre.switch.placed()) == 3


async def test_a_call_that_the_calls_a_second_held_back_is_sent_as_soon_as_it_may_be(tmp_path: Path) -> None:
    async with Centre(tmp_path, {}, calls_per_second=1, channels=20) as centre:
        campaign = await centre.campaign(pacing=Pacing(mode=PacingMode.AGENTLESS), agentless_flow="survey")
        await centre.leads(campaign, 40)
        loop = begin(centre, campaign)
        await asyncio.sleep(10)
        assert len(centre.switch.placed()) == 10
        await until(lambda: len(centre.switch.placed()) == 20, within_s=12)
        seen = []
        for _ in range(100):  # the channels are used up: looking again at once mends nothing
            await asyncio.sleep(0.1)
            seen.append(loop.last_decision)
        assert len(set(map(id, seen))) < 25


async def test_leads_that_may_not_be_called_are_held_and_the_next_best_is_not_kept_waiting(centre: Centre) -> None:
    campaign = await centre.campaign()
    held = await centre.leads(campaign, 120, zone=AT_NIGHT, priority=5.0)
    (lead,) = await centre.leads(campaign)
    loop = begin(centre, campaign)
    await centre.log_in("agent1")
    await until(lambda: bool(centre.switch.placed()), within_s=2)
    attempt = centre.attempt(centre.switch.placed()[0])
    assert attempt.lead_id == lead.lead_id
    await asyncio.sleep(5)
    assert loop.holds == {Hold.OUTSIDE_LEGAL_HOURS: len(held), Hold.IN_FLIGHT: 1}
    assert len(centre.switch.placed()) == 1


async def test_a_do_not_call_entry_between_the_claim_and_the_order_is_seen(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await centre.campaign()
    (lead,) = await centre.leads(campaign)
    claim = centre.record.attempts.claim

    async def and_then_list(attempts: list[Attempt], node: str, because: DecisionRow) -> list[Attempt]:
        won = await claim(attempts, node, because)
        number = lead.numbers[0].e164
        await centre.record.do_not_call.add(number, source="letter", reason="asked for", now=virtual_now())
        return won

    monkeypatch.setattr(centre.record.attempts, "claim", and_then_list)
    begin(centre, campaign)
    await centre.log_in("agent1")
    await asyncio.sleep(10)
    (row,) = await centre.record.attempts.of_campaign(campaign.campaign_id)
    assert (row.outcome, row.sent_at) == (Outcome.CANCELLED, None)
    assert Hold.DO_NOT_CALL in str(row.detail)
    assert centre.switch.placed() == []
    assert centre.floor.shared.calls["carrier"] == set()


async def test_without_the_floor_nothing_is_dialled_and_it_says_so_and_recovers(centre: Centre) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign, 3)
    await centre.log_in("agent1")
    centre.floor.shared.down = True
    loop = begin(centre, campaign)
    await asyncio.sleep(10)
    assert centre.switch.placed() == []
    assert "Redis" in str(loop.trouble)
    assert "Redis" in str(loop.summary()["trouble"])
    centre.floor.shared.down = False
    await until(lambda: loop.trouble is None and len(centre.switch.placed()) == 1, within_s=2)


@pytest.mark.parametrize(("subject", "method"), [("leads", "candidates"), ("attempts", "claim")])
async def test_a_record_that_fails_keeps_no_channel_and_dialling_goes_on_once_it_is_back(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, subject: str, method: str
) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign, 3)
    await centre.log_in("agent1")

    async def fail(*_args: Any) -> None:
        raise RecordError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(getattr(centre.record, subject), method, fail)
        loop = begin(centre, campaign)
        await asyncio.sleep(10)
        assert loop.trouble == "the database is away"
        assert centre.switch.placed() == []
        assert await centre.floor.channels_in_use("carrier") == 0
    await until(lambda: len(centre.switch.placed()) == 1, within_s=2)


async def test_a_floor_lost_right_after_the_claim_leaves_no_attempt_open(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await centre.campaign()
    first, _second = await centre.leads(campaign, 2)
    await centre.log_in("agent1", "agent2")
    claim = centre.record.attempts.claim

    async def and_lose_the_floor(attempts: list[Attempt], node: str, because: DecisionRow) -> list[Attempt]:
        # Another node was faster with the second lead: one channel is to be given back.
        await claim([replace(attempts[1], attempt_id="rival")], "node2")
        centre.floor.shared.down = True
        return await claim(attempts, node, because)

    monkeypatch.setattr(centre.record.attempts, "claim", and_lose_the_floor)
    begin(centre, campaign)
    await until(lambda: len(centre.switch.placed()) == 1)
    attempt = centre.attempt(centre.switch.placed()[0])
    assert attempt.lead_id == first.lead_id
    centre.floor.shared.down = False
    await centre.switchboard.trunks.free()
    assert centre.floor.shared.calls["carrier"] == {attempt.attempt_id}


# --- who answers ----------------------------------------------------------------------------------


async def knows(centre: Centre, campaign: Campaign) -> None:
    """Earlier calls of the campaign taught that whoever has the tag 'prime' answers, and 'rest' does not."""
    model = Chances()
    for number in range(200):
        model.learn(Features((ALWAYS, f"@tag={('rest', 'prime')[number % 2]}")), number % 2)
    await centre.record.chances.save(campaign.campaign_id, model, virtual_now())


async def learned(centre: Centre, campaign: Campaign) -> int:
    """From how many outcomes the record says that something was learned."""
    return (await centre.record.chances.load(campaign.campaign_id, virtual_now())).outcomes


async def test_the_likeliest_are_called_first_and_what_is_foretold_of_them_is_looked_ahead_with(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    campaign = await centre.campaign(pacing=Pacing(mode=PacingMode.PREDICTIVE))
    await knows(centre, campaign)
    for tag in ("rest", "prime", "rest", "prime"):
        await centre.leads(campaign, attributes={"tag": tag})
    loop = begin(centre, campaign)
    await until(lambda: loop.last_decision is not None)
    await asyncio.sleep(5)  # what was learned is read beside the pacing
    await centre.log_in("agent1")
    await until(lambda: len(centre.switch.placed()) == 1)
    first = centre.attempt(centre.switch.placed()[0])
    assert first.attributes == {"tag": "prime"}
    assert first.chance is not None
    assert first.chance > 0.5
    assert (await centre.row(first.attempt_id)).chance == first.chance
    seen: list[Ages] = []
    pacemaker = loop._pacemaker  # noqa: SLF001 - what it is told is what matters here
    outlook = pacemaker.learned.outlook

    def listening(ages: Any, *more: Any, **named: Any) -> Any:
        seen.append(getattr(ages, "own", ages))
        return outlook(ages, *more, **named)

    monkeypatch.setattr(pacemaker.learned, "outlook", listening)
    await until(lambda: bool(seen))
    # The model tells of persons, the forecaster reckons with machines as well.
    picked_up = min(1.0, first.chance / pacemaker.learned.person_share)
    assert seen[-1].chances == pytest.approx([picked_up])
    assert seen[-1].next_chance == pytest.approx(picked_up)


async def test_what_becomes_of_the_calls_is_learned_and_goes_from_one_loop_to_the_next(centre: Centre) -> None:
    campaign = await centre.campaign(record=False)
    await centre.leads(campaign, 9)
    await centre.log_in("agent1")
    loop = begin(centre, campaign)
    await until(lambda: len(centre.switch.placed()) == 1)
    busy = centre.switch.placed()[0]
    centre.switch.leave(busy, 17, 486)
    await until(lambda: len(centre.switch.placed()) == 2)
    answered = centre.switch.placed()[1]
    centre.switch.ring(answered)
    centre.switch.answer(answered)
    await until(lambda: centre.is_talking(answered))
    await asyncio.sleep(70)
    assert await learned(centre, campaign) == 2  # the talk goes on, and its answer is in the record
    centre.switch.leave(answered)
    await until(lambda: len(centre.switch.placed()) == 3, within_s=60)
    centre.switch.leave(centre.switch.placed()[2], 17, 486)
    await centre.over(centre.switch.placed()[2])
    loop.withdraw()
    await asyncio.sleep(1)
    assert await learned(centre, campaign) == 3
    another = begin(centre, campaign)
    await until(lambda: len(centre.switch.placed()) > 3)
    centre.switch.leave(centre.switch.placed()[3], 17, 486)
    await centre.over(centre.switch.placed()[3])
    another.withdraw()
    await asyncio.sleep(1)
    assert await learned(centre, campaign) == 4


@pytest.mark.parametrize("away", [("load",), ("save",), ("load", "save")])
async def test_a_record_that_cannot_keep_what_was_learned_stops_no_call_and_what_it_has_stays(
    centre: Centre, monkeypatch: pytest.MonkeyPatch, away: tuple[str, ...]
) -> None:
    campaign = await centre.campaign(pacing=RATIO)
    await knows(centre, campaign)
    await centre.leads(campaign, 20)

    async def fail(*_args: Any) -> None:
        raise RecordError("the database is away")

    with monkeypatch.context() as gone:
        for name in away:
            gone.setattr(centre.record.chances, name, fail)
        loop = begin(centre, campaign)
        await centre.log_in("agent1")
        for _ in range(4):  # for longer than a minute
            await until(lambda: len(centre.switchboard.live_attempts()) == 2, within_s=5)
            assert loop.trouble is None
            for attempt in centre.switchboard.live_attempts():
                centre.switch.leave(attempt.attempt_id, 17, 486)
            await asyncio.sleep(20)
        loop.withdraw()
        await asyncio.sleep(1)
    assert await learned(centre, campaign) == 200


# --- preview --------------------------------------------------------------------------------------


@pytest.fixture
async def preview(centre: Centre) -> Campaign:
    return await centre.campaign(pacing=Pacing(mode=PacingMode.PREVIEW))


async def test_in_preview_an_agent_sees_the_lead_asks_for_the_call_and_gets_it(
    centre: Centre, preview: Campaign
) -> None:
    (lead,) = await centre.leads(preview)
    loop = begin(centre, preview)
    await centre.log_in("agent1", "agent2")
    await asyncio.sleep(5)
    assert centre.switch.placed() == []
    assert (await loop.preview("agent2")).lead_id == lead.lead_id
    attempt_id = await loop.dial_preview("agent2", lead.lead_id)
    await asyncio.sleep(12)  # it rings for longer than a reservation without a preview would last
    assert centre.roster.agent("agent2").state is AgentState.RESERVED
    centre.switch.answer(attempt_id)
    await centre.agent_is("agent2", AgentState.TALKING)
    assert centre.roster.agent("agent1").state is AgentState.READY


async def test_an_unanswered_preview_frees_its_agent(centre: Centre, preview: Campaign) -> None:
    (lead,) = await centre.leads(preview)
    loop = begin(centre, preview)
    await centre.log_in("agent1")
    await loop.preview("agent1")
    attempt_id = await loop.dial_preview("agent1", lead.lead_id)
    await until(lambda: attempt_id in centre.switch.legs)
    centre.switch.leave(attempt_id, 17, 486)
    await centre.agent_is("agent1", AgentState.READY, within_s=1)


async def test_a_preview_that_cannot_be_placed_frees_its_agent_at_once(
    centre: Centre, preview: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await centre.leads(preview, 2)
    loop = begin(centre, preview)
    await centre.log_in("agent1")
    await loop.preview("agent1")
    await centre.claim(preview, first)
    with pytest.raises(ConflictError, match="by somebody else"):
        await loop.dial_preview("agent1", first.lead_id)
    await centre.agent_is("agent1", AgentState.READY, within_s=0.5)

    async def fail(*_args: Any) -> None:
        raise RecordError("the database is away")

    monkeypatch.setattr(centre.record.attempts, "claim", fail)
    await until(lambda: "agent1" in centre.floor.shared.ready)
    assert (await loop.preview("agent1")).lead_id == second.lead_id
    with pytest.raises(RecordError):
        await loop.dial_preview("agent1", second.lead_id)
    await centre.agent_is("agent1", AgentState.READY, within_s=0.5)


async def test_two_agents_are_not_shown_the_same_lead(centre: Centre, preview: Campaign) -> None:
    await centre.leads(preview, 2)
    loop = begin(centre, preview)
    await centre.log_in("agent1", "agent2", "agent3")
    assert (await loop.preview("agent1")).lead_id != (await loop.preview("agent2")).lead_id
    with pytest.raises(ConflictError, match="no lead"):
        await loop.preview("agent3")


async def test_what_previews_refuse(centre: Centre, preview: Campaign) -> None:
    (lead,) = await centre.leads(preview)
    loop = begin(centre, preview)
    with pytest.raises(ConflictError, match="not READY"):
        await loop.preview("agent1")
    with pytest.raises(NotFoundError):
        await loop.preview("ghost")
    with pytest.raises(InputError, match="lead_id"):
        await loop.dial_preview("agent1", lead.lead_id)
    await centre.log_in("agent1")
    other = CampaignLoop(await centre.campaign("winter"), centre.parts)
    with pytest.raises(ConflictError, match="preview mode"):
        await other.preview("agent1")


async def test_a_paused_campaign_places_nothing(centre: Centre) -> None:
    campaign = await centre.campaign(running=False)
    await centre.leads(campaign)
    await centre.log_in("agent1")
    loop = begin(centre, campaign)
    await asyncio.sleep(5)
    assert centre.switch.placed() == []
    assert loop.summary()["status"] == CampaignStatus.PAUSED

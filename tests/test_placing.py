from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.campaign import CampaignLoop
from dialer.core.chances import KNOWS_FROM
from dialer.core.errors import ConflictError
from dialer.core.features import ALWAYS, Features
from dialer.core.model import FloorView, Outcome, PacingMode
from dialer.core.pacing import Decision
from dialer.core.plan import Pacing
from dialer.placing import Placing

from .fakes.centre import Centre
from .fakes.virtual_time import MIDMORNING, until, virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.record.campaigns import Campaign

pytestmark = pytest.mark.virtual_time

DOUBT = "the clock was stepped by +3600 s"


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ()}) as opened:
        yield opened


async def test_while_in_doubt_no_lead_is_looked_at_and_the_trouble_is_told(centre: Centre) -> None:
    campaign = await centre.campaign()
    (lead,) = await centre.leads(campaign)
    loop = CampaignLoop(campaign, centre.parts)
    centre.clock_doubt = DOUBT
    centre.spawn(loop.run(), name="campaign")
    await centre.log_in("agent1")
    await until(lambda: loop.trouble == DOUBT)
    assert await centre.record.attempts.of_campaign(campaign.campaign_id) == []
    assert (await centre.lead(lead.lead_id)).attempts == 0
    centre.clock_doubt = None
    await until(lambda: bool(centre.switch.placed()))
    await until(lambda: loop.trouble is None)


async def test_a_doubt_that_comes_after_the_claim_withdraws_the_call(centre: Centre) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign)
    placing = Placing(campaign, centre.parts)
    (attempt,) = await placing.choose(["a1"])
    decision = Decision(virtual_now(), 1, PacingMode.PROGRESSIVE, "one call for each free agent")
    centre.clock_doubt = DOUBT
    assert await placing.place([attempt], decision, FloorView(1, 0, 0, 0, 0, 0, 0)) == {"a1"}
    await asyncio.sleep(1)
    row = await centre.over("a1")
    assert (row.outcome, row.sent_at) == (Outcome.CANCELLED, None)
    assert DOUBT in str(row.detail)
    assert centre.switch.placed() == []


async def test_a_previewed_lead_is_refused_with_the_reason(centre: Centre) -> None:
    campaign = await centre.campaign(pacing=Pacing(mode=PacingMode.PREVIEW))
    await centre.leads(campaign)
    loop = CampaignLoop(campaign, centre.parts)
    await centre.log_in("agent1")
    lead = await loop.preview("agent1")
    centre.clock_doubt = DOUBT
    with pytest.raises(ConflictError, match="stepped"):
        await loop.dial_preview("agent1", lead.lead_id)
    assert await centre.record.attempts.of_campaign(campaign.campaign_id) == []
    centre.clock_doubt = None
    await loop.preview("agent1")
    assert await loop.dial_preview("agent1", lead.lead_id)


DECISION = Decision(MIDMORNING, 3, PacingMode.PROGRESSIVE, "one call for each free agent")
VIEW = FloorView(3, 0, 0, 0, 0, 0, 0)


def taught(placing: Placing, outcomes: int = KNOWS_FROM) -> Placing:
    """One that has learned that people with the tag 'prime' answer, and those with 'rest' do not."""
    for number in range(outcomes):
        tag = ("rest", "prime")[number % 2]
        placing.judge.chances.learn(Features((ALWAYS, f"@tag={tag}")), tag == "prime")
    return placing


async def tagged(centre: Centre, campaign: Campaign, *tags: str, priority: float = 0.0) -> list[int]:
    """The ids of new leads with these tags."""
    found = [await centre.leads(campaign, attributes={"tag": tag}, priority=priority) for tag in tags]
    return [lead.lead_id for (lead,) in found]


async def chosen(placing: Placing, *ids: str) -> list[int]:
    return [attempt.lead_id for attempt in await placing.choose(ids)]


async def test_the_first_priority_is_called_first_and_in_it_the_likeliest(centre: Centre) -> None:
    campaign = await centre.campaign()
    rest, prime = await tagged(centre, campaign, "rest", "prime")
    poor, good = await tagged(centre, campaign, "rest", "prime", priority=5.0)
    placing = taught(Placing(campaign, centre.parts))
    attempts = await placing.choose(["a1", "a2", "a3", "a4", "a5"])
    assert [attempt.lead_id for attempt in attempts] == [good, poor, prime, rest]
    chances = [attempt.chance or 0.0 for attempt in attempts]
    assert chances[0] > 2 * chances[1] > 0
    assert chances[2] > 2 * chances[3] > 0
    await placing.place(attempts, DECISION, VIEW)
    assert [(await centre.row(f"a{number + 1}")).chance for number in range(4)] == pytest.approx(chances)


async def test_until_enough_was_heard_the_lists_own_order_stands_and_nothing_is_foretold(centre: Centre) -> None:
    campaign = await centre.campaign()
    first, second, third = await tagged(centre, campaign, "rest", "prime", "prime")
    placing = taught(Placing(campaign, centre.parts), KNOWS_FROM - 1)
    for _ in range(3):
        assert await chosen(placing, "a1", "a2") == [first, second]
    (attempt,) = await placing.choose(["a1"])
    assert attempt.chance is None
    placing.judge.chances.learn(Features((ALWAYS, "@tag=prime")), 1.0)
    assert await chosen(placing, "a1", "a2") == [second, third]


async def test_what_becomes_of_a_placed_call_is_learned_and_of_one_that_was_not_placed_nothing(centre: Centre) -> None:
    campaign = await centre.campaign()
    lead, rival = await centre.leads(campaign, 2)
    placing = Placing(campaign, centre.parts)
    attempts = await placing.choose(["a1", "a2"])
    await centre.claim(campaign, rival)  # another was faster
    assert await placing.place(attempts, DECISION, VIEW) == {"a1"}
    assert attempts[0].lead_id == lead.lead_id
    for _ in range(2):
        placing.judge.learn("a1", 1.0)
        placing.judge.learn("a2", 1.0)
    assert placing.judge.chances.outcomes == 1


async def test_whoever_is_passed_over_stands_in_nobodys_way_and_is_not_passed_over_for_ever(
    centre: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dialer.placing._CHOICE", 1)
    monkeypatch.setattr("dialer.placing._SPARE", 1)
    campaign = await centre.campaign()
    rest = await tagged(centre, campaign, "rest", "rest", "rest")
    (prime,) = await tagged(centre, campaign, "prime")
    placing = taught(Placing(campaign, centre.parts))
    # Two are looked at for each that is called: the second look is behind the first.
    called = []
    for number in range(4):
        attempts = await placing.choose([f"a{number}"])
        await placing.place(attempts, DECISION, VIEW)
        called.append(attempts[0].lead_id)
    assert called[:2] == [rest[0], prime]
    assert sorted(called) == sorted([*rest, prime])


async def test_leads_that_are_held_are_passed_by_behind_the_last_look_as_well(centre: Centre) -> None:
    campaign = await centre.campaign()
    placing = taught(Placing(campaign, centre.parts))
    await centre.leads(campaign, 70, zone="America/New_York")  # it is night there
    (prime,) = await tagged(centre, campaign, "prime")
    assert await chosen(placing, "a1") == [prime]

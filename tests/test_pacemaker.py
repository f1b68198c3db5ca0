from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from dialer.campaign import CampaignLoop
from dialer.core import events as ev
from dialer.core.abandonment import LegalWindow, WindowKind
from dialer.core.errors import RecordError
from dialer.core.model import AgentState, Outcome, PacingMode
from dialer.core.plan import Law, Pacing
from dialer.pacemaker import Pacemaker
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


async def test_until_what_was_before_is_read_one_call_per_free_agent_is_placed(
    centre: Centre, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    await history(centre, campaign, calls=600, answered=30)
    await centre.log_in(*AGENTS)

    async def fail(*_asked: Any) -> Any:
        raise RecordError("the database is away")

    with monkeypatch.context() as away:
        away.setattr(centre.record.decisions, "past_calls", fail)
        pacemaker = Pacemaker(campaign, centre.parts)
        pacemaker.begin()
        for _ in range(3):
            await asyncio.sleep(2)
            pacemaker.keep_up()
        decision = decided(pacemaker)
        assert decision.place == len(AGENTS)
        assert "what was abandoned before is not read yet: progressive" in decision.reason
        assert centre.metrics.registry.get_sample_value("ringpace_pacing_in_doubt", {"campaign": "autumn"}) == 1
    pacemaker.keep_up()
    await until(lambda: decided(pacemaker).place > len(AGENTS))
    assert centre.metrics.registry.get_sample_value("ringpace_pacing_in_doubt", {"campaign": "autumn"}) == 0


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


@pytest.mark.parametrize("doubt", ["stale", "doubt"])
async def test_while_anything_is_in_doubt_nothing_is_dialled_ahead(
    centre: Centre, campaign: Campaign, doubt: str
) -> None:
    await history(centre, campaign, calls=600, answered=30)
    await centre.log_in(*AGENTS)
    said: list[str | None] = [None]
    in_doubt: dict[str, Any] = {doubt: lambda: said[0]}
    centre.parts = replace(centre.parts, **in_doubt)
    pacemaker = await begun(centre, campaign)
    assert decided(pacemaker).place > len(AGENTS)
    said[0] = "Asterisk is heard 3.0 s late"
    decision = decided(pacemaker)
    assert decision.place == len(AGENTS)
    assert decision.reason.startswith("Asterisk is heard 3.0 s late: progressive; 3 free")
    said[0] = None
    assert decided(pacemaker).place > len(AGENTS)


async def test_orders_that_the_switch_never_mentions_are_a_doubt(centre: Centre, campaign: Campaign) -> None:
    pacemaker = await begun(centre, campaign)
    await centre.log_in("agent1")
    (lead,) = await centre.leads(campaign)
    centre.switch.on_event = lambda _event: None
    await centre.place(campaign, lead)
    await asyncio.sleep(6)
    assert "Asterisk has said nothing of 1 calls: progressive" in decided(pacemaker).reason


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


async def test_what_could_not_be_taken_in_is_read_anew(
    centre: Centre, campaign: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    await history(centre, campaign, calls=600, answered=30)
    await centre.log_in(*AGENTS)
    pacemaker = await begun(centre, campaign)
    (lead,) = await centre.leads(campaign)
    with monkeypatch.context() as broken:
        broken.setattr(pacemaker.learned, "placed", None)
        attempt_id = await centre.place(campaign, lead)
    assert "was not taken in (TypeError" in decided(pacemaker).reason
    centre.switch.leave(attempt_id, 17, 486)
    assert (await centre.over(attempt_id)).outcome is Outcome.BUSY
    pacemaker.keep_up()
    await until(lambda: decided(pacemaker).place > len(AGENTS))


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

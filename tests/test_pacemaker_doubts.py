"""Whatever is in doubt, nothing is dialled ahead: one call for each free agent, and the reason in words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from dialer.core.errors import RecordError
from dialer.core.model import Outcome, PacingMode
from dialer.core.plan import Pacing
from dialer.pacemaker import Pacemaker
from dialer.record.schema import attempt

from .fakes.centre import Centre
from .fakes.virtual_time import until, virtual_now
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


def in_doubt(centre: Centre) -> float | None:
    return centre.metrics.registry.get_sample_value("ringpace_pacing_in_doubt", {"campaign": "autumn"})


async def abandoned_unheard(centre: Centre, campaign: Campaign, calls: int) -> None:
    """So many calls of half an hour ago are in the record as abandoned, and nobody told the ledger."""
    (lead,) = await centre.leads(campaign)
    one = await centre.claim(campaign, lead)
    at = virtual_now() - timedelta(minutes=30)
    end = {"ended_at": at + timedelta(seconds=9), "outcome": Outcome.ABANDONED}
    await centre.record.attempts.update(one.attempt_id, sent_at=at, answered_at=at, **end)
    async with centre.record.database.write() as connection:
        query = sa.select(attempt).where(attempt.c.id == one.attempt_id)
        row = dict((await connection.execute(query)).mappings().one())
        await connection.execute(sa.insert(attempt), [row | {"id": f"lost{number}"} for number in range(calls - 1)])


async def test_a_ledger_that_contradicts_the_record_stops_dialling_ahead_until_they_agree(
    centre: Centre, campaign: Campaign
) -> None:
    await history(centre, campaign, calls=600, answered=30)
    await centre.log_in(*AGENTS)
    pacemaker = await begun(centre, campaign)
    assert decided(pacemaker).place > len(AGENTS)
    await abandoned_unheard(centre, campaign, 4)
    for look in range(2):  # once a minute; by the second they agree, for the ledger was read anew
        await asyncio.sleep(61)
        pacemaker.keep_up()
        await until(lambda: not pacemaker.allowance.wants_comparing())
        await asyncio.sleep(1)
        decision = decided(pacemaker)
        contradicts = "ledger has 0 abandoned of 0 live answers and 0 machines, the record 4 of 4" in decision.reason
        assert (contradicts, in_doubt(centre)) == ((True, 1) if look == 0 else (False, 0))
        assert decision.place == len(AGENTS) if look == 0 else decision.place >= len(AGENTS)
    assert pacemaker.allowance.summary(virtual_now())[0]["abandoned"] == 4


async def test_a_window_past_help_stops_dialling_ahead(centre: Centre, campaign: Campaign) -> None:
    await history(centre, campaign, calls=600, answered=30)
    await abandoned_unheard(centre, campaign, 20)
    await centre.log_in(*AGENTS)
    pacemaker = await begun(centre, campaign)
    decision = decided(pacemaker)
    assert decision.place == len(AGENTS)
    assert decision.reason.startswith("window 24h: 20 of 20 live answers abandoned, 100.0%: too far over 3.0%")
    assert in_doubt(centre) == 1
    # In another mode nothing is in doubt, however seldom that one decides; and who ends is not shown at all.
    pacemaker.campaign = replace(campaign, plan=campaign.plan.with_pacing(Pacing(mode=PacingMode.PREVIEW)))
    pacemaker.keep_up()
    assert in_doubt(centre) == 0
    pacemaker.end()
    assert in_doubt(centre) is None


async def test_a_fault_in_what_is_foretold_stops_no_campaign(
    centre: Centre, campaign: Campaign, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await history(centre, campaign, calls=600, answered=30)
    await centre.log_in(*AGENTS)
    pacemaker = await begun(centre, campaign)

    def fail(*_asked: Any, **_more: Any) -> Any:
        raise FloatingPointError("a fault of ours")

    with monkeypatch.context() as broken:
        broken.setattr(pacemaker.learned, "outlook", fail)
        decision = decided(pacemaker)
        assert len(pacemaker.foretell(asyncio.get_running_loop().time())) == 0  # another campaign asks
    assert decision.place == len(AGENTS)
    assert "was not taken in (FloatingPointError: a fault of ours): progressive" in decision.reason
    assert in_doubt(centre) == 1
    assert "nothing could be foretold" in caplog.text
    pacemaker.keep_up()
    await until(lambda: decided(pacemaker).place > len(AGENTS))

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.errors import NotFoundError
from dialer.core.model import AgentState
from dialer.shelf import Shelf
from tests.core.scripts import BOOKING
from tests.fakes.centre import Centre
from tests.fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.virtual_time


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[Centre]:
    async with Centre(tmp_path, {"agent1": ()}) as opened:
        yield opened


async def save(centre: Centre, text: str) -> int:
    return (await centre.record.scripts.save("booking", text, virtual_now(), "test")).version


async def test_the_screen_has_the_newest_script_in_the_customers_words_at_the_bridge(centre: Centre) -> None:
    campaign = await centre.campaign(running=False, script_flow="booking", script="plain")
    await save(centre, BOOKING)
    await save(centre, BOOKING.replace("Is this", "Am I speaking with"))
    await centre.shelf.look()
    (lead,) = await centre.leads(campaign)
    await centre.log_in("agent1")
    attempt_id = await centre.place(campaign, lead)
    centre.switch.answer(attempt_id)
    await centre.agent_is("agent1", AgentState.TALKING)
    (screen,) = [payload for topic, payload in centre.news.told if topic == "agents/agent1/screen"]
    assert screen is not None
    flow: Any = screen["flow"]
    assert (flow["version"], flow["steps"]["identity"]["say"]) == (2, {"en": f"Am I speaking with {lead.name}?"})


async def test_a_shelf_follows_the_record_and_keeps_old_versions_for_the_talks_that_have_them(centre: Centre) -> None:
    shelf = Shelf(centre.record.scripts)
    campaign = await centre.campaign(running=False, script_flow="booking")
    (lead,) = await centre.leads(campaign)
    attempt = await centre.claim(campaign, lead)
    assert shelf.flow(attempt, campaign.plan) is None
    await save(centre, BOOKING)
    await shelf.look()
    first = shelf.flow(attempt, campaign.plan)
    assert first is not None
    assert first["version"] == 1
    saved = await centre.record.scripts.save("booking", BOOKING + "# 2\n", virtual_now(), "test")
    await shelf.put(saved)
    await shelf.put(replace(saved, version=1))
    second = shelf.flow(attempt, campaign.plan)
    assert second is not None
    assert second["version"] == 2
    assert (await shelf.get("booking", 1)).script == "booking"
    with pytest.raises(NotFoundError):
        await shelf.get("booking", 3)


async def test_the_leads_tag_picks_the_script(centre: Centre) -> None:
    by = {"attribute": "segment", "scripts": {"premium": "other"}}
    campaign = await centre.campaign(running=False, script_flow="booking", script_flow_by=by)
    other = BOOKING.replace("script: booking", "script: other")
    await save(centre, BOOKING)
    await centre.record.scripts.save("other", other, virtual_now(), "test")
    await centre.shelf.look()
    for attributes, name in (({"segment": "premium"}, "other"), ({"segment": "x"}, "booking"), ({}, "booking")):
        (lead,) = await centre.leads(campaign)
        flow = centre.shelf.flow(await centre.claim(campaign, lead, attributes=attributes), campaign.plan)
        assert flow is not None
        assert flow["name"] == name


async def test_what_cannot_be_read_any_more_leaves_the_plain_text(centre: Centre) -> None:
    campaign = await centre.campaign(running=False, script_flow="booking")
    (lead,) = await centre.leads(campaign)
    await save(centre, "of another time")
    await centre.shelf.look()
    assert centre.shelf.flow(await centre.claim(campaign, lead), campaign.plan) is None

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def test_leads_are_paged_and_their_numbers_masked(console: httpx.AsyncClient, centre: Centre) -> None:
    campaign = await centre.campaign(running=False)
    leads = await centre.leads(campaign, 3)
    path = f"/api/campaigns/{campaign.campaign_id}/waiting"
    first = (await console.get(path, params={"hold": "NONE", "limit": 2})).json()
    assert [one["lead_id"] for one in first["leads"]] == [one.lead_id for one in leads[:2]]
    assert leads[0].numbers[0].e164 not in str(first)
    assert "****" in first["leads"][0]["number"]
    rest = (await console.get(path, params={"hold": "NONE", "limit": 2, "cursor": first["next"]})).json()
    assert ([one["lead_id"] for one in rest["leads"]], rest["next"]) == ([leads[2].lead_id], None)
    assert (await console.get(path, params={"hold": "FINISHED"})).json()["leads"] == []
    assert (await console.get(path, params={"hold": "BORED"})).status_code == 422
    assert (await console.get("/api/campaigns/ghost/waiting", params={"hold": "NONE"})).status_code == 404


async def test_an_agent_sees_no_leads_but_their_own(stranger: httpx.AsyncClient, centre: Centre) -> None:
    campaign = await centre.campaign(running=False)
    await add_user(centre.record, "ann", Role.AGENT, agent_id="agent1")
    async with logged_in(stranger, "ann") as ann:
        answer = await ann.get(f"/api/campaigns/{campaign.campaign_id}/waiting", params={"hold": "NONE"})
        assert answer.status_code == 403

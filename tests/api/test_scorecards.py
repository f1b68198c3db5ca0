from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in
from tests.api.talks import CARD, audited, make_card

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def test_a_change_is_a_new_version_and_the_former_one_is_retired(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    first = await make_card(console)
    second = await make_card(console, CARD.replace("Greets}", "Greets by name}"))
    newest, oldest = (await console.get("/api/scorecards")).json()
    assert [(one["scorecard_id"], one["version"]) for one in (newest, oldest)] == [(second, 2), (first, 1)]
    assert (newest["retired_at"], oldest["retired_at"] is None) == (None, False)
    assert newest["card"]["groups"][0]["questions"][0]["text"] == "Greets by name"
    for _ in range(2):
        assert (await console.delete(f"/api/scorecards/{second}")).status_code == 204
    assert await audited(centre, "scorecard retired") == [("token", "Sales")]
    assert await audited(centre, "scorecard made") == [("token", "Sales")] * 2


async def test_what_is_wrong_is_named_and_nothing_is_made(console: httpx.AsyncClient) -> None:
    wrong = await console.post("/api/scorecards", json={"content": CARD.replace("weight: 2", "weight: heavy")})
    assert (wrong.status_code, "groups.0.questions.1.weight" in wrong.json()["detail"]) == (422, True)
    assert (await console.get("/api/scorecards")).json() == []
    assert (await console.delete("/api/scorecards/7")).status_code == 404


async def test_operators_and_reviewers_write_them_and_nobody_of_a_team(
    stranger: httpx.AsyncClient, centre: Centre
) -> None:
    statuses = {}
    for role in Role:
        team = "north" if role in {Role.TEAM_LEADER, Role.AGENT} else None
        await add_user(centre.record, role.lower(), role, team=team)
        async with logged_in(stranger, role.lower()) as browser:
            asked = await browser.post("/api/scorecards", json={"content": CARD})
            statuses[role] = (asked.status_code, (await browser.get("/api/scorecards")).status_code)
    assert statuses == {
        Role.AGENT: (403, 403),
        Role.TEAM_LEADER: (403, 200),
        Role.OPERATOR: (201, 200),
        Role.REVIEWER: (201, 200),
        Role.ADMIN: (201, 200),
    }

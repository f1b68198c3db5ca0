from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in
from tests.api.talks import WELL, give, make_card, talk

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

SPAN = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z", "zone": "Asia/Shanghai"}


@pytest.fixture(autouse=True)
async def _reviewed(console: httpx.AsyncClient, centre: Centre) -> None:
    await talk(centre)
    card = await make_card(console)
    await give(console, "a000000", card)
    await give(console, "a000002", card, answers=WELL | {"honest": "NO"})
    await give(console, "a000001", card, answers=WELL | {"tone": 2.5})


async def test_results_are_told_by_agent_and_week(console: httpx.AsyncClient) -> None:
    week = {"week": "2026-11-16"}
    assert (await console.get("/api/review-results", params=SPAN)).json() == [
        week | {"agent_id": "agent1", "reviews": 2, "mean": 50.0, "lowest": 0.0, "failed": 1},
        week | {"agent_id": "agent2", "reviews": 1, "mean": 75.0, "lowest": 75.0, "failed": 0},
    ]
    file = await console.get("/api/review-results/csv", params=SPAN)
    assert file.headers["content-type"].startswith("text/csv")
    assert file.text.splitlines()[1] == "agent1,2026-11-16,2,50.0,0.0,1"


async def test_a_team_leader_sees_the_own_team_alone(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "lea", Role.TEAM_LEADER, team="south")
    async with logged_in(stranger, "lea") as leader:
        found = (await leader.get("/api/review-results", params=SPAN)).json()
        assert [one["agent_id"] for one in found] == ["agent2"]
        assert "agent1" not in (await leader.get("/api/review-results/csv", params=SPAN)).text


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"zone": "Mars/Base"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"since": "2000-01-01T00:00:00Z"}, "since"),
        ({"until": "0001-01-01T00:00:00Z", "since": None}, ""),
    ],
)
async def test_what_cannot_be_reckoned_is_refused_by_its_name(
    console: httpx.AsyncClient, change: dict[str, str | None], named: str
) -> None:
    params = {key: value for key, value in (SPAN | change).items() if value is not None}
    answer = await console.get("/api/review-results", params=params)
    assert answer.status_code == (422 if named else 200)
    assert named in answer.text

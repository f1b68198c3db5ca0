from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in
from tests.api.talks import THEN, audited, give, make_card, record_talk, talk

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

SPAN = {"since": THEN.isoformat(), "until": "2026-11-21T00:00:00Z"}


@pytest.fixture(autouse=True)
async def _talks(centre: Centre) -> None:
    await talk(centre)


async def draw(client: httpx.AsyncClient, **more: Any) -> httpx.Response:
    body = {"name": "Friday", "filters": SPAN, "size": 10, "drawn_by": "RISK", "seed": 1} | more
    return await client.post("/api/samples", json=body)


def ids(sample: dict[str, Any]) -> set[str]:
    return {one["attempt"]["attempt_id"] for one in sample["items"]}


async def test_a_sample_holds_talks_with_what_speaks_for_a_look_and_its_progress(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    await record_talk(centre, "a000001")
    made = (await draw(console)).json()
    assert ids(made) == {"a000000", "a000001", "a000002", "a000003"}  # not the one that was busy
    risks = {one["attempt"]["attempt_id"]: one["risks"] for one in made["items"]}
    assert risks == {
        "a000000": ["NEW_AGENT"],
        "a000001": ["DEAD_AIR", "REFUSED", "NEW_AGENT"],
        "a000002": ["SHORT", "DO_NOT_CALL", "NEW_AGENT"],
        "a000003": ["ABANDONED"],
    }
    await give(console, "a000001", await make_card(console))
    told = (await console.get(f"/api/samples/{made['sample_id']}")).json()
    assert (told["size"], told["done"], told["seen"]) == (4, 1, 4)
    assert [one["attempt"]["attempt_id"] for one in told["items"] if one["attempt"]["reviewed"]] == ["a000001"]
    assert "1380000000" not in str(told)
    assert await audited(centre, "sample drawn") == [("token", "Friday")]
    assert (await console.delete(f"/api/samples/{made['sample_id']}")).status_code == 204
    assert (await console.get("/api/samples")).json() == []


async def test_the_same_seed_draws_the_same_and_no_agent_is_forgotten(console: httpx.AsyncClient) -> None:
    for seed in range(8):
        first, second = [(await draw(console, size=2, seed=seed)).json() for _ in range(2)]
        assert ids(first) == ids(second)
        assert {one["attempt"]["agent_id"] for one in first["items"]} == {"agent1", "agent2"}


async def test_a_sample_is_drawn_by_all_that_a_search_may_ask_for(console: httpx.AsyncClient, centre: Centre) -> None:
    await record_talk(centre, "a000001")
    every = {
        "campaign": "autumn",
        "agent": "agent2",
        "outcome": "ANSWERED",
        "disposition": "REFUSED",
        "longer_than_s": 39,
        "shorter_than_s": 41,
        "has_recording": True,
        "dead_air_over_s": 10,
        "overlap_over": 0.04,
        "agent_share_over": 0.4,
        "agent_share_under": 0.5,
        "softer_than_dbfs": -30,
        "reviewed": False,
    }
    assert ids((await draw(console, filters=SPAN | every)).json()) == {"a000001"}
    found = (await console.get("/api/attempts", params={key: str(value) for key, value in every.items()})).json()
    assert [one["attempt_id"] for one in found["attempts"]] == ["a000001"]
    for key, value in {"shorter_than_s": 40, "dead_air_over_s": 13, "overlap_over": 0.06, "agent_share_over": 0.5,
                       "softer_than_dbfs": -32, "clipped_over": 0, "reviewed": True}.items():  # fmt: skip
        assert (await draw(console, filters=SPAN | every | {key: value})).status_code == 422, key


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"size": 1}, "size: there are 2 agents"),
        ({"size": 10_000}, "size"),
        ({"filters": SPAN | {"agent": "ghost"}}, "no talk fits"),
        ({"filters": {"since": "yesterday"}}, "filters"),
        ({"filters": {"agnet": "agent1"}}, "agnet"),
        ({"name": ""}, "name"),
    ],
)
async def test_a_sample_that_cannot_be_drawn_is_refused_with_its_reason(
    console: httpx.AsyncClient, more: dict[str, Any], told: str
) -> None:
    refused = await draw(console, **more)
    assert (refused.status_code, told in refused.json()["detail"]) == (422, True)
    assert (await console.get("/api/samples")).json() == []


async def test_ten_thousand_talks_are_never_listed_at_once(console: httpx.AsyncClient) -> None:
    refused = await console.get("/api/attempts", params={"limit": 10_000})
    assert (refused.status_code, "limit" in refused.json()["detail"]) == (422, True)


async def test_a_team_leader_draws_of_the_own_team_and_others_do_not_see_it(
    stranger: httpx.AsyncClient, centre: Centre
) -> None:
    for name, team in (("lea", "north"), ("liu", "south")):
        await add_user(centre.record, name, Role.TEAM_LEADER, team=team)
    async with logged_in(stranger, "lea") as lea, logged_in(stranger, "liu") as liu:
        made = (await draw(lea)).json()
        assert ids(made) == {"a000000", "a000002"}
        assert (await liu.get(f"/api/samples/{made['sample_id']}")).status_code == 404
        assert (await liu.delete(f"/api/samples/{made['sample_id']}")).status_code == 404
        assert (await liu.get("/api/samples")).json() == []
        assert len((await lea.get("/api/samples")).json()) == 1


async def test_filters_are_kept_under_a_name_each_for_oneself(
    console: httpx.AsyncClient, stranger: httpx.AsyncClient, centre: Centre
) -> None:
    for minimum in (5, 7):
        body = {"name": "quiet ones", "filters": {"dead_air_over_s": minimum, "since": SPAN["since"]}}
        assert (await console.post("/api/saved-filters", json=body)).status_code == 204
    (kept,) = (await console.get("/api/saved-filters")).json()
    assert kept["filters"] == {"dead_air_over_s": 7.0, "since": "2026-11-20T02:30:00Z"}
    await add_user(centre.record, "rita", Role.REVIEWER)
    async with logged_in(stranger, "rita") as rita:
        assert (await rita.get("/api/saved-filters")).json() == []
        assert (await rita.delete(f"/api/saved-filters/{kept['filter_id']}")).status_code == 404
    assert (await console.get("/api/attempts", params=kept["filters"])).status_code == 200
    assert (await console.delete(f"/api/saved-filters/{kept['filter_id']}")).status_code == 204

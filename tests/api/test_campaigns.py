from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.access import Role
from dialer.core.plan import CampaignPlan
from tests.api.people import add_user, logged_in
from tests.fakes.centre import CALLER_ID
from tests.fakes.virtual_time import until

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def test_operators_see_what_runs_and_why_it_dials_as_it_does(console: httpx.AsyncClient, centre: Centre) -> None:
    campaign = await centre.campaign()
    await centre.leads(campaign, 3)
    await centre.log_in("agent1")
    await until(lambda: bool(centre.switch.placed()))
    (seen,) = (await console.get("/api/campaigns")).json()
    assert (seen["name"], seen["status"], seen["mode"]) == ("autumn", "RUNNING", "PROGRESSIVE")
    assert "one call per free agent" in seen["decision"]
    assert seen["calls"] == {"PLACED": 1}
    assert seen["trouble"] is None


async def test_commands_are_those_of_the_broker(console: httpx.AsyncClient, centre: Centre) -> None:
    await centre.campaign(running=False)
    started = await console.post("/api/campaigns/autumn/commands", json={"do": "resume"})
    assert (started.status_code, started.json()["status"]) == (200, "RUNNING")
    faster = await console.post("/api/campaigns/1/commands", json={"do": "pacing", "mode": "ratio", "ratio": 3})
    assert (faster.json()["pacing"]["mode"], faster.json()["pacing"]["ratio"]) == ("RATIO", 3)
    for body, words in (({"do": "fly"}, "do: "), ({"do": "pacing", "ratio": 0}, "ratio: ")):
        refused = await console.post("/api/campaigns/autumn/commands", json=body)
        assert refused.status_code == 422
        assert words in refused.json()["detail"]
    assert (await console.post("/api/campaigns/ghost/commands", json={"do": "pause"})).status_code == 404
    assert (await console.post("/api/campaigns/autumn/commands", content=b"pause")).status_code == 422


PLAN: dict[str, Any] = {"name": "冬季回访", "trunk": "carrier", "caller_id": CALLER_ID}


async def test_a_campaign_is_made_from_its_plan_paused_and_leaves_an_audit_line(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    windows = [{"days": ["mon", "SAT"], "opens": "10:00", "closes": "18:30"}]
    made = await console.post("/api/campaigns", json=PLAN | {"script": "您好", "windows": windows, "wrap_up_s": 15})
    assert (made.status_code, made.json()["status"], made.json()["lists"]) == (201, "PAUSED", [])
    plan = made.json()["plan"]
    assert (plan["name"], plan["script"], plan["wrap_up_s"]) == ("冬季回访", "您好", 15)
    assert plan["windows"] == [{"days": ["MON", "SAT"], "opens": "10:00:00", "closes": "18:30:00"}]
    assert (await centre.record.campaigns.get("冬季回访")).plan == CampaignPlan.model_validate(plan)
    (line, *_) = await centre.record.audit.latest()
    assert (line.who, line.what, line.subject) == ("token", "campaign created", "冬季回访")
    (listed,) = (await console.get("/api/campaigns")).json()
    assert (listed["name"], listed["status"], listed["mode"]) == ("冬季回访", "PAUSED", "PROGRESSIVE")


async def test_a_name_that_is_taken_is_refused_and_the_first_stays(console: httpx.AsyncClient, centre: Centre) -> None:
    await console.post("/api/campaigns", json=PLAN)
    again = await console.post("/api/campaigns", json=PLAN | {"script": "another"})
    assert (again.status_code, again.json()["detail"]) == (409, "there is already a campaign named 冬季回访")
    assert [one.plan.script for one in await centre.record.campaigns.all()] == [""]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trunk": "ghost"}, "trunk: 'ghost' is not in the settings (carrier)"),
        ({"caller_id": "+862155559999"}, f"caller_id: trunk 'carrier' may not show '+862155559999', only {CALLER_ID}"),
        ({"ends_on": "2020-01-01"}, "windows: never open"),
        ({"ring_timeout_s": 5}, "ring_timeout_s: "),
        ({"windows": []}, "windows: "),
        ({"windows": [{"opens": 720}]}, "windows.0.opens: "),
        ({"windows": [{"opens": "20:00", "closes": "09:00"}]}, "must open before it closes"),
        ({"pacing": {"mode": "FLY"}}, "pacing.mode: "),
        ({"pacing": {"mode": "AGENTLESS"}}, "pacing.mode: "),
        ({"mood": "fine"}, "mood: "),
        ({"name": ""}, "name: "),
        ({"name": "a/b"}, "name: "),
        ({"name": "a\nb"}, "name: "),
        ({"name": "half \ud800"}, "name: "),
        ({"script": "half \ud800"}, "script: "),
        ({"wrap_up_s": float("nan")}, "wrap_up_s: "),
    ],
)
async def test_a_plan_that_cannot_be_followed_is_refused_by_its_key(
    console: httpx.AsyncClient, centre: Centre, change: dict[str, Any], words: str
) -> None:
    refused = await console.post("/api/campaigns", content=json.dumps(PLAN | change))
    assert refused.status_code == 422
    assert words in refused.json()["detail"]
    assert await centre.record.campaigns.all() == []


@pytest.mark.parametrize("content", [b"", b"plan", b"[]", b"null", b"\xff", b"[" * 100_000])
async def test_what_is_no_plan_at_all_is_refused(console: httpx.AsyncClient, content: bytes) -> None:
    assert (await console.post("/api/campaigns", content=content)).status_code == 422


async def test_one_campaign_is_told_with_its_plan_and_its_lists(console: httpx.AsyncClient, centre: Centre) -> None:
    campaign = await centre.campaign(running=False, script="您好")
    await centre.leads(campaign, 3)
    by_name, by_id = [(await console.get(f"/api/campaigns/{which}")).json() for which in ("autumn", "1")]
    assert by_name == by_id
    assert (by_name["status"], by_name["plan"]["script"]) == ("PAUSED", "您好")
    (one,) = by_name["lists"]
    assert (one["list_id"], one["name"], one["source"], one["accepted"], one["rejected"]) == (
        1,
        "list",
        "leads.csv",
        3,
        0,
    )
    assert one["prime_since"] is None
    assert datetime.fromisoformat(one["imported_at"]).tzinfo is not None
    assert (await console.get("/api/campaigns/ghost")).status_code == 404


async def test_each_role_may_do_what_is_its_own(stranger: httpx.AsyncClient, centre: Centre) -> None:
    for username, role in (("olga", Role.OPERATOR), ("tom", Role.TEAM_LEADER), ("rita", Role.REVIEWER)):
        await add_user(centre.record, username, role)
    assert (await stranger.post("/api/campaigns", json=PLAN)).status_code == 401
    async with logged_in(stranger, "tom") as leader:
        assert (await leader.post("/api/campaigns", json=PLAN)).status_code == 403
    async with logged_in(stranger, "olga") as operator:
        assert (await operator.post("/api/campaigns", json=PLAN)).status_code == 201
        foreign = await operator.post("/api/campaigns", json=PLAN, headers={"origin": "https://elsewhere"})
        assert foreign.status_code == 403
    async with logged_in(stranger, "tom") as leader:
        assert (await leader.get("/api/campaigns/1")).status_code == 200
    async with logged_in(stranger, "rita") as reviewer:
        assert (await reviewer.get("/api/campaigns/1")).status_code == 403
    (line,) = [line for line in await centre.record.audit.latest() if line.what == "campaign created"]
    assert line.who == "user:olga"

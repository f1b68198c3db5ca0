from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.access import Role
from dialer.core.model import AgentState, Disposition, LeadState
from tests.api.people import add_user, logged_in
from tests.core.scripts import BOOKING, CONFIRMED
from tests.fakes.virtual_time import virtual_now

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

ANSWERS = {"visit_at": "2026-11-24T10:00+08:00", "contact": "13800000001"}
PATH = [{"step": "identity", "key": "1"}, {"step": "book"}, {"step": "agreed"}]
REFUSED = [{"step": "identity", "key": "2"}, {"step": "refused"}]


async def talk(centre: Centre, console: httpx.AsyncClient, text: str = BOOKING, **plan: Any) -> str:
    """A talk of agent1 in a campaign that has the script."""
    saved = await console.put("/api/scripts/booking", json={"text": text})
    assert saved.status_code == 200, saved.text
    campaign = await centre.campaign(running=False, script_flow="booking", **plan)
    (lead,) = await centre.leads(campaign)
    await centre.log_in("agent1")
    attempt_id = await centre.place(campaign, lead)
    centre.switch.answer(attempt_id)
    await centre.agent_is("agent1", AgentState.TALKING)
    return attempt_id


def walk(attempt_id: str, path: list[dict[str, str]], **more: Any) -> dict[str, Any]:
    return {"attempt_id": attempt_id, "script": "booking", "version": 1, "path": path, "answers": {}} | more


async def test_scripts_are_saved_in_versions_and_shown_with_their_campaigns(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    assert (await console.put("/api/scripts/booking", json={"text": BOOKING, "after": 0})).json()["version"] == 1
    changed = BOOKING.replace("Is this", "Am I speaking with")
    assert (await console.put("/api/scripts/booking", json={"text": changed, "after": 1})).json()["version"] == 2
    late = await console.put("/api/scripts/booking", json={"text": BOOKING + "# mine", "after": 1})
    assert (late.status_code, "version 2 by now" in late.json()["detail"]) == (409, True)
    await centre.campaign(running=False, script_flow="booking")
    (listed,) = (await console.get("/api/scripts")).json()
    assert (listed["name"], listed["version"], listed["campaigns"]) == ("booking", 2, ["autumn"])
    got = (await console.get("/api/scripts/booking", params={"version": 1})).json()
    assert (got["text"], [one["version"] for one in got["versions"]]) == (BOOKING, [2, 1])
    assert (await console.get("/api/scripts/none")).status_code == 404


async def test_what_is_wrong_is_told_with_step_and_line(console: httpx.AsyncClient) -> None:
    wrong = BOOKING.replace("next: book}", "next: nowhere}")
    answer = await console.put("/api/scripts/booking", json={"text": wrong})
    line = wrong[: wrong.index("next: nowhere")].count("\n") + 1
    says = "there is no step nowhere"
    assert (answer.status_code, answer.json()["detail"]) == (
        422,
        f"line {line}, step identity, choices.0.next: {says}",
    )
    checked = (await console.post("/api/scripts/check", json={"text": wrong})).json()
    assert checked["problems"] == [{"line": line, "step": "identity", "key": "choices.0.next", "says": says}]
    assert (await console.put("/api/scripts/other", json={"text": BOOKING})).status_code == 422
    nobodys = await console.put("/api/scripts/booking", json={"text": CONFIRMED})
    assert (nobodys.status_code, "no campaign second" in nobodys.json()["detail"]) == (422, True)
    assert (await console.get("/api/scripts")).json() == []


async def test_a_check_shows_how_a_screen_would_have_it(console: httpx.AsyncClient) -> None:
    answer = await console.post("/api/scripts/check", json={"text": BOOKING, "name": "<i>Li</i>"})
    assert answer.json()["problems"] == []
    assert answer.json()["flow"]["steps"]["identity"]["say"] == {"en": "Is this <i>Li</i>?"}


async def test_a_plan_may_name_only_a_script_that_is_there(console: httpx.AsyncClient) -> None:
    plan = {"name": "autumn", "trunk": "carrier", "caller_id": "+862155550000", "script_flow": "booking"}
    refused = await console.post("/api/campaigns", json=plan)
    assert (refused.status_code, refused.json()["detail"][:12]) == (422, "script_flow:")
    await console.put("/api/scripts/booking", json={"text": BOOKING})
    by = {"script_flow_by": {"attribute": "segment", "scripts": {"premium": "none"}}}
    refused = await console.post("/api/campaigns", json=plan | by)
    assert (refused.status_code, "script_flow_by.scripts: there is no script none" in refused.text) == (422, True)
    assert (await console.post("/api/campaigns", json=plan)).status_code == 201


async def test_a_talks_walk_is_kept_and_found_again(console: httpx.AsyncClient, centre: Centre) -> None:
    attempt_id = await talk(centre, console)
    where = "/api/agents/agent1/script"
    asked = {"attempt_id": attempt_id}
    assert (await console.get(where, params=asked)).json() == {"walk": None, "flow": None}
    half = walk(attempt_id, PATH[:2], answers={"contact": "138"})
    assert (await console.put(where, json=half)).status_code == 200
    # A newer version does not take the ground from under a talk that has begun.
    await console.put("/api/scripts/booking", json={"text": BOOKING.replace("When and where?", "When?")})
    found = (await console.get(where, params=asked)).json()
    assert (found["walk"]["path"], found["walk"]["answers"]) == (
        [PATH[0], {"step": "book", "key": None}],
        {"contact": "138"},
    )
    assert (found["flow"]["version"], found["flow"]["steps"]["book"]["say"]) == (1, {"en": "When and where?"})
    early = await console.put(where, json=walk(attempt_id, PATH, answers={"contact": "138"}))
    assert (early.status_code, early.json()["detail"]) == (422, "answers.visit_at: must be answered")
    assert (await console.put(where, json=walk(attempt_id, PATH, answers=ANSWERS))).status_code == 200
    seen = (await console.get(f"/api/attempts/{attempt_id}/script")).json()["walk"]
    assert seen["answers"] == {"visit_at": "2026-11-24T10:00:00+08:00", "contact": "138****0001"}
    assert (await console.put("/api/agents/agent2/script", json=walk(attempt_id, PATH[:1]))).status_code == 409
    assert (await console.put(where, json=walk("nobody", PATH[:1]))).status_code == 404
    assert (await console.put(where, json=walk(attempt_id, PATH[:1], version=7))).status_code == 404


async def test_a_refusal_is_recorded_with_the_walks_reason(console: httpx.AsyncClient, centre: Centre) -> None:
    attempt_id = await talk(centre, console)
    where, record = "/api/agents/agent1/script", "/api/agents/agent1/disposition"
    await console.put(where, json=walk(attempt_id, REFUSED, reason="G"))
    refused = await console.post(record, json={"disposition": "REFUSED"})
    assert (refused.status_code, refused.json()["detail"][:12]) == (422, "reason_text:")
    assert (await centre.row(attempt_id)).disposition is None
    await console.put(where, json=walk(attempt_id, REFUSED, reason="G", reason_text="<script>alert(1)</script>"))
    assert (await console.post(record, json={"disposition": "REFUSED"})).status_code == 200
    assert (await centre.row(attempt_id)).reason == "G"
    kept = await centre.record.scripts.walk(attempt_id)
    assert kept is not None
    assert kept.walk.reason_text == "<script>alert(1)</script>"


async def test_a_booking_puts_the_lead_into_the_second_campaign(console: httpx.AsyncClient, centre: Centre) -> None:
    second = await centre.campaign("second", running=False)
    attempt_id = await talk(centre, console, CONFIRMED, name="first")
    await console.put("/api/agents/agent1/script", json=walk(attempt_id, PATH, answers=ANSWERS))
    body = {"disposition": "AGREED", "attempt_id": attempt_id}
    for _ in range(2):
        assert (await console.post("/api/agents/agent1/disposition", json=body)).status_code == 200
    (lead_id,) = await centre.record.leads.find(f"confirm:{attempt_id}")
    lead = await centre.lead(lead_id)
    assert lead.due_at is not None
    assert (lead.campaign_id, lead.due_at.isoformat()) == (second.campaign_id, "2026-11-24T02:00:00+00:00")
    assert lead.attributes["visit_at"] == "2026-11-24 10:00"
    await console.post("/api/agents/agent1/disposition", json=body | {"disposition": "UNDECIDED"})
    assert (await centre.row(attempt_id)).disposition is Disposition.UNDECIDED
    assert (await centre.lead(lead_id)).state is LeadState.FINISHED


async def test_agents_walk_and_operators_write(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "ada", Role.AGENT, agent_id="agent1")
    await add_user(centre.record, "olga", Role.OPERATOR)
    await centre.record.scripts.save("booking", BOOKING, virtual_now(), "test")
    async with logged_in(stranger, "ada") as ada, logged_in(stranger, "olga") as olga:
        for way, path in (("GET", ""), ("GET", "/booking"), ("PUT", "/booking"), ("POST", "/check")):
            assert (await ada.request(way, f"/api/scripts{path}", json={"text": BOOKING})).status_code == 403
            assert (await olga.request(way, f"/api/scripts{path}", json={"text": BOOKING})).status_code == 200
        assert (await ada.get("/api/agents/agent2/script", params={"attempt_id": "a"})).status_code == 403
        assert (await ada.get("/api/agents/agent1/script", params={"attempt_id": "a"})).status_code == 404

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time
CRM: dict[str, Any] = {"name": "crm", "url": "https://crm.example/ringpace", "events": ["ATTEMPT_ENDED"]}


async def test_a_webhook_is_made_and_its_secret_shown_once(console: httpx.AsyncClient, centre: Centre) -> None:
    made = await console.post("/api/webhooks", json=CRM)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert made.headers["cache-control"] == "private, no-store"
    assert (await console.post("/api/webhooks", json=CRM)).status_code == 409
    (listed,) = (await console.get("/api/webhooks")).json()
    assert (listed["url"], listed["full_numbers"], listed["waiting"]) == (CRM["url"], False, 0)
    assert secret not in str(listed)
    fresh = (await console.post("/api/webhooks/crm/secret")).json()["secret"]
    assert fresh != secret
    assert (await centre.record.hooks.get("crm")).secret == fresh
    trail = [(line.what, line.detail) for line in await centre.record.audit.latest()]
    assert trail == [("webhook changed", "new secret"), ("webhook made", "numbers masked")]
    assert (await console.delete("/api/webhooks/crm")).status_code == 204
    assert (await console.delete("/api/webhooks/crm")).status_code == 404


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"url": "https://10.0.0.1/"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": ""}, "url"),
        ({"url": "http://crm.example/", "full_numbers": True}, "url"),
        ({"events": []}, "events"),
        ({"events": ["TEST"]}, "events"),
        ({"name": "a b"}, "name"),
        ({"secret": "mine"}, "secret"),
    ],
)
async def test_what_is_no_webhook_is_refused_by_its_field(
    console: httpx.AsyncClient, change: dict[str, Any], named: str
) -> None:
    answer = await console.post("/api/webhooks", json=CRM | change)
    assert (answer.status_code, named in answer.text) == (422, True), answer.text
    assert (await console.get("/api/webhooks")).json() == []
    if "name" not in change and "secret" not in change:
        await console.post("/api/webhooks", json=CRM)
        assert (await console.patch("/api/webhooks/crm", json=change)).status_code == 422


async def test_full_numbers_need_the_right_to_see_them(console: httpx.AsyncClient, stranger: httpx.AsyncClient) -> None:
    body = {"name": "users", "rights": ["MANAGE_USERS"]}
    headers = {"authorization": f"Bearer {(await console.post('/api/tokens', json=body)).json()['token']}"}
    refused = await stranger.post("/api/webhooks", json=CRM | {"full_numbers": True}, headers=headers)
    assert (refused.status_code, "SEE_NUMBERS" in refused.text) == (403, True)
    assert (await stranger.post("/api/webhooks", json=CRM, headers=headers)).status_code == 201
    change = {"full_numbers": True}
    assert (await stranger.patch("/api/webhooks/crm", json=change, headers=headers)).status_code == 403
    # One that gets full numbers already may not be led elsewhere by somebody who may not see them.
    assert (await console.patch("/api/webhooks/crm", json=change)).status_code == 200
    elsewhere = {"url": "https://elsewhere.example/"}
    assert (await stranger.patch("/api/webhooks/crm", json=elsewhere, headers=headers)).status_code == 403


async def test_only_admins_come_near(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "olga", Role.OPERATOR)
    async with logged_in(stranger, "olga") as olga:
        assert (await olga.get("/api/webhooks")).status_code == 403
        assert (await olga.post("/api/webhooks", json=CRM)).status_code == 403


async def test_one_is_changed_disabled_and_tried(console: httpx.AsyncClient) -> None:
    await console.post("/api/webhooks", json=CRM | {"url": "https://127-0-0-1.invalid/"})
    assert (await console.patch("/api/webhooks/crm", json={})).status_code == 422
    changed = await console.patch("/api/webhooks/crm", json={"events": ["ATTEMPT_DISPOSED"], "disabled": True})
    assert (changed.json()["events"], changed.json()["disabled_at"] is None) == (["ATTEMPT_DISPOSED"], False)
    assert (await console.patch("/api/webhooks/crm", json={"disabled": False})).json()["disabled_at"] is None
    assert (await console.get("/api/webhooks/crm/deliveries")).json() == []
    assert (await console.post("/api/webhooks/crm/redeliver", json={})).json() == {"events": 0}
    assert (await console.post("/api/webhooks/crm/redeliver", json={"delivery_id": 1})).status_code == 404
    assert (await console.post("/api/webhooks/ghost/test")).status_code == 404

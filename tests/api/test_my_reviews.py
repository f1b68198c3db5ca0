from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in
from tests.api.talks import audited, give, make_card, record_talk, talk

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
async def _talks(centre: Centre) -> None:
    await talk(centre)


async def test_an_agent_sees_what_was_given_of_their_own_talks_and_replies_once(
    console: httpx.AsyncClient, stranger: httpx.AsyncClient, centre: Centre
) -> None:
    card = await make_card(console)
    await record_talk(centre, "a000000")
    await console.post("/api/attempts/a000000/notes", json={"at_s": 2, "text": "well put"})
    await give(console, "a000002", card, give=False)
    given = (await give(console, "a000000", card, comment="good")).json()
    await give(console, "a000001", card)
    async with logged_in(stranger, "nora") as nora:
        (one,) = (await nora.get("/api/my-reviews")).json()
        assert (one["attempt_id"], one["score"], one["comment"], one["campaign"]) == ("a000000", 100, "good", "autumn")
        assert (one["number"], [note["text"] for note in one["notes"]]) == ("138****0000", ["well put"])
        assert one["scorecard"]["card"]["name"] == "Sales"
        reply = f"/api/my-reviews/{given['review_id']}/reply"
        assert (await nora.post(reply, json={"text": "谢谢"})).status_code == 204
        assert (await nora.post(reply, json={"text": "and more"})).status_code == 409
        assert (await nora.get("/api/my-reviews")).json()[0]["reply"] == "谢谢"
    (seen,) = (await console.get("/api/attempts/a000000/reviews")).json()["mine"]
    assert seen["reply"] == "谢谢"
    assert await audited(centre, "review replied to") == [("user:nora", "a000000")]


async def test_nobody_replies_for_another_or_to_a_draft(
    console: httpx.AsyncClient, stranger: httpx.AsyncClient, centre: Centre
) -> None:
    card = await make_card(console)
    draft = (await give(console, "a000000", card, give=False)).json()["review_id"]
    others = (await give(console, "a000001", card)).json()["review_id"]
    async with logged_in(stranger, "nora") as nora:
        for review_id in (draft, others, 999):
            refused = await nora.post(f"/api/my-reviews/{review_id}/reply", json={"text": "no"})
            assert refused.status_code == 404
    await add_user(centre.record, "rita", Role.REVIEWER)
    async with logged_in(stranger, "rita") as reviewer:
        assert (await reviewer.get("/api/my-reviews")).status_code == 403
        assert (await reviewer.post(f"/api/my-reviews/{others}/reply", json={"text": "no"})).status_code == 403

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from tests.api.people import add_user, logged_in
from tests.api.talks import CARD, WELL, audited, give, make_card, record_talk, talk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
async def _talks(centre: Centre) -> None:
    await talk(centre)


@pytest.fixture
async def reviewers(stranger: httpx.AsyncClient, centre: Centre) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Rita and Rolf."""
    async with AsyncExitStack() as stack:
        browsers = []
        for name in ("rita", "rolf"):
            await add_user(centre.record, name, Role.REVIEWER)
            browsers.append(await stack.enter_async_context(logged_in(stranger, name)))
        yield browsers


async def test_a_draft_is_seen_by_nobody_else_and_a_review_that_was_given_stays(
    reviewers: list[httpx.AsyncClient], centre: Centre
) -> None:
    rita, rolf = reviewers
    card = await make_card(rita)
    draft = await give(rita, "a000000", card, answers={"greets": "NO"}, give=False)
    assert (draft.status_code, draft.json()["state"], draft.json()["score"]) == (200, "DRAFT", 0.0)
    assert (await rolf.get("/api/attempts/a000000/reviews")).json()["others"] == []
    given = (await give(rita, "a000000", card, answers=WELL | {"tone": 2.5}, comment="well done")).json()
    assert (given["state"], given["score"], given["agent_id"]) == ("GIVEN", 75.0, "agent1")
    again = await give(rita, "a000000", card)
    assert again.status_code == 409
    (seen,) = (await rolf.get("/api/attempts/a000000/reviews")).json()["others"]
    assert (seen["reviewer"], seen["score"], seen["comment"]) == ("user:rita", 75.0, "well done")
    assert await audited(centre, "review given") == [("user:rita", "a000000")]
    reviewed = (await rolf.get("/api/attempts", params={"reviewed": "true"})).json()["attempts"]
    assert [one["attempt_id"] for one in reviewed] == ["a000000"]


async def test_an_instant_fail_is_0(reviewers: list[httpx.AsyncClient]) -> None:
    card = await make_card(reviewers[0])
    failed = (await give(reviewers[0], "a000000", card, answers=WELL | {"honest": "NO"})).json()
    assert (failed["score"], failed["failed"]) == (0.0, True)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ({"greets": "YES"}, "answers.tone: not answered yet"),
        (WELL | {"ghost": "YES"}, "answers.ghost"),
        (WELL | {"tone": 6}, "answers.tone"),
        (WELL | {"greets": 1}, "answers.greets"),
    ],
)
async def test_a_review_that_cannot_be_given_names_the_question(
    reviewers: list[httpx.AsyncClient], answers: dict[str, object], told: str
) -> None:
    card = await make_card(reviewers[0])
    refused = await give(reviewers[0], "a000000", card, answers=answers)
    assert (refused.status_code, told in refused.json()["detail"]) == (422, True)
    assert (await reviewers[0].get("/api/attempts/a000000/reviews")).json()["mine"] == []


async def test_a_retired_scorecard_judges_no_more_but_its_reviews_can_be_read(
    reviewers: list[httpx.AsyncClient],
) -> None:
    rita, _rolf = reviewers
    old = await make_card(rita)
    await give(rita, "a000000", old)
    await make_card(rita, CARD.replace("Greets}", "Greets by name}"))
    assert (await give(rita, "a000001", old)).status_code == 409
    (card,) = (await rita.get("/api/attempts/a000000/reviews")).json()["scorecards"]
    assert (card["scorecard_id"], card["card"]["groups"][0]["questions"][0]["text"]) == (old, "Greets")


async def test_nobody_reviews_their_own_talks(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await add_user(centre.record, "lea", Role.TEAM_LEADER, team="north")
    await add_user(centre.record, "root", Role.ADMIN)
    async with logged_in(stranger, "root") as admin:
        card = await make_card(admin)
        await admin.patch("/api/users/nora", json={"role": "AGENT", "agent_id": None})
        await admin.patch("/api/users/lea", json={"agent_id": "agent1"})
    async with logged_in(stranger, "lea") as leader:
        refused = await give(leader, "a000000", card)
        assert (refused.status_code, "own talks" in refused.text) == (409, True)


async def test_calibration_is_blind_until_one_has_given_ones_own_word(
    reviewers: list[httpx.AsyncClient], centre: Centre
) -> None:
    rita, rolf = reviewers
    card = await make_card(rita)
    await record_talk(centre, "a000000")
    begun = await rita.put("/api/attempts/a000000/calibration", json={"scorecard_id": card})
    assert begun.status_code == 201
    assert (await rolf.put("/api/attempts/a000000/calibration", json={"scorecard_id": card})).status_code == 409
    await give(rita, "a000000", card, kind="CALIBRATION")
    await rita.post("/api/attempts/a000000/notes", json={"at_s": 2, "text": "too fast"})
    # Whatever Rita said of it would sway Rolf.
    (wanted,) = (await rolf.get("/api/calibrations")).json()
    blind = (await rolf.get("/api/attempts/a000000/reviews")).json()
    assert (wanted["wanted"], blind["hidden"], blind["others"]) == (True, 1, [])
    assert blind["calibration"]["questions"] == blind["calibration"]["scores"] == []
    assert (await rolf.get("/api/attempts/a000000/notes")).json() == []
    draft = await give(rolf, "a000000", card, kind="CALIBRATION", give=False)
    assert draft.status_code == 200
    assert (await rolf.get("/api/attempts/a000000/reviews")).json()["hidden"] == 1
    await give(rolf, "a000000", card, kind="CALIBRATION", answers=WELL | {"tone": 2.5, "greets": "NA"})
    told = (await rolf.get("/api/attempts/a000000/reviews")).json()
    assert (len(told["others"]), told["calibration"]["reviewers"]) == (1, ["user:rolf", "user:rita"])
    apart = {one["question"]: one["apart"] for one in told["calibration"]["questions"]}
    assert apart == {"greets": 1.0, "tone": 0.5, "honest": 0.0}
    assert told["calibration"]["apart"] == pytest.approx(100 - 100 * 2 / 3)
    assert len((await rolf.get("/api/attempts/a000000/notes")).json()) == 1


async def test_a_calibration_counts_for_nobody_and_the_agent_never_sees_it(
    reviewers: list[httpx.AsyncClient], stranger: httpx.AsyncClient
) -> None:
    rita, _rolf = reviewers
    card = await make_card(rita)
    assert (await give(rita, "a000000", card, kind="CALIBRATION")).status_code == 409  # nobody asked for one
    await rita.put("/api/attempts/a000000/calibration", json={"scorecard_id": card})
    assert (await give(rita, "a000000", card, kind="CALIBRATION")).status_code == 200
    since = {"since": "2026-11-01T00:00:00Z", "until": "2026-12-01T00:00:00Z"}
    assert (await rita.get("/api/review-results", params=since)).json() == []
    async with logged_in(stranger, "nora") as agent:
        assert (await agent.get("/api/my-reviews")).json() == []

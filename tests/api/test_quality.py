from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Outcome
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

NOW = datetime.now(UTC)
"""The interface goes by the real clock."""


@pytest.fixture
async def _worked(centre: Centre) -> None:
    """Yesterday an answer, two hours ago two dead numbers of another list."""
    campaign = await centre.campaign(running=False)
    old = await import_list(centre.record, campaign, "old", ["+8613800000001"], NOW)
    new = await import_list(centre.record, campaign, "new", ["+8613800000002", "+8613800000003"], NOW)
    lately, before = NOW - timedelta(hours=2), NOW - timedelta(hours=30)
    calls = [(old[0], Made(before, Outcome.ANSWERED, 20.0))]
    calls += [(each, Made(lately, Outcome.INVALID, sip_code=404)) for each in new]
    await call(centre.record, campaign, calls)


@pytest.mark.usefixtures("_worked")
async def test_quality_is_of_the_last_day_or_since_a_time(console: httpx.AsyncClient) -> None:
    lately = (await console.get("/api/campaigns/autumn/quality")).json()
    assert (lately["calls"]["attempts"], lately["calls"]["dead"], lately["position"]) == (2, 2, "UNSET")
    since = (NOW - timedelta(days=3)).isoformat()
    longer = (await console.get("/api/campaigns/1/quality", params={"since": since, "by": "hour"})).json()
    assert (longer["calls"]["answered"], longer["by"]) == (1, "hour")


@pytest.mark.usefixtures("_worked")
async def test_the_feedback_list_is_a_file_and_leaves_a_line_in_the_audit(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    answer = await console.get("/api/campaigns/autumn/feedback", params={"source": "new"})
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="feedback-1.csv"'
    rows = list(csv.DictReader(answer.text.removeprefix("\ufeff").splitlines()))
    assert [row["number"] for row in rows] == ["'+8613800000002", "'+8613800000003"]
    assert "feedback with full numbers" in [line.what for line in await centre.record.audit.latest()]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/campaigns/ghost/quality", 404),
        ("/api/campaigns/autumn/quality?by=moon", 422),
        ("/api/campaigns/autumn/quality?since=2026-11-20T00:00:00", 422),
        ("/api/campaigns/autumn/feedback?source=ghost", 404),
        ("/api/campaigns/ghost/feedback", 404),
    ],
)
@pytest.mark.usefixtures("_worked")
async def test_what_cannot_be_answered_is_refused(console: httpx.AsyncClient, path: str, code: int) -> None:
    assert (await console.get(path)).status_code == code


@pytest.mark.usefixtures("_worked")
async def test_strangers_learn_nothing(stranger: httpx.AsyncClient) -> None:
    for path in ("/api/campaigns/autumn/quality", "/api/campaigns/autumn/feedback"):
        assert (await stranger.get(path)).status_code == 401

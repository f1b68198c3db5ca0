from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.access import Role
from dialer.core.model import Disposition, Outcome
from tests.api.people import add_user, logged_in

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


async def talked(centre: Centre, agents: dict[str, Disposition], name: str = "=cmd()") -> None:
    """A talk of each of these agents a minute ago by the true clock, which the interface goes by."""
    campaign = await centre.campaign(name, running=False)
    at = datetime.now(UTC) - timedelta(minutes=1)
    leads = await centre.leads(campaign, len(agents))
    for lead, (agent_id, disposition) in zip(leads, agents.items(), strict=True):
        attempt = await centre.claim(campaign, lead, queued_at=at)
        times = {"sent_at": at, "answered_at": at, "bridged_at": at, "unbridged_at": at + timedelta(seconds=20)}
        over = {"ended_at": at + timedelta(seconds=20), "outcome": Outcome.ANSWERED, "agent_id": agent_id}
        await centre.record.attempts.update(attempt.attempt_id, **times, **over, disposition=disposition)


async def test_a_report_has_its_lines_and_their_sum(console: httpx.AsyncClient, centre: Centre) -> None:
    await talked(centre, {"agent1": Disposition.AGREED, "agent2": Disposition.REFUSED})
    report = (await console.get("/api/reports/calls", params={"by": "agent", "zone": "Asia/Shanghai"})).json()
    assert [(one["key"], one["agreed"], one["refused"]) for one in report["lines"]] == [
        ("agent1", 1, 0),
        ("agent2", 0, 1),
    ]
    assert (report["total"]["long_talks"], report["total"]["talk_s"], report["left_out"]) == (2, 40.0, 0)


async def test_a_file_holds_the_same_and_runs_nothing_in_a_spreadsheet(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    await talked(centre, {"agent1": Disposition.AGREED})
    answer = await console.get("/api/reports/calls.csv", params={"by": "campaign"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, line = csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert dict(zip(header, line, strict=True))["name"] == "'=cmd()"
    assert dict(zip(header, line, strict=True))["agreed"] == "1"


async def test_a_team_leader_sees_their_own_team_and_an_agent_nobody(
    stranger: httpx.AsyncClient, centre: Centre
) -> None:
    await add_user(centre.record, "ann", Role.AGENT, team="north", agent_id="agent1")
    await add_user(centre.record, "bo", Role.AGENT, team="south", agent_id="agent2")
    await add_user(centre.record, "lea", Role.TEAM_LEADER, team="north")
    await talked(centre, {"agent1": Disposition.AGREED, "agent2": Disposition.AGREED})
    async with logged_in(stranger, "lea") as lea:
        for by, key in (("agent", "agent1"), ("team", "north")):
            lines = (await lea.get("/api/reports/calls", params={"by": by})).json()["lines"]
            assert [(one["key"], one["bridged"]) for one in lines] == [(key, 1)]
        assert "agent2" not in (await lea.get("/api/reports/calls.csv", params={"by": "agent"})).text
    async with logged_in(stranger, "ann") as ann:
        assert (await ann.get("/api/reports/calls")).status_code == 403


@pytest.mark.parametrize(
    ("params", "named"),
    [
        ({"by": "number"}, "by"),
        ({"zone": "Mars/Olympus"}, "zone"),
        ({"zone": "../../etc/passwd"}, "zone"),
        ({"since": "2026-01-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}, "since"),
        ({"since": "2100-01-01T00:00:00Z"}, "since"),
        ({"since": "yesterday"}, "since"),
        ({"limit": 1}, "limit"),
    ],
)
async def test_what_cannot_be_asked_is_refused_by_its_key(
    console: httpx.AsyncClient, params: dict[str, Any], named: str
) -> None:
    answer = await console.get("/api/reports/calls", params=params)
    assert (answer.status_code, named in answer.text) == (422, True), answer.text


async def test_an_agent_is_told_the_day_and_the_rank_and_nobody_elses_name(
    stranger: httpx.AsyncClient, centre: Centre
) -> None:
    await add_user(centre.record, "ann", Role.AGENT, team="north", agent_id="agent1")
    await add_user(centre.record, "bo", Role.AGENT, team="north", agent_id="agent2")
    await talked(centre, {"agent1": Disposition.REFUSED, "agent2": Disposition.AGREED})
    async with logged_in(stranger, "ann") as ann:
        day = (await ann.get("/api/agents/agent1/day", params={"zone": _zone_where_it_is_noon()})).json()
        assert {key: day[key] for key in ("talks", "talk_s", "agreed", "rank", "of")} == {
            "talks": 1,
            "talk_s": 20.0,
            "agreed": 0,
            "rank": 2,
            "of": 2,
        }
        assert "agent2" not in str(day)
        assert (await ann.get("/api/agents/agent2/day")).status_code == 403
        assert (await ann.get("/api/agents/agent1/day", params={"zone": "x"})).status_code == 422


def _zone_where_it_is_noon() -> str:
    """So that a minute ago is never yesterday."""
    hour = datetime.now(UTC).hour
    return f"Etc/GMT{hour - 12:+d}"

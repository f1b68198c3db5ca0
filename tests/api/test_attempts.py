from __future__ import annotations

import wave
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dialer.core.access import Role
from dialer.core.model import Disposition, NumberState, Outcome
from dialer.record.recordings import Measured
from tests.api.people import add_user, logged_in
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

THEN = datetime(2026, 11, 20, 2, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MEASURED = Measured(2.5, 80_044, "ab", -20.5, -31.0)
CALLS = [
    Made(THEN, Outcome.ANSWERED, 20.0, agent_id="agent1", disposition=Disposition.AGREED),
    Made(THEN, Outcome.ANSWERED, 40.0, agent_id="agent2"),
    Made(THEN, Outcome.BUSY),
    Made(THEN + MINUTE, Outcome.POWERED_OFF, state=NumberState.OFF),
    Made(THEN + 2 * MINUTE, Outcome.NO_ANSWER, agent_id="agent1"),
]
"""Three of them in one instant; newest first, by their ids a000004 a000003 a000002 a000001 a000000."""


@pytest.fixture(autouse=True)
async def _called(centre: Centre) -> None:
    campaign = await centre.campaign(running=False)
    numbers = [f"+861380000000{place}" for place in range(len(CALLS))]
    leads = await import_list(centre.record, campaign, "list", numbers, THEN)
    await call(centre.record, campaign, list(zip(leads, CALLS, strict=True)))


@pytest.fixture
async def leader(stranger: httpx.AsyncClient, centre: Centre) -> AsyncIterator[httpx.AsyncClient]:
    """Of the north, as agent1 is; agent2 is of the south."""
    await add_user(centre.record, "north1", Role.AGENT, team="north", agent_id="agent1")
    await add_user(centre.record, "south1", Role.AGENT, team="south", agent_id="agent2")
    await add_user(centre.record, "ada", Role.TEAM_LEADER, team="north")
    async with logged_in(stranger, "ada") as browser:
        yield browser


async def listed(client: httpx.AsyncClient, **params: Any) -> list[str]:
    answer = await client.get("/api/attempts", params=params)
    assert answer.status_code == 200, answer.text
    return [one["attempt_id"] for one in answer.json()["attempts"]]


async def recorded(centre: Centre, attempt_id: str, file: Path | None = None) -> bytes:
    """A recording of an attempt, in the store unless said otherwise; what is in the file."""
    path = file or centre.settings.recordings_dir / "autumn" / f"{attempt_id}.wav"
    path.parent.mkdir(exist_ok=True)
    with wave.open(str(path), "wb") as out:
        out.setnchannels(2)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(bytes(range(200)) * 400)
    await centre.record.recordings.stored(attempt_id, str(path), MEASURED, THEN)
    return path.read_bytes()


async def audited(centre: Centre, what: str) -> list[tuple[str, str]]:
    return [(line.who, line.subject) for line in await centre.record.audit.latest() if line.what == what]


async def test_a_page_tells_of_each_attempt_with_its_number_masked(console: httpx.AsyncClient, centre: Centre) -> None:
    await centre.record.recordings.stored("a000000", "somewhere.wav", MEASURED, THEN)
    answer = (await console.get("/api/attempts", params={"disposition": "AGREED"})).json()
    (one,) = answer["attempts"]
    assert answer["next"] is None
    assert one["campaign"] == {"campaign_id": 1, "name": "autumn"}
    assert (one["attempt_id"], one["name"], one["agent_id"]) == ("a000000", "王小明", "agent1")
    assert one["number"] == "138****0000"
    assert (one["outcome"], one["disposition"], one["talk_s"]) == ("ANSWERED", "AGREED", 20.0)
    assert datetime.fromisoformat(one["queued_at"]) == THEN
    expected = {"state": "STORED", "duration_s": 2.5, "level_left_dbfs": -20.5, "level_right_dbfs": -31.0}
    assert one["recording"] == expected
    assert "13800000000" not in str(answer)


@pytest.mark.parametrize(
    ("params", "which"),
    [
        ({}, "43210"),
        ({"campaign": "autumn", "agent": "agent1"}, "40"),
        ({"campaign": "1", "outcome": "ANSWERED", "longer_than_s": "20"}, "1"),
        ({"number_state": "OFF"}, "3"),
        ({"since": (THEN + MINUTE).isoformat(), "until": (THEN + 2 * MINUTE).isoformat()}, "3"),
        ({"has_recording": "true"}, ""),
        ({"has_recording": "false", "disposition": "AGREED"}, "0"),
        ({"agent": "ghost"}, ""),
    ],
)
async def test_filters_leave_only_what_fits(console: httpx.AsyncClient, params: dict[str, str], which: str) -> None:
    assert await listed(console, **params) == [f"a00000{place}" for place in which]


@pytest.mark.parametrize("limit", [1, 2, 4, 5])
async def test_the_cursor_leads_through_every_attempt_once_also_those_of_one_instant(
    console: httpx.AsyncClient, limit: int
) -> None:
    found: list[str] = []
    params: dict[str, Any] = {"limit": limit, "until": (THEN + 5 * MINUTE).isoformat()}
    while True:
        page = (await console.get("/api/attempts", params=params)).json()
        found += [one["attempt_id"] for one in page["attempts"]]
        assert len(page["attempts"]) == limit or page["next"] is None
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert found == [f"a00000{place}" for place in "43210"]


def cursor(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "x",
        "!!!",
        "é",
        "\x00",
        cursor("1.a\x00b"),
        cursor("1.' OR 1=1"),
        cursor("-1.a"),
        cursor("999999999999999999.a"),
        cursor("٣.a"),
        cursor("01.a") + "==",
        cursor("1763605800000000"),
        "A" * 201,
    ],
)
async def test_a_cursor_that_was_never_given_out_is_refused_and_named(console: httpx.AsyncClient, forged: str) -> None:
    answer = await console.get("/api/attempts", params={"cursor": forged})
    assert answer.status_code == 422
    assert "cursor" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "9" * 5000),
        ("outcome", "HAPPY"),
        ("since", "2026-11-20T00:00:00"),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("until", "9999-12-31T23:59:59-14:00"),
        ("longer_than_s", "nan"),
        ("longer_than_s", "1e999"),
        ("agent", "a\x00b"),
        ("campaign", "a\x00b"),
        ("agnet", "agent1"),
    ],
)
async def test_a_filter_that_makes_no_sense_is_refused_by_its_name(
    console: httpx.AsyncClient, key: str, value: str
) -> None:
    answer = await console.get("/api/attempts", params={key: value})
    assert answer.status_code == 422
    assert key in answer.json()["detail"]


async def test_what_is_not_there_is_said_not_to_be(console: httpx.AsyncClient) -> None:
    for path in ("attempts?campaign=ghost", "attempts/ghost", "attempts/ghost/number", "attempts/ghost/recording"):
        assert (await console.get(f"/api/{path}")).status_code == 404
    for attempt_id in ("a%00b", "x" * 41, "%ED%A0%80", "..%2f..%2fetc"):
        assert (await console.get(f"/api/attempts/{attempt_id}")).status_code in {404, 422}


async def test_one_attempt_is_told_from_beginning_to_end_without_its_number(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    await centre.record.attempts.update("a000000", note="太贵了")
    await centre.record.recordings.missing("a000000", "the disk was full", THEN)
    answer = await console.get("/api/attempts/a000000")
    one = answer.json()
    moments = " ".join(moment["what"] for moment in one["timeline"])
    assert moments == "queued sent ringing answered bridged unbridged ended"
    assert (one["number"], one["campaign"]["name"], one["note"]) == ("138****0000", "autumn", "太贵了")
    assert (one["recording"]["state"], one["recording"]["detail"]) == ("MISSING", "the disk was full")
    assert "13800000000" not in answer.text
    assert (await console.get("/api/attempts/a000002")).json()["recording"] is None


async def test_the_full_number_is_told_and_each_look_leaves_a_line(console: httpx.AsyncClient, centre: Centre) -> None:
    for _ in range(2):
        answer = await console.get("/api/attempts/a000000/number")
        assert answer.json() == {"number": "+8613800000000"}
        assert "no-store" in answer.headers["cache-control"]
    assert await audited(centre, "number seen") == [("token", "a000000")] * 2


async def test_a_recording_is_sent_whole_or_in_ranges_and_leaves_one_line(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    sound = await recorded(centre, "a000000")
    whole = await console.get("/api/attempts/a000000/recording")
    assert (whole.status_code, whole.headers["content-type"], whole.content) == (200, "audio/wav", sound)
    assert whole.headers["content-disposition"] == 'inline; filename="a000000.wav"'
    assert whole.headers["cache-control"] == "private, no-store"
    assert whole.headers["accept-ranges"] == "bytes"
    for asked, part in (("bytes=100-199", sound[100:200]), ("bytes=-50", sound[-50:]), ("bytes=79000-", sound[79000:])):
        answer = await console.get("/api/attempts/a000000/recording", headers={"range": asked})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"].endswith(f"/{len(sound)}")
    beyond = await console.get("/api/attempts/a000000/recording", headers={"range": "bytes=9999999-"})
    assert beyond.status_code == 416
    assert await audited(centre, "recording heard") == [("token", "a000000")]


async def test_only_what_lies_in_the_recordings_folder_is_sent(
    console: httpx.AsyncClient, centre: Centre, tmp_path: Path
) -> None:
    store = centre.settings.recordings_dir
    await recorded(centre, "a000000", tmp_path / "secret.wav")
    await centre.record.recordings.stored("a000001", str(store / ".." / "secret.wav"), MEASURED, THEN)
    (store / "link.wav").symlink_to(tmp_path / "secret.wav")
    await centre.record.recordings.stored("a000002", str(store / "link.wav"), MEASURED, THEN)
    await centre.record.recordings.stored("a000003", str(store / "gone.wav"), MEASURED, THEN)
    await centre.record.recordings.stored("a000004", str(store), MEASURED, THEN)
    for place in range(5):
        answer = await console.get(f"/api/attempts/a00000{place}/recording")
        assert answer.status_code == 404
        assert str(tmp_path) not in answer.text
    assert await audited(centre, "recording heard") == []


async def test_a_recording_that_is_missing_says_why(console: httpx.AsyncClient, centre: Centre) -> None:
    await centre.record.recordings.missing("a000000", "the disk was full", THEN)
    answer = await console.get("/api/attempts/a000000/recording")
    assert (answer.status_code, "the disk was full" in answer.json()["detail"]) == (404, True)


async def test_a_team_leader_sees_and_hears_the_own_team_alone(leader: httpx.AsyncClient, centre: Centre) -> None:
    own, others = await recorded(centre, "a000000"), await recorded(centre, "a000001")
    assert own == others  # so the status tells them apart, and nothing else
    assert await listed(leader) == ["a000004", "a000000"]
    assert await listed(leader, agent="agent2") == []
    assert await listed(leader, agent="agent1", outcome="ANSWERED") == ["a000000"]
    assert (await leader.get("/api/attempts/a000000/recording")).content == own
    for path in ("a000001", "a000001/recording", "a000002"):  # another team's, and nobody's
        refused = await leader.get(f"/api/attempts/{path}")
        assert (refused.status_code, "there is no attempt" in refused.json()["detail"]) == (404, True)
    assert await audited(centre, "recording heard") == [("user:ada", "a000000")]


async def test_each_needs_the_right_to_it(
    stranger: httpx.AsyncClient, leader: httpx.AsyncClient, centre: Centre
) -> None:
    assert (await leader.get("/api/attempts/a000000/number")).status_code == 403
    await add_user(centre.record, "omar", Role.OPERATOR)
    async with logged_in(stranger, "omar") as operator:
        assert (await operator.get("/api/attempts/a000001/number")).status_code == 200
        assert (await operator.get("/api/attempts/a000001/recording")).status_code == 403
    async with logged_in(stranger, "north1") as agent:
        for path in ("", "/a000000", "/a000000/number", "/a000000/recording"):
            assert (await agent.get(f"/api/attempts{path}")).status_code == 403


async def test_strangers_learn_nothing(stranger: httpx.AsyncClient) -> None:
    for path in ("", "/a000000", "/a000000/number", "/a000000/recording"):
        assert (await stranger.get(f"/api/attempts{path}")).status_code == 401

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dialer.core.access import Role
from dialer.record.recordings import Measured
from recordings.measure import PEAKS
from tests.api.people import add_user, logged_in
from tests.api.talks import audited, record_talk, talk

if TYPE_CHECKING:
    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time


@pytest.fixture(autouse=True)
async def _talks(centre: Centre) -> None:
    await talk(centre)


async def test_the_shape_of_a_recording_is_told_without_its_sound(console: httpx.AsyncClient, centre: Centre) -> None:
    await record_talk(centre, "a000000")
    answer = await console.get("/api/attempts/a000000/sound")
    told = answer.json()
    assert (told["duration_s"], len(told["left"]), len(told["right"])) == (20.0, PEAKS, PEAKS)
    assert told["silences"] == [[pytest.approx(8, abs=0.1), 20.0]]
    assert told["measures"]["dead_air_s"] == pytest.approx(12, abs=0.1)
    assert "no-store" in answer.headers["cache-control"]
    assert await audited(centre, "recording heard") == []  # nothing was


async def test_a_recording_of_before_is_measured_when_it_is_first_looked_at(
    console: httpx.AsyncClient, centre: Centre
) -> None:
    await record_talk(centre, "a000000")
    path = (await centre.record.recordings.get("a000000")).path
    old = "a000001"
    row = await centre.record.recordings.get("a000000")
    await centre.record.recordings.stored(old, path, Measured(20.0, 1, "ab", -20.0, -20.0), row.started_at)
    wanted = {"dead_air_over_s": "5", "agent": "agent2"}
    assert (await console.get("/api/attempts", params=wanted)).json()["attempts"] == []
    assert (await console.get(f"/api/attempts/{old}/sound")).status_code == 200
    (found,) = (await console.get("/api/attempts", params=wanted)).json()["attempts"]
    assert (found["attempt_id"], found["measures"]["talk_left"]) == (old, pytest.approx(0.25, abs=0.01))


async def test_a_recording_that_is_broken_or_missing_is_told_so(console: httpx.AsyncClient, centre: Centre) -> None:
    await record_talk(centre, "a000000")
    (centre.settings.recordings_dir / "autumn/a000000.wav").write_bytes(b"RIFFno")
    for attempt_id in ("a000000", "a000001", "ghost"):
        assert (await console.get(f"/api/attempts/{attempt_id}/sound")).status_code == 404


async def test_notes_are_written_at_a_moment_and_taken_away_by_their_writer_alone(
    console: httpx.AsyncClient, stranger: httpx.AsyncClient, centre: Centre
) -> None:
    await record_talk(centre, "a000000")
    await add_user(centre.record, "rita", Role.REVIEWER)
    notes = "/api/attempts/a000000/notes"
    made = await console.post(notes, json={"at_s": 12.5, "text": "talks over the customer"})
    assert made.status_code == 201
    await console.post(notes, json={"at_s": 3, "text": "<b>早</b>"})
    async with logged_in(stranger, "rita") as rita:
        assert [(one["at_s"], one["text"]) for one in (await rita.get(notes)).json()] == [
            (3.0, "<b>早</b>"),
            (12.5, "talks over the customer"),
        ]
        assert (await rita.delete(f"{notes}/{made.json()['note_id']}")).status_code == 404
    assert (await console.delete(f"{notes}/{made.json()['note_id']}")).status_code == 204
    assert len((await console.get(notes)).json()) == 1
    beyond = await console.post(notes, json={"at_s": 22, "text": "x"})
    assert (beyond.status_code, "at_s" in beyond.json()["detail"]) == (422, True)
    assert await audited(centre, "note written") == [("token", "a000000")] * 2


async def test_another_teams_recording_does_not_exist(stranger: httpx.AsyncClient, centre: Centre) -> None:
    await record_talk(centre, "a000001")
    await add_user(centre.record, "lea", Role.TEAM_LEADER, team="north")
    async with logged_in(stranger, "lea") as leader:
        for path in ("sound", "notes", "reviews"):
            assert (await leader.get(f"/api/attempts/a000001/{path}")).status_code == 404
            assert (await leader.get(f"/api/attempts/a000000/{path}")).status_code == (404 if path == "sound" else 200)
        note = await leader.post("/api/attempts/a000001/notes", json={"at_s": 1, "text": "x"})
        assert note.status_code == 404
    async with logged_in(stranger, "nora") as agent:
        for path in ("sound", "notes", "reviews"):
            assert (await agent.get(f"/api/attempts/a000000/{path}")).status_code == 403

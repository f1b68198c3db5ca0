"""A talk on real parts: sealed on disk as it is stored, heard in ranges through the interface, exported, verified."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from playwright.async_api import expect

from dialer.core.model import RecordingState
from lab.process import until
from recordings.evidence import verify
from recordings.sealed import is_sealed
from tests.e2e.browser import People
from tests.e2e.scene import patient
from tests.e2e.sound import likeness, read, voice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from playwright.async_api import Locator

    from dialer.record.attempts import AttemptRow
    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def people(scene: Scene) -> AsyncIterator[People]:
    async with People(scene) as opened:
        yield opened


async def talk(scene: Scene, serial: int) -> AttemptRow:
    """A talk of four seconds that is over."""
    number = patient(serial)
    campaign = await scene.campaign(f"sealed {serial}", number, keep_recordings_days=30)
    await scene.log_in(f"agent{serial}")
    await scene.start(campaign)
    row = await scene.bridged(number)
    await scene.recorded(row, seconds=4)
    row = await scene.end_talk(number)
    await scene.tell_agent(str(row.agent_id), "logout")
    return row


async def test_what_was_said_is_sealed_on_disk_and_heard_through_the_interface(scene: Scene, tmp_path: Path) -> None:
    row = await talk(scene, 1)
    stored = await scene.stored(row)
    file = scene.store.inside(stored.path)
    content = file.read_bytes()
    assert is_sealed(file)
    assert b"RIFF" not in content
    assert b"WAVE" not in content
    data = scene.parts.settings.data_dir
    assert [path.name for path in data.rglob(f"*{row.attempt_id}*") if path.suffix != ".sealed"] == []
    assert data.joinpath("spool").stat().st_mode & 0o777 == 0o700

    whole = (await scene.controller.ask("GET", f"/api/attempts/{row.attempt_id}/recording")).content
    assert hashlib.sha256(whole).hexdigest() == stored.sha256
    frames = whole[44:]
    # None of the sound is on disk as it was, at whatever place: sixteen bytes alike would not be chance.
    samples = [frames[at : at + 16] for at in range(0, len(frames) - 16, 997)]
    assert not any(sample in content for sample in samples if any(sample))
    customer, _agent = read(whole)
    assert likeness(customer, voice("far-end/person1")) > 0.9
    for start, stop in ((0, 44), (65_000, 66_000), (len(whole) - 10, len(whole))):
        asked = await ranged(scene, row.attempt_id, f"bytes={start}-{stop - 1}")
        assert asked == whole[start:stop]

    exported = await scene.controller.ask("GET", f"/api/attempts/{row.attempt_id}/evidence")
    assert exported.status_code == 200
    evidence = tmp_path / "evidence.zip"
    evidence.write_bytes(exported.content)
    said = json.loads(await scene.controller.must("recordings", "verify", str(evidence), "--json"))
    assert (said["attempt_id"], "sound.wav" in said["files"]) == (row.attempt_id, True)


async def ranged(scene: Scene, attempt_id: str, asked: str) -> bytes:
    answer = await scene.controller.ask("GET", f"/api/attempts/{attempt_id}/recording", range=asked)
    assert answer.status_code == 206, answer.text
    return answer.content


async def test_a_new_key_is_used_at_once_by_the_service_that_runs(scene: Scene) -> None:
    former = scene.store.key_file.read().newest
    told = json.loads(await scene.controller.must("recordings", "rotate", "--json"))
    assert told["trouble"] == []
    assert told["done"] >= 1
    row = await talk(scene, 2)
    assert (await scene.stored(row)).state is RecordingState.STORED
    scene.store.key_file.drop([former])
    assert "0 recordings" not in await scene.controller.must("recordings", "check")
    heard = await scene.controller.ask("GET", f"/api/attempts/{row.attempt_id}/recording")
    assert heard.content[:4] == b"RIFF"


async def test_a_browser_plays_and_jumps_about_in_what_was_said_and_an_admin_holds_and_exports_it(
    scene: Scene, people: People, tmp_path: Path
) -> None:
    async with people.user("rosa", "admin") as rosa:
        page = rosa.page
        await page.goto("/calls")
        row = page.get_by_role("row").filter(has_text="sealed 1").first
        await row.get_by_role("button").first.click()
        player = page.locator("audio")
        await player.evaluate("audio => audio.play()")
        await until(lambda: plays(player, "audio.currentTime > 0.5 && audio.duration > 3"))
        await player.evaluate("audio => { audio.currentTime = audio.duration - 0.5 }")
        await until(lambda: plays(player, "audio.ended"))
        await expect(page.get_by_text("Recording kept until")).to_be_visible()
        await page.get_by_role("button", name="Legal hold…").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_role("button", name="Hold", exact=True)).to_be_disabled()
        await dialog.get_by_label("Reason (a case, a complaint)").fill("complaint <b>17</b>")
        assert await rosa.barriers() == []
        await dialog.get_by_role("button", name="Hold", exact=True).click()
        await expect(page.get_by_text("complaint <b>17</b> (user:rosa,")).to_be_visible()
        await expect(page.get_by_text("for as long as the legal hold lasts")).to_be_visible()
        assert await rosa.barriers() == []
        async with page.expect_download() as downloading:
            await page.get_by_role("link", name="Export evidence").click()
        evidence = tmp_path / "evidence.zip"
        await (await downloading.value).save_as(evidence)
        found = verify(evidence, scene.store.key_file.read().signers())
        assert found.made_by == "user:rosa"
        held = await scene.record.holds.get(found.attempt_id)
        assert held
        assert held.reason == "complaint <b>17</b>"
        await page.get_by_role("button", name="Lift the hold…").click()
        await dialog.get_by_label("Reason (a case, a complaint)").fill("settled")
        await dialog.get_by_role("button", name="Lift", exact=True).click()
        await expect(page.get_by_role("button", name="Legal hold…")).to_be_visible()
    lines = [line.what for line in await scene.record.audit.about(found.attempt_id)]
    assert lines[-3:] == ["legal hold", "evidence exported", "legal hold lifted"]


async def plays(player: Locator, condition: str) -> bool:
    return bool(await player.evaluate(f"audio => {condition}"))

"""Ranges of a recording, as browsers ask for them: exactly those bytes, and nothing breaks on what is no range."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from dialer.core.model import Outcome
from tests.api.test_attempts import MEASURED, THEN, audited
from tests.record.bulk import Made, call, import_list

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.fakes.centre import Centre

pytestmark = pytest.mark.virtual_time

WAV = bytes(range(256)) * 1200
"""More than four chunks, and more than one piece."""
SOUND = "/api/attempts/a000000/recording"


@pytest.fixture
async def file(centre: Centre) -> Path:
    campaign = await centre.campaign(running=False)
    leads = await import_list(centre.record, campaign, "list", ["+8613800000000"], THEN)
    await call(centre.record, campaign, [(leads[0], Made(THEN, Outcome.ANSWERED, 20.0))])
    path = centre.store.path_for("autumn", THEN.date(), "a000000")
    centre.store.write(WAV, path)
    await centre.record.recordings.stored("a000000", str(path), MEASURED, THEN)
    return path


async def ask(client: httpx.AsyncClient, asked: str, **more: str) -> httpx.Response:
    return await client.get(SOUND, headers={"range": asked, **more})


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-", 0, None),
        ("bytes=0-0", 0, 1),
        ("bytes=65535-65536", 65535, 65537),
        ("bytes=1000-200000", 1000, 200001),
        ("bytes=-1", -1, None),
        ("bytes=-999999999", 0, None),
        ("bytes=300000-999999999", 300000, None),
    ],
)
async def test_a_range_is_those_bytes(console: httpx.AsyncClient, asked: str, start: int, stop: int | None) -> None:
    answer = await ask(console, asked)
    assert (answer.status_code, answer.content) == (206, WAV[start:stop])
    assert answer.headers["content-length"] == str(len(answer.content))
    first = start % len(WAV)
    assert answer.headers["content-range"] == f"bytes {first}-{first + len(answer.content) - 1}/{len(WAV)}"


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize("asked", ["bytes=307200-", "bytes=999999-1000000", "bytes=-0", "bytes=5-2"])
async def test_a_range_that_there_is_not_is_refused_with_the_length(console: httpx.AsyncClient, asked: str) -> None:
    answer = await ask(console, asked)
    assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{len(WAV)}")


@pytest.mark.usefixtures("file")
@pytest.mark.parametrize(
    "asked", ["", "bytes=-", "bytes=a-b", "bytes=0-1,5-9", "lines=0-1", "bytes=٣-", "bytes=" + "9" * 40]
)
async def test_what_is_no_range_or_several_is_answered_with_the_whole(console: httpx.AsyncClient, asked: str) -> None:
    answer = await console.get(SOUND, headers={b"range": asked.encode()})
    assert (answer.status_code, answer.content == WAV) == (200, True)


@pytest.mark.usefixtures("file")
async def test_a_part_of_another_version_is_never_mixed_in(console: httpx.AsyncClient) -> None:
    tag = (await ask(console, "bytes=0-9")).headers["etag"]
    assert (await ask(console, "bytes=0-9", **{"if-range": tag})).status_code == 206
    assert (await ask(console, "bytes=0-9", **{"if-range": '"another"'})).status_code == 200


async def test_what_is_damaged_is_told_and_the_rest_of_it_can_be_heard(
    console: httpx.AsyncClient, file: Path, centre: Centre
) -> None:
    content = bytearray(await asyncio.to_thread(file.read_bytes))
    content[-1] ^= 1
    await asyncio.to_thread(file.write_bytes, content)
    assert (await ask(console, "bytes=0-65535")).content == WAV[:65536]
    await asyncio.to_thread(file.write_bytes, content[:5000])
    refused = await console.get(SOUND)
    assert (refused.status_code, "not as long as it was" in refused.json()["detail"]) == (409, True)
    assert str(file.parent) not in refused.text
    centre.store.key_file.path.unlink()
    keyless = await console.get(SOUND)
    assert (keyless.status_code, str(centre.settings.data_dir) in keyless.text) == (503, False)
    assert (await console.get("/api/attempts/a000000/evidence")).status_code == 503
    assert await audited(centre, "recording heard") == [("token", "a000000")]

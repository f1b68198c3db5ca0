from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import pytest

from dialer.doctor import examine
from dialer.health import ill, judged
from dialer.record.record import Record
from recordings.keys import KeyFile
from tests.asterisk.fake_ami import SECRET, FakeAmi, FakeConnection, block
from tests.fakes.centre import settings_of
from tests.fakes.servers import mosquitto, redis_server
from tests.fakes.virtual_time import MIDMORNING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dialer.health import PartHealth
    from dialer.settings import Settings


def login(connection: FakeConnection, action: dict[str, str]) -> None:
    """Answer as Asterisk does to whoever gives no ActionID."""
    granted = action["Secret"] == SECRET
    connection.send(block(Response="Success" if granted else "Error"))


async def found(settings: Settings) -> dict[str, PartHealth]:
    return {part.part: part for part in await examine(settings)}


def databases(folder: Path) -> list[Path]:
    return list(folder.glob("*.db"))


@asynccontextmanager
async def answering(words: bytes) -> AsyncIterator[int]:
    """Something that says these words to whoever connects, and hangs up: its port."""

    async def say(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(words)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_parts_that_are_there_are_well(tmp_path: Path) -> None:
    async with redis_server(tmp_path) as redis, mosquitto(tmp_path) as broker, FakeAmi() as ami:
        ami.scripts["Login"] = login
        settings = settings_of(
            tmp_path, redis_url=redis.url, mqtt=broker.settings.model_dump(), ami=ami.settings().model_dump()
        )
        settings.spool_dir.mkdir(mode=0o700)
        settings.recordings_dir.mkdir(mode=0o700)
        KeyFile(settings.recording_keys).create(MIDMORNING)
        async with Record(settings.database_url.get_secret_value()):
            pass  # a service ran here before
        parts = await found(settings)
        assert [part for part in parts.values() if not part.ok and part.part != "service"] == []
        assert "Call Manager" in parts["asterisk"].detail
        assert "Off" in str(ami.received[0]["Events"]).title()  # a look that disturbs nobody


async def test_parts_that_are_not_there_are_ill_and_none_hides_another(tmp_path: Path) -> None:
    nowhere: dict[str, Any] = {
        "ami": {"secret": "s", "port": 1},
        "mqtt": {"password": "p", "port": 1},
        "http": {"token": "t", "port": 1},
    }
    parts = await found(settings_of(tmp_path, **nowhere))
    assert [name for name, part in parts.items() if part.ok] == []
    assert databases(tmp_path) == []  # a look makes nothing
    assert all(part.detail and part.remedy for part in parts.values() if not part.ok)


async def test_recordings_that_everybody_may_read_are_no_good_health(tmp_path: Path) -> None:
    settings = settings_of(tmp_path)
    for folder in (settings.spool_dir, settings.recordings_dir):
        folder.mkdir(mode=0o700)
    lost = (await found(settings))["recordings"]
    assert (lost.ok, "recordings.key_file" in lost.detail) == (False, True)
    KeyFile(settings.recording_keys).create(MIDMORNING)
    assert (await found(settings))["recordings"].ok
    settings.spool_dir.chmod(0o2775)
    recordings = (await found(settings))["recordings"]
    assert "chmod o-rwx" in recordings.detail
    settings.spool_dir.chmod(0o2770)  # shared with Asterisk, and with nobody else
    assert (await found(settings))["recordings"].ok


async def test_a_wrong_secret_is_told_from_a_missing_asterisk(tmp_path: Path) -> None:
    async with FakeAmi() as ami:
        ami.scripts["Login"] = login
        wrong = ami.settings(secret="wrong").model_dump()  # noqa: S106 - of a server that lives for one test
        asterisk = (await found(settings_of(tmp_path, ami=wrong)))["asterisk"]
    assert "secrets differ" in asterisk.detail
    assert "wrong" not in asterisk.detail


@pytest.mark.parametrize("words", [b"", b"Asterisk Call Manager/11.0.0\r\n", b"HTTP/1.1 200 OK\r\n\r\n<html>"])
async def test_another_program_on_a_parts_port_is_no_crash(tmp_path: Path, words: bytes) -> None:
    async with answering(words) as port:
        parts = await found(
            settings_of(
                tmp_path,
                ami={"secret": "s", "port": port},
                http={"token": "t", "port": port},
                mqtt={"password": "p", "port": 1},
            )
        )
    assert [name for name in ("asterisk", "service") if parts[name].ok] == []


@asynccontextmanager
async def telling(parts: list[PartHealth]) -> AsyncIterator[int]:
    """A service whose /health says this: its port."""
    body = json.dumps({"ok": False, "ill": [], "parts": [asdict(part) for part in parts]}).encode()
    head = f"HTTP/1.1 503 Service Unavailable\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    async with answering(head.encode() + body) as port:
        yield port


async def test_what_only_the_service_can_see_is_named_with_its_own_remedy(tmp_path: Path) -> None:
    clock, record = ill("clock", "the clock was stepped by +3600 s"), ill("record", "database or disk is full")
    async with telling([clock, record, judged("ivr", None)]) as port:
        settings = settings_of(tmp_path, http={"token": "t", "port": port})
        async with Record(settings.database_url.get_secret_value()):
            pass  # it answers whoever only reads
        parts = await found(settings)
    assert parts["clock"] == clock
    assert parts["record"] == record
    assert parts["service"].ok
    assert "ivr" not in parts


async def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dialer.doctor.room", lambda *_folders: (0, "only 0.0 MB are free"))
    settings = settings_of(tmp_path, http={"token": "t", "port": 1})
    settings.spool_dir.mkdir(mode=0o700)
    settings.recordings_dir.mkdir(mode=0o700)
    KeyFile(settings.recording_keys).create(MIDMORNING)
    assert (await found(settings))["recordings"] == ill("recordings", "only 0.0 MB are free")

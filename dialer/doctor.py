"""Examines every part from outside, whether or not the service runs, and says what to do about each that is ill."""

from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING

import aiomqtt
import httpx

from dialer.core.errors import RingpaceError
from dialer.floor.floor import Floor
from dialer.health import PartHealth, ill, judged, room
from dialer.record.record import Record
from recordings.keys import KeyFile

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from dialer.settings import Settings

_DEADLINE_S = 5.0


async def examine(settings: Settings) -> list[PartHealth]:
    """All parts, each within a deadline; nothing is changed by looking.

    What the service itself finds ill is ill, even where it looks well from outside or cannot be seen from there.
    """
    told: dict[str, PartHealth] = {}
    looks = await asyncio.gather(
        _within("asterisk", _asterisk(settings)),
        _within("redis", _redis(settings)),
        _within("record", _record(settings)),
        _within("mqtt", _mqtt(settings)),
        _within("recordings", _recordings(settings)),
        _within("service", _service(settings, told)),
    )
    return list(({look.part: look for look in looks} | told).values())


async def _within(part: str, look: Awaitable[PartHealth]) -> PartHealth:
    try:
        async with asyncio.timeout(_DEADLINE_S):
            return await look
    except TimeoutError:
        return ill(part, f"no answer within {_DEADLINE_S:g} s")
    except (RingpaceError, OSError, aiomqtt.MqttError, httpx.HTTPError) as error:
        return ill(part, str(error) or type(error).__name__)


async def _asterisk(settings: Settings) -> PartHealth:
    """Log in by hand: the account is one login wide and this look must not disturb the service's connection."""
    ami = settings.ami
    reader, writer = await asyncio.open_connection(ami.host, ami.port, ssl=ami.tls_context())
    try:
        banner = (await reader.readline()).decode(errors="replace").strip()
        secret = ami.secret.get_secret_value()
        login = ("Action: Login", f"Username: {ami.username}", f"Secret: {secret}", "Events: off", "", "")
        writer.write("\r\n".join(login).encode())
        answer = (await reader.readuntil(b"\r\n\r\n")).decode(errors="replace")
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
        return ill("asterisk", f"what answers on {ami.host}:{ami.port} is no manager interface of Asterisk")
    finally:
        writer.close()
    if "Response: Success" not in answer:
        return ill("asterisk", f"{banner}: the login of {ami.username!r} is refused: the secrets differ")
    return PartHealth("asterisk", ok=True, detail=banner)


async def _redis(settings: Settings) -> PartHealth:
    floor = Floor(settings.redis_url.get_secret_value(), settings.node)
    try:
        await floor.ping()
    finally:
        await floor.close()
    return judged("redis", None)


async def _record(settings: Settings) -> PartHealth:
    record = Record(settings.database_url.get_secret_value())
    try:
        await record.open(migrate=False)
        campaigns = await record.campaigns.all()
    finally:
        await record.close()
    return PartHealth("record", ok=True, detail=f"{len(campaigns)} campaigns")


async def _mqtt(settings: Settings) -> PartHealth:
    mqtt = settings.mqtt
    client = aiomqtt.Client(
        mqtt.host,
        mqtt.port,
        username=mqtt.username,
        password=mqtt.password.get_secret_value(),
        timeout=_DEADLINE_S,
        tls_context=mqtt.tls_context(),
    )
    async with client:
        return judged("mqtt", None)


async def _recordings(settings: Settings) -> PartHealth:
    for folder in (settings.spool_dir, settings.recordings_dir):
        if not os.access(folder, os.W_OK):
            return ill("recordings", f"{folder} is not there or may not be written")
        if folder.stat().st_mode & stat.S_IRWXO:
            return ill("recordings", f"{folder} is open to everybody on this machine: chmod o-rwx {folder}")
    KeyFile(settings.recording_keys).read()
    free, cramped = room(settings.spool_dir, settings.recordings_dir)
    return ill("recordings", cramped) if cramped else PartHealth("recordings", ok=True, detail=f"{free >> 30} GB free")


async def _service(settings: Settings, told: dict[str, PartHealth]) -> PartHealth:
    """Ask the service how it is; what it finds ill goes into `told`."""
    http = settings.http
    async with httpx.AsyncClient(verify=http.trusted(), timeout=_DEADLINE_S) as client:
        answer = await client.get(f"{http.url}/health")
    try:
        parts = [PartHealth(**part) for part in answer.json()["parts"]]
    except (ValueError, LookupError, TypeError):
        return ill("service", f"what answers on {http.host}:{http.port} is not `dialer serve`")
    told.update((part.part, part) for part in parts if not part.ok)
    return judged("service", None)

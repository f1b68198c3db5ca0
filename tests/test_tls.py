"""The wires that may lead to other machines, encrypted, against the real servers; Asterisk's is in asterisk/."""

from __future__ import annotations

import asyncio
import ssl
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import sqlalchemy as sa

from dialer.api.app import build_app, listen, serve_http
from dialer.core.errors import FloorError, RecordError, SettingsError
from dialer.doctor import examine
from dialer.floor.floor import Floor
from dialer.news.broker import News
from dialer.record.database import Database
from dialer.settings import HttpSettings, MqttSettings
from lab.plan import HOST, Ports
from lab.postgresql import find_binaries, server
from lab.process import Part, port_answers
from tests.fakes.centre import settings_of
from tests.fakes.certificates import Certificate, authority, issued
from tests.fakes.servers import mosquitto
from tests.fakes.virtual_time import until

if TYPE_CHECKING:
    from pathlib import Path

    from dialer.api.interface import Interface

PATIENCE_S = 15


@pytest.fixture
def ca(tmp_path: Path) -> Certificate:
    return authority(tmp_path / "ca")


@pytest.fixture
def stranger(tmp_path: Path) -> Certificate:
    return authority(tmp_path / "stranger")


@pytest.fixture
def here(tmp_path: Path, ca: Certificate) -> Certificate:
    return issued(ca, tmp_path / "here", f"IP:{HOST}")


async def test_redis(tmp_path: Path, ca: Certificate, stranger: Certificate, here: Certificate) -> None:
    port = Ports.free().redis
    lines = (
        f"bind {HOST}",
        "port 0",
        f"tls-port {port}",
        f"tls-cert-file {here.cert}",
        f"tls-key-file {here.key}",
        "tls-auth-clients no",
        "requirepass known",
        'save ""',
        f"dir {tmp_path}",
    )
    (tmp_path / "redis.conf").write_text("\n".join(lines), encoding="utf-8")
    command = ("redis-server", str(tmp_path / "redis.conf"))
    part = Part("redis", command, tmp_path / "redis.log", partial(port_answers, port))
    await part.start()
    try:
        trusting = Floor(f"rediss://:known@{HOST}:{port}/0?ssl_ca_certs={ca.cert}", "node1")
        await trusting.ping()
        await trusting.close()
        for url in (
            f"rediss://:known@{HOST}:{port}/0?ssl_ca_certs={stranger.cert}",
            f"rediss://:known@{HOST}:{port}/0",
            f"redis://:known@{HOST}:{port}/0",
        ):
            refused = Floor(url, "node1")
            with pytest.raises(FloorError) as why:
                await refused.ping()
            assert "known" not in str(why.value)
            await refused.close()
    finally:
        await part.stop()


# The library leaves the socket of a handshake that failed to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <ssl.SSLSocket:ResourceWarning")
async def test_mosquitto(tmp_path: Path, ca: Certificate, stranger: Certificate, here: Certificate) -> None:
    more = (f"certfile {here.cert}", f"keyfile {here.key}")
    async with mosquitto(tmp_path, *more) as broker:
        plain = broker.settings.model_dump()
        for changes, wanted in (
            ({"tls": True, "ca_file": ca.cert}, ""),
            ({"tls": True, "ca_file": stranger.cert}, "CERTIFICATE_VERIFY_FAILED"),
            ({"tls": False}, "out of reach"),
        ):
            settings = MqttSettings.model_validate(plain | changes)
            news = News(settings, "node1")
            task = asyncio.create_task(news.run(_nothing))
            await until(lambda news=news: news.trouble != "not connected yet", within_s=PATIENCE_S)  # type: ignore[misc]
            assert wanted in (news.trouble or "")
            assert news.connected is (wanted == "")
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            looked = {part.part: part for part in await examine(settings_of(tmp_path, mqtt=settings.model_dump()))}
            assert looked["mqtt"].ok is (wanted == "")


async def _nothing(_campaign: str, _command: dict[str, Any]) -> None:
    """No command is heard here."""


async def test_http(ca: Certificate, here: Certificate, stranger: Certificate) -> None:
    settings = HttpSettings.model_validate(
        {"port": Ports.free().http, "token": "known", "tls_cert": here.cert, "tls_key": here.key}
    )
    app = build_app(_nobody())
    serving = asyncio.create_task(serve_http(app, listen(settings)))
    url = f"{settings.url}/api/openapi.json"
    try:
        # A client elsewhere trusts the authority; one on this machine knows the very certificate.
        for trusted in (settings.trusted(), ssl.create_default_context(cafile=ca.cert)):
            async with httpx.AsyncClient(verify=trusted) as client:
                assert (await client.get(url)).json()["info"]["title"] == "Ringpace"
        for doubted in (ssl.create_default_context(cafile=stranger.cert), _pinned(stranger)):
            async with httpx.AsyncClient(verify=doubted) as client:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    await client.get(url)
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.TransportError):
                await client.get(url.replace("https", "http"))
    finally:
        serving.cancel()
        await asyncio.wait([serving], timeout=PATIENCE_S)
    with pytest.raises(SettingsError, match=r"http.tls_cert"):
        listen(settings.model_copy(update={"tls_key": stranger.key}))


def _pinned(certificate: Certificate) -> ssl.SSLContext | bool:
    return HttpSettings.model_validate({"token": "known", "tls_cert": certificate.cert}).trusted()


def _nobody() -> Interface:
    return None  # type: ignore[return-value]  # what is asked for here needs no service


@pytest.mark.postgres
async def test_postgresql(
    ca: Certificate, stranger: Certificate, here: Certificate, monkeypatch: pytest.MonkeyPatch
) -> None:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (deploy/setup.sh --tests)")
    with server(binaries, here) as postgres:
        url = postgres.url("postgres")
        monkeypatch.setenv("PGSSLROOTCERT", str(ca.cert))
        for word in ("require", "verify-ca", "verify-full"):
            assert await _is_encrypted(f"{url}?ssl={word}")
        monkeypatch.setenv("PGSSLROOTCERT", str(stranger.cert))
        with pytest.raises(RecordError, match="CERTIFICATE_VERIFY_FAILED"):
            await _is_encrypted(f"{url}?ssl=verify-full")


async def _is_encrypted(url: str) -> bool:
    database = Database(url)
    try:
        await database.open(migrate=False)
        async with database.read() as connection:
            answer = await connection.execute(sa.text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
            return bool(answer.scalar_one())
    finally:
        await database.close()

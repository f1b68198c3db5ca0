"""A new site: settings that load, accounts that the real broker and the real Redis accept, secrets of its own."""

from __future__ import annotations

import base64
import shutil
import socket
import stat
import subprocess
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

import aiomqtt
import pytest
from redis.asyncio import Redis
from redis.exceptions import AuthenticationError

from dialer.settings import load_settings
from lab.process import Part, port_answers
from recordings.keys import KeyFile
from tests.deploy.paths import DEPLOY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_TRUNK = ("--trunk-host", "sip.example", "--caller-id", "+862166880000")


def make(to: Path, *more: str) -> str:
    command = [sys.executable, "-I", str(DEPLOY / "new_site.py"), "--to", str(to), *_TRUNK, *more]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=True, timeout=60)  # noqa: S603 - ours
    return done.stdout


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def serving(port: int, folder: Path, program: str, *arguments: str) -> AsyncIterator[None]:
    found = shutil.which(program, path="/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed (deploy/setup.sh)")
    part = Part(program, (found, *arguments), folder / f"{program}.log", partial(port_answers, port))
    await part.start()
    try:
        yield
    finally:
        await part.stop()


def test_the_settings_can_be_used(tmp_path: Path) -> None:
    make(tmp_path / "site", "--agents", "3", "--data-dir", "/srv/ringpace")
    settings = load_settings(tmp_path / "site/ringpace.toml")
    assert sorted(settings.agents) == ["agent1", "agent2", "agent3"]
    assert settings.trunks["carrier"].caller_ids == ("+862166880000",)
    assert settings.database_url.get_secret_value() == "sqlite:////srv/ringpace/ringpace.db"


def test_nobody_else_can_read_what_was_written(tmp_path: Path) -> None:
    make(tmp_path / "site")
    site = tmp_path / "site"
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in site.rglob("*")}
    assert modes.pop("keys") == 0o700
    assert set(modes.values()) == {0o600}


def test_the_keys_of_the_recordings_can_be_used_and_are_nowhere_else(tmp_path: Path) -> None:
    make(tmp_path / "site")
    settings = load_settings(tmp_path / "site/ringpace.toml")
    keys = KeyFile(settings.recording_keys).read()
    for path in (tmp_path / "site").iterdir():
        if path.is_file():
            assert base64.b64encode(keys.newest.bits) not in path.read_bytes()
    make(tmp_path / "other")
    other = KeyFile(load_settings(tmp_path / "other/ringpace.toml").recording_keys).read()
    assert other.newest.bits != keys.newest.bits != keys.sign[0].bits


def test_a_site_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    make(tmp_path / "site")
    before = {path.name: path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()}
    assert "nothing is changed" in make(tmp_path / "site")
    assert {path.name: path.read_bytes() for path in (tmp_path / "site").rglob("*") if path.is_file()} == before


def test_two_sites_share_no_secret(tmp_path: Path) -> None:
    make(tmp_path / "one")
    make(tmp_path / "two")
    one, two = (load_settings(tmp_path / site / "ringpace.toml") for site in ("one", "two"))
    assert one.ami.secret != two.ami.secret
    assert one.agents["agent1"].sip_secret != one.agents["agent2"].sip_secret != two.agents["agent2"].sip_secret


async def test_the_broker_lets_its_accounts_in_and_nobody_else(tmp_path: Path) -> None:
    port = free_port()
    make(tmp_path / "site", "--mqtt-port", str(port))
    mqtt = load_settings(tmp_path / "site/ringpace.toml").mqtt
    known = dict(line.split() for line in (tmp_path / "site/accounts.txt").read_text().splitlines()[1:])
    known[mqtt.username] = mqtt.password.get_secret_value()
    conf = tmp_path / "site/mosquitto.conf"
    conf.write_text(conf.read_text() + "user root\n")  # else, started by root, it could not read these files
    async with serving(port, tmp_path, "mosquitto", "-c", str(conf)):
        assert set(known) == {"dialer", "operator", "monitor"}
        for user, password in known.items():
            async with aiomqtt.Client("127.0.0.1", port, username=user, password=password, timeout=5):
                pass
        with pytest.raises(aiomqtt.MqttError):
            async with aiomqtt.Client("127.0.0.1", port, username="dialer", password="guessed", timeout=5):  # noqa: S106
                pass


async def test_redis_asks_for_the_password_of_the_settings(tmp_path: Path) -> None:
    port = free_port()
    make(tmp_path / "site", "--redis-port", str(port))
    settings = load_settings(tmp_path / "site/ringpace.toml")
    async with serving(port, tmp_path, "redis-server", str(tmp_path / "site/redis.conf"), "--dir", str(tmp_path)):
        async with Redis.from_url(settings.redis_url.get_secret_value()) as client:
            assert await client.ping()
        async with Redis(port=port, password="guessed") as stranger:  # noqa: S106
            with pytest.raises(AuthenticationError):
                await stranger.ping()

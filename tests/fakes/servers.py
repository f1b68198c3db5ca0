"""Real Redis and Mosquitto servers for tests, each a process of its own on a free loopback port."""

from __future__ import annotations

import getpass
import secrets
import shutil
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from redis.asyncio import Redis
from redis.exceptions import RedisError

from dialer.settings import MqttSettings
from lab.installation import PROJECT
from lab.plan import HOST, Ports
from lab.process import Part, port_answers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ACCOUNTS = ("dialer", "operator", "monitor")


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A Redis with a password; `part` is its process."""

    part: Part
    url: str


@dataclass(frozen=True, slots=True)
class Broker:
    """A Mosquitto with the project's own access rules, and the passwords of its accounts."""

    part: Part
    port: int
    passwords: dict[str, str]

    @property
    def settings(self) -> MqttSettings:
        """What the controller is told of it."""
        return MqttSettings.model_validate({"port": self.port, "password": self.passwords["dialer"], "site": "test"})


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[RedisServer]:
    port, password = Ports.free().redis, secrets.token_urlsafe()
    configuration = folder / "redis.conf"
    lines = (f"bind {HOST}", f"port {port}", f"requirepass {password}", 'save ""', f"dir {folder}")
    configuration.write_text("\n".join(lines), "utf-8")
    url = f"redis://:{password}@{HOST}:{port}/0"
    part = Part("redis", ("redis-server", str(configuration)), folder / "redis.log", partial(_redis_answers, url))
    await part.start()
    try:
        yield RedisServer(part, url)
    finally:
        await part.stop()


@asynccontextmanager
async def mosquitto(folder: Path, *more: str) -> AsyncIterator[Broker]:
    """A broker, with more lines in its configuration where they are given."""
    port = Ports.free().mqtt
    passwords = {account: secrets.token_urlsafe() for account in ACCOUNTS}
    accounts, rules = folder / "passwords", folder / "acl.conf"
    accounts.write_text("".join(f"{account}:{password}\n" for account, password in passwords.items()), "utf-8")
    accounts.chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-U", str(accounts)], check=True)  # noqa: S603, S607, ASYNC221 - at set-up
    rules.write_text((PROJECT / "deploy/mosquitto/acl.conf").read_text("utf-8"), "utf-8")
    rules.chmod(0o600)
    configuration = folder / "mosquitto.conf"
    lines = (
        f"listener {port} {HOST}",
        "allow_anonymous false",
        f"password_file {accounts}",
        f"acl_file {rules}",
        "persistence false",
        "log_dest stdout",
        f"user {getpass.getuser()}",
        *more,
    )
    configuration.write_text("\n".join(lines) + "\n", "utf-8")
    program = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
    command = (program, "-c", str(configuration))
    part = Part("mosquitto", command, folder / "mosquitto.log", partial(port_answers, port))
    await part.start()
    try:
        yield Broker(part, port, passwords)
    finally:
        await part.stop()


async def _redis_answers(url: str) -> bool:
    async with Redis.from_url(url) as client:
        try:
            return bool(await client.ping())
        except (RedisError, OSError):
            return False

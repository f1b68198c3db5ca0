"""No secret is ever shown: the parts are driven into the errors that have to do with one, and all they say is read."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiomqtt
import httpx
import pytest
import pytest_asyncio

from lab.plan import LabPlan
from lab.process import until

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.e2e.scene import Scene

pytestmark = [pytest.mark.asterisk, pytest.mark.asyncio(loop_scope="module")]

PATIENCE_S = 60
WRONG = "guessed-and-wrong-4711"


@pytest.fixture(scope="module")
def plan() -> LabPlan:
    return LabPlan(agents=1, drain_s=1)


@pytest.fixture(scope="module")
def phones() -> tuple[str, ...]:
    """No phone: the agent's secret is asked for in vain."""
    return ()


def secrets_of(scene: Scene) -> dict[str, str]:
    """Every secret there is, by its name; a wrong one is somebody's right one elsewhere."""
    keys = scene.parts.secrets
    return {
        "redis": keys.redis,
        "ami": keys.ami,
        "http": keys.http,
        **{f"mqtt {user}": password for user, password in keys.mqtt.items()},
        **{f"agent {name}": secret for name, secret in keys.agents.items()},
        **{
            f"recording key {place}": base64.b64encode(key.bits).decode()
            for place, key in enumerate(scene.store.key_file.read().seal + scene.store.key_file.read().sign)
        },
        "wrong": WRONG,
    }


async def ran(scene: Scene, changes: Mapping[str, str], *words: str, enough: str = "") -> str:
    """All that a command says under these settings, to its end or until it has said enough."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dialer", "--settings", str(scene.parts.settings_file), *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, **changes},
    )
    assert process.stdout
    said = ""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while line := await process.stdout.readline():
                said += line.decode()
                if enough and enough in said:
                    process.terminate()
                    enough = ""
        return said
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def wrong_settings(scene: Scene) -> dict[str, dict[str, str]]:
    """Settings of which one is wrong, by what is wrong with them; test_settings.py has those of no form."""
    redis = scene.parts.settings.redis_url.get_secret_value()
    key = scene.parts.secrets.redis
    return {
        "ami": {"RINGPACE_AMI__SECRET": WRONG},
        "mqtt": {"RINGPACE_MQTT__PASSWORD": WRONG},
        "redis": {"RINGPACE_REDIS_URL": redis.replace(key, WRONG)},
        "no redis": {"RINGPACE_REDIS_URL": f"redis://:{key}@127.0.0.1:1/0"},
        "no database": {"RINGPACE_DATABASE_URL": f"postgresql://ringpace:{WRONG}@127.0.0.1:1/x"},
        "redis_url": {"RINGPACE_REDIS_URL": f"redis://:{key}/{WRONG}@127.0.0.1/0"},
        "database_url": {"RINGPACE_DATABASE_URL": f"mysql://ringpace:{WRONG}@127.0.0.1/x"},
        "http.port": {"RINGPACE_HTTP__PORT": WRONG},
    }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def said(scene: Scene) -> dict[str, str]:
    """All that was said, by who said it."""
    found: dict[str, str] = {}
    for name, changes in wrong_settings(scene).items():
        found[f"doctor, {name}"] = await ran(scene, changes, "doctor")
    # A second controller that knows nothing right, and whose HTTP port is taken or not.
    own = {"RINGPACE_NODE": "node2", "RINGPACE_AGI__PORT": str(scene.parts.ports.wire)}
    found["serve, port taken"] = await ran(scene, own, "serve")
    everything = wrong_settings(scene)
    wrong = own | {"RINGPACE_HTTP__PORT": "0"} | everything["ami"] | everything["mqtt"] | everything["redis"]
    found["serve, all wrong"] = await ran(scene, wrong, "serve", enough="refuses the login")
    await _annoy(scene)
    for part in ("redis", "mosquitto"):
        await getattr(scene.parts, part).kill()
        await scene.until_ill({"redis": "redis", "mosquitto": "mqtt"}[part])
        await getattr(scene.parts, part).start()
    await scene.until_healthy()
    found["doctor"] = await scene.controller.must("doctor")
    found["doctor --json"] = (await scene.controller.command("doctor", "--json")).out
    for path in ("/health", "/metrics", "/api/agents", "/api/campaigns", "/api/openapi.json", "/"):
        found[path] = (await scene.controller.ask("GET", path)).text
    found |= _command_lines(str(scene.parts.root))
    for folder in ("log", "asterisk/state/log"):
        for log in (scene.parts.root / folder).glob("*.log"):
            found[f"{folder}/{log.name}"] = log.read_text(encoding="utf-8", errors="replace")
    return found


async def _annoy(scene: Scene) -> None:
    """Whatever a caller over HTTP may do wrong, with secrets in wrong places."""
    http = scene.parts.settings.http
    keys = scene.parts.secrets
    headers: Any
    async with httpx.AsyncClient(base_url=f"http://{http.host}:{http.port}") as stranger:
        for headers in ({}, {"authorization": f"Bearer {WRONG}"}, {"authorization": f"Basic {keys.http}"}):
            answer = await stranger.get("/api/agents", headers=headers)
            assert answer.status_code == httpx.codes.UNAUTHORIZED
            assert keys.http not in answer.text
    body = {"disposition": keys.http, "extra": keys.http, "note": ["x"]}
    assert (await scene.controller.ask("POST", "/api/agents/agent1/disposition", body)).status_code == 422
    await scene.controller.ask("POST", f"/api/agents/{keys.http}/login")
    await scene.tell_agent("agent1", "login")  # it has no phone: calling it fails

    async def given_up() -> bool:
        agents = (await scene.controller.ask("GET", "/api/agents")).json()
        return bool(agents[0]["trouble"])

    await until(given_up)
    with pytest.raises(aiomqtt.MqttError):
        async with aiomqtt.Client("127.0.0.1", scene.parts.ports.mqtt, username="operator", password=WRONG):
            pass


def _command_lines(holding: str) -> dict[str, str]:
    """The command lines of all processes of this lab, which anybody on the machine may read."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if holding in line:
                found[f"command line {process.name}"] = line
    return found


async def test_every_fault_was_provoked_and_told(scene: Scene, said: Mapping[str, str]) -> None:
    told = {
        "doctor, ami": "secrets differ",
        "doctor, mqtt": r"ill +mqtt",
        "doctor, redis": r"ill +redis",
        "doctor, no redis": r"ill +redis",
        "doctor, no database": r"ill +record",
        **{f"doctor, {key}": rf"{key}: " for key in ("redis_url", "database_url", "http.port")},
        "serve, port taken": "http.port: ",
        "serve, all wrong": "refuses the login",
    }
    assert [name for name, words in told.items() if not re.search(words, said[name])] == []
    assert [name for name, text in said.items() if "Traceback" in text] == []
    assert len([name for name in said if name.startswith("command line")]) >= 4  # Redis writes its own
    assert scene.controller.service.running


async def test_none_of_it_holds_a_secret(scene: Scene, said: Mapping[str, str]) -> None:
    shown = [(who, name) for who, text in said.items() for name, secret in secrets_of(scene).items() if secret in text]
    assert shown == []

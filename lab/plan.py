"""What a lab is to look like, its free ports and new secrets, and the settings file that tells Ringpace of them."""

from __future__ import annotations

import json
import random
import secrets
import socket
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from dialer.asterisk.site import write_text
from recordings.keys import KeyFile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOST = "127.0.0.1"

CALLER_IDS = ("+862166880000", "+861066880000")
"""Numbers that the lab's trunk may show."""

_FIRST_PORT, _LAST_PORT = 20000, 32000
"""Below the ports that the kernel gives to outgoing connections, so that a stopped part finds its own free again."""


@dataclass(frozen=True, slots=True)
class LabPlan:
    """The choices of one lab. `all_day` lifts the legal hours, so that it works at any hour of the day."""

    agents: int = 8
    first_agent: int = 1
    node: str = "node1"
    skills: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Skills of some agents, by name."""
    trunk_channels: int = 60
    calls_per_second: float = 20
    all_day: bool = True
    database_url: str | None = None
    """None for SQLite in the lab's data folder."""
    drain_s: float = 30
    clocks_ahead_s: float | None = None
    """The dialler and our Asterisk have clocks that can be stepped, and that begin so far ahead."""
    hearing: bool = True
    """Early media are listened to. Not where clocks are stepped: threads that take turns wait by the stepped clock."""
    small_disk_mb: int | None = None
    """`data_dir` is a disk of its own, so small that it can be filled; only for root."""
    record_on_small_disk: bool = False
    """Whether SQLite's file is on it too."""
    ami_wire: bool = False
    """A cable that can be told to misbehave lies between the dialler and Asterisk's manager interface."""

    @property
    def agent_names(self) -> tuple[str, ...]:
        """agent1, agent2, ..., or from `first_agent` on."""
        return tuple(f"agent{self.first_agent + count}" for count in range(self.agents))


@dataclass(frozen=True, slots=True)
class Ports:
    """One loopback port for each thing that listens."""

    redis: int
    mqtt: int
    ami: int
    sip: int
    carrier_sip: int
    http: int
    agi: int
    phone: int
    """Asterisk's WebSocket."""
    wire: int
    """Where the dialler reaches Asterisk's manager interface if a wire lies before it."""

    @classmethod
    def free(cls) -> Ports:
        """Nine ports on which nothing listens now, neither TCP nor UDP."""
        candidates = random.sample(range(_FIRST_PORT, _LAST_PORT), 200)
        found = (port for port in candidates if _is_free(port))
        return cls(*(next(found) for _ in range(9)))


@dataclass(frozen=True, slots=True)
class Secrets:
    """Every secret of a lab, made anew for it."""

    redis: str = field(default_factory=secrets.token_urlsafe)
    ami: str = field(default_factory=secrets.token_urlsafe)
    http: str = field(default_factory=secrets.token_urlsafe)
    mqtt: Mapping[str, str] = field(
        default_factory=lambda: {user: secrets.token_urlsafe() for user in ("dialer", "operator", "monitor")}
    )
    agents: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def for_agents(cls, names: tuple[str, ...]) -> Secrets:
        """New secrets, with one for the phone of each of these agents."""
        return cls(agents={name: secrets.token_urlsafe() for name in names})


def write_settings(path: Path, plan: LabPlan, ports: Ports, keys: Secrets, data: Path | None = None) -> None:
    """Write ringpace.toml, by default beside the `data` folder it names; only its owner may read it."""
    data = data or path.parent.absolute() / "data"
    keys_dir = data.parent / "keys"  # of whoever has this data folder: what one sealed, the other can open
    beside = plan.small_disk_mb is not None and not plan.record_on_small_disk
    sqlite = (data.parent if beside else data) / "ringpace.db"
    tables: dict[str, dict[str, object]] = {
        "": {
            "data_dir": str(data),
            "node": plan.node,
            "database_url": plan.database_url or f"sqlite+aiosqlite:///{sqlite}",
            "redis_url": f"redis://:{keys.redis}@{HOST}:{ports.redis}/0",
            "drain_s": plan.drain_s,
        },
        "hearing": {"on": plan.hearing},
        "recordings": {"key_file": str(keys_dir / "recordings.keys")},
        "ami": {"port": ports.wire if plan.ami_wire else ports.ami, "secret": keys.ami},
        "mqtt": {"port": ports.mqtt, "password": keys.mqtt["dialer"], "site": "lab"},
        "http": {"port": ports.http, "token": keys.http},
        "agi": {"port": ports.agi},
        "telephone": {"port": ports.phone},
        "trunks.carrier": {
            "endpoint": "carrier",
            "port": ports.carrier_sip,
            "channels": plan.trunk_channels,
            "calls_per_second": plan.calls_per_second,
            "caller_ids": list(CALLER_IDS),
        },
    }
    if plan.all_day:
        tables["law.legal_hours"] = {"opens": "00:00", "closes": "00:00"}
    for name in plan.agent_names:
        skills = list(plan.skills.get(name, ()))
        tables[f"agents.{name}"] = {"sip_secret": keys.agents[name], "skills": skills}
    key_file = KeyFile(keys_dir / "recordings.keys")
    if not key_file.path.exists():
        key_file.create(datetime.now(UTC))
    write_text(path, "\n".join(_table(name, values) for name, values in tables.items()), 0o600)


def _table(name: str, values: Mapping[str, object]) -> str:
    """A TOML table; JSON's strings, numbers and lists are TOML's too."""
    heading = f"[{name}]\n" if name else ""
    return heading + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                return False
    return True

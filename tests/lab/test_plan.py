"""The settings file that a lab writes is one that Ringpace accepts, and that nobody else may read."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING

from dialer.settings import load_settings
from lab.plan import LabPlan, Ports, Secrets, write_settings

if TYPE_CHECKING:
    from pathlib import Path

PORTS = Ports(redis=1001, mqtt=1002, ami=1003, sip=1004, carrier_sip=1005, http=1006, agi=1007, phone=1009, wire=1008)


def test_the_settings_are_what_the_plan_says(tmp_path: Path) -> None:
    plan = LabPlan(agents=3, skills={"agent2": ("gold", "night")}, trunk_channels=7, calls_per_second=3)
    keys = Secrets.for_agents(plan.agent_names)
    write_settings(tmp_path / "ringpace.toml", plan, PORTS, keys)
    settings = load_settings(tmp_path / "ringpace.toml")
    assert settings.data_dir == tmp_path / "data"
    assert settings.redis_url.get_secret_value() == f"redis://:{keys.redis}@127.0.0.1:1001/0"
    assert settings.ami.secret.get_secret_value() == keys.ami
    assert settings.mqtt.port == PORTS.mqtt
    assert settings.trunks["carrier"].channels == 7
    assert settings.agents["agent2"].skills == {"gold", "night"}
    assert set(settings.agents) == {"agent1", "agent2", "agent3"}
    assert settings.law.legal_hours.opens == settings.law.legal_hours.closes == time(0)


def test_the_legal_hours_stay_when_they_are_asked_for(tmp_path: Path) -> None:
    write_settings(tmp_path / "ringpace.toml", LabPlan(agents=0, all_day=False), PORTS, Secrets())
    assert load_settings(tmp_path / "ringpace.toml").law.legal_hours.opens == time(8)


def test_the_settings_hold_secrets_and_are_their_owners_alone(tmp_path: Path) -> None:
    write_settings(tmp_path / "ringpace.toml", LabPlan(agents=0), PORTS, Secrets())
    assert (tmp_path / "ringpace.toml").stat().st_mode & 0o777 == 0o600


def test_secrets_are_new_each_time_and_shown_by_nobody() -> None:
    one, other = Secrets.for_agents(("agent1",)), Secrets.for_agents(("agent1",))
    assert one.ami != other.ami
    assert one.agents["agent1"] != other.agents["agent1"]


def test_ports_are_all_different() -> None:
    ports = Ports.free()
    values = [getattr(ports, name) for name in Ports.__slots__]
    assert len(values) == len(set(values)) == 9


def test_a_wire_stands_where_the_dialler_looks_for_asterisk(tmp_path: Path) -> None:
    write_settings(tmp_path / "ringpace.toml", LabPlan(agents=0, ami_wire=True), PORTS, Secrets())
    assert load_settings(tmp_path / "ringpace.toml").ami.port == PORTS.wire

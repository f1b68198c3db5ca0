"""The configuration that is written for one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from dialer.asterisk.site import SHIPPED, Directories, Network, write_site
from dialer.core.errors import SettingsError
from dialer.settings import AgentSettings, AmiSettings, HttpSettings, MqttSettings, Settings, TrunkSettings

if TYPE_CHECKING:
    from pathlib import Path


def settings(tmp_path: Path, *, agent_secret: str = "s3cret-agent", trunk_host: str = "192.0.2.9") -> Settings:  # noqa: S107
    return Settings(
        data_dir=tmp_path,
        database_url=SecretStr("sqlite+aiosqlite:///x"),
        redis_url=SecretStr("redis://x"),
        ami=AmiSettings(port=5099, secret=SecretStr("s3cret-ami")),
        mqtt=MqttSettings(password=SecretStr("x")),
        http=HttpSettings(token=SecretStr("x")),
        trunks={"north": TrunkSettings(endpoint="carrier", host=trunk_host, port=5070, caller_ids=("+862166880000",))},
        agents={"agent1": AgentSettings(sip_secret=SecretStr(agent_secret))},
    )


def test_every_shipped_file_is_there_and_every_include_resolves(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    write_site(settings(tmp_path), etc, Network())
    assert {path.name for path in SHIPPED.glob("*.conf")} <= {path.name for path in etc.glob("*.conf")}
    for path in etc.glob("*.conf"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("#include"):
                assert (etc / line.split()[1]).is_file(), f"{path.name}: {line}"


def test_trunks_and_agents_become_sections(tmp_path: Path) -> None:
    write_site(settings(tmp_path), tmp_path / "etc", Network("192.0.2.1", 5080))
    written = (tmp_path / "etc/site/pjsip.conf").read_text(encoding="utf-8")
    assert "bind = 192.0.2.1:5080" in written
    assert "[carrier](trunk)\ntransport = udp\naors = carrier\n" in written
    assert "contact = sip:192.0.2.9:5070" in written
    assert "endpoint = carrier\nmatch = 192.0.2.9" in written
    assert "[agent1](agent)\ntransport = udp\naors = agent1\nauth = agent1-auth\n" in written
    assert "username = agent1\npassword = s3cret-agent" in written


def test_an_address_of_version_6_is_bracketed(tmp_path: Path) -> None:
    write_site(settings(tmp_path, trunk_host="2001:db8::9"), tmp_path / "etc", Network())
    assert "contact = sip:[2001:db8::9]:5070" in (tmp_path / "etc/site/pjsip.conf").read_text(encoding="utf-8")


def test_files_with_secrets_are_their_owners_alone(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    write_site(settings(tmp_path), etc, Network())
    holding = [path for path in etc.rglob("*.conf") if "s3cret" in path.read_text(encoding="utf-8")]
    assert {path.name for path in holding} == {"pjsip.conf", "dialer-account.conf"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in holding)


@pytest.mark.parametrize("secret", ["a\r\nwrite = all", "a;b", "a b", "", "密码"])
def test_a_value_that_would_change_its_neighbours_is_refused_and_not_shown(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingsError, match=r"agent1-auth\.password") as refused:
        write_site(settings(tmp_path, agent_secret=secret), tmp_path / "etc", Network())
    assert not secret or secret not in str(refused.value)


def test_directories_are_told_only_where_they_are_our_own(tmp_path: Path) -> None:
    write_site(settings(tmp_path), tmp_path / "packaged", Network())
    assert "astetcdir" not in (tmp_path / "packaged/asterisk.conf").read_text(encoding="utf-8")
    own = Directories(tmp_path / "modules", tmp_path / "sounds", tmp_path / "state", tmp_path / "run")
    write_site(settings(tmp_path), tmp_path / "own", Network(), own)
    written = (tmp_path / "own/asterisk.conf").read_text(encoding="utf-8")
    assert written.startswith("[directories]\n")
    assert f"astrundir => {tmp_path}/run" in written
    assert "[options]" in written
    assert (tmp_path / "state/log/cdr-csv").is_dir()


def test_writing_again_replaces_what_was_there(tmp_path: Path) -> None:
    for _ in range(2):
        write_site(settings(tmp_path), tmp_path / "etc", Network())
    assert (tmp_path / "etc/site/pjsip.conf").read_text(encoding="utf-8").count("[agent1](agent)") == 1


def test_the_account_may_not_run_commands() -> None:
    manager = (SHIPPED / "manager.conf").read_text(encoding="utf-8")
    rights = {right for line in manager.splitlines() if line.startswith("write = ") for right in line[8:].split(",")}
    assert rights == {"call", "originate", "system", "reporting"}

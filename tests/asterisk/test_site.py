"""The configuration that is written for one machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from dialer.asterisk.site import SHIPPED, Directories, Network, write_site
from dialer.core.errors import SettingsError
from dialer.core.telephone import page_password
from dialer.settings import (
    AgentSettings,
    AmiSettings,
    HttpSettings,
    MqttSettings,
    Settings,
    TelephoneSettings,
    TrunkSettings,
)

if TYPE_CHECKING:
    from pathlib import Path


def settings(
    tmp_path: Path,
    *,
    agent_secret: str = "s3cret-agent",  # noqa: S107 - made up
    trunk_host: str = "192.0.2.9",
    telephone: dict[str, Any] | None = None,
    **ami: Any,
) -> Settings:
    return Settings(
        data_dir=tmp_path,
        database_url=SecretStr("sqlite+aiosqlite:///x"),
        redis_url=SecretStr("redis://127.0.0.1"),
        ami=AmiSettings.model_validate({"port": 5099, "secret": "s3cret-ami"} | ami),
        mqtt=MqttSettings(password=SecretStr("x")),
        http=HttpSettings(token=SecretStr("x")),
        telephone=TelephoneSettings.model_validate(telephone or {}),
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


@pytest.mark.parametrize("secret", ["a\r\nwrite = all", "a;b", "a b", "密码"])
def test_a_value_that_would_change_its_neighbours_is_refused_and_not_shown(tmp_path: Path, secret: str) -> None:
    with pytest.raises(SettingsError, match=r"agent1-auth\.password") as refused:
        write_site(settings(tmp_path, agent_secret=secret), tmp_path / "etc", Network())
    assert secret not in str(refused.value)


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


def doors(settings: Settings, etc: Path) -> dict[str, str]:
    """What the written configuration says of the manager interface and its account."""
    write_site(settings, etc, Network())
    written = (etc / "site/ami.conf").read_text() + (etc / "site/dialer-account.conf").read_text()
    return dict(line.split(" = ") for line in written.splitlines())


def test_on_one_machine_the_manager_interface_is_that_machines_own(tmp_path: Path) -> None:
    said = doors(settings(tmp_path), tmp_path / "etc")
    assert (said["bindaddr"], said["port"]) == ("127.0.0.1", "5099")
    assert (said["deny"], said["permit"]) == ("0.0.0.0/0,::/0", "127.0.0.0/8,::1/128")
    assert "tlsenable" not in said


def test_apart_the_manager_interface_is_plain_on_its_own_machine_alone(tmp_path: Path) -> None:
    apart = settings(tmp_path, host="192.0.2.8", tls=True, tls_cert="/etc/asterisk/pbx.pem", permit=["192.0.2.7"])
    said = doors(apart, tmp_path / "etc")
    assert (said["bindaddr"], said["tlsbindaddr"]) == ("127.0.0.1", "192.0.2.8:5099")
    assert said["port"] != "5099"  # Asterisk would move the encrypted one elsewhere
    assert (said["tlscertfile"], said["tlsprivatekey"]) == ("/etc/asterisk/pbx.pem", "/etc/asterisk/pbx.pem")
    assert said["permit"] == "192.0.2.7/32"


@pytest.mark.parametrize(
    ("key", "ami"),
    [
        ("ami.tls_cert", {"host": "192.0.2.8", "tls": True, "permit": ["192.0.2.7"]}),
        ("ami.permit", {"host": "192.0.2.8", "tls": True, "tls_cert": "/etc/asterisk/pbx.pem"}),
    ],
)
def test_what_asterisk_must_know_of_another_machine_is_asked_for(tmp_path: Path, key: str, ami: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=key):
        write_site(settings(tmp_path, **ami), tmp_path / "etc", Network())


def test_an_agents_page_has_a_telephone_of_its_own_with_another_password(tmp_path: Path) -> None:
    write_site(settings(tmp_path), tmp_path / "etc", Network())
    written = (tmp_path / "etc/site/pjsip.conf").read_text(encoding="utf-8")
    assert "[agent1.page](agent-in-page)\ntransport = ws\naors = agent1.page\nauth = agent1.page-auth\n" in written
    assert f"username = agent1.page\npassword = {page_password('agent1', 's3cret-agent')}\n" in written
    assert written.count("s3cret-agent") == 1
    assert "[agent1.page](agent-in-page-aor)" in written
    # Trunks and desks stay on their transport, and say of themselves that they want no ICE by not wanting WebRTC.
    assert written.count("transport = ws") == 1


def test_the_websocket_is_the_own_machines_unless_it_is_encrypted(tmp_path: Path) -> None:
    write_site(settings(tmp_path), tmp_path / "etc", Network())
    assert (tmp_path / "etc/site/http.conf").read_text() == "bindaddr = 127.0.0.1\nbindport = 8088\n"
    apart = {"host": "192.0.2.8", "tls": True, "tls_cert": "/etc/asterisk/pbx.pem"}
    apart |= {"addresses": {"192.0.2.8": "198.51.100.8"}}
    write_site(settings(tmp_path, telephone=apart), tmp_path / "etc", Network())
    said = dict(line.split(" = ") for line in (tmp_path / "etc/site/http.conf").read_text().splitlines())
    assert (said["bindaddr"], said["tlsbindaddr"]) == ("127.0.0.1", "192.0.2.8:8088")
    assert said["bindport"] != "8088"
    assert (tmp_path / "etc/site/ice.conf").read_text() == "192.0.2.8 = 198.51.100.8\n"
    del apart["tls_cert"]
    with pytest.raises(SettingsError, match=r"telephone\.tls_cert"):
        write_site(settings(tmp_path, telephone=apart), tmp_path / "etc", Network())

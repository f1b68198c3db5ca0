"""The settings: found, overridden by the environment, checked once, and silent about secrets."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dialer.core.errors import SettingsError
from dialer.settings import AmiSettings, HttpSettings, MqttSettings, find_settings_file, is_here, load_settings

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

    from dialer.settings import Settings

SECRET = "hunter2-hunter2"  # noqa: S105 - made up, to be looked for where it must not be
FILE = f"""
data_dir = "var"
database_url = "sqlite+aiosqlite:///{SECRET}.db"
redis_url = "redis://:{SECRET}@127.0.0.1/0"
[ami]
secret = "{SECRET}"
[mqtt]
password = "{SECRET}"
[http]
token = "{SECRET}"
[trunks.main]
endpoint = "carrier"
caller_ids = ["+862112345678"]
[agents.a1]
sip_secret = "{SECRET}"
"""


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of this machine play a part."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RINGPACE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("dialer.settings.SEARCHED", (Path("ringpace.toml"), Path("var/demo/ringpace.toml")))


def load(text: str) -> Settings:
    path = Path("ringpace.toml")
    path.write_text(text, encoding="utf-8")
    return load_settings(path)


def fault(text: str) -> str:
    """The error that a file gives, having made sure that not even a traceback shows a secret."""
    with pytest.raises(SettingsError) as refused:
        load(text)
    assert SECRET not in "".join(traceback.format_exception(refused.value))
    return str(refused.value)


def test_a_whole_file_is_read() -> None:
    settings = load(FILE)
    assert settings.region == "CN"
    assert settings.trunks["main"].caller_ids == ("+862112345678",)
    assert settings.ami.secret.get_secret_value() == SECRET
    assert settings.recordings_dir == Path("var/recordings")
    assert settings.spool_dir == Path("var/spool")
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        (f'[ami]\nsecret = "{SECRET}"', "[ami]", "ami.secret"),
        (f'password = "{SECRET}"', "", "mqtt.password"),
        (f'token = "{SECRET}"', "", "http.token"),
        (f'token = "{SECRET}"', 'token = ""', "http.token"),
        (f'sip_secret = "{SECRET}"', "", "agents.a1.sip_secret"),
        (f'[ami]\nsecret = "{SECRET}"', f'[ami]\nsecrte = "{SECRET}"', "ami.secrte"),
        (f'token = "{SECRET}"', f'token = ["{SECRET}"]', "http.token"),
        ('data_dir = "var"', 'data_dir = "var"\ncolour = "red"', "colour"),
        ('data_dir = "var"', 'data_dir = "var"\nregion = "china"', "region"),
        ('"+862112345678"', '"02112345678"', "trunks.main.caller_ids.0"),
        ('["+862112345678"]', "[]", "trunks.main.caller_ids"),
        ("[trunks.main]", "[trunks.'ma/in']", "trunks.ma/in"),
        ("[agents.a1]", "[law.legal_hours]\nopens = 21:00:00\ncloses = 08:00:00\n[agents.a1]", "law.legal_hours"),
    ],
)
def test_a_mistake_is_named_by_its_key_and_secrets_are_not_repeated(old: str, new: str, key: str) -> None:
    assert old in FILE
    said = fault(FILE.replace(old, new))
    assert said.startswith("ringpace.toml: ")
    assert f"{key}: " in said or f"{key}." in said


def test_what_is_no_toml_is_said_to_be_none() -> None:
    assert "not a TOML file" in fault(FILE + "\n[broken")


def test_a_file_of_another_encoding_is_said_to_be_none(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'data_dir = "\xff"')
    with pytest.raises(SettingsError, match="not a TOML file"):
        load_settings(path)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings(tmp_path)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGPACE_NODE", "node7")
    monkeypatch.setenv("RINGPACE_AMI__SECRET", "from-the-environment")
    monkeypatch.setenv("RINGPACE_HTTP__PORT", "9000")
    settings = load(FILE)
    assert settings.node == "node7"
    assert settings.ami.secret.get_secret_value() == "from-the-environment"
    assert (settings.http.port, settings.http.token.get_secret_value()) == (9000, SECRET)


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RINGPACE_HTTP__PROT", SECRET)
    assert "http.PROT" in fault(FILE) or "http.prot" in fault(FILE)
    monkeypatch.delenv("RINGPACE_HTTP__PROT")
    monkeypatch.setenv("RINGPACE_AMI", SECRET)
    assert '"ami"' in fault(FILE)


def test_the_file_is_the_one_named_then_the_variable_s_then_the_first_found(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match=r"looked for ringpace.toml, var/demo/ringpace.toml"):
        find_settings_file()
    demo = Path("var/demo/ringpace.toml")
    demo.parent.mkdir(parents=True)
    demo.touch()
    assert find_settings_file() == demo
    Path("ringpace.toml").touch()
    assert find_settings_file() == Path("ringpace.toml")
    Path("own.toml").touch()
    monkeypatch.setenv("RINGPACE_SETTINGS", "own.toml")
    assert find_settings_file() == Path("own.toml")
    assert find_settings_file(demo) == demo
    monkeypatch.setenv("RINGPACE_SETTINGS", "gone.toml")
    with pytest.raises(SettingsError, match=r"no settings file at gone.toml"):
        find_settings_file()
    assert load(FILE).node == "node1"


# --- secrets leave this machine encrypted, or not at all -------------------------------------------

ELSEWHERE = "192.0.2.7"
OPEN_WIRES = {
    "ami.host": ("[ami]", f'[ami]\nhost = "{ELSEWHERE}"', "ami.tls = true"),
    "mqtt.host": ("[mqtt]", '[mqtt]\nhost = "broker.example"', "mqtt.tls = true"),
    "http.host": ("[http]", '[http]\nhost = "0.0.0.0"', "http.tls_cert"),
    "agi.host": ("[trunks.main]", '[agi]\nhost = "::"\n[trunks.main]', "cannot be encrypted"),
    "redis_url": ("@127.0.0.1/0", f"@{ELSEWHERE}/0", "rediss://"),
    "database_url": (
        f"sqlite+aiosqlite:///{SECRET}.db",
        f"postgresql://u:{SECRET}@{ELSEWHERE}/ringpace",
        "ssl=verify-full",
    ),
}


@pytest.mark.parametrize("key", OPEN_WIRES)
def test_a_secret_in_the_clear_to_another_machine_is_refused_unless_somebody_vouches(key: str) -> None:
    old, new, remedy = OPEN_WIRES[key]
    said = fault(FILE.replace(old, new))
    assert f"{key}: " in said
    assert remedy in said
    assert "trusted_network = true" in said
    vouched = FILE.replace(old, new).replace('data_dir = "var"', 'data_dir = "var"\ntrusted_network = true')
    assert load(vouched).trusted_network


def test_all_open_wires_are_named_at_once() -> None:
    text = FILE
    for old, new, _remedy in OPEN_WIRES.values():
        text = text.replace(old, new, 1)
    assert [key for key in OPEN_WIRES if f"{key}: " not in fault(text)] == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[ami]", f'[ami]\nhost = "{ELSEWHERE}"\ntls = true'),
        ("[mqtt]", '[mqtt]\nhost = "broker.example"\ntls = true'),
        ("[http]", '[http]\nhost = "0.0.0.0"\ntls_cert = "site.pem"'),
        ("redis://:", "rediss://:"),
        ("[ami]", '[ami]\nhost = "::1"'),
        ("[mqtt]", '[mqtt]\nhost = "localhost"'),
        *(
            (f"sqlite+aiosqlite:///{SECRET}.db", f"postgresql://u:{SECRET}@{rest}")
            for rest in (f"{ELSEWHERE}/x?ssl=require", f"{ELSEWHERE}/x?ssl=verify-full", "localhost/x", "/x", "[::1]/x")
        ),
    ],
)
def test_what_is_encrypted_or_stays_here_is_accepted(old: str, new: str) -> None:
    assert not load(FILE.replace(old, new)).trusted_network


@pytest.mark.parametrize("word", ["prefer", "allow", "disable", "yes", ""])
def test_a_database_that_may_fall_back_to_plain_text_is_not_encrypted(word: str) -> None:
    url = f"postgresql://u:{SECRET}@{ELSEWHERE}/x?ssl={word}"
    assert "database_url: " in fault(FILE.replace(f"sqlite+aiosqlite:///{SECRET}.db", url))


@pytest.mark.parametrize(
    ("key", "old", "new"),
    [
        ("redis_url", f"redis://:{SECRET}@", f"http://:{SECRET}@"),
        ("redis_url", f"redis://:{SECRET}@", f"redis://:{SECRET}/{SECRET}@"),
        ("redis_url", f"redis://:{SECRET}@", f"redis://:{SECRET}[@"),
        ("database_url", f"sqlite+aiosqlite:///{SECRET}.db", f"postgresql://u:{SECRET}/{SECRET}@h/x"),
    ],
)
def test_a_url_that_is_none_is_named_and_not_shown(key: str, old: str, new: str) -> None:
    assert f"{key}: " in fault(FILE.replace(old, new))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.255.0.1", "::1", "localhost", "", None])
def test_this_machine(host: str | None) -> None:
    assert is_here(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "127.0.0.1.example", "localhost.example", "127.1", "10.0.0.1"])  # noqa: S104
def test_not_this_machine_or_not_this_machine_alone(host: str) -> None:
    assert not is_here(host)


@given(st.ip_addresses())
def test_an_address_is_here_if_it_is_a_loopback(address: IPv4Address | IPv6Address) -> None:
    assert is_here(str(address)) is address.is_loopback


def test_an_authority_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "none.pem").write_text("no certificate", encoding="ascii")
    for server in (
        AmiSettings.model_validate({"secret": "s", "tls": True, "ca_file": tmp_path / "none.pem"}),
        MqttSettings.model_validate({"password": "s", "tls": True, "ca_file": tmp_path / "away.pem"}),
    ):
        with pytest.raises(SettingsError, match=r"ca_file: .*\.pem"):
            server.tls_context()
    assert AmiSettings.model_validate({"secret": "s"}).tls_context() is None


def test_the_interface_is_asked_where_and_how_it_listens(tmp_path: Path) -> None:
    assert HttpSettings.model_validate({"token": "t", "host": "::1", "port": 80}).url == "http://[::1]:80"
    encrypted = HttpSettings.model_validate({"token": "t", "tls_cert": tmp_path / "away.pem"})
    assert encrypted.url == "https://127.0.0.1:8600"
    with pytest.raises(SettingsError, match=r"http.tls_cert"):
        encrypted.trusted()


def test_what_is_heard_and_what_is_not_known_lie_in_the_data_folder_unless_told_otherwise(tmp_path: Path) -> None:
    usual = load(FILE)
    assert usual.announcements_dir == Path("var/announcements")
    assert usual.unknown_sounds_dir == Path("var/unknown-sounds")
    shared = load(FILE + f'[hearing]\nlibrary = "{tmp_path}"\n')
    assert shared.announcements_dir == tmp_path
    assert "hearing.confident" in fault(FILE + "[hearing]\nconfident = 0.2\n")
    assert "hearing.most_legs" in fault(FILE + "[hearing]\nmost_legs = 0\n")

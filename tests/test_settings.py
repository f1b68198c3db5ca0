"""The settings: found, overridden by the environment, checked once, and silent about secrets."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dialer.core.errors import SettingsError
from dialer.settings import find_settings_file, load_settings

if TYPE_CHECKING:
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

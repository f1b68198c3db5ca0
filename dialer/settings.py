"""The settings of one installation: a TOML file, overridden by RINGPACE_* variables, checked once, then frozen.

There are no default secrets: the set-up generates them, and a missing one is an error that names its key.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from dialer.core.errors import SettingsError, problems_of
from dialer.core.plan import Law

SEARCHED = (Path("ringpace.toml"), Path("/etc/ringpace/ringpace.toml"), Path("var/demo/ringpace.toml"))
"""Where a settings file is looked for when neither --settings nor RINGPACE_SETTINGS names one."""

PhoneNumber = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


class Section(BaseModel):
    """One table of the file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AmiSettings(Section):
    """How to reach Asterisk's manager interface."""

    host: str = "127.0.0.1"
    port: int = 5038
    username: str = "dialer"
    secret: SecretStr
    action_timeout_s: float = Field(default=5.0, gt=0)
    ping_interval_s: float = Field(default=2.0, gt=0)


class MqttSettings(Section):
    """How to reach the broker."""

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = "dialer"
    password: SecretStr
    site: Name = "main"


class HttpSettings(Section):
    """Where the HTTP interface listens; `token` is the bearer token of consoles and other systems."""

    host: str = "127.0.0.1"
    port: int = 8600
    token: SecretStr


class AgiSettings(Section):
    """Where the FastAGI server listens, and the address at which Asterisk reaches it."""

    host: str = "127.0.0.1"
    port: int = 4573


class TrunkSettings(Section):
    """A way out: an Asterisk PJSIP endpoint with its limits and the caller ids it may show."""

    endpoint: Name
    host: str = "127.0.0.1"
    port: int = 5060
    channels: int = Field(default=30, ge=1)
    calls_per_second: float = Field(default=5, gt=0, le=200)
    caller_ids: tuple[PhoneNumber, ...] = Field(min_length=1)


class AgentSettings(Section):
    """An agent and the SIP telephone they log in with."""

    name: str = ""
    sip_secret: SecretStr
    skills: frozenset[str] = frozenset()


class Settings(BaseSettings):
    """Everything an installation needs to know about itself."""

    model_config = SettingsConfigDict(
        env_prefix="RINGPACE_", env_nested_delimiter="__", frozen=True, extra="forbid", env_ignore_empty=True
    )

    data_dir: Path
    node: Name = "node1"
    region: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"
    """The country in which numbers without a plus sign are read."""
    database_url: SecretStr
    redis_url: SecretStr
    ami: AmiSettings
    mqtt: MqttSettings
    http: HttpSettings
    agi: AgiSettings = AgiSettings()
    trunks: dict[Name, TrunkSettings]
    agents: dict[Name, AgentSettings] = Field(default_factory=dict)
    law: Law = Law()
    drain_s: float = Field(default=30, ge=0)
    """How long talks may go on after the service is asked to stop."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @property
    def recordings_dir(self) -> Path:
        """Where finished recordings are kept."""
        return self.data_dir / "recordings"

    @property
    def spool_dir(self) -> Path:
        """Where Asterisk writes recordings while the talk is on."""
        return self.data_dir / "spool"


def find_settings_file(named: Path | None = None) -> Path:
    """The settings file to use: the one named, else RINGPACE_SETTINGS, else the first of SEARCHED that exists."""
    if named is None and (from_environment := os.environ.get("RINGPACE_SETTINGS")):
        named = Path(from_environment)
    if named is not None:
        if not named.is_file():
            raise SettingsError(f"no settings file at {named}")
        return named
    for candidate in SEARCHED:
        if candidate.is_file():
            return candidate
    looked = ", ".join(str(path) for path in SEARCHED)
    raise SettingsError(f"no settings file found (looked for {looked}); name one with --settings or RINGPACE_SETTINGS")


def load_settings(path: Path) -> Settings:
    """Read and check a settings file. Errors name the key; values, which may be secret, are never repeated."""
    try:
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not a TOML file: {error}") from error
    try:
        return Settings(**values)
    except ValidationError as error:
        # Not "from error": pydantic's own text repeats the values, and a traceback would show it.
        raise SettingsError(f"{path}: {problems_of(error)}") from None
    except SourceError as error:
        raise SettingsError(f"RINGPACE_* variables: {error}") from None

"""The settings of one installation: a TOML file, overridden by RINGPACE_* variables, checked once, then frozen.

There are no default secrets: the set-up generates them, and a missing one is an error that names its key. What goes to
another machine is encrypted; where it is not, the settings are refused unless `trusted_network` vouches for the wire.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
import tomllib
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self
from urllib.parse import SplitResult, parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings import SettingsError as SourceError

from dialer.core.errors import SettingsError, problems_of
from dialer.core.plan import Law

if TYPE_CHECKING:
    from collections.abc import Iterator

SEARCHED = (Path("ringpace.toml"), Path("/etc/ringpace/ringpace.toml"), Path("var/demo/ringpace.toml"))
"""Where a settings file is looked for when neither --settings nor RINGPACE_SETTINGS names one."""

PhoneNumber = Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$")]
Secret = Annotated[SecretStr, Field(min_length=1)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]


Port = Annotated[int, Field(ge=0, le=65535)]
"""0 lets the system choose, where we listen."""
Deadline = Annotated[float, Field(gt=0, le=3600)]


class Section(BaseModel):
    """One table of the file; unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reached(Section):
    """A server that the controller logs in to; with `tls` it must show a certificate for `host` that we can check."""

    host: str = "127.0.0.1"
    tls: bool = False
    ca_file: Path | None = None
    """The authority that signs the server's certificate; None for those that this machine trusts already."""

    def tls_context(self) -> ssl.SSLContext | None:
        """What checks the server's certificate, None without TLS; SettingsError where `ca_file` is of no use."""
        if not self.tls:
            return None
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except OSError as error:
            raise SettingsError(f"ca_file: {self.ca_file} holds no certificates that can be read: {error}") from error


class AmiSettings(Reached):
    """How to reach Asterisk's manager interface, and what `dialer asterisk-conf` tells Asterisk about it."""

    port: Port = 5038
    username: str = "dialer"
    secret: Secret
    tls_cert: Path | None = None
    """Asterisk's certificate, with its chain, where Asterisk's machine has it."""
    tls_key: Path | None = None
    """The certificate's key, likewise; None where the same file holds both."""
    permit: tuple[IPv4Network | IPv6Network, ...] = ()
    """From where the account may log in; empty for Asterisk's own machine alone."""
    action_timeout_s: Deadline = 5.0
    ping_interval_s: Deadline = 2.0


class MqttSettings(Reached):
    """How to reach the broker."""

    port: Port = 1883
    username: str = "dialer"
    password: Secret
    site: Name = "main"


class HttpSettings(Section):
    """Where the HTTP interface listens; `token` is the bearer token of consoles and other systems."""

    host: str = "127.0.0.1"
    port: Port = 8600
    token: Secret
    tls_cert: Path | None = None
    """Its certificate with its chain; None for plain HTTP."""
    tls_key: Path | None = None
    """The certificate's key; None where the same file holds both."""

    @property
    def url(self) -> str:
        """Where the interface is asked on its own machine."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_cert else 'http'}://{host}:{self.port}"

    def trusted(self) -> ssl.SSLContext | bool:
        """What a client on this machine checks: that the server shows this very certificate, for whatever name."""
        if self.tls_cert is None:
            return False
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        try:
            context.load_verify_locations(self.tls_cert)
        except OSError as error:
            raise SettingsError(f"http.tls_cert: {self.tls_cert} holds no certificate: {error}") from error
        return context


class AgiSettings(Section):
    """Where the FastAGI server listens, and the address at which Asterisk reaches it."""

    host: str = "127.0.0.1"
    port: Port = 4573

    @property
    def address(self) -> str:
        """As host:port."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class TrunkSettings(Section):
    """A way out: an Asterisk PJSIP endpoint with its limits and the caller ids it may show."""

    endpoint: Name
    host: str = "127.0.0.1"
    port: Port = 5060
    channels: int = Field(default=30, ge=1, le=100_000)
    calls_per_second: float = Field(default=5, gt=0, le=200)
    caller_ids: tuple[PhoneNumber, ...] = Field(min_length=1)


class SupervisionSettings(Section):
    """What agents are told of those who listen to them."""

    announced: bool = True
    """Whether an agent's page shows that somebody listens."""


class AgentSettings(Section):
    """An agent and the SIP telephone they log in with."""

    name: str = ""
    sip_secret: Secret
    skills: frozenset[str] = frozenset()


class HearingSettings(Section):
    """What is listened to before anybody answers, and how far that is believed."""

    on: bool = True
    """Whether this controller listens at all; a campaign's plan may choose not to."""
    library: Path = Path("announcements")
    """The folder of known announcements; in `data_dir` where it is not absolute."""
    unknowns: Path = Path("unknown-sounds")
    """Where sounds that nobody knows are kept for an operator to name, likewise."""
    tones: Name = "cn"
    """The tone plan of the networks that are called (dialer/hearing/tone_plans.toml)."""
    most_legs: int = Field(default=200, ge=1, le=10_000)
    """Legs listened to at once; calls beyond that go on unheard."""
    confident: float = Field(default=0.9, ge=0.5, le=1)
    """How sure one must be of what was heard to go by it."""
    keep_unknown_days: float = Field(default=14, ge=0, le=366)
    """After that unknown sounds are deleted; 0 keeps none."""


class WebhookSettings(Section):
    """How webhooks are posted; which there are is in the record."""

    private_addresses: bool = False
    """Whether they may go to addresses of inner networks: an admin of the consoles then reaches what we can."""
    ca_file: Path | None = None
    """The authority that signs the receivers' certificates; None for those that this machine trusts already."""
    deadline_s: Deadline = 10.0
    """For one post, from the look at its name to the answer."""


class TelephoneSettings(Reached):
    """Where Asterisk's WebSocket is, to which the telephones in the agents' pages are joined."""

    port: Port = 8088
    tls_cert: Path | None = None
    """Asterisk's certificate for it, with its chain, where Asterisk's machine has it."""
    tls_key: Path | None = None
    """The certificate's key, likewise; None where the same file holds both."""
    addresses: dict[IPv4Address, IPv4Address] = Field(default_factory=dict)
    """At which address browsers reach each of Asterisk's own, where another one stands before it."""

    @property
    def url(self) -> str:
        """As the door asks for it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.tls else 'ws'}://{host}:{self.port}/ws"


class RecordingSettings(Section):
    """How what was said is kept."""

    key_file: Path = Path("recordings.keys")
    """The keys that close recordings; in `data_dir` where it is not absolute, and better on another disk."""
    keep_days: float | None = Field(default=None, ge=1, le=36_525)
    """After so many days the sound is deleted, where a campaign's plan says nothing; None keeps it for ever."""


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
    trusted_network: bool = False
    """Whether secrets and voices may go to other machines unencrypted, because nobody else is on that network."""
    ami: AmiSettings
    mqtt: MqttSettings
    http: HttpSettings
    agi: AgiSettings = AgiSettings()
    telephone: TelephoneSettings = TelephoneSettings()
    trunks: dict[Name, TrunkSettings]
    agents: dict[Name, AgentSettings] = Field(default_factory=dict)
    law: Law = Law()
    hearing: HearingSettings = HearingSettings()
    webhooks: WebhookSettings = WebhookSettings()
    supervision: SupervisionSettings = SupervisionSettings()
    recordings: RecordingSettings = RecordingSettings()
    drain_s: float = Field(default=30, ge=0, le=86_400)
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

    @model_validator(mode="after")
    def _secrets_travel_encrypted(self) -> Self:
        if not self.trusted_network and (wires := list(self._open_wires())):
            vouch = "or set trusted_network = true where nobody else is on the network between the machines"
            raise SettingsError(f"{'; '.join(wires)}; {vouch}")
        return self

    def _open_wires(self) -> Iterator[str]:
        """Each way on which a secret would leave this machine in the clear, and what to do about it."""
        for key, server in (("ami", self.ami), ("mqtt", self.mqtt), ("telephone", self.telephone)):
            if not (server.tls or is_here(server.host)):
                yield f"{key}.host: {server.host} is another machine: set {key}.tls = true"
        if not (self.http.tls_cert or is_here(self.http.host)):
            yield f"http.host: {self.http.host} is open to other machines: set http.tls_cert, or 127.0.0.1 and a proxy"
        if not is_here(self.agi.host):
            yield f"agi.host: {self.agi.host} is open to other machines, and FastAGI cannot be encrypted: 127.0.0.1"
        redis = _split("redis_url", self.redis_url, "redis", "rediss", "unix")
        if redis.scheme == "redis" and not is_here(redis.hostname):
            yield f"redis_url: {redis.hostname} is another machine: rediss://"
        database = _split("database_url", self.database_url)
        encrypted = set(parse_qs(database.query).get("ssl", ())) & _ENCRYPTED
        if database.scheme.startswith("postgres") and not (encrypted or is_here(database.hostname)):
            yield f"database_url: {database.hostname} is another machine: add ?ssl=verify-full"

    @property
    def recordings_dir(self) -> Path:
        """Where finished recordings are kept."""
        return self.data_dir / "recordings"

    @property
    def recording_keys(self) -> Path:
        """Where the keys are that close recordings."""
        return self.data_dir / self.recordings.key_file

    @property
    def spool_dir(self) -> Path:
        """Where Asterisk writes recordings while the talk is on."""
        return self.data_dir / "spool"

    @property
    def announcements_dir(self) -> Path:
        """Where the known announcements are."""
        return self.data_dir / self.hearing.library

    @property
    def unknown_sounds_dir(self) -> Path:
        """Where early media that nobody could make out are kept."""
        return self.data_dir / self.hearing.unknowns


_ENCRYPTED = {"require", "verify-ca", "verify-full"}
"""The words of PostgreSQL that never fall back to plain text."""


def is_here(host: str | None) -> bool:
    """Whether a host is this machine; a name that somebody else may give another address is not."""
    if not host or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(key: str, url: SecretStr, *schemes: str) -> SplitResult:
    """A URL in its parts; SettingsError, which does not repeat it, where it is none."""
    try:
        parts = urlsplit(url.get_secret_value())
        parts.port  # noqa: B018 - it is read only when asked for, and a password with a slash in it ends up here
    except ValueError:
        raise SettingsError(f"{key}: not a URL; in a password, write @ : / ? # % as %40 %3A %2F %3F %23 %25") from None
    if schemes and parts.scheme not in schemes:
        raise SettingsError(f"{key}: must begin with one of {', '.join(f'{one}://' for one in schemes)}")
    return parts


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
    except (ValueError, RecursionError) as error:  # also what is no UTF-8, nested too deep, or a number too long
        raise SettingsError(f"{path}: not a TOML file: {error}") from error
    # To pydantic these are no keys but orders, such as to read the command line.
    if orders := [key for key in values if key.startswith("_")]:
        raise SettingsError(f"{path}: {', '.join(map(ascii, orders))}: no such key")
    try:
        return Settings(**values)
    except ValidationError as error:
        # Not "from error": pydantic's own text repeats the values, and a traceback would show it.
        raise SettingsError(f"{path}: {problems_of(error)}") from None
    except SettingsError as error:
        raise SettingsError(f"{path}: {error}") from None
    except SourceError as error:
        raise SettingsError(f"RINGPACE_* variables: {error}") from None

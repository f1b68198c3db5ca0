"""Write what differs per machine beside Asterisk's shipped configuration: addresses, secrets, trunks, agents.

`asterisk-conf/*.conf` is copied as it stands; everything else goes to `site/`, which those files include.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dialer.core.errors import SettingsError
from dialer.core.telephone import Telephone, endpoint_of, page_password
from dialer.settings import is_here

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dialer.settings import AgentSettings, AmiSettings, Settings, TelephoneSettings, TrunkSettings

SHIPPED = Path(__file__).parents[2] / "asterisk-conf"
"""The configuration that comes with Ringpace."""

_SAFE = re.compile(r"[\x21-\x3a\x3c-\x7e]+")
"""What can stand in a value: printable ASCII without blanks, and without `;`, which begins a comment."""

_EVERYWHERE = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
_OWN_MACHINE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))

_OWNER_ONLY = 0o600
_PUBLIC = 0o644


@dataclass(frozen=True, slots=True)
class Directories:
    """Where an Asterisk that was not installed as a package finds its parts and keeps its own files."""

    modules: Path
    """Its loadable modules."""
    data: Path
    """Sounds, and the documentation without which modules refuse to load."""
    state: Path
    """Written by Asterisk: database, logs, call records."""
    run: Path
    """Its control socket: a short path, because Unix allows a socket's name 107 bytes."""


@dataclass(frozen=True, slots=True)
class Network:
    """Where Asterisk listens: SIP on UDP, and the span of ports for sound."""

    host: str = "127.0.0.1"
    sip_port: int = 5060
    rtp_first: int = 10000
    rtp_last: int = 20000


def write_site(
    settings: Settings, etc_dir: Path, network: Network, directories: Directories | None = None, shipped: Path = SHIPPED
) -> None:
    """Make `etc_dir` a complete configuration for our Asterisk; what it held before is overwritten.

    `directories` is None for a packaged Asterisk, which knows its own. Files with secrets are readable by their
    owner alone. Raises SettingsError where a value could not stand in a configuration file as it is.
    """
    copy_shipped(shipped, etc_dir, directories)
    site = etc_dir / "site"
    write_values(site / "ami.conf", ami_doors(settings.ami))
    write_values(site / "dialer-account.conf", ami_account(settings.ami), _OWNER_ONLY)
    write_values(site / "rtp.conf", {"rtpstart": str(network.rtp_first), "rtpend": str(network.rtp_last)})
    write_values(site / "http.conf", websocket_doors(settings.telephone))
    addresses = settings.telephone.addresses.items()
    write_values(site / "ice.conf", {str(own): str(seen_at) for own, seen_at in addresses})
    write_values(site / "globals.conf", {"AGI_ADDRESS": settings.agi.address})
    sections = [transport_sections(network)]
    sections += [trunk_sections(trunk) for trunk in settings.trunks.values()]
    sections += [agent_sections(name, agent) for name, agent in settings.agents.items()]
    write_text(site / "pjsip.conf", "\n".join(sections), _OWNER_ONLY)


def copy_shipped(shipped: Path, etc_dir: Path, directories: Directories | None) -> None:
    """Copy the shipped files, and tell asterisk.conf the directories where they are not the package's own.

    `shipped` is our own configuration or the simulated carrier's; both stand on the same files of defaults.
    """
    (etc_dir / "site").mkdir(parents=True, exist_ok=True)
    for source in (*SHIPPED.glob("defaults/*.conf"), *shipped.glob("*.conf")):
        shutil.copyfile(source, etc_dir / source.name)
    if directories is None:
        return
    for kept in ("lib", "log/cdr-csv", "spool"):
        (directories.state / kept).mkdir(parents=True, exist_ok=True)
    directories.run.mkdir(parents=True, exist_ok=True)
    options = (etc_dir / "asterisk.conf").read_text(encoding="utf-8")
    write_text(etc_dir / "asterisk.conf", _directories_section(etc_dir, directories) + "\n" + options)


def ami_doors(ami: AmiSettings) -> dict[str, str]:
    """Where the manager interface listens: at the controller's address for it, and with TLS nowhere else in the clear.

    SettingsError where TLS is asked for and Asterisk is not told its certificate.
    """
    if not ami.tls:
        return {"bindaddr": ami.host, "port": str(ami.port)}
    if ami.tls_cert is None:
        raise SettingsError("ami.tls_cert: Asterisk needs a certificate for ami.tls; name the file on its machine")
    return {
        # Asterisk has no TLS without the plain interface: that one stays on its own machine. It needs another port:
        # where both are the same, manager.c moves the one for TLS to 5039 without a word.
        "bindaddr": "127.0.0.1",
        "port": str(ami.port - 1),
        "tlsenable": "yes",
        "tlsbindaddr": _address(ami.host, ami.port),
        "tlscertfile": str(ami.tls_cert),
        "tlsprivatekey": str(ami.tls_key or ami.tls_cert),
        "tlsdisablev1": "yes",
        "tlsdisablev11": "yes",
    }


def ami_account(ami: AmiSettings) -> dict[str, str]:
    """The account's secret, and from where it may be used; SettingsError where that would be from nowhere."""
    permitted = ami.permit or _OWN_MACHINE
    if not ami.permit and not is_here(ami.host):
        raise SettingsError(f"ami.permit: {ami.host} is another machine: name the controller's address")
    return {
        "secret": ami.secret.get_secret_value(),
        "deny": ",".join(map(str, _EVERYWHERE)),
        "permit": ",".join(map(str, permitted)),
    }


def websocket_doors(telephone: TelephoneSettings) -> dict[str, str]:
    """Where the WebSocket for the pages' telephones listens; SettingsError where TLS lacks a certificate."""
    if not telephone.tls:
        return {"bindaddr": telephone.host, "bindport": str(telephone.port)}
    if telephone.tls_cert is None:
        raise SettingsError("telephone.tls_cert: Asterisk needs a certificate for telephone.tls; name the file there")
    return {
        "bindaddr": "127.0.0.1",
        "bindport": str(telephone.port - 1),
        "tlsenable": "yes",
        "tlsbindaddr": _address(telephone.host, telephone.port),
        "tlscertfile": str(telephone.tls_cert),
        "tlsprivatekey": str(telephone.tls_key or telephone.tls_cert),
        "tlsdisablev1": "yes",
        "tlsdisablev11": "yes",
    }


def transport_sections(network: Network) -> str:
    """The SIP transports: UDP for trunks and desks; a WebSocket, which http.conf places, for agents' pages."""
    # Where the pages' sound is bound to: ICE offers no loopback address, so on one machine it is all of them.
    sound = "0.0.0.0" if is_here(network.host) else network.host  # noqa: S104 - ICE and DTLS let nobody else in
    udp = {"type": "transport", "protocol": "udp", "bind": _address(network.host, network.sip_port)}
    return "\n".join((_section("udp", udp), _section("ws", {"type": "transport", "protocol": "ws", "bind": sound})))


def trunk_sections(trunk: TrunkSettings) -> str:
    """A trunk: one endpoint with one fixed contact, recognised by the address its calls come from."""
    name, contact = trunk.endpoint, f"sip:{_address(trunk.host, trunk.port)}"
    return "\n".join(
        (
            _section(name, {"transport": "udp", "aors": name}, "trunk"),
            _section(name, {"contact": contact}, "trunk-aor"),
            _section(f"{name}-identify", {"type": "identify", "endpoint": name, "match": trunk.host}),
        )
    )


def agent_sections(name: str, agent: AgentSettings) -> str:
    """An agent's two telephones: each registers under its own name with its own secret."""
    secret, in_page = agent.sip_secret.get_secret_value(), endpoint_of(name, Telephone.PAGE)
    login = {"username": name, "password": secret}
    page_login = {"username": in_page, "password": page_password(name, secret)}
    return "\n".join(
        (
            _section(name, {"transport": "udp", "aors": name, "auth": f"{name}-auth"}, "agent"),
            _section(f"{name}-auth", login, "agent-auth"),
            _section(name, {}, "agent-aor"),
            _section(in_page, {"transport": "ws", "aors": in_page, "auth": f"{in_page}-auth"}, "agent-in-page"),
            _section(f"{in_page}-auth", page_login, "agent-auth"),
            _section(in_page, {}, "agent-in-page-aor"),
        )
    )


def _directories_section(etc_dir: Path, directories: Directories) -> str:
    state = directories.state
    named = {
        "astetcdir": etc_dir,
        "astmoddir": directories.modules,
        "astdatadir": directories.data,
        "astagidir": directories.data / "agi-bin",
        "astkeydir": state / "lib",
        "astvarlibdir": state / "lib",
        "astdbdir": state / "lib",
        "astcachedir": state / "lib",
        "astspooldir": state / "spool",
        "astrundir": directories.run,
        "astlogdir": state / "log",
    }
    lines = [f"{key} => {_checked(key, str(path.absolute()))}" for key, path in named.items()]
    return "\n".join(["[directories]", *lines, ""])


def _section(name: str, values: Mapping[str, str], template: str | None = None) -> str:
    heading = f"[{name}]({template})" if template else f"[{name}]"
    return "\n".join([heading, *(f"{key} = {_checked(f'{name}.{key}', value)}" for key, value in values.items()), ""])


def _address(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _checked(key: str, value: str) -> str:
    """The value, or SettingsError that names the key; the value may be secret and is never repeated."""
    if not _SAFE.fullmatch(value):
        raise SettingsError(f"{key}: only printable ASCII without blanks and semicolons can be written for Asterisk")
    return value


def write_values(path: Path, values: Mapping[str, str], mode: int = _PUBLIC) -> None:
    """Replace a file with `key = value` lines."""
    write_text(path, "".join(f"{key} = {_checked(key, value)}\n" for key, value in values.items()), mode)


def write_text(path: Path, text: str, mode: int = _PUBLIC) -> None:
    """Replace a file; it is never readable by others for even a moment if `mode` says it must not be."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text)

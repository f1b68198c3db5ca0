#!/usr/bin/env python3
"""Write the files of a new installation, each with secrets made for it alone: settings, keys, Redis, Mosquitto.

Needs nothing but Python 3.11. A site that is there already is left as it is.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import secrets
from datetime import UTC, datetime
from pathlib import Path

ACL = Path(__file__).parent / "mosquitto" / "acl.conf"
_HASH_ROUNDS = 10_000

_SETTINGS = """\
# The settings of this installation; the README lists every key. After a change: run deploy/install.sh again.
data_dir = "{data_dir}"
node = "node1"
region = "CN"
database_url = "sqlite:///{data_dir}/ringpace.db"
redis_url = "redis://:{redis}@127.0.0.1:{redis_port}/0"
drain_s = 30

[recordings]
key_file = "{seen_at}/keys/recordings.keys"

[ami]
secret = "{ami}"

[mqtt]
port = {mqtt_port}
password = "{dialer}"

[http]
token = "{http}"

# A way out. The endpoint's name is the table's; the caller ids are those that the carrier lets you show.
[trunks.carrier]
endpoint = "carrier"
host = "{trunk_host}"
channels = 30
calls_per_second = 5
caller_ids = ["{caller_id}"]
"""
_AGENT = """
[agents.agent{number}]
sip_secret = "{sip}"
skills = []
"""
_REDIS = """\
# The floor: what is true now. After a loss it is rebuilt from the record and from Asterisk, so nothing is kept on disk.
bind 127.0.0.1
port {redis_port}
requirepass {redis}
save ""
appendonly no
maxmemory-policy noeviction
"""
_MOSQUITTO = """\
# The news: accounts and their rights, on this machine's own address alone.
listener {mqtt_port} 127.0.0.1
allow_anonymous false
password_file {seen_at}/mosquitto.passwords
acl_file {seen_at}/mosquitto.acl
"""
_KEYS = """\
# The keys of the recordings, the newest first. Whoever has this file can hear every recording; without it nobody can.
# Keep a copy of it apart from the recordings, and a new one after each `dialer recordings rotate`.
seal {made_at} {seal}
sign {made_at} {sign}
"""
_ACCOUNTS = """\
The broker's accounts for people and other systems; it keeps only hashes of these.
operator {operator}
monitor {monitor}
"""


def main() -> None:
    """Read the command line and write the site, unless it is there."""
    chosen = _arguments()
    to: Path = chosen.to
    if (to / "ringpace.toml").exists():
        print(f"{to}/ringpace.toml is there: nothing is changed")  # noqa: T201 - the one line it says
        return
    to.mkdir(parents=True, exist_ok=True)
    # A folder of its own: a new key replaces the file, and whoever may do that must be able to write there.
    (to / "keys").mkdir(mode=0o700, exist_ok=True)
    for name, text in files_of(chosen).items():
        _write(to / name, text)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, required=True, help="the directory to write")
    parser.add_argument("--seen-at", type=Path, help="where the servers see that directory (in a container)")
    parser.add_argument("--data-dir", type=Path, default=Path("/var/lib/ringpace"))
    parser.add_argument("--trunk-host", required=True, help="the carrier's SIP server")
    parser.add_argument("--caller-id", required=True, help="a number that the carrier lets you show, as +86...")
    parser.add_argument("--agents", type=int, default=8, help="how many agents' telephones")
    parser.add_argument("--redis-port", type=int, default=6380, help="not 6379: the distribution's own may run there")
    parser.add_argument("--mqtt-port", type=int, default=1883)
    return parser.parse_args()


def files_of(chosen: argparse.Namespace) -> dict[str, str]:
    """The files by name, with new secrets."""
    keys = {name: secrets.token_hex(24) for name in ("redis", "ami", "http", "dialer", "operator", "monitor")}
    values = {**vars(chosen), **keys, "seen_at": chosen.seen_at or chosen.to.absolute()}
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    seal, sign = (base64.b64encode(secrets.token_bytes(32)).decode() for _ in range(2))
    agents = (_AGENT.format(number=n, sip=secrets.token_hex(16)) for n in range(1, chosen.agents + 1))
    users = ("dialer", "operator", "monitor")
    return {
        "redis.conf": _REDIS.format(**values),
        "mosquitto.conf": _MOSQUITTO.format(**values),
        "mosquitto.passwords": "".join(f"{user}:{_hashed(keys[user])}\n" for user in users),
        "mosquitto.acl": ACL.read_text(encoding="utf-8"),
        "keys/recordings.keys": _KEYS.format(made_at=made_at, seal=seal, sign=sign),
        "accounts.txt": _ACCOUNTS.format(**values),
        # Last, because its presence says that all is there.
        "ringpace.toml": _SETTINGS.format(**values) + "".join(agents),
    }


def _hashed(password: str) -> str:
    """A password as Mosquitto 2 keeps it: PBKDF2 with SHA-512, then rounds, salt and hash."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _HASH_ROUNDS)
    return f"$7${_HASH_ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _write(path: Path, text: str) -> None:
    """Write a file that nobody but its owner could read for even a moment."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()

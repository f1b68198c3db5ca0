"""A real PostgreSQL server for the tests: its own data folder, a loopback port of its own, gone at the end."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fakes.certificates import Certificate

_DEADLINE_S = 60


@dataclass(frozen=True, slots=True)
class Server:
    """Where the server listens; `url` gives the address of one of its databases."""

    port: int
    password: str
    _control: Callable[..., None]

    def stop(self) -> None:
        """End it at once, as a crash or an impatient restart does; who is connected is cut off."""
        self._control("-m", "immediate", "stop")

    def start(self) -> None:
        """Start it, also again on what it had."""
        self._control("start")

    def url(self, database: str, scheme: str = "postgresql") -> str:
        """How to reach one of its databases."""
        return f"{scheme}://ringpace:{self.password}@127.0.0.1:{self.port}/{database}"


def find_binaries() -> Path | None:
    """The folder with initdb and pg_ctl of the newest PostgreSQL that is installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    return versions[-1].parent if versions else None


@contextmanager
def server(binaries: Path, certificate: Certificate | None = None) -> Iterator[Server]:
    """Start a server, with TLS where it has a certificate, and stop it whatever happens."""
    home = Path(tempfile.mkdtemp(prefix="ringpace-pg-"))
    password = secrets.token_hex(16)
    (home / "password").write_text(password, encoding="ascii")
    files = [home, home / "password"]
    if certificate is not None:
        for source, name in ((certificate.cert, "server.crt"), (certificate.key, "server.key")):
            files.append(Path(shutil.copy(source, home / name)))
    user = _unprivileged()
    if user is not None:
        for path in files:
            os.chown(path, user.pw_uid, user.pw_gid)
    port = _free_port()
    data = ["-D", str(home / "data")]
    # A test's database need not survive a power cut, so nothing is synced.
    options = f"-F -c listen_addresses=127.0.0.1 -p {port} -k {home} -c max_connections=50"
    if certificate is not None:
        options += f" -c ssl=on -c ssl_cert_file={home}/server.crt -c ssl_key_file={home}/server.key"
    try:
        initdb = ["-U", "ringpace", "-A", "scram-sha-256", "--pwfile", str(home / "password"), "-E", "UTF8", "-N"]
        _run([str(binaries / "initdb"), *data, *initdb, "--locale=C"], home, user)

        def control(*words: str) -> None:
            _run([str(binaries / "pg_ctl"), *data, "-w", "-l", str(home / "log"), "-o", options, *words], home, user)

        running = Server(port, password, control)
        running.start()
        try:
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(home)


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root: then it runs as its own user, or as nobody."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    return names.get("postgres") or names["nobody"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _run(command: list[str], home: Path, user: pwd.struct_passwd | None) -> None:
    identity: dict[str, Any] = {}
    if user is not None:
        identity = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    # To a file, not a pipe: the server inherits it and would hold a pipe open for as long as it runs.
    with (home / "output").open("w+", encoding="utf-8") as output:
        done = subprocess.run(  # noqa: S603 - fixed programs of the system
            command, stdout=output, stderr=output, cwd=home, timeout=_DEADLINE_S, check=False, **identity
        )
        if done.returncode:
            output.seek(0)
            raise RuntimeError(f"{command[0]} ended with {done.returncode}:\n{output.read()}")

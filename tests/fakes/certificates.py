"""Authorities that live for one test, and the certificates they sign, made by openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate and its key, each in a file of its own."""

    cert: Path
    key: Path


def authority(folder: Path, name: str = "authority") -> Certificate:
    """An authority that signs itself."""
    return _made(folder, name, "-addext", "keyUsage=critical,keyCertSign")


def issued(by: Certificate, folder: Path, *names: str) -> Certificate:
    """A server's certificate for these names, such as IP:127.0.0.1 or DNS:pbx.example."""
    for_names = ("-addext", f"subjectAltName={','.join(names)}", "-addext", "basicConstraints=critical,CA:FALSE")
    return _made(folder, "server", "-CA", str(by.cert), "-CAkey", str(by.key), *for_names)


def _made(folder: Path, name: str, *more: str) -> Certificate:
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / f"{name}.pem", folder / f"{name}.key")
    files = ("-keyout", str(made.key), "-out", str(made.cert))
    command = ("openssl", "req", "-x509", "-days", "2", "-subj", f"/CN={name}", *_NEW_KEY, *files, *more)
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - a program of the system
    return made

"""What a process listens on, as the kernel knows it."""

from __future__ import annotations

import socket
import struct
from pathlib import Path

_LISTENS = {"tcp": "0A", "udp": "07"}
"""The state of a socket that takes whatever comes, in /proc/net."""


def listening(pid: int) -> set[tuple[str, str, int]]:
    """Protocol, address and port of each socket on which a process waits for others; of version 4 and 6."""
    own = {str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir() if one.is_symlink()}
    found = set()
    for protocol, listens in _LISTENS.items():
        for table in (protocol, f"{protocol}6"):
            for line in Path(f"/proc/{pid}/net/{table}").read_text(encoding="ascii").splitlines()[1:]:
                local, state, inode = (line.split()[column] for column in (1, 3, 9))
                if state == listens and f"socket:[{inode}]" in own:
                    address, port = local.split(":")
                    found.add((protocol, _address(address), int(port, 16)))
    return found


def _address(in_hex: str) -> str:
    """The kernel writes an address as words in the machine's own order of bytes."""
    words = [int(in_hex[start : start + 8], 16) for start in range(0, len(in_hex), 8)]
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, struct.pack(f"={len(words)}I", *words))

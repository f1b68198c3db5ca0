"""The dialler of a lab as its users meet it: the service as a process, its command line, and its HTTP interface."""

from __future__ import annotations

import asyncio
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import httpx

from dialer.settings import load_settings
from lab.process import Part, PartError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from lab.parts import Parts

_HTTP_DEADLINE_S = 10.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str


class Controller:
    """`async with Controller(parts) as controller:` has `dialer serve` up and healthy inside.

    `settings_file` is another one than the lab's own: that of a second controller on the same parts.
    """

    def __init__(self, parts: Parts, settings_file: Path | None = None) -> None:
        self._parts = parts
        settings_file = settings_file or parts.settings_file
        settings = load_settings(settings_file)
        http = settings.http
        self.port, self.url = http.port, http.url
        self._client = httpx.AsyncClient(
            base_url=self.url,
            headers={"authorization": f"Bearer {http.token.get_secret_value()}"},
            timeout=_HTTP_DEADLINE_S,
        )
        self._dialer = (sys.executable, "-m", "dialer", "--settings", str(settings_file))
        self.service = Part(
            f"dialer ({settings.node})" if settings_file != parts.settings_file else "dialer",
            (*self._dialer, "serve"),
            settings_file.parent / "log/dialer.log",
            self._healthy,
            stop_s=2 * settings.drain_s + 15,
            environment=parts.dialler_clock.environment if parts.dialler_clock else {},
        )

    async def __aenter__(self) -> Self:
        """Start the service."""
        await self.service.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the service drain, and stop it."""
        await self.service.stop()
        await self._client.aclose()

    async def command(self, *words: str) -> Said:
        """Run `dialer WORDS` and wait for its end."""
        process = await asyncio.create_subprocess_exec(
            *self._dialer,
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **self.service.environment},
        )
        out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())

    async def must(self, *words: str) -> str:
        """Run `dialer WORDS`, which must succeed; what it printed."""
        said = await self.command(*words)
        if said.code:
            raise PartError(f"dialer {' '.join(words)} failed: {said.err or said.out}")
        return said.out

    async def ask(
        self, method: str, path: str, body: dict[str, Any] | list[Any] | None = None, **headers: str
    ) -> httpx.Response:
        """One HTTP request to the service; further words are headers of it."""
        return await self._client.request(method, path, json=body, headers=headers)

    async def _healthy(self) -> bool:
        try:
            return (await self._client.get("/health")).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

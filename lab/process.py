"""One real program of the lab as a process: started until it is ready, stopped or killed by its own id."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dialer.core.errors import RingpaceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

READY_S = 60.0
"""How long a program may take to become ready; a loaded machine is slow."""

STOP_S = 5.0
"""How long a program may take to end after SIGTERM before it is killed."""

TAIL_LINES = 15
_LOOK_EVERY_S = 0.1


class PartError(RingpaceError):
    """A program did not come up; the text holds the end of its log."""


@dataclass(slots=True)
class Part:
    """A program that can be stopped, killed and started again by itself; it keeps its files and ports.

    `is_ready` tells whether it answers; it is asked until it does. `stop_s` is how long it may take to end when asked.
    """

    name: str
    command: tuple[str, ...]
    log: Path
    is_ready: Callable[[], Awaitable[bool]]
    stop_s: float = STOP_S
    environment: Mapping[str, str] = field(default_factory=dict)
    """Beside our own."""
    _process: asyncio.subprocess.Process | None = field(default=None, repr=False)

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.returncode is None

    @property
    def pid(self) -> int:
        """The id of the running process; PartError where there is none."""
        if self._process is None or self._process.returncode is not None:
            raise PartError(f"{self.name} is not running")
        return self._process.pid

    async def start(self) -> None:
        """Start the program and wait until it is ready. Raises PartError with the end of its log if it is not."""
        if self.running:
            return
        with self.log.open("ab") as log:
            # A session of its own, so that Ctrl-C in the terminal reaches only the lab, which then stops its parts in
            # order; and the kernel ends the program if the lab itself is killed.
            self._process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--"),
                *self.command,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, **self.environment},
                start_new_session=True,
            )
        try:
            async with asyncio.timeout(READY_S):
                await self._until_ready(self._process)
        except TimeoutError:
            await self.stop()
            raise PartError(f"{self.name} was not ready within {READY_S:g} s\n{self._tail()}") from None

    async def stop(self) -> None:
        """Ask the program to end, and kill it if it does not."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End the program as a crash would."""
        await self._end(signal.SIGKILL)

    async def restart(self) -> None:
        """Stop, and start again."""
        await self.stop()
        await self.start()

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        while not await self.is_ready():
            if process.returncode is not None:
                raise PartError(f"{self.name} ended with status {process.returncode}\n{self._tail()}")
            await asyncio.sleep(0.05)

    async def _end(self, with_signal: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(with_signal)
        try:
            await asyncio.wait_for(process.wait(), self.stop_s)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _tail(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(f"  {self.log.name}: {line}" for line in lines[-TAIL_LINES:])


async def until(reached: Callable[[], Awaitable[bool]], within_s: float = READY_S) -> None:
    """Look again and again until it is so; TimeoutError if it never is."""
    async with asyncio.timeout(within_s):
        while not await reached():  # noqa: ASYNC110 - what is looked at tells nobody when it changes
            await asyncio.sleep(_LOOK_EVERY_S)


async def port_answers(port: int) -> bool:
    """Whether something accepts TCP connections on this loopback port."""
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


async def succeeds(*command: str) -> bool:
    """Whether a command ends with status 0; what it prints is dropped."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    try:
        return await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def output_of(*command: str) -> str:
    """What a command prints, whatever its status."""
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    return said.decode(errors="replace")

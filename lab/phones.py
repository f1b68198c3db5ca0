"""The agents' phones, spread over as many softphone processes as pjsua2's limits ask for."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

from lab.installation import PROMPTS
from lab.process import STOP_S, PartError, until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

PER_PROCESS = 2
"""Of the four legs that a process may have, each phone needs a second one while a new call replaces a lost one."""

READY_S = 15.0
_HEARD_BYTES_PER_S = 8000 * 2


@dataclass(slots=True)
class _Process:
    """One softphone process, the phones in it, and the task that reads what it tells."""

    phones: tuple[str, ...]
    process: asyncio.subprocess.Process
    reading: asyncio.Task[None] | None = None


@dataclass(slots=True)
class PhoneState:
    """What a phone last told of itself."""

    registered: bool = False
    up: bool = False
    talks: bool = False
    """Its sound path is open."""
    legs_answered: int = 0
    refusals: list[int] = field(default_factory=list)
    """SIP codes with which the switch refused its registration."""


class Phones:
    """Phones that register on entry and are gone on exit: `async with Phones(server, secrets, log) as phones:`.

    `server` is host:port; `secrets` maps each agent's name to its phone's secret.
    """

    def __init__(self, server: str, secrets: Mapping[str, str], log: Path, voices: Path = PROMPTS / "agents") -> None:
        self.state = {name: PhoneState() for name in secrets}
        self._server = server
        self._secrets = secrets
        self._log = log
        self._voices = sorted(voices.glob("*.wav"))
        self._processes: list[_Process] = []
        self._changed = asyncio.Condition()

    async def __aenter__(self) -> Self:
        """Start the processes and wait until every phone is registered."""
        if not self._voices:
            raise PartError("no voices for the agents: run `make setup`")
        try:
            for names in _batches(tuple(self._secrets), PER_PROCESS):
                self._processes.append(await self._spawn(names))
            for name in self.state:
                await self.until(name, registered=True)
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Hang up, unregister, end the processes."""
        await self._stop()

    async def until(self, phone: str, *, within_s: float = READY_S, **wanted: bool) -> None:
        """Wait until the phone's state is as wanted, e.g. `up=True`. Raises PartError where it does not become so."""
        state = self.state[phone]

        def reached() -> bool:
            return all(getattr(state, name) == value for name, value in wanted.items())

        try:
            async with asyncio.timeout(within_s), self._changed:
                await self._changed.wait_for(reached)
        except TimeoutError:
            raise PartError(f"{phone} did not become {wanted} within {within_s:g} s: {state}") from None

    async def hang_up(self, phone: str) -> None:
        """The agent puts the receiver down."""
        await self._order(phone, "hang_up")

    async def unregister(self, phone: str) -> None:
        """The phone leaves the network in good order."""
        await self._order(phone, "unregister")

    async def register(self, phone: str) -> None:
        """The phone comes back."""
        await self._order(phone, "register")

    async def hears(self, phone: str, file: Path, *, seconds: float) -> Path:
        """Write down what the phone hears for so long; the file, once it is whole."""
        await self._order(phone, "hear", file=str(file))
        await until(partial(_has, file, int(seconds * _HEARD_BYTES_PER_S)))
        await self._order(phone, "hear_no_more")
        await until(partial(_is_whole, file))
        return file

    async def vanish(self, phone: str) -> tuple[str, ...]:
        """The power is cut: no BYE, no goodbye. Returns the phones that are gone, its process's neighbours too."""
        process = self._process_of(phone)
        process.process.kill()
        await self._wait(process)
        self._processes.remove(process)
        return process.phones

    async def come_back(self, phone: str) -> None:
        """The power is back: a new process for a phone that had vanished, and for it alone."""
        self.state[phone] = PhoneState()
        self._processes.append(await self._spawn((phone,)))
        await self.until(phone, registered=True)

    async def _spawn(self, names: tuple[str, ...]) -> _Process:
        with self._log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", "--", sys.executable, "-m", "lab.softphone"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        started = _Process(names, process)
        started.reading = asyncio.create_task(self._read(started))
        phones = {name: {"secret": self._secrets[name], "voice": self._voice(name)} for name in names}
        await _write(process, {"server": self._server, "phones": phones})
        return started

    def _voice(self, name: str) -> str:
        return str(self._voices[list(self._secrets).index(name) % len(self._voices)])

    async def _read(self, started: _Process) -> None:
        """Follow what the process tells; when it ends, its phones are gone."""
        assert started.process.stdout  # noqa: S101 - it was opened with a pipe
        async for line in started.process.stdout:
            told = json.loads(line)
            await self._note(told["phone"], told["event"], told.get("code"))
        for name in started.phones:
            await self._note(name, "unregistered")
            await self._note(name, "down")

    async def _note(self, phone: str, event: str, code: int | None = None) -> None:
        state = self.state[phone]
        if event in {"registered", "unregistered"}:
            state.registered = event == "registered"
        elif event == "refused" and code is not None:
            state.registered = False
            state.refusals.append(code)
        elif event == "up":
            state.up = True
            state.legs_answered += 1
        elif event == "media":
            state.talks = True
        elif event == "down":
            state.up = state.talks = False
        async with self._changed:
            self._changed.notify_all()

    def _process_of(self, phone: str) -> _Process:
        return next(process for process in self._processes if phone in process.phones)

    async def _order(self, phone: str, order: str, **more: str) -> None:
        await _write(self._process_of(phone).process, {"order": order, "phone": phone, **more})

    async def _stop(self) -> None:
        """The end of its input tells a softphone to say goodbye."""
        for started in self._processes:
            if started.process.stdin:
                started.process.stdin.close()
        await asyncio.gather(*map(self._wait, self._processes))
        self._processes.clear()

    async def _wait(self, started: _Process) -> None:
        try:
            await asyncio.wait_for(started.process.wait(), STOP_S)
        except TimeoutError:
            started.process.kill()
            await started.process.wait()
        if started.reading:
            await started.reading


async def _has(file: Path, size: int) -> bool:
    return file.exists() and file.stat().st_size >= size  # noqa: ASYNC240 - microseconds


async def _is_whole(file: Path) -> bool:
    """pjsua2 writes last how long a WAV file is."""
    return file.read_bytes()[4:8] != bytes(4)  # noqa: ASYNC240 - microseconds


def _batches(names: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


async def _write(process: asyncio.subprocess.Process, order: Mapping[str, object]) -> None:
    assert process.stdin  # noqa: S101 - it was opened with a pipe
    process.stdin.write(json.dumps(order).encode() + b"\n")
    with contextlib.suppress(ConnectionResetError, BrokenPipeError):
        await process.stdin.drain()

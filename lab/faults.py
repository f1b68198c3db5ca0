"""What can go wrong in a storm: each fault a few lines that break a part and mend it; and a seed's plan of them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sqlite3
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import make_url

from dialer.core.errors import RecordError
from dialer.record.record import Record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from lab.ami_wire import AmiWire
    from lab.controller import Controller
    from lab.parts import Parts
    from lab.phones import Phones

FIRST_AT_S = 8.0
"""The shift is under way before anything breaks."""
SETTLE_S = 40.0
"""Everything is mended so long before the end."""
REST_S = 6.0
"""How long a part is left alone after it was mended."""
_PAUSE_S = (2.0, 10.0)
"""Between the beginnings of two faults."""
_AT_ONCE = 2
_TIDY_S = 30.0
_LEFT_ON_DISK_BYTES = 100_000


class Server(Protocol):
    """A database server that can be taken away."""

    def stop(self) -> None:
        """End it at once."""

    def start(self) -> None:
        """Start it again on what it had."""


@dataclass(slots=True)
class Stage:
    """What faults act on. `log` takes a line that tells what was done to whom."""

    parts: Parts
    controller: Controller
    second: Controller
    phones: Phones
    rng: Random
    log: Callable[[str], None]
    postgresql: Server | None = None
    """None where SQLite is the record."""

    @property
    def wire(self) -> AmiWire:
        """The cable to Asterisk's manager interface."""
        assert self.parts.ami_wire is not None  # noqa: S101 - a storm's lab has one
        return self.parts.ami_wire


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault: entering `broken(stage)` breaks the part it `takes`, leaving it mends it.

    `weight` is how often it comes in relation to others; `lasts_s` the least and the most seconds it lasts. Two that
    take the same part are never there at once.
    """

    name: str
    takes: str
    weight: int
    lasts_s: tuple[float, float]
    broken: Callable[[Stage], AbstractAsyncContextManager[None]] = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Planned:
    """A fault that begins `at_s` seconds after the storm does and is mended `lasts_s` seconds later."""

    at_s: float
    lasts_s: float
    fault: Fault

    @property
    def ends_s(self) -> float:
        """When it is to be mended."""
        return self.at_s + self.lasts_s


FAULTS: list[Fault] = []
"""Every fault there is."""


def fault(
    name: str, *, takes: str, weight: int, lasts_s: tuple[float, float]
) -> Callable[[Callable[[Stage], AsyncIterator[None]]], Fault]:
    """Register a fault: what stands before its `yield` breaks, what stands after it mends."""

    def register(broken: Callable[[Stage], AsyncIterator[None]]) -> Fault:
        FAULTS.append(Fault(name, takes, weight, lasts_s, asynccontextmanager(broken)))
        return FAULTS[-1]

    return register


def plan(seed: int, seconds: float, faults: Sequence[Fault] = FAULTS) -> tuple[Planned, ...]:
    """The faults of a storm, by their beginning; the same for the same seed.

    They are dealt like cards, each as often as it weighs, so that a storm long enough has them all.
    """
    rng = Random(seed)
    until = seconds - SETTLE_S
    deck: list[Fault] = []
    made: list[Planned] = []
    at = FIRST_AT_S
    while at < until and faults:
        if not deck:
            deck = [each for each in faults for _ in range(each.weight)]
            rng.shuffle(deck)
        there = [one for one in made if one.ends_s > at]
        taken = {one.fault.takes for one in made if one.ends_s + REST_S > at}
        chosen = next((each for each in deck if each.takes not in taken and at + each.lasts_s[0] <= until), None)
        if chosen is not None and len(there) < _AT_ONCE:
            deck.remove(chosen)
            least, most = chosen.lasts_s
            made.append(Planned(at, rng.uniform(least, min(most, until - at)), chosen))
        at += rng.uniform(*_PAUSE_S)
    return tuple(made)


# --- the controller -------------------------------------------------------------------------------


@fault("controller killed", takes="controller", weight=3, lasts_s=(0, 8))
async def _controller_killed(stage: Stage) -> AsyncIterator[None]:
    await stage.controller.service.kill()
    yield
    await stage.controller.service.start()


@fault("controller restarted", takes="controller", weight=1, lasts_s=(0, 4))
async def _controller_restarted(stage: Stage) -> AsyncIterator[None]:
    await stage.controller.service.stop()
    yield
    await stage.controller.service.start()


@fault("second controller killed", takes="second controller", weight=1, lasts_s=(12, 25))
async def _second_controller(stage: Stage) -> AsyncIterator[None]:
    await stage.second.service.start()
    yield
    await stage.second.service.kill()
    # Its calls are its own to end: it comes back once more, looks after them, and leaves in good order.
    await stage.second.service.start()
    await _until_nothing_is_open(stage, "node2")
    await stage.second.service.stop()


async def _until_nothing_is_open(stage: Stage, node: str) -> None:
    """Wait until a controller has closed what its former run left, as long as a storm can wait for it."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_TIDY_S):
            while await _has_open(stage, node):  # noqa: ASYNC110 - the record tells nobody when it changes
                await asyncio.sleep(0.5)


async def _has_open(stage: Stage, node: str) -> bool:
    """Whether a controller has attempts without an end; perhaps, where the record is away."""
    try:
        async with Record(stage.parts.settings.database_url.get_secret_value()) as record:
            return bool(await record.attempts.open_attempts(node))
    except RecordError:
        return True


# --- Asterisk -------------------------------------------------------------------------------------


@fault("Asterisk killed", takes="asterisk", weight=2, lasts_s=(0, 6))
async def _asterisk_killed(stage: Stage) -> AsyncIterator[None]:
    await stage.parts.asterisk.kill()
    await stage.parts.forget_calls()
    yield
    await stage.parts.asterisk.start()


@fault("Asterisk frozen", takes="asterisk", weight=2, lasts_s=(1, 6))
async def _asterisk_frozen(stage: Stage) -> AsyncIterator[None]:
    os.kill(stage.parts.asterisk.pid, signal.SIGSTOP)
    yield
    os.kill(stage.parts.asterisk.pid, signal.SIGCONT)


@fault("AMI cut", takes="asterisk", weight=1, lasts_s=(0, 5))
async def _ami_cut(stage: Stage) -> AsyncIterator[None]:
    stage.wire.cut(refuse=True)
    yield
    stage.wire.mend()


@fault("AMI half-open", takes="asterisk", weight=1, lasts_s=(2, 12))
async def _ami_frozen(stage: Stage) -> AsyncIterator[None]:
    stage.wire.freeze()
    yield
    stage.wire.mend()


@fault("AMI late", takes="asterisk", weight=1, lasts_s=(4, 12))
async def _ami_late(stage: Stage) -> AsyncIterator[None]:
    stage.wire.delay(stage.rng.uniform(0.1, 1.5))
    yield
    stage.wire.mend()


@fault("AMI answers lost", takes="asterisk", weight=1, lasts_s=(2, 10))
async def _ami_swallows(stage: Stage) -> AsyncIterator[None]:
    stage.wire.swallow("Originate", "Bridge", "Hangup", "Redirect")
    yield
    stage.wire.mend()


@fault("AMI events twice and out of order", takes="asterisk", weight=1, lasts_s=(4, 12))
async def _ami_muddled(stage: Stage) -> AsyncIterator[None]:
    stage.wire.duplicate_events()
    stage.wire.reorder_events(stage.rng)
    yield
    stage.wire.mend()


# --- the other parts ------------------------------------------------------------------------------


@fault("Redis killed", takes="redis", weight=2, lasts_s=(0, 8))
async def _redis_killed(stage: Stage) -> AsyncIterator[None]:
    await stage.parts.redis.kill()
    yield
    await stage.parts.redis.start()


@fault("Mosquitto killed", takes="mosquitto", weight=1, lasts_s=(0, 10))
async def _mosquitto_killed(stage: Stage) -> AsyncIterator[None]:
    await stage.parts.mosquitto.kill()
    yield
    await stage.parts.mosquitto.start()


@fault("database away", takes="record", weight=2, lasts_s=(1, 14))
async def _database_away(stage: Stage) -> AsyncIterator[None]:
    """PostgreSQL is down; or another program holds SQLite's one write lock, for which writers wait 10 s at most."""
    if stage.postgresql is not None:
        await asyncio.to_thread(stage.postgresql.stop)
        yield
        await asyncio.to_thread(stage.postgresql.start)
        return
    file = str(make_url(stage.parts.settings.database_url.get_secret_value()).database)
    # In a thread, because it waits for its turn like any other writer.
    with closing(sqlite3.connect(file, timeout=30, isolation_level=None, check_same_thread=False)) as other:
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@fault("disk of the recordings full", takes="disk", weight=1, lasts_s=(3, 15))
async def _disk_full(stage: Stage) -> AsyncIterator[None]:
    """Only where a storm may have a small disk of its own."""
    if stage.parts.small_disk is None:
        stage.log("no disk to fill: only root may have a small one")
        yield
        return
    await asyncio.to_thread(stage.parts.small_disk.fill, _LEFT_ON_DISK_BYTES)
    yield
    stage.parts.small_disk.free()


@fault("phone without power", takes="phones", weight=2, lasts_s=(1, 12))
async def _phone_without_power(stage: Stage) -> AsyncIterator[None]:
    gone = await stage.phones.vanish(stage.rng.choice(sorted(stage.phones.state)))
    stage.log(f"without power: {', '.join(gone)}")
    yield
    for phone in gone:
        await stage.phones.come_back(phone)

"""Every test of the record runs on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from dialer.record.record import Record
from lab.postgresql import Server, find_binaries, server

from .world import World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

_numbers = itertools.count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    binaries = find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed on this machine (apt-get install postgresql)")
    with server(binaries) as running:
        yield running


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'record.db'}"
    running: Server = request.getfixturevalue("postgres")
    name = f"test{next(_numbers)}"
    engine = create_async_engine(running.url("postgres", "postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql(f"CREATE DATABASE {name}")
    await engine.dispose()
    return running.url(name)


@pytest.fixture
async def record(url: str) -> AsyncIterator[Record]:
    async with Record(url) as opened:
        yield opened


@pytest.fixture
def world(record: Record) -> World:
    """A record that is easily filled with campaigns, leads and attempts."""
    return World(record)

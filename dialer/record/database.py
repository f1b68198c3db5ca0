"""The one way to the database: opens it, brings its shape up to date, and turns driver errors into RecordError."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
import zlib
from contextlib import asynccontextmanager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from dialer.core.errors import RecordError, SettingsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from sqlalchemy.engine import Connection
    from sqlalchemy.engine.interfaces import DBAPIConnection

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_MIGRATIONS = Path(__file__).parent / "migrations"
_WRITES = "ringpace_writes"
_BUSY_TIMEOUT_S = 10
_SQLITE_CONNECTIONS = 12
_TURN_S = 0.02
_CONNECT_TIMEOUT_S = 5
_STATEMENT_TIMEOUT_S = 30


class Database:
    """A database by its URL: `sqlite:///var/record.db` or `postgresql://user:secret@host/name`."""

    def __init__(self, url: str) -> None:
        self._url = _checked(url)
        self.is_sqlite = self._url.get_backend_name() == "sqlite"
        self._engine: AsyncEngine | None = None
        # SQLite has one writer at a time and lets the others poll; in one process they queue here in fair order.
        self._one_writer = asyncio.Lock() if self.is_sqlite else nullcontext()

    async def open(self, *, migrate: bool = True) -> None:
        """Connect and migrate; RecordError if either cannot be done. Without migrating, nothing is made or changed."""
        if self._engine is not None:
            return
        if not migrate and self.is_sqlite and not self._file_exists():
            raise RecordError(f"there is no database at {self._url.database} yet: `dialer serve` makes it")
        if self.is_sqlite:
            await asyncio.to_thread(_prepare_file, Path(str(self._url.database)))
        self._engine = self._sqlite_engine() if self.is_sqlite else self._postgresql_engine()
        try:
            if migrate:
                await self.migrate()
        except BaseException:
            await self.close()
            raise

    def _file_exists(self) -> bool:
        return Path(str(self._url.database)).exists()

    async def close(self) -> None:
        """Give all connections back. Safe to call twice."""
        engine, self._engine = self._engine, None
        if engine is not None:
            await engine.dispose()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only reads; on SQLite it never waits for a writer."""
        with _record_errors():
            async with self._opened().connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that writes: committed at the end of the block, or rolled back whole."""
        with _record_errors():
            async with self._one_writer, self._opened().execution_options(**{_WRITES: True}).begin() as connection:
                yield connection

    async def migrate(self) -> None:
        """Bring the tables to the shape this version needs; controllers that start together take turns."""
        async with self.write() as connection:
            await serialise(connection, "migrate")
            await connection.run_sync(_upgrade)

    def _opened(self) -> AsyncEngine:
        if self._engine is None:
            raise RecordError("the record is not open")
        return self._engine

    def _sqlite_engine(self) -> AsyncEngine:
        # isolation_level None: the driver's own transaction handling starts writes too late, see _begin.
        engine = create_async_engine(
            self._url,
            hide_parameters=True,  # error texts end up in logs, and parameters are telephone numbers and names
            # Kept for good: each is a thread, and to make and end one for every burst costs more than what it reads.
            pool_size=_SQLITE_CONNECTIONS,
            max_overflow=0,
            pool_timeout=_BUSY_TIMEOUT_S,
            connect_args={"timeout": _BUSY_TIMEOUT_S, "isolation_level": None},
        )
        event.listen(engine.sync_engine, "connect", _set_up_sqlite)
        event.listen(engine.sync_engine, "begin", _begin)
        return engine

    def _postgresql_engine(self) -> AsyncEngine:
        return create_async_engine(
            self._url,
            hide_parameters=True,
            pool_pre_ping=True,  # a server that was restarted is noticed before a statement fails on it
            pool_timeout=_CONNECT_TIMEOUT_S,
            connect_args={
                "timeout": _CONNECT_TIMEOUT_S,
                "command_timeout": _STATEMENT_TIMEOUT_S,
                "server_settings": {"application_name": "ringpace"},
            },
        )


async def serialise(connection: AsyncConnection, what: str) -> None:
    """Let one transaction at a time do `what`, until it ends. SQLite needs no help: it has one writer anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(zlib.crc32(b"ringpace " + what.encode()))))


def insert_or_skip(connection: AsyncConnection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that leaves out the rows which a unique index refuses."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


def _checked(url: str) -> sa.URL:
    """The URL with its asynchronous driver. SettingsError never repeats the URL: it may hold a password."""
    try:
        parsed = sa.make_url(url)
    except (ArgumentError, ValueError) as error:
        raise SettingsError("database_url: not a database URL, such as sqlite:///var/record.db") from error
    if parsed.drivername not in _DRIVERS:
        raise SettingsError(f"database_url: {parsed.drivername} is not supported; use sqlite or postgresql")
    parsed = parsed.set(drivername=_DRIVERS[parsed.drivername])
    if parsed.get_backend_name() == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise SettingsError("database_url: the record must outlive the process: give sqlite a file, sqlite:///PATH")
    return parsed


def _prepare_file(path: Path) -> None:
    """Make the file if need be, and give it its journal, which it keeps; RecordError if either cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # It holds telephone numbers and names: nobody but its owner reads it.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise RecordError(f"{path}: {error.strerror}") from error
    with closing(sqlite3.connect(path, timeout=_BUSY_TIMEOUT_S)) as connection:
        give_up_at = time.monotonic() + _BUSY_TIMEOUT_S
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.DatabaseError as error:
                # SQLite does not wait for its turn here, as it does everywhere else: another may be at it just now.
                if "locked" not in str(error) or time.monotonic() > give_up_at:
                    raise RecordError(f"{path}: {error}") from error
                time.sleep(_TURN_S)
            else:
                return


def _set_up_sqlite(connection: DBAPIConnection, _record: Any) -> None:
    """What every connection to SQLite needs; these settings hold per connection."""
    cursor = connection.cursor()
    # FULL, not NORMAL: with NORMAL a power cut takes the last commits along, and among them may be a call that was
    # placed or a wish never to be called again. It costs one sync per commit, and commits come in batches.
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Writers take SQLite's one write lock at once: a reader that turns writer would fail instead of waiting."""
    immediate = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _record_errors() -> Iterator[None]:
    """Turn what drivers raise into RecordError; programming errors pass through unchanged."""
    try:
        yield
    except IntegrityError as error:
        # The first line alone: PostgreSQL's next one repeats the row's values, which are personal data.
        raise RecordError(f"the record refused a row: {str(error.orig).splitlines()[0]}") from error
    except (DBAPIError, PoolTimeoutError, OSError, TimeoutError) as error:
        raise RecordError(f"the database cannot be used: {getattr(error, 'orig', error)!s}") from error

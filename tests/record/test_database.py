from __future__ import annotations

import asyncio
import os
import stat
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from dialer.core.errors import RecordError, SettingsError
from dialer.record.database import Database
from dialer.record.schema import audit, do_not_call, metadata

from .world import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from lab.postgresql import Server

LINE = {"at": NOW, "who": "a", "what": "b", "subject": "c", "detail": ""}


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    opened = Database(url)
    await opened.open()
    yield opened
    await opened.close()


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def _partial_indexes(connection: Connection) -> set[str]:
    names = set()
    for table in sa.inspect(connection).get_table_names():
        for index in sa.inspect(connection).get_indexes(table):
            options = index.get("dialect_options", {})
            if any(option.endswith("_where") for option in options):
                names.add(str(index["name"]))
    return names


async def test_the_migrations_lead_to_the_schema(database: Database) -> None:
    async with database.read() as connection:
        assert await connection.run_sync(_differences) == []
        assert await connection.run_sync(_partial_indexes) == {
            "ix_lead_asleep",
            "ix_lead_awake",
            "uq_attempt_open_e164",
            "uq_attempt_open_lead_id",
            "uq_attempt_open_person",
            "uq_agent_log_now",
            "ix_webhook_delivery_order",
            "ix_webhook_delivery_waiting",
        }


async def test_opening_again_changes_nothing_and_keeps_what_is_there(url: str) -> None:
    for _ in range(2):
        database = Database(url)
        await database.open()
        async with database.write() as connection:
            await connection.execute(sa.insert(audit).values(LINE))
        await database.close()
    await database.open()
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(audit)) == 2
    await database.close()


async def test_two_that_open_an_empty_database_at_once_both_find_it_whole(url: str) -> None:
    databases = [Database(url), Database(url)]
    await asyncio.gather(*(database.open() for database in databases))
    for database in databases:
        async with database.read() as connection:
            assert await connection.run_sync(_differences) == []
        await database.close()


async def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    async def fail() -> None:
        async with database.write() as connection:
            await connection.execute(sa.insert(audit).values(LINE))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with database.read() as connection:
        assert (await connection.execute(sa.select(audit))).all() == []


async def test_writers_take_turns_and_none_is_turned_away(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            count = await connection.scalar(sa.select(sa.func.count()).select_from(audit))
            await connection.execute(sa.insert(audit).values(LINE | {"detail": str(count)}))

    await asyncio.gather(*(write() for _ in range(12)))
    async with database.read() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(audit)) == 12


async def test_a_closed_record_says_so() -> None:
    with pytest.raises(RecordError, match="not open"):
        async with Database("sqlite:///unused.db").read():
            pass


async def test_a_refused_row_is_a_record_error_without_its_values(database: Database) -> None:
    async def write() -> None:
        async with database.write() as connection:
            await connection.execute(
                sa.insert(do_not_call).values(e164="+8613800138000", added_at=NOW, source="", reason="")
            )

    await write()
    with pytest.raises(RecordError, match="refused a row") as raised:
        await write()
    assert "138" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://root:secret@localhost/x", "mysql is not supported"),
        ("sqlite://", "must outlive the process"),
        ("sqlite:///:memory:", "must outlive the process"),
    ],
)
def test_unfit_urls_are_refused_without_repeating_them(url: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said) as raised:
        Database(url)
    assert "secret" not in str(raised.value)


@pytest.mark.postgres
@pytest.mark.parametrize(("change", "said"), [("password", "password authentication"), ("name", "does not exist")])
async def test_a_server_that_turns_us_away_is_a_record_error(postgres: Server, change: str, said: str) -> None:
    url = postgres.url("nowhere") if change == "name" else postgres.url("postgres").replace(postgres.password, "wrong")
    with pytest.raises(RecordError, match=said):
        await Database(url).open()


async def test_a_server_that_is_not_there_is_a_record_error() -> None:
    with pytest.raises(RecordError, match="cannot be used"):
        await Database("postgresql://nobody@127.0.0.1:1/x").open()


async def test_the_sqlite_file_is_private_and_safe_against_power_cuts(tmp_path: Path) -> None:
    path = tmp_path / "new" / "record.db"
    database = Database(f"sqlite:///{path}")
    await database.open()
    async with database.read() as connection:
        found = {
            name: (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    await database.close()
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600  # noqa: PTH116 - the mode is what is asked


async def test_a_file_that_cannot_be_made_is_a_record_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordError, match=r"record\.db"):
        await Database(f"sqlite:///{tmp_path / 'file' / 'record.db'}").open()


async def test_a_file_that_is_no_database_is_a_record_error(tmp_path: Path) -> None:
    path = tmp_path / "record.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(RecordError, match="not a database"):
        await Database(f"sqlite:///{path}").open()

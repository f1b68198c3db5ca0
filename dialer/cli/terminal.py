"""What all commands share: finding the settings, opening the record, printing for people or for machines."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import sys
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import httpx
import typer
from rich.console import Console
from rich.table import Table

from dialer.core.errors import ConflictError, RingpaceError
from dialer.record.record import Record
from dialer.settings import Settings, find_settings_file, load_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterable, Sequence
    from pathlib import Path

console = Console()
errors = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]

_HTTP_DEADLINE_S = 10


class Chosen:
    """The settings file chosen on the command line; set once by the main callback."""

    path: Path | None = None


def settings() -> Settings:
    """The settings of this call."""
    return load_settings(find_settings_file(Chosen.path))


def run(work: Coroutine[None, None, None]) -> None:
    """Run a command to its end; an error that Ringpace explains is printed plainly and exits with 1."""
    try:
        asyncio.run(work)
    except RingpaceError as error:
        errors.print("[red]error:[/red] ", end="")
        errors.print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


@asynccontextmanager
async def open_record() -> AsyncIterator[Record]:
    """The record, opened for one command."""
    record = Record(settings().database_url.get_secret_value())
    await record.open()
    try:
        yield record
    finally:
        await record.close()


async def ask_service(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Ask the running service; ConflictError with its own words if it refuses or does not run."""
    http = settings().http
    headers = {"authorization": f"Bearer {http.token.get_secret_value()}"}
    async with httpx.AsyncClient(base_url=http.url, verify=http.trusted(), timeout=_HTTP_DEADLINE_S) as client:
        try:
            answer = await client.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise ConflictError(
                f"`dialer serve` does not answer on {http.host}:{http.port} ({error}): start it first"
            ) from error
    if answer.is_error:
        raise ConflictError(_reason(answer))
    return answer.json()


def _reason(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the service answered {answer.status_code}"


def now() -> datetime:
    """The time, in aware UTC."""
    return datetime.now(UTC)


def who() -> str:
    """Who gives the command, for the audit trail."""
    return f"cli:{os.environ.get('SUDO_USER') or pwd.getpwuid(os.getuid()).pw_name}"


def print_json(value: Any) -> None:
    """One JSON document on one line."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A table; what stands in it is text, never markup."""
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*("" if cell is None else console.render_str(str(cell), markup=False) for cell in row))
    console.print(table)

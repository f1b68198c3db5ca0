"""`dialer recordings ...`: find and check recordings; every look at one is in the audit trail."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dialer.cli.terminal import Json, console, now, open_record, print_json, print_table, run, who
from dialer.core.errors import NotFoundError
from dialer.core.model import RecordingState
from dialer.record.audit import AuditLine

if TYPE_CHECKING:
    from dialer.record.recordings import RecordingRow

app = typer.Typer(help="Recordings: the sound of the talks.", no_args_is_help=True)


@app.command("list")
def list_all(
    campaign: Annotated[str | None, typer.Option("--campaign", help="Name or id; without it, all.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.")] = 20,
    as_json: Json = False,
) -> None:
    """The newest recordings with their measures; a missing one is a gap that is shown."""
    run(_list(campaign, limit, as_json=as_json))


async def _list(name_or_id: str | None, limit: int, *, as_json: bool) -> None:
    async with open_record() as record:
        campaign_id = (await record.campaigns.get(name_or_id)).campaign_id if name_or_id else None
        rows = await record.recordings.latest(campaign_id, limit)
    if as_json:
        print_json([_values(row) for row in rows])
        return
    cells = (
        (
            r.attempt_id,
            r.state,
            _shown(r.duration_s, "s"),
            _shown(r.level_left_dbfs, "dB"),
            _shown(r.level_right_dbfs, "dB"),
        )
        for r in rows
    )
    print_table(("attempt", "state", "length", "customer", "agent"), cells)


@app.command("path")
def path(attempt: Annotated[str, typer.Argument(help="The attempt's id.")]) -> None:
    """Print where a recording is, after checking that it is what was stored; leaves an audit line."""
    run(_path(attempt))


async def _path(attempt_id: str) -> None:
    async with open_record() as record:
        row = await record.recordings.get(attempt_id)
        if row.state is not RecordingState.STORED:
            raise NotFoundError(f"the recording of {attempt_id} is {row.state}: {row.detail or 'no detail'}")
        digest = await asyncio.to_thread(_digest, Path(row.path))
        if digest != row.sha256:
            raise NotFoundError(f"{row.path} is not what was stored: its checksum differs")
        await record.audit.add(AuditLine(now(), who(), "recording opened", attempt_id))
    console.print(row.path, markup=False, highlight=False, soft_wrap=True)


def _digest(file: Path) -> str:
    if not file.is_file():
        raise NotFoundError(f"{file} is gone")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _shown(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.1f} {unit}"


def _values(row: RecordingRow) -> dict[str, Any]:
    return {
        "attempt_id": row.attempt_id,
        "state": row.state.value,
        "duration_s": row.duration_s,
        "bytes": row.bytes,
        "sha256": row.sha256,
        "level_left_dbfs": row.level_left_dbfs,
        "level_right_dbfs": row.level_right_dbfs,
        "detail": row.detail,
    }
